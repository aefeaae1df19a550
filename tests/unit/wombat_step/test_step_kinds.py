"""Each annotation with each format: what the function gets, and what it is told where that cannot be."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest
from wombat_step._errors import AnnotationError, MissingRequirementError
from wombat_step._kinds import KINDS, ROW_ITERATOR, TYPED_ROWS
from wombat_step._spec import FORMATS, TABULAR_FORMATS

from step_sandbox import Sandbox

ROWS = [{"n": 1, "s": "a"}, {"n": None, "s": "é,\n"}, {"n": 3, "s": ""}]


def content(format: str) -> bytes:
    table = pa.Table.from_pylist(ROWS)
    sink = io.BytesIO()
    if format == "parquet":
        pa.parquet.write_table(table, sink)
    elif format == "arrow":
        with pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table)
    elif format == "csv":
        pa.csv.write_csv(table, sink)
    elif format == "jsonl":
        sink.write("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in ROWS).encode())
    elif format == "json":
        sink.write(json.dumps({"rows": ROWS}).encode())
    else:
        sink.write("text, é\r\nas it is\n".encode())
    return sink.getvalue()


ROW = "from typing import Optional, TypedDict\nclass Row(TypedDict):\n    n: Optional[int]\n    s: str"
# By annotation: an import that it needs, the kind, and an expression of `data` that gives the rows, or what is read.
CELLS = {
    "pa.Table": ("import pyarrow as pa", "pyarrow.Table", "data.to_pylist()"),
    "ds.Dataset": ("import pyarrow.dataset as ds", "pyarrow.dataset.Dataset", "data.to_table().to_pylist()"),
    "pa.RecordBatchReader": ("import pyarrow as pa", "pyarrow.RecordBatchReader", "data.read_all().to_pylist()"),
    "pd.DataFrame": (
        "import pandas as pd",
        "pandas.DataFrame",
        "[{'n': None if n != n else int(n), 's': s if s == s else ''} for n, s in zip(data['n'], data['s'])]",
    ),
    "pl.DataFrame": ("import polars as pl", "polars.DataFrame", "data.to_dicts()"),
    "pl.LazyFrame": ("import polars as pl", "polars.LazyFrame", "data.collect().to_dicts()"),
    "list[dict]": ("", "list[dict]", "data"),
    "List[Dict[str, Any]]": ("from typing import Any, Dict, List", "list[dict]", "data"),
    "Sequence[Mapping[str, object]]": ("from collections.abc import Mapping, Sequence", "list[dict]", "data"),
    "list[Row]": (ROW, TYPED_ROWS, "data"),
    "Sequence[Row]": (f"from collections.abc import Sequence\n{ROW}", TYPED_ROWS, "data"),
    "Iterator[Row]": (f"from collections.abc import Iterator\n{ROW}", ROW_ITERATOR, "list(data)"),
    "list": ("", "list[dict]", "data"),
    "bytes": ("", "bytes", "data.hex()"),
    "str": ("", "str", "data.encode().hex()"),
    "Path": ("from pathlib import Path", "pathlib.Path", "data.read_bytes().hex()"),
    "pathlib.PurePath": ("import pathlib", "pathlib.Path", "data.read_bytes().hex()"),
    "os.PathLike": ("import os", "pathlib.Path", "open(data, 'rb').read().hex()"),
    "os.PathLike[str]": ("import os", "pathlib.Path", "open(data, 'rb').read().hex()"),
    "dict": ("", "json", "data"),
    "dict[str, list[dict[str, object]]]": ("", "json", "data"),
    "Document": ("from typing import TypedDict\nclass Document(TypedDict):\n    rows: list", "json", "data"),
}
SPELLINGS = [
    pytest.param("{imports}\ndef f(data: {annotation}): return {result}", id="plain"),
    pytest.param(
        "from __future__ import annotations\n{imports}\ndef f(data: {annotation}): return {result}", id="text"
    ),
    pytest.param(
        "from __future__ import annotations\n{imports}\ndef f(data: {annotation} | None): return {result}", id="or-none"
    ),
    pytest.param(
        "from typing import Annotated, Optional\n{imports}\n"
        "def f(data: Annotated[Optional[{annotation}], 'note']): return {result}",
        id="annotated",
    ),
]


def is_served(kind: str, format: str) -> bool:
    # A list of dicts is a JSON value, too.
    return kind in KINDS[format] or (format == "json" and kind in ("json", "list[dict]", TYPED_ROWS))


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("annotation", CELLS)
@pytest.mark.parametrize("code", SPELLINGS[:1])
def test_a_cell_is_read_or_refused(sandbox: Sandbox, annotation: str, format: str, code: str) -> None:
    check_cell(sandbox, annotation, format, code)


@pytest.mark.parametrize("annotation", CELLS)
@pytest.mark.parametrize("code", SPELLINGS[1:])
def test_an_annotation_can_be_spelled_in_several_ways(sandbox: Sandbox, annotation: str, code: str) -> None:
    kind = CELLS[annotation][1]
    check_cell(sandbox, annotation, "json" if kind == "json" else "csv", code)


def check_cell(sandbox: Sandbox, annotation: str, format: str, code: str) -> None:
    imports, kind, result = CELLS[annotation]
    if format == "directory":
        sandbox.input_tree("data", format, {"a.txt": "A", "b/c.txt": "C"})
        result = "sorted(p.name for p in data.rglob('*'))"
    else:
        is_list = format == "json" and kind in ("list[dict]", TYPED_ROWS)
        sandbox.input("data", format, '[{"n": 1, "s": "a"}]' if is_list else content(format))
    out = sandbox.output("out", "json")
    filled = code.format(imports=imports, annotation=annotation, result=result)

    if not is_served(kind, format):
        with pytest.raises(AnnotationError) as refused:
            sandbox.run(filled)
        message = str(refused.value)
        assert "Parameter 'data' of function 'f' in etl/steps.py:" in message
        assert f"an input of format {format} cannot be read as that" in message
        assert all(one in message for one in KINDS[format])
        assert "correct the `format` field" in message
        return
    sandbox.run(filled)
    got = json.loads(out.read_text())
    if format == "directory":
        assert got == ["a.txt", "b", "c.txt"]
    elif kind in ("bytes", "str", "pathlib.Path"):
        assert bytes.fromhex(got) == content(format)
    elif format == "json":
        assert got == ([{"n": 1, "s": "a"}] if kind in ("list[dict]", TYPED_ROWS) else {"rows": ROWS})
    else:
        assert got == ROWS


@pytest.mark.parametrize("format", TABULAR_FORMATS)
@pytest.mark.parametrize(
    ("missing", "expected"),
    [
        pytest.param([], "Table", id="all"),
        pytest.param(["pyarrow"], "DataFrame of pandas", id="no-pyarrow"),
        pytest.param(["pyarrow", "pandas"], "DataFrame of polars", id="polars-only"),
        pytest.param(["pyarrow", "pandas", "polars"], "list", id="none"),
    ],
)
def test_an_unannotated_table_is_the_first_that_the_environment_has(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, format: str, missing: list[str], expected: str
) -> None:
    sandbox.input("data", format, content(format))
    out = sandbox.output("out", "text")
    for name in missing:
        monkeypatch.setitem(__import__("sys").modules, name, None)
    code = """
        def f(data):
            root = type(data).__module__.split(".")[0]
            return type(data).__name__ + (f" of {root}" if root in ("pandas", "polars") else "")
    """

    if format in ("parquet", "arrow") and expected == "list":
        with pytest.raises(MissingRequirementError, match="needs the module 'pyarrow'.* Add python_requirement"):
            sandbox.run(code)
        return
    sandbox.run(code)

    # Without pyarrow pandas reads no binary format.
    binary = format in ("parquet", "arrow")
    assert out.read_text() == ("DataFrame of polars" if binary and expected == "DataFrame of pandas" else expected)


@pytest.mark.parametrize(
    ("format", "data", "expected"),
    [
        pytest.param("json", '{"a": [1]}', {"a": [1]}, id="json"),
        pytest.param("text", "abc", "abc", id="text"),
        pytest.param("file", "abc", "Path", id="file"),
    ],
)
@pytest.mark.parametrize("annotation", ["", ": object", ": typing.Any"])
def test_without_an_annotation_other_formats_have_their_own_default(
    sandbox: Sandbox, format: str, data: str, expected: Any, annotation: str
) -> None:
    sandbox.input("data", format, data)
    out = sandbox.output("out", "json")

    sandbox.run(
        f"import pathlib, typing\ndef f(data{annotation}): return 'Path' if isinstance(data, pathlib.Path) else data"
    )

    assert json.loads(out.read_text()) == expected


def test_a_library_under_type_checking_is_known_and_only_loaded_to_read(sandbox: Sandbox) -> None:
    sandbox.input("rows", "csv", content("csv"))
    sandbox.input("raw", "json", "{}")
    sandbox.output("out", "text")
    code = """
        from __future__ import annotations
        from typing import TYPE_CHECKING
        if TYPE_CHECKING:
            from collections.abc import Mapping
            from typing import Any, Optional
            import pandas as pd
            from polars import LazyFrame as Lazy
            import numpy as np

        def f(rows: list[Mapping[str, Any]], raw: Optional[dict], seed: int = 3) -> pd.DataFrame | Lazy | np.ndarray:
            return str(type(rows[0]))
    """

    result = sandbox.run_alone(code, {"seed": 4})

    assert result["outputs"] == [{"rows": None, "columns": None, "files": None}]
    assert not {"pandas", "polars", "numpy", "pyarrow"} & set(result["modules"])


@pytest.mark.parametrize(
    ("imports", "annotation", "expected"),
    [
        pytest.param("import pyarrow as arrow", "arrow.Table", "pyarrow.lib.Table", id="alias"),
        pytest.param("from pyarrow import dataset", "dataset.Dataset", "pyarrow._dataset.FileSystemDataset", id="sub"),
        pytest.param(
            "import pyarrow.dataset", "pyarrow.dataset.Dataset", "pyarrow._dataset.FileSystemDataset", id="dots"
        ),
        pytest.param("from pandas import DataFrame", "DataFrame | None", "pandas.core.frame.DataFrame", id="pandas"),
        pytest.param(
            "from polars import DataFrame as D", "Optional[D]", "polars.dataframe.frame.DataFrame", id="polars"
        ),
        pytest.param("", "pl.LazyFrame", "polars.lazyframe.frame.LazyFrame", id="by-convention"),
        pytest.param("from .types import Frame", "Frame", "pyarrow.lib.Table", id="own-alias"),
    ],
)
def test_a_name_imported_for_the_type_checker_alone_is_found(
    sandbox: Sandbox, imports: str, annotation: str, expected: str
) -> None:
    sandbox.source("import pyarrow\nFrame = pyarrow.Table", path="etl/types.py")
    sandbox.source("", path="etl/__init__.py")
    sandbox.input("data", "csv", content("csv"))
    out = sandbox.output("out", "text")
    code = (
        "from __future__ import annotations\nfrom typing import TYPE_CHECKING, Optional\n"
        f"if TYPE_CHECKING:\n    {imports or 'pass'}\n"
        f"def f(data: {annotation}):\n    return f'{{type(data).__module__}}.{{type(data).__qualname__}}'"
    )

    result = sandbox.run_alone(code)

    assert "error" not in result, result
    assert out.read_text().replace("pandas.DataFrame", "pandas.core.frame.DataFrame") == expected


def test_an_annotation_that_cannot_be_read_is_shown_as_it_is_written(sandbox: Sandbox) -> None:
    sandbox.input("data", "csv", content("csv"))
    sandbox.output("out", "text")

    with pytest.raises(AnnotationError, match=r"annotated np\.ndarray, but an input of format csv"):
        sandbox.run("from __future__ import annotations\ndef f(data: np.ndarray): ...")


def test_the_table_in_the_reference_is_what_the_code_does() -> None:
    page = Path(__file__).parents[3] / "docs" / "reference" / "step-functions.md"
    rows = {}
    for line in page.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `") and len(cells) == len(FORMATS) + 1:
            rows[cells[0]] = [cell == "yes" for cell in cells[1:]]
    kinds = {
        "`pyarrow.Table`": "pyarrow.Table",
        "`pyarrow.dataset.Dataset`": "pyarrow.dataset.Dataset",
        "`pyarrow.RecordBatchReader`": "pyarrow.RecordBatchReader",
        "`pandas.DataFrame`": "pandas.DataFrame",
        "`polars.DataFrame`": "polars.DataFrame",
        "`polars.LazyFrame`": "polars.LazyFrame",
        "`list[dict]`": "list[dict]",
        "`list[Row]`": TYPED_ROWS,
        "`Iterator[Row]`": ROW_ITERATOR,
        "`dict`": "json",
        "`str`": "str",
        "`bytes`": "bytes",
        "`pathlib.Path`, `os.PathLike`": "pathlib.Path",
    }

    assert rows == {name: [is_served(kind, one) for one in FORMATS] for name, kind in kinds.items()}
