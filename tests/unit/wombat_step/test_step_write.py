"""What a function may return for each format, and what is written."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

from step_sandbox import Sandbox

PRELUDE = """
import dataclasses, datetime, decimal, enum, pathlib, uuid
import numpy as np, pandas as pd, polars as pl, pyarrow as pa, pyarrow.dataset as ds
T = pa.table({"n": [1, None, 3], "s": ["a", "", None]})
ROWS = [{"n": 1, "s": "a"}, {"n": None, "s": ""}, {"n": 3, "s": None}]
"""
ROWS = [{"n": 1, "s": "a"}, {"n": None, "s": ""}, {"n": 3, "s": None}]
TABLES = {
    "Table": "T",
    "RecordBatch": "T.to_batches()[0]",
    "RecordBatchReader": "T.to_reader()",
    "Dataset": "ds.dataset(T)",
    "Scanner": "ds.dataset(T).scanner()",
    "iterator of batches": "iter(T.to_batches(max_chunksize=1))",
    "list of batches": "T.to_batches(max_chunksize=1)",
    "generator of tables": "(T.slice(i, 1) for i in range(3))",
    "generator of pandas": "(T.slice(i, 1).to_pandas(types_mapper=pd.ArrowDtype) for i in range(3))",
    "generator of polars": "(pl.from_arrow(T.slice(i, 1)) for i in range(3))",
    "pandas": "T.to_pandas(types_mapper=pd.ArrowDtype)",
    "polars": "pl.from_arrow(T)",
    "polars lazy": "pl.from_arrow(T).lazy()",
    "list of dicts": "ROWS",
    "capsule": "type('Capsule', (), {'__arrow_c_stream__': lambda self, schema=None: T.__arrow_c_stream__(schema)})()",
}


def write(sandbox: Sandbox, format: str, expression: str, *, statements: str = "") -> Path:
    sandbox.outputs.clear()
    out = sandbox.output("out", format)
    lines = "".join(f"    {line}\n" for line in statements.splitlines())
    sandbox.run(f"{PRELUDE}\ndef f():\n{lines}    return {expression}")
    return out


def read_back(path: Path, format: str) -> list[dict[str, Any]]:
    if format == "parquet":
        return pa.parquet.read_table(path).to_pylist()  # type: ignore[no-any-return]
    if format == "arrow":
        return pa.ipc.open_file(path).read_all().to_pylist()  # type: ignore[no-any-return]
    if format == "csv":
        options = pa.csv.ConvertOptions(strings_can_be_null=True, quoted_strings_can_be_null=False)
        return pa.csv.read_csv(path, convert_options=options).to_pylist()  # type: ignore[no-any-return]
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.mark.parametrize("format", ["parquet", "csv", "jsonl", "arrow"])
@pytest.mark.parametrize("kind", TABLES)
def test_a_table_is_written(sandbox: Sandbox, kind: str, format: str) -> None:
    out = write(sandbox, format, TABLES[kind])

    assert read_back(out, format) == ROWS
    report = sandbox.result["outputs"][0]
    assert report["rows"] == 3
    assert [name for name, _ in report["columns"]] == ["n", "s"]
    assert report["columns"][0][1] == "int64"
    assert report["columns"][1][1] in ("string", "large_string")
    assert out.stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("format", ["csv", "jsonl"])
@pytest.mark.parametrize("kind", TABLES)
def test_text_formats_are_the_same_whoever_writes_them(sandbox: Sandbox, kind: str, format: str) -> None:
    out = write(sandbox, format, TABLES[kind])

    expected = {
        "csv": '"n","s"\n1,"a"\n,""\n3,\n',
        "jsonl": '{"n":1,"s":"a"}\n{"n":null,"s":""}\n{"n":3,"s":null}\n',
    }
    assert out.read_text() == expected[format]


@pytest.mark.parametrize("format", ["csv", "jsonl"])
@pytest.mark.parametrize("kind", ["list of dicts", "iterator of dicts", "generator of dicts"])
def test_rows_are_written_without_any_library(sandbox: Sandbox, kind: str, format: str) -> None:
    out = sandbox.output("out", format)
    rows = {"list of dicts": "ROWS", "iterator of dicts": "iter(ROWS)", "generator of dicts": "(row for row in ROWS)"}

    result = sandbox.run_alone(f"ROWS = {ROWS!r}\ndef f(): return {rows[kind]}")

    assert read_back(out, format) == ROWS
    assert result["outputs"] == [{"rows": 3, "columns": [["n", "int64"], ["s", "string"]], "files": None}]
    assert not {"pyarrow", "pandas", "polars", "numpy"} & set(result["modules"])


@pytest.mark.parametrize(
    ("format", "expected"), [("csv", '"n","s","k"\n1,"a",5\n'), ("jsonl", '{"n":1,"s":"a","k":5}\n')]
)
@pytest.mark.parametrize("missing", [[], ["pyarrow"]])
def test_a_named_index_of_pandas_is_a_column(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, format: str, expected: str, missing: list[str]
) -> None:
    out = sandbox.output("out", format)
    for name in missing:
        monkeypatch.setitem(sys.modules, name, None)

    sandbox.run(
        "import pandas as pd\ndef f(): return pd.DataFrame({'n': [1], 's': ['a']}, index=pd.Index([5], name='k'))"
    )

    assert out.read_text() == expected


@pytest.mark.parametrize(
    ("frame", "columns"),
    [
        pytest.param("pd.DataFrame({'n': [1, 2]}, index=[7, 8])", ["n"], id="unnamed"),
        pytest.param("pd.DataFrame({'n': [1, 2]}, index=pd.Index([7, 8], name='k'))", ["n", "k"], id="named"),
        pytest.param(
            "pd.DataFrame({'n': [1]}, index=pd.MultiIndex.from_tuples([(1, 2)], names=['a', None]))",
            ["n", "a"],
            id="partly",
        ),
        pytest.param(
            "pd.DataFrame({'n': [1]}, index=pd.MultiIndex.from_tuples([(1, 2)], names=['a', 'b']))",
            ["n", "a", "b"],
            id="levels",
        ),
        pytest.param("pd.DataFrame({0: [1], 'x': [2]})", ["0", "x"], id="names-that-are-numbers"),
    ],
)
def test_an_index_of_pandas_is_left_out_unless_it_has_a_name(sandbox: Sandbox, frame: str, columns: list[str]) -> None:
    out = write(sandbox, "parquet", frame)

    assert pa.parquet.read_schema(out).names == columns


def test_a_named_index_of_pandas_comes_back(sandbox: Sandbox) -> None:
    out = write(sandbox, "parquet", "pd.DataFrame({'n': [1]}, index=pd.Index([5], name='k'))")

    frame = pa.parquet.read_table(out).to_pandas()
    assert list(frame.columns) == ["n"]
    assert (frame.index.name, list(frame.index)) == ("k", [5])


@pytest.mark.parametrize("format", ["parquet", "arrow", "csv", "jsonl"])
@pytest.mark.parametrize("kind", ["Table", "pandas", "polars", "polars lazy", "iterator of batches"])
def test_a_table_without_rows_keeps_its_columns(sandbox: Sandbox, kind: str, format: str) -> None:
    expression = TABLES[kind].replace("T", "T.slice(0, 0)")
    out = write(sandbox, format, "iter([T.slice(0, 0)])" if "iter" in kind else expression)

    assert sandbox.result["outputs"][0]["rows"] == 0
    assert [name for name, _ in sandbox.result["outputs"][0]["columns"]] == ["n", "s"]
    if format == "csv":
        assert out.read_text() == '"n","s"\n'


VALUES = """{
    "when": datetime.datetime(2024, 2, 29, 1, 2, 3), "day": datetime.date(2024, 2, 29), "time": datetime.time(1, 2),
    "took": datetime.timedelta(minutes=1), "sum": decimal.Decimal("1.50"), "id": uuid.UUID(int=1),
    "color": enum.Enum("Color", {"RED": "red"}).RED, "path": pathlib.PurePosixPath("a/b"), "np": np.float32(0.5),
    "flag": np.bool_(True), "int": np.int64(3), "array": np.array([[1, 2]]), "pa": pa.scalar(5),
    "series": pd.Series([1, 2]), "stamp": pd.Timestamp("2024-02-29"), "nat": pd.NaT, "na": pd.NA, "tuple": (1, "é"),
    "data": dataclasses.make_dataclass("D", ["a"])(a=1), "nested": {1: None, "x": [True]},
}"""
PLAIN = {
    "when": "2024-02-29T01:02:03", "day": "2024-02-29", "time": "01:02:00", "took": 60.0, "sum": "1.50",
    "id": "00000000-0000-0000-0000-000000000001", "color": "red", "path": "a/b", "np": 0.5, "flag": True, "int": 3,
    "array": [[1, 2]], "pa": 5, "series": [1, 2], "stamp": "2024-02-29T00:00:00", "nat": None, "na": None,
    "tuple": [1, "é"], "data": {"a": 1}, "nested": {"1": None, "x": [True]},
}  # fmt: skip


def test_json_takes_what_data_code_returns(sandbox: Sandbox) -> None:
    out = write(sandbox, "json", VALUES)

    assert json.loads(out.read_text()) == PLAIN
    assert list(json.loads(out.read_text())) == list(PLAIN)
    assert out.read_text().endswith("}\n")
    assert "é" in out.read_text()


def test_json_lines_take_what_data_code_returns(sandbox: Sandbox) -> None:
    out = write(sandbox, "jsonl", f"[{VALUES}]")

    assert json.loads(out.read_text()) == PLAIN


def test_nan_is_null_in_json_lines_and_nothing_in_csv(sandbox: Sandbox) -> None:
    rows = "[{'a': float('nan'), 'b': np.nan}, {'a': 1.5, 'b': None}]"

    assert write(sandbox, "jsonl", rows).read_text() == '{"a":null,"b":null}\n{"a":1.5,"b":null}\n'
    assert write(sandbox, "csv", rows).read_text() == '"a","b"\n,\n1.5,\n'


def test_csv_rows_have_dates_and_numbers_without_quotes(sandbox: Sandbox) -> None:
    out = write(
        sandbox,
        "csv",
        "[{'when': datetime.datetime(2024, 2, 29, 1), 'day': datetime.date(2024, 2, 29), 'b': True, 'f': 1e300, "
        "'np': np.int8(3), 'sum': decimal.Decimal('1.50'), 'q\"': 'x,\"y\"\\n', 'inf': float('inf'), 'nat': pd.NaT, "
        "'color': enum.Enum('C', {'RED': 'red'}).RED}]",
    )

    assert out.read_text() == (
        '"when","day","b","f","np","sum","q""","inf","nat","color"\n'
        '2024-02-29 01:00:00,2024-02-29,true,1e+300,3,1.50,"x,""y""\n",inf,,"red"\n'
    )


