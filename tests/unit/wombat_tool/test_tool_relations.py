"""Data as SQL reads it: its rows, their numbers and files, and its columns, in every format."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from wombat_tool.relations import arrow_reading
from wombat_tool.relations.columns import repeated_names, with_aliases
from wombat_tool.relations.model import DataColumn, Encoding
from wombat_tool.tables import csv_file

FORMATS = ("parquet", "arrow", "csv", "jsonl")


def write(table: pa.Table, path: Path, *, rows_together: int = 1000) -> Path:
    """Write a table in the format that the path ends with, in groups of so many rows where the format has groups."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".parquet":
        pq.write_table(table, path, row_group_size=rows_together)
    elif path.suffix == ".arrow":
        with pa.ipc.new_file(str(path), table.schema) as writer:
            writer.write_table(table, max_chunksize=rows_together)
    elif path.suffix == ".csv":
        pa.csv.write_csv(table, path)
    else:
        path.write_text("".join(json.dumps(row) + "\n" for row in table.to_pylist()))
    return path


@pytest.mark.parametrize("format", FORMATS)
def test_rows_are_numbered_within_their_file_across_groups_and_threads(
    format: str, opened: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_file, "_BLOCK_BYTES", 4096)
    for name, first, count in (("b", 0, 30_000), ("a/c", 30_000, 5), ("d", 30_005, 12_000)):
        values = range(first, first + count)
        write(pa.table({"id": values, "text": [f"n{i}" for i in values]}), tmp_path / "data" / f"{name}.{format}")

    data = opened(format, tmp_path / "data")

    found = data.rows("CAST(id AS BIGINT), __file, __row")
    expected = [(i + 30_000, f"a/c.{format}", i + 1) for i in range(5)]
    expected += [(i, f"b.{format}", i + 1) for i in range(30_000)]
    expected += [(i + 30_005, f"d.{format}", i + 1) for i in range(12_000)]
    assert found == expected
    assert (data.relation.rows, data.relation.has_several_files) == (42_005, True)
    assert data.relation.size_bytes == sum(path.stat().st_size for path in (tmp_path / "data").rglob("*.*"))


@pytest.mark.parametrize("format", FORMATS)
def test_a_single_file_has_no_file_names(format: str, opened: Callable[..., Any], tmp_path: Path) -> None:
    data = opened(format, write(pa.table({"a": [5, 6]}), tmp_path / f"data.{format}"))

    assert data.rows("CAST(a AS BIGINT), __file, __row") == [(5, None, 1), (6, None, 2)]
    assert not data.relation.has_several_files


@pytest.mark.parametrize("format", FORMATS)
def test_what_is_read_can_be_read_again_and_with_itself(format: str, opened: Callable[..., Any], tmp_path: Path) -> None:
    data = opened(format, write(pa.table({"a": range(5000)}), tmp_path / f"data.{format}"))

    sql = data.relation.sql()
    query = f"SELECT count(*), (SELECT count(*) FROM {sql}) FROM {sql} x JOIN {sql} y USING (a)"
    assert data.connection.execute(query).fetchall() == [(5000, 5000)]
    assert data.connection.execute(f"SELECT count(*) FROM (SELECT a FROM {sql} LIMIT 3)").fetchall() == [(3,)]


@pytest.mark.parametrize("format", FORMATS)
def test_columns_that_some_files_lack_are_null_there(format: str, opened: Callable[..., Any], tmp_path: Path) -> None:
    write(pa.table({"a": [1], "b": ["x"]}), tmp_path / "data" / f"1.{format}")
    write(pa.table({"c": [True], "a": [2]}), tmp_path / "data" / f"2.{format}")

    data = opened(format, tmp_path / "data")

    assert data.names == ["a", "b", "c"]
    assert data.rows("CAST(a AS BIGINT), b IS NULL, c IS NULL") == [(1, False, True), (2, True, False)]


@pytest.mark.parametrize("format", ["parquet", "arrow"])
def test_types_of_several_files_are_joined(format: str, opened: Callable[..., Any], tmp_path: Path) -> None:
    write(pa.table({"a": pa.array([1], pa.int32()), "b": pa.nulls(1)}), tmp_path / "data" / f"1.{format}")
    write(pa.table({"a": pa.array([0.5]), "b": ["x"]}), tmp_path / "data" / f"2.{format}")

    data = opened(format, tmp_path / "data")

    assert [column.arrow_type for column in data.relation.columns] == [pa.float64(), pa.string()]
    assert data.rows("a, b") == [(1.0, None), (0.5, "x")]


@pytest.mark.parametrize("format", FORMATS)
def test_columns_from_paths_are_typed_and_may_be_null(format: str, opened: Callable[..., Any], tmp_path: Path) -> None:
    table = pa.table({"a": [1, 2]})
    write(table, tmp_path / "k=v" / "year=2013" / "city=S%C3%A3o%20Paulo%2F'x" / f"p.{format}")
    write(table, tmp_path / "k=v" / "year=2014" / "city=__HIVE_DEFAULT_PARTITION__" / f"p.{format}")

    data = opened(format, tmp_path / "k=v")

    year, city = data.relation.columns[1:]
    assert (year.name, year.arrow_type, year.is_partition, year.encoding) == ("year", pa.int64(), True, Encoding.NATIVE)
    assert (city.name, city.arrow_type) == ("city", pa.string())
    assert data.rows("year, city, __row") == [
        (2013, "São Paulo/'x", 1),
        (2013, "São Paulo/'x", 2),
        (2014, None, 1),
        (2014, None, 2),
    ]


