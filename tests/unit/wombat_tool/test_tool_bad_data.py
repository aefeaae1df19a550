"""What a user reads where data is not of its format: what, where, and how to mend it."""

from __future__ import annotations

import errno
import gzip
import os
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import wombat_tool.preview.command
from wombat_tool.tables import csv_file, jsonl_file

AGAIN = "Build the data again, or correct the `format` field of its dataset target."
UTF8 = "Save it as UTF-8, as with `iconv -f windows-1252 -t utf-8`."
QUOTE = "Close the quote, or write a quote that is part of a value twice."


@pytest.mark.parametrize(
    ("format", "content", "message"),
    [
        *(
            pytest.param(format, b"", f"it is empty (0 bytes). {AGAIN}", id=f"empty-{format}")
            for format in ("parquet", "arrow", "csv", "json")
        ),
        pytest.param(
            "parquet",
            b"a,b\n1,2\n",
            f"it begins with b'a,b\\n', where such a file begins with b'PAR1'. It looks like: text. {AGAIN}",
            id="parquet-is-csv",
        ),
        pytest.param(
            "arrow",
            b"\xff\xff\xff\xff0000",
            "It looks like: Arrow IPC stream (not an Arrow IPC file).",
            id="arrow-is-stream",
        ),
        pytest.param(
            "parquet",
            b"PAR1" + b"x" * 1000,
            f"it does not end with b'PAR1', so it is cut off or was not closed after writing (1,004 bytes). {AGAIN}",
            id="parquet-cut-off",
        ),
        pytest.param("parquet", b"PAR1" + b"\x7f" * 1000 + b"PAR1", AGAIN, id="parquet-garbage"),
        pytest.param("arrow", b"ARROW1" + b"\x7f" * 1000 + b"ARROW1", AGAIN, id="arrow-garbage"),
        pytest.param(
            "csv", gzip.compress(b"a,b\n"), f"it is no text. It looks like: gzip-compressed data. {AGAIN}", id="gzip"
        ),
        pytest.param("csv", b"<!DOCTYPE html><p>404", f"it looks like: HTML page. {AGAIN}", id="html"),
        pytest.param(
            "csv",
            b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n",
            "it is a Git LFS pointer, whose content was not fetched. Run `git lfs pull`.",
            id="lfs",
        ),
        pytest.param(
            "csv", b"a,b\n1,2\n3,\xe9\n", f"byte 0xe9 in line 3, at offset 10, is not UTF-8. {UTF8}", id="csv-latin"
        ),
        pytest.param(
            "csv", b"a,\xe9\n1,2\n", f"byte 0xe9 in line 1, at offset 2, is not UTF-8. {UTF8}", id="csv-latin-header"
        ),
        pytest.param(
            "csv",
            "a,b\n".encode("utf-16"),
            "it is text in UTF-16, and must be UTF-8. Convert it, as with `iconv -f utf-16 -t utf-8`.",
            id="csv-utf16",
        ),
        pytest.param(
            "csv",
            b"a,b\n1,2\n3\n",
            "Row #3: Expected 2 columns, got 1: 3. (The header is row 1.) Correct the row; a value that holds a comma, "
            "a quote or a line end goes in double quotes.",
            id="csv-short-row",
        ),
        pytest.param("csv", b"\n\n", f"it has no header: it holds blank lines alone. {AGAIN}", id="csv-blank"),
        pytest.param(
            "csv", b'a,"b\n1,2\n', f"its header opens a quote that is not closed. {QUOTE}", id="csv-header-quote"
        ),
        pytest.param(
            "csv",
            b'a,b\n1,2\n1,"x\n1,2\n',
            f"row 3 (the header is row 1) opens a quote that is not closed. {QUOTE}",
            id="csv-quote",
        ),
        pytest.param(
            "jsonl",
            b'{"a": 1}\n\n{"a": \n',
            "line 3, column 7 is not JSON: Expecting value. Correct the line; each must be one whole object, as "
            '{"column": 1}.',
            id="jsonl-broken",
        ),
        *(
            pytest.param(
                "jsonl",
                b'{"a": 1}\n' + line,
                f"line 2 holds no JSON object, but {line.decode()!r}. Each line must be one object, as "
                '{"column": 1}; for another kind of JSON set format="json".',
                id=f"jsonl-{line.decode()}",
            )
            for line in (b"[1]", b"null", b"3", b'"x"')
        ),
        pytest.param(
            "jsonl", b'{"a": 1} {"a": 2}\n', "line 1, column 10 is not JSON: Extra data.", id="jsonl-two-in-a-line"
        ),
        pytest.param("jsonl", b'{"a": 1} null\n', "line 1, column 10 is not JSON: Extra data.", id="jsonl-null-behind"),
        pytest.param("jsonl", b'{\n"a": 1\n}\n', "line 1, column 2 is not JSON: ", id="jsonl-pretty"),
        pytest.param(
            "jsonl",
            b'{"b": 1, "a": 1, "a": 2}\n',
            "line 1: the key 'a' is there twice in one object. Correct the line.",
            id="jsonl-key-twice",
        ),
        pytest.param(
            "jsonl",
            b'{"a": 1}\n{"a": "\xe9"}\n',
            f"byte 0xe9 in line 2, at offset 16, is not UTF-8. {UTF8}",
            id="jsonl-latin",
        ),
        pytest.param(
            "jsonl",
            b'{"a": ' + b"[" * 5000 + b"]" * 5000 + b"}\n",
            'line 1 is nested deeper than 200 levels. Write flatter data, or set format="text" on the dataset target.',
            id="jsonl-deep",
        ),
        pytest.param(
            "json",
            b'{"a": 1}\n{"a": 2}\n',
            'line 2, column 1 is not JSON: Extra data. Correct the file; for one JSON value a line set format="jsonl" '
            "on the dataset target.",
            id="json-lines",
        ),
        pytest.param("json", b"[1, \xe9]", f"byte 0xe9 in line 1, at offset 4, is not UTF-8. {UTF8}", id="json-latin"),
        pytest.param(
            "json",
            b"[" * 100_000,
            'nested too deeply. Write flatter data, or set format="text" on the dataset target.',
            id="json-deep",
        ),
        pytest.param(
            "text", b"ok\n\xff\xfeno", f"byte 0xff in line 2, at offset 3, is not UTF-8. {UTF8}", id="text-latin"
        ),
        pytest.param(
            "text", b"ok\n\xe2\x82", f"byte 0xe2 in line 2, at offset 3, is not UTF-8. {UTF8}", id="text-cut-off"
        ),
    ],
)
def test_bad_data_is_explained(
    format: str, content: bytes, message: str, preview: Callable[..., Any], tmp_path: Path
) -> None:
    path = tmp_path / "data"
    path.write_bytes(content)

    ran = preview(format, path, "--title", "etl:raw")

    assert (ran.exit_code, ran.out) == (1, "")
    assert ran.err.startswith(f"DataError: etl:raw ({path}) cannot be read as {format}: ")
    assert message in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize(
    ("format", "message"),
    [
        pytest.param(
            "csv",
            "is a directory without any data file. See that the `sources` of the dataset target match files, or that "
            "the step writes some.",
            id="empty-directory",
        ),
        pytest.param(
            "json",
            'is a directory, and data of format json is one file. Set format="directory" on the dataset target, or '
            "declare one dataset for each file.",
            id="directory-for-a-file",
        ),
    ],
)
def test_a_directory_in_the_wrong_place_is_explained(
    format: str, message: str, preview: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "_SUCCESS").touch()

    ran = preview(format, tmp_path)

    assert ran.err == f"MissingDataError: {tmp_path} {message}\n"


