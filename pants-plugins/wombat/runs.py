"""What a run leaves behind: its record, which explains the next run, and what CI systems show of it."""

from __future__ import annotations

import json
import os
from typing import Any, Iterator, List, Mapping, Optional, Sequence

from wombat.graph.errors import RunRecordError, SummaryFileError
from wombat.graph.junit import junit_report
from wombat.graph.markdown import markdown_summary
from wombat.graph.record import RECORD_VERSION

_ENDING = ".json"
_GITIGNORE = "# Run records of Wombat; git need not see them.\n*\n"


class EarlierRecords(Sequence[Mapping[str, Any]]):
    """Run records, the latest first, each read when it is first asked for."""

    def __init__(self, paths: Sequence[str]) -> None:
        self._paths = list(paths)
        self._read: List[Mapping[str, Any]] = []

    def __len__(self) -> int:
        return len(self._paths)

    def __getitem__(self, index: Any) -> Any:
        if not isinstance(index, int):
            raise TypeError("Run records are asked for one at a time.")
        position = index + len(self) if index < 0 else index
        if not 0 <= position < len(self):
            raise IndexError(index)
        while len(self._read) <= position:
            self._read.append(_read_record(self._paths[len(self._read)]))
        return self._read[position]

    def __iter__(self) -> Iterator[Mapping[str, Any]]:
        return (self[index] for index in range(len(self)))


def earlier_records(directory: str) -> EarlierRecords:
    """The records in a directory; none if there is no such directory."""
    return EarlierRecords([os.path.join(directory, name) for name in reversed(_record_names(directory))])


def _record_names(directory: str) -> List[str]:
    """The files of records, the oldest first, since a record's id begins with the time."""
    try:
        names = os.listdir(directory)
    except OSError:
        return []
    # A hidden file is a record that is being written.
    return sorted(name for name in names if name.endswith(_ENDING) and not name.startswith("."))


def _read_record(path: str) -> Mapping[str, Any]:
    # A record that cannot be read (of a newer version, cut off by a full disk, just removed by another run) is one
    # that explains nothing; it must not stop a run.
    try:
        with open(path, encoding="utf-8") as file:
            record = json.load(file)
    except (OSError, ValueError, RecursionError):
        record = None
    is_known = (
        isinstance(record, dict)
        and record.get("version") == RECORD_VERSION
        and isinstance(record.get("steps"), list)
        and isinstance(record.get("code"), dict)
    )
    return record if is_known else {"steps": [], "code": {}}


def write_record(directory: str, record: Mapping[str, Any], *, kept: int) -> str:
    """Write a record and remove the oldest beyond `kept` (0: none); returns its path.

    Written to the side and renamed, so that a run that is killed leaves no half of one.

    :raises RunRecordError: if the directory cannot be written.
    """
    name = record["id"] + _ENDING
    path = os.path.join(directory, name)
    aside = os.path.join(directory, f".{name}")
    try:
        os.makedirs(directory, exist_ok=True)
        ignore = os.path.join(directory, ".gitignore")
        if not os.path.exists(ignore):
            _write(ignore, _GITIGNORE)
        try:
            _write(aside, json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n")
            os.replace(aside, path)
        except BaseException:
            _remove(aside)
            raise
        for old in _record_names(directory)[:-kept] if kept > 0 else ():
            _remove(os.path.join(directory, old))
    except OSError as err:
        raise RunRecordError(path, err.strerror or str(err)) from err
    return path


def _write(path: str, text: str) -> None:
    # JSON escapes what UTF-8 cannot hold (see `wombat.graph.spec`) in just this way.
    with open(path, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.write(text)


def _remove(path: str) -> None:
    try:
        os.unlink(path)
    except FileNotFoundError:
        # Another run of this checkout removed it first, or it was never made.
        pass


def append_summary(build_root: str, path: Optional[str], record: Mapping[str, Any]) -> None:
    """Add the summary of the run to a file, as Markdown.

    :param path: absolute or relative to the build root; without one nothing is written.
    :raises SummaryFileError: if the file cannot be written.
    """
    if not path:
        return
    path = os.path.join(build_root, path)
    try:
        with open(path, "a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(markdown_summary(record))
    except OSError as err:
        raise SummaryFileError(path, "summary_file", err.strerror or str(err)) from err


def write_junit(build_root: str, path: Optional[str], record: Mapping[str, Any]) -> None:
    """Write the run as a JUnit report, in place of one of an earlier run.

    :param path: absolute or relative to the build root; its directory is made. Without one nothing is written.
    :raises SummaryFileError: if the file cannot be written.
    """
    if not path:
        return
    path = os.path.join(build_root, path)
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(junit_report(record))
    except OSError as err:
        raise SummaryFileError(path, "junit_file", err.strerror or str(err)) from err
