"""What follows from all that a contract says of a column: which values can be in it, or between which they lie."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from functools import cached_property

from wombat_tool.comparison import patterns
from wombat_tool.comparison.kinds import Kind, widths_of
from wombat_tool.comparison.strength import ColumnRules
from wombat_tool.contracts.model import Bound, Family, Field, Scalar

_MOST_VALUES = 1_000


@dataclass(frozen=True)
class Facts:
    """What follows from a column's rules for its values that are not null and of the kind that the rules are about.

    :param further_patterns: patterns that quality rules let no value break.
    :param further_enums: the values outside of which quality rules let none be.
    """

    rules: ColumnRules
    further_patterns: tuple[str, ...] = ()
    further_enums: tuple[tuple[Scalar, ...], ...] = ()

    @property
    def field(self) -> Field:
        """The rules as the contract has them."""
        return self.rules.field

    @cached_property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds that all values are of."""
        kind = self.rules.kind
        return (*((kind,) if kind else ()), *widths_of(self.field))

    @property
    def is_text(self) -> bool:
        """Whether the values are texts, so that lengths and patterns mean something."""
        return self.rules.kind is not None and self.rules.kind.family is Family.STRING

    @property
    def is_bytes(self) -> bool:
        """Whether the values are bytes, of which some formats let check only the length."""
        return self.rules.kind is not None and self.rules.kind.family is Family.BINARY

    @cached_property
    def patterns(self) -> tuple[str, ...]:
        """The patterns that all values match."""
        return (*((self.field.pattern,) if self.field.pattern is not None else ()), *self.further_patterns)

    @cached_property
    def is_integer(self) -> bool:
        """Whether all values are whole numbers."""
        return any(kind.is_whole for kind in self.kinds)

    @cached_property
    def grid(self) -> Fraction | None:
        """A number that all values are multiples of."""
        steps = [Fraction(1)] if self.is_integer else []
        steps += [Fraction(10) ** -kind.scale for kind in self.kinds if kind.scale is not None]
        steps += [Fraction(self.field.multiple_of)] if self.field.multiple_of else []
        grid = None
        for step in steps:
            grid = step if grid is None else _common_multiple(grid, step)
        return grid

    @cached_property
    def minimum(self) -> Bound | None:
        """The end below which no value is."""
        ends = [self.field.minimum, *(Bound(Decimal(kind.low)) for kind in self.kinds if kind.low is not None)]
        ends += [Bound(_largest(kind).copy_negate()) for kind in self.kinds if kind.digits is not None]
        return self._on_grid(_strictest((end for end in ends if end), is_minimum=True), is_minimum=True)

    @cached_property
    def maximum(self) -> Bound | None:
        """The end above which no value is."""
        ends = [self.field.maximum, *(Bound(Decimal(kind.high)) for kind in self.kinds if kind.high is not None)]
        ends += [Bound(_largest(kind)) for kind in self.kinds if kind.digits is not None]
        return self._on_grid(_strictest((end for end in ends if end), is_minimum=False), is_minimum=False)

    @cached_property
    def lengths(self) -> tuple[int, int | None]:
        """The lengths between which those of all texts are."""
        shortest, longest = [self.field.min_length or 0], [self.field.max_length]
        if self.field.physical_type and (self.is_text or self.is_bytes):
            longest.append(self.field.physical_type.max_length)
        for pattern in self.patterns if self.is_text else ():
            least, most = patterns.lengths(pattern)
            shortest.append(least)
            longest.append(most)
        ends = [one for one in longest if one is not None]
        return max(shortest), min(ends) if ends else None

    @cached_property
    def values(self) -> tuple[Scalar, ...] | None:
        """All values there can be; None where they are too many to name."""
        found = None if self.is_bytes else self._listed()
        if found is None:
            return None
        # Of the values that the contract names, others of its rules may forbid some.
        return tuple(value for value in found if self.allows(value) is not False)

    def allows(self, value: Scalar) -> bool | None:
        """Whether the rules allow a value of the right type; None where that cannot be told."""
        field = self.field
        checks: list[bool | None] = [
            is_in(value, allowed) for allowed in (field.enum, *self.further_enums) if allowed is not None
        ]
        checks += [is_above(value, field.minimum)] if field.minimum else []
        checks += [is_below(value, field.maximum)] if field.maximum else []
        checks += [is_multiple(value, field.multiple_of)] if field.multiple_of else []
        shortest, longest = field.min_length or 0, field.max_length
        if isinstance(value, str):
            checks.append(len(value) >= shortest and (longest is None or len(value) <= longest))
            checks += [patterns.matches(pattern, value) for pattern in self.patterns]
        elif shortest or longest is not None or self.patterns:
            checks.append(None)
        return False if False in checks else None if None in checks else True

    def _listed(self) -> tuple[Scalar, ...] | None:
        for values in (self.field.enum, *self.further_enums):
            if values is not None:
                return values
        if self.rules.kind is not None and self.rules.kind.family is Family.BOOLEAN:
            return (True, False)
        low, high = self.minimum, self.maximum
        if low is None or high is None:
            return None
        if low == high and low.inclusive:
            return (low.value,)
        if not self.is_integer or not isinstance(low.value, Decimal) or not isinstance(high.value, Decimal):
            return None
        step = self.grid or Fraction(1)
        count = (Fraction(high.value) - Fraction(low.value)) / step
        if not 0 <= count < _MOST_VALUES:
            return None
        return tuple(_decimal(Fraction(low.value) + i * step) for i in range(math.floor(count) + 1))

    def _on_grid(self, bound: Bound | None, *, is_minimum: bool) -> Bound | None:
        """The end as the first number that can be there, where values are whole numbers."""
        if bound is None or not self.is_integer or self.grid is None or not isinstance(bound.value, Decimal):
            return bound
        steps = Fraction(bound.value) / self.grid
        whole = math.ceil(steps) if is_minimum else math.floor(steps)
        if whole == steps and not bound.inclusive:
            whole += 1 if is_minimum else -1
        return Bound(_decimal(whole * self.grid))


