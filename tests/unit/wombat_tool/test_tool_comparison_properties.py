"""What must hold for all contracts: implication is reflexive and transitive, and agrees with validation."""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.feather
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from strategies_comparison import changed, schemas, tables
from strategies_contracts import schema_objects
from wombat_tool.codegen.module import source_of
from wombat_tool.comparison.implication import mismatches
from wombat_tool.comparison.row_types import fitted, need_of
from wombat_tool.contracts.model import Contract, Environment, SchemaObject, Severity
from wombat_tool.formats import Format
from wombat_tool.validation.report import Report
from wombat_tool.validation.validate import Data, Request, validate

CONTRACT = Contract("data.odcs.yaml", "data", "1.0.0", "v3.2.0")
FAST = settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
WITH_DATA = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


@FAST
@given(schemas())
def test_each_promise_is_enough_for_itself(schema: SchemaObject) -> None:
    assert mismatches(schema, schema) == ()


@FAST
@given(st.data())
def test_what_is_enough_for_enough_is_enough(data: st.DataObject) -> None:
    first = data.draw(schemas())
    second = data.draw(changed(first))
    third = data.draw(changed(second))

    if not mismatches(first, second) and not mismatches(second, third):
        assert mismatches(first, third) == ()


@FAST
@given(schema_objects(max_fields=4), st.sampled_from(["", "Row"]))
def test_a_promise_is_enough_for_the_code_that_is_generated_from_it(schema: SchemaObject, suffix: str) -> None:
    source = source_of(replace(CONTRACT, objects=(schema,)))
    step = f"from rows import Data{suffix}\n\n\ndef step(data: list[Data{suffix}]) -> None: ...\n"
    with tempfile.TemporaryDirectory() as directory:
        (Path(directory) / "rows.py").write_text(source, encoding="utf-8")
        (Path(directory) / "step.py").write_text(step, encoding="utf-8")
        need = need_of(directory, entry="step.py", function="step", parameter="data")

    assert need is not None
    assert [field.name for field in need.schema.fields] == [field.name for field in schema.fields]
    fitting = fitted(need, schema)
    assert fitting is not None
    assert mismatches(schema, fitting) == ()


@pytest.mark.parametrize("format", [Format.PARQUET, Format.ARROW, Format.CSV, Format.JSONL])
def test_data_that_keeps_a_promise_keeps_all_that_it_is_enough_for(format: Format) -> None:
    @WITH_DATA
    @given(st.data())
    def check(data: st.DataObject) -> None:
        promise = data.draw(schemas(is_flat=format is Format.CSV))
        need = data.draw(changed(promise))
        found = {one.severity for one in mismatches(promise, need)}
        if Severity.ERROR in found:
            return
        table = data.draw(tables(promise, need))
        if format is Format.CSV and any(pa.types.is_nested(column.type) for column in table.schema):
            return
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory) / "data"
            write(path, format, table)
            promised = report(path, format, promise)
            if promised.status == "failed":
                return
            needed = report(path, format, need)

        assert needed.status != "failed", [one.message for one in needed.violations]
        if Severity.WARNING not in found and not warnings(promised):
            assert not warnings(needed), [one.message for one in needed.violations]

    check()


def report(path: Path, format: Format, schema: SchemaObject) -> Report:
    """What the validation of a file in production finds."""
    request = Request(
        Data(str(path), format),
        Environment.PRODUCTION,
        sample_rows=1000,
        memory_mib=128,
        contract=CONTRACT,
        schema=schema,
    )
    return validate(request)


def warnings(of: Report) -> list[str]:
    """The violations that are no mere information."""
    return [one.message for one in of.violations if one.severity is not Severity.INFO]


def write(path: Path, format: Format, table: pa.Table) -> None:
    """Write a table as a file of the format."""
    if format is Format.PARQUET:
        pq.write_table(table, path)
    elif format is Format.ARROW:
        pyarrow.feather.write_feather(table, str(path), compression="uncompressed")
    elif format is Format.CSV:
        plain = [column.cast(pa.string()) if pa.types.is_dictionary(column.type) else column for column in table.columns]
        pyarrow.csv.write_csv(pa.Table.from_arrays(plain, names=table.column_names), path)
    else:
        path.write_text("".join(f"{json.dumps(row, default=_json)}\n" for row in table.to_pylist()), encoding="utf-8")


def _json(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else value.isoformat()
