"""Development and production: how bad violations are, what the contract says of that, and what a sample decides."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from validation_checks import TABULAR, at_least, must, of, report_of, write_table
from wombat_tool.contracts.model import (
    Environment,
    Field,
    Handling,
    LogicalType,
    Metric,
    NotChecked,
    Place,
    QualityRule,
    Relationship,
    SchemaObject,
    Severity,
    Treatment,
)
from wombat_tool.validation.rules import rule_in

DEVELOPMENT, PRODUCTION = Environment.DEVELOPMENT, Environment.PRODUCTION
INTEGER = LogicalType.INTEGER
X = Field("x", INTEGER, required=True, maximum=at_least("5"))
DATA = {"x": [1, None, 7]}


def handling(*entries: tuple[Environment, str | None, Treatment]) -> Handling:
    return Handling(entries)


@pytest.mark.parametrize(
    ("environment", "severity", "expected"),
    [
        pytest.param(PRODUCTION, Severity.ERROR, (Severity.ERROR, True), id="production-error"),
        pytest.param(PRODUCTION, Severity.WARNING, (Severity.WARNING, False), id="production-warning"),
        pytest.param(PRODUCTION, Severity.INFO, (Severity.INFO, False), id="production-info"),
        pytest.param(DEVELOPMENT, Severity.ERROR, (Severity.WARNING, False), id="development-error"),
        pytest.param(DEVELOPMENT, Severity.WARNING, (Severity.WARNING, False), id="development-warning"),
        pytest.param(DEVELOPMENT, Severity.INFO, (Severity.INFO, False), id="development-info"),
    ],
)
def test_the_environment_decides_unless_the_contract_does(
    environment: Environment, severity: Severity, expected: tuple[Severity, bool]
) -> None:
    def rule(asked: Handling) -> Any:
        found = rule_in(environment, "maximum", asked, column="x", expected="", place=Place("f", 1), severity=severity)
        return found and (found.severity, found.stops)

    assert rule(Handling()) == expected
    other = PRODUCTION if environment is DEVELOPMENT else DEVELOPMENT
    assert rule(handling((other, None, Treatment.OFF), (environment, "minimum", Treatment.OFF))) == expected
    for treatment, stops in ((Treatment.INFO, False), (Treatment.WARNING, False), (Treatment.ERROR, True)):
        for name in ("maximum", None):
            assert rule(handling((environment, name, treatment))) == (Severity(treatment.value), stops)
    assert rule(handling((environment, "maximum", Treatment.OFF), (environment, None, Treatment.ERROR))) is None


@pytest.mark.parametrize("format", TABULAR)
@pytest.mark.parametrize(
    ("entries", "status", "expected"),
    [
        pytest.param((), "warned", [("required", "warning", False), ("maximum", "warning", False)], id="nothing-said"),
        pytest.param(
            ((DEVELOPMENT, None, Treatment.ERROR),),
            "failed",
            [("required", "error", True), ("maximum", "error", True)],
            id="all-errors",
        ),
        pytest.param(
            ((DEVELOPMENT, "maximum", Treatment.ERROR), (DEVELOPMENT, None, Treatment.INFO)),
            "failed",
            [("maximum", "error", True), ("required", "info", False)],
            id="one-error",
        ),
        pytest.param(((DEVELOPMENT, "maximum", Treatment.OFF),), "warned", [("required", "warning", False)], id="one-off"),
        pytest.param(((DEVELOPMENT, None, Treatment.OFF),), "passed", [], id="all-off"),
    ],
)
def test_the_contract_decides_for_each_rule(
    entries: Any, status: str, expected: list[Any], format: str, tmp_path: Path
) -> None:
    path = write_table(tmp_path / "data", format, pa.table(DATA))

    report = report_of(path, format, of(replace(X, handling=Handling(entries))), environment=DEVELOPMENT)

    assert [(one.rule, one.severity.value, one.stops) for one in report.violations] == expected
    assert report.status == status
    assert report_of(path, format, of(replace(X, handling=Handling(entries)))).status == "failed"


@pytest.mark.parametrize(
    ("rule", "schema", "data"),
    [
        pytest.param("present", of(Field("y")), DATA, id="present"),
        pytest.param("extraColumns", of(allows_extra_columns=False), DATA, id="extraColumns"),
        pytest.param("logicalType", of(Field("x", LogicalType.DATE)), DATA, id="logicalType"),
        pytest.param("primaryKey", of(X, primary_key=("x",)), {"x": [1, 1]}, id="primaryKey"),
        pytest.param("unique", of(Field("x", unique=True)), {"x": [1, 1]}, id="unique"),
        pytest.param(
            "relationships", of(X, name="t", relationships=(Relationship(("x",), "t", ("x",)),)), {"x": [1]}, id="relationships"
        ),
        pytest.param("named", of(quality=(QualityRule("named", Metric.ROW_COUNT, thresholds=must("Be", 0)),)), DATA, id="metric"),
        pytest.param("named", of(quality=(QualityRule("named", query="SELECT 1", thresholds=must("Be", 0)),)), DATA, id="query"),
    ],
)
def test_every_rule_can_be_turned_off(rule: str, schema: SchemaObject, data: dict[str, Any], tmp_path: Path) -> None:
    path = write_table(tmp_path / "data", "parquet", pa.table(data))
    off = handling((PRODUCTION, rule, Treatment.OFF))
    if rule == "relationships":
        schema = replace(schema, relationships=(replace(schema.relationships[0], to_columns=("y",)),))

    def with_handling(asked: Handling) -> SchemaObject:
        return replace(
            schema,
            handling=asked,
            fields=tuple(replace(one, handling=asked) for one in schema.fields),
            quality=tuple(replace(one, handling=asked) for one in schema.quality),
            relationships=tuple(replace(one, handling=asked) for one in schema.relationships),
        )

    assert [one.rule for one in report_of(path, "parquet", with_handling(Handling())).violations] == [rule]
    assert report_of(path, "parquet", with_handling(off)).violations == ()


def large(tmp_path: Path, format: str, values: list[int | None]) -> Path:
    """A column in several parts, so that a sample can be one of them."""
    table = pa.table({"x": pa.array(values, pa.int64())})
    if format == "parquet":
        pq.write_table(table, tmp_path / "data", row_group_size=10)
        return tmp_path / "data"
    return write_table(tmp_path / "data", format, table)


@pytest.mark.parametrize("format", TABULAR)
def test_development_reads_a_sample_of_large_data(format: str, tmp_path: Path) -> None:
    values = [*range(100, 200)]
    path = large(tmp_path, format, values)

    report = report_of(path, format, of(X), environment=DEVELOPMENT, sample_rows=10)

    assert (report.rows, report.is_sample) == (100, True)
    assert report.rows_read is not None and 10 <= report.rows_read < 100
    assert report.how != "all rows"
    (found,) = report.violations
    assert (found.rule, found.count) == ("maximum", report.rows_read)
    assert [row.value for row in found.rows] == [str(values[row.row - 1]) for row in found.rows]
    assert f"of {report.rows_read} rows" in found.message


@pytest.mark.parametrize("format", TABULAR)
def test_what_is_not_large_and_production_are_read_whole(format: str, tmp_path: Path) -> None:
    path = large(tmp_path, format, [*range(99), 9])

    for environment, sample_rows, schema in (
        (DEVELOPMENT, 100, of(X)),
        (PRODUCTION, 10, of(X)),
        (DEVELOPMENT, 10, of(X, may_sample=False)),
    ):
        report = report_of(path, format, schema, environment=environment, sample_rows=sample_rows)
        assert (report.rows, report.rows_read, report.is_sample, report.how) == (100, 100, False, "all rows")
        assert report.violations[0].count == 94


METRICS = {
    "rows": QualityRule("rows", Metric.ROW_COUNT, thresholds=must("BeLessThan", 100)),
    "none": QualityRule("none", Metric.NULL_VALUES, thresholds=must("Be", 0), columns=("x",)),
    "no-percent": QualityRule("no-percent", Metric.NULL_VALUES, thresholds=must("BeLessOrEqualTo", 0), is_percent=True, columns=("x",)),
    "few": QualityRule("few", Metric.NULL_VALUES, thresholds=must("BeLessThan", 5), columns=("x",)),
    "some": QualityRule("some", Metric.NULL_VALUES, thresholds=must("BeGreaterThan", 0), columns=("x",)),
    "percent": QualityRule("percent", Metric.NULL_VALUES, thresholds=must("BeLessThan", 50), is_percent=True, columns=("x",)),
    "twice": QualityRule("twice", Metric.DUPLICATE_VALUES, thresholds=must("BeLessThan", 3), columns=("x",)),
}


@pytest.mark.parametrize(
    ("values", "violated", "not_checked"),
    [
        pytest.param([*range(100)], ["rows"], ["few", "some", "percent", "twice"], id="nothing-in-the-sample"),
        pytest.param([None, *range(99)], ["rows", "none", "no-percent"], ["few", "percent", "twice"], id="one-in-the-sample"),
        pytest.param([*[None] * 20, *range(80)], ["rows", "none", "no-percent", "few"], ["percent", "twice"], id="more"),
        pytest.param([1, 1, 2, 2, 3, 3, *range(94)], ["rows", "twice"], ["few", "some", "percent"], id="duplicates"),
    ],
)
def test_a_sample_decides_what_the_other_rows_cannot_change(
    values: list[int | None], violated: list[str], not_checked: list[str], tmp_path: Path
) -> None:
    path = large(tmp_path, "csv", values)
    schema = of(Field("x", INTEGER), quality=tuple(METRICS.values()))

    report = report_of(path, "csv", schema, environment=DEVELOPMENT, sample_rows=10)

    assert [one.rule for one in report.violations] == violated
    assert [(one.rule, one.why) for one in report.not_checked] == [
        (name, "only all rows can decide it, and a sample was read") for name in not_checked
    ]
    assert report.violations[0].message == "rows (less than 100) is 100"


def test_duplicates_and_lost_keys_in_a_sample_are_real(tmp_path: Path) -> None:
    path = large(tmp_path, "csv", [1, 1, *range(2, 100)])
    parents = write_table(tmp_path / "parents", "csv", pa.table({"key": [*range(2, 200)]}))
    schema = of(Field("x", INTEGER, unique=True), relationships=(Relationship(("x",), "p", ("key",)),))

    report = report_of(
        path, "csv", schema, environment=DEVELOPMENT, sample_rows=10, references={"p": ("csv", parents)}
    )

    assert [(one.rule, one.count, one.share) for one in report.violations] == [
        ("unique", 1, 0.1),
        ("relationships", 2, 0.2),
    ]


def test_what_the_reader_could_not_check_is_in_the_report(tmp_path: Path) -> None:
    path = write_table(tmp_path / "data", "csv", pa.table({"x": [1]}))
    schema = of(X, not_checked=(NotChecked("the quality rule 'a'", "it is text for people", Place("c.yaml", 3)),))

    report = report_of(path, "csv", schema)

    assert [(one.rule, one.column, one.why) for one in report.not_checked] == [
        ("the quality rule 'a'", None, "it is text for people")
    ]
    assert report.status == "passed"


def test_the_worst_comes_first_and_lines_are_told(tmp_path: Path) -> None:
    path = write_table(tmp_path / "data", "csv", pa.table({"x": [9], "y": [9]}))
    mild = handling((PRODUCTION, None, Treatment.WARNING))
    x = Field("x", INTEGER, maximum=at_least("1"), handling=mild, place=Place("c.yaml", 10))
    y = Field("y", INTEGER, enum=(Decimal(1),), place=Place("c.yaml", 20))

    report = report_of(path, "csv", of(x, y))

    assert [(one.column, one.severity.value, one.line) for one in report.violations] == [("y", "error", 20), ("x", "warning", 10)]
    assert report.to_document()["rules"] == {"checked": 6, "violated": 2, "not_checked": []}
