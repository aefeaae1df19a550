"""Scans CSV files."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Optional

import pyarrow as pa
from pyarrow import csv

from wombat_tool.errors import first_sentence
from wombat_tool.files import DataFile
from wombat_tool.tables.model import Column, TableScan
from wombat_tool.tables.types import wider
from wombat_tool.utf8 import utf8_chunks

_BLOCK_BYTES = 1 << 20
# A row must fit in a block, so a file with a longer one is read again with larger blocks.
_LARGE_BLOCK_BYTES = 32 << 20
# How pyarrow says so.
_LONG_ROW = "block boundaries"
# How `pyarrow.csv` writes a missing value; all others it writes quoted.
_WRITTEN_NULL = ("",)
_CLOSE_QUOTE = "Close the quote, or write a quote that is part of a value twice."

NULL_WORDS = ("", "#N/A", "#NA", "-NaN", "-nan", "N/A", "NA", "NULL", "NaN", "n/a", "nan", "null")
"""Unquoted, they mean that there is no value: what steps get as null, too."""

Types = dict[str, pa.DataType]


def scan_file(file: DataFile, *, head_rows: int, null_values: Sequence[str] = NULL_WORDS) -> TableScan:
    """Scan one file, whose first record names the columns; the types are those that all values have.

    :param null_values: the texts that are missing values where they are not quoted.
    """
    try:
        try:
            return _scan(file, head_rows, _Dialect(_BLOCK_BYTES, null_values))
        except pa.ArrowInvalid as err:
            if _LONG_ROW not in str(err):
                raise
        return _scan(file, head_rows, _Dialect(_LARGE_BLOCK_BYTES, null_values))
    except (pa.ArrowInvalid, UnicodeDecodeError) as err:
        raise _explained(file, err) from err


def text_batches(file: DataFile, *, null_values: Sequence[str] = NULL_WORDS) -> Iterator[pa.RecordBatch]:
    """The rows of a file that was scanned before, all values as the text that they are; the first batch may be empty.

    :raises DataError: if it is not as it was.
    """
    read = 0
    try:
        try:
            for batch in _open_texts(file, _Dialect(_BLOCK_BYTES, null_values)):
                yield batch
                read += batch.num_rows
            return
        except pa.ArrowInvalid as err:
            if _LONG_ROW not in str(err):
                raise
        for batch in _open_texts(file, _Dialect(_LARGE_BLOCK_BYTES, null_values)):
            known = min(read, batch.num_rows)
            yield batch.slice(known)
            read -= known
    except (pa.ArrowInvalid, UnicodeDecodeError) as err:
        raise _explained(file, err) from err


@dataclass(frozen=True)
class _Dialect:
    """How a file is read.

    :param block_bytes: what is parsed at once.
    """

    block_bytes: int
    null_values: Sequence[str]


def _scan(file: DataFile, head_rows: int, dialect: _Dialect) -> TableScan:
    try:
        return _scan_typed(file, head_rows, dialect, {})
    except pa.ArrowInvalid as err:
        # The types that the first block has do not fit a later one.
        if "conversion error" not in str(err) or "UTF8" in str(err):
            raise
    return _scan_typed(file, head_rows, dialect, _types_of_all(file, dialect))


def _scan_typed(file: DataFile, head_rows: int, dialect: _Dialect, types: Types) -> TableScan:
    rows = 0
    last = None
    with _open(file, dialect, types) as reader:
        schema = reader.schema
        nulls = [0] * len(schema)
        heads: list[list[object]] = [[] for _ in schema]
        for batch in reader:
            if batch.num_rows:
                for head, column in zip(heads, batch.slice(0, max(0, head_rows - rows)).columns):
                    head.extend(column)
                nulls = [count + column.null_count for count, column in zip(nulls, batch.columns)]
                rows += batch.num_rows
                last = batch.column(len(schema) - 1)[-1]
    if any(pa.types.is_binary(field.type) for field in schema):
        # So pyarrow calls a column of text that is not UTF-8.
        raise pa.ArrowInvalid("a column is not UTF-8")
    _check_last_quote(file, last, rows)
    columns = zip(schema, nulls, heads)
    return TableScan(rows, tuple(Column(field.name, field.type, count, tuple(head)) for field, count, head in columns))


def _types_of_all(file: DataFile, dialect: _Dialect) -> Types:
    """The type of each column over the whole file, found by reading each batch of it once as text and once anew."""
    types: Types = {}
    with _open_texts(file, dialect) as reader:
        names = reader.schema.names
        for batch in reader:
            if not batch.num_rows:
                continue
            text = pa.BufferOutputStream()
            csv.write_csv(batch, text, csv.WriteOptions(include_header=False))
            size = text.tell()
            table = csv.read_csv(
                pa.BufferReader(text.getvalue()),
                read_options=csv.ReadOptions(column_names=names, block_size=size + 1),
                parse_options=_parse_options(is_single=len(names) == 1),
                convert_options=_convert_options({}, _WRITTEN_NULL),
            )
            for field in table.schema:
                types[field.name] = wider(types.get(field.name, pa.null()), field.type, clash=_csv_clash)
    return types


def _csv_clash(first: pa.DataType, second: pa.DataType) -> pa.DataType:
    # A date alone is read as a timestamp, too; all else is text that may mean anything.
    types = sorted((first, second), key=str)
    if pa.types.is_date32(types[0]) and pa.types.is_timestamp(types[1]) and types[1].tz is None:
        return types[1]
    return pa.string()


def _open_texts(file: DataFile, dialect: _Dialect) -> csv.CSVStreamingReader:
    with _open(file, dialect, {}) as reader:
        names = reader.schema.names
    return _open(file, dialect, {name: pa.string() for name in names})


def _open(file: DataFile, dialect: _Dialect, types: Types) -> csv.CSVStreamingReader:
    with open(file.path, "rb") as opened:
        header = opened.readline(1 << 16)
    reader = _open_with(file, header, dialect, types, is_single=False)
    if len(reader.schema) == 1 and header.strip():
        reader.close()
        reader = _open_with(file, header, dialect, types, is_single=True)
    return reader


def _open_with(
    file: DataFile, header: bytes, dialect: _Dialect, types: Types, *, is_single: bool
) -> csv.CSVStreamingReader:
    is_header_alone = len(header) == file.size_bytes and not header.endswith((b"\n", b"\r"))
    # Without the line end pyarrow takes a header alone for no header.
    source = _in_arrow_memory(header + b"\n") if is_header_alone else pa.OSFile(file.path)
    return csv.open_csv(
        source,
        read_options=csv.ReadOptions(block_size=dialect.block_bytes, use_threads=False),
        parse_options=_parse_options(is_single=is_single),
        convert_options=_convert_options(types, dialect.null_values),
    )


def _in_arrow_memory(content: bytes) -> pa.BufferReader:
    # A reader's thread may let go of its source when the interpreter is gone already, which bytes of Python's do not
    # survive: the process would be aborted.
    stream = pa.BufferOutputStream()
    stream.write(content)
    return pa.BufferReader(stream.getvalue())


def _parse_options(*, is_single: bool) -> csv.ParseOptions:
    # In a file with one column a blank line is a row, whose value is missing.
    return csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=not is_single)


def _convert_options(types: Types, null_values: Sequence[str]) -> csv.ConvertOptions:
    return csv.ConvertOptions(
        column_types=types,
        null_values=list(null_values),
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
    )


def _check_last_quote(file: DataFile, last: Optional[pa.Scalar], rows: int) -> None:
    """Raise if the file ends within a quoted value, which pyarrow takes for its end.

    :param last: the last value of the last row.
    """
    value = last.as_py() if last is not None and pa.types.is_string(last.type) else None
    if value and ("\n" in value or "," in value):
        with open(file.path, "rb") as opened:
            opened.seek(-min(file.size_bytes, 16), os.SEEK_END)
            tail = opened.read().rstrip(b"\r\n")
        if not tail.endswith(b'"'):
            raise file.error(
                f"row {rows + 1:,} (the header is row 1) opens a quote that is not closed.",
                mend=_CLOSE_QUOTE,
            )


def _explained(file: DataFile, err: Exception) -> Exception:
    """The error to raise for what pyarrow raised; the file is searched for bytes that are not UTF-8."""
    for _ in utf8_chunks(file):
        pass
    text = first_sentence(err).replace("CSV parse error: ", "")
    if "cannot infer number of columns" in text:
        if b'"' in file.head():
            return file.error("its header opens a quote that is not closed.", mend=_CLOSE_QUOTE)
        return file.error("it has no header: it holds blank lines alone.")
    if _LONG_ROW in text:
        most = f"{_LARGE_BLOCK_BYTES >> 20} MiB"
        return file.error(f"a row is longer than {most}, as if a quote in it were not closed.", mend=_CLOSE_QUOTE)
    if "Row #" in text:
        return file.error(
            f"{text} (The header is row 1.)",
            mend="Correct the row; a value that holds a comma, a quote or a line end goes in double quotes.",
        )
    return file.error(text)
