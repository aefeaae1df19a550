"""Previews of JSON, text, files and directories."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wombat_tool.preview import json_value


def test_text_shows_its_first_lines(preview: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes("Zoë\r\n\tindented\n\x1b[31mred\nlast".encode())

    ran = preview("text", path, "--rows", "3", "--width", "20", "--title", "etl:notes")

    assert ran.out == (
        "etl:notes\n"
        "text, 29 B, 4 lines\n"
        "\n"
        "Zoë\n"
        "        indented\n"
        "\\x1b[31mred\n"
        "… the first 3 of 4\n"
        "lines\n"
    )


@pytest.mark.parametrize(
    ("text", "lines", "head"),
    [
        pytest.param("", 0, [], id="empty"),
        pytest.param("\n", 1, [""], id="blank-line"),
        pytest.param("a\nb\n", 2, ["a", "b"], id="ends-with-line"),
        pytest.param("a\n\nb", 3, ["a", "", "b"], id="ends-without"),
    ],
)
def test_text_lines_are_counted(
    text: str, lines: int, head: list[str], preview: Callable[..., Any], tmp_path: Path
) -> None:
    path = tmp_path / "notes.txt"
    path.write_text(text)

    assert json.loads(preview("text", path, "--output", "json").out) == {
        "version": 1,
        "format": "text",
        "size_bytes": len(text),
        "lines": lines,
        "head": head,
        "head_is_cut": False,
    }


def test_a_text_of_one_long_line_is_cut(preview: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("ä" * 3_000_000 + "\nend", encoding="utf-8")

    found = json.loads(preview("text", path, "--output", "json").out)

    assert found["head"] == ["ä" * 10_000 + "…", "end"]
    assert (found["lines"], found["head_is_cut"]) == (2, True)


def test_json_is_written_in_lines_that_fit(preview: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "data.json"
    value = {"small": {"a": [1, 2, None]}, "rows": [{"name": "x" * 30, "ok": True}] * 2, "long": "y" * 100, "": {}}
    path.write_text(json.dumps(value))

    ran = preview("json", path, "--width", "40", "--title", "etl:config")

    assert ran.out == (
        "etl:config\n"
        "json, 272 B, object of 4 keys\n"
        "\n"
        "{\n"
        '  "small": {"a": [1, 2, null]},\n'
        '  "rows": [\n'
        "    {\n"
        '      "name": "xxxxxxxxxxxxxxxxxxxxxxx…,\n'
        '      "ok": true\n'
        "    },\n"
        "    {\n"
        '      "name": "xxxxxxxxxxxxxxxxxxxxxxx…,\n'
        '      "ok": true\n'
        "    }\n"
        "  ],\n"
        '  "long": "yyyyyyyyyyyyyyyyyyyyyyyyyyy…,\n'
        '  "": {}\n'
        "}\n"
    )


def test_long_and_deep_json_is_cut(preview: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "data.json"
    deep: Any = {f"key {i}": "value" for i in range(20)}
    for _ in range(20):
        deep = [deep, 1]
    path.write_text(json.dumps({"deep": deep, "list": ["item " * 3] * 100}))

    found = json.loads(preview("json", path, "--rows", "6", "--output", "json").out)

    assert found["head"][6] == " " * 12 + "[… 2 items],"
    assert len(found["head"]) == 25
    assert found["head"][-1] == "…"
    assert (found["kind"], found["items"], found["head_is_cut"]) == ("object", 2, True)


@pytest.mark.parametrize(
    ("text", "kind", "items", "head"),
    [
        ("[]", "array", 0, ["[]"]),
        ("[1, 2.5]", "array", 2, ["[1, 2.5]"]),
        ('"Zo\\u00eb"', "string", None, ['"Zoë"']),
        ("12", "number", None, ["12"]),
        ("true", "boolean", None, ["true"]),
        ("null", "null", None, ["null"]),
        ('\ufeff{"a": "\\ud800\\u202e"}', "object", 1, ['{"a": "\\ud800\\u202e"}']),
    ],
)
def test_json_of_every_kind_is_told(
    text: str, kind: str, items: object, head: list[str], preview: Callable[..., Any], tmp_path: Path
) -> None:
    path = tmp_path / "data.json"
    path.write_text(text, encoding="utf-8")

    found = json.loads(preview("json", path, "--output", "json").out)

    assert (found["kind"], found["items"], found["head"]) == (kind, items, head)


@pytest.fixture
def large_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Write a document that is too large to be read as a whole."""

    def write(text: str) -> Path:
        monkeypatch.setattr(json_value, "_MOST_BYTES", 100)
        monkeypatch.setattr(json_value, "_BEGINNING_BYTES", 100)
        path = tmp_path / "large.json"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_of_large_json_the_beginning_is_shown(large_json: Callable[[str], Path], preview: Callable[..., Any]) -> None:
    path = large_json(json.dumps({"rows": [{"id": i, "name": "Zoë"} for i in range(1000)]}, ensure_ascii=False))

    ran = preview("json", path, "--width", "60", "--title", "etl:rows")

    assert ran.out == (
        "etl:rows\n"
        "json, 28.9 kB, object\n"
        "\n"
        "{\n"
        '  "rows": [\n'
        '    {"id": 0, "name": "Zoë"},\n'
        '    {"id": 1, "name": "Zoë"},\n'
        '    {"id": 2, "name": "Zoë"},\n'
        "    {\n"
        '      "id": 3,\n'
        "      …\n"
        "    },\n"
        "    …\n"
        "  ],\n"
        "  …\n"
        "}\n"
        "… only the first 100 B were read and checked\n"
    )


