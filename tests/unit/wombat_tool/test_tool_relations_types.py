"""Types of Arrow as SQL reads them from Parquet and from Arrow: the same values, or an error that says what to write."""

from __future__ import annotations

import datetime
import decimal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from wombat_tool.errors import DataError
from wombat_tool.relations.arrow_types import UnreadableTypeError, readable_type
from wombat_tool.relations.arrow_values import converted

MOMENT = datetime.datetime(2020, 1, 2, 3, 4, 5, 678_000)
DECIMAL = decimal.Decimal("1.5")
DAY = datetime.date(2020, 1, 1)


def moments(unit: str, zone: str | None = None) -> pa.Array:
    """A moment of that unit, and null."""
    known = pa.array([MOMENT, None], pa.timestamp("us", zone and "UTC"))
    return known.cast(pa.timestamp(unit, zone), safe=False)


def write(values: pa.Array, path: Path) -> Path:
    """Write a column in the format that the path ends with."""
    table = pa.table({"c": values})
    if path.suffix == ".parquet":
        pq.write_table(table, path)
    else:
        with pa.ipc.new_file(str(path), table.schema) as writer:
            writer.write_table(table)
    return path


def cases(*given: Any, arrow_alone: frozenset[str]) -> list[Any]:
    """Each case for both formats, except for those with types that Parquet does not have."""
    return [
        pytest.param(format, *one.values, id=f"{one.id}-{format}")
        for one in given
        for format in ("parquet", "arrow")
        if format == "arrow" or one.id not in arrow_alone
    ]


