"""Whether values that are the same to a need are the same to a promise, so that what is promised to be unique is."""

from __future__ import annotations

from decimal import Decimal

from wombat_tool.comparison.column_types import default_zone, has_kind
from wombat_tool.comparison.facts import Facts
from wombat_tool.comparison.kinds import widths_of
from wombat_tool.comparison.strength import ColumnRules
from wombat_tool.contracts.model import Family

# IEEE 754: a double tells all whole numbers up to this from each other, and all decimals of so many digits.
_LARGEST_EXACT = 2**53
_EXACT_DIGITS = 15


def tells_apart(promise: Facts | None, need: ColumnRules | None) -> bool:
    """Whether values that the need takes for the same are the same to the promise.

    Values are compared as what they are to be, so 1 and 1.0 are the same number and two texts.

    :param promise: None where the promise does not speak of the values, and `need` likewise.
    """
    if need is None or need.kind is None:
        return True
    if promise is None or promise.rules.kind is None or default_zone(promise.field) != default_zone(need.field):
        return False
    if promise.rules.kind != need.kind and not (has_kind(promise) and promise.rules.kind.is_within(need.kind)):
        return False
    return not need.kind.is_number or _is_exact(need) or _fits_double(promise)


def _is_exact(rules: ColumnRules) -> bool:
    """Whether numbers are compared by all their digits, and not as doubles."""
    return any(kind.family in (Family.INTEGER, Family.DECIMAL) for kind in (rules.kind, *widths_of(rules.field)) if kind)


def _fits_double(promise: Facts) -> bool:
    """Whether a double tells all the numbers from each other that the promise tells apart."""
    if not _is_exact(promise.rules):
        return True
    ends = [promise.minimum, promise.maximum]
    is_small = all(end and isinstance(end.value, Decimal) and abs(end.value) <= _LARGEST_EXACT for end in ends)
    digits = [kind.digits + kind.scale for kind in promise.kinds if kind.digits is not None and kind.scale is not None]
    return (promise.is_integer and is_small) or any(count <= _EXACT_DIGITS for count in digits)
