"""The directory of run records: written once each, read back to explain the next run."""

from __future__ import annotations

import json
import os
import tempfile
from typing import Any, Iterator, List, Mapping, Sequence

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
        if index >= len(self._paths):
            raise IndexError(index)
        while len(self._read) <= index:
            self._read.append(_read_record(self._paths[len(self._read)]))
        return self._read[index]

    def __iter__(self) -> Iterator[Mapping[str, Any]]:
        return (self[index] for index in range(len(self)))


def earlier_records(directory: str) -> EarlierRecords:
    """The records in a directory; none if there is no such directory."""
    try:
        names = os.listdir(directory)
    except FileNotFoundError:
        names = []
    newest_first = sorted((name for name in names if name.endswith(_ENDING)), reverse=True)
    return EarlierRecords([os.path.join(directory, name) for name in newest_first])


def _read_record(path: str) -> Mapping[str, Any]:
    # A record that cannot be read (of a newer version, cut off by a full disk, just removed by another run) is one
    # that explains nothing; it must not stop a run.
    try:
        with open(path, encoding="utf-8") as file:
            record = json.load(file)
    except (OSError, ValueError):
        record = None
    return record if isinstance(record, dict) and record.get("version") == 1 else {"steps": [], "code": {}}


def write_record(directory: str, record: Mapping[str, Any], *, kept: int) -> str:
    """Write a record and remove the oldest beyond `kept` (0: none); returns its path.

    Written to the side and renamed, so that a run that is killed leaves no half of one.
    """
    os.makedirs(directory, exist_ok=True)
    ignore = os.path.join(directory, ".gitignore")
    if not os.path.exists(ignore):
        with open(ignore, "w", encoding="utf-8") as file:
            file.write(_GITIGNORE)
    path = os.path.join(directory, record["id"] + _ENDING)
    with tempfile.NamedTemporaryFile("w", dir=directory, delete=False, encoding="utf-8") as temporary:
        json.dump(record, temporary, ensure_ascii=False, separators=(",", ":"))
        temporary.write("\n")
    os.replace(temporary.name, path)
    if kept > 0:
        names = sorted(name for name in os.listdir(directory) if name.endswith(_ENDING))
        for name in names[:-kept]:
            try:
                os.unlink(os.path.join(directory, name))
            except FileNotFoundError:
                # Another run of this checkout removed it first.
                pass
    return path
