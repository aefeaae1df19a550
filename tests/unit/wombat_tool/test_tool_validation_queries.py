"""Quality rules in SQL: what they see, and what is made of their results and their failures."""

from __future__ import annotations

import datetime
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from validation_checks import TABULAR, must, of, report_of, write_lines, write_table
from wombat_tool.contracts.model import Environment, Field, LogicalType, QualityRule, SchemaObject, Threshold

L = LogicalType
COLUMNS = (Field("id", L.INTEGER), Field("name", L.STRING), Field("big name", L.NUMBER), Field("day", L.DATE))
DATA = {
    "id": [1, 2, 3],
    "name": ["a", "b", None],
    "big name": [0.5, 1.5, 2.5],
    "day": [datetime.date(2024, 1, day) for day in (1, 2, 3)],
}


def sql(query: str, thresholds: tuple[Threshold, ...] = must("Be", 0), **more: Any) -> QualityRule:
    return QualityRule(more.pop("name", "rule"), query=query, thresholds=thresholds, **more)


def orders(*rules: QualityRule) -> SchemaObject:
    return of(*COLUMNS, name="orders", physical_name="orders_v1", quality=rules)


def messages(path: Path, format: str, schema: SchemaObject, **more: Any) -> list[str]:
    report = report_of(path, format, schema, **more)
    assert (report.problem, report.not_checked) == (None, ())
    return [one.message for one in report.violations]


@pytest.mark.parametrize("format", TABULAR)
@pytest.mark.parametrize(
    ("query", "operator", "value", "result"),
    [
        pytest.param("SELECT count(*) FROM {object} WHERE id > 2", "Be", 0, "1", id="object"),
        pytest.param("SELECT count(*) FROM ${table}", "Be", 2, "3", id="table"),
        pytest.param('SELECT count(*) FROM "${object}";', "Be", 2, "3", id="quoted"),
        pytest.param("SELECT count(*) FROM orders", "BeLessThan", 3, "3", id="name"),
        pytest.param("SELECT sum(id) FROM orders_v1", "NotBe", 6, "6", id="physical-name"),
        pytest.param('SELECT avg("big name") FROM orders -- mean', "BeGreaterThan", 1.5, "1.5", id="comment"),
        pytest.param("SELECT max(day) FROM orders", "Be", datetime.date(2024, 1, 2), "2024-01-03", id="date"),
        pytest.param("SELECT max(name) FROM orders", "Be", "a", "b", id="text"),
        pytest.param("SELECT bool_and(id > 1) FROM orders", "Be", True, "false", id="boolean"),
        pytest.param(
            "WITH o AS (SELECT id FROM orders), p AS (SELECT * FROM o) SELECT count(*) FROM o JOIN p USING (id)",
            "BeBetween",
            (1, 2),
            "3",
            id="with",
        ),
        pytest.param("SELECT max(id) FROM orders WHERE id > 9", "Be", 0, "null", id="null"),
        pytest.param("SELECT count(*) / 0.0 FROM orders", "BeLessThan", 5, "inf", id="infinite"),
        pytest.param("SELECT 0.1::DOUBLE", "Be", 0.2, "0.1", id="double"),
        pytest.param("SELECT 12345678901234567890123::HUGEINT", "Be", 1, "12345678901234567890123", id="large"),
        pytest.param("FROM orders SELECT min(day + INTERVAL 1 HOUR)", "Be", 1, "2024-01-01 01:00:00", id="timestamp"),
    ],
)
def test_the_result_of_a_query_is_held_against_its_threshold(
    query: str, operator: str, value: Any, result: str, format: str, tmp_path: Path
) -> None:
    path = write_table(tmp_path / "data", format, pa.table(DATA))
    thresholds = must(operator, *value) if isinstance(value, tuple) else must(operator, value)

    (message,) = messages(path, format, orders(sql(query, thresholds)))

    assert message.startswith("rule (")
    assert message.endswith(f") is {result}")


@pytest.mark.parametrize(
    ("query", "operator", "value"),
    [
        pytest.param("SELECT count(*) FROM orders", "Be", 3, id="integer"),
        pytest.param("SELECT 0.1", "Be", "0.1", id="decimal"),
        pytest.param("SELECT 0.1::DOUBLE", "BeGreaterOrEqualTo", Decimal("0.1"), id="double"),
        pytest.param("SELECT max(day) FROM orders", "BeLessThan", datetime.date(2024, 2, 1), id="date"),
        pytest.param("SELECT true", "Be", True, id="boolean"),
        pytest.param("SELECT 'x'", "NotBe", "y", id="text"),
    ],
)
def test_a_result_as_wanted_passes(query: str, operator: str, value: Any, tmp_path: Path) -> None:
    path = write_table(tmp_path / "data", "parquet", pa.table(DATA))
    threshold = must(operator, Decimal(value) if value == "0.1" else value)

    assert messages(path, "parquet", orders(sql(query, threshold))) == []


@pytest.mark.parametrize("format", TABULAR)
def test_the_rule_of_a_column_names_it_by_a_placeholder(format: str, tmp_path: Path) -> None:
    path = write_table(tmp_path / "data", format, pa.table(DATA))
    quality = (
        sql("SELECT count(*) FROM {object} WHERE {property} > 1", name="a"),
        sql('SELECT count(*) FROM ${table} WHERE "${column}" < 1', must("Be", 0), name="b"),
    )
    schema = of(Field("big name", L.NUMBER, quality=quality), name="orders")

    assert messages(path, format, schema) == ["big name: a (exactly 0) is 2", "big name: b (exactly 0) is 1"]


