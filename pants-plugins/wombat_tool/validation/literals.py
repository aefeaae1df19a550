"""Writes what a contract names into SQL, so that comparisons are exact where the data is."""

from __future__ import annotations

import datetime
import math
import struct
from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from typing import Protocol

from wombat_tool.contracts.model import Scalar
from wombat_tool.relations.sql import literal

_EXACT = Context(prec=10_000)
ALWAYS, NEVER = "TRUE", "FALSE"


class Comparer(Protocol):
    """Writes comparisons of values of one type with what a contract names."""

    def ordered(self, value: str, operator: str, bound: Scalar) -> str | None:
        """`value operator bound`, with "<", "<=", ">" or ">="; None if the two cannot be compared.

        True, not unknown, for NaN; unknown for null.
        """

    def equal(self, bound: Scalar) -> str | None:
        """The literal that a value equal to the bound is equal to; None if no value is equal to it."""


@dataclass(frozen=True)
class Exact:
    """Numbers that SQL stores exactly: all multiples of 10 to the power of -scale between two ends.

    :param sql_type: their type in SQL.
    """

    sql_type: str
    low: Decimal
    high: Decimal
    scale: int = 0

    def ordered(self, value: str, operator: str, bound: Scalar) -> str | None:
        """See `Comparer`."""
        if not isinstance(bound, Decimal):
            return None
        # The bound moves to the next number that the type has, in the direction that leaves the answer as it is.
        is_up = operator in ("<", ">=")
        number = bound.quantize(Decimal(1).scaleb(-self.scale), ROUND_CEILING if is_up else ROUND_FLOOR, _EXACT)
        if number > self.high:
            return f"{value} IS NOT NULL" if operator in ("<", "<=") else NEVER
        if number < self.low:
            return f"{value} IS NOT NULL" if operator in (">", ">=") else NEVER
        return f"{value} {operator} {self._literal(number)}"

    def equal(self, bound: Scalar) -> str | None:
        """See `Comparer`."""
        if not isinstance(bound, Decimal) or not self.low <= bound <= self.high:
            return None
        number = bound.quantize(Decimal(1).scaleb(-self.scale), ROUND_FLOOR, _EXACT)
        return self._literal(number) if number == bound else None

    def _literal(self, number: Decimal) -> str:
        return f"CAST('{number:f}' AS {self.sql_type})"


@dataclass(frozen=True)
class Floating:
    """Numbers that SQL rounds to binary ones: a bound is rounded just the same, so that 0.1 in the data is 0.1.

    :param bits: of the data; 16 are compared as 32.
    """

    bits: int

    def ordered(self, value: str, operator: str, bound: Scalar) -> str | None:
        """See `Comparer`."""
        if not isinstance(bound, Decimal):
            return None
        # DuckDB takes NaN for greater than all numbers.
        nan = "" if operator.startswith(">") else f" OR isnan({value})"
        return f"({value} {operator} {self._literal(bound)}{nan})"

    def equal(self, bound: Scalar) -> str | None:
        """See `Comparer`."""
        return self._literal(bound) if isinstance(bound, Decimal) else None

    def _literal(self, bound: Decimal) -> str:
        text = repr(_half(float(bound))) if self.bits == 16 else f"{bound:E}"
        return f"CAST('{text}' AS {'DOUBLE' if self.bits == 64 else 'FLOAT'})"


@dataclass(frozen=True)
class Texts:
    """Texts, which contracts only hold against others for being equal."""

    def ordered(self, value: str, operator: str, bound: Scalar) -> str | None:
        """See `Comparer`."""
        return None

    def equal(self, bound: Scalar) -> str | None:
        """See `Comparer`."""
        return literal(bound) if isinstance(bound, str) else None


@dataclass(frozen=True)
class Booleans:
    """True and false, which have no order."""

    def ordered(self, value: str, operator: str, bound: Scalar) -> str | None:
        """See `Comparer`."""
        return None

    def equal(self, bound: Scalar) -> str | None:
        """See `Comparer`."""
        return str(bound).upper() if isinstance(bound, bool) else None


