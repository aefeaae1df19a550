"""Joins the types that a column has in several places."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa

# More kinds of values than this in one column say no more to anybody.
_MOST_ALTERNATIVES = 8


def alternatives(first: pa.DataType, second: pa.DataType) -> pa.DataType:
    """The type of a column whose values are of either type: a union, which `type_text` shows as "int64 or string"."""
    members = _members(first)
    members += [one for one in _members(second) if one not in members]
    return pa.dense_union([pa.field(str(i), one) for i, one in enumerate(members[:_MOST_ALTERNATIVES])])


def wider(
    first: pa.DataType,
    second: pa.DataType,
    *,
    clash: Callable[[pa.DataType, pa.DataType], pa.DataType] = alternatives,
) -> pa.DataType:
    """The narrowest type that both fit in, as double for int64 and double.

    :param clash: the type to take where there is none.
    """
    if first.equals(second) or pa.types.is_null(second):
        return first
    if pa.types.is_null(first):
        return second
    if not _is_union(first) and not _is_union(second):
        schemas = [pa.schema([pa.field("", one)]) for one in (first, second)]
        try:
            return pa.unify_schemas(schemas, promote_options="permissive").field(0).type
        except (pa.ArrowTypeError, pa.ArrowInvalid):
            pass
    return clash(first, second)


def type_text(type: pa.DataType) -> str:
    """A type as Arrow names it, as "int64" or "list<item: string>"."""
    return " or ".join(str(one) for one in _members(type)) if _is_union(type) else str(type)


def is_number(type: pa.DataType) -> bool:
    """Whether people compare such values by their size, so that they are read best with their digits in line."""
    return bool(pa.types.is_integer(type) or pa.types.is_floating(type) or pa.types.is_decimal(type))


def _is_union(type: pa.DataType) -> bool:
    return bool(pa.types.is_union(type))


def _members(type: pa.DataType) -> list[pa.DataType]:
    return [type.field(i).type for i in range(type.num_fields)] if _is_union(type) else [type]
