"""Rows that repeat others are found by sorting hashes, in several passes and batches too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wombat_tool.relations import repeats, sorting
from wombat_tool.relations.repeats import find_repeats, first_repeats
from wombat_tool.relations.session import connect
from wombat_tool.relations.sorting import HASH, sorted_rows

SMALL_BATCH, SMALL_PASS = 2048, 7


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with connect(100, str(tmp_path)) as made:
        yield made


def numbered(connection: duckdb.DuckDBPyConnection, values: list[int]) -> str:
    """A table of values with the places of their rows, ten rows a file; returns what to write behind FROM."""
    numbers = range(len(values))
    table = pa.table(
        {
            "x": pa.array(values, pa.int64()),
            "__file": [f"part-{number // 10:03}" for number in numbers],
            "__row": pa.array([number % 10 + 1 for number in numbers], pa.int64()),
        }
    )
    connection.register("rows", table)
    return "rows"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.lists(st.integers(0, 30), max_size=60), most=st.sampled_from([SMALL_PASS, 1000]), shown=st.integers(1, 6))
def test_what_repeats_is_counted_whatever_the_passes(
    values: list[int], most: int, shown: int, connection: duckdb.DuckDBPyConnection
) -> None:
    item = numbered(connection, values)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sorting, "_MOST_VALUES", most)
        found = find_repeats(connection, ["x"], item, rows=len(values))
        first = first_repeats(connection, ["x"], item, rows=len(values), most=shown)

    seen: Counter[int] = Counter()
    repeating = []
    for number, value in enumerate(values):
        seen[value] += 1
        if seen[value] > 1:
            repeating.append((f"part-{number // 10:03}", number % 10 + 1))
    assert (found.rows, found.values) == (len(repeating), sum(count > 1 for count in seen.values()))
    assert found.hashes is not None and len(found.hashes) == found.values
    assert first == repeating[:shown]


@pytest.mark.parametrize("passes", [1, 3])
def test_a_value_that_is_everywhere_repeats_across_batches(
    passes: int, connection: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sorting, "_BATCH_ROWS", SMALL_BATCH)
    rows = 5 * SMALL_BATCH + 1
    monkeypatch.setattr(sorting, "_MOST_VALUES", -(-rows // passes))
    item = f"(SELECT 7 AS x FROM range({rows}))"

    found = find_repeats(connection, ["x"], item, rows=rows)

    assert (found.rows, found.values, len(found.hashes or ())) == (rows - 1, 1, 1)


def test_of_more_hashes_than_are_kept_there_are_only_numbers(
    connection: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repeats, "MOST_HASHES", 3)
    item = "(SELECT i // 2 AS x FROM range(8) t(i))"

    assert find_repeats(connection, ["x"], item, rows=8) == repeats.Repeats(4, 4, None)
    assert find_repeats(connection, ["x"], "(SELECT i // 2 AS x FROM range(6) t(i))", rows=6).hashes is not None


@pytest.mark.parametrize("passes", [1, 4])
def test_rows_come_in_the_order_of_all_columns(
    passes: int, connection: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sorting, "_MOST_VALUES", -(-40_000 // passes))
    query = f"SELECT hash(i % 5000) AS {HASH}, 20_000 - i AS n FROM range(20_000) t(i)"

    rows = [
        tuple(row.values()) for batch in sorted_rows(connection, query, rows=20_000, width=2) for row in batch.to_pylist()
    ]

    assert rows == sorted(connection.execute(query).fetchall())


def test_the_least_and_the_greatest_hash_are_in_a_pass(
    connection: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sorting, "_MOST_VALUES", 1)
    hashes = [0, 1, 2**63 - 1, 2**63, 2**64 - 1]
    query = f"SELECT unnest([{', '.join(f'{one}::UBIGINT' for one in hashes)}]) AS {HASH}"

    batches = list(sorted_rows(connection, query, rows=len(hashes)))

    assert [value for batch in batches for value in batch.column(0).to_pylist()] == hashes


def test_what_is_wrong_with_the_rows_is_an_error_of_the_database(connection: duckdb.DuckDBPyConnection) -> None:
    query = f"SELECT CASE WHEN i = 90_000 THEN error('row 90000') ELSE hash(i) END AS {HASH} FROM range(100_000) t(i)"

    with pytest.raises(duckdb.Error, match="row 90000"):
        list(sorted_rows(connection, query, rows=100_000))


@pytest.mark.parametrize(
    ("text", "kind"),
    [("Out of Memory Error: no room", duckdb.OutOfMemoryException), ("IO Error: disk is full", duckdb.Error)],
)
def test_what_goes_wrong_while_rows_are_read_keeps_its_kind(text: str, kind: type[Exception]) -> None:
    def failing() -> Iterator[pa.RecordBatch]:
        yield pa.record_batch({HASH: pa.array([1], pa.uint64())})
        raise OSError(text)

    batches = sorting._batches(failing())

    assert next(batches).num_rows == 1
    with pytest.raises(kind, match=text):
        next(batches)


def test_what_does_not_fit_is_spilled_and_nothing_is_left_behind(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sorting, "_SORTER_MIB", 32)
    batches = sorted_rows(connection, f"SELECT hash(i) AS {HASH} FROM range(4_000_000) t(i)", rows=4_000_000)
    next(batches)
    assert list((tmp_path / "sorter").iterdir()) != []

    assert sum(batch.num_rows for batch in batches) > 3_900_000
    assert list(tmp_path.rglob("*")) == []
