"""Previews directories: their files, and how large they are."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from wombat_tool.errors import DataError, MissingDataError
from wombat_tool.files import files_below, where
from wombat_tool.preview.layout import TextColumn, count_text, heading_lines, size_text, table_lines
from wombat_tool.preview.model import DOCUMENT_VERSION, Request
from wombat_tool.preview.width import printable, wrap


@dataclass(frozen=True)
class DirectoryPreview:
    """What a directory holds.

    :param head: the first files, as path below the directory and size in bytes.
    """

    heading: str
    size_bytes: int
    files: int
    head: tuple[tuple[str, int], ...]

    def to_document(self) -> dict[str, Any]:
        """The keys "files" (how many) and "head" (objects with "path" and "size_bytes")."""
        return {
            "version": DOCUMENT_VERSION,
            "format": "directory",
            "size_bytes": self.size_bytes,
            "files": self.files,
            "head": [{"path": path, "size_bytes": size_bytes} for path, size_bytes in self.head],
        }

    def to_lines(self, width: int) -> list[str]:
        """The first files as a table."""
        facts = ["directory", size_text(self.size_bytes), count_text(self.files, "file")]
        lines = heading_lines(self.heading, facts, width)
        if not self.head:
            return lines[:-1]
        columns = [
            TextColumn("file", [printable(path) for path, _ in self.head]),
            TextColumn("bytes", [f"{size:,}" for _, size in self.head], is_right=True),
        ]
        lines += table_lines(columns, width)[0]
        if len(self.head) < self.files:
            lines += wrap(f"… the first {len(self.head):,} of {count_text(self.files, 'file')}", width)
        return lines


def preview(request: Request) -> DirectoryPreview:
    """Look at a directory.

    :raises WombatToolError: if it is not there, or is a file, or a file in it cannot be read.
    """
    name = where(request.path, request.title)
    if not os.path.isdir(request.path):
        is_file = os.path.exists(request.path)
        raise MissingDataError(
            name,
            problem="is a file, and data of format directory is a directory." if is_file else "is not there.",
            mend='Set format="file", or that of the file, on the dataset target.'
            if is_file
            else "Build the dataset again, or correct the path.",
        )
    files = size_bytes = 0
    head: list[tuple[str, int]] = []
    for relpath in files_below(request.path):
        try:
            size = os.stat(os.path.join(request.path, relpath)).st_size
        except OSError as err:
            raise DataError(name, "directory", problem=f"its file {relpath!r}: {err.strerror or err}.") from err
        files += 1
        size_bytes += size
        if len(head) < request.rows:
            head.append((os.fsencode(relpath).decode("utf-8", "replace"), size))
    return DirectoryPreview(printable(request.heading), size_bytes, files, tuple(head))
