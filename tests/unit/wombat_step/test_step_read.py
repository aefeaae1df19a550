"""Reading inputs: types, directories of files, names."""

from __future__ import annotations

import io
import json
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest

from step_sandbox import Sandbox

TABLES = ["pa.Table", "pd.DataFrame", "pl.DataFrame", "pa.RecordBatchReader", "list[dict]"]
PRELUDE = "import pyarrow as pa, pyarrow.dataset as ds, pandas as pd, polars as pl\nfrom pathlib import Path\n"
TO_ROWS = """
def rows(data):
    if isinstance(data, pa.RecordBatchReader): data = data.read_all()
    if isinstance(data, ds.Dataset): data = data.to_table()
    if isinstance(data, pl.LazyFrame): data = data.collect()
    if isinstance(data, pa.Table): return data.to_pylist()
    if isinstance(data, pl.DataFrame): return data.to_dicts()
    if isinstance(data, pd.DataFrame): return data.astype(object).where(data.notna(), None).to_dict("records")
    return data
"""


def parquet(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    pa.parquet.write_table(table, sink)
    return sink.getvalue()


def arrow(table: pa.Table, *, as_stream: bool = False) -> bytes:
    sink = io.BytesIO()
    with (pa.ipc.new_stream if as_stream else pa.ipc.new_file)(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


def read(sandbox: Sandbox, annotation: str, expression: str = "rows(data)") -> Any:
    out = sandbox.output("out", "json")
    sandbox.run(f"{PRELUDE}{TO_ROWS}\ndef f(data: {annotation}):\n    return {expression}")
    return json.loads(out.read_text())


SMALL = pa.table({"n": [1, 2, 3], "s": ["a", "b", "c"]})
WHOLE = parquet(SMALL)


@pytest.mark.parametrize("annotation", [*TABLES, "pl.LazyFrame", "ds.Dataset"])
def test_json_lines_without_a_line_are_no_rows(sandbox: Sandbox, annotation: str) -> None:
    sandbox.input("data", "jsonl", "")

    assert read(sandbox, annotation) == []


def test_json_lines_longer_than_a_block_are_read(sandbox: Sandbox) -> None:
    long = {"a": "x" * 5_000_000}
    sandbox.input("data", "jsonl", "".join(json.dumps(one) + "\n" for one in ({"a": "y"}, long, {"a": "z"})))

    for annotation in ("pa.Table", "pa.RecordBatchReader"):
        sandbox.outputs.clear()
        assert read(sandbox, annotation, "[len(row['a']) for row in rows(data)]") == [1, 5_000_000, 1]


CSV = 'n,f,b,s,d,zip\n1,0.5,true,a,2024-02-29,01234\n,,,,,\n-3,1e3,false,"NA",2024-03-01,00001\n'


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        ("pa.Table", ["int64", "double", "bool", "string", "date32[day]", "int64"]),
        ("pd.DataFrame", ["float64", "float64", "object", "object", "object", "float64"]),
        ("pl.DataFrame", ["Int64", "Float64", "Boolean", "String", "String", "Int64"]),
    ],
)
def test_types_of_csv_are_those_that_the_library_infers(sandbox: Sandbox, annotation: str, expected: list[str]) -> None:
    sandbox.input("data", "csv", CSV)
    types = {
        "pa.Table": "[str(t) for t in data.schema.types]",
        "pd.DataFrame": "['object' if str(t) == 'str' else str(t) for t in data.dtypes]",
        "pl.DataFrame": "[str(t) for t in data.dtypes]",
    }

    assert read(sandbox, annotation, types[annotation]) == expected


def test_types_of_csv_rows_are_inferred_from_whole_columns(sandbox: Sandbox) -> None:
    sandbox.input("data", "csv", "\ufeff" + CSV)

    assert read(sandbox, "list[dict]") == [
        {"n": 1, "f": 0.5, "b": True, "s": "a", "d": "2024-02-29", "zip": "01234"},
        {"n": None, "f": None, "b": None, "s": None, "d": None, "zip": None},
        {"n": -3, "f": 1000.0, "b": False, "s": "NA", "d": "2024-03-01", "zip": "00001"},
    ]


@pytest.mark.parametrize("annotation", ["pa.Table", "pa.RecordBatchReader", "ds.Dataset", "list[dict]"])
def test_a_quoted_word_is_text_and_an_unquoted_one_is_missing(sandbox: Sandbox, annotation: str) -> None:
    sandbox.input("data", "csv", 's,n\n"",1\n,2\n"NA",3\nNA,4\n')

    assert [row["s"] for row in read(sandbox, annotation)] == ["", None, "NA", None]


