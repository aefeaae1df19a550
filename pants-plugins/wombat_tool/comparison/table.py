"""What follows from all rules of a dataset: for its columns, for keys, and for what metrics and queries give."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from wombat_tool.comparison.column_types import has_kind
from wombat_tool.comparison.column_values import all_values, matches_pattern
from wombat_tool.comparison.facts import Facts, is_in
from wombat_tool.comparison.identity import tells_apart
from wombat_tool.comparison.number_sets import PERCENT, ROWS, ZERO, NumberSet, allowed_by
from wombat_tool.comparison.strength import TableRules
from wombat_tool.contracts.model import Metric, QualityRule, Scalar


@dataclass(frozen=True)
class Promise:
    """What a contract promises of a dataset."""

    rules: TableRules

    def facts(self, name: str) -> Facts | None:
        """What follows for a column; None if the contract does not name it."""
        return self._facts.get(name)

    def is_never_null(self, name: str) -> bool:
        """Whether no value of a column is null."""
        column = self.rules.column(name)
        return (column is not None and column.field.required) or any(
            rule.metric in (Metric.NULL_VALUES, Metric.MISSING_VALUES) and rule.columns == (name,) and _is_zero(rule)
            for rule in self._metrics
        )

    def is_unique(self, names: Iterable[str], need: TableRules) -> bool:
        """Whether no combination of the columns' values is there twice, rows with a null apart."""
        wanted = set(names)
        return any(
            key <= wanted and all(tells_apart(self.facts(name), need.column(name)) for name in key) for key in self.keys
        )

    def counts(self, need: QualityRule, rules: TableRules) -> NumberSet:
        """What the metric of a need can be, in its unit.

        :param rules: all of the need.
        """
        counts = PERCENT if need.is_percent else ROWS
        if self._is_none(need, rules):
            counts = counts.intersection(ZERO)
        for rule in self._metrics:
            is_same = rule.is_percent is need.is_percent and _arguments(rule) == _arguments(need)
            allowed = allowed_by(rule.thresholds) if is_same and self._reads_alike(need, rules) else None
            if allowed is not None:
                counts = counts.intersection(allowed)
        return counts

    @cached_property
    def _facts(self) -> dict[str, Facts]:
        return {one.field.name: Facts(one, *self._further(one.field.name)) for one in self.rules.columns}

    @cached_property
    def _metrics(self) -> tuple[QualityRule, ...]:
        return tuple(rule for rule in self.rules.quality if rule.metric is not None)

    def _further(self, name: str) -> tuple[tuple[str, ...], tuple[tuple[Scalar, ...], ...]]:
        rules = [
            rule
            for rule in self._metrics
            if rule.metric is Metric.INVALID_VALUES and rule.columns == (name,) and _is_zero(rule)
        ]
        patterns = tuple(rule.pattern for rule in rules if rule.pattern is not None)
        return patterns, tuple(rule.valid_values for rule in rules if rule.valid_values is not None)

    @cached_property
    def keys(self) -> list[frozenset[str]]:
        """Columns of which no combination of values is there twice."""
        schema = self.rules.schema
        keys = [frozenset({column.field.name}) for column in self.rules.columns if column.field.unique]
        keys += [frozenset(schema.primary_key)] if schema.primary_key else []
        keys += [
            frozenset(rule.columns)
            for rule in self._metrics
            if rule.metric is Metric.DUPLICATE_VALUES and rule.columns and _is_zero(rule)
        ]
        return keys

    def _reads_alike(self, need: QualityRule, rules: TableRules) -> bool:
        """Whether the values that a metric is about are held against others as the same type on both sides."""
        if need.metric in (Metric.ROW_COUNT, Metric.NULL_VALUES):
            return True
        columns = ((self.rules.column(name), rules.column(name)) for name in need.columns)
        return all((one.kind if one else None) == (other.kind if other else None) for one, other in columns)

    def _is_none(self, need: QualityRule, rules: TableRules) -> bool:
        """Whether the rules let the metric count no row."""
        if self._reads_alike(need, rules):
            if any(_is_zero(rule) and _counts_no_less(rule, need) for rule in self._metrics):
                return True
        if need.metric is Metric.DUPLICATE_VALUES:
            return self.is_unique(need.columns, rules)
        if len(need.columns) != 1:
            return False
        name = need.columns[0]
        if need.metric is Metric.NULL_VALUES:
            return self.is_never_null(name)
        facts, column = self.facts(name), rules.column(name)
        if facts is None or column is None or column.kind is None or facts.rules.kind is None:
            return False
        if not has_kind(facts) or not facts.rules.kind.is_within(column.kind):
            return False
        if need.metric is Metric.MISSING_VALUES:
            return self.is_never_null(name) and not any(_can_be(facts, value) for value in need.missing_values)
        return need.metric is Metric.INVALID_VALUES and _is_valid(facts, need)


def _can_be(promise: Facts, value: Scalar | None) -> bool:
    """Whether a value may be there, as far as is known; null apart."""
    if value is None:
        return False
    # What is no text is also held against text, as it is written.
    is_comparable = promise.is_text or not isinstance(value, str)
    return not is_comparable or promise.allows(value) is not False


def _is_valid(promise: Facts, need: QualityRule) -> bool:
    """Whether all values are what a metric calls valid."""
    valid = need.valid_values
    if valid is not None and not all_values(promise, lambda value: is_in(value, valid)):
        return False
    return need.pattern is None or matches_pattern(promise, need.pattern)


def _is_zero(rule: QualityRule) -> bool:
    """Whether the thresholds of a metric let it count no row: then none is counted in the other unit either."""
    allowed = allowed_by(rule.thresholds)
    return allowed is not None and (PERCENT if rule.is_percent else ROWS).intersection(allowed).is_within(ZERO)


def _counts_no_less(one: QualityRule, other: QualityRule) -> bool:
    """Whether each row that the other metric counts is counted by the one."""
    if _arguments(one) == _arguments(other):
        return True
    is_missing = one.metric is other.metric is Metric.MISSING_VALUES and one.columns == other.columns
    return is_missing and all(value is None or is_in(value, _given(one.missing_values)) for value in other.missing_values)


def _given(values: Iterable[Scalar | None]) -> list[Scalar]:
    return [value for value in values if value is not None]


def _arguments(rule: QualityRule) -> tuple[object, ...]:
    """All that decides what a metric counts."""
    missing = frozenset((type(value), value) for value in rule.missing_values if value is not None)
    valid = None if rule.valid_values is None else frozenset((type(value), value) for value in rule.valid_values)
    return rule.metric, frozenset(rule.columns), missing, valid, rule.pattern