@pytest.mark.parametrize("format", FORMATS)
def test_a_path_stands_for_the_column_of_its_name(format: str, opened: Callable[..., Any], tmp_path: Path) -> None:
    write(pa.table({"year": [1], "a": [2]}), tmp_path / "data" / "year=2013" / f"p.{format}")

    data = opened(format, tmp_path / "data")

    assert data.names == ["a", "year"]
    assert data.rows("CAST(a AS BIGINT), year") == [(2, 2013)]


@pytest.mark.parametrize("format", ["parquet", "arrow"])
@pytest.mark.parametrize(
    "condition", ["x > 3", "isnan(x)", "NOT x <= 3", "x = 'nan'", "small > 3", "box.x > 3", "many[1] > 3"]
)
def test_what_is_no_number_is_found_by_any_condition(
    format: str, condition: str, opened: Callable[..., Any], tmp_path: Path
) -> None:
    values = [1.0, float("nan"), 3.0, None] * 1000
    table = pa.table(
        {
            "x": values,
            "small": pa.array(values, pa.float32()),
            "box": [{"x": value} for value in values],
            "many": [[value] for value in values],
        }
    )
    data = opened(format, write(table, tmp_path / f"data.{format}", rows_together=500))

    query = f"SELECT count(*) FROM {data.relation.sql()} WHERE {condition}"
    assert data.connection.execute(query).fetchall() == [(1000,)]


@pytest.mark.parametrize("format", FORMATS)
def test_any_name_can_be_asked_for(format: str, opened: Callable[..., Any], tmp_path: Path) -> None:
    names = [
        "a b",
        'q"uo"te',
        "dot.ted",
        "select",
        "Größe",
        "~1/x",
        "rowid",
        "filename",
        "file_row_number",
        "c0",
        "😀",
        "it's",
    ]
    path = write(pa.table([[i] for i in range(len(names))], names=names), tmp_path / f"data.{format}")

    data = opened(format, path)

    assert data.names == names
    assert all(column.alias is None for column in data.relation.columns)
    asked = ", ".join(f"CAST({column.sql} AS BIGINT)" for column in data.relation.columns)
    assert data.rows(asked) == [tuple(range(len(names)))]


@pytest.mark.parametrize("format", FORMATS)
def test_names_that_differ_in_case_alone_are_told_apart(format: str, opened: Callable[..., Any], tmp_path: Path) -> None:
    names = ["a", "A", "A_2", "__ROW", ""]
    path = write(pa.table([[i] for i in range(5)], names=names), tmp_path / f"data.{format}")

    data = opened(format, path)

    assert data.names == names
    assert [column.sql_name for column in data.relation.columns] == ["a", "A_3", "A_2", "__ROW_2", "unnamed"]
    asked = ", ".join(f"CAST({column.sql} AS BIGINT)" for column in data.relation.columns)
    assert data.rows(f"{asked}, __row") == [(0, 1, 2, 3, 4, 1)]


@pytest.mark.parametrize("format", ["parquet", "arrow", "csv"])
def test_names_that_are_there_twice_are_known(format: str, opened: Callable[..., Any], tmp_path: Path) -> None:
    path = write(pa.table([[1], [2], [3]], names=["a", "b", "a"]), tmp_path / f"data.{format}")

    data = opened(format, path)

    assert repeated_names(data.relation.columns) == ["a"]
    assert data.rows("CAST(a AS BIGINT), CAST(a_2 AS BIGINT)") == [(1, 3)]


def test_aliases_are_only_for_those_that_need_them() -> None:
    columns = [DataColumn(name, Encoding.TEXT) for name in ("É", "é", "x", "X", "x_2", "__file")]

    assert [column.alias for column in with_aliases(columns)] == [None, None, None, "X_3", None, "__file_2"]


@pytest.mark.parametrize("format", FORMATS)
def test_data_without_rows_has_its_columns(format: str, opened: Callable[..., Any], tmp_path: Path) -> None:
    data = opened(format, write(pa.table({"a": pa.array([], pa.int64())}), tmp_path / f"data.{format}"))

    assert data.names == ([] if format == "jsonl" else ["a"])
    assert data.rows() == []
    assert data.relation.rows == 0


def test_rows_without_columns_are_rows(opened: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "data.jsonl").write_text("{}\n{}\n")

    data = opened("jsonl", tmp_path / "data.jsonl")

    assert data.relation.columns == ()
    assert data.connection.execute(f"SELECT count(*) FROM {data.relation.sql()}").fetchall() == [(2,)]
    assert data.rows("__row") == [(1,), (2,)]


