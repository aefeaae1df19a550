"""Input files that are not what they are said to be, and what a user reads about them."""

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


@pytest.mark.parametrize("annotation", ["pa.Table", "pa.RecordBatchReader"])
@pytest.mark.parametrize(
    ("content", "line"),
    [
        pytest.param("null\n", 1, id="the only line"),
        pytest.param('null\n{"a": 1}\n', 1, id="the first line"),
        pytest.param('{"a": 1}\n\n  \n{"a": 2}\n null\n', 5, id="a later line"),
        pytest.param('{"a": 1}\n[1]', 2, id="the last line, without its end"),
    ],
)
def test_a_line_that_is_no_object_is_named(sandbox: Sandbox, annotation: str, content: str, line: int) -> None:
    sandbox.input("rows", "jsonl", content)
    sandbox.output(None, "json")

    with pytest.raises(InputFormatError, match=rf"'rows'.*jsonl.*line {line}\b"):
        sandbox.run(f"import pyarrow as pa\ndef f(rows: {annotation}): return [len(b) for b in rows]")
