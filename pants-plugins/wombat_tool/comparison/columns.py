"""Compares columns, and what is in them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from wombat_tool.comparison.column import Column
from wombat_tool.comparison.column_types import is_of_kind, speaks_of, type_mismatches, type_text
from wombat_tool.comparison.column_values import value_mismatches
from wombat_tool.comparison.facts import Facts
from wombat_tool.comparison.identity import tells_apart
from wombat_tool.comparison.model import Mismatch
from wombat_tool.comparison.strength import ColumnRules
from wombat_tool.comparison.words import NOTHING
from wombat_tool.contracts.model import Field, LogicalType


def column_mismatches(column: Column) -> Iterator[Mismatch]:
    """What of a column is needed and not promised; not whether values repeat, which is a matter of all rows."""
    promise, need = column.promise, column.need
    if need.field.required and not column.is_never_null:
        yield column.mismatch("required")
    if not is_of_kind(promise, need):
        # All else would be said of values of another type.
        given = NOTHING if promise.rules.type_rule is None else type_text(promise.field)
        yield column.mismatch(need.type_rule or "logicalType", promise=given, need=type_text(need.field))
        return
    if not speaks_of(promise, need):
        column = replace(column, promise=Facts(nothing_of(promise.field)))
    yield from type_mismatches(column)
    yield from value_mismatches(column)
    yield from _container_mismatches(column)


def nothing_of(field: Field) -> ColumnRules:
    """No rules, for a column that has a place in a contract."""
    return ColumnRules(Field(field.name, place=field.place))


def _container_mismatches(column: Column) -> Iterator[Mismatch]:
    """What is needed of arrays, objects, maps and vectors, and of what is in them."""
    promise, need = column.promise.rules, column.need
    for aspect, is_kept in _size_checks(promise, need):
        if not is_kept:
            yield column.mismatch(aspect)
    for member in need.members:
        yield from _member_mismatches(column, member)
    for mark, promised, needed in (
        ("[]", promise.items, need.items),
        (".key", promise.map_key, need.map_key),
        (".value", promise.map_value, need.map_value),
    ):
        if needed is not None:
            held = promised or nothing_of(promise.field)
            # No format of data has null for a key.
            is_never_null = held.field.required or mark == ".key"
            yield from _held_mismatches(f"{column.path}{mark}", held, needed, is_never_null=is_never_null)


def _size_checks(rules: ColumnRules, needed: ColumnRules) -> Iterator[tuple[str, bool]]:
    """Each rule of the need about what a value is made of, and whether all values keep it."""
    promise, need = rules.field, needed.field
    # A vector is an array of as many items as it has dimensions.
    size = promise.dimensions if promise.logical_type is LogicalType.VECTOR else None
    most_items = size if promise.max_items is None else promise.max_items
    are_unique = promise.unique_items and tells_apart(Facts(rules.items) if rules.items else None, needed.items)
    yield "uniqueItems", not need.unique_items or are_unique or _is_at_most(most_items, 1)
    yield "minItems", (promise.min_items or size or 0) >= (need.min_items or 0)
    yield "maxItems", _is_at_most(most_items, need.max_items)
    yield "minProperties", _least_members(rules) >= (need.min_properties or 0)
    yield "maxProperties", _is_at_most(promise.max_properties, need.max_properties)
    has_dimensions = need.dimensions in (None, promise.dimensions)
    yield "dimensions", has_dimensions and need.element_type in (None, promise.element_type)


def _member_mismatches(column: Column, need: ColumnRules) -> Iterator[Mismatch]:
    path = f"{column.path}.{need.field.name}"
    promise = column.promise.rules.member(need.field.name)
    if not need.may_be_missing and (promise is None or promise.may_be_missing):
        yield Mismatch(
            path,
            "present",
            "no such member" if promise is None else "a member that may be missing",
            "a member of that name",
            promise_place=(promise or column.promise.rules).field.place,
            need_place=need.field.place,
        )
        return
    held = promise or nothing_of(column.promise.field)
    yield from _held_mismatches(path, held, need, is_never_null=held.field.required)


def _held_mismatches(path: str, promise: ColumnRules, need: ColumnRules, *, is_never_null: bool) -> Iterator[Mismatch]:
    column = Column(path, Facts(promise), need, is_never_null)
    yield from column_mismatches(column)
    if need.field.unique and not (promise.field.unique and tells_apart(column.promise, need)):
        yield column.mismatch("unique")


def _least_members(rules: ColumnRules) -> int:
    """How many members the objects have at least that are not null."""
    return max(rules.field.min_properties or 0, sum(member.field.required for member in rules.members))


def _is_at_most(value: int | None, limit: int | None) -> bool:
    return limit is None or (value is not None and value <= limit)
