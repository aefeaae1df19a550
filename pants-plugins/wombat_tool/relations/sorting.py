"""Puts the rows of a query in the order of hashes, in memory that does not grow with them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import duckdb
import pyarrow as pa

from wombat_tool.relations.session import connect_sorter

HASH = "__hash"
"""What a query calls its first column: hashes (UBIGINT)."""
# What is merged takes memory for each thread, and the more of it the more there is. Twice as many values are sorted
# with these, too.
_SORTER_MIB = 64
_SORTER_THREADS = 2
_MOST_VALUES = 50_000_000
_BATCH_ROWS = 1 << 16
_HASHES = 1 << 64


def sorted_rows(connection: duckdb.DuckDBPyConnection, query: str, *, rows: int, width: int = 1) -> Iterator[pa.RecordBatch]:
    """The rows of a query in the order of all its columns, of which the first is `HASH`.

    Many are sorted in several passes over the data. The connection can run nothing else until all are read.

    :param rows: how many there are at most.
    :param width: how many times as large as a hash a row is.
    """
    passes = max(1, -(-rows * width // _MOST_VALUES))
    for number in range(passes):
        low, high = (_HASHES * n // passes for n in (number, number + 1))
        part = query
        if passes > 1:
            part = f"SELECT * FROM ({query}) WHERE {HASH} BETWEEN {low}::UBIGINT AND {high - 1}::UBIGINT"
        with closing(connect_sorter(connection, memory_mib=_SORTER_MIB, threads=_SORTER_THREADS)) as sorter:
            sorter.register("unsorted", connection.sql(part).to_arrow_reader(_BATCH_ROWS))
            yield from _batches(sorter.sql("SELECT * FROM unsorted ORDER BY ALL").to_arrow_reader(_BATCH_ROWS))


def _batches(reader: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
    try:
        yield from reader
    except OSError as err:
        # Arrow raises it for what goes wrong in DuckDB while the rows are read.
        text = str(err)
        raise (duckdb.OutOfMemoryException if text.startswith("Out of Memory Error") else duckdb.Error)(text) from err
