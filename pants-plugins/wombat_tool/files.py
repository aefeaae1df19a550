"""The files that make up a dataset."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Optional
from urllib.parse import unquote

from wombat_tool.errors import DataError, MissingDataError
from wombat_tool.formats import Format
from wombat_tool.signatures import UNKNOWN, UTF16_TEXT, is_text, kind_of

HEAD_BYTES = 4096
"""As much of a file's beginning as tells what it is."""

# What Hive and all that learnt from it call the directory of the rows that have no value in a partition column.
_HIVE_NULL = "__HIVE_DEFAULT_PARTITION__"
# The first and the last bytes of a file: the Parquet and the Arrow columnar format specifications.
_MAGIC = {Format.PARQUET: b"PAR1", Format.ARROW: b"ARROW1"}
_MAY_BE_EMPTY = (Format.JSONL, Format.TEXT, Format.FILE)
_DATA_TEXTS = (Format.CSV, Format.JSONL, Format.JSON)
_TEXTS = (*_DATA_TEXTS, Format.TEXT)


@dataclass(frozen=True)
class DataFile:
    """One file of a dataset.

    :param path: where to open it.
    :param where: what messages call it.
    :param partition: the columns that are in its path, as in `year=2013/month=1/part-0.parquet`, unquoted.
    """

    path: str
    where: str
    format: Format
    size_bytes: int
    partition: tuple[tuple[str, Optional[str]], ...] = ()

    def error(self, problem: str, *, mend: Optional[str] = None) -> DataError:
        """The error to raise for what is wrong with it."""
        if mend is None:
            return DataError(self.where, self.format.value, problem=problem)
        return DataError(self.where, self.format.value, problem=problem, mend=mend)

    def head(self) -> bytes:
        """Its first bytes."""
        with open(self.path, "rb") as opened:
            return opened.read(HEAD_BYTES)


def single_file(path: str, format: Format, *, title: str = "") -> DataFile:
    """The only file of a dataset, checked by its first bytes.

    :param title: what people call the dataset, as its address.
    :raises MissingDataError: if it is not there, or is a directory.
    :raises DataError: if it is plainly of another format.
    """
    name = where(path, title)
    if os.path.isdir(path):
        raise MissingDataError(
            name,
            problem=f"is a directory, and data of format {format.value} is one file.",
            mend='Set format="directory" on the dataset target, or declare one dataset for each file.',
        )
    return _checked(path, name, format)


def data_files(path: str, format: Format, *, title: str = "") -> tuple[DataFile, ...]:
    """The file of a dataset, or all files of a dataset that is a directory, in the order of their paths.

    Names that begin with "." or "_" are left out, as all do that read such directories: they are markers and leftovers.

    :raises MissingDataError: if there is none.
    :raises DataError: if one is plainly of another format.
    """
    if not os.path.isdir(path):
        return (single_file(path, format, title=title),)
    found = []
    for relpath in files_below(path):
        parts = relpath.split(os.sep)
        if not any(part.startswith((".", "_")) for part in parts):
            file_path = os.path.join(path, relpath)
            found.append(_checked(file_path, where(file_path, title), format, _partition(parts[:-1])))
    if not found:
        raise MissingDataError(
            where(path, title),
            problem="is a directory without any data file.",
            mend="See that the `sources` of the dataset target match files, or that the step writes some.",
        )
    return tuple(found)


def files_below(directory: str) -> Iterator[str]:
    """The paths, relative to the directory, of the files at any depth, in a fixed order."""
    return _files_below(directory, "", frozenset())


def _files_below(directory: str, prefix: str, above: frozenset[str]) -> Iterator[str]:
    # Links are followed, since sandboxes are made of them; one that leads back up would never end.
    real = os.path.realpath(directory)
    if real in above:
        return
    for name in sorted(os.listdir(directory)):
        path = os.path.join(directory, name)
        if os.path.isdir(path):
            yield from _files_below(path, os.path.join(prefix, name), above | {real})
        else:
            yield os.path.join(prefix, name)


@contextmanager
def reading(path: str, *, title: str = "") -> Iterator[None]:
    """Map what the system raises for files that are there and cannot be read.

    :raises MissingDataError: in its place.
    """
    try:
        yield
    except OSError as err:
        raise MissingDataError(
            where(path, title),
            problem=f"cannot be read: {err.strerror or err}.",
            mend="See that it may be read, and that nothing changes it at the same time.",
        ) from err


def sized_files(path: str, *, title: str = "") -> Iterator[tuple[str, int]]:
    """The files of a dataset that is a tree of any files: their paths below it, in a fixed order, and their bytes.

    :raises MissingDataError: if it is not there, or is a file.
    :raises DataError: if a file in it cannot be opened.
    """
    name = where(path, title)
    if not os.path.isdir(path):
        is_file = os.path.exists(path)
        raise MissingDataError(
            name,
            problem="is a file, and data of format directory is a directory." if is_file else "is not there.",
            mend='Set format="file", or that of the file, on the dataset target.'
            if is_file
            else "Build the dataset again, or correct the path.",
        )
    for relpath in files_below(path):
        try:
            yield relpath, os.stat(os.path.join(path, relpath)).st_size
        except OSError as err:
            problem = f"its file {relpath!r}: {err.strerror or err}."
            raise DataError(name, Format.DIRECTORY.value, problem=problem) from err


def _partition(directories: list[str]) -> tuple[tuple[str, Optional[str]], ...]:
    pairs = (part.split("=", 1) for part in directories if "=" in part)
    return tuple((name, None if value == _HIVE_NULL else unquote(value)) for name, value in pairs)


def where(path: str, title: str) -> str:
    """What messages call a dataset or a file of it.

    :param title: what people call the dataset; empty if they do not.
    """
    return f"{title} ({path})" if title else path


def _checked(path: str, name: str, format: Format, partition: tuple[tuple[str, Optional[str]], ...] = ()) -> DataFile:
    try:
        file = DataFile(path, name, format, os.stat(path).st_size, partition)
        _check_signature(file)
    except OSError as err:
        raise MissingDataError(
            name,
            problem=f"cannot be opened: {err.strerror or err}.",
            mend="Build the dataset again, or correct the path.",
        ) from err
    return file


def _check_signature(file: DataFile) -> None:
    if file.size_bytes == 0:
        if file.format in _MAY_BE_EMPTY:
            return
        raise file.error("it is empty (0 bytes).")
    head = file.head()
    kind = kind_of(head)
    if kind == "Git LFS pointer":
        raise file.error("it is a Git LFS pointer, whose content was not fetched.", mend="Run `git lfs pull`.")
    magic = _MAGIC.get(file.format)
    if magic:
        if not head.startswith(magic):
            raise file.error(
                f"it begins with {head[: len(magic)]!r}, where such a file begins with {magic!r}. "
                f"It looks like: {kind}."
            )
        with open(file.path, "rb") as opened:
            opened.seek(max(0, file.size_bytes - len(magic)))
            tail = opened.read()
        if tail != magic or file.size_bytes < 2 * len(magic) + 4:
            raise file.error(
                f"it does not end with {magic!r}, so it is cut off or was not closed after writing "
                f"({file.size_bytes:,} bytes)."
            )
    elif file.format in _TEXTS and not is_text(head) and kind not in (UNKNOWN, UTF16_TEXT):
        raise file.error(f"it is no text. It looks like: {kind}.")
    elif file.format in _DATA_TEXTS and kind in ("HTML page", "PDF document"):
        raise file.error(f"it looks like: {kind}.")
