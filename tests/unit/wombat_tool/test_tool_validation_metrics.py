"""The metrics of the standard's library, and what thresholds make of them."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from validation_checks import TABULAR, broken, must, of, report_of, write_lines, write_table
from wombat_tool.contracts.model import Environment, Field, LogicalType, Metric, Operator, QualityRule, Severity, Threshold
from wombat_tool.validation.rules import Span, decide, keeps

TEXT, INTEGER = LogicalType.STRING, LogicalType.INTEGER
D = Decimal


def rule(metric: Metric, operator: str, value: Any, upper: Any = None, **more: Any) -> QualityRule:
    return QualityRule(more.pop("name", metric.value), metric, thresholds=must(operator, value, upper), **more)


@pytest.mark.parametrize("format", TABULAR)
@pytest.mark.parametrize(
    ("quality", "message"),
    [
        pytest.param(
            rule(Metric.NULL_VALUES, "Be", 0),
            "x: nullValues (exactly 0) is 1 of 5 rows (20 %), first in row 5",
            id="nullValues",
        ),
        pytest.param(rule(Metric.NULL_VALUES, "Be", 1), None, id="nullValues-kept"),
        pytest.param(
            rule(Metric.NULL_VALUES, "BeLessThan", 20, is_percent=True),
            "x: nullValues (less than 20 %) is 20 % (1 of 5 rows), first in row 5",
            id="nullValues-percent",
        ),
        pytest.param(rule(Metric.NULL_VALUES, "BeLessOrEqualTo", 20, is_percent=True), None, id="nullValues-percent-kept"),
        pytest.param(
            rule(Metric.MISSING_VALUES, "BeLessThan", 3, missing_values=(None, "-", "")),
            "x: missingValues (less than 3) is 3 of 5 rows (60 %), first in row 3: -",
            id="missingValues",
        ),
        pytest.param(
            rule(Metric.INVALID_VALUES, "Be", 0, valid_values=("a", "b")),
            "x: invalidValues (exactly 0) is 2 of 5 rows (40 %), first in row 3: -",
            id="invalidValues",
        ),
        pytest.param(
            rule(Metric.INVALID_VALUES, "BeLessThan", 2, pattern="^[a-z]$"),
            "x: invalidValues (less than 2) is 2 of 5 rows (40 %), first in row 3: -",
            id="invalidValues-pattern",
        ),
        pytest.param(
            rule(Metric.INVALID_VALUES, "Be", 0, valid_values=("a", "-", ""), pattern="^.?$"), None, id="invalidValues-kept"
        ),
        pytest.param(
            rule(Metric.DUPLICATE_VALUES, "Be", 0),
            "x: duplicateValues (exactly 0) is 1 value, first in row 2: a",
            id="duplicateValues",
        ),
        pytest.param(rule(Metric.DUPLICATE_VALUES, "BeBetween", 1, 2), None, id="duplicateValues-kept"),
        pytest.param(
            rule(Metric.DUPLICATE_VALUES, "BeLessThan", 10, is_percent=True),
            "x: duplicateValues (less than 10 %) is 20 % of the rows: 1 value, first in row 2: a",
            id="duplicateValues-percent",
        ),
    ],
)
def test_a_metric_of_a_column_is_held_against_its_threshold(
    quality: QualityRule, message: str | None, format: str, tmp_path: Path
) -> None:
    path = write_table(tmp_path / "data", format, pa.table({"x": ["a", "a", "-", "", None]}))

    report = report_of(path, format, of(Field("x", TEXT, quality=(quality,))))

    assert [one.message for one in report.violations] == ([message] if message else [])
    assert report.not_checked == ()


@pytest.mark.parametrize("format", TABULAR)
@pytest.mark.parametrize(
    ("quality", "message"),
    [
        pytest.param(rule(Metric.ROW_COUNT, "BeGreaterThan", 2), None, id="kept"),
        pytest.param(rule(Metric.ROW_COUNT, "BeBetween", 1, 2), "rowCount (from 1 to 2) is 3", id="between"),
        pytest.param(rule(Metric.ROW_COUNT, "NotBeBetween", 3, 9), "rowCount (not from 3 to 9) is 3", id="not-between"),
        pytest.param(rule(Metric.ROW_COUNT, "NotBe", 3, name="odd"), "odd (not 3) is 3", id="named"),
    ],
)
def test_the_number_of_rows_is_a_metric(quality: QualityRule, message: str | None, format: str, tmp_path: Path) -> None:
    path = write_table(tmp_path / "data", format, pa.table({"x": [1, 1, None]}))

    assert [one.message for one in report_of(path, format, of(quality=(quality,))).violations] == ([message] if message else [])


@pytest.mark.parametrize("format", TABULAR)
def test_duplicates_of_a_combination_are_counted(format: str, tmp_path: Path) -> None:
    data = {"a": [1, 1, 1, 2, 2, None, None], "b": ["x", "x", "x", "y", "y", "z", "z"]}
    path = write_table(tmp_path / "data", format, pa.table(data))
    quality = rule(Metric.DUPLICATE_VALUES, "BeLessThan", 2, columns=("a", "b"))
    schema = of(Field("a", INTEGER), Field("b", TEXT), quality=(quality,))

    (found,) = report_of(path, format, schema).violations

    # Three rows are too many, of two combinations; those with a null are none.
    assert found.message == "duplicateValues (less than 2) is 2 values, first in row 2: a=1, b=x"


@pytest.mark.parametrize(
    ("format", "values", "valid", "count"),
    [
        pytest.param("csv", ["1", "1.0", "2", "x"], (D(1),), 2, id="numbers-in-text"),
        pytest.param("jsonl", ["1", "1.0", '"1"', "2"], (D(1),), 2, id="numbers-in-json"),
        pytest.param("csv", ["1", "1.0", "2", "x"], ("1",), 3, id="text-as-written"),
    ],
)
def test_valid_numbers_are_so_however_they_are_written(
    format: str, values: list[str], valid: tuple[Any, ...], count: int, tmp_path: Path
) -> None:
    path = write_lines(tmp_path / "data", *(["x", *values] if format == "csv" else [f'{{"x": {one}}}' for one in values]))
    quality = rule(Metric.INVALID_VALUES, "Be", 0, valid_values=valid)

    found = report_of(path, format, of(Field("x", LogicalType.NUMBER, quality=(quality,)))).violations

    assert [one.count for one in found if one.rule == "invalidValues"] == [count]


def test_missing_values_of_typed_data_are_values_of_its_type(tmp_path: Path) -> None:
    path = write_table(tmp_path / "data", "parquet", pa.table({"x": [-1, 5, None, 9999]}))
    quality = rule(Metric.MISSING_VALUES, "Be", 0, missing_values=(D(-1), D(9999), "n/a"))

    assert broken(path, "parquet", of(Field("x", INTEGER, quality=(quality,)))) == [("x", "missingValues", 3)]


def test_all_thresholds_must_hold(tmp_path: Path) -> None:
    path = write_table(tmp_path / "data", "parquet", pa.table({"x": [1]}))
    thresholds = must("BeGreaterThan", 0) + must("BeLessThan", 1)
    quality = QualityRule("rows", Metric.ROW_COUNT, thresholds=thresholds)

    (found,) = report_of(path, "parquet", of(quality=(quality,))).violations

    assert found.message == "rows (more than 0 and less than 1) is 1"


def test_a_metric_of_a_missing_column_is_not_checked(tmp_path: Path) -> None:
    path = write_table(tmp_path / "data", "parquet", pa.table({"x": [1]}))

    report = report_of(path, "parquet", of(quality=(rule(Metric.DUPLICATE_VALUES, "Be", 0, columns=("x", "y")),)))

    assert [(one.rule, one.why) for one in report.not_checked] == [("duplicateValues", "the data has no column 'x'")]


def test_the_severity_is_that_of_the_rule(tmp_path: Path) -> None:
    path = write_table(tmp_path / "data", "parquet", pa.table({"x": [1, 1]}))
    rules = tuple(
        rule(metric, "Be", 7, name=name, severity=severity, columns=columns)
        for metric, name, severity, columns in (
            (Metric.ROW_COUNT, "a", Severity.INFO, ()),
            (Metric.DUPLICATE_VALUES, "b", Severity.WARNING, ("x",)),
            (Metric.ROW_COUNT, "c", Severity.ERROR, ()),
        )
    )
    schema = of(Field("x", INTEGER), quality=rules)

    found = report_of(path, "parquet", schema)
    developed = report_of(path, "parquet", schema, environment=Environment.DEVELOPMENT)

    assert [(one.rule, one.severity.value, one.stops) for one in found.violations] == [
        ("c", "error", True),
        ("b", "warning", False),
        ("a", "info", False),
    ]
    assert [(one.rule, one.severity.value, one.stops) for one in developed.violations] == [
        ("c", "warning", False),
        ("b", "warning", False),
        ("a", "info", False),
    ]
    assert (found.status, developed.status) == ("failed", "warned")


@pytest.mark.parametrize(
    ("operator", "low", "upper", "keeps_rule"),
    [
        ("Be", 5, None, [5]),
        ("NotBe", 5, None, [4, 6]),
        ("BeGreaterThan", 5, None, [6]),
        ("BeGreaterOrEqualTo", 5, None, [5, 6]),
        ("BeLessThan", 5, None, [4]),
        ("BeLessOrEqualTo", 5, None, [4, 5]),
        ("BeBetween", 5, 6, [5, 6]),
        ("NotBeBetween", 5, 6, [4]),
    ],
)
def test_ends_are_within_as_their_operators_say(
    operator: str, low: int, upper: int | None, keeps_rule: list[int]
) -> None:
    (threshold,) = must(operator, low, upper)

    assert [value for value in (4, 5, 6) if keeps(threshold, Fraction(value))] == keeps_rule


NUMBERS = st.integers(0, 6)


@given(st.sampled_from(Operator), NUMBERS, NUMBERS, NUMBERS, NUMBERS)
def test_what_is_decided_holds_for_all_numbers_that_there_may_be(
    operator: Operator, value: int, more: int, low: int, unread: int
) -> None:
    is_range = operator in (Operator.BETWEEN, Operator.NOT_BETWEEN)
    threshold = Threshold(operator, D(value), D(value + more) if is_range else None)
    answers = {keeps(threshold, Fraction(number)) for number in range(low, low + unread + 1)}

    decided = decide(threshold, Span(Fraction(low), Fraction(low + unread)))

    assert decided is None or answers == {decided}
    # Only numbers between the whole ones can be what leaves it open.
    assert decided is not None or len(answers) == 2 or unread > 0


@pytest.mark.parametrize("value", [None, "5", True, float("nan"), float("inf"), float("-inf")])
def test_what_is_no_number_is_as_no_number(value: Any) -> None:
    kept = {one: keeps(must(one, 5)[0], value) for one in ("Be", "BeGreaterThan", "BeLessThan", "NotBe")}

    assert not kept["Be"]
    assert kept["BeGreaterThan"] == (value == float("inf"))
    assert kept["BeLessThan"] == (value == float("-inf") or value is True)
    assert kept["NotBe"]