@dataclass(frozen=True)
class Moments:
    """Dates, times of day and moments.

    :param write: makes a literal of a bound; None if it is of another kind.
    :param low: the earliest and `high` the latest moment that the type can hold, where that is less than a bound can be.
    """

    write: Callable[[Scalar], str | None]
    low: datetime.datetime | None = None
    high: datetime.datetime | None = None

    def ordered(self, value: str, operator: str, bound: Scalar) -> str | None:
        """See `Comparer`."""
        written = self.write(bound)
        if written is None:
            return None
        side = self._side(bound)
        if side:
            is_met = (side > 0) == operator.startswith("<")
            return f"{value} IS NOT NULL" if is_met else NEVER
        return f"{value} {operator} {written}"

    def equal(self, bound: Scalar) -> str | None:
        """See `Comparer`."""
        return None if self._side(bound) else self.write(bound)

    def _side(self, bound: Scalar) -> int:
        """Whether the bound is before (-1) or behind (1) all values that there can be."""
        if self.low is None or self.high is None or not isinstance(bound, datetime.date):
            return 0
        moment = _naive(bound)
        return -1 if moment < self.low else 1 if moment > self.high else 0


def date_literal(bound: Scalar) -> str | None:
    """A bound as DATE; None if it is none."""
    if isinstance(bound, datetime.datetime):
        bound = bound.date()
    return f"DATE '{bound.isoformat()}'" if isinstance(bound, datetime.date) else None


def time_literal(bound: Scalar) -> str | None:
    """A bound as TIME; None if it is none."""
    return f"TIME '{bound.replace(tzinfo=None).isoformat()}'" if isinstance(bound, datetime.time) else None


def moment_literal(zone: str | None, *, has_zone: bool) -> Callable[[Scalar], str | None]:
    """What writes a bound as a moment.

    :param zone: the time zone in which moments without one are meant, as "Europe/Berlin"; None for UTC.
    :param has_zone: whether the values have a time zone, so that they are points in time.
    """

    def write(bound: Scalar) -> str | None:
        if not isinstance(bound, datetime.date):
            return None
        is_aware = isinstance(bound, datetime.datetime) and bound.tzinfo is not None
        text = _naive(bound).isoformat(sep=" ")
        local = literal(zone or "UTC")
        if has_zone:
            return f"TIMESTAMPTZ '{text}+00'" if is_aware else f"timezone({local}, TIMESTAMP '{text}')"
        return f"timezone({local}, TIMESTAMPTZ '{text}+00')" if is_aware else f"TIMESTAMP '{text}'"

    return write


def integers(bits: int, *, is_signed: bool) -> Exact:
    """Integers of a width that SQL has."""
    names = {8: "TINYINT", 16: "SMALLINT", 32: "INTEGER", 64: "BIGINT", 128: "HUGEINT"}
    low, high = integer_range(bits, is_signed=is_signed)
    return Exact(names[bits] if is_signed else f"U{names[bits]}", Decimal(low), Decimal(high))


def integer_range(bits: int, *, is_signed: bool) -> tuple[int, int]:
    """The least and the greatest integer of a width."""
    return (-(1 << bits - 1), (1 << bits - 1) - 1) if is_signed else (0, (1 << bits) - 1)


def decimals(precision: int, scale: int) -> Exact:
    """Decimals of so many digits, of which `scale` are behind the point."""
    digits = (9,) * precision
    return Exact(f"DECIMAL({precision}, {scale})", Decimal((1, digits, -scale)), Decimal((0, digits, -scale)), scale)


def _naive(bound: datetime.date) -> datetime.datetime:
    """A moment in UTC if it has a time zone, else as it stands."""
    if not isinstance(bound, datetime.datetime):
        return datetime.datetime(bound.year, bound.month, bound.day)
    if bound.tzinfo is None:
        return bound
    try:
        return bound.astimezone(datetime.timezone.utc).replace(tzinfo=None)
    except OverflowError:
        return datetime.datetime.min if bound.year < 1000 else datetime.datetime.max


def _half(number: float) -> float:
    """The number of 16 bits that is nearest."""
    try:
        return float(struct.unpack("e", struct.pack("e", number))[0])
    except OverflowError:
        return math.copysign(math.inf, number)
