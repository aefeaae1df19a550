"""What must hold for every table: a preview never fails, and its lines fit."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wombat_tool.formats import Format
from wombat_tool.preview.command import preview_of
from wombat_tool.preview.model import Request
from wombat_tool.preview.width import display_width

INT64 = st.integers(-(2**63), 2**63 - 1)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
# A type of Arrow, with values of it as Python writes them.
FLAT = [
    (pa.int64(), INT64),
    (pa.uint8(), st.integers(0, 255)),
    (pa.float64(), st.floats()),
    (pa.float32(), st.floats(width=32)),
    (pa.bool_(), st.booleans()),
    (pa.string(), TEXT),
    (pa.large_string(), TEXT),
    (pa.binary(), st.binary(max_size=30)),
    (pa.date32(), st.integers(-(2**31), 2**31 - 1)),
    (pa.timestamp("ns"), INT64),
    (pa.timestamp("s", "Europe/Berlin"), st.integers(-(10**12), 10**12)),
    (pa.duration("us"), INT64),
    (pa.time64("us"), st.integers(0, 86_399_999_999)),
    (pa.decimal128(10, 3), st.decimals(-1000, 1000, places=3)),
    (pa.null(), st.none()),
]
NESTED = [
    *((pa.list_(type), st.lists(st.none() | values, max_size=4)) for type, values in FLAT),
    *((pa.struct({"a": type, "": pa.int8()}), st.fixed_dictionaries({"a": values})) for type, values in FLAT),
    (pa.map_(pa.string(), pa.int64()), st.lists(st.tuples(TEXT, st.none() | INT64), max_size=4)),
]


@st.composite
def tables(draw: st.DrawFn, kinds: list[Any]) -> pa.Table:
    """Tables of up to six columns of any of the types and up to five rows."""
    rows = draw(st.integers(0, 5))
    names = draw(st.lists(TEXT, max_size=6))
    arrays = []
    for _ in names:
        type, values = draw(st.sampled_from(kinds))
        arrays.append(pa.array(draw(st.lists(st.none() | values, min_size=rows, max_size=rows)), type))
    return pa.Table.from_arrays(arrays, names=names)


def check(path: Path, format: Format, rows: int, width: int) -> dict[str, Any]:
    """Preview for people and for programs; the document."""
    for_people = preview_of(Request(str(path), format, title="", rows=rows, width=width))
    for line in for_people.to_lines(width):
        assert display_width(line) <= width, line
        assert not line or line.isprintable() or len(line.splitlines()) == 1
    document = preview_of(Request(str(path), format, title="", rows=rows, width=None)).to_document()
    found: dict[str, Any] = json.loads(json.dumps(document, allow_nan=False))
    assert found == document
    return found


FAST = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@FAST
@given(tables([*FLAT, *NESTED]), st.integers(0, 6), st.integers(20, 200))
def test_every_arrow_table_is_shown(table: pa.Table, rows: int, width: int) -> None:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "data.arrow"
        with pa.ipc.new_file(str(path), table.schema) as writer:
            writer.write_table(table, max_chunksize=2)

        found = check(path, Format.ARROW, rows, width)

    assert found["rows"] == table.num_rows
    assert [column["name"] for column in found["columns"]] == table.schema.names
    assert [column["nulls"] for column in found["columns"]] == [column.null_count for column in table.columns]
    assert len(found["head"]) == min(rows, table.num_rows)
    assert all(len(row) == table.num_columns for row in found["head"])


@FAST
@given(tables([*FLAT, *NESTED]), st.integers(0, 6), st.integers(20, 200))
def test_every_parquet_table_is_shown(table: pa.Table, rows: int, width: int) -> None:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "data.parquet"
        pq.write_table(table, path, row_group_size=2)

        found = check(path, Format.PARQUET, rows, width)

    assert found["rows"] == table.num_rows
    assert [column["name"] for column in found["columns"]] == table.schema.names
    assert len(found["head"]) == min(rows, table.num_rows)


@FAST
@given(tables(FLAT[:6]), st.integers(0, 6), st.integers(20, 200))
def test_every_csv_table_is_shown(table: pa.Table, rows: int, width: int) -> None:
    if not table.num_columns or not any(table.schema.names):
        return
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "data.csv"
        pyarrow.csv.write_csv(table, path)

        found = check(path, Format.CSV, rows, width)

    assert found["rows"] == table.num_rows
    assert len(found["columns"]) == table.num_columns


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=20),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.text(st.characters(), max_size=5), inner, max_size=3),
    max_leaves=6,
)


@FAST
@given(
    st.lists(st.dictionaries(st.text(st.characters(), max_size=5), JSON_VALUES, max_size=4), max_size=5),
    st.integers(0, 6),
    st.integers(20, 200),
)
def test_all_json_lines_are_shown(lines: list[dict[str, Any]], rows: int, width: int) -> None:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "data.jsonl"
        path.write_text("".join(json.dumps(line) + "\n" for line in lines))

        found = check(path, Format.JSONL, rows, width)

    assert found["rows"] == len(lines)
    assert {column["name"] for column in found["columns"]} == {key for line in lines for key in line}
    nulls = {name: sum(line.get(name) is None for line in lines) for line in lines for name in line}
    assert {column["name"]: column["nulls"] for column in found["columns"]} == nulls


@FAST
@given(JSON_VALUES, st.integers(0, 6), st.integers(20, 200))
def test_all_json_is_shown(value: Any, rows: int, width: int) -> None:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "data.json"
        path.write_text(json.dumps(value))

        check(path, Format.JSON, rows, width)


@FAST
@given(st.text(st.characters(exclude_categories=["Cs"])), st.integers(0, 6), st.integers(20, 200))
def test_all_text_is_shown(text: str, rows: int, width: int) -> None:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "data.txt"
        path.write_bytes(text.encode())
        if path.read_bytes()[:1] == b"\x00":
            return

        found = check(path, Format.TEXT, rows, width)

    assert found["lines"] == len(text.split("\n")) - (not text or text.endswith("\n"))
