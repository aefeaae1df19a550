"""A rule as it stands in an environment: how bad it is to break it, and what it asks for in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from wombat_tool.contracts.model import (
    Environment,
    Handling,
    Operator,
    Place,
    Scalar,
    Severity,
    Threshold,
    Treatment,
)

_ASKED_FOR = {
    Treatment.INFO: Severity.INFO,
    Treatment.WARNING: Severity.WARNING,
    Treatment.ERROR: Severity.ERROR,
}
_LISTED_VALUES = 10


@dataclass(frozen=True)
class Rule:
    """One rule of a contract.

    :param name: the ODCS key or one of Wombat's, or what a quality rule calls itself.
    :param column: the path of the column it is about, as "address.zip" or "tags[]"; None if it is no single one.
    :param expected: what it asks for, in words: "at most 600".
    :param stops: whether breaking it keeps dependents from running.
    :param is_sensitive: whether no value may be printed.
    """

    name: str
    column: str | None
    expected: str
    severity: Severity
    stops: bool
    place: Place
    is_sensitive: bool = False


def rule_in(
    environment: Environment,
    name: str,
    handling: Handling,
    *,
    column: str | None,
    expected: str,
    place: Place,
    severity: Severity = Severity.ERROR,
    is_sensitive: bool = False,
) -> Rule | None:
    """The rule as the environment has it; None where the contract turns it off there.

    In development every violation is a warning at most, and in production one of severity error stops the dependents,
    unless the contract says otherwise.
    """
    treatment = handling.treatment(environment, name)
    if treatment is Treatment.OFF:
        return None
    if treatment is not None:
        severity = _ASKED_FOR[treatment]
    elif environment is Environment.DEVELOPMENT and severity is Severity.ERROR:
        severity = Severity.WARNING
    return Rule(name, column, expected, severity, severity is Severity.ERROR, place, is_sensitive)


def scalar_text(value: Scalar | None) -> str:
    """A value of a contract in words."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case Decimal():
            return number_text(value)
        case str():
            return repr(value)
        case _:
            return value.isoformat()


def number_text(value: Decimal) -> str:
    """A number as people write it: without an exponent, unless it is very long."""
    text = f"{value:f}"
    return text if len(text) <= 30 else f"{value:g}"


def values_text(values: Sequence[Scalar | None]) -> str:
    """Some values in words, the first of them where they are many."""
    texts = [scalar_text(value) for value in values[:_LISTED_VALUES]]
    if len(values) > _LISTED_VALUES:
        return f"{', '.join(texts)} and {len(values) - _LISTED_VALUES:,} more"
    return listed(texts, "or")


def listed(texts: Sequence[str], word: str) -> str:
    """Texts as a sentence lists them: "a, b or c"."""
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} {word} {texts[-1]}" if texts else "none"


def thresholds_text(thresholds: Sequence[Threshold], *, unit: str = "") -> str:
    """What a metric or the result of a query must be, in words."""
    return " and ".join(_threshold_text(one, unit) for one in thresholds)


_WORDS = {
    Operator.BE: "exactly",
    Operator.NOT_BE: "not",
    Operator.GREATER: "more than",
    Operator.GREATER_OR_EQUAL: "at least",
    Operator.LESS: "less than",
    Operator.LESS_OR_EQUAL: "at most",
    Operator.BETWEEN: "from",
    Operator.NOT_BETWEEN: "not from",
}


def _threshold_text(threshold: Threshold, unit: str) -> str:
    text = f"{_WORDS[threshold.operator]} {scalar_text(threshold.value)}"
    return f"{text} to {scalar_text(threshold.upper)}{unit}" if threshold.upper is not None else f"{text}{unit}"


@dataclass(frozen=True)
class Span:
    """What is known of a number: it lies between two ends, which are the same where it is known exactly."""

    low: Fraction
    high: Fraction


def decide(threshold: Threshold, span: Span) -> bool | None:
    """Whether a number of the span keeps the threshold; None if some would and some would not."""
    ends = [Fraction(one) for one in (threshold.value, threshold.upper) if isinstance(one, Decimal)]
    # The answer can change only at the numbers that the threshold names.
    points = sorted({span.low, span.high, *(end for end in ends if span.low < end < span.high)})
    between = [(first + second) / 2 for first, second in zip(points, points[1:])]
    answers = {keeps(threshold, point) for point in (*points, *between)}
    return answers.pop() if len(answers) == 1 else None


def keeps(threshold: Threshold, value: Value) -> bool:
    """Whether a value is as the threshold wants it; one that cannot be compared with it is not.

    NaN keeps only the thresholds that ask for something else than a value.
    """
    test = _TESTS[threshold.operator]
    low, high = _comparable(threshold.value), _comparable(threshold.upper)
    try:
        return bool(test(value, low, high))
    except TypeError:
        # As of a date with a number, or of a moment that has a time zone with one that has none.
        return False


Value = Scalar | Fraction | float | None

_TESTS: dict[Operator, Callable[[Any, Any, Any], bool]] = {
    Operator.BE: lambda value, low, high: value == low,
    Operator.NOT_BE: lambda value, low, high: value != low,
    Operator.GREATER: lambda value, low, high: value > low,
    Operator.GREATER_OR_EQUAL: lambda value, low, high: value >= low,
    Operator.LESS: lambda value, low, high: value < low,
    Operator.LESS_OR_EQUAL: lambda value, low, high: value <= low,
    Operator.BETWEEN: lambda value, low, high: low <= value <= high,
    Operator.NOT_BETWEEN: lambda value, low, high: not low <= value <= high,
}


def _comparable(value: Scalar | None) -> Any:
    # A decimal cannot be compared with a fraction, and a fraction can with every number.
    return Fraction(value) if isinstance(value, Decimal) else value
