"""Finds values that are there twice: exactly, and with bounded memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from wombat_tool.relations.repeats import find_repeats, first_repeats, hash_of
from wombat_tool.relations.sorting import HASH
from wombat_tool.relations.sql import count_where, literal, quoted
from wombat_tool.validation.asking import row_of
from wombat_tool.validation.messages import MOST_CHARACTERS, MOST_ROWS
from wombat_tool.validation.plan import FILE, ROW, KeyCheck, Plan
from wombat_tool.validation.report import OffendingRow

# One bit for each integer of a range: 8 MiB for each thread.
_MOST_BITS = 1 << 26
# With fewer values than this share of the range, to sort them takes less.
_BITS_A_VALUE = 64


@dataclass(frozen=True)
class KeyCounts:
    """What one pass over all rows tells of a key.

    :param values: in how many rows no part of the key is null.
    :param integers: how many of them have an integer of 64 bits; the least and the greatest are `low` and `high`.
    """

    values: int
    integers: int = 0
    low: int | None = None
    high: int | None = None


@dataclass(frozen=True)
class Duplicates:
    """The values that are there more than once.

    :param rows: how many rows are too many.
    :param values: how many values there are more than once.
    :param first: the first of the rows that are too many.
    """

    rows: int
    values: int
    first: tuple[OffendingRow, ...] = ()


def count_expressions(check: KeyCheck) -> list[str]:
    """The aggregates that give `KeyCounts`, in the order of its fields."""
    counts = [count_where(_is_there(check))]
    if check.integer:
        counts += [f"{function}({check.integer})" for function in ("count", "min", "max")]
    return counts


def find_duplicates(
    connection: duckdb.DuckDBPyConnection, plan: Plan, check: KeyCheck, counts: KeyCounts, item: str
) -> Duplicates:
    """The values of a key that are there more than once.

    :param item: gives the data, with the numbers of its rows.
    """
    source = plan.source(item)
    if counts.values == 0 or _is_distinct_by_bits(connection, check, counts, source):
        return Duplicates(0, 0)
    there = f"{source} WHERE {_is_there(check)}"
    repeats = find_repeats(connection, check.keys, there, rows=counts.values)
    if not repeats.rows:
        return Duplicates(0, 0)
    if repeats.hashes is None:
        # With as many of them as that, one by chance more or less tells nobody anything else.
        places = first_repeats(connection, check.keys, there, rows=counts.values, most=MOST_ROWS)
        return Duplicates(repeats.rows, repeats.values, _rows_at(connection, plan, check, source, places))
    columns, names = _columns(check)
    connection.register(_HASHES, pa.table({HASH: repeats.hashes}))
    connection.execute(
        f"CREATE OR REPLACE TEMPORARY TABLE {_TABLE} AS SELECT {names}, count(*) AS n FROM "
        f"(SELECT {columns}, {hash_of(check.keys)} AS {HASH} FROM {there}) SEMI JOIN {_HASHES} USING ({HASH}) "
        f"GROUP BY {names} HAVING count(*) > 1"
    )
    connection.unregister(_HASHES)
    values, rows = row_of(connection, f"SELECT count(*), CAST(coalesce(sum(n), 0) AS BIGINT) FROM {_TABLE}")
    first = _first(connection, plan, check, item) if values else ()
    connection.execute(f"DROP TABLE {_TABLE}")
    return Duplicates(rows - values, values, first)


_TABLE = quoted("__duplicates")
_HASHES = "__repeated_hashes"


def _is_there(check: KeyCheck) -> str:
    return " AND ".join(f"{key} IS NOT NULL" for key in check.keys)


def _is_distinct_by_bits(connection: duckdb.DuckDBPyConnection, check: KeyCheck, counts: KeyCounts, source: str) -> bool:
    """Whether all values differ, told by setting a bit for each; False also where that is not the way to tell."""
    low, high = counts.low, counts.high
    if not check.integer or low is None or high is None or counts.integers < counts.values:
        return False
    if not counts.values <= high - low + 1 <= min(_MOST_BITS, _BITS_A_VALUE * counts.values):
        return False
    (found,) = row_of(connection, f"SELECT bit_count(bitstring_agg({check.integer}, {low}, {high})) FROM {source}")
    return bool(found == counts.values)


def _first(connection: duckdb.DuckDBPyConnection, plan: Plan, check: KeyCheck, item: str) -> tuple[OffendingRow, ...]:
    """The first rows that repeat a value.

    They are all of the values whose second rows come first, so only these have to be put in order.
    """
    columns, names = _columns(check)
    rows = f"(SELECT {columns}, {FILE}, {ROW}, {check.shown} AS shown FROM {plan.source(item)})"
    place = f"{{'file': {FILE}, 'row': {ROW}}}"
    values = (
        f"SELECT {names} FROM {rows} SEMI JOIN {_TABLE} USING ({names}) GROUP BY ALL "
        f"ORDER BY arg_min({place}, {place}, 2)[2] LIMIT {MOST_ROWS}"
    )
    # Of the first rows with one of so many values, that many at most are no repetitions.
    earliest = (
        f"SELECT {names}, {FILE}, {ROW}, shown FROM {rows} SEMI JOIN ({values}) USING ({names}) "
        f"ORDER BY {FILE}, {ROW} LIMIT {2 * MOST_ROWS}"
    )
    number = f"row_number() OVER (PARTITION BY {names} ORDER BY {FILE}, {ROW})"
    query = (
        f"SELECT {ROW}, {FILE}, left(shown, {MOST_CHARACTERS + 1}) FROM ({earliest}) QUALIFY {number} > 1 "
        f"ORDER BY {FILE}, {ROW} LIMIT {MOST_ROWS}"
    )
    return tuple(plan.offending_row(*row) for row in connection.execute(query).fetchall())


def _rows_at(
    connection: duckdb.DuckDBPyConnection,
    plan: Plan,
    check: KeyCheck,
    source: str,
    places: Sequence[tuple[str | None, int]],
) -> tuple[OffendingRow, ...]:
    """The rows at some places, which are in order."""
    wanted = " OR ".join(f"({FILE} IS NOT DISTINCT FROM {literal(file)} AND {ROW} = {row})" for file, row in places)
    shown = f"left({check.shown}, {MOST_CHARACTERS + 1})"
    query = f"SELECT {ROW}, {FILE}, {shown} FROM {source} WHERE {wanted} ORDER BY {FILE}, {ROW}"
    return tuple(plan.offending_row(*row) for row in connection.execute(query).fetchall())


def _columns(check: KeyCheck) -> tuple[str, str]:
    """The values of a key with names, and the names."""
    numbers = range(len(check.keys))
    return ", ".join(f"{check.keys[i]} AS k{i}" for i in numbers), ", ".join(f"k{i}" for i in numbers)
