"""Previews of tables that are text: what makes up a row, and which types the columns have."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wombat_tool.tables import csv_file, jsonl_file


def document(ran: Any) -> dict[str, Any]:
    """The document that the command printed."""
    assert ran.exit_code == 0, ran.err
    found: dict[str, Any] = json.loads(ran.out)
    return found


def columns(found: dict[str, Any]) -> list[tuple[Any, ...]]:
    """The columns of a document as tuples of name, type and, where it is known, null count."""
    return [tuple(column.values()) for column in found["columns"]]


# CSV.


@pytest.mark.parametrize(
    ("text", "expected", "rows"),
    [
        pytest.param("a,b\n1,x\n,NA\n", [("a", "int64", 1), ("b", "string", 1)], 2, id="null-words"),
        pytest.param('a,b\n"","x"\n1,2\n', [("a", "string", 0), ("b", "string", 0)], 2, id="quoted-is-no-null"),
        pytest.param("a,b\n1.#IND,#N/A N/A\n", [("a", "string", 0), ("b", "string", 0)], 1, id="no-null-to-steps"),
        pytest.param("a\n1\n\n2\n", [("a", "int64", 1)], 3, id="blank-line-in-one-column"),
        pytest.param("a,b\n\n1,2\n\n", [("a", "int64", 0), ("b", "int64", 0)], 1, id="blank-lines"),
        pytest.param('a,b\r\n1,"x\r\ny, ""z"""\r\n', [("a", "int64", 0), ("b", "string", 0)], 1, id="quotes"),
        pytest.param("a,b", [("a", "null", 0), ("b", "null", 0)], 0, id="header-without-line-end"),
        pytest.param("\ufeffa\n1", [("a", "int64", 0)], 1, id="byte-order-mark"),
        pytest.param(
            "d,t\n2013-01-01,2013-01-01T05:00:00Z\n",
            [("d", "date32[day]", 0), ("t", "timestamp[s, tz=UTC]", 0)],
            1,
            id="moments",
        ),
        pytest.param("ORC,b\n1,2\n", [("ORC", "int64", 0), ("b", "int64", 0)], 1, id="begins-as-a-signature"),
    ],
)
def test_csv_is_read_as_pyarrow_reads_it(
    text: str, expected: list[Any], rows: int, preview: Callable[..., Any], tmp_path: Path
) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes(text.encode())

    found = document(preview("csv", path, "--output", "json"))

    assert (columns(found), found["rows"]) == (expected, rows)


def test_csv_types_hold_for_the_whole_file(
    preview: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_file, "_BLOCK_BYTES", 256)
    path = tmp_path / "data.csv"
    body = "1,1,2013-01-01,true,007,same\n" * 100 + '2.5,x,2013-01-01T05:00:00,1,"a,""b\n",same\n'
    path.write_text("a,b,c,d,e,f\n" + body + ",,,,,\n" * 100)

    found = document(preview("csv", path, "--output", "json", "--rows", "1"))

    assert columns(found) == [
        ("a", "double", 100),
        ("b", "string", 100),
        ("c", "timestamp[s]", 100),
        ("d", "bool", 100),
        ("e", "string", 100),
        ("f", "string", 100),
    ]
    assert found["head"] == [{"a": 1.0, "b": "1", "c": "2013-01-01T00:00:00", "d": True, "e": "007", "f": "same"}]
    assert found["rows"] == 201


def test_a_long_csv_row_is_read_in_a_larger_block(
    preview: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_file, "_BLOCK_BYTES", 256)
    path = tmp_path / "data.csv"
    path.write_text("a,b\n1,x\n2," + "y" * 5000 + "\n")

    assert document(preview("csv", path, "--output", "json"))["rows"] == 2


# JSON lines.


@pytest.mark.parametrize(
    ("text", "expected", "rows"),
    [
        pytest.param('{"a":1}\n\n  \n{"a":2.5}', [("a", "double", 0)], 2, id="blank-lines"),
        pytest.param('{"a":1}\r\n{"b":null}\r\n', [("a", "int64", 1), ("b", "null", 2)], 2, id="missing-keys"),
        pytest.param('\ufeff{"a":1}\n', [("a", "int64", 0)], 1, id="byte-order-mark"),
        pytest.param('{"t":"2013-01-01T05:00:00"}\n', [("t", "timestamp[s]", 0)], 1, id="timestamp"),
        pytest.param('{"t":"2013-01-01"}\n{"t":"x"}\n', [("t", "string", 0)], 2, id="text-after-timestamp"),
        pytest.param('{"a":1}\n{"a":"x"}\n{"a":null}\n', [("a", "int64 or string", 1)], 3, id="two-types"),
        pytest.param(
            '{"a":1,"b":"2013-01-01"}\n{"a":"x"}\n',
            [("a", "int64 or string", 0), ("b", "timestamp[s]", 1)],
            2,
            id="only-the-clash",
        ),
        pytest.param(
            '{"a":{"b":1}}\n{"a":{"c":[]}}\n', [("a", "struct<b: int64, c: list<item: null>>", 0)], 2, id="structs"
        ),
        pytest.param(
            '{"a":[1,"x"]}\n', [("a", "list<item: dense_union<0: int64=0, 1: string=1>>", 0)], 1, id="list-of-two-types"
        ),
        pytest.param(
            '{"a":{"b":1}}\n{"a":[true]}\n', [("a", "struct<b: int64> or list<item: bool>", 0)], 2, id="nested-clash"
        ),
        pytest.param('{"a":NaN}\n{"a":1e999}\n', [("a", "double", 0)], 2, id="not-finite"),
        pytest.param('{"a":123456789012345678901234567890}\n', [("a", "double", 0)], 1, id="large-integer"),
        pytest.param('{"a":"\\ud800"}\n', [("a", "string", 0)], 1, id="surrogate"),
        pytest.param("", [], 0, id="empty"),
    ],
)
def test_json_lines_have_the_types_of_all_lines(
    text: str, expected: list[Any], rows: int, preview: Callable[..., Any], tmp_path: Path
) -> None:
    path = tmp_path / "data.jsonl"
    path.write_bytes(text.encode())

    found = document(preview("jsonl", path, "--output", "json"))

    assert (columns(found), found["rows"]) == (expected, rows)
    assert preview("jsonl", path).exit_code == 0


def test_json_lines_have_the_same_types_in_blocks_of_any_size(
    preview: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "data.jsonl"
    rows = [{"i": i, "t": "2013-01-01", "n": None if i < 50 else 0.5, "m": i if i % 7 else str(i)} for i in range(100)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    whole = document(preview("jsonl", path, "--output", "json"))
    monkeypatch.setattr(jsonl_file, "_FIRST_BLOCK_BYTES", 100)
    monkeypatch.setattr(jsonl_file, "_MOST_BLOCK_BYTES", 200)
    monkeypatch.setattr(jsonl_file, "_SLOW_LINES", 2)

    assert document(preview("jsonl", path, "--output", "json")) == whole
    assert columns(whole) == [
        ("i", "int64", 0),
        ("t", "timestamp[s]", 0),
        ("n", "double", 50),
        ("m", "string or int64", 0),
    ]