@pytest.mark.parametrize(
    ("format", "expression", "expected"),
    [
        pytest.param("text", "'é\\r\\n'", "é\r\n".encode(), id="text"),
        pytest.param("text", "''", b"", id="empty-text"),
        pytest.param("file", "b'\\x00'", b"\0", id="bytes"),
        pytest.param("file", "'é'", "é".encode(), id="str-as-file"),
        pytest.param("file", "memoryview(b'ab')", b"ab", id="memoryview"),
        pytest.param("text", "'é'.encode()", "é".encode(), id="bytes-of-text"),
        pytest.param("csv", "b'a\\n1\\n'", b"a\n1\n", id="bytes-of-csv"),
        pytest.param("json", "[]", b"[]\n", id="list"),
        pytest.param("json", "{'out': 1}", b'{\n  "out": 1\n}\n', id="dict-with-the-output's-name"),
        pytest.param("json", "(1,)", b"[\n  1\n]\n", id="tuple"),
        pytest.param("json", "False", b"false\n", id="scalar"),
        pytest.param("jsonl", "[]", b"", id="no-rows"),
        pytest.param("jsonl", "iter([])", b"", id="no-rows-of-an-iterator"),
        pytest.param("text", "{'out': 'x'}", b"x", id="by-name"),
        pytest.param("text", "('x',)", b"x", id="tuple-of-one"),
        pytest.param("jsonl", "map(lambda n: {'n': n}, [1])", b'{"n":1}\n', id="map"),
    ],
)
def test_other_values_are_written_as_they_are(sandbox: Sandbox, format: str, expression: str, expected: bytes) -> None:
    assert write(sandbox, format, expression).read_bytes() == expected


