"""Which types of Arrow DuckDB reads, and as what it is given the others."""

from __future__ import annotations

import pyarrow as pa

from wombat_tool.relations.sql import folded

# DuckDB's own decimals have at most so many digits; it reads longer ones of Parquet as DOUBLE, which are other numbers.
_MOST_DIGITS = 38


class UnreadableTypeError(ValueError):
    """DuckDB has no such type; the text says what to write instead."""


def readable_type(type: pa.DataType) -> pa.DataType:
    """The type to convert values to before DuckDB gets them, with the same values; the type itself where it is read.

    Dictionaries and runs are decoded, since DuckDB fails for some of them, and what is the same in DuckDB is made so in
    Arrow: moments in seconds or milliseconds are in microseconds, lists of one size are lists. Durations are whole
    numbers, in the unit of their type.

    :raises UnreadableTypeError: if there is none.
    """
    is_ = pa.types
    if is_.is_dictionary(type) or is_.is_run_end_encoded(type):
        return readable_type(type.value_type)
    if isinstance(type, pa.BaseExtensionType):
        return type if type.extension_name in ("arrow.json", "arrow.uuid") else readable_type(type.storage_type)
    if is_.is_union(type):
        raise UnreadableTypeError("Write one column for each type, or text.")
    return _readable_nested_type(type) if is_.is_nested(type) else _readable_flat_type(type)


def _readable_nested_type(type: pa.DataType) -> pa.DataType:
    is_ = pa.types
    if is_.is_struct(type):
        fields = [_readable_field(type.field(i)) for i in range(type.num_fields)]
        if not fields:
            raise UnreadableTypeError("Leave the column out: it holds nothing.")
        if len({folded(field.name) for field in fields}) < len(fields):
            raise UnreadableTypeError("Give its members names that differ in more than the case of letters.")
        return pa.struct(fields)
    if is_.is_map(type):
        return pa.map_(_readable_field(type.key_field), _readable_field(type.item_field), keys_sorted=type.keys_sorted)
    item = _readable_field(type.value_field)
    if is_.is_large_list(type):
        return pa.large_list(item)
    if is_.is_list_view(type) or is_.is_large_list_view(type):
        # pyarrow 26 makes lists of them that are not valid, so they stay what they are.
        if item.type != type.value_type:
            raise UnreadableTypeError("Write lists in the place of list views.")
        return type
    return pa.list_(item)


def _readable_flat_type(type: pa.DataType) -> pa.DataType:
    is_ = pa.types
    if is_.is_decimal(type):
        digits = type.precision - min(type.scale, 0)
        if digits > _MOST_DIGITS:
            raise UnreadableTypeError(f"Write decimals of at most {_MOST_DIGITS} digits, doubles or text.")
        return pa.decimal128(digits, max(type.scale, 0))
    if is_.is_float16(type):
        return pa.float32()
    if is_.is_duration(type):
        return pa.int64()
    if is_.is_timestamp(type) and type.unit in ("s", "ms"):
        return pa.timestamp("us", type.tz)
    return type


def _readable_field(field: pa.Field) -> pa.Field:
    return field.with_type(readable_type(field.type))
