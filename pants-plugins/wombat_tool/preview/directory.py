"""Previews directories: their files, and how large they are."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from wombat_tool.files import sized_files
from wombat_tool.preview.columns_table import Profile, profile_lines
from wombat_tool.preview.layout import TextColumn, count_text, size_text, table_lines
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

    def facts(self) -> list[str]:
        """The size, and how many files there are."""
        return ["directory", size_text(self.size_bytes), count_text(self.files, "file")]

    def sections(self, width: int, profile: Profile) -> list[list[str]]:
        """The first files as a table."""
        if not self.head:
            return [profile_lines(profile, width)]
        columns = [
            TextColumn("file", [printable(path) for path, _ in self.head]),
            TextColumn("bytes", [f"{size:,}" for _, size in self.head], is_right=True),
        ]
        lines, _ = table_lines(columns, width)
        if len(self.head) < self.files:
            lines += wrap(f"… the first {len(self.head):,} of {count_text(self.files, 'file')}", width)
        return [profile_lines(profile, width), lines]


def preview(request: Request) -> DirectoryPreview:
    """Look at a directory.

    :raises WombatToolError: if it is not there, or is a file, or a file in it cannot be read.
    """
    files = size_bytes = 0
    head: list[tuple[str, int]] = []
    for relpath, size in sized_files(request.path, title=request.title):
        files += 1
        size_bytes += size
        if len(head) < request.rows:
            shown = request.mask.of_path(os.fsencode(relpath).decode("utf-8", "replace"))
            head.append((request.mask.of("path", shown), size))
    return DirectoryPreview(printable(request.heading), size_bytes, files, tuple(head))
