"""What differs between two builds of one dataset."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wombat_tool.__main__ import main
from wombat_tool.errors import MissingDataError
from wombat_tool.formats import Format
from wombat_tool.preview.mask import MARK, Mask
from wombat_tool.store.difference import Request, difference
from wombat_tool.store.difference_command import difference_lines

Tell = Callable[..., dict[str, Any]]


@pytest.fixture
def tell(tmp_path: Path) -> Tell:
    """Write two builds, each as bytes or as a table, and tell what differs."""

    def tell_difference(format: str, left: bytes | pa.Table, right: bytes | pa.Table, **options: Any) -> dict[str, Any]:
        for name, content in (("left", left), ("right", right)):
            if isinstance(content, bytes):
                (tmp_path / name).write_bytes(content)
            else:
                pq.write_table(content, tmp_path / name)
        return difference(Request(str(tmp_path / "left"), str(tmp_path / "right"), Format(format), **options))

    return tell_difference


def test_equal_files_are_identical(tell: Tell) -> None:
    document = tell("file", b"abc", b"abc")

    assert (document["same"], document["same_data"]) == (True, True)
    assert difference_lines(document, 80) == ["identical"]


def test_the_first_byte_and_line_that_differ_are_told(tell: Tell) -> None:
    document = tell("text", b"one\ntwo\nthree\n", b"one\ntwo\nthird\n")

    assert document["first_difference"] == {"file": None, "byte": 10, "line": 3}
    assert difference_lines(document, 80) == ["different", "bytes differ from byte 10, in line 3"]


def test_a_file_that_is_the_beginning_of_the_other_differs_at_its_end(tell: Tell) -> None:
    document = tell("file", b"a\nb", b"a\nbc")

    assert document["first_difference"] == {"file": None, "byte": 3, "line": 2}
    assert document["size_bytes"] == {"left": 3, "right": 4}


@given(st.binary(max_size=40), st.binary(max_size=40))
@settings(max_examples=50)
def test_the_first_difference_is_that_of_the_bytes(
    tmp_path_factory: pytest.TempPathFactory, left: bytes, right: bytes
) -> None:
    directory = tmp_path_factory.mktemp("files")
    (directory / "left").write_bytes(left)
    (directory / "right").write_bytes(right)

    first = difference(Request(str(directory / "left"), str(directory / "right"), Format.FILE))["first_difference"]

    assert (first is None) == (left == right)
    if first is not None:
        assert left[: first["byte"]] == right[: first["byte"]]
        assert left[first["byte"] : first["byte"] + 1] != right[first["byte"] : first["byte"] + 1]
        assert first["line"] == left[: first["byte"]].count(b"\n") + 1


def test_rows_that_differ_are_counted_and_shown(tell: Tell) -> None:
    left = pa.table({"id": [1, 2, 3], "delay": [1.0, 2.0, None]})
    right = pa.table({"id": [1, 2, 3], "delay": [1.0, 2.5, 3.0]})

    document = tell("parquet", left, right)

    assert document["same_data"] is False
    assert document["rows"]["differing"] == 2
    assert document["rows"]["by_column"] == [{"column": "delay", "rows": 2}]
    assert document["rows"]["first"] == [
        {"file": None, "row": 2, "columns": [{"column": "delay", "left": "2.0", "right": "2.5"}]},
        {"file": None, "row": 3, "columns": [{"column": "delay", "left": "∅", "right": "3.0"}]},
    ]
    lines = difference_lines(document, 80)
    assert "2 rows of 3 differ from the one at the same place" in lines
    assert not any("in line" in line or "compressed bytes" in line for line in lines)


def test_the_same_rows_in_another_order_are_told_as_such(tell: Tell) -> None:
    document = tell("parquet", pa.table({"id": [1, 2, 2]}), pa.table({"id": [2, 2, 1]}))

    assert document["rows"]["reordered"] is True
    assert document["same_data"] is False
    assert difference_lines(document, 80)[0] == "the same rows in another order"


def test_a_row_that_was_put_in_front_is_one_row_more(tell: Tell) -> None:
    document = tell("parquet", pa.table({"id": [1, 2, 3]}), pa.table({"id": [0, 1, 2, 3]}))

    assert (document["rows"]["only_left"], document["rows"]["only_right"]) == (0, 1)
    assert "rows: 3 → 4" in difference_lines(document, 80)


def test_equal_rows_count_as_often_as_they_are_there(tell: Tell) -> None:
    document = tell("parquet", pa.table({"id": [1, 1, 2]}), pa.table({"id": [1, 2, 2]}))

    assert document["rows"]["reordered"] is False
    assert (document["rows"]["only_left"], document["rows"]["only_right"]) == (1, 1)


def test_columns_and_types_that_differ_are_told(tell: Tell) -> None:
    left = pa.table({"id": pa.array([1], pa.int32()), "old": [1], "name": ["a"]})
    right = pa.table({"id": pa.array([1], pa.int64()), "name": ["a"], "new": [1]})

    document = tell("parquet", left, right)

    assert document["columns"]["only_left"] == ["old"]
    assert document["columns"]["only_right"] == ["new"]
    assert document["columns"]["types"] == [{"column": "id", "left": "int32", "right": "int64"}]
    assert document["rows"]["differing"] == 0
    assert "column id: type int32 → int64" in difference_lines(document, 80)


def test_columns_in_another_order_are_told(tell: Tell) -> None:
    document = tell("parquet", pa.table({"a": [1], "b": [2]}), pa.table({"b": [2], "a": [1]}))

    assert document["columns"]["reordered"] is True
    assert document["same_data"] is False


@pytest.mark.parametrize(
    ("options", "what"),
    [
        pytest.param({"row_group_size": 1}, "row groups", id="row groups"),
        pytest.param({"compression": "zstd"}, "compression", id="compression"),
        pytest.param({"use_dictionary": False}, "encodings", id="encodings"),
        pytest.param({"write_statistics": False}, "columns with statistics", id="statistics"),
    ],
)
def test_the_same_data_packed_otherwise_is_told_as_such(tmp_path: Path, options: dict[str, Any], what: str) -> None:
    table = pa.table({"id": [1, 2, 3]})
    pq.write_table(table, tmp_path / "left")
    pq.write_table(table, tmp_path / "right", **options)

    document = difference(Request(str(tmp_path / "left"), str(tmp_path / "right"), Format.PARQUET))

    assert (document["same"], document["same_data"]) == (False, True)
    assert what in [one["what"] for one in document["metadata"]]
    assert difference_lines(document, 80)[0] == "the same data in other bytes"


def test_keys_of_the_file_are_told_without_their_values(tell: Tell) -> None:
    table = pa.table({"id": [1]})

    document = tell("parquet", table, table.replace_schema_metadata({"written": "on Tuesday"}))

    told = {one["what"]: one for one in document["metadata"]}
    assert told["key 'written' of the file"]["left"] is None
    assert "Tuesday" not in json.dumps(document)


def test_arrow_files_in_other_batches_are_the_same_data(tmp_path: Path) -> None:
    table = pa.table({"id": [1, 2, 3]})
    for name, rows in (("left", 3), ("right", 1)):
        with pa.ipc.new_file(str(tmp_path / name), table.schema) as opened:
            opened.write_table(table, max_chunksize=rows)

    document = difference(Request(str(tmp_path / "left"), str(tmp_path / "right"), Format.ARROW))

    assert document["same_data"] is True
    assert {"file": None, "what": "record batches", "left": "1", "right": "3"} in document["metadata"]


@pytest.mark.parametrize(
    ("left", "right", "differing"),
    [
        pytest.param([math.nan], [math.nan], 0, id="NaN is itself"),
        pytest.param([0.0], [-0.0], 1, id="zeros of other signs are other bytes"),
        pytest.param([None], [math.nan], 1, id="null is no NaN"),
    ],
)
def test_numbers_are_compared_as_bytes_would_be(
    tell: Tell, left: Sequence[float | None], right: Sequence[float | None], differing: int
) -> None:
    one, other = (pa.table({"x": pa.array(values, pa.float64())}) for values in (left, right))

    document = tell("parquet", one, other.replace_schema_metadata({"a": "b"}))

    assert document["rows"]["differing"] == differing


def test_nested_values_are_compared(tell: Tell) -> None:
    left = pa.table({"tags": [["a"], ["b"]], "place": [{"x": 1}, {"x": 2}]})
    right = pa.table({"tags": [["a"], ["c"]], "place": [{"x": 1}, {"x": 2}]})

    document = tell("parquet", left, right)

    assert document["rows"]["by_column"] == [{"column": "tags", "rows": 1}]


def test_columns_whose_names_differ_only_in_case_are_told_apart(tell: Tell) -> None:
    left = pa.table([pa.array([1]), pa.array([2])], names=["a", "A"])
    right = pa.table([pa.array([1]), pa.array([3])], names=["a", "A"])

    document = tell("parquet", left, right)

    assert document["rows"]["by_column"] == [{"column": "A", "rows": 1}]


def test_values_of_hidden_columns_are_never_shown(tell: Tell) -> None:
    left = pa.table({"name": ["Ada"], "iban": ["DE-LEFT"]})
    right = pa.table({"name": ["Ben"], "iban": ["DE-RIGHT"]})

    document = tell("parquet", left, right, mask=Mask(("iban",)))

    shown = document["rows"]["first"][0]["columns"]
    assert shown[1] == {"column": "iban", "left": MARK, "right": MARK}
    assert "DE-" not in json.dumps(document)
    assert not any("DE-" in line for line in difference_lines(document, 80))


def test_csv_with_other_quotes_is_the_same_data(tell: Tell) -> None:
    document = tell("csv", b"a,b\n1,x\n2,y\n", b'a,b\n1,x\n2,"y"\n')

    assert document["same_data"] is True
    assert document["first_difference"]["line"] == 3


def test_rows_of_json_lines_are_compared(tell: Tell) -> None:
    document = tell("jsonl", b'{"a": 1}\n{"a": 2}\n', b'{"a": 1}\n{"a": 3}\n')

    assert document["rows"]["first"] == [
        {"file": None, "row": 2, "columns": [{"column": "a", "left": "2", "right": "3"}]}
    ]


def test_tables_in_directories_are_compared_file_by_file(tmp_path: Path) -> None:
    for name, ids in (("left", [1, 2]), ("right", [1, 3])):
        for month in (1, 2):
            directory = tmp_path / name / f"month={month}"
            directory.mkdir(parents=True)
            pq.write_table(pa.table({"id": ids if month == 2 else [1]}), directory / "part.parquet")

    document = difference(Request(str(tmp_path / "left"), str(tmp_path / "right"), Format.PARQUET))

    assert document["rows"]["first"] == [
        {"file": "month=2/part.parquet", "row": 2, "columns": [{"column": "id", "left": "2", "right": "3"}]}
    ]
    assert document["files"]["differing"] == ["month=2/part.parquet"]


def test_the_same_rows_in_files_of_other_names_are_told_as_such(tmp_path: Path) -> None:
    for name, part in (("left", "part-1f"), ("right", "part-a0")):
        (tmp_path / name).mkdir()
        pq.write_table(pa.table({"id": [1, 2]}), tmp_path / name / f"{part}.parquet")

    document = difference(
        Request(str(tmp_path / "left"), str(tmp_path / "right"), Format.DIRECTORY, data_format=Format.PARQUET)
    )

    assert document["rows"]["reordered"] is True
    assert document["files"]["only_left"] == ["part-1f.parquet"]


def test_directories_of_any_files_are_compared_by_their_bytes(tmp_path: Path) -> None:
    for name, content in (("left", b"1"), ("right", b"2")):
        (tmp_path / name / "sub").mkdir(parents=True)
        (tmp_path / name / "same").write_bytes(b"same")
        (tmp_path / name / "sub" / "other").write_bytes(content)
        (tmp_path / name / f"only-{name}").write_bytes(b"")

    document = difference(Request(str(tmp_path / "left"), str(tmp_path / "right"), Format.DIRECTORY))

    assert document["files"] == {
        "only_left": ["only-left"],
        "only_right": ["only-right"],
        "differing": ["sub/other"],
        "differing_count": 1,
    }
    assert "bytes differ from byte 0, in line 1 of sub/other" in difference_lines(document, 80)


def test_places_in_json_that_differ_are_told(tell: Tell) -> None:
    document = tell("json", b'{"a": [1, {"b": 2}], "c": 1}', b'{"a": [1, {"b": 3}], "d": true}')

    assert document["values"] == [
        {"path": "$.a[1].b", "left": "2", "right": "3"},
        {"path": "$.c", "left": "1", "right": None},
        {"path": "$.d", "left": None, "right": "true"},
    ]
    assert "at $.c: 1 → nothing" in difference_lines(document, 80)


def test_json_that_is_only_written_otherwise_is_the_same_data(tell: Tell) -> None:
    document = tell("json", b'{"a": 1, "b": 2}', b'{"b": 2,\n "a": 1}')

    assert (document["same_data"], document["values"]) == (True, [])


@pytest.mark.parametrize("path", ["a", "a.iban", "a.key", "a.value"])
def test_hidden_values_in_json_are_never_shown(tell: Tell, path: str) -> None:
    left, right = {"a": {"iban": "DE-LEFT", "DE-KEY": 1}}, {"a": {"iban": "DE-RIGHT", "DE-KEY": 2}}
    secrets = {"a": ("DE-",), "a.iban": ("DE-LEFT", "DE-RIGHT"), "a.key": ("DE-KEY",), "a.value": ("DE-LEFT",)}

    document = tell("json", json.dumps(left).encode(), json.dumps(right).encode(), mask=Mask((path,)))

    assert document["same_data"] is False
    assert not any(secret in json.dumps(document) for secret in secrets[path])


def test_a_file_and_a_directory_cannot_be_compared(tmp_path: Path) -> None:
    (tmp_path / "left").write_bytes(b"")
    (tmp_path / "right").mkdir()

    with pytest.raises(MissingDataError, match="are a file and a directory. Name two builds of one dataset."):
        difference(Request(str(tmp_path / "left"), str(tmp_path / "right"), Format.FILE))


def test_the_command_ends_with_1_where_something_differs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "left").write_bytes(b"a")
    (tmp_path / "right").write_bytes(b"b")
    paths = [str(tmp_path / "left"), str(tmp_path / "right")]

    assert main(["store-difference", "--format", "file", *paths]) == 1
    assert capsys.readouterr().out == "different\nbytes differ from byte 0, in line 1\n"
    assert main(["store-difference", "--format", "file", "--output", "json", paths[0], paths[0]]) == 0
    assert json.loads(capsys.readouterr().out)["same"] is True