@pytest.mark.parametrize(
    ("text", "head"),
    [
        pytest.param('"' + "x" * 500 + '"', ["…"], id="one-string"),
        pytest.param("[" * 500 + "]" * 500, ["[", "  [", "    [", "      ["], id="deep"),
        pytest.param('{"a": "' + "x" * 500 + '"}', ["{", "  …", "}"], id="value-cut-off"),
    ],
)
def test_of_large_json_any_beginning_is_shown(
    text: str, head: list[str], large_json: Callable[[str], Path], preview: Callable[..., Any]
) -> None:
    ran = preview("json", large_json(text), "--output", "json", "--rows", "1")

    assert json.loads(ran.out)["head"][:4] == head


@pytest.mark.parametrize("text", ["{1: 2}", "[}", "]", "[nope]", '{"a": [1}}'])
def test_of_large_json_the_beginning_is_checked(
    text: str, large_json: Callable[[str], Path], preview: Callable[..., Any]
) -> None:
    ran = preview("json", large_json("\n" + text + " " * 500))

    assert ran.exit_code == 1
    assert "line 2 is not JSON. Correct the file." in ran.err


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        pytest.param(b"", "empty file", id="empty"),
        pytest.param(b"\x89PNG\r\n\x1a\n\0\0", "PNG image", id="png"),
        pytest.param(b"%PDF-1.7\n%\xe2\xe3", "PDF document", id="pdf"),
        pytest.param(b"PAR1\x15\x04", "Parquet file", id="parquet"),
        pytest.param(b"ARROW1\0\0", "Arrow IPC file", id="arrow"),
        pytest.param(b"SQLite format 3\0", "SQLite database", id="sqlite"),
        pytest.param(b"\x80\x04\x95\x00", "Python pickle", id="pickle"),
        pytest.param(b"\x93NUMPY\x01\0", "NumPy array", id="numpy"),
        pytest.param(b"\0" * 257 + b"ustar\0", "tar archive", id="tar"),
        pytest.param(b"PK\x03\x04" + b"\0" * 22 + b"\x08\0\0\0" + b"word.xml", "zip archive", id="zip"),
        pytest.param(b"PK\x03\x04" + b"\0" * 22 + b"\x10\0\0\0archive/data.pkl", "PyTorch model", id="torch"),
        pytest.param(
            b"PK\x03\x04" + b"\0" * 22 + b"\x13\0\0\0[Content_Types].xml", "Office Open XML document", id="office"
        ),
        pytest.param(b"#!/bin/sh\n", "script", id="script"),
        pytest.param(b'{"a": 1}', "text, perhaps JSON", id="json"),
        pytest.param(b"<!DOCTYPE html>", "HTML page", id="html"),
        pytest.param("Zoë".encode() * 2000 + b"\xc3", "text", id="text-cut-within-a-character"),
        pytest.param(b"\xff\xfea\0", "text in UTF-16", id="utf16"),
        pytest.param(bytes(range(256)), "unknown binary data", id="binary"),
    ],
)
def test_a_file_is_told_by_its_first_bytes(
    content: bytes, kind: str, preview: Callable[..., Any], tmp_path: Path
) -> None:
    path = tmp_path / "model"
    path.write_bytes(content)

    assert json.loads(preview("file", path, "--output", "json").out) == {
        "version": 1,
        "format": "file",
        "size_bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "kind": kind,
    }


def test_people_see_the_facts_of_a_file(preview: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "model"
    path.write_bytes(b"\0" * 2048)

    assert preview("file", path, "--title", "ml:model").out == (
        "ml:model\n"
        "file, 2.05 kB\n"
        "\n"
        "bytes   2,048\n"
        "sha256  e5a00aa9991ac8a5ee3109844d84a55583bd20572ad3ffcd42792f3c36b183ad\n"
        "kind    unknown binary data (by its first bytes)\n"
    )


def test_a_directory_is_listed(preview: Callable[..., Any], tmp_path: Path) -> None:
    for relpath, size in (("b.bin", 1500), ("a/日本.txt", 3), (".hidden", 0), ("a/z/deep", 20)):
        (tmp_path / relpath).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / relpath).write_bytes(b"x" * size)

    ran = preview("directory", tmp_path, "--rows", "3", "--title", "etl:images")
    found = json.loads(preview("directory", tmp_path, "--rows", "2", "--output", "json").out)

    assert ran.out == (
        "etl:images\n"
        "directory, 1.52 kB, 4 files\n"
        "\n"
        "file        bytes\n"
        "──────────  ─────\n"
        ".hidden         0\n"
        "a/z/deep       20\n"
        "a/日本.txt      3\n"
        "… the first 3 of 4 files\n"
    )
    assert found == {
        "version": 1,
        "format": "directory",
        "size_bytes": 1523,
        "files": 4,
        "head": [{"path": ".hidden", "size_bytes": 0}, {"path": "a/z/deep", "size_bytes": 20}],
    }


def test_an_empty_directory_is_no_error(preview: Callable[..., Any], tmp_path: Path) -> None:
    assert preview("directory", tmp_path, "--title", "d").out == "d\ndirectory, 0 B, 0 files\n"
