"""Writes values in the cells of tables for people."""

from __future__ import annotations

import json

from wombat_tool.preview.width import printable

NULL_MARK = "∅"
"""Stands in a cell for a value that is missing; an empty text leaves the cell blank."""


def cell_text(value: object) -> str:
    """A value that is safe for JSON, as one line of text."""
    if value is None:
        return NULL_MARK
    if isinstance(value, str):
        return printable(value)
    return printable(json.dumps(value, ensure_ascii=False))
