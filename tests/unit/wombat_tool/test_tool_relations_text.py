"""Text as SQL reads it: the same rows, values and nulls that steps and previews see."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from wombat_tool.contracts.model import Layout
from wombat_tool.errors import DataError
from wombat_tool.relations import json_document
from wombat_tool.relations.model import Encoding
from wombat_tool.tables import csv_file, jsonl_file


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("a,b\n1,x\n,NA\n", [("1", "x"), (None, None)], id="null-words"),
        pytest.param('a,b\n"","NA"\n1,2\n', [("", "NA"), ("1", "2")], id="quoted-is-no-null"),
        pytest.param("a,b\n1.#IND,-1.#QNAN\n", [("1.#IND", "-1.#QNAN")], id="words-that-steps-do-not-know"),
        pytest.param("a\n1\n\n2\n", [("1",), (None,), ("2",)], id="blank-line-in-one-column"),
        pytest.param("a,b\n\n1,2\n\n", [("1", "2")], id="blank-lines"),
        pytest.param('a,b\r\n1,"x\r\ny, ""z"""\r\n', [("1", 'x\r\ny, "z"')], id="quotes"),
        pytest.param("a,b", [], id="header-without-line-end"),
        pytest.param("a,b\n", [], id="header-alone"),
        pytest.param("\ufeffa\n1", [("1",)], id="byte-order-mark"),
        pytest.param("a,b\n 1 ,007\n", [(" 1 ", "007")], id="text-as-it-is"),
        pytest.param('a,b\n1,x"y\n', [("1", 'x"y')], id="quote-within"),
    ],
)
def test_csv_values_are_the_text_that_is_there(
    text: str, expected: list[Any], opened: Callable[..., Any], tmp_path: Path
) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes(text.encode())

    data = opened("csv", path)

    columns = ", ".join(column.sql for column in data.relation.columns)
    assert data.rows(columns) == expected
    assert data.relation.rows == len(expected)
    assert {column.encoding for column in data.relation.columns} == {Encoding.TEXT}


