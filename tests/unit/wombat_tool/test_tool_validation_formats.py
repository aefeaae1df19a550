"""What breaks a contract is found in every format, and data that keeps it passes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from validation_checks import TABULAR, at_least, broken, must, of, report_of, write_table
from wombat_tool.contracts.model import (
    Field,
    LogicalType,
    Metric,
    QualityRule,
    Relationship,
    SchemaObject,
)

ID = Field("id", LogicalType.INTEGER, required=True)
CODE = Field("code", LogicalType.STRING)
SIZE = Field("size", LogicalType.NUMBER, minimum=at_least("0"), maximum=at_least("10"))
ORDERS = of(ID, CODE, SIZE)
GOOD: dict[str, list[Any]] = {"id": [1, 2, 3], "code": ["a", "b", None], "size": [0.0, 10.0, 2.5]}
PARENTS = {"key": [1, 2, 3, 9]}


@dataclass(frozen=True)
class Case:
    """Data that breaks one rule.

    :param good: keeps the rules.
    :param bad: breaks `rule` of `column` in `count` rows, the first of which has the number `row`.
    :param is_structural: whether typed formats show it without any row.
    """

    schema: SchemaObject
    bad: dict[str, list[Any]]
    column: str | None
    rule: str
    count: int | None
    row: int | None = None
    good: dict[str, list[Any]] | None = None
    is_structural: bool = False


def row_count(operator: str, number: int) -> QualityRule:
    return QualityRule("rowCount", Metric.ROW_COUNT, thresholds=must(operator, number))


CASES = [
    pytest.param(
        Case(ORDERS, {**GOOD, "id": ["x", "y", "z"]}, "id", "logicalType", 3, 1, is_structural=True), id="wrong-type"
    ),
    pytest.param(
        Case(ORDERS, {key: GOOD[key] for key in ("id", "size")}, "code", "present", None), id="missing-column"
    ),
    pytest.param(
        Case(
            replace(ORDERS, allows_extra_columns=False), {**GOOD, "more": [1, 2, 3]}, None, "extraColumns", None
        ),
        id="extra-column-forbidden",
    ),
    pytest.param(Case(ORDERS, {**GOOD, "id": [1, None, None]}, "id", "required", 2, 2), id="null"),
    pytest.param(
        Case(of(replace(ID, unique=True), CODE, SIZE), {**GOOD, "id": [2, 1, 2]}, "id", "unique", 1, 3),
        id="duplicate",
    ),
    pytest.param(
        Case(replace(ORDERS, primary_key=("id",)), {**GOOD, "id": [7, 7, 7]}, "id", "primaryKey", 2, 2),
        id="duplicate-key",
    ),
    pytest.param(
        Case(
            replace(ORDERS, primary_key=("id", "code")),
            {"id": [1, 2, 1, 1], "code": ["a", "a", "b", "a"], "size": [1.0, 1.0, 1.0, 1.0]},
            None,
            "primaryKey",
            1,
            4,
            good={"id": [1, 2, 1, 2], "code": ["a", "a", "b", "b"], "size": [1.0, 1.0, 1.0, 1.0]},
        ),
        id="duplicate-composite-key",
    ),
    pytest.param(Case(ORDERS, {**GOOD, "size": [1.0, 10.5, 3.0]}, "size", "maximum", 1, 2), id="out-of-range"),
    pytest.param(Case(ORDERS, {**GOOD, "size": [-0.5, 1.0, -1.0]}, "size", "minimum", 2, 1), id="below-range"),
    pytest.param(
        Case(
            replace(ORDERS, relationships=(Relationship(("id",), "parents", ("key",)),)),
            {**GOOD, "id": [1, 4, 5]},
            "id",
            "relationships",
            2,
            2,
        ),
        id="broken-foreign-key",
    ),
    pytest.param(
        Case(
            replace(ORDERS, quality=(row_count("BeGreaterThan", 2),)),
            {name: values[:2] for name, values in GOOD.items()},
            None,
            "rowCount",
            None,
        ),
        id="too-few-rows",
    ),
    pytest.param(
        Case(
            replace(ORDERS, quality=(row_count("BeLessOrEqualTo", 3),)),
            {name: values * 2 for name, values in GOOD.items()},
            None,
            "rowCount",
            None,
        ),
        id="too-many-rows",
    ),
]


@pytest.mark.parametrize("format", TABULAR)
@pytest.mark.parametrize("case", CASES)
def test_what_breaks_a_rule_is_found_and_what_keeps_it_passes(case: Case, format: str, tmp_path: Path) -> None:
    good = write_table(tmp_path / "good", format, pa.table(case.good or GOOD))
    bad = write_table(tmp_path / "bad", format, pa.table(case.bad))
    references = {"parents": (format, write_table(tmp_path / "parents", format, pa.table(PARENTS)))}
    is_typed = case.is_structural and format in ("parquet", "arrow")

    passed = report_of(good, format, case.schema, references=references)
    failed = report_of(bad, format, case.schema, references=references)

    assert (passed.status, passed.violations, passed.not_checked) == ("passed", (), ())
    assert failed.status == "failed"
    (found,) = failed.violations
    assert (found.column, found.rule) == (case.column, case.rule)
    assert found.count == (None if is_typed else case.count)
    assert next((one.row for one in found.rows), None) == (None if is_typed else case.row)
    assert case.rule == "present" or passed.checked == failed.checked


@pytest.mark.parametrize("format", TABULAR)
@pytest.mark.parametrize("case", CASES)
def test_so_it_is_in_a_directory_with_partitions(case: Case, format: str, tmp_path: Path) -> None:
    table = pa.table(case.bad)
    head, tail = table.slice(0, 1), table.slice(1)
    write_table(tmp_path / "bad" / "day=1" / f"part.{format}", format, head)
    write_table(tmp_path / "bad" / "day=2" / f"part.{format}", format, tail)
    schema = replace(case.schema, fields=(*case.schema.fields, Field("day", LogicalType.INTEGER, minimum=at_least("1"))))
    references = {"parents": (format, write_table(tmp_path / "parents", format, pa.table(PARENTS)))}

    (found,) = report_of(tmp_path / "bad", format, schema, references=references).violations

    assert (found.column, found.rule) == (case.column, case.rule)
    if found.rows and case.row:
        place = ("day=1", case.row) if case.row == 1 else ("day=2", case.row - 1)
        assert (found.rows[0].file, found.rows[0].row) == (f"{place[0]}/part.{format}", place[1])
        assert f"{place[0]}/part.{format}, row {place[1]}" in found.message


@pytest.mark.parametrize("format", TABULAR)
def test_extra_columns_are_allowed_unless_the_contract_forbids_them(format: str, tmp_path: Path) -> None:
    path = write_table(tmp_path / "data", format, pa.table({**GOOD, "more": [1, 2, 3]}))

    assert report_of(path, format, ORDERS).status == "passed"


@pytest.mark.parametrize("format", TABULAR)
def test_columns_from_paths_are_columns_like_others(format: str, tmp_path: Path) -> None:
    write_table(tmp_path / "data" / "year=2013" / "zone=A" / "part", format, pa.table({"id": [1]}))
    write_table(tmp_path / "data" / "year=2014" / "zone=b" / "part", format, pa.table({"id": [2]}))
    year = Field("year", LogicalType.INTEGER, required=True, minimum=at_least("2014"))
    zone = Field("zone", LogicalType.STRING, pattern="^[a-z]$")

    assert broken(tmp_path / "data", format, of(ID, year, zone)) == [("year", "minimum", 1), ("zone", "pattern", 1)]
    assert broken(tmp_path / "data", format, of(ID, allows_extra_columns=False)) == [(None, "extraColumns", None)]


@pytest.mark.parametrize("format", TABULAR)
def test_a_column_that_only_some_files_have_is_null_in_the_others(format: str, tmp_path: Path) -> None:
    write_table(tmp_path / "data" / "1", format, pa.table({"id": [1], "size": [1.5]}))
    write_table(tmp_path / "data" / "2", format, pa.table({"id": [2]}))

    found = broken(tmp_path / "data", format, of(ID, replace(SIZE, required=True)))

    assert found == [("size", "required", 1)]


@pytest.mark.parametrize("format", TABULAR)
def test_data_without_rows_breaks_no_rule_about_values(format: str, tmp_path: Path) -> None:
    types = {"id": pa.int64(), "code": pa.string(), "size": pa.float64()}
    empty = pa.table({name: pa.array([], type) for name, type in types.items()})
    path = write_table(tmp_path / "data", format, empty)
    schema = replace(ORDERS, primary_key=("id",), quality=(row_count("BeGreaterThan", 0),))

    report = report_of(path, format, schema)

    assert [(one.rule, one.message) for one in report.violations] == [("rowCount", "rowCount (more than 0) is 0")]
    assert (report.rows, report.rows_read, report.not_checked) == (0, 0, ())


def test_values_are_counted_from_the_first_row_of_data(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text('id,code,size\n1,"two\nlines",1\n\n2,x,11\n')

    (found,) = report_of(tmp_path / "data.csv", "csv", ORDERS).violations

    assert found.message == "size: maximum (at most 10) is violated by 1 of 2 rows (50 %), first in row 2: 11"


@pytest.mark.parametrize(
    ("format", "content", "schema", "expected"),
    [
        pytest.param(
            "json",
            '[{"id": 1}, {"id": "x"}]',
            of(ID),
            [("id", "logicalType", 1)],
            id="json-rows",
        ),
        pytest.param("text", "a\nbb\n", of(Field("line", max_length=1)), [("line", "maxLength", 1)], id="text"),
        pytest.param(
            "file",
            "hello",
            of(Field("size_bytes", LogicalType.INTEGER, maximum=at_least("4")), Field("kind", LogicalType.STRING)),
            [("size_bytes", "maximum", 1)],
            id="file",
        ),
    ],
)
def test_other_formats_have_rows_too(
    format: str, content: str, schema: SchemaObject, expected: list[Any], tmp_path: Path
) -> None:
    (tmp_path / "data").write_text(content)

    assert broken(tmp_path / "data", format, schema) == expected


def test_a_directory_of_any_files_has_a_row_for_each(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.txt").write_text("a")
    (tmp_path / "data" / "b.png").write_text("bb")
    path = Field("path", LogicalType.STRING, pattern="[.]txt$")

    found = broken(tmp_path / "data", "directory", of(path, Field("size_bytes", multiple_of=Decimal(1))))

    assert found == [("path", "pattern", 1)]


@pytest.mark.parametrize("format", TABULAR)
def test_a_directory_of_tables_is_what_the_contract_says(format: str, tmp_path: Path) -> None:
    write_table(tmp_path / "data" / "1", format, pa.table({"id": [1, None]}))

    assert broken(tmp_path / "data", "directory", of(ID, data_format=format)) == [("id", "required", 1)]
