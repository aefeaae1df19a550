"""The operators of quality rules, and whether any value can satisfy them all."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from enum import Enum
from typing import Optional

from wombat_tool.contracts.model import Operator, Scalar, Threshold
from wombat_tool.contracts.nodes import Node, exact_number
from wombat_tool.contracts.scope import Scope
from wombat_tool.contracts.standard import is_open
from wombat_tool.contracts.values import ValueProblem, read_value, text_of

OPERATORS = {one.value: one for one in Operator}
_RANGES = (Operator.BETWEEN, Operator.NOT_BETWEEN)
_SCALARS = (Operator.BE, Operator.NOT_BE)


class Measure(Enum):
    """What is held against thresholds."""

    COUNT = "count"
    PERCENT = "percent"
    ANYTHING = "anything"


def read_thresholds(node: Node, measure: Measure, where: str, scope: Scope) -> Optional[tuple[Threshold, ...]]:
    """The conditions of a rule; none if it has no operator, and None if one cannot be used, which is told."""
    given = [key for key in node.keys if key in OPERATORS]
    if len(given) > 1 and not is_open(scope.api_version):
        mend = "Since v3.1 a rule has one: make two rules, or use mustBeBetween."
        scope.error(node.key_at(given[1]), f"{where} has the operators {' and '.join(given)}. {mend}")
        return None
    found = [_threshold(OPERATORS[key], one, measure, where, scope) for key in given if (one := node.get(key)) is not None]
    thresholds = tuple(one for one in found if one is not None)
    if len(thresholds) < len(found):
        return None
    if thresholds and not _can_hold(thresholds, measure):
        words = " and ".join(f"{one.operator.value} {_shown(one)}" for one in thresholds)
        unit = {Measure.COUNT: "count", Measure.PERCENT: "percentage", Measure.ANYTHING: "value"}[measure]
        scope.error(node.key_at(given[-1]), f"no {unit} can satisfy {where}: {words}. Correct it.")
        return None
    return thresholds


def _threshold(operator: Operator, node: Node, measure: Measure, where: str, scope: Scope) -> Optional[Threshold]:
    if operator in _RANGES:
        ends = [exact_number(one) for one in node.value] if isinstance(node.value, list) else []
        if len(ends) != 2 or ends[0] is None or ends[1] is None:
            # What is no list of two numbers is told by the check of the structure.
            return None
        low, high = ends[0], ends[1]
        if low > high:
            mend = f"Write [{text_of(high)}, {text_of(low)}]."
            scope.error(
                node,
                f"{operator.value} of {where} has its ends the wrong way around: [{text_of(low)}, {text_of(high)}]. {mend}",
            )
            return None
        if measure is Measure.PERCENT and (
            _beyond_percent(node, low, where, scope) or _beyond_percent(node, high, where, scope)
        ):
            return None
        return Threshold(operator, low, high)
    number = exact_number(node)
    if number is not None:
        if measure is Measure.PERCENT and _beyond_percent(node, number, where, scope):
            return None
        return Threshold(operator, number)
    if operator in _SCALARS:
        if measure is not Measure.ANYTHING:
            scope.error(node, f"{operator.value} of {where} must be a number, and is {node.shown()}. Correct it.")
            return None
        try:
            return Threshold(operator, read_value(node, None))
        except ValueProblem as err:
            scope.error(node, f"{operator.value} of {where}: {err}")
    return None


def _beyond_percent(node: Node, number: Decimal, where: str, scope: Scope) -> bool:
    if 0 <= number <= 100:
        return False
    scope.error(node, f"{where} is in percent, and names {text_of(number)}. Write a number from 0 to 100.")
    return True


def _shown(threshold: Threshold) -> str:
    upper = "" if threshold.upper is None else f", {text_of(threshold.upper)}"
    return f"[{text_of(threshold.value)}{upper}]" if upper else text_of(threshold.value)


def _can_hold(thresholds: tuple[Threshold, ...], measure: Measure) -> bool:
    """Whether some value satisfies all of them; conditions that only exclude are taken one by one."""
    exact = [one.value for one in thresholds if one.operator is Operator.BE]
    numbers = [one for one in exact if isinstance(one, Decimal)]
    if len(numbers) < len(exact):
        return all(_is_same(one, exact[0]) for one in exact) and not any(
            one.operator is Operator.NOT_BE and _is_same(one.value, exact[0]) for one in thresholds
        )
    low, low_included, high, high_included = _interval(thresholds, measure)
    if low is not None and high is not None and (low > high or (low == high and not (low_included and high_included))):
        return False
    candidates = {low, high} if low is not None and low == high else None
    for one in thresholds:
        excluded = one.upper if one.operator is Operator.NOT_BETWEEN else one.value
        if (
            one.operator in (Operator.NOT_BE, Operator.NOT_BETWEEN)
            and isinstance(excluded, Decimal)
            and isinstance(one.value, Decimal)
        ):
            if candidates is not None and low is not None and one.value <= low <= excluded:
                return False
            if one.upper is not None and low is not None and high is not None and one.value <= low and high <= excluded:
                return False
    return True


def _is_same(one: Scalar, other: Scalar) -> bool:
    return type(one) is type(other) and one == other


def _interval(
    thresholds: tuple[Threshold, ...], measure: Measure
) -> tuple[Optional[Decimal], bool, Optional[Decimal], bool]:
    low, low_included = (None, True) if measure is Measure.ANYTHING else (Decimal(0), True)
    high, high_included = (Decimal(100), True) if measure is Measure.PERCENT else (None, True)
    for one in thresholds:
        for end, is_low, included in _ends(one):
            if measure is Measure.COUNT:
                end, included = _whole(end, is_low, included), True
            if is_low and (low is None or end > low or (end == low and not included)):
                low, low_included = end, included
            if not is_low and (high is None or end < high or (end == high and not included)):
                high, high_included = end, included
    return low, low_included, high, high_included


def _ends(threshold: Threshold) -> list[tuple[Decimal, bool, bool]]:
    """The ends that a condition gives to the values: (number, whether it is the lower end, whether it is included)."""
    value = threshold.value
    if not isinstance(value, Decimal):
        return []
    match threshold.operator:
        case Operator.BE:
            return [(value, True, True), (value, False, True)]
        case Operator.GREATER | Operator.GREATER_OR_EQUAL:
            return [(value, True, threshold.operator is Operator.GREATER_OR_EQUAL)]
        case Operator.LESS | Operator.LESS_OR_EQUAL:
            return [(value, False, threshold.operator is Operator.LESS_OR_EQUAL)]
        case Operator.BETWEEN:
            assert isinstance(threshold.upper, Decimal)
            return [(value, True, True), (threshold.upper, False, True)]
        case _:
            return []


def _whole(end: Decimal, is_low: bool, included: bool) -> Decimal:
    """The nearest whole number within an end, for counts."""
    nearest = end.to_integral_value(ROUND_CEILING if is_low else ROUND_FLOOR)
    if nearest == end and not included:
        return nearest + 1 if is_low else nearest - 1
    return nearest
