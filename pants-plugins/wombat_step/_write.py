"""Writes what the function returned for one output, in the output's format."""

from __future__ import annotations

import os

from wombat_step._errors import OutputError, OutputFormatError, of_type, short_repr
from wombat_step._isolate import take
from wombat_step._libraries import has, loaded
from wombat_step._spec import TABULAR_FORMATS
from wombat_step._verify import verify_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, Optional

    from wombat_step._target import Target

    # Rows and columns, None where they are not known.
    Shape = tuple[Optional[int], Optional[list[list[str]]]]

_ACCEPTED = {
    "json": "a dict, a list, another JSON value, a dataclass, a pydantic model, bytes, or the pathlib.Path of a file",
    "text": "str, bytes, or the pathlib.Path of a file",
    "file": "bytes, str, or the pathlib.Path of a file",
    "directory": "the pathlib.Path of a directory",
}
_TABLES = (
    "a pyarrow Table, RecordBatch, RecordBatchReader, Dataset or Scanner, an iterator of record batches or tables, "
    "a pandas.DataFrame, a polars DataFrame or LazyFrame, a list or an iterator of dicts, dataclasses, NamedTuples or "
    "pydantic models, bytes, or the pathlib.Path of a file"
)


def write_value(target: Target, value: Any, *, may_move: bool) -> Shape:
    """Write one returned value and say what was written.

    :param may_move: whether a returned path may be moved instead of copied.
    :raises OutputFormatError: if the format cannot hold it.
    :raises UserCodeError: if it is an iterator that raises.
    """
    os.makedirs(os.path.dirname(target.path), exist_ok=True)
    if value is None:
        raise OutputError(
            f"Output {target.output.label} was not produced: {target.what} returned None for it. "
            f"Return {_accepted(target.format)}, or write it to a parameter annotated wombat_step.OutputPath."
        )
    if hasattr(type(value), "__fspath__"):
        return _write_path(target, os.fspath(value), may_move=may_move)
    if isinstance(value, (bytes, bytearray, memoryview)) and target.format != "directory":
        # The content of a file, which is checked as if the function had written it itself.
        _write_bytes(target, value)
        return verify_file(target)
    if target.format in TABULAR_FORMATS:
        return _write_table(target, value)
    if target.format == "json":
        from wombat_step._write_rows import write_json

        write_json(target, value)
        return None, None
    if target.format in ("text", "file") and isinstance(value, str):
        _write_bytes(target, _encoded(target, value))
        return None, None
    raise _unfit(target, value)


def _write_path(target: Target, path: str, *, may_move: bool) -> Shape:
    if target.format == "directory":
        if not os.path.isdir(path):
            raise target.refused(f"the returned path {path} is no directory.", "Return the path of a directory.")
        try:
            take(path, target.path, target.spec, may_move=may_move)
        except OSError as err:
            raise target.refused(f"{err}.", "Leave regular files and directories in it only.") from err
        return None, None
    if not os.path.isfile(path):
        raise OutputError(
            f"Output {target.output.label} was not produced: {target.what} returned the path {path}, but "
            f"{'that is a directory' if os.path.isdir(path) else 'there is no such file'}. "
            "Return the path of a file that was written."
        )
    take(path, target.path, target.spec, may_move=may_move)
    return verify_file(target)


def _write_table(target: Target, value: Any) -> Shape:
    from wombat_step._write_arrow import columns_of, stream_of, write_stream

    pl = loaded("polars")
    if pl and isinstance(value, (pl.DataFrame, pl.LazyFrame)):
        from wombat_step._write_polars import write_frame

        return write_frame(target, value)
    from wombat_step._plain_rows import is_row

    # A model of pydantic has a schema, too, as a record batch has.
    if isinstance(value, list) and (not value or is_row(value[0]) or not hasattr(value[0], "schema")):
        return _write_rows(target, value)
    why = f"Output {target.output.label}, written as {target.format} from {of_type(value)},"
    if _is_plain_pandas(target, value):
        return _write_rows(target, _rows_of_pandas(value))
    stream = stream_of(target, value, why)
    if stream is not None:
        return write_stream(target, stream), columns_of(stream.schema)
    if isinstance(value, list) or hasattr(value, "__next__"):
        return _write_iterator(target, target.guarded(iter(value)), why)
    raise _unfit(target, value)


