"""What one step writes, the next one reads: generated tables through each format and kind of value."""

from __future__ import annotations

import csv
import datetime
import io
import json
import math
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from wombat_step._jsonable import NotJsonError, to_json_value
from wombat_step._read_arrow import read_dataset, read_reader, read_table
from wombat_step._read_frames import read_lazy, read_pandas, read_polars, read_rows_of_frame
from wombat_step._read_plain import NULL_WORDS, csv_records, read_rows
from wombat_step._source import Source
from wombat_step._spec import InputSpec, StepSpec
from wombat_step._target import Target
from wombat_step._write import write_value

FAST = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])

# In CSV and JSON lines types are inferred, so text must not look like something else.
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
plain_texts = texts.map(lambda text: f"t{text}")
# polars does not read line ends in the names of CSV columns.
name_texts = st.text(st.characters(exclude_categories=["C", "Z"]) | st.sampled_from(" ,\"'"), max_size=5)
names = st.lists(name_texts.map(lambda text: f"c{text}"), unique=True, min_size=1, max_size=4)
integers = st.integers(-(2**63), 2**63 - 1)
floats = st.floats(allow_nan=False, allow_infinity=False, width=64)
dates = st.dates(datetime.date(1700, 1, 1), datetime.date(2200, 1, 1))
moments = st.datetimes(datetime.datetime(1700, 1, 1), datetime.datetime(2200, 1, 1))
COLUMNS: dict[str, list[tuple[Any, pa.DataType]]] = {
    "text": [
        (integers, pa.int64()),
        (floats, pa.float64()),
        (st.booleans(), pa.bool_()),
        (plain_texts | st.just(""), pa.string()),
    ],
    "binary": [
        (integers, pa.int64()),
        (st.integers(0, 255), pa.uint8()),
        (floats | st.just(math.inf), pa.float64()),
        (st.booleans(), pa.bool_()),
        (texts, pa.string()),
        (st.binary(max_size=5), pa.binary()),
        (dates, pa.date32()),
        (moments, pa.timestamp("us")),
        (moments, pa.timestamp("us", tz="UTC")),
        (st.lists(integers, max_size=3), pa.list_(pa.int64())),
        (
            st.fixed_dictionaries({"x": integers, "y": st.none() | texts}),
            pa.struct({"x": pa.int64(), "y": pa.string()}),
        ),
    ],
}


@st.composite
def tables(draw: st.DrawFn, kind: str) -> pa.Table:
    """A table of up to 20 rows, with missing values; each column of text formats has a value that tells its type."""
    columns = {}
    rows = draw(st.integers(1 if kind == "text" else 0, 20))
    for name in draw(names):
        values, type = draw(st.sampled_from(COLUMNS[kind]))
        if pa.types.is_timestamp(type) and type.tz:
            values = values.map(lambda value: value.replace(tzinfo=datetime.timezone.utc))
        column = draw(st.lists(st.none() | values, min_size=rows, max_size=rows))
        if kind == "text":
            column[0] = "text" if pa.types.is_string(type) else 0.5 if pa.types.is_floating(type) else draw(values)
        columns[name] = pa.array(column, type)
    return pa.table(columns)


def written(directory: str, format: str, value: Any) -> Source:
    """Write a value as an output, and give the file as an input."""
    relpath = f"out/0/data.{format}"
    document = {
        "version": 1,
        "entry_point": {"module": "m", "function": "f", "path": "m.py"},
        "source_roots": ["."],
        "inputs": [],
        "outputs": [{"name": "o", "format": format, "path": relpath}],
        "params": {},
    }
    spec = StepSpec(document, directory)
    write_value(Target(spec.outputs[0], spec, what="function 'f'"), value, may_move=False)
    return Source(InputSpec(parameter="p", format=format, relpath=relpath, sandbox=directory))


