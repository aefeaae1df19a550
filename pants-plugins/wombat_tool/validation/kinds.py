"""What kinds of values there are: what contracts ask for, and what Arrow's types hold."""

from __future__ import annotations

from decimal import Decimal
from enum import Enum

import pyarrow as pa

from wombat_tool.contracts.model import Family, Field, LogicalType


class Kind(Enum):
    """What a value is, whatever holds it; the value of the member is the word for people."""

    STRING = "text"
    BINARY = "bytes"
    INTEGER = "an integer"
    NUMBER = "a number"
    BOOLEAN = "true or false"
    DATE = "a date"
    TIMESTAMP = "a date with a time"
    TIME = "a time of day"
    OBJECT = "an object"
    ARRAY = "an array"
    MAP = "a map"
    NULL = "null"
    OTHER = "something else"


_OF_LOGICAL = {
    LogicalType.STRING: Kind.STRING,
    LogicalType.DATE: Kind.DATE,
    LogicalType.TIMESTAMP: Kind.TIMESTAMP,
    LogicalType.TIME: Kind.TIME,
    LogicalType.NUMBER: Kind.NUMBER,
    LogicalType.INTEGER: Kind.INTEGER,
    LogicalType.OBJECT: Kind.OBJECT,
    LogicalType.ARRAY: Kind.ARRAY,
    LogicalType.BOOLEAN: Kind.BOOLEAN,
    LogicalType.MAP: Kind.MAP,
    LogicalType.VECTOR: Kind.ARRAY,
}
_OF_FAMILY = {
    Family.INTEGER: Kind.INTEGER,
    Family.FLOAT: Kind.NUMBER,
    Family.DECIMAL: Kind.NUMBER,
    Family.BOOLEAN: Kind.BOOLEAN,
    Family.STRING: Kind.STRING,
    Family.BINARY: Kind.BINARY,
    Family.DATE: Kind.DATE,
    Family.TIME: Kind.TIME,
    Family.TIMESTAMP: Kind.TIMESTAMP,
    Family.LIST: Kind.ARRAY,
    Family.STRUCT: Kind.OBJECT,
    Family.MAP: Kind.MAP,
}
_MOMENTS = (Kind.DATE, Kind.TIMESTAMP, Kind.TIME)


def kind_of_field(field: Field) -> Kind | None:
    """What the contract wants values to be; None where it leaves that open."""
    physical = _OF_FAMILY[field.physical_type.family] if field.physical_type else None
    if field.logical_type is None:
        return physical or _kind_of_options(field)
    kind = _OF_LOGICAL[field.logical_type]
    # ODCS 3.0 knows "date" for moments of all sorts and "object" for maps: there the physical type says more.
    if (kind is Kind.DATE and physical in _MOMENTS) or (kind is Kind.OBJECT and physical is Kind.MAP):
        return physical
    return Kind.BINARY if kind is Kind.STRING and physical is Kind.BINARY else kind


def _kind_of_options(field: Field) -> Kind | None:
    """What the values are that the options of a field without a type speak of."""
    named = [bound.value for bound in (field.minimum, field.maximum) if bound] + list(field.enum or ())
    if field.multiple_of is not None or (named and all(isinstance(one, Decimal) for one in named)):
        return Kind.NUMBER
    if named and all(isinstance(one, bool) for one in named):
        return Kind.BOOLEAN
    lengths = (field.min_length, field.max_length, field.pattern)
    if (named and all(isinstance(one, str) for one in named)) or any(one is not None for one in lengths):
        return Kind.STRING
    if field.map_value or field.map_key:
        return Kind.MAP
    if field.fields or field.required_members:
        return Kind.OBJECT
    return Kind.ARRAY if field.items or field.unique_items or (field.min_items, field.max_items) != (None, None) else None


def holds_text(field: Field) -> bool:
    """Whether the contract says that typed formats have as text what is no text itself: a date as "varchar"."""
    physical = field.physical_type
    return bool(physical and physical.family is Family.STRING and kind_of_field(field) is not Kind.STRING)


def storage_type(type: pa.DataType) -> pa.DataType:
    """The type of the values themselves, where Arrow wraps them: in a dictionary, in runs or in an extension."""
    while True:
        if pa.types.is_dictionary(type) or pa.types.is_run_end_encoded(type):
            type = type.value_type
        elif isinstance(type, pa.BaseExtensionType) and not is_uuid(type):
            type = type.storage_type
        else:
            return type


def is_uuid(type: pa.DataType) -> bool:
    """Whether it is Arrow's type of UUIDs, which are text to people."""
    return isinstance(type, pa.BaseExtensionType) and type.extension_name == "arrow.uuid"


def kind_of_type(type: pa.DataType) -> Kind:
    """What values of one of Arrow's types are."""
    type = storage_type(type)
    is_ = pa.types
    if is_.is_integer(type):
        return Kind.INTEGER
    if is_.is_decimal(type):
        return Kind.INTEGER if type.scale <= 0 else Kind.NUMBER
    if is_.is_floating(type):
        return Kind.NUMBER
    if is_uuid(type) or is_.is_string(type) or is_.is_large_string(type) or is_.is_string_view(type):
        return Kind.STRING
    if is_.is_binary(type) or is_.is_large_binary(type) or is_.is_fixed_size_binary(type) or is_.is_binary_view(type):
        return Kind.BINARY
    for test, kind in (
        (is_.is_null, Kind.NULL),
        (is_.is_boolean, Kind.BOOLEAN),
        (is_.is_date, Kind.DATE),
        (is_.is_timestamp, Kind.TIMESTAMP),
        (is_.is_time, Kind.TIME),
        (is_.is_struct, Kind.OBJECT),
        (is_.is_map, Kind.MAP),
        (is_.is_union, Kind.OTHER),
        (is_.is_nested, Kind.ARRAY),
    ):
        if test(type):
            return kind
    return Kind.OTHER