@pytest.mark.parametrize("format", ["parquet", "arrow"])
@pytest.mark.parametrize("kind", ["Table", "polars", "polars lazy", "pandas", "list of dicts"])
def test_the_same_value_gives_the_same_bytes(sandbox: Sandbox, kind: str, format: str) -> None:
    first = write(sandbox, format, TABLES[kind]).read_bytes()

    assert write(sandbox, format, TABLES[kind]).read_bytes() == first


def test_parquet_does_not_depend_on_how_the_data_came_in_batches(sandbox: Sandbox) -> None:
    statements = (
        "n = 300_000\n"
        "t = pa.table({'n': range(n), 's': [str(i % 7) for i in range(n)], 'f': [i / 3 if i % 5 else None for i in range(n)]})"
    )
    written = [
        write(sandbox, "parquet", expression, statements=statements).read_bytes()
        for expression in (
            "t",
            "iter(t.to_batches(max_chunksize=1000))",
            "iter(t.to_batches(max_chunksize=77_777))",
            "pa.concat_tables([t.slice(0, 131_072), t.slice(131_072)])",
        )
    ]

    assert len(set(written)) == 1
    metadata = pa.parquet.ParquetFile(pa.BufferReader(written[0])).metadata
    assert [metadata.row_group(i).num_rows for i in range(metadata.num_row_groups)] == [131_072, 131_072, 37_856]
    assert metadata.row_group(0).column(0).compression == "ZSTD"


