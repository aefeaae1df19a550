"""Values that nobody may see, in previews of every format."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from wombat_tool.preview import json_value
from wombat_tool.preview.mask import MARK, Mask

ROWS = [
    {"id": 1, "name": "Zoë", "address": {"zip": "10115", "city": "Berlin"}, "tags": ["red"]},
    {"id": 2, "name": None, "address": {"zip": "20095", "city": "Hamburg"}, "tags": []},
]
SECRETS = ("Zoë", "10115", "20095", "red")


def write(path: Path) -> Path:
    """The rows in the format that the path ends with; CSV holds the first two columns."""
    if path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(ROWS), path)
    elif path.suffix == ".arrow":
        table = pa.Table.from_pylist(ROWS)
        with pa.ipc.new_file(str(path), table.schema) as writer:
            writer.write_table(table)
    elif path.suffix == ".csv":
        path.write_text("id,name\n1,Zoë\n2,\n", encoding="utf-8")
    elif path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in ROWS), encoding="utf-8")
    else:
        path.write_text(json.dumps(ROWS, ensure_ascii=False), encoding="utf-8")
    return path


@pytest.mark.parametrize("format", ["parquet", "arrow", "csv", "jsonl", "json"])
@pytest.mark.parametrize("output", ["text", "json"])
def test_hidden_values_are_nowhere(format: str, output: str, preview: Callable[..., Any], tmp_path: Path) -> None:
    path = write(tmp_path / f"data.{format}")

    shown = preview(format, path, "--output", output)
    hidden = preview(format, path, "--output", output, *(f"--mask={one}" for one in ("name", "address.zip", "tags[]")))

    present = [one for one in SECRETS if format != "csv" or one == "Zoë"]
    assert all(json.dumps(one)[1:-1] in shown.out or one in shown.out for one in present)
    assert not any(json.dumps(one)[1:-1] in hidden.out or one in hidden.out for one in present)
    assert MARK in hidden.out
    assert format == "csv" or ("Berlin" in hidden.out and "address" in hidden.out)


@pytest.mark.parametrize("format", ["parquet", "arrow", "jsonl"])
def test_programs_get_the_mark_in_the_place_of_a_value(format: str, preview: Callable[..., Any], tmp_path: Path) -> None:
    path = write(tmp_path / f"data.{format}")

    head = json.loads(preview(format, path, "--output", "json", "--mask", "name", "--mask", "address.zip").out)["head"]

    assert head == [
        {"id": 1, "name": MARK, "address": {"zip": MARK, "city": "Berlin"}, "tags": ["red"]},
        # A missing value says something, too.
        {"id": 2, "name": MARK, "address": {"zip": MARK, "city": "Hamburg"}, "tags": []},
    ]


def test_a_masked_column_keeps_its_place(preview: Callable[..., Any], tmp_path: Path) -> None:
    ran = preview("csv", write(tmp_path / "data.csv"), "--mask", "id")

    assert ran.out.splitlines()[-4:] == [
        "      id  name",
        "────────  ────",
        "(hidden)  Zoë",
        "(hidden)  ∅",
    ]


def test_a_mask_of_no_column_hides_nothing(preview: Callable[..., Any], tmp_path: Path) -> None:
    path = write(tmp_path / "data.csv")

    assert preview("csv", path, "--mask", "names").out == preview("csv", path).out


@pytest.mark.parametrize(
    ("value", "path", "expected"),
    [
        pytest.param({"a": {"b": 1, "c": 2}}, "a", {"a": MARK}, id="object"),
        pytest.param({"a": {"b": 1, "c": 2}}, "a.b", {"a": {"b": MARK, "c": 2}}, id="member"),
        pytest.param({"a": [{"b": 1}, {"b": None}, {}]}, "a[].b", {"a": [{"b": MARK}, {"b": MARK}, {}]}, id="in-list"),
        pytest.param({"a": [1, 2]}, "a[]", {"a": MARK}, id="items"),
        pytest.param({"a": None}, "a.b", {"a": None}, id="no-object"),
        pytest.param({"a": "10115 Berlin"}, "a.b", {"a": MARK}, id="text-for-an-object"),
        pytest.param({"a": {"x": 1, "y": 2}}, "a.value", {"a": {"x": MARK, "y": MARK}}, id="values-of-map"),
        pytest.param({"a": {"x": {"n": 1}}}, "a.value.n", {"a": {"x": {"n": MARK}}}, id="in-values-of-map"),
        pytest.param({"a": [["x", 1]]}, "a.value", {"a": [[MARK, MARK]]}, id="pairs"),
        pytest.param({"a": {"x": 1, "y": 2}}, "a.key", {"a": {f"{MARK} 1": 1, f"{MARK} 2": 2}}, id="keys-of-map"),
        pytest.param({"a": {"key": 1}}, "a.key", {"a": {f"{MARK} 1": MARK}}, id="member-called-key"),
        pytest.param([{"a": 1}, {"b": 2}], "a", [{"a": MARK}, {"b": 2}], id="rows"),
        pytest.param({"x": 1, "value": 2}, "value", {"x": MARK, "value": MARK}, id="entries"),
        pytest.param("text", "a", MARK, id="text-document"),
    ],
)
def test_a_path_leads_into_a_document(value: Any, path: str, expected: Any) -> None:
    assert Mask((path,)).of_document(value) == expected


def test_a_column_may_have_a_name_like_a_path() -> None:
    mask = Mask(("a.b",))

    assert mask.of("a.b", 1) == MARK
    assert mask.of("a", {"b": 1, "c": 2}) == {"b": MARK, "c": 2}
    assert mask.of("ab", 1) == 1
    assert [mask.hides(one) for one in ("a", "a.b", "a.b[].c", "ab", "a.c", None)] == [True, True, True, False, False, False]


def test_lines_of_a_text_can_be_hidden(preview: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("secret\nsecret, too\n")

    assert preview("text", path, "--mask", "line").out.splitlines()[-2:] == [MARK, MARK]
    assert json.loads(preview("text", path, "--mask", "line", "--output", "json").out)["head"] == [MARK, MARK]


def test_paths_hide_what_is_in_them(preview: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "name=Zoe" / "id=1").mkdir(parents=True)
    (tmp_path / "name=Zoe" / "id=1" / "part").write_text("x")

    assert f"name={MARK}/id=1/part" in preview("directory", tmp_path, "--mask", "name").out
    assert preview("directory", tmp_path, "--mask", "path").out.splitlines()[-1].startswith(MARK)


def test_a_document_that_is_read_in_part_is_masked(
    preview: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_value, "_MOST_BYTES", 10)
    monkeypatch.setattr(json_value, "_BEGINNING_BYTES", 60)
    path = write(tmp_path / "data.json")

    ran = preview("json", path, "--mask", "name")

    assert ran.exit_code == 0
    assert "Zoë" not in ran.out
    assert f'"name": "{MARK}"' in ran.out