def _write_iterator(target: Target, parts: Iterator[Any], why: str) -> Shape:
    from wombat_step._plain_rows import is_row
    from wombat_step._write_arrow import columns_of, stream_of_parts, write_stream

    first = next(parts, None)
    if first is None:
        if target.format == "jsonl":
            return _write_rows(target, [])
        raise target.refused(
            "the iterator yielded nothing, so its columns are not known.",
            "Yield at least one part, which may be an empty table: `schema.empty_table()`.",
        )
    if is_row(first):
        rows = _chained(first, parts)
        # In the other formats types come first, and the last row may change them.
        return _write_rows(target, rows if target.format in ("csv", "jsonl") else list(rows))
    stream = stream_of_parts(target, first, parts, why)
    if stream is None:
        raise _unfit(target, first, "an iterator of ")
    return write_stream(target, stream), columns_of(stream.schema)


def _write_rows(target: Target, rows: Any) -> Shape:
    from wombat_step._write_rows import write_csv, write_jsonl

    if target.format in ("csv", "jsonl"):
        report = (write_csv if target.format == "csv" else write_jsonl)(target, rows)
        return report.rows, report.columns()
    if not rows:
        raise target.refused(
            "there is no row, so the columns are not known.",
            "Return a table with columns, such as `schema.empty_table()` of pyarrow, or declare the dataset as jsonl.",
        )
    if not loaded("pyarrow") and (loaded("polars") or not has("pyarrow")) and has("polars"):
        return _write_rows_with_polars(target, rows)
    from wombat_step._write_arrow import columns_of, table_of_rows, write_stream

    stream = table_of_rows(target, rows, f"Output {target.output.label}, written as {target.format} from rows,")
    return write_stream(target, stream), columns_of(stream.schema)


def _write_rows_with_polars(target: Target, rows: list[Any]) -> Shape:
    from wombat_step._plain_rows import plain_row
    from wombat_step._source import first_lines
    from wombat_step._write_polars import write_frame

    plain = [plain_row(target, row, number, is_deep=True) for number, row in enumerate(rows)]
    pl = loaded("polars")
    try:
        frame = pl.from_dicts(plain, infer_schema_length=None)
    except Exception as err:
        raise target.refused(
            f"the rows do not have one type a column: {first_lines(err)}", "Give the values of a key one type."
        ) from err
    return write_frame(target, frame)


def _is_plain_pandas(target: Target, value: Any) -> bool:
    """Whether it is a DataFrame to write without pyarrow, because the environment has none."""
    pd = loaded("pandas")
    return bool(pd) and isinstance(value, pd.DataFrame) and target.format in ("csv", "jsonl") and not has("pyarrow")


def _rows_of_pandas(frame: Any) -> list[dict[str, Any]]:
    named = [name for name in frame.index.names if name is not None]
    if named:
        frame = frame.reset_index(level=named)
        frame = frame.iloc[:, [*range(len(named), frame.shape[1]), *range(len(named))]]  # Last, as pyarrow has them.
    frame.columns = [str(name) for name in frame.columns]
    frame = frame.astype(object)
    return frame.where(frame.notna(), None).to_dict("records")  # type: ignore[no-any-return]


def _encoded(target: Target, text: str) -> bytes:
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as err:
        raise target.refused(
            f"it holds text that is not Unicode: {err.object[err.start : err.end]!r} cannot be encoded as UTF-8.",
            "Decode bytes as what they are, without errors='surrogateescape'.",
        ) from err


def _write_bytes(target: Target, content: bytes | bytearray | memoryview) -> None:
    with open(target.path, "wb") as file:
        file.write(content)


def _accepted(format: str) -> str:
    return _ACCEPTED.get(format, _TABLES)


def _unfit(target: Target, value: Any, prefix: str = "") -> OutputFormatError:
    problem = f"{target.what} returned {prefix}{of_type(value)} for it, {short_repr(value)}."
    mend = f"Return {_accepted(target.format)}; or correct the `format` field of the dataset target."
    if isinstance(value, str) and target.format != "text":
        mend += " If the text is a path, return pathlib.Path(...) of it."
    return target.refused(problem, mend)


def _chained(first: Any, rest: Iterator[Any]) -> Iterator[Any]:
    yield first
    yield from rest
