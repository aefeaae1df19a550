"""Compares the types of a column, with all that says how its values are stored."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from wombat_tool.comparison.column import Column
from wombat_tool.comparison.column_values import has_lengths
from wombat_tool.comparison.facts import Facts
from wombat_tool.comparison.kinds import Kind, format_kind, physical_kind
from wombat_tool.comparison.model import Mismatch
from wombat_tool.comparison.strength import ColumnRules
from wombat_tool.comparison.words import NOTHING
from wombat_tool.contracts.model import FORMATS, Family, Field, LogicalType

_MOMENTS = (Family.DATE, Family.TIMESTAMP, Family.TIME)
# Text in these forms is in ISO 8601, in which it is where a contract names no format.
_ISO_FORMATS = {
    Family.DATE: ("yyyy-MM-dd", "uuuu-MM-dd"),
    Family.TIMESTAMP: ("yyyy-MM-dd HH:mm:ss", "yyyy-MM-dd'T'HH:mm:ss", "yyyy-MM-ddTHH:mm:ss"),
    Family.TIME: ("HH:mm:ss", "HH:mm"),
}


def has_kind(promise: Facts) -> bool:
    """Whether all values are surely of the kind that the rules are about.

    Where the options alone tell the kind, values in text formats may be of others.
    """
    return promise.rules.type_rule is not None and _names_type(promise.field)


def is_of_kind(promise: Facts, need: ColumnRules) -> bool:
    """Whether values are surely of the kind that is needed, if one is."""
    if need.type_rule is None or need.kind is None:
        return True
    if need.field.logical_type is LogicalType.VECTOR and promise.field.logical_type is not LogicalType.VECTOR:
        return False
    if promise.rules.type_rule is None or promise.rules.kind is None or not promise.rules.kind.is_within(need.kind):
        return False
    return has_kind(promise) or not _names_type(need.field)


def speaks_of(promise: Facts, need: ColumnRules) -> bool:
    """Whether the promise's rules are about all values that those of the need are about."""
    if need.kind is None or has_kind(promise):
        return True
    return promise.rules.kind is not None and need.kind.is_within(promise.rules.kind)


def type_mismatches(column: Column) -> Iterator[Mismatch]:
    """What is needed of the types, apart from the kind of the values, and not promised."""
    promise, need = column.promise, column.need
    physical = need.field.physical_type
    if physical is not None and not _has_physical_type(promise, need):
        yield column.mismatch("physicalType", promise=type_text(promise.field))
    if not _has_format(promise, need):
        yield column.mismatch("format")
    has_zone = promise.field.with_timezone
    if need.field.with_timezone not in (None, has_zone):
        yield column.mismatch("timezone")
    if physical is not None and physical.with_timezone is not None:
        promised = promise.field.physical_type.with_timezone if promise.field.physical_type else None
        if physical.with_timezone not in (has_zone, promised):
            yield column.mismatch("physicalType", promise=type_text(promise.field))
    if _names_moments(need.field) and default_zone(promise.field) != default_zone(need.field):
        yield column.mismatch(
            "timezone",
            promise=f"moments without a time zone in {default_zone(promise.field)}",
            need=f"moments without a time zone in {default_zone(need.field)}",
        )


def type_text(field: Field) -> str:
    """The type of a column in words."""
    logical = field.logical_type.value if field.logical_type else ""
    if logical and format_kind(field):
        logical += f" ({field.format})"
    physical = field.physical_type.text if field.physical_type else ""
    return " as ".join(filter(None, (logical, physical))) or NOTHING


def _names_type(field: Field) -> bool:
    return field.logical_type is not None or field.physical_type is not None


def _has_physical_type(promise: Facts, need: ColumnRules) -> bool:
    physical = need.field.physical_type
    if physical is None or not _holds(promise, physical_kind(physical)):
        return False
    is_sized = need.kind is not None and need.kind.family in (Family.STRING, Family.BINARY)
    return not is_sized or has_lengths(promise, 0, physical.max_length)


def _holds(promise: Facts, kind: Kind) -> bool:
    return any(one.is_within(kind) for one in promise.kinds)


def _has_format(promise: Facts, need: ColumnRules) -> bool:
    numbers = format_kind(need.field)
    if numbers is not None:
        return _holds(promise, numbers)
    given, needed = promise.field.format, need.field.format
    if need.kind is not None and need.kind.family in _MOMENTS:
        # Text that holds dates or times, as in CSV, is in ISO 8601 unless there is a format.
        return given == needed or (needed is None and given in _ISO_FORMATS[need.kind.family])
    # All other formats of text are documentation.
    return needed not in FORMATS or given == needed


def default_zone(field: Field) -> str:
    """Where moments are that name no time zone."""
    zone = field.default_timezone or "UTC"
    return "UTC" if zone == "Etc/UTC" else zone


def _names_moments(field: Field) -> bool:
    values = [bound.value for bound in (field.minimum, field.maximum) if bound] + list(field.enum or ())
    return any(isinstance(value, datetime.datetime) for value in values)