@pytest.mark.parametrize("annotation", TABLES)
def test_a_blank_line_is_a_row_where_there_is_one_column(sandbox: Sandbox, annotation: str) -> None:
    sandbox.input("data", "csv", "n\n1\n\n3\n")

    assert [row["n"] for row in read(sandbox, annotation)] == [1, None, 3]


@pytest.mark.parametrize("annotation", [*TABLES, "pl.LazyFrame", "ds.Dataset"])
@pytest.mark.parametrize("format", ["parquet", "csv", "jsonl", "arrow"])
def test_a_directory_of_files_is_one_table(sandbox: Sandbox, annotation: str, format: str) -> None:
    def part(n: int, s: str) -> bytes:
        table = pa.table({"n": [n], "s": [s]})
        if format == "parquet":
            return parquet(table)
        if format == "arrow":
            return arrow(table)
        return (f"n,s\n{n},{s}\n" if format == "csv" else json.dumps({"n": n, "s": s}) + "\n").encode()

    sandbox.input_tree(
        "data",
        format,
        {
            "year=2024/month=a b/x.dat": part(2, "b"),
            "year=2023/month=c%2Fd/[1] *.dat": part(1, "a"),
            "year=2023/_SUCCESS": "",
            "year=2023/.part.crc": "x",
        },
    )

    assert read(sandbox, annotation, "sorted(rows(data), key=lambda row: row['n'])") == [
        {"n": 1, "s": "a", "year": 2023, "month": "c/d"},
        {"n": 2, "s": "b", "year": 2024, "month": "a b"},
    ]


@pytest.mark.parametrize(
    "annotation", ["pa.Table", "pa.RecordBatchReader", "ds.Dataset", "pd.DataFrame", "pl.DataFrame"]
)
def test_a_column_that_the_first_file_lacks_is_not_lost(sandbox: Sandbox, annotation: str) -> None:
    sandbox.input_tree(
        "data",
        "parquet",
        {"a.parquet": parquet(pa.table({"n": [1]})), "b.parquet": parquet(pa.table({"n": [2], "s": ["x"]}))},
    )

    assert read(sandbox, annotation) == [{"n": 1, "s": None}, {"n": 2, "s": "x"}]


@pytest.mark.parametrize("name", ["da ta", "da'ta", 'da"ta', "dätä", "*", "data[1]", "a.gz"])
@pytest.mark.parametrize("annotation", [*TABLES, "pl.LazyFrame", "ds.Dataset"])
def test_names_of_files_are_taken_as_they_are(sandbox: Sandbox, annotation: str, name: str) -> None:
    path = sandbox.input("data", "csv", "n\n1\n", name=name)
    assert path.name == f"{name}.csv"

    assert read(sandbox, annotation) == [{"n": 1}]


def test_a_frame_from_an_arrow_file_can_be_written_to(sandbox: Sandbox) -> None:
    sandbox.input("data", "arrow", arrow(SMALL))

    assert read(sandbox, "pd.DataFrame", "data.assign(n=data.pop('n') + 1)['n'].tolist()") == [2, 3, 4]
    sandbox.outputs.clear()
    assert read(sandbox, "pd.DataFrame", "(data.loc.__setitem__((0, 'n'), 7), data['n'].tolist())[1]") == [7, 2, 3]


def test_rows_of_parquet_need_polars_only(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox.input("data", "parquet", WHOLE)
    out = sandbox.output("out", "json")
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)

    sandbox.run("def f(data: list): return data")

    assert json.loads(out.read_text())[0] == {"n": 1, "s": "a"}


def test_a_json_document_becomes_the_dataclass_that_is_asked_for(sandbox: Sandbox) -> None:
    sandbox.input("config", "json", '\ufeff{"depth": 3, "names": ["a"]}')
    out = sandbox.output("out", "json")

    sandbox.run(
        """
        from dataclasses import dataclass

        @dataclass
        class Config:
            depth: int
            names: tuple[str, ...]

        def f(config: Config):
            assert isinstance(config, Config) and config.names == ("a",)
            return config
        """
    )

    assert json.loads(out.read_text()) == {"depth": 3, "names": ["a"]}


def test_environment_variables_of_the_step_are_set_before_its_module_is_loaded(sandbox: Sandbox) -> None:
    out = sandbox.output("out", "text")

    sandbox.run("import os\nREGION = os.environ['REGION']\ndef f(): return REGION", env={"REGION": "eu"})

    assert out.read_text() == "eu"
