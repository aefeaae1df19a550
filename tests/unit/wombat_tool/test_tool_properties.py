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

from strategies_tables import FLAT, JSON_VALUES, NESTED, tables
from wombat_tool.formats import Format
from wombat_tool.preview.command import preview_of
from wombat_tool.preview.model import Request
from wombat_tool.preview.page import page_lines
from wombat_tool.preview.width import display_width


def check(path: Path, format: Format, rows: int, width: int) -> dict[str, Any]:
    """Preview for people and for programs; the document."""
    for_people = preview_of(Request(str(path), format, title="", rows=rows, width=width))
    for line in page_lines(for_people, None, width):
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
