"""How the values of a column are read for a profile: as what they are, or as what their text says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import pyarrow as pa

from wombat_tool.relations.arrow_types import readable_type
from wombat_tool.relations.model import DataColumn, Encoding

# More of a text tells nobody more.
MOST_CHARACTERS = 100


class Kind(Enum):
    """What can be said of values."""

    QUANTITY = "quantity"
    """Numbers and moments, which have quantiles."""
    LABEL = "label"
    """Texts and truth, of which some are more frequent than others."""
    BYTES = "bytes"
    """Bytes, which have an order at least."""
    OPAQUE = "opaque"
    """Values made of values, and those without an order."""


@dataclass(frozen=True)
class Reading:
    """Expressions for a column.

    :param value: a value, as SQL.
    :param sampled: the same as it is kept for counting, long ones cut.
    :param is_float: whether a value may be no number (NaN), which is left out of ranges and counted on its own.
    :param shown_as: the type to show the results as, where it is not theirs.
    """

    kind: Kind
    value: str
    sampled: str
    is_float: bool = False
    shown_as: pa.DataType | None = None


def reading_of(column: DataColumn) -> Reading:
    """How to read a column."""
    type = column.arrow_type
    if pa.types.is_null(type):
        return Reading(Kind.OPAQUE, column.sql, column.sql)
    if column.encoding is Encoding.NATIVE:
        return _of_native(column.sql, type)
    text = column.sql if column.encoding is Encoding.TEXT else f"({column.sql} ->> '$')"
    sql_type = _sql_type(type)
    if sql_type is not None:
        value = f"TRY_CAST({text} AS {sql_type})"
        kind = Kind.LABEL if pa.types.is_boolean(type) else Kind.QUANTITY
        return Reading(kind, value, value, is_float=pa.types.is_floating(type))
    if any(pa.types.is_nested(one) for one in _kinds_of(type)):
        return Reading(Kind.OPAQUE, text, text)
    return _label(text)


def _kinds_of(type: pa.DataType) -> list[pa.DataType]:
    """The types of the values of a column, which is of several types if it is a union."""
    return [type.field(i).type for i in range(type.num_fields)] if pa.types.is_union(type) else [type]


def _of_native(value: str, type: pa.DataType) -> Reading:
    is_ = pa.types
    if is_.is_dictionary(type) or is_.is_run_end_encoded(type):
        return _of_native(value, type.value_type)
    if isinstance(type, pa.BaseExtensionType):
        read = readable_type(type)
        return _label(f"CAST({value} AS VARCHAR)") if isinstance(read, pa.BaseExtensionType) else _of_native(value, read)
    if is_.is_duration(type):
        return Reading(Kind.QUANTITY, value, value, shown_as=type)
    if is_.is_integer(type) or is_.is_floating(type) or is_.is_decimal(type) or _is_moment(type):
        return Reading(Kind.QUANTITY, value, value, is_float=is_.is_floating(type))
    if is_.is_boolean(type):
        return Reading(Kind.LABEL, value, value)
    if is_.is_string(type) or is_.is_large_string(type) or is_.is_string_view(type):
        return _label(value)
    if is_.is_nested(type) or is_.is_interval(type):
        return Reading(Kind.OPAQUE, value, value)
    return Reading(Kind.BYTES, value, value)


def _label(text: str) -> Reading:
    # One character more, so that what was cut can be told from what was not.
    return Reading(Kind.LABEL, text, f"left({text}, {MOST_CHARACTERS + 1})")


def _is_moment(type: pa.DataType) -> bool:
    return bool(pa.types.is_timestamp(type) or pa.types.is_date(type) or pa.types.is_time(type))


def _sql_type(type: pa.DataType) -> str | None:
    """What text is read as that was found to be of a type."""
    is_ = pa.types
    if is_.is_boolean(type):
        return "BOOLEAN"
    if is_.is_integer(type):
        return "BIGINT"
    if is_.is_floating(type):
        return "DOUBLE"
    if is_.is_date(type):
        return "DATE"
    if is_.is_time(type):
        return "TIME"
    if is_.is_timestamp(type):
        zoned = " WITH TIME ZONE" if type.tz else ""
        return "TIMESTAMP_NS" if type.unit == "ns" and not type.tz else f"TIMESTAMP{zoned}"
    return None
