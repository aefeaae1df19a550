"""Which columns hold values that nobody may see."""

from __future__ import annotations

from wombat_tool.contracts.model import Field


def has_sensitive(field: Field) -> bool:
    """Whether values of the field, or values within them, may never be printed."""
    inner = (*field.fields, field.items, field.map_key, field.map_value)
    return field.is_sensitive or any(one is not None and has_sensitive(one) for one in inner)