def test_row_groups_of_wide_rows_are_small(sandbox: Sandbox) -> None:
    out = write(sandbox, "parquet", "pa.table({'blob': [bytes([i % 256]) * 100_000 for i in range(3000)]})")

    metadata = pa.parquet.read_metadata(out)
    assert [metadata.row_group(i).num_rows for i in range(metadata.num_row_groups)] == [512] * 5 + [440]


def test_dictionaries_may_differ_from_batch_to_batch(sandbox: Sandbox) -> None:
    statements = "d = lambda *v: pa.table({'d': pa.array(v).dictionary_encode()})"
    for format in ("arrow", "parquet", "csv", "jsonl"):
        out = write(sandbox, format, "iter([d('a', 'b'), d('c', 'a')])", statements=statements)

        assert [row["d"] for row in read_back(out, format)] == ["a", "b", "c", "a"]


def test_polars_names_that_look_like_patterns_are_names(sandbox: Sandbox) -> None:
    out = write(sandbox, "csv", "pl.DataFrame({'^a.*$': ['x'], '*': [1], 'a\"': [None]})")

    assert out.read_text() == '"^a.*$","*","a"""\n"x",1,\n'


def test_types_of_polars_are_named_as_pyarrow_names_them(sandbox: Sandbox) -> None:
    statements = (
        "day = datetime.datetime(2024, 2, 29)\n"
        "frame = pl.DataFrame({'a': [1.5], 'b': [day], 'c': [day.date()], 'd': [datetime.timedelta(1)], 'e': ['x'], "
        "'f': [[1]], 'g': [{'x': True}], 'h': [None], 'i': [b'x'], 'j': [datetime.time(1)], 'k': [decimal.Decimal('1.50')]}, "
        "schema_overrides={'b': pl.Datetime('us', 'UTC'), 'k': pl.Decimal(10, 2)})"
        ".with_columns(l=pl.lit('x').cast(pl.Categorical), m=pl.lit(1, pl.UInt8))"
    )
    out = write(sandbox, "parquet", "frame", statements=statements)

    schema = pa.parquet.read_schema(out)
    found = dict(map(tuple, sandbox.result["outputs"][0]["columns"]))
    assert found.pop("l").startswith("dictionary<values=string")
    assert found == {
        name: str(kind).replace("element", "item") for name, kind in zip(schema.names, schema.types) if name != "l"
    }


def test_polars_is_enough_to_write_parquet(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    for expression in ("pl.DataFrame({'a': [1]})", "[{'a': 1}]"):
        sandbox.outputs.clear()
        out = sandbox.output("out", "parquet")
        with monkeypatch.context() as patch:
            patch.setitem(sys.modules, "pyarrow", None)
            sandbox.run(f"import polars as pl\ndef f(): return {expression}")

        assert pa.parquet.read_table(out).to_pylist() == [{"a": 1}]


def test_polars_text_views_are_not_passed_on(sandbox: Sandbox) -> None:
    out = write(sandbox, "arrow", "pl.DataFrame({'s': ['a']})")

    assert str(pa.ipc.open_file(out).schema.field("s").type) == "large_string"


@pytest.mark.skipif(int(pa.__version__.split(".")[0]) < 18, reason="pyarrow casts text views since version 18")
def test_string_views_go_into_csv(sandbox: Sandbox) -> None:
    out = write(sandbox, "csv", "pa.table({'s': pa.array(['a', None], pa.string_view()), 'n': [1, 2]})")

    assert out.read_text() == '"s","n"\n"a",1\n,2\n'
