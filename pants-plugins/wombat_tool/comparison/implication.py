"""Whether what a contract promises of a dataset is enough for what another contract, or a function, needs."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import replace

from wombat_tool.comparison.column import Column
from wombat_tool.comparison.columns import column_mismatches, nothing_of
from wombat_tool.comparison.facts import Facts
from wombat_tool.comparison.model import Mismatch
from wombat_tool.comparison.quality_rules import quality_mismatches, relationship_mismatches
from wombat_tool.comparison.strength import SEVERITIES, ColumnRules, fields_by_path, rules_of, severity_of
from wombat_tool.comparison.table import Promise
from wombat_tool.comparison.words import NOTHING, text_of
from wombat_tool.contracts.model import Field, Layout, SchemaObject, Severity
from wombat_tool.validation.rules import listed

_LISTED_COLUMNS = 10


def mismatches(promise: SchemaObject, need: SchemaObject) -> tuple[Mismatch, ...]:
    """What a need asks for and a promise does not give.

    There is none only if each dataset that keeps all of the promise keeps all of the need; what cannot be shown counts as
    not promised. Each severity is taken by itself: what an error of the need rests on must be an error of the promise, and
    what a warning rests on at least a warning. How rules are treated in development makes no difference.
    """
    found: dict[tuple[str | None, str, str], Mismatch] = {}
    for severity in SEVERITIES:
        for one in _mismatches(Promise(rules_of(promise, severity)), Promise(rules_of(need, severity))):
            found.setdefault((one.column, one.aspect, one.need), replace(one, severity=severity))
    fields = dict(fields_by_path(promise))
    return tuple(_with_weak_rule(one, fields.get(one.column or "")) for one in found.values())


def _mismatches(promise: Promise, need: Promise) -> Iterator[Mismatch]:
    yield from _reading_mismatches(promise.rules.schema, need.rules.schema)
    for column in need.rules.columns:
        yield from _column_mismatches(promise, need, column)
    yield from _extra_columns(promise, need)
    key = need.rules.schema.primary_key
    if key and not promise.is_unique(key, need.rules):
        yield _of_dataset(promise, need, "primaryKey", _keys_text(promise), f"{_and(key)} as the key")
    yield from quality_mismatches(promise, need)
    yield from relationship_mismatches(promise, need)


def _reading_mismatches(promise: SchemaObject, need: SchemaObject) -> Iterator[Mismatch]:
    """What decides how files are read: with other settings, the same files are other data."""

    def mismatch(aspect: str, promised: str, needed: str) -> Mismatch:
        return Mismatch(None, aspect, promised, needed, promise_place=promise.place, need_place=need.place)

    if _words(promise.null_values) != _words(need.null_values):
        yield mismatch("nullValues", _null_text(promise.null_values), _null_text(need.null_values))
    if promise.data_format != need.data_format:
        yield mismatch("format", promise.data_format or "any files", need.data_format or "any files")
    # Without a layout, an array is read as rows and an object as the one row of a document.
    is_plain = need.layout is None and promise.layout is not Layout.ENTRIES
    if not is_plain and promise.layout is not need.layout:
        yield mismatch("layout", _layout_text(promise.layout), _layout_text(need.layout))


def _column_mismatches(promise: Promise, need: Promise, column: ColumnRules) -> Iterator[Mismatch]:
    name = column.field.name
    facts = promise.facts(name)
    if not column.may_be_missing and (facts is None or facts.rules.may_be_missing):
        yield Mismatch(
            name,
            "present",
            _no_column(name, promise) if facts is None else "a column that may be missing",
            "a column of that name",
            promise_place=promise.rules.schema.place if facts is None else facts.field.place,
            need_place=column.field.place,
        )
        return
    if facts is None and not promise.rules.schema.allows_extra_columns:
        # It is surely not there.
        return
    facts = facts or Facts(nothing_of(Field(name, place=promise.rules.schema.place)))
    pair = Column(name, facts, column, promise.is_never_null(name))
    yield from column_mismatches(pair)
    if column.field.unique and not promise.is_unique((name,), need.rules):
        yield pair.mismatch("unique")


def _extra_columns(promise: Promise, need: Promise) -> Iterator[Mismatch]:
    if need.rules.schema.allows_extra_columns:
        return
    needed = "no columns besides those it names"
    if promise.rules.schema.allows_extra_columns:
        yield _of_dataset(promise, need, "extraColumns", "other columns, too", needed)
        return
    extra = [column.field.name for column in promise.rules.columns if need.rules.column(column.field.name) is None]
    if extra:
        more = [f"{len(extra) - _LISTED_COLUMNS:,} more"] if len(extra) > _LISTED_COLUMNS else []
        shown = [*map(repr, extra[:_LISTED_COLUMNS]), *more]
        yield _of_dataset(promise, need, "extraColumns", f"{listed(shown, 'and')}, too", needed)


def _of_dataset(promise: Promise, need: Promise, aspect: str, promised: str, needed: str) -> Mismatch:
    places = promise.rules.schema.place, need.rules.schema.place
    return Mismatch(None, aspect, promised, needed, promise_place=places[0], need_place=places[1])


def _no_column(name: str, promise: Promise) -> str:
    names = [column.field.name for column in promise.rules.columns]
    near = difflib.get_close_matches(name, names, n=1)
    return f"no such column (is it {near[0]!r}?)" if near else "no such column"


def _keys_text(promise: Promise) -> str:
    keys = sorted(sorted(key) for key in promise.keys)
    return "; ".join(f"{_and(key)} as the key" for key in keys) or NOTHING


def _and(names: Iterable[str]) -> str:
    return listed(list(names), "and")


def _words(values: tuple[str, ...] | None) -> frozenset[str] | None:
    return None if values is None else frozenset(values)


def _null_text(values: tuple[str, ...] | None) -> str:
    if values is None:
        return "the usual words for null in CSV"
    return f"{_and(map(repr, values))} for null in CSV" if values else "no word for null in CSV"


def _layout_text(layout: Layout | None) -> str:
    return "no layout" if layout is None else f"the layout {layout.value!r}"


def _with_weak_rule(mismatch: Mismatch, field: Field | None) -> Mismatch:
    """The mismatch, telling what the promise does say, if it is only too weak to rest on."""
    if field is None:
        return mismatch
    try:
        text = text_of(field, mismatch.aspect)
    except ValueError:
        # A rule that is in no words of a column's.
        return mismatch
    severity = severity_of(mismatch.aspect, field.handling)
    if severity is Severity.ERROR or text in (NOTHING, mismatch.promise):
        return mismatch
    weak = "is not checked in production" if severity is None else f"is of severity {severity.value} in production"
    return replace(mismatch, promise=f"{text}, which {weak}")
