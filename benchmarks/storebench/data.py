"""The data that is stored: random bytes, which nothing can make smaller, in one file or in many."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_IN_A_DIRECTORY = 500
_CHUNK_BYTES = 4 << 20


@dataclass(frozen=True)
class StoredFile:
    """A file of the data.

    :param path: below the directory of the data, with `/`.
    """

    path: str
    sha256: str
    size_bytes: int


def write_data(directory: Path, *, files: int, size_bytes: int) -> list[StoredFile]:
    """Write so many files of equal sizes into a new directory; returns them in the order of their paths."""
    each, more = divmod(size_bytes, files)
    return [_write(directory, _path(number, files), each + (number < more)) for number in range(files)]


def change_data(directory: Path, files: Sequence[StoredFile], *, one_in: int) -> list[StoredFile]:
    """Give one of so many files new bytes; returns all files as they are now."""
    return [file if number % one_in else _write(directory, file.path, file.size_bytes) for number, file in enumerate(files)]


def read_data(directory: Path) -> list[StoredFile]:
    """The files below a directory, as they are."""
    found = [
        StoredFile(path.relative_to(directory).as_posix(), _digest(path), path.stat().st_size)
        for path in directory.rglob("*")
        if path.is_file()
    ]
    return sorted(found, key=lambda file: file.path)


def size_below(directory: Path) -> int:
    """The bytes of all files below a directory together."""
    return sum(path.stat().st_size for path in directory.rglob("*") if path.is_file())


def _path(number: int, files: int) -> str:
    return "data.bin" if files == 1 else f"part_{number // _IN_A_DIRECTORY:04}/file_{number:06}.bin"


def _write(directory: Path, name: str, size_bytes: int) -> StoredFile:
    path = directory / name
    path.parent.mkdir(parents=True, exist_ok=True)
    # Another file may be linked to it.
    path.unlink(missing_ok=True)
    digest, left = hashlib.sha256(), size_bytes
    with path.open("xb") as file:
        while left:
            chunk = os.urandom(min(left, _CHUNK_BYTES))
            file.write(chunk)
            digest.update(chunk)
            left -= len(chunk)
    return StoredFile(name, digest.hexdigest(), size_bytes)


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()
