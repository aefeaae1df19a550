"""Sets of numbers that thresholds allow, and whether one set lies within another."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from wombat_tool.contracts.model import Operator, Threshold


@dataclass(frozen=True)
class Interval:
    """The numbers from `low` to `high`; None is without end."""

    low: Decimal | None = None
    high: Decimal | None = None
    has_low: bool = True
    has_high: bool = True

    def is_empty(self) -> bool:
        """Whether no number is in it."""
        if self.low is None or self.high is None or self.low < self.high:
            return False
        return self.low > self.high or not (self.has_low and self.has_high)

    def intersection(self, other: Interval) -> Interval:
        """The numbers that are in both."""
        low, has_low = self.low, self.has_low
        if other.low is not None and (low is None or other.low > low or (other.low == low and not other.has_low)):
            low, has_low = other.low, other.has_low
        high, has_high = self.high, self.has_high
        if other.high is not None and (high is None or other.high < high or (other.high == high and not other.has_high)):
            high, has_high = other.high, other.has_high
        return Interval(low, high, has_low, has_high)

    def whole(self) -> Interval:
        """The same for whole numbers, with both ends in it."""
        low, high = self.low, self.high
        if low is not None:
            low = Decimal(math.ceil(low) + (low == math.ceil(low) and not self.has_low))
        if high is not None:
            high = Decimal(math.floor(high) - (high == math.floor(high) and not self.has_high))
        return Interval(low, high)


@dataclass(frozen=True)
class NumberSet:
    """Numbers in any of some intervals.

    :param is_whole: whether only the whole numbers among them count.
    """

    intervals: tuple[Interval, ...]
    is_whole: bool = False

    def intersection(self, other: NumberSet) -> NumberSet:
        """The numbers that are in both."""
        is_whole = self.is_whole or other.is_whole
        both = (one.intersection(two) for one in self.intervals for two in other.intervals)
        ended = (one.whole() if is_whole else one for one in both)
        return NumberSet(tuple(one for one in ended if not one.is_empty()), is_whole)

    def is_within(self, other: NumberSet) -> bool:
        """Whether the other set has every number of this one."""
        rest = self
        for one in other.intervals:
            rest = rest.intersection(_outside(one))
        return not rest.intervals


ROWS = NumberSet((Interval(low=Decimal(0)),), is_whole=True)
"""What a number of rows can be."""
PERCENT = NumberSet((Interval(Decimal(0), Decimal(100)),))
"""What a share of rows can be."""
ANY_NUMBER = NumberSet((Interval(),))
ZERO = NumberSet((Interval(Decimal(0), Decimal(0)),))


def allowed_by(thresholds: Iterable[Threshold]) -> NumberSet | None:
    """The numbers that keep all the thresholds; None if one of them names something that is no number."""
    allowed = ANY_NUMBER
    for threshold in thresholds:
        one = _allowed_by(threshold)
        if one is None:
            return None
        allowed = allowed.intersection(one)
    return allowed


def _allowed_by(threshold: Threshold) -> NumberSet | None:
    value, upper = threshold.value, threshold.upper
    if not isinstance(value, Decimal) or not (upper is None or isinstance(upper, Decimal)):
        return None
    match threshold.operator:
        case Operator.BE:
            return NumberSet((Interval(value, value),))
        case Operator.NOT_BE:
            return _outside(Interval(value, value))
        case Operator.GREATER:
            return NumberSet((Interval(low=value, has_low=False),))
        case Operator.GREATER_OR_EQUAL:
            return NumberSet((Interval(low=value),))
        case Operator.LESS:
            return NumberSet((Interval(high=value, has_high=False),))
        case Operator.LESS_OR_EQUAL:
            return NumberSet((Interval(high=value),))
        case Operator.BETWEEN:
            return NumberSet((Interval(value, upper),))
        case Operator.NOT_BETWEEN:
            return _outside(Interval(value, upper))


def _outside(interval: Interval) -> NumberSet:
    sides = []
    if interval.low is not None:
        sides.append(Interval(high=interval.low, has_high=not interval.has_low))
    if interval.high is not None:
        sides.append(Interval(low=interval.high, has_low=not interval.has_high))
    return NumberSet(tuple(sides))
