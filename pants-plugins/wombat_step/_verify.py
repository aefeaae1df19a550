"""Checks files that the user's code wrote itself, and counts what is in them."""

from __future__ import annotations

import os

from wombat_step._libraries import has, loaded
from wombat_step._read_plain import csv_header
from wombat_step._source import find_invalid_utf8, first_lines, json_problem, problem_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from wombat_step._target import Target
    from wombat_step._write import Shape

# JSON lines are parsed this far; the rest is counted, and its last line parsed. Parsing all would take longer than
# many a step takes to write them.
_PARSED_LINES = 1_000
_CHUNK_SIZE = 1 << 20


def verify_file(target: Target) -> Shape:
    """Raise unless the output's file is of its format; return its rows and columns where they are cheap to know.

    :raises OutputFormatError: if it is of another format, broken, or not UTF-8.
    """
    path = target.path
    problem = problem_of(path, target.format)
    if problem is None and target.format in ("csv", "jsonl", "json", "text"):
        problem = find_invalid_utf8(path)
    if problem:
        raise _broken(target, problem)
    if target.format in ("parquet", "arrow"):
        return _verify_binary(target)
    if target.format == "csv":
        return _verify_csv(target)
    if target.format == "jsonl":
        return _verify_jsonl(target)
    if target.format == "json":
        _verify_json(target)
    return None, None


def count_csv_rows(path: str) -> int:
    """The records of a CSV file below its header, with line ends inside quotes left alone."""
    columns = len(csv_header(path))
    records = 0
    is_quoted = False
    is_blank = True  # The record that is being read. Blank ones count only where there is one column.
    with open(path, "rb") as file:
        while True:
            chunk = file.read(_CHUNK_SIZE)
            if not chunk:
                break
            # Outside of quotes and inside by turns; a doubled quote is an empty piece between.
            for i, piece in enumerate(chunk.split(b'"')):
                if i:
                    is_quoted = not is_quoted
                    is_blank = False
                if is_quoted:
                    continue
                lines = piece.split(b"\n")
                for line in lines[:-1]:
                    if line.strip(b"\r"):
                        is_blank = False
                    records += not is_blank or columns == 1
                    is_blank = True
                if lines[-1].strip(b"\r"):
                    is_blank = False
    return max(0, records + (not is_blank) - 1)


def _verify_binary(target: Target) -> Shape:
    # A library that the user's code has loaded costs nothing more.
    order = ["polars", "pyarrow"] if loaded("polars") and not loaded("pyarrow") else ["pyarrow", "polars"]
    library = next((name for name in order if has(name)), None)
    if library is None:
        return None, None
    try:
        return (_pyarrow_shape if library == "pyarrow" else _polars_shape)(target)
    except MemoryError:
        raise
    except Exception as err:
        raise _broken(target, f"it cannot be parsed: {first_lines(err)}") from err


def _pyarrow_shape(target: Target) -> Shape:
    from wombat_step._write_arrow import columns_of

    pa: Any = loaded("pyarrow")
    if target.format == "parquet":
        import importlib

        parquet = importlib.import_module("pyarrow.parquet")
        with pa.OSFile(target.path) as file:
            opened = parquet.ParquetFile(file)
            return opened.metadata.num_rows, columns_of(opened.schema_arrow)
    with pa.OSFile(target.path) as file:
        reader = pa.ipc.open_file(file)
        rows = sum(reader.get_batch(i).num_rows for i in range(reader.num_record_batches))
        return rows, columns_of(reader.schema)


def _polars_shape(target: Target) -> Shape:
    from wombat_step._write_polars import type_name

    pl: Any = loaded("polars")
    frame = (pl.scan_parquet if target.format == "parquet" else pl.scan_ipc)(target.path)
    rows = int(frame.select(pl.len()).collect().item())
    return rows, [[name, type_name(dtype)] for name, dtype in frame.collect_schema().items()]


def _verify_csv(target: Target) -> Shape:
    try:
        return count_csv_rows(target.path), None
    except ValueError as err:
        raise _broken(target, f"{err}") from err


def _verify_jsonl(target: Target) -> Shape:
    import json

    rows = 0
    last = (0, "")
    with open(target.path, encoding="utf-8-sig") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            rows += 1
            last = (number, line)
            if rows <= _PARSED_LINES:
                _verify_line(target, json, number, line)
    if rows > _PARSED_LINES:
        _verify_line(target, json, *last)
    return rows, None


def _verify_line(target: Target, json: Any, number: int, line: str) -> None:
    try:
        row = json.loads(line)
    except ValueError as err:
        raise _broken(target, f"line {number}: {err}.") from err
    if not isinstance(row, dict):
        raise _broken(target, f"line {number} holds no JSON object, but {line.strip()[:40]!r}.")


def _verify_json(target: Target) -> None:
    import json

    with open(target.path, encoding="utf-8-sig") as file:
        try:
            json.load(file)
        except ValueError as err:
            raise _broken(target, f"it is not JSON: {json_problem(err)}") from err


def _broken(target: Target, problem: str) -> Exception:
    name = os.path.basename(target.path)
    return target.refused(
        f"the file that {target.what} wrote for it ({name}) is not of that format: {problem}",
        "Write it in that format and close it, or correct the `format` field of the dataset target.",
    )
