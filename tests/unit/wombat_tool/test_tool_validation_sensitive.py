"""No value of a sensitive column is ever in a report, whatever goes wrong."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from validation_checks import TABULAR, at_least, must, of, report_of, write_lines, write_table
from wombat_tool.contracts.model import Environment, Field, LogicalType, Metric, QualityRule, Relationship, SchemaObject
from wombat_tool.validation.report import Report

L = LogicalType
CANARY = "4929-1234-CANARY"
NUMBER = 492912345678


def rule(name: str, metric: Metric, **more: Any) -> QualityRule:
    return QualityRule(name, metric, thresholds=must("Be", 77), **more)


CARD = Field(
    "card",
    L.STRING,
    unique=True,
    required=True,
    enum=("other",),
    min_length=90,
    max_length=3,
    pattern="^never$",
    format="uuid",
    is_sensitive=True,
    quality=(
        rule("invalid", Metric.INVALID_VALUES, valid_values=("other",)),
        rule("missing", Metric.MISSING_VALUES, missing_values=("other",)),
        rule("nulls", Metric.NULL_VALUES),
        rule("duplicates", Metric.DUPLICATE_VALUES),
        QualityRule("max", query="SELECT max({property}) FROM {object}", thresholds=must("Be", 0)),
        QualityRule("cast", query="SELECT max(card::INTEGER) FROM people", thresholds=must("Be", 0)),
    ),
)
ACCOUNT = Field(
    "account",
    L.INTEGER,
    minimum=at_least("1e12"),
    maximum=at_least("5"),
    multiple_of=Decimal(7),
    is_sensitive=True,
)
PLAIN = Field("plain", L.INTEGER)
PEOPLE = of(
    CARD,
    ACCOUNT,
    PLAIN,
    name="people",
    primary_key=("plain", "card"),
    relationships=(
        Relationship(("card",), "cards", ("key",)),
        Relationship(("plain", "account"), "people", ("plain", "plain")),
    ),
    quality=(
        rule("together", Metric.DUPLICATE_VALUES, columns=("plain", "card")),
        QualityRule("star", query="SELECT max(COLUMNS('card')) FROM people", thresholds=must("Be", 0)),
        QualityRule("row", query="SELECT max(people) FROM people", thresholds=must("Be", 0)),
        QualityRule("rows", query="SELECT max(p)::VARCHAR FROM people p", thresholds=must("Be", 0)),
        QualityRule("error", query="SELECT sum(card::DATE) FROM people", thresholds=must("Be", 0)),
        QualityRule("error2", query="SELECT error('x' || max(CARD)) FROM people", thresholds=must("Be", 0)),
        QualityRule("many", query="SELECT card FROM people", thresholds=must("Be", 0)),
        QualityRule("json", query="SELECT to_json(list(p)) FROM (FROM people) p", thresholds=must("Be", 0)),
        QualityRule("count", query="SELECT count(*) FROM people", thresholds=must("Be", 0)),
    ),
)
ROWS = {"card": [CANARY, CANARY, CANARY], "account": [NUMBER] * 3, "plain": [1, 1, 2]}


def check(report: Report, *, rules: set[str] | None = None) -> None:
    """No canary anywhere, and the rules were broken that could have told it."""
    text = json.dumps(report.to_document())
    assert "CANARY" not in text
    assert str(NUMBER) not in text
    if rules is not None:
        assert {one.rule for one in report.violations} == rules


@pytest.mark.parametrize("environment", list(Environment))
@pytest.mark.parametrize("format", TABULAR)
def test_no_rule_tells_a_value(format: str, environment: Environment, tmp_path: Path) -> None:
    path = write_table(tmp_path / "data", format, pa.table(ROWS))
    cards = write_table(tmp_path / "cards", format, pa.table({"key": ["x"]}))

    report = report_of(path, format, PEOPLE, environment=environment, references={"cards": (format, cards)})

    check(
        report,
        rules={
            *("enum", "minLength", "maxLength", "pattern", "format", "unique", "primaryKey", "relationships"),
            *("minimum", "maximum", "multipleOf", "invalid", "missing", "nulls", "duplicates", "max", "cast"),
            *("together", "star", "row", "rows", "error", "error2", "many", "json", "count"),
        },
    )
    by_name = {one.rule: one for one in report.violations}
    assert by_name["enum"].masked
    assert [(row.row, row.value) for row in by_name["enum"].rows] == [(1, None), (2, None), (3, None)]
    assert by_name["enum"].message == "card: enum (one of 'other') is violated by 3 of 3 rows (100 %), first in row 1"
    assert by_name["max"].message == "card: max (exactly 0) is something else, which is not shown"
    assert by_name["cast"].message.endswith(
        "its query failed. ConversionException, whose text may hold values of sensitive columns."
    )
    assert not by_name["count"].masked
    assert by_name["count"].message == "count (exactly 0) is 3"


@pytest.mark.parametrize("format", ["csv", "jsonl"])
def test_values_of_a_wrong_type_are_not_told(format: str, tmp_path: Path) -> None:
    path = write_table(tmp_path / "data", format, pa.table({"card": [CANARY], "day": [CANARY], "flag": [CANARY]}))
    schema = of(
        Field("card", L.INTEGER, is_sensitive=True),
        Field("day", L.DATE, format="dd.MM.yyyy", is_sensitive=True),
        Field("flag", L.BOOLEAN, is_sensitive=True),
    )

    report = report_of(path, format, schema)

    check(report, rules={"logicalType"})
    assert len(report.violations) == 3


@pytest.mark.parametrize("format", ["parquet", "jsonl"])
def test_members_of_sensitive_columns_are_sensitive(format: str, tmp_path: Path) -> None:
    rows = [{"x": {"card": CANARY, "list": [CANARY]}, "y": [{"card": CANARY}]}]
    path = write_table(tmp_path / "data", format, pa.Table.from_pylist(rows))
    member = Field("card", L.STRING, max_length=1, is_sensitive=True)
    items = Field("", L.STRING, max_length=1, is_sensitive=True)
    schema = of(
        Field("x", L.OBJECT, fields=(member, Field("list", L.ARRAY, items=items))),
        Field("y", L.ARRAY, items=Field("", L.OBJECT, fields=(member,))),
        quality=(
            QualityRule("a", query="SELECT max(x.card) FROM data", thresholds=must("Be", 0)),
            QualityRule("b", query="SELECT max(x['list'][1]) FROM data", thresholds=must("Be", 0)),
            QualityRule("c", query="SELECT max(x::VARCHAR) FROM data", thresholds=must("Be", 0)),
            QualityRule("d", query="SELECT max(y[1]['card']) FROM data", thresholds=must("Be", 0)),
        ),
    )

    check(report_of(path, format, schema), rules={"maxLength", "a", "b", "c", "d"})


@pytest.mark.parametrize(
    ("format", "lines"),
    [
        pytest.param("csv", ["card,account,plain", f"{CANARY},1"], id="csv"),
        pytest.param("jsonl", [f'{{"card": "{CANARY}"'], id="jsonl"),
        pytest.param("jsonl", [f'["{CANARY}"]'], id="jsonl-no-object"),
        pytest.param("parquet", [CANARY], id="parquet"),
    ],
)
def test_data_that_cannot_be_read_tells_nothing(format: str, lines: list[str], tmp_path: Path) -> None:
    path = write_lines(tmp_path / "data", *lines)

    report = report_of(path, format, PEOPLE)

    check(report)
    assert report.problem is not None
    assert report.problem.kind == "DataError"
    assert report.problem.message == (
        f"etl:data ({path}) cannot be validated. The reason is not shown: it may quote values of sensitive columns."
    )


def test_data_that_is_not_there_is_told(tmp_path: Path) -> None:
    report = report_of(tmp_path / "gone", "csv", PEOPLE)

    assert report.problem is not None and "No such file" in report.problem.message


def test_partitions_may_be_sensitive(tmp_path: Path) -> None:
    write_table(tmp_path / "data" / "team=a" / "1", "csv", pa.table({"x": [1]}))
    team = Field("team", L.STRING, pattern="^b", is_sensitive=True)

    report = report_of(tmp_path / "data", "csv", of(team))

    assert [(one.rule, one.rows[0].value) for one in report.violations] == [("pattern", None)]
    assert "team=a" not in json.dumps(report.to_document())


def test_what_is_not_sensitive_is_told(tmp_path: Path) -> None:
    path = write_table(tmp_path / "data", "csv", pa.table({"card": ["CAN"], "account": [1], "plain": [1]}))
    schema: SchemaObject = replace(PEOPLE, fields=(replace(CARD, is_sensitive=False), ACCOUNT, PLAIN))

    text = json.dumps(report_of(path, "csv", schema).to_document())

    assert "CAN" in text
