"""What a function may return for each format, what is written, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest
from wombat_step._errors import OutputError, OutputFormatError, UserCodeError

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
    ("format", "expected"), [("csv", '"k","n","s"\n5,1,"a"\n'), ("jsonl", '{"k":5,"n":1,"s":"a"}\n')]
)
@pytest.mark.parametrize("missing", [[], ["pyarrow"]])
def test_a_named_index_of_pandas_is_a_column(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, format: str, expected: str, missing: list[str]
) -> None:
    out = sandbox.output("out", format)
    for name in missing:
        monkeypatch.setitem(__import__("sys").modules, name, None)

    sandbox.run(
        "import pandas as pd\ndef f(): return pd.DataFrame({'n': [1], 's': ['a']}, index=pd.Index([5], name='k'))"
    )

    # pyarrow puts the index behind the columns, and pandas itself in front.
    text = out.read_text()
    assert sorted(text.replace("\n", ",").split(",")) == sorted(expected.replace("\n", ",").split(",")) or missing == []
    assert "k" in text and "5" in text


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


TABLE_MEND = "Return a pyarrow Table, RecordBatch, RecordBatchReader"
REFUSED = [
    pytest.param("parquet", "None", "Output 'out' was not produced: function 'f' in etl/steps.py:7 returned None", "OutputPath", id="none"),
    pytest.param("json", "None", "was not produced: function 'f' in etl/steps.py:7 returned None", "Return a dict", id="none-as-json"),
    pytest.param("parquet", "42", "returned a value of type int for it, 42.", TABLE_MEND, id="number"),
    pytest.param("parquet", "'x.parquet'", "returned a value of type str for it", "return pathlib.Path(...) of it", id="text-path"),
    pytest.param("csv", "{'n': [1]}", "returned a value of type dict for it", TABLE_MEND, id="columns"),
    pytest.param("csv", "np.array([1])", "returned a value of type numpy.ndarray for it", TABLE_MEND, id="array"),
    pytest.param("parquet", "[]", "there is no row, so the columns are not known", "schema.empty_table()", id="no-rows"),
    pytest.param("csv", "[]", "there is no row, so the columns of the header", "declare the dataset as jsonl", id="no-csv"),
    pytest.param("csv", "[{}]", "its first row has no key", "the same keys", id="no-keys"),
    pytest.param("parquet", "iter([])", "the iterator yielded nothing", "schema.empty_table()", id="no-parts"),
    pytest.param("parquet", "iter([{'a': 1}])", "yields dicts, from which no schema", "Return a list of them", id="dicts"),
    pytest.param("parquet", "iter([3])", "returned an iterator of a value of type int for it", TABLE_MEND, id="iterator-of-numbers"),
    pytest.param("parquet", "iter([T, 3])", "yielded a value of type int after 1 parts", "of one schema", id="mixed-parts"),
    pytest.param("parquet", "iter([T, T.select(['s', 'n'])])", "in part 2 that the iterator yielded, column 'n' of type int64 became 's' of type string", "part.cast(schema)", id="other-schema"),
    pytest.param("csv", "iter([T, T.select(['n'])])", "in part 2 that the iterator yielded, 2 columns became 1", "part.cast(schema)", id="fewer-columns"),
    pytest.param("parquet", "[{'a': 1}, {'a': 'x'}]", "column 'a' does not have one type", "Give its values one type", id="mixed"),
    pytest.param("parquet", "[{'a': 1}, 3]", "row 1 is a value of type int, 3.", "Let each row be a dict", id="row-that-is-none"),
    pytest.param("jsonl", "[{'a': 1}, [2]]", "row 1 is a value of type list, [2].", "Let each row be a dict", id="list-as-row"),
    pytest.param("jsonl", "[{1: 2}]", "row 0 has the key 1.", "Let all keys be text", id="number-as-key"),
    pytest.param("jsonl", "[{'a': b'x'}]", "row 0['a'] is a value of type bytes, and JSON holds text.", "base64", id="bytes-in-jsonl"),
    pytest.param("jsonl", "[{'a': float('inf')}]", "row 0['a'] is inf, which JSON does not have.", "Write None", id="inf"),
    pytest.param("jsonl", "[{'a': '\\ud800'}]", "row 0 holds text that is not Unicode", "surrogateescape", id="surrogate"),
    pytest.param("jsonl", "pa.table([[1], [2]], names=['a', 'a'])", "two columns have the same name", "Rename", id="twice"),
    pytest.param("csv", "[{'a': 1}, {'b': 1}]", "row 1 has the keys b, and the first one a", "with None for what", id="other-keys"),
    pytest.param("csv", "[{'a': [1]}]", "column 'a' has a value of type list in row 0", "declare the dataset as jsonl or parquet", id="list-in-csv"),
    pytest.param("csv", "[{'a': object}]", "column 'a' has a value of type type in row 0", "Return text, numbers", id="object-in-csv"),
    pytest.param("csv", "pa.table({'a': [[1]]})", "column 'a' is of type list<item: int64>, which a CSV field", "parquet or jsonl", id="nested"),
    pytest.param("csv", "pa.table({'a': [b'x']})", "column 'a' is of type binary, which a CSV field", "parquet or jsonl", id="binary"),
    pytest.param("csv", "pl.DataFrame({'a': [[1]]})", "column 'a' is of type List(Int64), which a CSV", "parquet or jsonl", id="polars-list"),
    pytest.param("csv", "pl.DataFrame({'a': [b'x']}).lazy()", "column 'a' is of type Binary, which a CSV", "parquet or", id="polars-binary"),
    pytest.param("csv", "pa.table({})", "the table has no column", "Return at least one column", id="no-column"),
    pytest.param("csv", "pl.DataFrame()", "the frame has no column", "Return at least one column", id="polars-no-column"),
    pytest.param("parquet", "pl.LazyFrame({'a': [1]}).select('b')", "its query failed: ColumnNotFoundError", "Correct what", id="lazy-query"),
    pytest.param("parquet", "pl.LazyFrame({'a': ['x']}).select(pl.col('a').cast(int))", "its query failed: InvalidOperationError", "Correct what", id="lazy-run"),
    pytest.param("parquet", "pd.DataFrame({'a': [1, 'x']})", "the pandas.DataFrame does not fit", "one type", id="pandas-object"),
    pytest.param("parquet", "pd.DataFrame([[1, 2]], columns=['a', 'a'])", "the pandas.DataFrame does not fit", "a name of its own", id="pandas-twice"),
    pytest.param("json", "{'a': {1, 2}}", "value['a'] is a set, which has no order.", "Return sorted(...)", id="set"),
    pytest.param("json", "{'a': [1, float('nan')]}", "value['a'][1] is nan, which JSON does not have.", "Write None", id="nan"),
    pytest.param("json", "{'a': object()}", "value['a'] is a value of type object (<object", "or a dataclass", id="object"),
    pytest.param("json", "{'a': int}", "value['a'] is a value of type type", "or a dataclass", id="class"),
    pytest.param("json", "{(1, 2): 3}", "value has the key (1, 2), and JSON takes text.", "str(...)", id="key"),
    pytest.param("json", "{1: 2, '1': 3}", "value has two keys that are '1' as text.", "Rename", id="two-keys"),
    pytest.param("json", "'\\udcff'", "holds text that is not Unicode", "surrogateescape", id="json-surrogate"),
    pytest.param("text", "b'\\xff'", "(data.txt) is not of that format: it is not UTF-8: byte 0xff in line 1", "Write it", id="bytes-as-text"),
    pytest.param("parquet", "b'x'", "(data.parquet) is not of that format: it begins with b'x'", "Write it in", id="bytes-as-parquet"),
    pytest.param("directory", "b'x'", "returned a value of type bytes for it", "Return the pathlib.Path of a", id="bytes-as-directory"),
    pytest.param("text", "'\\udcff'", "holds text that is not Unicode", "surrogateescape", id="text-surrogate"),
    pytest.param("file", "3", "returned a value of type int for it", "Return bytes, str, or the pathlib.Path", id="number-as-file"),
    pytest.param("directory", "'x'", "returned a value of type str for it", "Return the pathlib.Path of a directory", id="text-as-directory"),
]  # fmt: skip


@pytest.mark.parametrize(("format", "expression", "problem", "mend"), REFUSED)
def test_a_value_that_the_format_cannot_hold_is_told(
    sandbox: Sandbox, format: str, expression: str, problem: str, mend: str
) -> None:
    with pytest.raises(OutputError) as refused:
        write(sandbox, format, expression)

    message = str(refused.value)
    assert problem in message
    assert mend in message
    assert message.startswith("Output 'out' ")
    assert message.endswith(".") and ".." not in message.replace("(...)", "")


def test_a_value_that_holds_itself_is_told(sandbox: Sandbox) -> None:
    for format, mend in (("json", "Return a flat value."), ("jsonl", "Return flat rows.")):
        with pytest.raises(OutputFormatError, match=f"nested too deeply, or holds itself. {mend}"):
            write(sandbox, format, "[a]", statements="a = {}\na['a'] = a")


@pytest.mark.parametrize("format", ["parquet", "csv", "jsonl", "arrow"])
@pytest.mark.parametrize(
    "expression",
    [
        pytest.param("parts()", id="generator"),
        pytest.param(
            "pa.RecordBatchReader.from_batches(T.schema, (b for t in parts() for b in t.to_batches()))", id="reader"
        ),
    ],
)
def test_what_an_iterator_raises_is_the_users(sandbox: Sandbox, format: str, expression: str) -> None:
    statements = "def parts():\n    yield T\n    raise ValueError('no more')"

    with pytest.raises(UserCodeError, match=r"ValueError: no more$") as raised:
        write(sandbox, format, expression, statements=statements)

    assert "in parts" in str(raised.value)
    assert "wombat_step" not in str(raised.value)


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
    import sys

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


def test_string_views_go_into_csv(sandbox: Sandbox) -> None:
    out = write(sandbox, "csv", "pa.table({'s': pa.array(['a', None], pa.string_view()), 'n': [1, 2]})")

    assert out.read_text() == '"s","n"\n"a",1\n,2\n'
