"""Stands for the preview of data that cannot be read, of which only a validation report tells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from wombat_tool.preview.columns_table import Profile
from wombat_tool.preview.layout import size_text
from wombat_tool.preview.model import DOCUMENT_VERSION


@dataclass(frozen=True)
class UnreadablePreview:
    """What there is to say of data that cannot be read."""

    heading: str
    format: str
    size_bytes: int
    problem: str

    def to_document(self) -> dict[str, Any]:
        """The key "problem" (a sentence), and none of those that other previews of the format have."""
        return {
            "version": DOCUMENT_VERSION,
            "format": self.format,
            "size_bytes": self.size_bytes,
            "problem": self.problem,
        }

    def facts(self) -> list[str]:
        """The size."""
        return [self.format, size_text(self.size_bytes)]

    def sections(self, width: int, profile: Profile) -> list[list[str]]:
        """Nothing: the report tells the problem."""
        return []
