"""Validates data for tests, and holds every report against its schema."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.feather
import pyarrow.parquet as pq

import schemas
from wombat_tool.contracts.model import Bound, Contract, Environment, Field, Operator, SchemaObject, Threshold
from wombat_tool.formats import Format
from wombat_tool.validation.report import Report, Violation
from wombat_tool.validation.validate import Data, Reference, Request, validate

TABULAR = ("parquet", "csv", "jsonl", "arrow")


def of(*fields: Field, **more: Any) -> SchemaObject:
    """A schema object with some columns."""
    return SchemaObject(more.pop("name", "data"), fields=fields, **more)


def at_least(number: str) -> Bound:
    """A bound that may be reached."""
    return Bound(Decimal(number))


def beyond(number: str) -> Bound:
    """A bound that may not be reached."""
    return Bound(Decimal(number), inclusive=False)


def must(operator: str, value: Any, upper: Any = None) -> tuple[Threshold, ...]:
    """One threshold, as ODCS writes it: `must("BeLessThan", 3)`."""
    low, high = (Decimal(str(one)) if type(one) in (int, float) else one for one in (value, upper))
    return (Threshold(Operator(f"must{operator}"), low, high),)


def write_table(path: Path, format: str, table: pa.Table) -> Path:
    """Write a table as a file of the format; values of JSON lines are written as Python has them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if format == "parquet":
        pq.write_table(table, path)
    elif format == "arrow":
        pyarrow.feather.write_feather(table, str(path), compression="uncompressed")
    elif format == "csv":
        pyarrow.csv.write_csv(table, path)
    else:
        lines = (json.dumps(row, default=str, ensure_ascii=False) + "\n" for row in table.to_pylist())
        path.write_text("".join(lines), encoding="utf-8")
    return path


def write_lines(path: Path, *rows: Any) -> Path:
    """Write JSON lines; a text is a line as it stands."""
    lines = (row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def report_of(
    path: Path,
    format: str,
    schema: SchemaObject | None,
    *,
    environment: Environment = Environment.PRODUCTION,
    sample_rows: int = 1_000_000,
    memory_mib: int = 256,
    others: Sequence[SchemaObject] = (),
    references: dict[str, tuple[str, Path]] | None = None,
) -> Report:
    """Validate data; the report is also held against its schema.

    :param others: further objects of the same contract.
    """
    objects = () if schema is None else (schema, *others)
    given = references or {}
    report = validate(
        Request(
            Data(str(path), Format(format)),
            environment,
            sample_rows,
            memory_mib,
            title="etl:data",
            contract=Contract("data.odcs.yaml", "orders", "1.2.3", "v3.1.0", objects=objects) if schema else None,
            schema=schema,
            references={key: Reference(Data(str(place), Format(kind))) for key, (kind, place) in given.items()},
        )
    )
    check_document(report.to_document())
    return report


def check_document(document: dict[str, Any]) -> None:
    """Hold a report against its schema: it must be as described, and all of it described."""
    document = json.loads(json.dumps(document, allow_nan=False))
    assert schemas.errors(document, _report_schema()) == []
    assert schemas.undescribed(document, _report_schema()) == set()


@cache
def _report_schema() -> dict[str, Any]:
    return schemas.schema("validation-report.schema.json")


def violations_of(path: Path, format: str, schema: SchemaObject, **more: Any) -> list[Violation]:
    """What data breaks of its contract; it must be readable, and all rules checked."""
    report = report_of(path, format, schema, **more)
    assert report.problem is None
    assert report.not_checked == ()
    return list(report.violations)


def broken(path: Path, format: str, schema: SchemaObject, **more: Any) -> list[tuple[str | None, str, int | None]]:
    """The rules that data breaks: column, name and number of rows."""
    return [(one.column, one.rule, one.count) for one in violations_of(path, format, schema, **more)]


def broken_by(
    field: Field, values: Sequence[Any], type: pa.DataType | None, path: Path, format: str
) -> list[tuple[str, list[Any]]]:
    """The rules that a column breaks, each with the numbers of the first rows that do.

    :param type: Arrow's; None for that which Python's values have.
    """
    table = pa.table({"x": pa.array(values, type)})
    write_table(path / "data", format, table)
    found = violations_of(path / "data", format, of(field))
    return [(one.rule, [row.row for row in one.rows]) for one in found]
