"""The functions for a large table; copied into the generated repository, and called by the bare script, too."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

BATCH_ROWS = 1 << 16


def produce(*, rows: int) -> Iterator[pa.RecordBatch]:
    """Numbered rows of noise, which no compression makes smaller."""
    for begin in range(0, rows, BATCH_ROWS):
        end = min(begin + BATCH_ROWS, rows)
        noise = [pc.random(end - begin, initializer=begin + i) for i in range(2)]
        yield pa.record_batch([pa.array(range(begin, end), pa.int64()), *noise], names=["number", "left", "right"])


def double(numbers: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
    """Compute one column, batch by batch."""
    for batch in numbers:
        columns = [pc.multiply(batch.column(0), 2), batch.column(1), batch.column(2)]
        yield pa.record_batch(columns, names=batch.schema.names)


def total(doubled: pa.RecordBatchReader) -> dict[str, int]:
    """Bring it down to two numbers."""
    rows = numbers = 0
    for batch in doubled:
        rows += batch.num_rows
        numbers += pc.sum(batch.column(0)).as_py()
    return {"rows": rows, "sum": numbers}
