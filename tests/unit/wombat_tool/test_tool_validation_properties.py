"""The verdict of SQL is that of plain Python, for whatever contracts and rows."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oracle_contracts import broken_rules
from strategies_contracts import rows, schema_objects, write_rows
from validation_checks import report_of
from wombat_tool.contracts.model import SchemaObject


@st.composite
def contracts_with_rows(draw: st.DrawFn, *, is_flat: bool) -> tuple[SchemaObject, list[dict[str, Any]]]:
    """What a contract says of a dataset, and rows of it."""
    schema = draw(schema_objects(is_flat=is_flat))
    return schema, draw(rows(schema))


def check(format: str, schema: SchemaObject, data: list[dict[str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "data"
        write_rows(path, format, schema, data)
        report = report_of(path, format, schema)
    assert (report.problem, report.not_checked, report.rows) == (None, (), len(data))
    assert {(one.column, one.rule): one.count for one in report.violations} == broken_rules(schema, data)


@pytest.mark.parametrize("format", ["parquet", "arrow", "jsonl"])
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(contracts_with_rows(is_flat=False))
def test_the_same_rows_break_the_same_rules(format: str, found: tuple[SchemaObject, list[dict[str, Any]]]) -> None:
    check(format, *found)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(contracts_with_rows(is_flat=True))
def test_so_they_do_in_csv(found: tuple[SchemaObject, list[dict[str, Any]]]) -> None:
    check("csv", *found)


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(contracts_with_rows(is_flat=False), st.data())
def test_rows_may_be_cut_in_files_anywhere(
    found: tuple[SchemaObject, list[dict[str, Any]]], drawn: st.DataObject
) -> None:
    schema, data = found
    cut = drawn.draw(st.integers(0, len(data)))
    with tempfile.TemporaryDirectory() as directory:
        for name, part in (("1", data[:cut]), ("2", data[cut:])):
            write_rows(Path(directory) / name, "parquet", schema, part)
        report = report_of(Path(directory), "parquet", schema)

    assert {(one.column, one.rule): one.count for one in report.violations} == broken_rules(schema, data)
