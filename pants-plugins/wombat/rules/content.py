"""The content of a dataset as the engine has it: files by digest."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Iterable, Optional, Sequence, Tuple

from pants.engine.fs import FileEntry

Columns = Tuple[Tuple[str, str], ...]


@dataclass(frozen=True)
class DatasetContent:
    """The bytes of a dataset, and what is known of them.

    :param files: of one file, the file as `data` with its ending; of a directory, all files by their path in it.
    :param version: SHA-256 of the file, or of the list of paths and SHA-256 of a directory's files.
    :param rows: None where it is not known, as for text.
    """

    files: Tuple[FileEntry, ...]
    is_directory: bool
    version: str
    size_bytes: int
    rows: Optional[int] = None
    columns: Optional[Columns] = None

    def placed_at(self, directory: str) -> Tuple[FileEntry, ...]:
        """The files below `directory`."""
        return tuple(
            FileEntry(f"{directory}/{file.path}", file.file_digest, is_executable=file.is_executable)
            for file in self.files
        )

    def path_in(self, directory: str) -> str:
        """What to open when the content is placed at `directory`: the file, or the directory itself."""
        return directory if self.is_directory else f"{directory}/{self.files[0].path}"


def content_of(
    files: Sequence[FileEntry],
    *,
    directory: bool = False,
    rows: Optional[int] = None,
    columns: Optional[Iterable[Sequence[str]]] = None,
) -> DatasetContent:
    """The content made of `files`: exactly one, unless it is a directory."""
    ordered = tuple(sorted(files, key=lambda file: file.path))
    if directory:
        hasher = hashlib.sha256()
        for file in ordered:
            hasher.update(f"{file.path}\0{file.file_digest.fingerprint}\n".encode())
        version = hasher.hexdigest()
    else:
        version = ordered[0].file_digest.fingerprint
    return DatasetContent(
        files=ordered,
        is_directory=directory,
        version=version,
        size_bytes=sum(file.file_digest.serialized_bytes_length for file in ordered),
        rows=rows,
        columns=None if columns is None else tuple((name, kind) for name, kind in columns),
    )
