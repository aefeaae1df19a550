"""Tables in each format, and steps that read their rows as instances of a class."""

from __future__ import annotations

import io
import json
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest
from wombat_step._errors import InputRowError

from step_sandbox import Sandbox

TABLES = ["parquet", "csv", "jsonl", "arrow"]
PRELUDE = """
import collections, dataclasses, datetime, decimal, enum, typing, uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal, NamedTuple, Optional, TypedDict, Union
"""
KINDS = {
    "dataclass": "@dataclasses.dataclass(frozen=True)\nclass Flight:",
    "NamedTuple": "class Flight(NamedTuple):",
    "TypedDict": "class Flight(TypedDict):",
}
FLIGHTS = pa.table({"number": ["007", "12"], "delay": [None, 3], "share": [1.0, 0.5], "on_time": [True, False]})
FIELDS = "number: str; delay: Optional[int]; share: float; on_time: bool"


def content(table: pa.Table, format: str) -> bytes:
    sink = io.BytesIO()
    if format == "parquet":
        pa.parquet.write_table(table, sink, row_group_size=10_000)
    elif format == "csv":
        pa.csv.write_csv(table, sink, pa.csv.WriteOptions(quoting_style="needed"))
    elif format == "jsonl":
        sink.write("".join(json.dumps(row, default=str) + "\n" for row in table.to_pylist()).encode())
    else:
        with pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table, max_chunksize=10_000)
    return sink.getvalue()


def flight_class(fields: str, *, kind: str = "dataclass") -> str:
    return KINDS[kind] + "".join(f"\n    {field.strip()}" for field in fields.split("; ")) + "\n"


def read(
    sandbox: Sandbox,
    fields: str,
    result: str = "[vars(one) for one in data]",
    *,
    kind: str = "dataclass",
    annotation: str = "list[Flight]",
    head: str = "",
) -> Any:
    """What the step makes of its rows, as JSON."""
    sandbox.outputs.clear()
    out = sandbox.output("out", "json")
    code = f"{head}{PRELUDE}{flight_class(fields, kind=kind)}\ndef f(data: {annotation}):\n    return {result}\n"
    sandbox.run(code)
    return json.loads(out.read_text())


def refused(sandbox: Sandbox, fields: str, **options: Any) -> str:
    with pytest.raises(InputRowError) as error:
        read(sandbox, fields, **options)
    message = str(error.value)
    assert message.startswith("Input 'data' (in/data")
    assert message.endswith(".") and ".." not in message.replace("[...]", "")
    return message
