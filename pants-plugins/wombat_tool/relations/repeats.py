"""Finds rows that repeat others by the hashes of their keys, in memory that does not grow with the rows.

Equal keys have equal hashes. Others hardly ever have: of 50 million keys, two by chance once in 15,000 times.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from wombat_tool.relations.model import FILE_COLUMN, ROW_COLUMN
from wombat_tool.relations.sorting import HASH, sorted_rows
from wombat_tool.relations.sql import quoted

MOST_HASHES = 100_000
_AGAIN = "__again"
# Of a hash with the number of a row and the path of a file.
_PLACE_WIDTH = 6


@dataclass(frozen=True)
class Repeats:
    """The hashes that are there more than once.

    :param rows: how many rows have one that another row has before them.
    :param values: how many such hashes there are.
    :param hashes: these; None if they are more than `MOST_HASHES`.
    """

    rows: int
    values: int
    hashes: pa.Array | None


def hash_of(keys: Sequence[str]) -> str:
    """The expression for the hash of a key."""
    return f"hash({', '.join(keys)})"


def find_repeats(connection: duckdb.DuckDBPyConnection, keys: Sequence[str], item: str, *, rows: int) -> Repeats:
    """Which hashes of keys are there more than once.

    :param keys: expressions for the parts of a key.
    :param item: what to write behind FROM.
    :param rows: how many it has at most.
    """
    count = values = 0
    found: list[pa.Array] = []
    query = f"SELECT {hash_of(keys)} AS {HASH} FROM {item}"
    for batch in _repeating(sorted_rows(connection, query, rows=rows)):
        second = batch.filter(pc.invert(batch.column(_AGAIN)))
        count += batch.num_rows
        values += second.num_rows
        if values <= MOST_HASHES:
            found.append(second.column(HASH))
    hashes = pa.chunked_array(found, pa.uint64()).combine_chunks() if values <= MOST_HASHES else None
    return Repeats(count, values, hashes)


def first_repeats(
    connection: duckdb.DuckDBPyConnection, keys: Sequence[str], item: str, *, rows: int, most: int
) -> list[tuple[str | None, int]]:
    """The first rows that have the hash of an earlier one: their files, as `FILE_COLUMN` has them, and their numbers.

    :param item: what to write behind FROM; it has the columns of `Relation.numbered_sql`.
    :param most: as many as that, if there are so many.
    """
    places = pa.table({FILE_COLUMN: pa.array([], pa.string()), ROW_COLUMN: pa.array([], pa.int64())})
    query = f"SELECT {hash_of(keys)} AS {HASH}, {quoted(FILE_COLUMN)}, {quoted(ROW_COLUMN)} FROM {item}"
    order = [(name, "ascending") for name in places.schema.names]
    for batch in _repeating(sorted_rows(connection, query, rows=rows, width=_PLACE_WIDTH)):
        places = pa.concat_tables([places, pa.table(batch.select(places.schema.names))])
        places = places.take(pc.select_k_unstable(places, k=most, sort_keys=order))
    return [(row[FILE_COLUMN], row[ROW_COLUMN]) for row in places.to_pylist()]


def _repeating(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The rows with the hash of the row before, and whether that one has the hash of its own."""
    last = pa.array([None], pa.uint64())
    was_repeating = pa.array([False])
    for batch in batches:
        if not batch.num_rows:
            continue
        hashes = batch.column(HASH)
        before = pa.concat_arrays([last, hashes[:-1]])
        repeats = pc.fill_null(pc.equal(hashes, before), False)
        if repeats.true_count:
            again = pa.concat_arrays([was_repeating, repeats[:-1]])
            yield batch.append_column(_AGAIN, again).filter(repeats)
        last, was_repeating = hashes[-1:], repeats[-1:]
