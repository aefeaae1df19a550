"""Scans Parquet files."""

from __future__ import annotations

from typing import Any, Optional

import pyarrow as pa
import pyarrow.parquet as pq

from wombat_tool.files import DataFile
from wombat_tool.tables.model import Column, TableScan

# Each column that is read holds a page in memory, so a wide table is read a few columns at a time.
_COLUMNS_AT_ONCE = 32
# Statistics are asked for one by one; with more of them than this the counting would take seconds.
_MOST_STATISTICS = 100_000


def scan_file(file: DataFile, *, head_rows: int) -> TableScan:
    """Scan one file: all but the first rows comes from its footer."""
    with pq.ParquetFile(file.path, memory_map=True, pre_buffer=False) as opened:
        schema = opened.schema_arrow
        rows = opened.metadata.num_rows
        nulls = _null_counts(opened.metadata, schema)
        heads = _heads(opened, schema, min(head_rows, rows))
    columns = (Column(field.name, field.type, nulls.get(field.name), head) for field, head in zip(schema, heads))
    return TableScan(rows, tuple(columns))


def _null_counts(metadata: Any, schema: pa.Schema) -> dict[str, Optional[int]]:
    """The null counts by column, for those columns that the footer has them for."""
    if metadata.num_columns * metadata.num_row_groups > _MOST_STATISTICS:
        return {}
    counts: dict[str, Optional[int]] = {}
    for i in range(metadata.num_columns):
        # The columns in the footer are the leaves of the schema. One that is a whole column is called as that.
        name = metadata.schema.column(i).path
        if len(schema.get_all_field_indices(name)) == 1 and not pa.types.is_nested(schema.field(name).type):
            counts[name] = _null_count(metadata, i)
    return counts


def _null_count(metadata: Any, column: int) -> Optional[int]:
    total = 0
    for row_group in range(metadata.num_row_groups):
        statistics = metadata.row_group(row_group).column(column).statistics
        if statistics is None or not statistics.has_null_count:
            return None
        total += statistics.null_count
    return total


def _heads(opened: Any, schema: pa.Schema, rows: int) -> list[tuple[object, ...]]:
    if not rows:
        return [()] * len(schema)
    names = schema.names
    if len(set(names)) < len(names) or any("." in name for name in names):
        # Columns are asked for by their path in the file, which such names do not tell.
        return _head(opened, rows, None)
    heads: list[tuple[object, ...]] = []
    for first in range(0, len(names), _COLUMNS_AT_ONCE):
        heads.extend(_head(opened, rows, names[first : first + _COLUMNS_AT_ONCE]))
    return heads


def _head(opened: Any, rows: int, names: Optional[list[str]]) -> list[tuple[object, ...]]:
    batches = []
    missing = rows
    for batch in opened.iter_batches(batch_size=rows, columns=names, use_threads=False):
        part = batch.slice(0, missing)
        part.validate(full=True)
        batches.append(part)
        missing -= part.num_rows
        if not missing:
            break
    if missing:
        raise ValueError(f"Its footer counts more rows than there are: the first {rows} are not all there.")
    return [tuple(value for batch in batches for value in batch.column(i)) for i in range(len(batches[0].schema))]
