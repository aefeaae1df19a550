"""What the rules of a column say, in words that fit behind "needs" and "promises"."""

from __future__ import annotations

from wombat_tool.contracts.model import Bound, Field
from wombat_tool.validation.rules import scalar_text, values_text

NOTHING = "nothing"
"""What is promised of what a contract does not speak of."""


def text_of(field: Field, aspect: str) -> str:
    """What the column says of an aspect, which is the name of its rule."""
    match aspect:
        case "logicalType":
            return field.logical_type.value if field.logical_type else NOTHING
        case "physicalType":
            return field.physical_type.text if field.physical_type else NOTHING
        case "required":
            return "no nulls" if field.required else "nulls, too"
        case "unique":
            return "no value twice" if field.unique else "values twice, too"
        case "enum":
            return values_text(field.enum) if field.enum is not None else NOTHING
        case "minimum" | "exclusiveMinimum":
            return _bound_text(field.minimum, "at least", "more than")
        case "maximum" | "exclusiveMaximum":
            return _bound_text(field.maximum, "at most", "less than")
        case "multipleOf":
            return f"multiples of {scalar_text(field.multiple_of)}" if field.multiple_of else NOTHING
        case "minLength":
            return _count_text("at least", field.min_length, "character")
        case "maxLength":
            return _count_text("at most", field.max_length, "character")
        case "pattern":
            return f"texts that match {field.pattern!r}" if field.pattern is not None else NOTHING
        case "format":
            return f"format {field.format!r}" if field.format else NOTHING
        case "timezone":
            return zone_text(field.with_timezone)
    return _container_text(field, aspect)


def zone_text(with_timezone: bool | None) -> str:
    """Whether moments have a time zone."""
    if with_timezone is None:
        return NOTHING
    return "moments with a time zone" if with_timezone else "moments without a time zone"


def _container_text(field: Field, aspect: str) -> str:
    match aspect:
        case "minItems":
            return _count_text("at least", field.min_items, "item")
        case "maxItems":
            return _count_text("at most", field.max_items, "item")
        case "uniqueItems":
            return "no item twice" if field.unique_items else "items twice, too"
        case "minProperties":
            return _count_text("at least", field.min_properties, "member")
        case "maxProperties":
            return _count_text("at most", field.max_properties, "member")
        case "dimensions":
            count = _count_text("exactly", field.dimensions, "dimension")
            return f"{count} of {field.element_type}" if field.dimensions and field.element_type else count
        case "present":
            return "a column of that name"
    raise ValueError(aspect)


def _bound_text(bound: Bound | None, inclusive: str, exclusive: str) -> str:
    return f"{inclusive if bound.inclusive else exclusive} {scalar_text(bound.value)}" if bound else NOTHING


def _count_text(word: str, count: int | None, what: str) -> str:
    return NOTHING if count is None else f"{word} {count:,} {what}{'s' * (count != 1)}"
