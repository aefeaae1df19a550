"""Compares what a column says of its values: ranges, enumerations, lengths and patterns."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction

from wombat_tool.comparison import patterns
from wombat_tool.comparison.column import Column
from wombat_tool.comparison.facts import Facts, is_above, is_as_strict, is_below, is_in, is_multiple
from wombat_tool.comparison.model import Mismatch
from wombat_tool.comparison.words import NOTHING, text_of
from wombat_tool.contracts.model import Bound, Field, Scalar


def value_mismatches(column: Column) -> Iterator[Mismatch]:
    """What is needed of the values and not promised."""
    for aspect, is_kept in _checks(column.promise, column.need.field):
        if not is_kept:
            yield column.mismatch(aspect, promise=_promise_text(column.promise, aspect))


def _checks(promise: Facts, need: Field) -> Iterator[tuple[str, bool]]:
    """Each rule of the need, and whether all values keep it."""
    if need.enum is not None:
        allowed = need.enum
        is_part = promise.field.enum is not None and all(is_in(value, allowed) for value in promise.field.enum)
        yield "enum", is_part or all_values(promise, lambda value: is_in(value, allowed))
    if need.minimum is not None:
        aspect = "minimum" if need.minimum.inclusive else "exclusiveMinimum"
        yield aspect, _is_bounded(promise, need.minimum, is_minimum=True)
    if need.maximum is not None:
        aspect = "maximum" if need.maximum.inclusive else "exclusiveMaximum"
        yield aspect, _is_bounded(promise, need.maximum, is_minimum=False)
    if need.multiple_of is not None:
        yield "multipleOf", _is_on_grid(promise, need.multiple_of)
    if need.min_length:
        yield "minLength", has_lengths(promise, need.min_length, None)
    if need.max_length is not None:
        yield "maxLength", has_lengths(promise, 0, need.max_length)
    if need.pattern is not None:
        yield "pattern", matches_pattern(promise, need.pattern)


def _is_bounded(promise: Facts, bound: Bound, *, is_minimum: bool) -> bool:
    """Whether no value can be beyond the end of a range."""
    is_within = is_above if is_minimum else is_below
    if all_values(promise, lambda value: is_within(value, bound)):
        return True
    promised = promise.minimum if is_minimum else promise.maximum
    return is_as_strict(promised, bound, is_minimum=is_minimum)


def has_lengths(promise: Facts, shortest: int, longest: int | None) -> bool:
    """Whether all texts have lengths, in characters, within these."""

    def is_between(value: Scalar) -> bool | None:
        if not isinstance(value, str):
            return None
        return shortest <= len(value) and (longest is None or len(value) <= longest)

    least, most = promise.lengths
    is_short = longest is None or (most is not None and most <= longest)
    return (least >= shortest and is_short) or all_values(promise, is_between)


def matches_pattern(promise: Facts, pattern: str) -> bool:
    """Whether all values match the pattern, as far as can be shown."""
    if all_values(promise, lambda value: patterns.matches(pattern, value) if isinstance(value, str) else None):
        return True
    if promise.is_bytes:
        return pattern in promise.patterns
    return any(patterns.implies(one, pattern) for one in promise.patterns)


def all_values(promise: Facts, check: Callable[[Scalar], bool | None]) -> bool:
    """Whether all values that there can be are known, and keep a rule."""
    return promise.values is not None and all(check(value) is True for value in promise.values)


def _is_on_grid(promise: Facts, step: Decimal) -> bool:
    if all_values(promise, lambda value: is_multiple(value, step)):
        return True
    return promise.grid is not None and (promise.grid / Fraction(step)).denominator == 1


def _promise_text(promise: Facts, aspect: str) -> str:
    """What is promised of the values instead: the values themselves where nothing else is."""
    text = text_of(promise.field, aspect)
    if text != NOTHING or promise.field.enum is None:
        return text
    return text_of(promise.field, "enum")
