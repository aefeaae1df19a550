"""One step of the bare script for a large table.

python stream_step.py produce ROWS OUTPUT
python stream_step.py double INPUT OUTPUT
python stream_step.py total INPUT OUTPUT
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.parquet

from dagbench.stream_work import double, produce, total


def read(path: str) -> pa.RecordBatchReader:
    """A Parquet file, batch by batch."""
    # Not pyarrow.dataset, which by default reads ahead as much of the file as it can.
    file = pyarrow.parquet.ParquetFile(path)
    return pa.RecordBatchReader.from_batches(file.schema_arrow, file.iter_batches())


def write(batches: Iterator[pa.RecordBatch], path: str) -> None:
    """Write batches to a Parquet file as they come."""
    first = next(batches)
    with pyarrow.parquet.ParquetWriter(path, first.schema, compression="zstd") as writer:
        writer.write_batch(first)
        for batch in batches:
            writer.write_batch(batch)


def main() -> None:
    """Read, call the function, write."""
    function, source, output = sys.argv[1:]
    if function == "produce":
        write(produce(rows=int(source)), output)
    elif function == "double":
        write(double(read(source)), output)
    else:
        with open(output, "w", encoding="utf-8") as file:
            json.dump(total(read(source)), file)


if __name__ == "__main__":
    main()
