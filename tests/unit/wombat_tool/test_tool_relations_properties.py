"""What must hold for every table: SQL reads the values that were written, and there is a profile."""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from strategies_tables import FLAT, JSON_VALUES, NESTED, tables
from wombat_tool.formats import Format
from wombat_tool.profile.profiler import profile
from wombat_tool.relations.model import Relation
from wombat_tool.relations.opening import open_relation
from wombat_tool.relations.session import connect
from wombat_tool.relations.spread import spread

FAST = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@contextmanager
def opened(path: Path, format: Format) -> Iterator[tuple[duckdb.DuckDBPyConnection, Relation]]:
    """Data of a file."""
    with tempfile.TemporaryDirectory() as spill, connect(100, spill, readable=[str(path)]) as connection:
        yield connection, open_relation(connection, str(path), format, title="")


def read(connection: duckdb.DuckDBPyConnection, relation: Relation) -> pa.Table:
    """All rows in their order, with their numbers last."""
    columns = ", ".join([*(column.sql for column in relation.columns), "__row"])
    with relation.reading():
        return connection.sql(f"SELECT {columns} FROM {relation.numbered_sql()} ORDER BY __row").to_arrow_table()


def check_profile(connection: duckdb.DuckDBPyConnection, relation: Relation, nulls: list[int]) -> None:
    """There is a profile, safe for JSON, with these nulls."""
    document = profile(connection, relation)
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert [column["nulls"] for column in document["columns"]] == nulls
    assert all(column["distinct"] <= relation.rows - column["nulls"] for column in document["columns"])


def same(found: pa.ChunkedArray, written: pa.ChunkedArray) -> bool:
    """Whether the values are the same, in the type that was written."""
    if pa.types.is_null(written.type):
        return bool(found.null_count == len(written))
    if pa.types.is_timestamp(written.type):
        found = found.cast(pa.timestamp(written.type.unit, found.type.tz))
    if pa.types.is_temporal(written.type):
        # Python has no values for some of them.
        number = pa.int32() if pa.types.is_date32(written.type) else pa.int64()
        found, written = found.cast(number), written.cast(number)
    return str(found.cast(written.type).to_pylist()) == str(written.to_pylist())


@FAST
@given(tables(FLAT))
def test_flat_values_are_read_as_they_were_written(table: pa.Table) -> None:
    with tempfile.TemporaryDirectory() as directory:
        parquet, arrow = Path(directory) / "data.parquet", Path(directory) / "data.arrow"
        pq.write_table(table, parquet, row_group_size=2)
        with pa.ipc.new_file(str(arrow), table.schema) as writer:
            writer.write_table(table, max_chunksize=2)
        for path, format in ((parquet, Format.PARQUET), (arrow, Format.ARROW)):
            if not table.num_columns:
                continue
            with opened(path, format) as (connection, relation):
                found = read(connection, relation)

                assert [column.name for column in relation.columns] == table.schema.names
                assert found.column(table.num_columns).to_pylist() == list(range(1, table.num_rows + 1))
                for i in range(table.num_columns):
                    assert same(found.column(i), table.column(i)), (format, table.column(i))
                check_profile(connection, relation, [column.null_count for column in table.columns])


# DuckDB has no maps with a key twice, as Arrow has.
@FAST
@given(tables([one for one in NESTED if not pa.types.is_map(one[0])]))
def test_nested_values_have_a_profile(table: pa.Table) -> None:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "data.arrow"
        with pa.ipc.new_file(str(path), table.schema) as writer:
            writer.write_table(table, max_chunksize=2)
        with opened(path, Format.ARROW) as (connection, relation):
            assert read(connection, relation).num_rows == (table.num_rows if table.num_columns else 0)
            check_profile(connection, relation, [column.null_count for column in table.columns])


def field(value: str | None) -> str:
    """A value as CSV has it; what is not quoted may be null."""
    return "" if value is None else '"' + value.replace('"', '""') + '"'


CSV_TEXT = st.text(st.sampled_from('ab,"\n\r\t é😀NA0'), max_size=6)


@FAST
@given(
    st.integers(1, 4).flatmap(
        lambda width: st.lists(st.lists(st.none() | CSV_TEXT, min_size=width, max_size=width), max_size=6)
    )
)
def test_csv_values_are_read_as_they_were_written(rows: list[list[str | None]]) -> None:
    width = len(rows[0]) if rows else 2
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "data.csv"
        header: list[str | None] = [f"c{i}" for i in range(width)]
        lines = [",".join(map(field, row)) for row in [header, *rows]]
        path.write_text("".join(f"{line}\r\n" for line in lines), encoding="utf-8", newline="")
        with opened(path, Format.CSV) as (connection, relation):
            found = read(connection, relation)

            assert [list(row.values())[:-1] for row in found.to_pylist()] == rows
            check_profile(connection, relation, [sum(row[i] is None for row in rows) for i in range(width)])


@FAST
@given(
    st.lists(
        st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=5), JSON_VALUES, max_size=4), max_size=5
    )
)
def test_json_values_are_read_as_they_were_written(rows: list[dict[str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "data.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        with opened(path, Format.JSONL) as (connection, relation):
            found = read(connection, relation)

            assert found.num_rows == len(rows)
            for i, column in enumerate(relation.columns):
                values = [None if text is None else json.loads(text) for text in found.column(i).to_pylist()]
                assert equal(values, [row.get(column.name) for row in rows]), column.name
            names = [column.name for column in relation.columns]
            check_profile(connection, relation, [sum(row.get(name) is None for row in rows) for name in names])


def equal(first: Any, second: Any) -> bool:
    """Whether values of JSON are the same; halves of surrogates are read as the character for what is none."""
    if isinstance(first, list) and isinstance(second, list):
        return len(first) == len(second) and all(map(equal, first, second))
    if isinstance(first, dict) and isinstance(second, dict):
        return len(first) == len(second) and all(map(equal, first.values(), second.values()))
    if isinstance(first, str) and isinstance(second, str):
        return whole(first) == whole(second)
    return first == second or (isinstance(first, float) and math.isnan(first) and math.isnan(second))


def whole(text: str) -> str:
    """The text without halves of surrogates."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


@given(st.lists(st.integers(0, 50), max_size=20), st.integers(1, 200))
def test_a_sample_has_the_rows_that_were_asked_for(sizes: list[int], rows: int) -> None:
    spans = spread(sizes, rows)

    asked, found = min(rows, sum(sizes)), sum(span.end - span.begin for span in spans)
    assert asked - 16 < found <= asked
    assert list(spans) == sorted(spans)
    assert all(0 <= span.begin < span.end <= sizes[span.file] for span in spans)
    assert all(one.end < other.begin for one, other in zip(spans, spans[1:]) if one.file == other.file)