@pytest.mark.parametrize(
    ("format", "values", "type", "shown"),
    cases(
        pytest.param(pa.array(["x", None]).dictionary_encode(), "VARCHAR", ["x", None], id="dictionary"),
        pytest.param(pa.array([1, None]).dictionary_encode(), "BIGINT", ["1", None], id="dictionary-of-numbers"),
        pytest.param(
            pa.array([["x"], None], pa.list_(pa.dictionary(pa.int8(), pa.string()))), "VARCHAR[]", ["[x]", None], id="inner"
        ),
        pytest.param(pa.array([2**64 - 1, None], pa.uint64()), "UBIGINT", ["18446744073709551615", None], id="uint64"),
        pytest.param(pa.array([1.5, None], pa.float16()), "FLOAT", ["1.5", None], id="half"),
        pytest.param(pa.array([[1.5], None], pa.list_(pa.float16())), "FLOAT[]", ["[1.5]", None], id="halves"),
        pytest.param(pa.array([DECIMAL, None], pa.decimal32(5, 1)), "DECIMAL(5,1)", ["1.5", None], id="decimal32"),
        pytest.param(pa.array([DECIMAL, None], pa.decimal128(38, 2)), "DECIMAL(38,2)", ["1.50", None], id="decimal128"),
        pytest.param(pa.array([DECIMAL, None], pa.decimal256(20, 2)), "DECIMAL(20,2)", ["1.50", None], id="decimal256"),
        pytest.param(
            pa.array([decimal.Decimal(1500), None], pa.decimal128(5, -2)),
            "DECIMAL(7,0)",
            ["1500", None],
            id="negative-scale",
        ),
        pytest.param(pa.array([DAY, None], pa.date32()), "DATE", ["2020-01-01", None], id="date32"),
        pytest.param(pa.array([DAY, None], pa.date64()), "DATE", ["2020-01-01", None], id="date64"),
        pytest.param(pa.array([61, None], pa.time32("s")), "TIME", ["00:01:01", None], id="time32"),
        pytest.param(pa.array([1, None], pa.time64("ns")), "TIME_NS", ["00:00:00.000000001", None], id="time64"),
        *(
            pytest.param(
                moments(unit, zone),
                type,
                [f"2020-01-02 03:04:05{fraction}{'+00' if zone else ''}", None],
                id=f"{unit}-{zone}",
            )
            for unit, fraction in (("s", ""), ("ms", ".678"), ("us", ".678"), ("ns", ".678"))
            for zone, type in (
                (None, "TIMESTAMP_NS" if unit == "ns" else "TIMESTAMP"),
                ("UTC", "TIMESTAMPTZ_NS" if unit == "ns" else "TIMESTAMP WITH TIME ZONE"),
                ("Europe/Berlin", "TIMESTAMPTZ_NS" if unit == "ns" else "TIMESTAMP WITH TIME ZONE"),
            )
        ),
        pytest.param(pa.array([90, None], pa.duration("s")), "BIGINT", ["90", None], id="duration-in-its-unit"),
        pytest.param(pa.array([90, None], pa.duration("ns")), "BIGINT", ["90", None], id="duration-ns"),
        pytest.param(pa.array([pa.MonthDayNano([1, 2, 0]), None]), "INTERVAL", ["1 month 2 days", None], id="interval"),
        pytest.param(pa.array(["x", None], pa.string_view()), "VARCHAR", ["x", None], id="string-view"),
        pytest.param(pa.array(["x", None], pa.large_string()), "VARCHAR", ["x", None], id="large-string"),
        pytest.param(pa.array([b"\xff", None], pa.binary_view()), "BLOB", ["\\xFF", None], id="binary-view"),
        pytest.param(pa.array([b"xy", None], pa.binary(2)), "BLOB", ["xy", None], id="fixed-binary"),
        pytest.param(pa.nulls(2), '"NULL"', [None, None], id="null"),
        pytest.param(pa.array([[1, None], None]), "BIGINT[]", ["[1, NULL]", None], id="list"),
        pytest.param(pa.array([[1, 2], None], pa.list_(pa.int64(), 2)), "BIGINT[]", ["[1, 2]", None], id="fixed-list"),
        pytest.param(
            pa.array([[1, 2], None, [3]], pa.list_view(pa.int64())), "BIGINT[]", ["[1, 2]", None, "[3]"], id="list-view"
        ),
        pytest.param(
            pa.array([{"a": 1, "b": "x"}, None]), "STRUCT(a BIGINT, b VARCHAR)", ["{'a': 1, 'b': x}", None], id="struct"
        ),
        pytest.param(
            pa.array([[("a", 1)], None], pa.map_(pa.string(), pa.int64())), "MAP(VARCHAR, BIGINT)", ["{a=1}", None], id="map"
        ),
        pytest.param(pa.RunEndEncodedArray.from_arrays([1, 2], ["a", None]), "VARCHAR", ["a", None], id="runs"),
        pytest.param(
            pa.ExtensionArray.from_storage(pa.uuid(), pa.array([b"x" * 16, None], pa.binary(16))),
            "UUID",
            ["78787878-7878-7878-7878-787878787878", None],
            id="uuid",
        ),
        pytest.param(
            pa.ExtensionArray.from_storage(pa.json_(), pa.array(['{"a": 1}', None])), "JSON", ['{"a": 1}', None], id="json"
        ),
        pytest.param(
            pa.ExtensionArray.from_storage(pa.bool8(), pa.array([1, None], pa.int8())),
            "TINYINT",
            ["1", None],
            id="extension",
        ),
        arrow_alone=frozenset({"negative-scale", "interval", "runs"}),
    ),
)
def test_values_are_the_same_in_parquet_and_arrow(
    format: str, values: pa.Array, type: str, shown: list[Any], opened: Callable[..., Any], tmp_path: Path
) -> None:
    data = opened(format, write(values, tmp_path / f"data.{format}"))

    assert data.rows("typeof(c), CAST(c AS VARCHAR)") == [(type, value) for value in shown]


