"""Keeps the flights that arrived, reading and writing a batch of rows at a time."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc
from wombat_step import log_metrics, step

FLIGHTS = pa.schema(
    [
        pa.field("time_hour", pa.timestamp("us", tz="UTC")),
        pa.field("month", pa.int8()),
        pa.field("day", pa.int8()),
        pa.field("hour", pa.int8()),
        pa.field("minute", pa.int8()),
        pa.field("carrier", pa.string()),
        pa.field("flight", pa.int16()),
        pa.field("tailnum", pa.string()),
        pa.field("origin", pa.string()),
        pa.field("dest", pa.string()),
        pa.field("distance", pa.int16()),
        pa.field("dep_delay", pa.int16()),
        pa.field("arr_delay", pa.int16()),
    ]
)
"""What is kept of a flight: delays are in minutes, `hour` and `minute` are the scheduled local departure."""


@step
def clean_flights(flights: pa.RecordBatchReader, *, max_delay_minutes: int) -> Iterator[pa.RecordBatch]:
    """Yield the flights that arrived.

    :param max_delay_minutes: a flight that was later than this was put off rather than delayed, and is left out.
    """
    read = cancelled = put_off = 0
    for batch in flights:
        arrived = batch.filter(pc.is_valid(batch.column("arr_delay")))
        kept = arrived.filter(pc.less_equal(arrived.column("arr_delay"), max_delay_minutes))
        read += batch.num_rows
        cancelled += batch.num_rows - arrived.num_rows
        put_off += arrived.num_rows - kept.num_rows
        yield pa.RecordBatch.from_arrays([_column(kept, field) for field in FLIGHTS], schema=FLIGHTS)
    log_metrics(flights_read=read, flights_cancelled=cancelled, flights_put_off=put_off)


def _column(batch: pa.RecordBatch, field: pa.Field) -> pa.Array:
    """One column in its final type; CSV has no way to tell the text "NA" from a missing text."""
    column = batch.column(field.name)
    if pa.types.is_string(field.type):
        return pc.if_else(pc.is_in(column, pa.array(["NA", ""])), None, column)
    return column.cast(field.type)