def test_a_file_for_a_directory_is_explained(preview: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "x").touch()

    assert preview("directory", tmp_path / "x").err == (
        f"MissingDataError: {tmp_path}/x is a file, and data of format directory is a directory. "
        'Set format="file", or that of the file, on the dataset target.\n'
    )
    assert preview("directory", tmp_path / "y").err == (
        f"MissingDataError: {tmp_path}/y is not there. Build the dataset again, or correct the path.\n"
    )


def test_the_bad_file_of_several_is_named(preview: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_text("a\n1\n")
    (tmp_path / "2.csv").write_text("a,b\n1\n")

    assert f"etl:raw ({tmp_path}/2.csv) cannot" in preview("csv", tmp_path, "--title", "etl:raw").err


def test_a_broken_link_is_explained(preview: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "gone").symlink_to("nowhere")

    assert "gone cannot be opened: No such file" in preview("csv", tmp_path).err
    assert "its file 'gone': No such file" in preview("directory", tmp_path).err


def test_an_open_quote_in_a_long_csv_is_explained(
    preview: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_file, "_BLOCK_BYTES", 1 << 16)
    monkeypatch.setattr(csv_file, "_LARGE_BLOCK_BYTES", 1 << 20)
    path = tmp_path / "data.csv"
    path.write_text('a,b\n1,"2\n' + "3,4\n" * 1_000_000)

    assert f"a row is longer than 1 MiB, as if a quote in it were not closed. {QUOTE}" in preview("csv", path).err


def test_non_utf8_text_late_in_a_csv_is_explained(preview: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes(b"a,b\n" + b"1,x\n" * 300_000 + b"1,\xe9\n")

    assert f"byte 0xe9 in line 300002, at offset 1200006, is not UTF-8. {UTF8}" in preview("csv", path).err


def test_json_lines_whose_keys_are_data_are_explained(
    preview: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jsonl_file, "_MOST_COLUMNS", 100)
    path = tmp_path / "data.jsonl"
    path.write_text("".join(f'{{"user {i}": 1}}\n' for i in range(200)))

    err = preview("jsonl", path).err
    assert "more than 100 different keys, so the keys are data and not columns. Write keys as values" in err


def test_an_endless_json_line_is_explained(
    preview: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jsonl_file, "_MOST_LINE_BYTES", 1 << 20)
    path = tmp_path / "data.jsonl"
    path.write_text('{"a": 1}\n{"a": "' + "x" * (3 << 20))

    assert "line 2 is longer than 1 MiB." in preview("jsonl", path).err


@pytest.mark.parametrize("format", ["parquet", "arrow", "csv", "jsonl", "json"])
def test_damaged_files_are_read_or_explained(format: str, preview: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "data"
    table = pa.table({"a": range(50), "s": ["x", None] * 25, "l": [[1], None] * 25})
    if format == "parquet":
        pq.write_table(table, path)
    elif format == "arrow":
        with pa.ipc.new_file(str(path), table.schema) as writer:
            writer.write_table(table)
    else:
        path.write_text({"csv": 'a,"b"\n1,"x""y"\n2,\n', "jsonl": '{"a":[1]}\n' * 3, "json": '{"a":["b",1]}'}[format])
    content = path.read_bytes()
    chance = random.Random(0)

    for _ in range(40):
        damaged = bytearray(content)
        for _ in range(chance.randrange(1, 4)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        path.write_bytes(damaged)
        ran = preview(format, path)

        assert ran.exit_code == 0 or re.match(r"DataError: .* cannot be read as ", ran.err)


def test_a_disk_that_fails_is_explained(
    preview: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(wombat_tool.preview.command, "_preview_of", fail)

    assert preview("text", tmp_path).err == (
        f"MissingDataError: {tmp_path} cannot be read: Input/output error. "
        "See that it may be read, and that nothing changes it at the same time.\n"
    )


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file")
def test_a_file_that_must_not_be_read_is_explained(preview: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text("a\n")
    path.chmod(0)

    assert "cannot be opened: Permission denied." in preview("csv", path).err
