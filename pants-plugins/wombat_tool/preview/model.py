"""What a preview is asked for, and what it gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Optional, Protocol

from wombat_tool.formats import Format

DOCUMENT_VERSION = 1
"""Of the JSON document; a new number means that a reader of the old one would misread it."""


@dataclass(frozen=True)
class Request:
    """Asks for a preview.

    :param title: what people call the dataset; empty if they do not.
    :param rows: how many rows, lines or files to show.
    :param width: of the lines for people; None for a document, in which values may be longer.
    """

    path: str
    format: Format
    title: str
    rows: int
    width: Optional[int]

    @property
    def heading(self) -> str:
        """What to call the data."""
        return self.title or self.path


class Preview(Protocol):
    """What was found, for people and for programs."""

    def to_document(self) -> dict[str, Any]:
        """A JSON document, with the keys "version", "format" and "size_bytes" and those of the format."""

    def to_lines(self, width: int) -> list[str]:
        """Lines of text that are at most `width` columns wide."""
