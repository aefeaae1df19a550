"""Whatever is in a file: it is a contract, or there are mistakes in it, each with its place."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from contract_texts import reading_of
from wombat_tool.contracts.facts import facts_of
from wombat_tool.contracts.standard import schema

GOOD = """
apiVersion: v3.2.0
kind: DataContract
id: orders
version: 1.0.0
customProperties:
- {property: wombat.production, value: {maximum: warning, rows: off}}
servers: [{server: s, type: duckdb, database: d}]
schema:
- name: orders
  id: orders_tbl
  customProperties: [{property: wombat.nullValues, value: ['', NA]}, {property: wombat.layout, value: rows}]
  quality:
  - {metric: rowCount, id: rows, mustBeBetween: [1, 10], severity: warning}
  - {metric: duplicateValues, arguments: {properties: [number, customer]}, mustBe: 0, unit: percent}
  - {type: sql, query: 'SELECT count(*) FROM {object}', mustBeGreaterThan: 0}
  - {type: custom, engine: soda, implementation: x}
  relationships: [{from: [orders.customer], to: [customers.number]}]
  properties:
  - {name: number, logicalType: integer, physicalType: bigint, primaryKey: true, primaryKeyPosition: 1,
     logicalTypeOptions: {minimum: 1, maximum: 100, multipleOf: 1, format: i64}}
  - name: customer
    physicalName: cust_no
    logicalType: string
    physicalType: varchar(18)
    classification: secret
    logicalTypeOptions: {minLength: 1, maxLength: 9, pattern: '^[a-z]', format: email}
    enum: [{value: a, label: A}, {value: bc}]
    relationships: [{to: customers.number}]
    quality: [{metric: invalidValues, mustBe: 0, arguments: {validValues: [a, bc], pattern: a}}]
  - {name: day, logicalType: date, logicalTypeOptions: {minimum: '2022-01-01', exclusiveMaximum: '2023-01-01'}}
  - {name: at, logicalType: timestamp,
     logicalTypeOptions: {timezone: true, defaultTimezone: Etc/UTC, minimum: '2022-01-01T00:00:00Z'}}
  - {name: clock, logicalType: time, logicalTypeOptions: {format: 'HH:mm', minimum: '08:00'}}
  - {name: price, logicalType: number, logicalTypeOptions: {exclusiveMinimum: 0.5, format: f64}}
  - name: nested
    logicalType: object
    logicalTypeOptions: {required: [tags], minProperties: 1}
    properties:
    - {name: tags, logicalType: array, logicalTypeOptions: {minItems: 1, uniqueItems: true}, items: {logicalType: string}}
    - {name: map, logicalType: map, map: {key: {logicalType: string}, value: {logicalType: boolean}}}
  - {name: embedding, logicalType: vector, logicalTypeOptions: {dimensions: 3, normalized: true}}
- {name: customers, properties: [{name: number, id: number_col}]}
"""
TREE = yaml.safe_load(GOOD)


def paths_in(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    if isinstance(value, dict):
        for key, child in value.items():
            yield from paths_in(child, (*path, key))
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from paths_in(child, (*path, index))


def values_at(value: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        value = value[step]
    return value


def words_of_the_standard(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value.get("properties", {})
        yield from (one for one in value.get("enum", []) if isinstance(one, str))
        for child in value.values():
            yield from words_of_the_standard(child)
    elif isinstance(value, list):
        for child in value:
            yield from words_of_the_standard(child)


PATHS = [path for path in paths_in(TREE) if path]
PLACES = st.sampled_from(PATHS)
WORDS = st.one_of(
    st.sampled_from(sorted(set(words_of_the_standard(schema())))),
    st.sampled_from(
        ["", "a", "wombat.production", "wombat.x", "orders.number", "x.yaml#a.b", "2022-01-01", "(", "off", "v3.0.2"]
    ),
    st.text(max_size=5),
)
SCALARS = st.one_of(WORDS, st.integers(), st.floats(), st.booleans(), st.none(), st.dates())
VALUES = st.one_of(
    SCALARS,
    st.lists(SCALARS, max_size=3),
    st.dictionaries(WORDS, SCALARS, max_size=3),
    PLACES.map(lambda path: values_at(TREE, path)),
)


@st.composite
def mutated(draw: st.DrawFn) -> Any:
    """The good contract with some of its values replaced, removed, renamed or added."""
    tree = copy.deepcopy(TREE)
    for _ in range(draw(st.integers(1, 4))):
        path = draw(PLACES)
        try:
            holder = values_at(tree, path[:-1])
            change = draw(st.sampled_from(["replace", "remove", "rename", "add", "repeat"]))
            value = draw(VALUES)
            if change == "replace":
                holder[path[-1]] = value
            elif change == "remove":
                del holder[path[-1]]
            elif isinstance(holder, list):
                holder.append(copy.deepcopy(holder[path[-1]]) if change == "repeat" else value)
            elif change == "rename":
                holder[draw(WORDS)] = holder.pop(path[-1])
            else:
                holder[draw(WORDS)] = value
        except (AttributeError, IndexError, KeyError, TypeError):
            # An earlier change took the place away.
            continue
    return tree


def check(text: str | bytes) -> None:
    reading = reading_of(text)

    assert reading.contract is not None or reading.errors
    lines = max(1, len(text.splitlines()))
    for error in reading.errors:
        assert error.message.endswith((".", "?", "`.")) and "\n" not in error.message
        assert 1 <= error.line <= lines + 1 and error.column >= 1
    assert facts_of(reading)["facts_version"] == 1


def test_the_good_contract_is_good() -> None:
    assert reading_of(GOOD).errors == ()


@settings(max_examples=150, deadline=None)
@given(mutated(), st.booleans())
def test_any_change_gives_a_contract_or_mistakes(tree: Any, flow: bool) -> None:
    check(yaml.safe_dump(tree, default_flow_style=flow, allow_unicode=True))


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(GOOD)), st.integers(0, 10), st.text("{}[]&*!|>'\"%@`:-,? \n\tax1", max_size=6))
def test_any_text_in_the_file_gives_a_contract_or_mistakes(start: int, length: int, text: str) -> None:
    check(GOOD[:start] + text + GOOD[start + length :])


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_give_mistakes(content: bytes) -> None:
    check(content)
