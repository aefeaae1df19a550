"""Compares quality rules, metrics and queries, and foreign keys."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from wombat_tool.comparison.model import Mismatch
from wombat_tool.comparison.number_sets import allowed_by
from wombat_tool.comparison.sql_text import normal_query, words_of
from wombat_tool.comparison.strength import TableRules
from wombat_tool.comparison.table import Promise
from wombat_tool.comparison.words import NOTHING
from wombat_tool.contracts.model import Place, QualityRule, Relationship, SchemaObject
from wombat_tool.validation.rules import listed, thresholds_text


def quality_mismatches(promise: Promise, need: Promise) -> Iterator[Mismatch]:
    """What is needed of metrics and queries and not promised."""
    for rule in need.rules.quality:
        if rule.query is not None:
            like = [one for one in promise.rules.quality if _asks_same(one, promise.rules, rule, need.rules)]
            is_kept = any(_is_as_strict(one, rule) for one in like)
        else:
            like = [one for one in promise.rules.quality if one.metric is rule.metric and one.columns == rule.columns]
            is_kept = _is_metric_kept(promise, rule, need)
        if not is_kept:
            yield Mismatch(
                rule.columns[0] if len(rule.columns) == 1 else None,
                rule.name,
                "; ".join(_text(one) for one in like) or NOTHING,
                _text(rule),
                promise_place=like[0].place if like else promise.rules.schema.place,
                need_place=rule.place,
            )


def relationship_mismatches(promise: Promise, need: Promise) -> Iterator[Mismatch]:
    """The foreign keys that are needed and not promised."""
    promised = {_target(one, promise.rules.schema) for one in promise.rules.schema.relationships}
    for one in need.rules.schema.relationships:
        is_same = all(_is_compared_alike(promise.rules, need.rules, name) for name in one.columns)
        if not is_same or _target(one, need.rules.schema) not in promised:
            of_columns = [
                other for other in promise.rules.schema.relationships if set(other.columns) == set(one.columns)
            ]
            yield Mismatch(
                one.columns[0] if len(one.columns) == 1 else None,
                "relationships",
                "; ".join(map(_relationship_text, of_columns)) or NOTHING,
                _relationship_text(one),
                promise_place=of_columns[0].place if of_columns else promise.rules.schema.place,
                need_place=one.place,
            )


def _is_metric_kept(promise: Promise, rule: QualityRule, need: Promise) -> bool:
    allowed = allowed_by(rule.thresholds)
    if allowed is None:
        return False
    return promise.counts(rule, need.rules).is_within(allowed)


def _is_as_strict(promise: QualityRule, need: QualityRule) -> bool:
    """Whether each result of a query that keeps the thresholds of the one keeps those of the other."""
    if set(promise.thresholds) >= set(need.thresholds):
        return True
    promised, needed = allowed_by(promise.thresholds), allowed_by(need.thresholds)
    return promised is not None and needed is not None and promised.is_within(needed)


def _asks_same(one: QualityRule, its_rules: TableRules, other: QualityRule, others_rules: TableRules) -> bool:
    """Whether two queries surely have the same result on the same data."""
    if one.query is None or other.query is None:
        return False
    query = _normal(one, its_rules.schema)
    if query != _normal(other, others_rules.schema):
        return False
    # In text formats, the types that a contract gives its columns are those that its queries see.
    words = words_of(query)
    return _types(its_rules, words) == _types(others_rules, words)


def _normal(rule: QualityRule, schema: SchemaObject) -> str:
    columns = {field.name.lower() for field in schema.fields}
    names = {name for name in (schema.name, schema.physical_name) if name and name.lower() not in columns}
    assert rule.query is not None
    return normal_query(rule.query, own_names=frozenset(names), column=rule.columns[0] if rule.columns else None)


def _types(rules: TableRules, words: set[str]) -> dict[str, object]:
    return {
        column.field.name: (column.kind, column.field.physical_type, column.field.format, column.field.default_timezone)
        for column in rules.columns
        if column.field.name.lower() in words and column.kind is not None
    }


def _is_compared_alike(promise: TableRules, need: TableRules, name: str) -> bool:
    """Whether the values of a column are held against others as the same type on both sides."""
    promised, needed = promise.column(name), need.column(name)
    kinds = (promised.kind if promised else None), (needed.kind if needed else None)
    return kinds[0] == kinds[1] or all(kind is not None and kind.is_number for kind in kinds)


def _target(one: Relationship, schema: SchemaObject) -> tuple[str, str, frozenset[tuple[str, str]]]:
    """What a foreign key is, whichever order its columns are in."""
    file = _file(one.place, schema)
    if one.to_file is not None:
        file = posixpath.normpath(posixpath.join(posixpath.dirname(file), one.to_file))
    return file, one.to_object, frozenset(zip(one.columns, one.to_columns))


def _file(place: Place, schema: SchemaObject) -> str:
    return place.file or schema.place.file


def _relationship_text(one: Relationship) -> str:
    file = f" of {one.to_file}" if one.to_file else ""
    return f"{listed(one.columns, 'and')} in {listed(one.to_columns, 'and')} of {one.to_object}{file}"


def _text(rule: QualityRule) -> str:
    if rule.metric is None:
        return f"a result of its query that is {thresholds_text(rule.thresholds)}"
    return f"{rule.metric.value} {thresholds_text(rule.thresholds, unit=' %' if rule.is_percent else '')}"