@pytest.mark.parametrize(
    ("format", "values", "what", "mend"),
    cases(
        pytest.param(
            pa.array([DECIMAL], pa.decimal256(60, 2)), "decimal256(60, 2)", "at most 38 digits, doubles or text", id="long"
        ),
        pytest.param(
            pa.array([{"d": DECIMAL}], pa.struct([("d", pa.decimal256(60, 2))])),
            "struct<d: decimal256(60, 2)>",
            "at most 38 digits",
            id="inner",
        ),
        pytest.param(
            pa.UnionArray.from_sparse(pa.array([0], pa.int8()), [pa.array([1]), pa.array(["x"])]),
            "int64 or string",
            "Write one column for each type, or text.",
            id="union",
        ),
        pytest.param(pa.array([{}], pa.struct([])), "struct<>", "Leave the column out: it holds nothing.", id="empty"),
        pytest.param(
            pa.array([{"a": 1, "A": 2}]), "struct<a: int64, A: int64>", "names that differ in more than the case", id="case"
        ),
        pytest.param(
            pa.array([[1.5]], pa.list_view(pa.float16())),
            "list_view<",
            "Write lists in the place of list views.",
            id="list-view",
        ),
        arrow_alone=frozenset({"union", "empty"}),
    ),
)
def test_a_type_that_cannot_be_read_is_named_with_its_column(
    format: str, values: pa.Array, what: str, mend: str, opened: Callable[..., Any], tmp_path: Path
) -> None:
    path = write(values, tmp_path / f"data.{format}")

    with pytest.raises(DataError) as caught:
        opened(format, path)

    message = str(caught.value)
    assert message.startswith(f"data ({path}) cannot be read as {format}: column 'c' has the type {what}")
    assert mend in message


@pytest.mark.parametrize("format", ["parquet", "arrow"])
@pytest.mark.parametrize(
    ("second", "what"),
    [
        pytest.param(pa.array(["x"]), "column 'c' is string, and int64 in", id="text"),
        pytest.param(pa.array([[1]]), "column 'c' is list<", id="list"),
    ],
)
def test_files_of_types_that_nothing_joins_are_refused(
    format: str, second: pa.Array, what: str, opened: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir()
    first = write(pa.array([1]), tmp_path / "data" / f"1.{format}")
    other = write(second, tmp_path / "data" / f"2.{format}")

    with pytest.raises(DataError) as caught:
        opened(format, tmp_path / "data")

    message = str(caught.value)
    assert message.startswith(f"data ({other}) cannot be read as {format}: {what}")
    assert f"{first}" in message and message.endswith("Write all files of a dataset with the same types.")


@pytest.mark.parametrize("format", ["parquet", "arrow"])
def test_durations_of_two_units_are_not_mixed(format: str, opened: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    write(pa.array([1], pa.duration("s")), tmp_path / "data" / f"1.{format}")
    write(pa.array([1], pa.duration("ms")), tmp_path / "data" / f"2.{format}")

    with pytest.raises(DataError, match=r"column 'c' is duration\[ms\], and duration\[s\] in"):
        opened(format, tmp_path / "data")


@pytest.mark.parametrize("format", ["parquet", "arrow"])
def test_structs_of_several_files_are_joined(format: str, opened: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    write(pa.array([{"a": 1}]), tmp_path / "data" / f"1.{format}")
    write(pa.array([{"b": "x", "a": 0.5}]), tmp_path / "data" / f"2.{format}")

    assert opened(format, tmp_path / "data").rows("c.a, c.b") == [(1.0, None), (0.5, "x")]


def test_a_moment_that_is_too_far_off_is_told(opened: Callable[..., Any], tmp_path: Path) -> None:
    path = write(pa.array([2**61], pa.timestamp("s")), tmp_path / "data.arrow")
    data = opened("arrow", path)

    with pytest.raises(DataError, match="out of bounds timestamp"):
        data.rows()


@pytest.mark.parametrize("format", ["parquet", "arrow"])
def test_a_map_with_a_key_twice_is_told(format: str, opened: Callable[..., Any], tmp_path: Path) -> None:
    path = write(pa.array([[("a", 1), ("a", 2)]], pa.map_(pa.string(), pa.int64())), tmp_path / f"data.{format}")
    data = opened(format, path)

    with pytest.raises(DataError, match="a map in column 'c' has a key twice, .* Write each key of a map once"):
        data.rows()


def test_types_that_are_read_stay_what_they_are() -> None:
    for type in (pa.int32(), pa.string(), pa.list_(pa.int8()), pa.struct([("a", pa.date32())]), pa.uuid()):
        assert readable_type(type) == type
        assert converted(pa.nulls(1, type), type).type == type


def test_an_unreadable_type_says_what_to_write() -> None:
    with pytest.raises(UnreadableTypeError, match="Write decimals of at most 38 digits"):
        readable_type(pa.map_(pa.string(), pa.decimal256(39, 1)))
