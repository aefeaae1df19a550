"""What a function may not return for each format, and what it is told."""

from __future__ import annotations

import pytest
from wombat_step._errors import OutputError, OutputFormatError, UserCodeError

from step_sandbox import Sandbox

PRELUDE = """
import numpy as np, pandas as pd, polars as pl, pyarrow as pa

T = pa.table({"n": [1, None, 3], "s": ["a", "", None]})

"""


def write(sandbox: Sandbox, format: str, expression: str, *, statements: str = "") -> None:
    sandbox.outputs.clear()
    sandbox.output("out", format)
    lines = "".join(f"    {line}\n" for line in statements.splitlines())
    sandbox.run(f"{PRELUDE}\ndef f():\n{lines}    return {expression}")


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
