"""Reading inputs: types, directories of files, and files that are not what they are said to be."""

from __future__ import annotations

import gzip
import io
import json
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest
from wombat_step._errors import InputFormatError, MissingRequirementError

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
REBUILD = "Build the file again, or correct the `format` field of its dataset target."
UTF8 = "Save the file as UTF-8 (`iconv -f latin1 -t utf-8`), or annotate the parameter `bytes` and decode it."
EMPTY = "the file is empty (0 bytes)."
# What the first and last bytes tell.
FOREIGN = [
    pytest.param("parquet", b"", EMPTY, REBUILD, id="empty-parquet"),
    pytest.param("csv", b"", EMPTY, REBUILD, id="empty-csv"),
    pytest.param("arrow", b"", EMPTY, REBUILD, id="empty-arrow"),
    pytest.param("parquet", b"a,b\n1,2\n", "it begins with b'a,b\\n', where a file of", REBUILD, id="csv-as-parquet"),
    pytest.param("parquet", WHOLE[:-20], "it does not end with b'PAR1', so it is cut off", REBUILD, id="cut-off"),
    pytest.param("parquet", gzip.compress(WHOLE), "it looks like gzip-compressed data, where", REBUILD, id="gzip"),
    pytest.param(
        "arrow",
        arrow(SMALL, as_stream=True),
        "it looks like an Arrow IPC stream, not an Arrow IPC file",
        REBUILD,
        id="stream",
    ),
    pytest.param("csv", gzip.compress(b"a\n1\n"), "it looks like gzip-compressed data.", REBUILD, id="gzip-csv"),
    pytest.param(
        "csv",
        b"version https://git-lfs.github.com/spec/v1\n",
        "a pointer of Git LFS",
        "Run `git lfs pull`.",
        id="git-lfs",
    ),
]
# What only reading tells.
BROKEN = [
    pytest.param("parquet", b"PAR1" + b"\0" * 40 + b"PAR1", "", REBUILD, id="parquet-without-metadata"),
    pytest.param("arrow", arrow(SMALL)[:8] + b"\xff" * 200 + b"ARROW1", "", REBUILD, id="arrow-without-footer"),
    pytest.param(
        "csv", "a,b\nx,1\né,2\n".encode("latin-1"), "byte 0xe9 in line 3, at offset 8.", UTF8, id="latin-1-csv"
    ),
    pytest.param(
        "jsonl", b'{"a": "x"}\n{"a": "\xe9"}\n', "byte 0xe9 in line 2, at offset 18.", UTF8, id="latin-1-jsonl"
    ),
    pytest.param("jsonl", b'{"a": 1}\n{"a": \n', "line 2: Expecting value", "", id="broken-jsonl"),
    pytest.param("jsonl", b'{"a": 1}\n[1]\n', "line 2 holds no JSON object, but '[1]'.", "", id="array-in-jsonl"),
]


@pytest.mark.parametrize(("format", "content", "problem", "mend"), FOREIGN)
@pytest.mark.parametrize("annotation", [*TABLES, "ds.Dataset", "pl.LazyFrame", "str"])
def test_a_file_of_another_format_is_told(
    sandbox: Sandbox, annotation: str, format: str, content: bytes, problem: str, mend: str
) -> None:
    annotation = "bytes" if annotation == "str" and format != "csv" else annotation

    check_refused(sandbox, annotation, format, content, problem, mend)


@pytest.mark.parametrize(("format", "content", "problem", "mend"), BROKEN)
@pytest.mark.parametrize("annotation", TABLES)
def test_a_broken_table_is_told(
    sandbox: Sandbox, annotation: str, format: str, content: bytes, problem: str, mend: str
) -> None:
    check_refused(sandbox, annotation, format, content, problem, mend)


@pytest.mark.parametrize("annotation", ["pa.Table", "pa.RecordBatchReader", "list[dict]"])
def test_a_record_that_is_too_short_is_told(sandbox: Sandbox, annotation: str) -> None:
    check_refused(sandbox, annotation, "csv", b"a,b\n1,2\n3\n", "", "")


@pytest.mark.parametrize(
    ("format", "annotation", "content", "problem", "mend"),
    [
        pytest.param("json", "dict", b"", EMPTY, REBUILD, id="empty-json"),
        pytest.param(
            "json", "dict", b'{\n"a": 1,\n"b" 2}', "it is not JSON: line 3, column 5:", "Correct the file.", id="json"
        ),
        pytest.param(
            "json", "dict", b'{"a": "\xff"}', "it is not UTF-8: byte 0xff in line 1, at offset 7.", UTF8, id="utf-8"
        ),
        pytest.param(
            "json", "list", b"{}", "data must be a list, but was {} (dict).", "or the annotation of", id="other-type"
        ),
        pytest.param(
            "json",
            "dict[str, int]",
            b'{"a": "x"}',
            "data['a'] must be int, but was 'x'",
            "or the annotation of",
            id="inner",
        ),
        pytest.param(
            "text", "str", b"a\n\xe4\n", "it is not UTF-8: byte 0xe4 in line 2, at offset 2.", UTF8, id="text"
        ),
        pytest.param(
            "file", "str", b"\xff", "it is not UTF-8: byte 0xff in line 1, at offset 0.", UTF8, id="file-as-str"
        ),
        pytest.param("text", "str", b"\xff\xfeh\0i\0", "it looks like text in UTF-16.", REBUILD, id="utf-16"),
        pytest.param(
            "csv", "list[dict]", b'a,b\n1,"x\n', "line 2: a quoted field is not closed.", "Correct", id="open-quote"
        ),
        pytest.param(
            "csv", "list[dict]", b'a,b\n"x"y,1\n', "line 2: 'y' follows the closing quote", "Correct", id="behind-quote"
        ),
        pytest.param(
            "csv", "list[dict]", b"a,a\n1,2\n", "its header names 'a' twice.", "Give each column", id="two-names"
        ),
        pytest.param("csv", "list[dict]", b"\n\n", "the file holds blank lines only.", "Correct the file.", id="blank"),
        pytest.param(
            "csv",
            "list[dict]",
            b"a,b\n1,2,3\n",
            "line 2 has 3 fields, and the header has 2.",
            "double quotes",
            id="long",
        ),
    ],
)
def test_what_is_read_by_itself_is_told_if_broken(
    sandbox: Sandbox, format: str, annotation: str, content: bytes, problem: str, mend: str
) -> None:
    check_refused(sandbox, annotation, format, content, problem, mend)