@pytest.mark.parametrize("format", ["parquet", "csv"])
def test_a_directory_can_be_a_table(format: str, opened: Callable[..., Any], tmp_path: Path) -> None:
    write(pa.table({"a": [1]}), tmp_path / "data" / f"x.{format}")

    data = opened("directory", tmp_path / "data", data_format=format)

    assert data.rows("CAST(a AS BIGINT), __file") == [(1, f"x.{format}")]


def test_file_names_that_are_patterns_are_no_patterns(opened: Callable[..., Any], tmp_path: Path) -> None:
    for i, name in enumerate(["a*", "ab", "a[b]", "a?"]):
        write(pa.table({"a": [i]}), tmp_path / "da[t]a" / f"{name}.parquet")

    found = opened("parquet", tmp_path / "da[t]a").rows("__file, a")
    alone = opened("parquet", tmp_path / "da[t]a" / "a*.parquet").rows("a")

    assert found == [("a*.parquet", 0), ("a?.parquet", 3), ("a[b].parquet", 2), ("ab.parquet", 1)]
    assert alone == [(0,)]


@pytest.mark.parametrize("format", ["parquet", "arrow"])
def test_a_sample_is_spread_over_the_data_and_always_the_same(
    format: str, opened: Callable[..., Any], tmp_path: Path
) -> None:
    for file in range(4):
        table = pa.table({"a": range(file * 1000, file * 1000 + 1000)})
        write(table, tmp_path / "data" / f"{file}.{format}", rows_together=170)
    data = opened(format, tmp_path / "data")

    found = data.rows("a, __file, __row", source=data.relation.sample_sql(160))

    # The middle ten of each sixteenth.
    values = [row[0] for row in found]
    assert values == [250 * run + 125 - 5 + i for run in range(16) for i in range(10)]
    assert all((file, row) == (f"{value // 1000}.{format}", value % 1000 + 1) for value, file, row in found)
    assert data.relation.sample_text(160) == "160 rows in 16 runs that are evenly spread"
    assert data.relation.is_sample_spread


@pytest.mark.parametrize("format", ["csv", "jsonl"])
def test_a_sample_of_text_is_its_beginning(format: str, opened: Callable[..., Any], tmp_path: Path) -> None:
    for file in range(2):
        values = range(file * 1000, file * 1000 + 1000)
        write(pa.table({"a": values}), tmp_path / "data" / f"{file}.{format}")
    data = opened(format, tmp_path / "data")

    found = data.rows("CAST(a AS BIGINT), __file", source=data.relation.sample_sql(1200))

    assert found == [(i, f"{i // 1000}.{format}") for i in range(1200)]
    assert data.relation.sample_text(1200) == "the first 1,200 rows"
    assert not data.relation.is_sample_spread


@pytest.mark.parametrize("compression", ["lz4", None])
def test_large_batches_of_arrow_are_read_in_slices(
    compression: str | None, opened: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrow_reading, "_MOST_BATCH_BYTES", 1)
    monkeypatch.setattr(arrow_reading, "_SLICE_ROWS", 300)
    path = tmp_path / "data" / "a.arrow"
    path.parent.mkdir()
    table = pa.table(
        {"a": range(2000), "word": [f"w{i % 7}" for i in range(2000)], "half": pa.array([1.5] * 2000, pa.float16())}
    )
    with pa.ipc.new_file(str(path), table.schema, options=pa.ipc.IpcWriteOptions(compression=compression)) as writer:
        writer.write_table(table, max_chunksize=1100)
    write(pa.table({"a": [2000], "other": [1]}), tmp_path / "data" / "b.arrow")

    data = opened("arrow", tmp_path / "data")

    expected = [(i, f"w{i % 7}", 1.5, None, i + 1) for i in range(2000)] + [(2000, None, None, 1, 1)]
    assert data.rows("a, word, half, other, __row") == expected
    sampled = data.rows("a, __row", source=data.relation.sample_sql(160))
    starts = [(2001 * run // 16 + 2001 * (run + 1) // 16 - 10) // 2 for run in range(16)]
    assert [value for value, _ in sampled] == [start + i for start in starts for i in range(10)]
    assert all(number == value + 1 for value, number in sampled)


@pytest.mark.parametrize("format", FORMATS)
def test_a_sample_of_little_data_is_all_of_it(format: str, opened: Callable[..., Any], tmp_path: Path) -> None:
    data = opened(format, write(pa.table({"a": range(100)}), tmp_path / f"data.{format}"))

    assert len(data.rows(source=data.relation.sample_sql(100))) == 100
    assert data.relation.sample_text(100) == "all rows"


def test_several_relations_share_a_connection(opened: Callable[..., Any], tmp_path: Path) -> None:
    from wombat_tool.formats import Format
    from wombat_tool.relations.opening import open_relation

    write(pa.table({"a": [1]}), tmp_path / "data" / "1.csv")
    first = opened("csv", tmp_path / "data")

    second = open_relation(first.connection, str(tmp_path / "data" / "1.csv"), Format.CSV, title="", name="other")

    query = f"SELECT count(*) FROM {first.relation.sql()} JOIN {second.sql()} USING (a)"
    assert first.connection.execute(query).fetchall() == [(1,)]
