"""Previews of tables in all their formats."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

TABLE = pa.table({"id": [1, 2, None], "name": ["Zoë", "x", None], "value": [0.5, -1.25, 1e9]})
ENDINGS = {"parquet": "parquet", "arrow": "arrow", "csv": "csv", "jsonl": "jsonl"}
TABULAR = [pytest.param(format, id=format) for format in ENDINGS]


def write(table: pa.Table, format: str, path: Path, *, batch_rows: int = 10_000) -> None:
    """Write a table in one of the formats."""
    if format == "parquet":
        pq.write_table(table, path, row_group_size=batch_rows)
    elif format == "arrow":
        with pa.ipc.new_file(str(path), table.schema, options=pa.ipc.IpcWriteOptions(compression="lz4")) as writer:
            writer.write_table(table, max_chunksize=batch_rows)
    elif format == "csv":
        pyarrow.csv.write_csv(table, path)
    else:
        path.write_text("".join(json.dumps(row) + "\n" for row in table.to_pylist()), encoding="utf-8")


def document(ran: Any) -> dict[str, Any]:
    """The document that the command printed."""
    assert ran.exit_code == 0, ran.err
    found: dict[str, Any] = json.loads(ran.out)
    return found


def columns(found: dict[str, Any]) -> list[tuple[Any, ...]]:
    """The columns of a document as tuples of name, type and, where it is known, null count."""
    return [tuple(column.values()) for column in found["columns"]]


@pytest.mark.parametrize("format", TABULAR)
def test_people_see_columns_and_rows(format: str, preview: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / f"data.{ENDINGS[format]}"
    write(TABLE, format, path)

    ran = preview(format, path, "--title", "etl:orders")

    lines = ran.out.splitlines()
    assert lines[0] == "etl:orders"
    assert lines[1].startswith(f"{format}, ")
    assert lines[1].endswith(", 3 rows, 3 columns")
    assert lines[2:] == [
        "",
        "column  type    nulls",
        "──────  ──────  ─────",
        "id      int64       1",
        "name    string      1",
        "value   double      0",
        "",
        "id  name         value",
        "──  ────  ────────────",
        " 1  Zoë            0.5",
        " 2  x            -1.25",
        " ∅  ∅     1000000000.0",
    ]


@pytest.mark.parametrize("format", TABULAR)
def test_programs_get_a_document(format: str, preview: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / f"data.{ENDINGS[format]}"
    write(TABLE, format, path)

    found = document(preview(format, path, "--rows", "2", "--output", "json"))

    assert found == {
        "version": 1,
        "format": format,
        "size_bytes": path.stat().st_size,
        "files": 1,
        "rows": 3,
        "columns": [
            {"name": "id", "type": "int64", "nulls": 1},
            {"name": "name", "type": "string", "nulls": 1},
            {"name": "value", "type": "double", "nulls": 0},
        ],
        "head": [{"id": 1, "name": "Zoë", "value": 0.5}, {"id": 2, "name": "x", "value": -1.25}],
        "head_is_cut": False,
    }


@pytest.mark.parametrize("format", TABULAR)
def test_the_head_goes_over_batches_and_ends_where_it_must(
    format: str, preview: Callable[..., Any], tmp_path: Path
) -> None:
    path = tmp_path / f"data.{ENDINGS[format]}"
    write(pa.table({"i": list(range(1000))}), format, path, batch_rows=3)

    found = document(preview(format, path, "--rows", "10", "--output", "json"))

    assert found["rows"] == 1000
    assert [row["i"] for row in found["head"]] == list(range(10))


@pytest.mark.parametrize("format", TABULAR)
def test_no_rows_are_no_error(format: str, preview: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / f"data.{ENDINGS[format]}"
    write(TABLE.slice(0, 0), format, path)

    ran = preview(format, path)

    assert ran.exit_code == 0
    assert ", 0 rows, " in ran.out
    assert ("value" in ran.out) is (format != "jsonl")
    assert document(preview(format, path, "--output", "json"))["head"] == []


@pytest.mark.parametrize("format", TABULAR)
def test_no_rows_can_be_asked_for(format: str, preview: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / f"data.{ENDINGS[format]}"
    write(TABLE, format, path)

    ran = preview(format, path, "--rows", "0")

    assert ran.exit_code == 0
    assert ran.out.splitlines()[-1] == "value   double      0"


@pytest.mark.parametrize("format", ["parquet", "arrow"])
def test_no_columns_are_no_error(format: str, preview: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / f"data.{ENDINGS[format]}"
    write(pa.table({"a": [1, 2]}).select([]), format, path)

    ran = preview(format, path)

    assert ran.exit_code == 0
    # A parquet file counts the values in its columns.
    assert ran.out.splitlines()[1].endswith("2 rows, 0 columns" if format == "arrow" else "0 rows, 0 columns")


def test_objects_without_keys_are_rows_without_columns(preview: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "data.jsonl"
    path.write_text("{}\n{}\n")

    found = document(preview("jsonl", path, "--output", "json"))

    assert (found["rows"], found["columns"], found["head"]) == (2, [], [{}, {}])


@pytest.mark.parametrize("format", TABULAR)
def test_three_hundred_columns_are_cut_for_people_only(
    format: str, preview: Callable[..., Any], tmp_path: Path
) -> None:
    path = tmp_path / f"data.{ENDINGS[format]}"
    write(pa.table({f"column {i}": [i, None] for i in range(300)}), format, path)

    ran = preview(format, path, "--width", "50")
    found = document(preview(format, path, "--output", "json"))

    lines = ran.out.splitlines()
    assert "… and 200 more columns" in lines
    assert lines[-5:] == [
        "column 0  column 1  column 2  column 3  …",
        "────────  ────────  ────────  ────────",
        "       0         1         2         3  …",
        "       ∅         ∅         ∅         ∅  …",
        "… 296 more columns do not fit",
    ]
    assert found["head"][0] == {f"column {i}": i for i in range(300)}
    assert {column["nulls"] for column in found["columns"]} == {1}


@pytest.mark.parametrize("format", ["parquet", "arrow", "csv"])
def test_columns_of_one_name_are_told_apart(format: str, preview: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / f"data.{ENDINGS[format]}"
    table = pa.Table.from_arrays([pa.array([1]), pa.array([2.5]), pa.array([3])], names=["a", "a", "a (2)"])
    write(table, format, path)

    found = document(preview(format, path, "--output", "json"))

    assert [column["name"] for column in found["columns"]] == ["a", "a", "a (2)"]
    assert found["head"] == [{"a": 1, "a (3)": 2.5, "a (2)": 3}]


def test_nested_values_are_shown_as_json(preview: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "data.parquet"
    pq.write_table(
        pa.table({"s": [{"a": [1, None]}], "m": pa.array([[("k", 1)]], pa.map_(pa.string(), pa.int8()))}), path
    )

    lines = preview("parquet", path).out.splitlines()

    assert lines[-1] == '{"a": [1, null]}  [["k", 1]]'
    # The footer counts the nulls of leaves, not of columns.
    assert "nulls" not in lines[3]


def test_long_values_of_a_document_are_cut_with_a_word_on_it(preview: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "data.parquet"
    pq.write_table(pa.table({"s": ["x" * 20_000]}), path)

    found = document(preview("parquet", path, "--output", "json"))

    assert found["head"] == [{"s": "x" * 10_000 + "…"}]
    assert found["head_is_cut"] is True


def test_names_with_dots_are_read(preview: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "data.parquet"
    pq.write_table(pa.table({"a.b": [1, None], "a": [{"b": 2}, {"b": 3}], "": [5, 6]}), path)

    found = document(preview("parquet", path, "--output", "json"))

    assert found["head"][0] == {"a.b": 1, "a": {"b": 2}, "": 5}


def test_parquet_without_statistics_has_no_null_counts(preview: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "data.parquet"
    pq.write_table(TABLE, path, write_statistics=False)

    assert columns(document(preview("parquet", path, "--output", "json")))[0] == ("id", "int64")


# Directories of files.


def test_hive_partitions_become_columns(preview: Callable[..., Any], tmp_path: Path) -> None:
    for directory, values in (
        ("year=2013/city=New%20York", [1, 2]),
        ("year=2014/city=__HIVE_DEFAULT_PARTITION__", [3]),
    ):
        (tmp_path / directory).mkdir(parents=True)
        pq.write_table(pa.table({"x": values}), tmp_path / directory / "part-0.parquet")
    (tmp_path / "_SUCCESS").touch()
    (tmp_path / ".part.crc").write_text("junk")

    found = document(preview("parquet", tmp_path, "--output", "json"))

    assert columns(found) == [("x", "int64", 0), ("year", "int64", 0), ("city", "string", 1)]
    assert found["files"] == 2
    assert found["head"] == [
        {"x": 1, "year": 2013, "city": "New York"},
        {"x": 2, "year": 2013, "city": "New York"},
        {"x": 3, "year": 2014, "city": None},
    ]


@pytest.mark.parametrize("format", TABULAR)
def test_files_are_joined_in_the_order_of_their_paths(format: str, preview: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    write(pa.table({"a": [3]}), format, tmp_path / "sub" / "c")
    write(pa.table({"a": [1]}), format, tmp_path / "a")
    write(pa.table({"b": [2.5, 3.5]}), format, tmp_path / "b")

    found = document(preview(format, tmp_path, "--output", "json", "--rows", "3"))

    assert columns(found) == [("a", "int64", 2), ("b", "double", 2)]
    assert found["rows"] == 4
    assert found["head"] == [{"a": 1, "b": None}, {"a": None, "b": 2.5}, {"a": None, "b": 3.5}]


def test_types_that_differ_between_files_are_all_told(preview: Callable[..., Any], tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": [1], "b": [1]}), tmp_path / "1.parquet")
    pq.write_table(pa.table({"a": [1.5], "b": ["x"]}), tmp_path / "2.parquet")

    found = document(preview("parquet", tmp_path, "--output", "json"))

    assert columns(found) == [("a", "double", 0), ("b", "int64 or string", 0)]
    assert found["head"] == [{"a": 1, "b": 1}, {"a": 1.5, "b": "x"}]


def test_a_link_to_a_directory_above_ends(preview: Callable[..., Any], tmp_path: Path) -> None:
    write(TABLE, "csv", tmp_path / "a.csv")
    (tmp_path / "loop").symlink_to(tmp_path)

    assert document(preview("csv", tmp_path, "--output", "json"))["rows"] == 3


def test_names_are_shown_and_not_obeyed(preview: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "a 'quoted'  \x1b[31m日本.csv"
    path.write_text('"id\n",\x1b[31mb\n1,2\n')

    lines = preview("csv", path, "--width", "1000").out.splitlines()

    assert lines[0] == str(path).replace("\x1b", "\\x1b")
    assert lines[-3] == "id\\n  \\x1b[31mb"