def test_a_contract_says_what_is_null_in_csv(opened: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text('a,b\n-,NA\n1,\n"-",x\n')

    data = opened("csv", path, null_values=["-"])

    assert data.rows("a, b") == [(None, "NA"), ("1", ""), ("-", "x")]


def test_types_of_text_are_those_of_all_values(
    opened: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_file, "_BLOCK_BYTES", 256)
    path = tmp_path / "data.csv"
    path.write_text("a,b,c\n" + "1,-,x\n" * 200 + "2.5,3,\n")

    data = opened("csv", path, null_values=["-", ""])

    assert [column.arrow_type for column in data.relation.columns] == [pa.float64(), pa.int64(), pa.string()]


def test_a_long_csv_row_is_read_with_larger_blocks(
    opened: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_file, "_BLOCK_BYTES", 256)
    path = tmp_path / "data.csv"
    path.write_text("a,b\n" + "".join(f"{i},x\n" for i in range(100)) + f'100,"{"y" * 5000}"\n101,z\n')

    data = opened("csv", path)

    assert [row[0] for row in data.rows("CAST(a AS INTEGER), __row")] == list(range(102))
    assert data.rows("length(b)")[-2:] == [(5000,), (1,)]


def test_json_lines_are_columns_of_json(opened: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "data.jsonl"
    path.write_bytes(
        b'\xef\xbb\xbf{"a": 1, "b": "null", "c": {"d": [1, null]}}\r\n \n'
        b'{"b": null, "a": 12345678901234567890123, "e/~\\"x": true}\n\n{"a": 0.10}'
    )

    data = opened("jsonl", path)

    assert data.names == ["a", "b", "c", 'e/~"x']
    assert {column.encoding for column in data.relation.columns} == {Encoding.JSON}
    assert data.rows("typeof(a), typeof(c)")[0] == ("JSON", "JSON")
    assert data.rows('a, b, c, "e/~""x", __row') == [
        ("1", '"null"', '{"d":[1,null]}', None, 1),
        ("12345678901234567890123", None, None, "true", 2),
        ("0.1", None, None, None, 3),
    ]


def test_a_key_that_appears_late_is_a_column(opened: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "data.jsonl"
    path.write_text('{"a": 1}\n' * 20_000 + '{"a": "x", "late": 2.5}\n')

    data = opened("jsonl", path)

    assert data.names == ["a", "late"]
    assert data.relation.columns[1].arrow_type == pa.float64()
    assert data.connection.execute(f"SELECT count(*), count(late) FROM {data.relation.sql()}").fetchall() == [(20_001, 1)]


def test_half_a_surrogate_is_the_character_for_what_is_none(opened: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "data.jsonl"
    path.write_text(r'{"a": "\ud800x\ud83d\ude00\udc00", "\ud800": 1}' + "\n" + r'{"a": "\\ud800"}' + "\n")

    data = opened("jsonl", path)

    assert data.names == ["a", "\ufffd"]
    assert data.rows("a ->> '$', \"\ufffd\"") == [("\ufffdx😀\ufffd", "1"), (r"\ud800", None)]


def test_text_is_lines(opened: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "data.txt"
    path.write_bytes("one\r\n\ntwo\tü\nlast".encode())

    data = opened("text", path)

    assert data.names == ["line"]
    assert data.rows("line, __row") == [("one", 1), ("", 2), ("two\tü", 3), ("last", 4)]


@pytest.mark.parametrize(("text", "lines"), [("", 0), ("\n", 1), ("a", 1), ("a\n", 1), ("\n\nb", 3)])
def test_lines_are_counted_as_in_previews(text: str, lines: int, opened: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "data.txt"
    path.write_text(text)

    data = opened("text", path)

    assert data.relation.rows == len(data.rows()) == lines


def test_a_file_is_a_row_of_facts(opened: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "model.bin"
    path.write_bytes(b"\x80\x04\x95" + bytes(17))

    data = opened("file", path)

    assert data.rows("size_bytes, kind") == [(20, "Python pickle")]
    assert data.relation.size_bytes == 20


def test_a_directory_is_its_files(opened: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "data" / "sub").mkdir(parents=True)
    (tmp_path / "data" / "b.txt").write_text("x")
    (tmp_path / "data" / "sub" / "a.csv").write_text("a\n1\n")

    data = opened("directory", tmp_path / "data")

    assert data.rows("path, size_bytes, kind") == [("b.txt", 1, "text"), ("sub/a.csv", 4, "text")]
    assert (data.relation.size_bytes, data.relation.has_several_files) == (5, False)


def test_an_empty_directory_has_no_rows(opened: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()

    data = opened("directory", tmp_path / "data")

    assert (data.rows(), data.names) == ([], ["path", "size_bytes", "kind"])


@pytest.mark.parametrize(
    ("text", "layout", "names", "expected"),
    [
        pytest.param('[{"a": 1}, {"b": null,\n "a": [2]}]', None, ["a", "b"], [("1", None), ("[2]", None)], id="rows"),
        pytest.param("\ufeff [ ]\n", Layout.ROWS, [], [], id="no-rows"),
        pytest.param('{"a": 1, "b": {"c": 2}}', None, ["a", "b"], [("1", '{"c":2}')], id="document"),
        pytest.param('{"a": 1}', Layout.DOCUMENT, ["a"], [("1",)], id="asked-for-document"),
        pytest.param(
            '{"x": {"n": 1}, "y": null}',
            Layout.ENTRIES,
            ["key", "value"],
            [('"x"', '{"n":1}'), ('"y"', None)],
            id="entries",
        ),
        pytest.param("{}", Layout.ENTRIES, ["key", "value"], [], id="no-entries"),
        pytest.param('[1, {"a": 2}, null]', None, ["value"], [("1",), ('{"a":2}',), (None,)], id="items"),
        pytest.param("12.50", None, ["value"], [("12.5",)], id="value"),
    ],
)
def test_a_json_document_is_a_table_by_its_layout(
    text: str, layout: Layout | None, names: list[str], expected: list[Any], opened: Callable[..., Any], tmp_path: Path
) -> None:
    path = tmp_path / "data.json"
    path.write_text(text)

    data = opened("json", path, layout=layout)

    assert data.names == names
    assert [
        row[: len(names)] for row in data.rows(", ".join([*(column.sql for column in data.relation.columns), "__row"]))
    ] == expected
    assert data.relation.size_bytes == path.stat().st_size


@pytest.mark.parametrize("piece", [1, 2, 3, 7])
def test_a_json_document_is_the_same_in_any_pieces(
    piece: int, opened: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_document, "_PIECE", piece)
    monkeypatch.setattr("wombat_tool.utf8.CHUNK_BYTES", piece)
    path = tmp_path / "data.json"
    path.write_text('[ {"n" : -12.5e3, "t": "ü\\"]}\\u00e9"} ,\n\n{"n":\n7, "t": [true, false, null, "" ]} ]')

    data = opened("json", path)

    assert data.rows("n, t ->> '$'") == [("-12500.0", 'ü"]}é'), ("7", '[true,false,null,""]')]


@pytest.mark.parametrize(
    ("text", "layout", "message"),
    [
        pytest.param('[{"a": 1},\n{"a" 2}]', None, "line 2 is not JSON: Expecting ':' delimiter.", id="no-json"),
        pytest.param('[{"a": 1}\n', None, "line 2 is not JSON: Expecting ',' delimiter.", id="cut-off"),
        pytest.param('[{"a": 1}]\n{}', None, "line 2 is not JSON: Extra data.", id="two-documents"),
        pytest.param('{"a": 1,}', Layout.ENTRIES, "line 1 is not JSON: Expecting property name", id="comma"),
        pytest.param("[1]", Layout.ROWS, "item 1 is a number, and with the layout 'rows' it must be an object.", id="items"),
        pytest.param("{}", Layout.ROWS, "it is an object, and with the layout 'rows' it must be an array.", id="object"),
        pytest.param(
            "[]", Layout.ENTRIES, "it is an array, and with the layout 'entries' it must be an object.", id="array"
        ),
        pytest.param(
            '[{"a": 1},\n{"a": 1, "a": 2}]',
            None,
            "the value in line 2: the key 'a' is there twice in one object.",
            id="twice",
        ),
        pytest.param(
            "[1,\n" + "[" * 300 + "]" * 300 + "]",
            None,
            "the value that begins in line 2 is nested deeper than 200 levels.",
            id="deep",
        ),
        pytest.param("[" * 100_000, None, "is nested", id="very-deep"),
    ],
)
def test_a_json_document_that_is_none_is_refused(
    text: str, layout: Layout | None, message: str, opened: Callable[..., Any], tmp_path: Path
) -> None:
    path = tmp_path / "data.json"
    path.write_text(text)

    with pytest.raises(DataError) as caught:
        opened("json", path, layout=layout)

    assert str(caught.value).startswith(f"data ({path}) cannot be read as json: ")
    assert message in str(caught.value)


def test_layouts_are_told_where_one_does_not_fit(opened: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "data.json"
    path.write_text("[1]")

    with pytest.raises(DataError, match="`wombat.layout`: `rows` for an array of objects, `document` for one object"):
        opened("json", path, layout=Layout.DOCUMENT)


def test_a_row_of_json_has_a_bounded_length(
    opened: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_document, "_MOST_CHARACTERS", 3000)
    monkeypatch.setattr(json_document, "_PIECE", 1000)
    monkeypatch.setattr("wombat_tool.utf8.CHUNK_BYTES", 500)
    path = tmp_path / "data.json"
    path.write_text('[{"a": 1},\n{"a": "' + "x" * 10_000 + '"}]')

    with pytest.raises(DataError, match='line 2 is longer than .* format="jsonl"'):
        opened("json", path)


def test_a_line_of_text_has_a_bounded_length(
    opened: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wombat_tool.relations.other_files._MOST_LINE_BYTES", 1000)
    monkeypatch.setattr("wombat_tool.utf8.CHUNK_BYTES", 500)
    path = tmp_path / "data.txt"
    path.write_text("short\n" + "x" * 3000 + "\n")

    with pytest.raises(DataError, match='line 2 is longer than .* Set format="file" on the dataset target'):
        opened("text", path)


def test_json_lines_are_read_in_blocks(opened: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonl_file, "_FIRST_BLOCK_BYTES", 64)
    monkeypatch.setattr(jsonl_file, "_MOST_BLOCK_BYTES", 256)
    path = tmp_path / "data.jsonl"
    path.write_text("".join(f'{{"a": {i}}}\n\n' for i in range(1000)))

    assert opened("jsonl", path).rows("CAST(a AS INTEGER), __row") == [(i, i + 1) for i in range(1000)]