WRITTEN_AS: dict[str, Callable[[pa.Table], Any]] = {
    "table": lambda table: table,
    "batches": lambda table: iter(table.to_batches(max_chunksize=3) or [table]),
    "reader": lambda table: table.to_reader(max_chunksize=2),
    "pandas": lambda table: table.to_pandas(types_mapper=pd.ArrowDtype),
    "polars": pl.from_arrow,
    "lazy": lambda table: pl.from_arrow(table).lazy(),
    "rows": lambda table: table.to_pylist(),
}
READ_AS: dict[str, Callable[[Source], Any]] = {
    "table": lambda source: read_table(source, "test").to_pylist(),
    "dataset": lambda source: read_dataset(source, "test").to_table().to_pylist(),
    "reader": lambda source: read_reader(source, "test").read_all().to_pylist(),
    "polars": lambda source: read_polars(source, "test").to_dicts(),
    "lazy": lambda source: read_lazy(source, "test").collect().to_dicts(),
    "rows": lambda source: (
        read_rows if source.format in ("csv", "jsonl") else lambda s: read_rows_of_frame(s, "test")
    )(source),
}


@pytest.mark.parametrize("format", ["parquet", "arrow"])
@pytest.mark.parametrize("kind", ["table", "batches", "reader", "polars", "lazy"])
@FAST
@given(table=tables("binary"))
def test_binary_formats_keep_every_value(kind: str, format: str, table: pa.Table) -> None:
    with tempfile.TemporaryDirectory() as directory:
        source = written(directory, format, WRITTEN_AS[kind](table))

        expected = table.to_pylist()
        for read in READ_AS.values():
            assert read(source) == expected
        assert len(read_pandas(source, "test")) == len(expected)
        if kind in ("table", "batches", "reader"):
            assert read_table(source, "test").equals(table)


@pytest.mark.parametrize("format", ["csv", "jsonl"])
@pytest.mark.parametrize("kind", list(WRITTEN_AS))
@FAST
@given(table=tables("text"))
def test_text_formats_keep_numbers_text_and_what_is_missing(kind: str, format: str, table: pa.Table) -> None:
    with tempfile.TemporaryDirectory() as directory:
        source = written(directory, format, WRITTEN_AS[kind](table))

        expected = table.to_pylist()
        for name, read in READ_AS.items():
            assert read(source) == expected, name
        frame = read_pandas(source, "test")
        assert list(frame.columns) == table.column_names
        assert len(frame) == len(expected)


@FAST
@given(
    st.lists(st.lists(texts, min_size=2, max_size=4), min_size=1, max_size=6),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
    st.integers(1, 9),
)
def test_csv_is_parsed_as_the_standard_library_does(
    rows: list[list[str]], end: str, all_quoted: bool, block_size: int
) -> None:
    # The writer leaves a lone carriage return unquoted, and then it may end a row or be data.
    assume(all_quoted or not any("\r" in cell for row in rows for cell in row))
    sink = io.StringIO()
    csv.writer(sink, lineterminator=end, quoting=csv.QUOTE_ALL if all_quoted else csv.QUOTE_MINIMAL).writerows(rows)
    text = sink.getvalue()

    stream = io.StringIO(text, newline="")
    numbered = list(csv_records(lambda size: stream.read(min(size, block_size))))
    assert numbered == list(csv_records(io.StringIO(text, newline="").read))
    found = [[value or "" for value in record] for _, record in numbered]

    expected = [[value for value in row] for row in csv.reader(io.StringIO(text, newline=""))]
    words = set(NULL_WORDS)
    assert [["" if value in words else value for value in row] for row in found] == [
        ["" if value in words else value for value in row] for row in expected
    ]


values = st.recursive(
    st.none() | st.booleans() | integers | floats | texts | dates | st.uuids() | st.decimals(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts | st.integers(0, 9), inner, max_size=3),
    max_leaves=8,
)


@FAST
@given(values)
def test_a_json_value_can_be_read_back(value: Any) -> None:
    try:
        plain = to_json_value(value)
    except NotJsonError as err:
        assert "two keys that are" in str(err)
        return

    assert json.loads(json.dumps(plain, allow_nan=False)) == plain
    assert to_json_value(plain) == plain


def test_a_table_with_an_index_comes_back_to_pandas(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {"n": pd.array([1, None], dtype="Int64"), "c": pd.Categorical(["a", "b"])},
        index=pd.Index(["x", "y"], name="k"),
    )

    pd.testing.assert_frame_equal(read_pandas(written(str(tmp_path), "parquet", frame), "test"), frame)