@pytest.mark.parametrize("format", TABULAR)
def test_hostile_names_are_quoted(format: str, tmp_path: Path) -> None:
    path = write_table(tmp_path / "data", format, pa.table({'a"b': [1, 2]}))
    quality = (sql("SELECT max({property}) FROM {object}"),)
    schema = of(Field('a"b', L.INTEGER, quality=quality), name='sel"ect from')

    assert messages(path, format, schema) == ['a"b: rule (exactly 0) is 2']


def test_text_has_the_types_of_the_contract(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "data", "n,d,t,b,s", "10,31.12.2023,2024-01-01T10:00Z,TRUE,007", "9,x,,false,")
    schema = of(
        Field("n", L.INTEGER),
        Field("d", L.DATE, format="dd.MM.yyyy"),
        Field("t", L.TIMESTAMP),
        Field("b", L.BOOLEAN),
        Field("s"),
        quality=(
            sql("SELECT max(n) - 1 FROM data", name="n"),
            sql("SELECT max(d) FROM data", name="d"),
            sql("SELECT max(t) FROM data", name="t"),
            sql("SELECT count(*) FROM data WHERE b", name="b"),
            sql("SELECT max(s) FROM data", name="s"),
        ),
    )

    found = [one.message for one in report_of(path, "csv", schema).violations if one.rule != "logicalType"]

    assert [message.partition(" is ")[2] for message in found] == ["9", "2023-12-31", "2024-01-01 10:00:00+00", "1", "007"]


@pytest.mark.parametrize("format", ["parquet", "jsonl"])
def test_members_are_reached_by_dots(format: str, tmp_path: Path) -> None:
    rows = [{"x": {"n": 1, "tags": ["a", "b"]}}, {"x": {"n": 5, "tags": []}}, {"x": None}]
    path = write_table(tmp_path / "data", format, pa.Table.from_pylist(rows))
    n = Field("n", L.INTEGER, quality=(sql("SELECT sum({property}) FROM data"),))
    field = Field("x", L.OBJECT, fields=(n, Field("tags", L.ARRAY, items=Field("", L.STRING))))
    schema = of(field, quality=(sql("SELECT max(len(x.tags)) FROM data WHERE x.n > 0"),))

    assert messages(path, format, schema) == ["x.n: rule (exactly 0) is 6", "rule (exactly 0) is 2"]


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        pytest.param("SELECT nothing FROM orders", "its query failed. Binder Error: Referenced column", id="no-column"),
        pytest.param("SELECT 1 FROM nowhere", "Table with name nowhere does not exist", id="no-table"),
        pytest.param("SELEC 1", "its query cannot be used, as ", id="no-sql"),
        pytest.param("SELECT 1; SELECT 2", "it must be one SELECT query, but has 2 statements.", id="two"),
        pytest.param("DROP VIEW orders", "its query cannot be used", id="no-select"),
        pytest.param("SELECT count(*) FROM read_csv('/etc/passwd')", "it reads from the function 'read_csv'", id="files"),
        pytest.param("SELECT id FROM orders", "its query gave several rows, and must give one value.", id="rows"),
        pytest.param("SELECT id FROM orders WHERE false", "gave no row, and must", id="no-row"),
        pytest.param("SELECT 1, 2", "gave 2 columns, and must", id="columns"),
        pytest.param("SELECT max({property}) FROM orders", "it has {property} in it, and the rule is not of a column.", id="column"),
        pytest.param("SELECT sum(name::INTEGER) FROM orders", "Could not convert string 'a' to INT32", id="at-run-time"),
    ],
)
def test_a_query_that_fails_breaks_its_rule(query: str, problem: str, tmp_path: Path) -> None:
    path = write_table(tmp_path / "data", "parquet", pa.table(DATA))

    report = report_of(path, "parquet", orders(sql(query), sql("SELECT count(*) FROM orders", name="next")))

    assert [one.rule for one in report.violations] == ["rule", "next"]
    assert report.violations[0].message.startswith("rule (exactly 0) cannot be checked: ")
    assert problem in report.violations[0].message
    assert report.status == "failed"


def test_queries_cannot_change_what_others_see(tmp_path: Path) -> None:
    path = write_table(tmp_path / "data", "parquet", pa.table(DATA))
    rules = (
        sql("SELECT count(*) FROM orders; DROP VIEW orders", name="drop"),
        sql("SELECT set_config('memory_limit', '1GB')", name="set"),
        sql("SELECT getenv('PATH')", name="environment"),
        sql("SELECT count(*) FROM orders", must("Be", 3), name="count"),
    )

    found = report_of(path, "parquet", orders(*rules)).violations

    assert [one.rule for one in found] == ["drop", "set", "environment"]
    assert all("cannot be checked" in one.message for one in found)


def test_a_long_result_is_cut(tmp_path: Path) -> None:
    path = write_table(tmp_path / "data", "parquet", pa.table(DATA))

    (message,) = messages(path, "parquet", orders(sql("SELECT repeat('x', 1000)")))

    assert message == f"rule (exactly 0) is {'x' * 200}…"


def test_queries_need_all_rows(tmp_path: Path) -> None:
    path = write_table(tmp_path / "data", "parquet", pa.table(DATA))
    schema = orders(sql("SELECT count(*) FROM orders"))

    report = report_of(path, "parquet", schema, environment=Environment.DEVELOPMENT, sample_rows=2)

    assert [(one.rule, one.why) for one in report.not_checked] == [
        ("rule", "only all rows can decide it, and a sample was read")
    ]
    assert report.violations == ()
    everything = replace(schema, may_sample=False)
    assert len(report_of(path, "parquet", everything, environment=Environment.DEVELOPMENT, sample_rows=2).violations) == 1
