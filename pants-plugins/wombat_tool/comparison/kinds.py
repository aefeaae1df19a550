"""What kinds of values types hold, and which kinds take in which others."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from wombat_tool.contracts.model import Family, Field, LogicalType, PhysicalType


@dataclass(frozen=True)
class Kind:
    """The values of a type.

    :param family: None for numbers of any family.
    :param low: of integers the smallest, and `high` the largest; None is without end.
    :param bits: of floats.
    :param digits: of decimals, those before the point, and `scale` those behind it; None for as many as one likes.
    :param is_in_text: whether the data has them as text, also where its format has types.
    """

    family: Family | None
    low: int | None = None
    high: int | None = None
    bits: int = 64
    digits: int | None = None
    scale: int | None = None
    is_in_text: bool = False

    @property
    def is_number(self) -> bool:
        """Whether its values are numbers."""
        return self.family in (None, Family.INTEGER, Family.FLOAT, Family.DECIMAL)

    @property
    def is_whole(self) -> bool:
        """Whether its values are whole numbers."""
        if self.family is Family.DECIMAL:
            return self.scale is not None and self.scale <= 0
        return self.family is Family.INTEGER

    def is_within(self, other: Kind) -> bool:
        """Whether the other kind can hold each value of this one.

        Whole numbers count as no floats, as data may have them as decimals, which floats do not hold.
        """
        if self.is_in_text is not other.is_in_text:
            return False
        if other.family is None:
            return self.is_number
        match self.family, other.family:
            case (Family.INTEGER, Family.INTEGER):
                return _is_between(self, other.low, other.high)
            case (Family.INTEGER, Family.DECIMAL):
                most = None if other.digits is None else 10 ** max(0, other.digits) - 1
                return most is None or _is_between(self, -most, most)
            case (Family.FLOAT, Family.FLOAT):
                return self.bits <= other.bits
            case (Family.DECIMAL, Family.DECIMAL):
                return _is_at_most(self.digits, other.digits) and _is_at_most(self.scale, other.scale)
            case (Family.DECIMAL, Family.INTEGER) if self.is_whole and self.digits is not None:
                most = 10 ** max(0, self.digits) - 1
                return _is_between(Kind(Family.INTEGER, low=-most, high=most), other.low, other.high)
        return self.family is other.family


ANY_NUMBER = Kind(None)
_OF_LOGICAL = {
    LogicalType.STRING: Kind(Family.STRING),
    LogicalType.DATE: Kind(Family.DATE),
    LogicalType.TIMESTAMP: Kind(Family.TIMESTAMP),
    LogicalType.TIME: Kind(Family.TIME),
    LogicalType.NUMBER: ANY_NUMBER,
    LogicalType.INTEGER: Kind(Family.INTEGER),
    LogicalType.OBJECT: Kind(Family.STRUCT),
    LogicalType.ARRAY: Kind(Family.LIST),
    LogicalType.BOOLEAN: Kind(Family.BOOLEAN),
    LogicalType.MAP: Kind(Family.MAP),
    LogicalType.VECTOR: Kind(Family.LIST),
}
# ODCS 3.0 has "date" for moments of all sorts, "object" for maps and "string" for bytes: there the physical type decides.
_SAID_BETTER = (
    (Family.DATE, Family.TIMESTAMP),
    (Family.DATE, Family.TIME),
    (Family.STRUCT, Family.MAP),
    (Family.STRING, Family.BINARY),
)


def kind_of(field: Field) -> Kind | None:
    """What the values of a column are; None where the contract leaves that open."""
    physical = field.physical_type.family if field.physical_type else None
    if field.logical_type is None:
        return _kind_of_family(physical) if physical else _kind_of_options(field)
    kind = _OF_LOGICAL[field.logical_type]
    if physical is None:
        return kind
    if (kind.family, physical) in _SAID_BETTER:
        return Kind(physical)
    return replace(kind, is_in_text=physical is Family.STRING and kind.family is not Family.STRING)


def widths_of(field: Field) -> tuple[Kind, ...]:
    """What the format of a number ("i32", "f64") and the physical type say of the values besides."""
    physical = field.physical_type
    widths = (format_kind(field), physical_kind(physical) if physical else None)
    return tuple(width for width in widths if width)


def format_kind(field: Field) -> Kind | None:
    """What the format of a number says."""
    text = field.format or ""
    sign, bits = text[:1], text[1:]
    kind = kind_of(field)
    if not bits.isdecimal() or sign not in ("i", "u", "f") or kind is None or not kind.is_number:
        return None
    if sign == "f":
        return Kind(Family.FLOAT, bits=int(bits))
    return _integers(int(bits), is_signed=sign == "i")


def physical_kind(type: PhysicalType) -> Kind:
    """What a physical type says, but for the length of texts and for time zones."""
    match type.family:
        case Family.INTEGER if type.bits is not None:
            return _integers(type.bits, is_signed=type.is_signed)
        case Family.FLOAT:
            return Kind(Family.FLOAT, bits=type.bits or 64)
        case Family.DECIMAL if type.precision is not None:
            scale = type.scale or 0
            return Kind(Family.DECIMAL, digits=type.precision - scale, scale=scale)
    return Kind(type.family)


def _kind_of_family(family: Family) -> Kind:
    return ANY_NUMBER if family in (Family.FLOAT, Family.DECIMAL) else Kind(family)


def _kind_of_options(field: Field) -> Kind | None:
    """What the values are that the options of a field without a type speak of."""
    named = [bound.value for bound in (field.minimum, field.maximum) if bound] + list(field.enum or ())
    if field.multiple_of is not None or (named and all(isinstance(one, Decimal) for one in named)):
        return ANY_NUMBER
    if named and all(isinstance(one, bool) for one in named):
        return Kind(Family.BOOLEAN)
    lengths = (field.min_length, field.max_length, field.pattern)
    if (named and all(isinstance(one, str) for one in named)) or any(one is not None for one in lengths):
        return Kind(Family.STRING)
    if field.map_value or field.map_key:
        return Kind(Family.MAP)
    if field.fields or field.required_members:
        return Kind(Family.STRUCT)
    has_items = field.items or field.unique_items or (field.min_items, field.max_items) != (None, None)
    return Kind(Family.LIST) if has_items else None


def _integers(bits: int, *, is_signed: bool) -> Kind:
    if is_signed:
        return Kind(Family.INTEGER, low=-(2 ** (bits - 1)), high=2 ** (bits - 1) - 1)
    return Kind(Family.INTEGER, low=0, high=2**bits - 1)


def _is_between(kind: Kind, low: int | None, high: int | None) -> bool:
    starts = low is None or (kind.low is not None and kind.low >= low)
    return starts and (high is None or (kind.high is not None and kind.high <= high))


def _is_at_most(value: int | None, limit: int | None) -> bool:
    return limit is None or (value is not None and value <= limit)
