"""What a preview is asked for, and what it gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Optional, Protocol

from wombat_tool.formats import Format
from wombat_tool.preview.columns_table import Profile
from wombat_tool.preview.mask import Mask

DOCUMENT_VERSION = 1
"""Of the JSON document; a new number means that a reader of the old one would misread it."""


@dataclass(frozen=True)
class Request:
    """Asks for a preview.

    :param title: what people call the dataset; empty if they do not.
    :param rows: how many rows, lines or files to show.
    :param width: of the lines for people; None for a document, in which values may be longer.
    :param mask: which values not to show.
    """

    path: str
    format: Format
    title: str
    rows: int
    width: Optional[int]
    mask: Mask = field(default_factory=Mask)

    @property
    def heading(self) -> str:
        """What to call the data."""
        return self.title or self.path


class Preview(Protocol):
    """What was found, for people and for programs."""

    @property
    def heading(self) -> str:
        """What it is of, as printable text."""

    def to_document(self) -> dict[str, Any]:
        """A JSON document, with the keys "version", "format" and "size_bytes" and those of the format."""

    def facts(self) -> Sequence[str]:
        """What is to be said of the data as a whole, each in a few words."""

    def sections(self, width: int, profile: Profile) -> Sequence[Sequence[str]]:
        """What there is to see, in groups of lines that are at most `width` columns wide; a group may be empty."""
