"""Tests of cleaning flights batch by batch."""

from __future__ import annotations

import datetime

import pyarrow as pa
from wombat_step import capture_metrics

from flights.clean import FLIGHTS, clean_flights

FLIGHT = {
    "time_hour": datetime.datetime(2013, 1, 1, 10, tzinfo=datetime.timezone.utc),
    "year": 2013,
    "month": 1,
    "day": 1,
    "hour": 5,
    "minute": 15,
    "carrier": "UA",
    "flight": 1545,
    "tailnum": "N14228",
    "origin": "EWR",
    "dest": "IAH",
    "distance": 1400,
    "dep_delay": 2,
    "arr_delay": 11,
}


def _reader(*batches: list[dict[str, object]]) -> pa.RecordBatchReader:
    """A reader of flights that differ from `FLIGHT` as said, with the types that CSV has."""
    schema = pa.Table.from_pylist([FLIGHT]).schema
    return pa.RecordBatchReader.from_batches(
        schema, [pa.RecordBatch.from_pylist([{**FLIGHT, **row} for row in rows], schema=schema) for rows in batches]
    )


def test_every_batch_that_is_read_gives_one_of_the_declared_types() -> None:
    batches = list(clean_flights(_reader([{}, {}], [{}]), max_delay_minutes=600))

    assert [batch.num_rows for batch in batches] == [2, 1]
    assert all(batch.schema == FLIGHTS for batch in batches)


def test_a_batch_is_given_before_the_next_is_read() -> None:
    reader = _reader([{"flight": 1}], [{"flight": 2}])
    cleaned = clean_flights(reader, max_delay_minutes=600)

    assert next(cleaned).column("flight").to_pylist() == [1]
    assert reader.read_next_batch().column("flight").to_pylist() == [2]


def test_flights_that_did_not_arrive_or_were_put_off_are_counted_and_left_out() -> None:
    reader = _reader([{"arr_delay": None}, {"arr_delay": 61}, {"arr_delay": 60}], [{"arr_delay": -75}])

    with capture_metrics() as metrics:
        table = pa.Table.from_batches(clean_flights(reader, max_delay_minutes=60))

    assert table["arr_delay"].to_pylist() == [60, -75]
    assert metrics == {"flights_read": 4, "flights_cancelled": 1, "flights_put_off": 1}


def test_not_available_is_null() -> None:
    [batch] = clean_flights(_reader([{"tailnum": "NA"}, {"tailnum": ""}, {}]), max_delay_minutes=600)

    assert batch.column("tailnum").to_pylist() == [None, None, "N14228"]
