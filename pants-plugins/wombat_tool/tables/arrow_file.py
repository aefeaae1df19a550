"""Scans Arrow IPC files."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.ipc

from wombat_tool.files import DataFile
from wombat_tool.tables.model import Column, TableScan

# A file may be one compressed batch, which is decompressed column by column: so this bounds the memory to a part of it,
# while the schema is not parsed too often.
_PARTS = 64
# The null counts are with the data, so they are read only where that is little.
_NULLS_MOST_BYTES = 32 << 20


def scan_file(file: DataFile, *, head_rows: int) -> TableScan:
    """Scan one file: the rows are counted from the headers of its batches."""
    # Of no columns, as those of a dataset must have different names.
    rows = int(ds.dataset(file.path, format="ipc", schema=pa.schema([])).count_rows())
    with pa.memory_map(file.path, "r") as source:
        schema = pa.ipc.open_file(source).schema
        step = -(-len(schema) // _PARTS) or 1
        columns: list[Column] = []
        for first in range(0, len(schema), step):
            part = range(first, min(first + step, len(schema)))
            columns.extend(
                _scan_part(source, part, min(head_rows, rows), has_nulls=file.size_bytes <= _NULLS_MOST_BYTES)
            )
        return TableScan(rows, tuple(columns))


def _scan_part(source: pa.NativeFile, part: range, head_rows: int, *, has_nulls: bool) -> Iterator[Column]:
    # One thread: what several decompress, their memory pool keeps for long.
    options = pa.ipc.IpcReadOptions(included_fields=list(part), use_threads=False)
    reader = pa.ipc.open_file(source, options=options)
    nulls = [0] * len(part)
    heads: list[list[object]] = [[] for _ in part]
    missing = head_rows
    for number in range(reader.num_record_batches):
        if not missing and not has_nulls:
            break
        batch = reader.get_batch(number)
        nulls = [count + column.null_count for count, column in zip(nulls, batch.columns)]
        # Nobody has checked the offsets in the file, and a wrong one would be followed out of the memory.
        head = batch.slice(0, missing)
        head.validate(full=True)
        for values, column in zip(heads, head.columns):
            values.extend(column)
        missing -= head.num_rows
    for field, count, values in zip(reader.schema, nulls, heads):
        yield Column(field.name, field.type, count if has_nulls and _counts_nulls(field.type) else None, tuple(values))


def _counts_nulls(type: pa.DataType) -> bool:
    # Of the others a batch says only how many members or runs are null.
    return not pa.types.is_union(type) and not pa.types.is_run_end_encoded(type)
