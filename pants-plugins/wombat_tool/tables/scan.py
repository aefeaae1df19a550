"""Scans a table: its columns with their types, how many rows it has, and the first of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Optional, Union

import pyarrow as pa

from wombat_tool.errors import first_sentence
from wombat_tool.files import DataFile
from wombat_tool.formats import Format
from wombat_tool.tables.model import Column, TableScan
from wombat_tool.tables.types import wider

# A column by its name and which of the columns of that name in its file it is, from 1; 0 for one from the path.
_Key = tuple[str, int]
# The name of a column from the path of a file, its type, and the value that all rows of the file have.
_PathValue = tuple[str, pa.DataType, Union[str, int, None]]


def scan_table(
    files: Sequence[DataFile], *, head_rows: int, null_values: Optional[Sequence[str]] = None
) -> TableScan:
    """Scan the files of a table, whose rows are those of all files in order.

    A column that only some files have is missing (null) in the others. Columns from the paths of the files come last.

    :param null_values: in CSV, the texts that are missing values where they are not quoted; None for the usual ones.
    :raises DataError: if a file is not of its format.
    """
    joined = _JoinedScan(head_rows)
    partitions = typed_partitions(files)
    for file, partition in zip(files, partitions):
        with data_errors(file):
            joined.add(_scan_file(file, head_rows - joined.head_rows, null_values), partition)
    return joined.scan()


@contextmanager
def data_errors(file: DataFile) -> Iterator[None]:
    """Map what libraries raise for a file that is not as it must be."""
    try:
        yield
    except UnicodeDecodeError as err:
        raise file.error("text in it is not UTF-8.", mend="Build the data again with text in UTF-8.") from err
    except (pa.ArrowException, OSError, ValueError, ArithmeticError) as err:
        raise file.error(first_sentence(err)) from err


def _scan_file(file: DataFile, head_rows: int, null_values: Optional[Sequence[str]]) -> TableScan:
    # Each of these loads a part of pyarrow, which takes longer than to read a small file.
    if file.format is Format.PARQUET:
        from wombat_tool.tables import parquet_file

        return parquet_file.scan_file(file, head_rows=head_rows)
    if file.format is Format.ARROW:
        from wombat_tool.tables import arrow_file

        return arrow_file.scan_file(file, head_rows=head_rows)
    if file.format is Format.CSV:
        from wombat_tool.tables import csv_file

        return csv_file.scan_file(
            file, head_rows=head_rows, null_values=csv_file.NULL_WORDS if null_values is None else null_values
        )
    from wombat_tool.tables import jsonl_file

    return jsonl_file.scan_file(file, head_rows=head_rows)


@dataclass
class _JoinedColumn:
    type: pa.DataType
    nulls: Optional[int]
    head: list[object]
    is_partition: bool


class _JoinedScan:
    """The scan of the files so far."""

    def __init__(self, head_rows: int) -> None:
        self.rows = 0
        self._head_rows = head_rows
        self._columns: dict[_Key, _JoinedColumn] = {}

    @property
    def head_rows(self) -> int:
        """How many rows the head has so far."""
        return min(self.rows, self._head_rows)

    def add(self, scan: TableScan, partition: Sequence[_PathValue]) -> None:
        """Add the rows of a file, with the values that it has in the columns that are in its path."""
        head_rows = min(self.rows + scan.rows, self._head_rows) - self.head_rows
        if any(len(column.head) != head_rows for column in scan.columns):
            raise ValueError("It counts more rows than there are.")
        given = dict(_numbered(scan.columns))
        for name, type, value in partition:
            nulls = scan.rows if value is None else 0
            given[(name, 0)] = Column(name, type, nulls, (value,) * head_rows)
        for key, column in given.items():
            if key not in self._columns:
                missing: list[object] = [None] * self.head_rows
                self._columns[key] = _JoinedColumn(pa.null(), self.rows, missing, is_partition=key[1] == 0)
            joined = self._columns[key]
            joined.type = wider(joined.type, column.type)
            joined.nulls = None if joined.nulls is None or column.nulls is None else joined.nulls + column.nulls
            joined.head.extend(column.head)
        for key, joined in self._columns.items():
            if key not in given:
                joined.nulls = None if joined.nulls is None else joined.nulls + scan.rows
                joined.head.extend([None] * head_rows)
        self.rows += scan.rows

    def scan(self) -> TableScan:
        """The scan of all files, with the columns from their paths last."""
        columns = sorted(self._columns.items(), key=lambda item: item[1].is_partition)
        return TableScan(
            self.rows,
            tuple(Column(key[0], joined.type, joined.nulls, tuple(joined.head)) for key, joined in columns),
        )


def _numbered(columns: Sequence[Column]) -> Iterator[tuple[_Key, Column]]:
    # A file may have two columns of one name: the first goes with the first of other files, and so on.
    seen: dict[str, int] = {}
    for column in columns:
        seen[column.name] = seen.get(column.name, 0) + 1
        yield (column.name, seen[column.name]), column


def typed_partitions(files: Sequence[DataFile]) -> list[list[_PathValue]]:
    """For each file its values in the columns from paths; a column is of integers if all its values are."""
    texts: dict[str, set[str]] = {}
    for file in files:
        for name, text in file.partition:
            texts.setdefault(name, set()).update([] if text is None else [text])
    types = {
        name: pa.null() if not present else pa.int64() if all(map(_is_integer, present)) else pa.string()
        for name, present in texts.items()
    }
    return [
        [
            (name, types[name], int(text) if text is not None and types[name] == pa.int64() else text)
            for name, text in file.partition
        ]
        for file in files
    ]


def _is_integer(text: str) -> bool:
    digits = text[1:] if text.startswith("-") else text
    return digits.isascii() and digits.isdecimal() and len(digits) < 19 and (digits == "0" or digits[0] != "0")
