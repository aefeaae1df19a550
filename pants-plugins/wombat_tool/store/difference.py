"""Tells what differs between two builds of one dataset."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from wombat_tool.errors import MissingDataError
from wombat_tool.files import files_below, reading
from wombat_tool.formats import Format
from wombat_tool.preview.mask import Mask

DOCUMENT_VERSION = 1
"""Of the JSON document; a new number means that a reader of the old one would misread it."""

PACKED_SIZE = "compressed bytes"
"""What the metadata calls the size of packed values."""

_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class Request:
    """Asks what differs.

    :param left: a file or a directory, as `right`; both of one format.
    :param data_format: of the files of a directory, which is then a table; None for a tree of any files.
    :param mask: which values not to show.
    :param most: how many rows, files or places to name.
    :param memory_mib: the most that the comparison of tables takes, about.
    """

    left: str
    right: str
    format: Format
    data_format: Format | None = None
    mask: Mask = field(default_factory=Mask)
    most: int = 5
    memory_mib: int = 512

    @property
    def table_format(self) -> Format | None:
        """The format if the data is a table."""
        format = self.data_format if self.format is Format.DIRECTORY and self.data_format else self.format
        return format if format.is_tabular else None


@dataclass(frozen=True)
class Place:
    """The first byte in which two files differ.

    :param file: the path below the directory; None where the data is one file.
    :param byte: its offset, from 0; where one file is the beginning of the other, its length.
    :param line: the line that it is in, from 1.
    """

    file: str | None
    byte: int
    line: int


@dataclass(frozen=True)
class Files:
    """How the files of two builds differ; paths are below the data, and "" stands for data that is one file."""

    only_left: tuple[str, ...]
    only_right: tuple[str, ...]
    differing: tuple[str, ...]
    first: Place | None
    left_bytes: int
    right_bytes: int

    @property
    def is_same(self) -> bool:
        """Whether there is no difference at all."""
        return not (self.only_left or self.only_right or self.differing)


def difference(request: Request) -> dict[str, Any]:
    """What differs, as a JSON document.

    It has `version`, `format`, `same` (to the byte), `same_data` (None where nothing but bytes can be compared),
    `size_bytes`, `files` and `first_difference`. Tables have `columns`, `rows` and `metadata` besides, and JSON documents
    `values`, both only where the bytes differ.

    :raises WombatToolError: if the data is not there, or not of its format.
    """
    files = compare_files(request.left, request.right)
    document: dict[str, Any] = {
        "version": DOCUMENT_VERSION,
        "format": request.format.value,
        "same": files.is_same,
        "same_data": True if files.is_same else None,
        "size_bytes": {"left": files.left_bytes, "right": files.right_bytes},
        "files": {
            "only_left": _shown(files.only_left, request),
            "only_right": _shown(files.only_right, request),
            "differing": _shown(files.differing, request),
            "differing_count": len(files.differing),
        },
        "first_difference": files.first
        and {
            "file": files.first.file and request.mask.of_path(files.first.file),
            "byte": files.first.byte,
            "line": files.first.line,
        },
    }
    if files.is_same:
        return document
    if request.table_format is not None:
        # It takes DuckDB, and the others start faster without.
        from wombat_tool.store.difference_tables import compare_tables

        document.update(compare_tables(request, request.table_format, files))
    elif request.format is Format.JSON:
        from wombat_tool.store.difference_json import compare_documents

        document.update(compare_documents(request))
    return document


def compare_files(left: str, right: str) -> Files:
    """Compare files by their bytes, those of directories by their paths.

    :raises MissingDataError: if one is not there, or only one of them is a directory.
    """
    left_files, right_files = _files(left), _files(right)
    if ("" in left_files) != ("" in right_files):
        raise MissingDataError(
            f"{left} and {right}", problem="are a file and a directory.", mend="Name two builds of one dataset."
        )
    differing: list[str] = []
    first = None
    for name in sorted(left_files.keys() & right_files.keys()):
        with reading(right_files[name]), reading(left_files[name]):
            place = _first_difference(left_files[name], right_files[name])
        if place is not None:
            differing.append(name)
            first = first or Place(name or None, *place)
    with reading(right), reading(left):
        sizes = [sum(os.stat(path).st_size for path in one.values()) for one in (left_files, right_files)]
    return Files(
        only_left=tuple(sorted(left_files.keys() - right_files.keys())),
        only_right=tuple(sorted(right_files.keys() - left_files.keys())),
        differing=tuple(differing),
        first=first,
        left_bytes=sizes[0],
        right_bytes=sizes[1],
    )


def _files(path: str) -> dict[str, str]:
    with reading(path):
        if os.path.isdir(path):
            return {name.replace(os.sep, "/"): os.path.join(path, name) for name in files_below(path)}
        os.stat(path)
        return {"": path}


def _first_difference(left: str, right: str) -> tuple[int, int] | None:
    """The offset and the line of the first byte that differs; None if there is none."""
    offset = lines = 0
    with open(left, "rb") as opened_left, open(right, "rb") as opened_right:
        while True:
            one, other = opened_left.read(_CHUNK_BYTES), opened_right.read(_CHUNK_BYTES)
            if one != other:
                at = _first_index(one, other)
                return offset + at, lines + one[:at].count(b"\n") + 1
            if not one:
                return None
            offset += len(one)
            lines += one.count(b"\n")


def _first_index(one: bytes, other: bytes) -> int:
    """The first index at which two byte strings differ, by halving, as a loop over bytes would take long."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[:middle] == other[:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _shown(names: Sequence[str], request: Request) -> list[str]:
    return [request.mask.of_path(os.fsencode(name).decode("utf-8", "replace")) for name in names if name]
