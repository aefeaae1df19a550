"""The types that a contract gives its columns, in Python and in Arrow."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Union

from wombat_tool.codegen.layout import quoted
from wombat_tool.contracts.model import Family, Field, LogicalType, PhysicalType

Literal = Union[str, int, bool]


@dataclass(frozen=True)
class Scalar:
    """The type of single values.

    :param python: as "int" or "datetime.date".
    :param arrow: the call that makes it, behind `pyarrow.`; None where Arrow has no type that is surely right.
    :param literals: the only values, where the contract enumerates them and Python's types can.
    :param alias: what the module calls the type of these values.
    """

    python: str
    arrow: str | None
    literals: tuple[Literal, ...] = ()
    alias: str = ""


@dataclass(frozen=True)
class Array:
    """A list.

    :param size: of all lists, where they have the same.
    """

    items: Member
    size: int | None = None


@dataclass(frozen=True)
class Map:
    """Pairs of keys and values, in their order."""

    key: Type
    value: Member


@dataclass(frozen=True)
class Structure:
    """An object with the members that the contract names.

    :param name: of its data class in the module, and `row_name` of its `TypedDict`.
    :param title: what people call it.
    """

    members: tuple[Member, ...]
    name: str = ""
    row_name: str = ""
    title: str = ""
    description: str = ""
    is_deprecated: bool = False

    @property
    def columns(self) -> list[str]:
        """The names of its members in the data."""
        return [member.name for member in self.members]


Type = Union[Scalar, Array, Map, Structure]


@dataclass(frozen=True)
class Member:
    """A column, a member of an object, or (with an empty name) what arrays and maps hold."""

    name: str
    type: Type
    is_nullable: bool
    is_deprecated: bool = False
    description: str = ""


ANYTHING = Scalar("Any", None)

_INTEGERS = {f"{sign}{bits}": f"{'u' * (sign == 'u')}int{bits}()" for sign in "iu" for bits in (8, 16, 32, 64)} | {
    # The largest have 39 digits.
    "i128": "decimal256(39, 0)",
    "u128": "decimal256(39, 0)",
}
_NUMBERS = {"f16": "float16()", "f32": "float32()", "f64": "float64()"}
# `dimensions` numbers each; Arrow has no type for the two others of ODCS, "bfloat16" and "binary".
_VECTOR_ELEMENTS = {
    "float16": Scalar("float", "float16()"),
    "float32": Scalar("float", "float32()"),
    "float64": Scalar("float", "float64()"),
    "int8": Scalar("int", "int8()"),
    "uint8": Scalar("int", "uint8()"),
}
_MOST_DIGITS_128, _MOST_DIGITS_256 = 38, 76
# What BigQuery and others give a NUMERIC that does not say.
_USUAL_SCALE = 9
# The names of Arrow's types that say more than `PhysicalType` has parts for: pyarrow's `str` of a type.
_ARROW_TIMESTAMP = re.compile(r"timestamp\[(s|ms|us|ns)(?:,\s*tz=(.+))?\]", re.IGNORECASE)
_ARROW_TIME = re.compile(r"(time32)\[(s|ms)\]|(time64)\[(us|ns)\]", re.IGNORECASE)
_ARROW_SIZED_BINARY = re.compile(r"fixed_size_binary\[(\d+)\]", re.IGNORECASE)
_ARROW_LARGE = {"large_string": "large_string()", "large_utf8": "large_string()", "large_binary": "large_binary()"}
# DuckDB's TIMESTAMP_MS, and how many digits of a second the types of SQL keep, as TIMESTAMP(3).
_SQL_UNIT = re.compile(r"timestamp_(s|ms|ns)", re.IGNORECASE)
_SQL_DIGITS = re.compile(r"\(\s*(\d)\s*\)")


def member_of(field: Field, *, is_required: bool = False) -> Member:
    """The column or member that a contract describes.

    :param is_required: whether null is forbidden from outside: by the object that it is a member of.
    """
    return Member(
        field.name,
        _type_of(field),
        is_nullable=not (field.required or is_required),
        is_deprecated=field.is_deprecated,
        description=field.description,
    )


def _structure_of(field: Field) -> Structure:
    """The type of an object that names its members."""
    return Structure(tuple(member_of(one, is_required=one.name in field.required_members) for one in field.fields))


def parts_of(type: Type) -> Iterator[Scalar | Structure]:
    """The types that a list or map is made of, at any depth, down to single values and objects."""
    match type:
        case Array():
            yield from parts_of(type.items.type)
        case Map():
            yield from parts_of(type.key)
            yield from parts_of(type.value.type)
        case _:
            yield type


def has_arrow_type(type: Type) -> bool:
    """Whether the contract says enough for an Arrow type."""
    return all(
        one.arrow is not None if isinstance(one, Scalar) else all(has_arrow_type(member.type) for member in one.members)
        for one in parts_of(type)
    )


def _type_of(field: Field) -> Type:
    match field.logical_type:
        case LogicalType.OBJECT:
            # Without members it may hold any.
            return _structure_of(field) if field.fields else Scalar("dict[str, Any]", None)
        case LogicalType.ARRAY:
            return Array(_held(field.items))
        case LogicalType.MAP:
            return Map(_held(field.map_key).type, _held(field.map_value))
        case LogicalType.VECTOR:
            element = _VECTOR_ELEMENTS.get(field.element_type or "float32", ANYTHING)
            return Array(Member("", element, is_nullable=False), size=field.dimensions)
    scalar = _physical(field, field.physical_type) if field.physical_type else _logical(field)
    return Scalar(scalar.python, scalar.arrow, _literals(scalar.python, field.enum or ()))


def _held(field: Field | None) -> Member:
    return Member("", ANYTHING, is_nullable=True) if field is None else member_of(field)


def _logical(field: Field) -> Scalar:
    match field.logical_type:
        case LogicalType.STRING:
            return Scalar("str", "string()")
        case LogicalType.INTEGER:
            return _integer(_INTEGERS.get(field.format or "i64", "int64()"))
        case LogicalType.NUMBER:
            return Scalar("float", _NUMBERS.get(field.format or "f64", "float64()"))
        case LogicalType.BOOLEAN:
            return Scalar("bool", "bool_()")
        case LogicalType.DATE:
            return Scalar("datetime.date", "date32()")
        case LogicalType.TIME:
            return Scalar("datetime.time", 'time64("us")')
        case LogicalType.TIMESTAMP:
            return _timestamp("us", _zone(field) if field.with_timezone else None)
    return ANYTHING


def _integer(arrow: str) -> Scalar:
    return Scalar("decimal.Decimal" if arrow.startswith("decimal") else "int", arrow)


def _physical(field: Field, type: PhysicalType) -> Scalar:
    text = type.text.strip()
    match type.family:
        case Family.INTEGER:
            format = field.format if type.bits is None else _integer_format(type.bits, is_signed=type.is_signed)
            return _integer(_INTEGERS.get(format or "i64", "int64()"))
        case Family.FLOAT:
            return Scalar("float", _NUMBERS.get((field.format if type.bits is None else f"f{type.bits}") or "f64"))
        case Family.DECIMAL:
            return _decimal(field, type)
        case Family.BOOLEAN:
            return Scalar("bool", "bool_()")
        case Family.STRING:
            return Scalar("str", _ARROW_LARGE.get(text.lower(), "string()"))
        case Family.BINARY:
            size = _ARROW_SIZED_BINARY.fullmatch(text)
            return Scalar("bytes", f"binary({size[1]})" if size else _ARROW_LARGE.get(text.lower(), "binary()"))
        case Family.DATE:
            return Scalar("datetime.date", "date64()" if text.lower().startswith("date64") else "date32()")
        case Family.TIME:
            time = _ARROW_TIME.fullmatch(text)
            arrow = f'{time[1] or time[3]}("{time[2] or time[4]}")'.lower() if time else 'time64("us")'
            return Scalar("datetime.time", arrow)
        case Family.TIMESTAMP:
            moment = _ARROW_TIMESTAMP.fullmatch(text)
            if moment:
                return _timestamp(moment[1].lower(), moment[2])
            has_zone = field.with_timezone if type.with_timezone is None else type.with_timezone
            return _timestamp(_sql_unit(text), _zone(field) if has_zone else None)
    # Lists, objects and maps whose members nothing says.
    return ANYTHING


def _integer_format(bits: int, *, is_signed: bool) -> str:
    # Some databases have integers of three bytes.
    width = next((one for one in (8, 16, 32, 64) if bits <= one), 128)
    return f"{'i' if is_signed else 'u'}{width}"


def _decimal(field: Field, type: PhysicalType) -> Scalar:
    default_scale = 0 if field.logical_type is LogicalType.INTEGER or type.precision is not None else _USUAL_SCALE
    precision = _MOST_DIGITS_128 if type.precision is None else type.precision
    scale = default_scale if type.scale is None else type.scale
    is_wide = precision > _MOST_DIGITS_128 or type.text.strip().lower().startswith("decimal256")
    arrow = f"decimal{256 if is_wide else 128}({precision}, {scale})"
    return Scalar("decimal.Decimal", arrow if 0 < precision <= _MOST_DIGITS_256 else None)


def _timestamp(unit: str, zone: str | None) -> Scalar:
    zone_text = f", tz={quoted(zone)}" if zone else ""
    return Scalar("datetime.datetime", f'timestamp("{unit}"{zone_text})')


def _zone(field: Field) -> str:
    return field.default_timezone or "UTC"


def _sql_unit(text: str) -> str:
    named = _SQL_UNIT.match(text)
    digits = _SQL_DIGITS.search(text)
    if named:
        return named[1].lower()
    return "us" if digits is None else ("s", "ms", "ms", "ms", "us", "us", "us", "ns", "ns", "ns")[int(digits[1])]


def _literals(python: str, values: tuple[object, ...]) -> tuple[Literal, ...]:
    """The values as Python's `Literal` takes them; none where one is of another type."""
    found: list[Literal] = []
    for value in values:
        if python == "int" and isinstance(value, Decimal) and value == value.to_integral_value():
            found.append(int(value))
        elif (python == "str" and isinstance(value, str)) or (python == "bool" and isinstance(value, bool)):
            found.append(value)
        else:
            return ()
    return tuple(dict.fromkeys(found))
