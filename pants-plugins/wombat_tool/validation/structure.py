"""Holds the columns of data and their types against what the contract names, without reading a row."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa

from wombat_tool.contracts.model import Family, Field, LogicalType, PhysicalType
from wombat_tool.tables.types import type_text
from wombat_tool.validation.kinds import Kind, holds_text, kind_of_field, kind_of_type, storage_type
from wombat_tool.validation.literals import integer_range

_WIDTH = re.compile(r"([iuf])(8|16|32|64|128|256)")
# As many bits as the digits of a binary number of a width have: IEEE 754, table 3.5.
_FLOAT_DIGITS = {16: 11, 32: 24, 64: 53}
_ELEMENTS = {
    "float16": pa.types.is_float16,
    "float32": pa.types.is_float32,
    "float64": pa.types.is_float64,
    "int8": pa.types.is_int8,
    "uint8": pa.types.is_uint8,
}


@dataclass(frozen=True)
class TypeFinding:
    """Something about a type that is not as the contract has it.

    :param rule: the name of the rule.
    :param problem: what is wrong, as a clause: "the type is string".
    """

    rule: str
    path: str
    field: Field
    expected: str
    problem: str


def type_fits(field: Field, type: pa.DataType) -> bool:
    """Whether values of the type are of the kind that the field wants, so that its rules can be held against them."""
    wanted, found = kind_of_field(field), kind_of_type(type)
    if found is Kind.NULL or wanted is None:
        return True
    if holds_text(field):
        return found is Kind.STRING
    return wanted is found or (wanted is Kind.NUMBER and found is Kind.INTEGER)


def has_member(type: pa.DataType | None, name: str) -> bool:
    """Whether values of the type have the member; true where the type is not known."""
    return type is None or (pa.types.is_struct(type) and type.get_field_index(name) >= 0)


def expected_kind(field: Field) -> str:
    """What values are to be, in words."""
    kind = kind_of_field(field)
    if kind is None:
        return "anything"
    if field.logical_type is None and field.physical_type:
        return f"{field.physical_type.text} ({kind.value})"
    name = field.logical_type.value if field.logical_type else kind.value
    shape = f" as {field.format}" if field.format and kind in (Kind.DATE, Kind.TIME, Kind.TIMESTAMP) else ""
    return f"{name}{shape}"


def type_findings(field: Field, type: pa.DataType, path: str) -> Iterator[TypeFinding]:
    """What is not as the contract has it in the type of a column and in the types within it."""
    text = type_text(type)
    if not type_fits(field, type):
        is_logical = field.logical_type is not None
        rule = "logicalType" if is_logical else "physicalType"
        held = f" held as {field.physical_type.text}" if is_logical and holds_text(field) and field.physical_type else ""
        yield TypeFinding(rule, path, field, f"{expected_kind(field)}{held}", f"the type is {text}")
        return
    stored = storage_type(type)
    if pa.types.is_null(stored):
        # All values are null, and null is of every type.
        return
    physical = field.physical_type
    if physical and not _is_representable(stored, physical):
        yield TypeFinding("physicalType", path, field, physical.text, f"the type is {text}")
    width = number_width(field)
    if width and not holds_text(field) and not _is_representable(stored, width):
        yield TypeFinding("format", path, field, str(field.format), f"the type is {text}")
    if pa.types.is_timestamp(stored) and field.with_timezone not in (None, stored.tz is not None):
        zone = "a time zone" if field.with_timezone else "no time zone"
        yield TypeFinding("timezone", path, field, zone, f"the type is {text}")
    yield from _inner_findings(field, stored, path)


def _inner_findings(field: Field, type: pa.DataType, path: str) -> Iterator[TypeFinding]:
    kind = kind_of_type(type)
    if kind is Kind.OBJECT:
        named = {member.name for member in field.fields}
        for member in field.fields:
            if has_member(type, member.name):
                yield from type_findings(member, type.field(member.name).type, f"{path}.{member.name}")
            else:
                yield TypeFinding("present", f"{path}.{member.name}", member, "a member of this name", "it is missing")
        for name in field.required_members:
            if name not in named and not has_member(type, name):
                yield TypeFinding("present", f"{path}.{name}", field, "a member of this name", "it is missing")
    elif kind is Kind.ARRAY:
        if field.logical_type is LogicalType.VECTOR and not _is_element(type.value_type, field.element_type):
            expected = f"vector of {field.element_type or 'numbers'}"
            yield TypeFinding("logicalType", path, field, expected, f"the type is {type_text(type)}")
        elif field.items:
            yield from type_findings(field.items, type.value_type, f"{path}[]")
    elif kind is Kind.MAP:
        if field.map_key:
            yield from type_findings(field.map_key, type.key_type, f"{path}.key")
        if field.map_value:
            yield from type_findings(field.map_value, type.item_type, f"{path}.value")


def number_width(field: Field) -> PhysicalType | None:
    """What the format of a number says, as "i32"; None if it has none."""
    found = _WIDTH.fullmatch(field.format or "")
    if not found or kind_of_field(field) not in (Kind.INTEGER, Kind.NUMBER):
        return None
    family = Family.FLOAT if found[1] == "f" else Family.INTEGER
    return PhysicalType(found[0], family, bits=int(found[2]), is_signed=found[1] != "u")


def _is_element(type: pa.DataType, wanted: str | None) -> bool:
    if wanted in _ELEMENTS:
        return bool(_ELEMENTS[wanted](type))
    # Arrow has neither "bfloat16" nor single bits, so they may be any numbers that hold them.
    return kind_of_type(type) in (Kind.INTEGER, Kind.NUMBER, Kind.BOOLEAN)


def _is_representable(type: pa.DataType, physical: PhysicalType) -> bool:
    """Whether each value of the type is one of the physical type, too."""
    is_ = pa.types
    found = kind_of_type(type)
    match physical.family:
        case Family.INTEGER:
            return found is Kind.INTEGER and _is_within(type, physical)
        case Family.FLOAT:
            digits = _FLOAT_DIGITS.get(physical.bits or 64, 53)
            if is_.is_floating(type):
                return bool(type.bit_width <= (physical.bits or 64))
            return bool(is_.is_integer(type) and type.bit_width <= digits)
        case Family.DECIMAL if is_.is_integer(type):
            low, high = integer_range(type.bit_width, is_signed=is_.is_signed_integer(type))
            room = None if physical.precision is None else physical.precision - (physical.scale or 0)
            return room is None or max(-low, high) < 10**room
        case Family.DECIMAL:
            if not is_.is_decimal(type) or physical.precision is None:
                return bool(is_.is_decimal(type))
            scale = physical.scale or 0
            return bool(type.scale <= scale and type.precision - type.scale <= physical.precision - scale)
        case Family.TIMESTAMP:
            return bool(is_.is_timestamp(type) and physical.with_timezone in (None, type.tz is not None))
    return found in _FAMILY_KINDS[physical.family]


_FAMILY_KINDS = {
    Family.BOOLEAN: (Kind.BOOLEAN,),
    Family.STRING: (Kind.STRING,),
    Family.BINARY: (Kind.BINARY,),
    Family.DATE: (Kind.DATE,),
    Family.TIME: (Kind.TIME,),
    Family.LIST: (Kind.ARRAY,),
    Family.STRUCT: (Kind.OBJECT,),
    Family.MAP: (Kind.MAP,),
}


def _is_within(type: pa.DataType, physical: PhysicalType) -> bool:
    if physical.bits is None:
        return True
    if pa.types.is_decimal(type):
        high = 10 ** (type.precision - type.scale) - 1
        low = -high
    else:
        low, high = integer_range(type.bit_width, is_signed=pa.types.is_signed_integer(type))
    least, most = integer_range(physical.bits, is_signed=physical.is_signed)
    return least <= low and high <= most
