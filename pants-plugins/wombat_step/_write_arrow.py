"""Writes parquet, Arrow IPC, CSV and JSON lines from what pyarrow can read, batch by batch."""

from __future__ import annotations

from wombat_step._errors import WombatStepError, of_type
from wombat_step._libraries import load, loaded
from wombat_step._read_arrow import STREAMING
from wombat_step._source import first_lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from wombat_step._target import Target

# Rows and bytes of a row group at most. Both bound what writing and reading a stream hold in memory.
GROUP_ROWS = 131_072
_GROUP_BYTES = 64 << 20
# The rows that tell how wide a row is. They are the same however the data comes in batches.
_SAMPLE_ROWS = 1024


class Stream:
    """Record batches of one schema, which are made while they are taken."""

    def __init__(self, schema: Any, batches: Iterator[Any]) -> None:
        self.schema = schema
        self.batches = batches


def stream_of(target: Target, value: Any, why: str) -> Stream | None:
    """The value as a stream of batches, or None if pyarrow cannot read it.

    :param why: what needs pyarrow, should it be missing.
    """
    pa, ds, pd, pl = loaded("pyarrow"), loaded("pyarrow.dataset"), loaded("pandas"), loaded("polars")
    if pa:
        if isinstance(value, pa.RecordBatch):
            return Stream(value.schema, iter([value]))
        if isinstance(value, pa.Table):
            return Stream(value.schema, iter(value.to_batches()))
        if isinstance(value, pa.RecordBatchReader):
            return Stream(value.schema, iter(value))
    if ds and isinstance(value, ds.Dataset):
        return Stream(value.schema, iter(value.scanner(**STREAMING).to_reader()))
    if ds and isinstance(value, ds.Scanner):
        return Stream(value.projected_schema, iter(value.to_reader()))
    if pl and isinstance(value, pl.DataFrame):
        # Of the oldest level, as text views are more than pyarrow can compute with.
        table = value.to_arrow(compat_level=pl.CompatLevel.oldest())
        return Stream(table.schema, iter(table.to_batches()))
    if pd and isinstance(value, pd.DataFrame):
        table = _table_of_pandas(target, value, why)
        return Stream(table.schema, iter(table.to_batches()))
    if hasattr(value, "__arrow_c_stream__"):  # Of DuckDB, ibis and others: the Arrow PyCapsule interface.
        pa = load("pyarrow", why=why)
        reader = pa.RecordBatchReader.from_stream(value)
        return Stream(reader.schema, iter(reader))
    return None


def stream_of_parts(target: Target, first: Any, rest: Iterator[Any], why: str) -> Stream | None:
    """The parts that an iterator yields as one stream, or None if pyarrow cannot read the first of them."""
    head = stream_of(target, first, why)
    if head is None:
        return None
    schema = head.schema

    def batches() -> Iterator[Any]:
        yield from head.batches
        for number, part in enumerate(rest, start=1):
            stream = stream_of(target, part, why)
            if stream is None:
                raise target.refused(
                    f"the iterator yielded {of_type(part)} after {number} parts of another type.",
                    "Yield record batches or tables of one schema.",
                )
            _check_schema(target, stream.schema, schema, number)
            yield from stream.batches

    return Stream(schema, batches())


def table_of_rows(target: Target, rows: list[Any], why: str) -> Stream:
    """Rows as a stream, with the columns of all of them in the order in which they first appear."""
    from wombat_step._plain_rows import plain_row

    pa = load("pyarrow", why=why)
    names: dict[str, None] = {}
    plain = []
    for number, row in enumerate(rows):
        plain.append(plain_row(target, row, number, is_deep=True))
        names.update(dict.fromkeys(plain[-1]))
    columns = []
    for name in names:
        try:
            columns.append(pa.array([row.get(name) for row in plain]))
        except (pa.ArrowException, ValueError, TypeError, OverflowError) as err:
            raise target.refused(
                f"column {name!r} does not have one type: {first_lines(err)}", "Give its values one type."
            ) from err
    table = pa.table(columns, names=list(names))
    return Stream(table.schema, iter(table.to_batches()))


def write_stream(target: Target, stream: Stream) -> int:
    """Write the stream in the output's format and return the number of its rows."""
    pa = loaded("pyarrow")
    try:
        stream = Stream(stream.schema, target.guarded(stream.batches))
        return _WRITERS[target.format](target, stream, pa)
    except (WombatStepError, MemoryError):
        raise
    except (pa.ArrowException, OSError, TypeError, ValueError, NotImplementedError) as err:
        raise target.refused(first_lines(err), "Return a table of types that the format has.") from err


def columns_of(schema: Any) -> list[list[str]]:
    """The names and types of a schema."""
    return [[field.name, str(field.type)] for field in schema]


def _write_parquet(target: Target, stream: Stream, pa: Any) -> int:
    parquet = load("pyarrow.parquet", why="Parquet")
    rows = 0
    compression = "zstd" if pa.Codec.is_available("zstd") else "snappy"
    with parquet.ParquetWriter(target.path, stream.schema, compression=compression, version="2.6") as writer:
        for group in _groups(stream, pa):
            writer.write_table(group, row_group_size=group.num_rows)
            rows += group.num_rows
    return rows


