"""What a contract says of the type of a column, from the type that the data has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from wombat_tool.contracts.model import Field, LogicalType
from wombat_tool.contracts.physical_types import parse_physical_type
from wombat_tool.validation.kinds import Kind, is_uuid, kind_of_type, storage_type

_LOGICAL_TYPES = {
    Kind.STRING: LogicalType.STRING,
    # ODCS has no type of bytes; the physical type says that these are some.
    Kind.BINARY: LogicalType.STRING,
    Kind.INTEGER: LogicalType.INTEGER,
    Kind.NUMBER: LogicalType.NUMBER,
    Kind.BOOLEAN: LogicalType.BOOLEAN,
    Kind.DATE: LogicalType.DATE,
    Kind.TIMESTAMP: LogicalType.TIMESTAMP,
    Kind.TIME: LogicalType.TIME,
    Kind.OBJECT: LogicalType.OBJECT,
    Kind.ARRAY: LogicalType.ARRAY,
    Kind.MAP: LogicalType.MAP,
}
# DuckDB's names for what is in JSON, `json_structure`; "NULL" and "JSON", for values of several types, have none.
_JSON_TYPES = {
    "VARCHAR": LogicalType.STRING,
    "BIGINT": LogicalType.INTEGER,
    "UBIGINT": LogicalType.INTEGER,
    "HUGEINT": LogicalType.INTEGER,
    "DOUBLE": LogicalType.NUMBER,
    "BOOLEAN": LogicalType.BOOLEAN,
}
# With more members than this in all values together, their names are data.
_MOST_MEMBERS = 100
# What is deeper in JSON is not described: queries about it grow with each level by a factor.
_MOST_LEVELS = 4


def field_of_type(name: str, type: pa.DataType) -> Field:
    """What is said of a column, member or item of one of Arrow's types."""
    stored = storage_type(type)
    kind = kind_of_type(stored)
    logical_type = _LOGICAL_TYPES.get(kind)
    match kind:
        case Kind.OBJECT:
            members = [stored.field(i) for i in range(stored.num_fields)]
            fields = [field_of_type(one.name, one.type) for one in members]
            return Field(name, logical_type, fields=_nameable(fields))
        case Kind.ARRAY:
            return Field(name, logical_type, items=_held(field_of_type("", stored.value_type)))
        case Kind.MAP:
            key, value = field_of_type("", stored.key_type), field_of_type("", stored.item_type)
            return Field(name, logical_type, map_key=key, map_value=value)
    physical = _physical_name(stored)
    options: dict[str, Any] = {}
    if kind is Kind.TIMESTAMP:
        options["with_timezone"] = stored.tz is not None
    elif pa.types.is_int8(stored):
        # Arrow's name for it is that of eight bytes elsewhere.
        options["format"] = "i8"
    elif is_uuid(stored):
        options["format"] = "uuid"
    return Field(name, logical_type, parse_physical_type(physical) if physical else None, **options)


def field_of_json(name: str, structure: Any, *, levels: int = _MOST_LEVELS) -> Field:
    """What is said of a column, member or item of JSON.

    :param structure: as DuckDB's `json_group_structure` gives it for all values: the name of a type, a list with what the
        items are, or an object with what the members are.
    :param levels: how many levels of arrays and objects to describe.
    """
    match structure:
        case str():
            return Field(name, _JSON_TYPES.get(structure))
        case [items] if levels > 1:
            return Field(name, LogicalType.ARRAY, items=_held(field_of_json("", items, levels=levels - 1)))
        case list():
            return Field(name, LogicalType.ARRAY)
    return _json_object(name, structure, levels)


def _json_object(name: str, members: Mapping[str, Any], levels: int) -> Field:
    if levels == 1:
        return Field(name, LogicalType.OBJECT)
    if len(members) > _MOST_MEMBERS:
        kinds = [one for one in members.values() if one != "NULL"]
        if kinds and isinstance(kinds[0], str) and kinds[0] != "JSON" and all(one == kinds[0] for one in kinds):
            key = Field("", LogicalType.STRING)
            return Field(name, LogicalType.MAP, map_key=key, map_value=field_of_json("", kinds[0]))
        return Field(name, LogicalType.OBJECT)
    fields = [field_of_json(key, value, levels=levels - 1) for key, value in members.items()]
    return Field(name, LogicalType.OBJECT, fields=_nameable(fields))


def _nameable(fields: Sequence[Field]) -> tuple[Field, ...]:
    """Those that a contract can name: not without a name, and only the first of several of one name."""
    by_name: dict[str, Field] = {}
    for one in fields:
        if one.name:
            by_name.setdefault(one.name, one)
    return tuple(by_name.values())


def _held(field: Field) -> Field | None:
    return None if field == Field("") else field


def _physical_name(type: pa.DataType) -> str | None:
    """Arrow's name for a type, without what makes no difference to its values; None if contracts know none like it."""
    is_ = pa.types
    if is_uuid(type):
        return "uuid"
    if is_.is_floating(type):
        # The name "float" has 64 bits elsewhere.
        return f"float{type.bit_width}"
    if is_.is_large_string(type) or is_.is_string_view(type):
        return "string"
    if is_.is_large_binary(type) or is_.is_binary_view(type):
        return "binary"
    return str(type) if parse_physical_type(str(type)) else None