def check_refused(sandbox: Sandbox, annotation: str, format: str, content: bytes, problem: str, mend: str) -> None:
    path = sandbox.input("data", format, content)

    with pytest.raises(InputFormatError) as refused:
        read(sandbox, annotation)

    message = str(refused.value)
    assert message.startswith(f"Input 'data' (in/data/{path.name}) cannot be read as {format}: ")
    assert problem in message
    assert mend in message
    assert message.endswith(".") and ".." not in message and str(sandbox.path) not in message


@pytest.mark.parametrize("annotation", [*TABLES, "pl.LazyFrame", "ds.Dataset"])
def test_json_lines_without_a_line_are_no_rows(sandbox: Sandbox, annotation: str) -> None:
    sandbox.input("data", "jsonl", "")

    assert read(sandbox, annotation) == []


def test_a_stream_that_changes_its_type_late_is_told_why(sandbox: Sandbox) -> None:
    sandbox.input("data", "csv", "a\n" + "1\n" * 800_000 + "x\n")

    with pytest.raises(
        InputFormatError, match="conversion error to int64.*A stream's types are those of its first 1 MiB"
    ):
        read(sandbox, "pa.RecordBatchReader")


def test_an_unknown_field_late_in_a_json_stream_is_told(sandbox: Sandbox) -> None:
    sandbox.input("data", "jsonl", ('{"a": 1, "pad": "' + "x" * 1000 + '"}\n') * 1500 + '{"a": 1, "b": 2}\n')

    with pytest.raises(InputFormatError, match=r"unexpected field.*types are those of its first 1 MiB"):
        read(sandbox, "pa.RecordBatchReader")


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


@pytest.mark.parametrize("annotation", ["pa.Table", "ds.Dataset", "pd.DataFrame", "pl.DataFrame"])
def test_files_of_different_types_are_told(sandbox: Sandbox, annotation: str) -> None:
    sandbox.input_tree(
        "data", "parquet", {"a.parquet": parquet(pa.table({"n": [1]})), "b.parquet": parquet(pa.table({"n": ["x"]}))}
    )

    with pytest.raises(
        InputFormatError, match=r"Input 'data' \(in/data\) cannot be read as parquet: .*([Tt]ype|schema)"
    ):
        read(sandbox, annotation)


def test_a_broken_file_among_several_is_named(sandbox: Sandbox) -> None:
    sandbox.input_tree("data", "parquet", {"a.parquet": WHOLE, "deep/b.parquet": b"oops"})

    with pytest.raises(
        InputFormatError, match=r"\(in/data/deep/b.parquet\) cannot be read as parquet: it begins with b'oops'"
    ):
        read(sandbox, "pa.Table")


def test_a_dataset_without_files_is_told(sandbox: Sandbox) -> None:
    sandbox.input_tree("data", "csv", {"_hidden": "x"})

    with pytest.raises(
        InputFormatError, match="the directory holds no data file. See that the dataset's `sources` match"
    ):
        read(sandbox, "pa.Table")


def test_several_files_are_not_one_text(sandbox: Sandbox) -> None:
    sandbox.input_tree("data", "csv", {"a.csv": "x\n1\n", "b.csv": "x\n2\n"})

    with pytest.raises(
        InputFormatError, match="it is a dataset of 2 files, and str holds one. Annotate the parameter with"
    ):
        read(sandbox, "str")


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


@pytest.mark.parametrize(
    ("annotation", "format", "missing", "needed"),
    [
        ("pa.Table", "csv", ["pyarrow"], "pyarrow"),
        ("pd.DataFrame", "parquet", ["pyarrow"], "pyarrow"),
        ("pd.DataFrame", "csv", ["pandas"], "pandas"),
        ("pl.LazyFrame", "csv", ["polars"], "polars"),
        ("list[dict]", "parquet", ["pyarrow", "polars"], "pyarrow"),
    ],
)
def test_a_library_that_is_missing_is_named(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, annotation: str, format: str, missing: list[str], needed: str
) -> None:
    sandbox.input("data", format, WHOLE if format == "parquet" else b"a\n1\n")
    for name in missing:
        monkeypatch.setitem(__import__("sys").modules, name, None)

    with pytest.raises(MissingRequirementError) as refused:
        sandbox.run(f"from __future__ import annotations\ndef f(data: {annotation}): ...")

    message = str(refused.value)
    assert message.startswith("Parameter 'data' of function 'f' in etl/steps.py:2, read as ")
    assert f"needs the module '{needed}', but the step's environment does not have it" in message
    assert f'Add python_requirement(name="{needed}", requirements=["{needed}"]) to the resolve' in message


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