def is_in(value: Scalar, values: Iterable[Scalar]) -> bool:
    """Whether the value is one of the values; truth is no number."""
    return any(type(value) is type(one) and value == one for one in values)


def is_above(value: Scalar, minimum: Bound) -> bool | None:
    """Whether the value is not below the end of a range; None if they cannot be compared."""
    order = _order(value, minimum.value)
    return None if order is None else order > 0 or (order == 0 and minimum.inclusive)


def is_below(value: Scalar, maximum: Bound) -> bool | None:
    """Whether the value is not above the end of a range; None if they cannot be compared."""
    order = _order(value, maximum.value)
    return None if order is None else order < 0 or (order == 0 and maximum.inclusive)


def is_multiple(value: Scalar, step: Decimal) -> bool | None:
    """Whether the number is a multiple; None if it is no number."""
    return Fraction(value) % Fraction(step) == 0 if isinstance(value, Decimal) else None


def is_as_strict(bound: Bound | None, need: Bound, *, is_minimum: bool) -> bool:
    """Whether a value within the one end is surely within the other."""
    if bound is None:
        return False
    is_within = is_above if is_minimum else is_below
    return is_within(bound.value, need if bound.inclusive else replace(need, inclusive=True)) is True


def _order(first: Scalar, second: Scalar) -> int | None:
    """Which of the values is the greater: 1, 0 or -1."""
    match first, second:
        case (bool(), _) | (_, bool()):
            return None
        case (
            (Decimal(), Decimal())
            | (str(), str())
            | (datetime.datetime(), datetime.datetime())
            | (datetime.time(), datetime.time())
        ):
            pass
        case (datetime.date(), datetime.date()) if type(first) is type(second):
            pass
        case _:
            return None
    try:
        return (first > second) - (first < second)  # type: ignore[operator]
    except TypeError:
        # One of the moments has a time zone, and the other has none.
        return None


def _strictest(bounds: Iterable[Bound], *, is_minimum: bool) -> Bound | None:
    strictest: Bound | None = None
    for bound in bounds:
        if strictest is None or not is_as_strict(strictest, bound, is_minimum=is_minimum):
            strictest = bound
    return strictest


def _common_multiple(first: Fraction, second: Fraction) -> Fraction:
    """The smallest number that is a multiple of both."""
    return Fraction(math.lcm(first.numerator, second.numerator), math.gcd(first.denominator, second.denominator))


def _largest(kind: Kind) -> Decimal:
    """The largest number that a decimal type holds."""
    digits, scale = kind.digits or 0, kind.scale or 0
    return _decimal((10 ** max(0, digits + scale) - 1) * Fraction(10) ** -scale)


def _decimal(number: Fraction) -> Decimal:
    """The number exactly: it has an end when written in digits."""
    digits = 0
    while (number * 10**digits).denominator != 1:
        digits += 1
    # Not by arithmetic of decimals, which rounds.
    return Decimal(f"{int(number * 10**digits)}E-{digits}")
