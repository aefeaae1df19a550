"""The profile of a dataset: what is counted over all rows, what is found in a part of them, and what is never shown."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from wombat_tool.profile import profiler
from wombat_tool.profile.profiler import Profiler, profile

FORMATS = ("parquet", "arrow", "csv", "jsonl")
KEYS = ["name", "type", "nulls", "distinct", "min", "max", "quantiles", "top", "masked"]


def write(table: pa.Table, path: Path) -> Path:
    """Write a table in the format that the path ends with."""
    if path.suffix == ".parquet":
        pq.write_table(table, path, row_group_size=1000)
    elif path.suffix == ".arrow":
        with pa.ipc.new_file(str(path), table.schema) as writer:
            writer.write_table(table, max_chunksize=1000)
    elif path.suffix == ".csv":
        pa.csv.write_csv(table, path)
    else:
        path.write_text("".join(json.dumps(row, default=str) + "\n" for row in table.to_pylist()))
    return path


def columns(data: Any, **options: Any) -> dict[str, dict[str, Any]]:
    """The profile of each column; it is safe for JSON."""
    document = profile(data.connection, data.relation, **options)
    json.dumps(document, allow_nan=False)
    return {column["name"]: column for column in document["columns"]}


@pytest.mark.parametrize("format", FORMATS)
def test_a_profile_is_the_same_in_every_format(format: str, opened: Callable[..., Any], tmp_path: Path) -> None:
    table = pa.table(
        {
            "number": [1, 2, 2, None, 10],
            "share": [0.5, None, 1.5, 2.5, 3.5],
            "word": ["b", "a", "b", None, "c"],
            "day": [datetime.date(2020, 1, day) for day in (5, 4, 3, 2, 1)],
            "flag": [True, False, True, True, None],
        }
    )
    data = opened(format, write(table, tmp_path / f"data.{format}"))

    found = columns(data)

    assert all(list(column)[: len(KEYS)] == KEYS for column in found.values())
    # Read as JSON, a day is a moment.
    midnight = "T00:00:00" if format == "jsonl" else ""
    days = [f"2020-01-0{day}{midnight}" for day in range(6)]
    assert [list(column.values())[2:] for column in found.values()] == [
        [1, 3, 1, 10, {"0.25": 1, "0.5": 2, "0.75": 2}, None, False],
        [1, 4, 0.5, 3.5, {"0.25": 0.5, "0.5": 1.5, "0.75": 2.5}, None, False, 0],
        [1, 3, "a", "c", None, [{"value": "b", "count": 2}, {"value": "a", "count": 1}, {"value": "c", "count": 1}], False],
        [0, 5, days[1], days[5], {"0.25": days[2], "0.5": days[3], "0.75": days[4]}, None, False],
        [1, 2, False, True, None, [{"value": True, "count": 3}, {"value": False, "count": 1}], False],
    ]


@pytest.mark.parametrize("format", FORMATS)
def test_types_are_those_of_the_preview(
    format: str, opened: Callable[..., Any], preview: Callable[..., Any], tmp_path: Path
) -> None:
    table = pa.table(
        {
            "i": pa.array([1], pa.int64()),
            "f": [0.5],
            "s": ["x"],
            "d": [datetime.date(2020, 1, 1)],
            "t": pa.array([datetime.datetime(2020, 1, 1, 5)], pa.timestamp("ms", "UTC")),
            "n": pa.array([None], pa.int32()),
        }
    )
    path = write(table, tmp_path / f"data.{format}")

    found = columns(opened(format, path))

    shown = json.loads(preview(format, path, "--output", "json").out)["columns"]
    assert {name: column["type"] for name, column in found.items()} == {one["name"]: one["type"] for one in shown}


@pytest.mark.parametrize("format", FORMATS)
def test_large_data_is_counted_whole_and_sampled_evenly(
    format: str, opened: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(profiler, "_SAMPLE_ROWS", 1600)
    rows = 20_000
    table = pa.table(
        {
            "id": range(rows),
            "word": ["common" if i % 3 else f"rare {i}" for i in range(rows)],
            "gaps": [None if i % 4 else i for i in range(rows)],
        }
    )
    data = opened(format, write(table, tmp_path / f"data.{format}"))

    document = profile(data.connection, data.relation)

    found = {column["name"]: column for column in document["columns"]}
    assert 1500 <= document["estimated_from_rows"] <= 1600
    assert (found["id"]["min"], found["id"]["max"], found["gaps"]["nulls"]) == (0, rows - 1, rows * 3 // 4)
    assert 0.9 * rows < found["id"]["distinct"] <= rows
    assert 0.9 * rows / 4 < found["gaps"]["distinct"] <= rows // 4
    for quantile, value in found["id"]["quantiles"].items():
        assert value == pytest.approx(float(quantile) * rows, abs=rows / 16)
    assert found["word"]["top"][0]["value"] == "common"
    assert found["word"]["top"][0]["count"] == pytest.approx(document["estimated_from_rows"] * 2 / 3, rel=0.05)
    assert document == profile(data.connection, data.relation)


def test_of_a_wide_table_fewer_rows_are_kept(
    opened: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(profiler, "_SAMPLE_VALUES", 3200)
    table = pa.table({f"c{i}": range(1000) for i in range(20)})
    data = opened("parquet", write(table, tmp_path / "data.parquet"))

    assert profile(data.connection, data.relation)["estimated_from_rows"] == 160


@pytest.mark.parametrize("format", FORMATS)
def test_wide_tables_are_counted_in_several_passes(
    format: str, opened: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(profiler, "_COLUMNS_AT_ONCE", 3)
    table = pa.table({f"c{i}": [i, i + 1, None] for i in range(10)})
    data = opened(format, write(table, tmp_path / f"data.{format}"))

    found = columns(data)

    assert [(column["min"], column["max"], column["nulls"], column["distinct"]) for column in found.values()] == [
        (i, i + 1, 1, 2) for i in range(10)
    ]


@pytest.mark.parametrize("format", FORMATS)
def test_all_passes_over_a_wide_table_read_the_same_rows(
    format: str, opened: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(profiler, "_COLUMNS_AT_ONCE", 3)
    table = pa.table({f"c{i}": [None if row % 2 else row for row in range(2000)] for i in range(10)})
    data = opened(format, write(table, tmp_path / f"data.{format}"))
    made = Profiler(data.relation, item=data.relation.sample_sql(160))

    query = f"SELECT {', '.join(made.aggregates)} FROM {data.relation.sample_sql(160)}"
    found = made.profile(data.connection, data.connection.sql(query).to_arrow_table())

    assert {column["nulls"] for column in found["columns"]} == {80}


@pytest.mark.parametrize("format", FORMATS)
def test_of_masked_columns_no_value_is_shown(format: str, opened: Callable[..., Any], tmp_path: Path) -> None:
    table = pa.table(
        {"name": ["secret", "secret", None], "pin": [4711, 4712, 4712], "share": [4711.5, 1.0, 2.0], "a": [1, 2, 3]}
    )
    data = opened(format, write(table, tmp_path / f"data.{format}"))

    found = columns(data, masked={"name", "pin", "share"})

    assert "secret" not in json.dumps(found) and "471" not in json.dumps(found)
    for name, nulls, distinct in (("name", 1, 1), ("pin", 0, 2), ("share", 0, 3)):
        column = found[name]
        assert (column["nulls"], column["distinct"], column["masked"]) == (nulls, distinct, True)
        assert [column[key] for key in ("min", "max", "quantiles", "top")] == [None] * 4
    assert (found["a"]["max"], found["a"]["masked"]) == (3, False)


def test_a_table_of_masked_columns_alone_has_a_profile(opened: Callable[..., Any], tmp_path: Path) -> None:
    data = opened("csv", write(pa.table({"a": [1]}), tmp_path / "data.csv"))

    document = profile(data.connection, data.relation, masked={"a"})

    assert document["columns"][0] == dict.fromkeys(KEYS) | {
        "name": "a",
        "type": "int64",
        "nulls": 0,
        "distinct": 1,
        "masked": True,
    }


@pytest.mark.parametrize("format", ["parquet", "arrow"])
def test_what_is_no_number_is_counted_and_left_out(format: str, opened: Callable[..., Any], tmp_path: Path) -> None:
    table = pa.table(
        {
            "some": [float("nan"), 1.0, float("inf"), None],
            "all": [float("nan")] * 4,
            "small": pa.array([0.1, float("nan"), None, 0.1], pa.float32()),
        }
    )
    data = opened(format, write(table, tmp_path / f"data.{format}"))

    found = columns(data)

    assert [found["some"][key] for key in ("nulls", "nan", "min", "max")] == [1, 1, 1.0, "Infinity"]
    assert found["some"]["quantiles"] == {"0.25": 1.0, "0.5": 1.0, "0.75": "Infinity"}
    assert [found["all"][key] for key in ("nulls", "nan", "min", "max", "quantiles")] == [0, 4, None, None, None]
    assert [found["small"][key] for key in ("nan", "min", "max")] == [1, 0.1, 0.1]


@pytest.mark.parametrize("format", ["parquet", "arrow"])
def test_values_of_all_kinds_are_shown_as_in_previews(format: str, opened: Callable[..., Any], tmp_path: Path) -> None:
    moment = datetime.datetime(2020, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)
    table = pa.table(
        {
            "long": ["x" * 500],
            "bytes": [b"\x00\xff" * 200],
            "zoned": pa.array([moment], pa.timestamp("ns", "Europe/Berlin")),
            "time": pa.array([1], pa.time64("ns")),
            "duration": pa.array([90], pa.duration("s")),
            "decimal": pa.array(["1.50"]).cast(pa.decimal128(10, 2)),
            "large": pa.array([2**64 - 1], pa.uint64()),
            "dictionary": pa.array(["x"]).dictionary_encode(),
            "list": [[1, 2]],
            "struct": [{"a": 1}],
            "null": pa.nulls(1),
        }
    )
    data = opened(format, write(table, tmp_path / f"data.{format}"))

    found = columns(data)

    assert found["long"]["max"] == "x" * 100 + "…"
    assert found["long"]["top"] == [{"value": "x" * 100 + "…", "count": 1}]
    assert found["bytes"]["min"].startswith("0x00ff00ff") and len(found["bytes"]["min"]) < 250
    assert found["zoned"]["max"] == "2020-01-02T03:04:05Z"
    assert found["time"]["max"] == "00:00:00.000000001"
    assert (found["duration"]["type"], found["duration"]["quantiles"]["0.5"]) == ("duration[s]", "PT90S")
    assert found["decimal"]["max"] == "1.50"
    assert found["large"]["max"] == 2**64 - 1
    assert found["dictionary"]["top"] == [{"value": "x", "count": 1}]
    for name in ("list", "struct", "null"):
        assert [found[name][key] for key in ("min", "max", "quantiles", "top")] == [None] * 4
    assert (found["struct"]["distinct"], found["null"]["distinct"], found["null"]["nulls"]) == (1, 0, 1)


def test_columns_of_several_kinds_of_json_are_labels_or_opaque(opened: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "data.jsonl"
    path.write_text('{"a": 1, "b": [1], "c": "x"}\n{"a": "x", "b": null, "c": {"d": 1}}\n{"a": "x", "c": null}\n')

    found = columns(opened("jsonl", path))

    assert (found["a"]["type"], found["a"]["top"]) == (
        "int64 or string",
        [{"value": "x", "count": 2}, {"value": "1", "count": 1}],
    )
    assert (found["b"]["nulls"], found["b"]["distinct"], found["b"]["top"]) == (2, 1, None)
    assert found["c"]["min"] is None


@pytest.mark.parametrize("format", FORMATS)
def test_data_without_rows_has_a_profile(format: str, opened: Callable[..., Any], tmp_path: Path) -> None:
    data = opened(
        format, write(pa.table({"a": pa.array([], pa.int64()), "b": pa.array([], pa.string())}), tmp_path / f"data.{format}")
    )

    document = profile(data.connection, data.relation)

    assert document["estimated_from_rows"] == 0
    for column in document["columns"]:
        assert [column[key] for key in ("nulls", "distinct", "min", "max", "quantiles")] == [0, 0, None, None, None]


def test_columns_with_any_name_have_a_profile(opened: Callable[..., Any], tmp_path: Path) -> None:
    names = ["a", "A", "select", 'q"', "a", ""]
    data = opened("csv", write(pa.table([[i, i] for i in range(6)], names=names), tmp_path / "data.csv"))

    document = profile(data.connection, data.relation)

    assert [(column["name"], column["min"]) for column in document["columns"]] == list(zip(names, range(6)))


def test_columns_from_paths_are_in_the_profile(opened: Callable[..., Any], tmp_path: Path) -> None:
    for year in (2013, 2014):
        (tmp_path / f"year={year}").mkdir()
        write(pa.table({"a": [1, 2]}), tmp_path / f"year={year}" / "p.csv")

    found = columns(opened("csv", tmp_path))["year"]

    assert [found[key] for key in ("type", "nulls", "distinct", "min", "max")] == ["int64", 0, 2, 2013, 2014]


@pytest.mark.parametrize("format", FORMATS)
def test_a_profile_can_be_made_in_the_pass_of_another_query(format: str, opened: Callable[..., Any], tmp_path: Path) -> None:
    data = opened(format, write(pa.table({"a": range(100)}), tmp_path / f"data.{format}"))
    made = Profiler(data.relation)

    query = f"SELECT count(*) AS mine, {', '.join(made.aggregates)} FROM {data.relation.numbered_sql()}"
    results = data.connection.sql(query).to_arrow_table()

    assert made.profile(data.connection, results) == profile(data.connection, data.relation)
    assert results.column("mine").to_pylist() == [100]


@pytest.mark.parametrize(("format", "name"), [("text", "data.txt"), ("file", "data.bin"), ("directory", ".")])
def test_what_is_no_table_has_a_profile_too(format: str, name: str, opened: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "data.txt").write_text("one\ntwo\ntwo\n")
    (tmp_path / "data.bin").write_bytes(bytes(10))

    found = columns(opened(format, tmp_path / name))

    if format == "text":
        assert found["line"]["top"] == [{"value": "two", "count": 2}, {"value": "one", "count": 1}]
    else:
        assert found["size_bytes"]["max"] == {"file": 10, "directory": 12}[format]
