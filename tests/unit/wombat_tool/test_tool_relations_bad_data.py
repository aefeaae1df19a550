"""What a user reads where data cannot be opened, or turns out not to be readable while it is read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from wombat_tool.errors import DataError, MissingDataError

UTF8 = "Save it as UTF-8, as with `iconv -f windows-1252 -t utf-8`."


@pytest.mark.parametrize(
    ("format", "content", "message"),
    [
        pytest.param("parquet", b"a,b\n1,2\n", "it begins with b'a,b\\n', where such a file begins with b'PAR1'.", id="csv"),
        pytest.param("parquet", b"PAR1" + b"\x7f" * 1000 + b"PAR1", "Build the data again", id="parquet-garbage"),
        pytest.param("csv", b"a,b\n1,2\n3,\xe9\n", f"byte 0xe9 in line 3, at offset 10, is not UTF-8. {UTF8}", id="latin"),
        pytest.param("csv", b"a,b\n1,2\n3\n", "Row #3: Expected 2 columns, got 1: 3. (The header is row 1.)", id="short"),
        pytest.param(
            "csv", b'a,b\n1,"x\n2,y\n', "row 2 (the header is row 1) opens a quote that is not closed.", id="quote"
        ),
        pytest.param("csv", b"\n\n", "it has no header: it holds blank lines alone.", id="no-header"),
        pytest.param("csv", b"", "it is empty (0 bytes).", id="empty"),
        pytest.param("jsonl", b'{"a": 1}\n\nnull\n', "line 3 holds no JSON object, but 'null'.", id="null-line"),
        pytest.param("jsonl", b'{"a": 1}\n{"a": }\n', "line 2, column 7 is not JSON: Expecting value.", id="no-json"),
        pytest.param("jsonl", b'{"a": 1, "a": 2}\n', "line 1: the key 'a' is there twice in one object.", id="key-twice"),
        pytest.param(
            "jsonl", b'{"a": "\xe9"}\n', f"byte 0xe9 in line 1, at offset 7, is not UTF-8. {UTF8}", id="jsonl-latin"
        ),
        pytest.param("json", b'["\xe9"]', f"byte 0xe9 in line 1, at offset 2, is not UTF-8. {UTF8}", id="json-latin"),
        pytest.param("text", b"x\n\xe9", f"byte 0xe9 in line 2, at offset 2, is not UTF-8. {UTF8}", id="text-latin"),
    ],
)
def test_data_that_is_not_of_its_format_is_refused_as_previews_refuse_it(
    format: str, content: bytes, message: str, opened: Callable[..., Any], preview: Callable[..., Any], tmp_path: Path
) -> None:
    path = tmp_path / f"data.{format}"
    path.write_bytes(content)

    with pytest.raises(DataError) as caught:
        opened(format, path, title="a:data")

    assert str(caught.value).startswith(f"a:data ({path}) cannot be read as {format}: ")
    assert message in str(caught.value)
    assert preview(format, path, "--title", "a:data").err == f"DataError: {caught.value}\n"


def test_an_arrow_file_of_garbage_is_refused(opened: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "data.arrow"
    path.write_bytes(b"ARROW1" + b"\x7f" * 1000 + b"ARROW1")

    with pytest.raises(
        DataError, match=f"data .{path}. cannot be read as arrow: File is smaller than .* Build the data again"
    ):
        opened("arrow", path)


@pytest.mark.parametrize("format", ["parquet", "csv", "text", "file", "directory", "json"])
def test_missing_data_is_missing(format: str, opened: Callable[..., Any], tmp_path: Path) -> None:
    with pytest.raises(MissingDataError, match="Build the dataset again, or correct the path."):
        opened(format, tmp_path / "data")


def test_a_directory_without_data_is_missing_data(opened: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "_SUCCESS").touch()

    with pytest.raises(MissingDataError, match="is a directory without any data file. See that the `sources`"):
        opened("parquet", tmp_path)


def test_the_file_that_is_not_of_the_format_is_named(opened: Callable[..., Any], tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": [1]}), tmp_path / "1.parquet")
    (tmp_path / "2.parquet").write_bytes(b"PAR1" + b"\x7f" * 100 + b"PAR1")

    with pytest.raises(DataError, match="2.parquet"):
        opened("parquet", tmp_path)


def test_a_damaged_parquet_page_is_told_when_it_is_read(opened: Callable[..., Any], tmp_path: Path) -> None:
    good = tmp_path / "good.parquet"
    pq.write_table(pa.table({"s": [f"value {i}" for i in range(50_000)]}), good)
    content = bytearray(good.read_bytes())
    content[5000:6000] = bytes(1000)
    (tmp_path / "data").mkdir()
    path = tmp_path / "data" / "bad.parquet"
    path.write_bytes(content)
    data = opened("parquet", tmp_path / "data")

    with pytest.raises(DataError) as caught:
        data.rows("max(s) OVER (), __file, __row")

    assert str(caught.value).startswith(f"data ({path}) cannot be read as parquet: it is damaged: ")
    assert str(caught.value).endswith("Build the data again, or correct the `format` field of its dataset target.")
    # The connection goes on.
    assert data.connection.execute("SELECT 1").fetchall() == [(1,)]


def not_utf8() -> pa.Array:
    """A text that is none, as some programs write."""
    return pa.Array.from_buffers(
        pa.string(), 1, [None, pa.array([0, 2], pa.int32()).buffers()[1], pa.py_buffer(b"\xff\xfe")]
    )


def test_text_in_parquet_that_is_not_utf8_is_told_without_the_value(opened: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "data.parquet"
    pq.write_table(pa.table({"s": not_utf8()}), path)
    data = opened("parquet", path)

    with pytest.raises(DataError) as caught:
        data.rows("s")

    assert str(caught.value) == (
        f"data ({path}) cannot be read as parquet: text in it is not UTF-8. Build the data again with text in UTF-8."
    )


def test_text_in_arrow_that_is_not_utf8_is_told(opened: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "data.arrow"
    table = pa.table({"s": not_utf8()})
    with pa.ipc.new_file(str(path), table.schema) as writer:
        writer.write_table(table)
    data = opened("arrow", path)

    with pytest.raises(DataError, match=f"data .{path}. cannot be read as arrow: .*Invalid UTF8"):
        data.rows("s")
    assert data.connection.execute("SELECT 1").fetchall() == [(1,)]


def test_text_that_changed_meanwhile_is_told(opened: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text("a,b\n1,2\n")
    data = opened("csv", path)
    path.write_text("a,b\n1,2\n3\n")

    with pytest.raises(DataError, match="Row #3: Expected 2 columns, got 1"):
        data.rows()


def test_errors_of_queries_stay_errors_of_queries(opened: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "data.parquet"
    pq.write_table(pa.table({"a": ["x"]}), path)
    data = opened("parquet", path)

    for query, error in (
        ("SELECT CAST(a AS INTEGER) FROM {}", duckdb.ConversionException),
        ("SELECT b FROM {}", duckdb.BinderException),
        ("SELECT error('of a rule') FROM {}", duckdb.InvalidInputException),
        ("SELECT a FROM {} WHERE regexp_matches(a, '(')", duckdb.InvalidInputException),
    ):
        with pytest.raises(error), data.relation.reading():
            data.connection.execute(query.format(data.relation.sql())).fetchall()
