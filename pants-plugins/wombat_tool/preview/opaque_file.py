"""Previews files whose content Wombat does not read: what they seem to be, and their hash."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from wombat_tool.files import single_file
from wombat_tool.preview.columns_table import Profile, profile_lines
from wombat_tool.preview.layout import size_text
from wombat_tool.preview.model import DOCUMENT_VERSION, Request
from wombat_tool.preview.width import fit, printable
from wombat_tool.signatures import kind_of

_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class FilePreview:
    """What a file seems to be."""

    heading: str
    size_bytes: int
    sha256: str
    kind: str

    def to_document(self) -> dict[str, Any]:
        """The keys "sha256" (in hexadecimal) and "kind" (a guess in words)."""
        return {
            "version": DOCUMENT_VERSION,
            "format": "file",
            "size_bytes": self.size_bytes,
            "sha256": self.sha256,
            "kind": self.kind,
        }

    def facts(self) -> list[str]:
        """The size."""
        return ["file", size_text(self.size_bytes)]

    def sections(self, width: int, profile: Profile) -> list[list[str]]:
        """One line for each fact."""
        facts = [f"bytes   {self.size_bytes:,}", f"sha256  {self.sha256}", f"kind    {self.kind} (by its first bytes)"]
        return [profile_lines(profile, width), [fit(fact, width) for fact in facts]]


def preview(request: Request) -> FilePreview:
    """Look at a file.

    :raises WombatToolError: if it is not there.
    """
    file = single_file(request.path, request.format, title=request.title)
    sha256 = hashlib.sha256()
    with open(file.path, "rb") as opened:
        while True:
            chunk = opened.read(_CHUNK_BYTES)
            if not chunk:
                break
            sha256.update(chunk)
    return FilePreview(printable(request.heading), file.size_bytes, sha256.hexdigest(), kind_of(file.head()))