def _write_arrow(target: Target, stream: Stream, pa: Any) -> int:
    rows = 0
    # Not compressed, so that it can be mapped into memory. A dictionary may grow from batch to batch.
    options = pa.ipc.IpcWriteOptions(emit_dictionary_deltas=True)
    with pa.OSFile(target.path, "wb") as file, pa.ipc.new_file(file, stream.schema, options=options) as writer:
        for group in _groups(stream, pa):
            writer.write_table(group)
            rows += group.num_rows
    return rows


def _write_csv(target: Target, stream: Stream, pa: Any) -> int:
    csv = load("pyarrow.csv", why="CSV")
    schema = _csv_schema(target, stream.schema, pa)
    rows = 0
    with csv.CSVWriter(target.path, schema) as writer:
        for batch in stream.batches:
            table = pa.Table.from_batches([batch], schema=stream.schema)
            writer.write_table(table if schema is stream.schema else table.cast(schema))
            rows += table.num_rows
    return rows


def _csv_schema(target: Target, schema: Any, pa: Any) -> Any:
    if not len(schema):
        raise target.refused("the table has no column, and a CSV file has a header.", "Return at least one column.")
    fields = []
    for field in schema:
        value_type = getattr(field.type, "value_type", field.type) if pa.types.is_dictionary(field.type) else field.type
        if pa.types.is_nested(value_type) or "binary" in str(value_type):
            raise target.refused(
                f"column {field.name!r} is of type {field.type}, which a CSV field cannot hold.",
                "Spread it over several columns, or declare the dataset as parquet or jsonl.",
            )
        fields.append(field.with_type(pa.string() if str(value_type) == "string_view" else value_type))
    plain = pa.schema(fields, metadata=schema.metadata)
    return schema if plain.equals(schema) else plain


def _write_jsonl(target: Target, stream: Stream, pa: Any) -> int:
    from wombat_step._write_rows import write_jsonl

    if len(set(stream.schema.names)) < len(stream.schema):
        raise target.refused("two columns have the same name.", "Rename one of them.")
    names = stream.schema.names

    def rows() -> Iterator[dict[str, Any]]:
        for batch in stream.batches:
            columns = [column.to_pylist() for column in batch.columns]
            for values in zip(*columns):
                yield dict(zip(names, values))

    return write_jsonl(target, rows()).rows


_WRITERS: dict[str, Callable[[Target, Stream, Any], int]] = {
    "parquet": _write_parquet,
    "arrow": _write_arrow,
    "csv": _write_csv,
    "jsonl": _write_jsonl,
}


def _groups(stream: Stream, pa: Any) -> Iterator[Any]:
    """The rows in tables of equal size, each in one piece.

    The cut depends on the data alone and not on how it comes in batches, so the same data gives the same file.
    """
    pending: list[Any] = []
    count = 0
    size = 0
    for batch in stream.batches:
        if not batch.num_rows:
            continue
        pending.append(batch)
        count += batch.num_rows
        if not size and count >= _SAMPLE_ROWS:
            size = _group_size(pa.Table.from_batches(pending, schema=stream.schema))
        if size and count >= size:
            table = pa.Table.from_batches(pending, schema=stream.schema)
            whole = count - count % size
            for start in range(0, whole, size):
                yield table.slice(start, size).combine_chunks()
            rest = table.slice(whole)
            # A slice keeps all of its table alive, so the rest is copied.
            pending, count = rest.combine_chunks().to_batches() if rest.num_rows else [], rest.num_rows
    if count:
        yield pa.Table.from_batches(pending, schema=stream.schema).combine_chunks()


def _group_size(table: Any) -> int:
    """How many rows a group has, a power of two: as many as fit the limits, judged by the first rows."""
    width = table.slice(0, _SAMPLE_ROWS).combine_chunks().nbytes / _SAMPLE_ROWS
    size = GROUP_ROWS
    while size > 1 and size * width > _GROUP_BYTES:
        size //= 2
    return size


def _table_of_pandas(target: Target, frame: Any, why: str) -> Any:
    """The frame as a table; levels of its index that have a name are columns, others are left out."""
    pa = load("pyarrow", why=why)
    unnamed = [i for i, name in enumerate(frame.index.names) if name is None]
    has_names = len(unnamed) < frame.index.nlevels
    if unnamed and has_names:
        frame = frame.reset_index(level=unnamed, drop=True)
    try:
        return pa.Table.from_pandas(frame, preserve_index=has_names)
    except (pa.ArrowException, ValueError, TypeError) as err:
        raise target.refused(
            f"the pandas.DataFrame does not fit: {first_lines(err)}", "Give each column one type and a name of its own."
        ) from err


def _check_schema(target: Target, found: Any, expected: Any, number: int) -> None:
    if found.equals(expected):
        return
    for before, after in zip(expected, found):
        if not before.equals(after):
            change = f"column {before.name!r} of type {before.type} became {after.name!r} of type {after.type}"
            break
    else:
        change = f"{len(expected)} columns became {len(found)}"
    raise target.refused(
        f"the schema changed while it was written: in part {number + 1} that the iterator yielded, {change}.",
        "Yield parts of one schema; `part.cast(schema)` makes them so.",
    )
