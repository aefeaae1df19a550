"""How the values of a field are read: typed ones as they are, text and JSON as what the contract wants them to be."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass

import pyarrow as pa

from wombat_tool.contracts.model import Field
from wombat_tool.relations.model import Encoding
from wombat_tool.relations.sql import literal
from wombat_tool.validation.kinds import Kind, is_uuid, kind_of_type, storage_type
from wombat_tool.validation.literals import (
    Booleans,
    Comparer,
    Floating,
    Moments,
    Texts,
    date_literal,
    decimals,
    integers,
    moment_literal,
    time_literal,
)

Expression = Callable[[str], str]
"""Writes SQL about a value, given the SQL of that value."""

# 64 bits of nanoseconds reach from 1677-09-21 to 2262-04-11; a day less at both ends leaves room for time zones.
_FIRST_NANOSECONDS = datetime.datetime(1677, 9, 22, 12)
_LAST_NANOSECONDS = datetime.datetime(2262, 4, 10, 12)


@dataclass(frozen=True)
class Reading:
    """How to read a value.

    :param encoding: in which it stands.
    :param type: of NATIVE, Arrow's type; None if that is not known.
    :param typed: the value as what it is to be; null where it is something else.
    :param document: the JSON that holds members and items, given the value as it stands.
    :param coarse: a number as DOUBLE where `typed` is null because it has more digits than SQL stores exactly.
    :param can_be_wrong: whether `typed` may be null where the value is not.
    :param comparer: None for kinds that are compared with nothing.
    :param digits: the digits of a number as text, given the value as it stands; None if `typed` is exact.
    :param has_zone: whether the text of a moment names a time zone; None if it is no text.
    """

    kind: Kind
    encoding: Encoding
    type: pa.DataType | None = None
    typed: Expression = str
    document: Expression = str
    coarse: Expression | None = None
    can_be_wrong: bool = False
    comparer: Comparer | None = None
    digits: Expression | None = None
    has_zone: Expression | None = None

    @property
    def inner_encoding(self) -> Encoding:
        """In which its members and items stand."""
        return Encoding.NATIVE if self.encoding is Encoding.NATIVE else Encoding.JSON

    def is_wrong(self, raw: str, typed: str) -> str:
        """Whether a value is there and is not what it is to be.

        :param raw: the value as it stands, and `typed` what `self.typed` makes of it.
        """
        parts = [f"{raw} IS NOT NULL", f"{typed} IS NULL"]
        if self.coarse:
            parts.append(f"{self.coarse(raw)} IS NULL")
        return " AND ".join(parts) if self.can_be_wrong else "FALSE"

    def text(self, raw: str) -> str:
        """The value as text for people."""
        return f"{raw} ->> '$'" if self.encoding is Encoding.JSON else f"CAST({raw} AS VARCHAR)"

    def member(self, raw: str, name: str) -> str:
        """A member of an object."""
        if self.encoding is Encoding.NATIVE:
            if name:
                return f"struct_extract({raw}, {literal(name)})"
            # SQL has no empty name, and would turn the place in a column into one.
            column = f"CASE WHEN {raw} IS NOT NULL THEN {raw} END"
            assert self.type is not None, "What has members has a type."
            return f"struct_extract_at({column}, {self.type.get_field_index(name) + 1})"
        return json_at(self.document(raw), pointer_part(name))

    def items(self, raw: str) -> str:
        """The items of an array as a list."""
        return raw if self.encoding is Encoding.NATIVE else f"TRY_CAST({self.document(raw)} AS JSON[])"

    def keys(self, raw: str) -> str:
        """The keys of a map as a list; of JSON they are text."""
        return f"map_keys({raw})" if self.encoding is Encoding.NATIVE else f"json_keys({self.document(raw)})"

    def values(self, raw: str) -> str:
        """The values of a map as a list."""
        if self.encoding is Encoding.NATIVE:
            return f"map_values({raw})"
        values = f"json_extract({self.document(raw)}, '$.*')"
        return f"list_transform({values}, lambda item: nullif(item, 'null'::JSON))"


def pointer_part(name: str) -> str:
    """A member in a JSON pointer (RFC 6901), which unlike a path has only two characters that mean something."""
    return "/" + name.replace("~", "~0").replace("/", "~1")


def json_at(document: str, pointer: str) -> str:
    """The value at a place in JSON; null where there is none, and where JSON has null."""
    return f"nullif(json_extract({document}, {literal(pointer)}), 'null'::JSON)"


def native_reading(type: pa.DataType | None, field: Field) -> Reading:
    """How to read values of one of Arrow's types, which fits what the field asks for."""
    if type is None:
        return Reading(Kind.OTHER, Encoding.NATIVE)
    kind = kind_of_type(type)
    typed, comparer = _native(kind, storage_type(type), field)
    digits: Expression | None = (lambda raw: f"CAST({raw} AS VARCHAR)") if isinstance(comparer, Floating) else None
    return Reading(kind, Encoding.NATIVE, storage_type(type), typed=typed, comparer=comparer, digits=digits)


def _native(kind: Kind, type: pa.DataType, field: Field) -> tuple[Expression, Comparer | None]:
    is_ = pa.types
    if is_.is_decimal(type):
        if type.precision <= 38 and type.scale >= 0:
            return str, decimals(type.precision, type.scale)
        # SQL has no such decimals.
        return cast_to("DOUBLE"), Floating(64)
    match kind:
        case Kind.INTEGER:
            return str, integers(type.bit_width, is_signed=is_.is_signed_integer(type))
        case Kind.NUMBER:
            return str, Floating(type.bit_width)
        case Kind.STRING:
            return cast_to("VARCHAR") if is_uuid(type) else str, Texts()
        case Kind.BOOLEAN:
            return str, Booleans()
        case Kind.DATE:
            return str if is_.is_date32(type) else cast_to("DATE"), Moments(date_literal)
        case Kind.TIME:
            return str, Moments(time_literal)
        case Kind.TIMESTAMP:
            write = moment_literal(field.default_timezone, has_zone=type.tz is not None)
            if type.unit == "ns":
                return str, Moments(write, _FIRST_NANOSECONDS, _LAST_NANOSECONDS)
            # Those in seconds and milliseconds reach farther than what they are compared with.
            coarse = cast_to("TIMESTAMP" if type.tz is None else "TIMESTAMPTZ")
            return str if type.unit == "us" else coarse, Moments(write)
    return str, None


def cast_to(type: str) -> Expression:
    """A cast that gives null for what does not fit."""
    return lambda value: f"TRY_CAST({value} AS {type})"
