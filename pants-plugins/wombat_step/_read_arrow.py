"""Reads tabular inputs with pyarrow."""

from __future__ import annotations

import os
import re

from wombat_step._errors import WombatStepError
from wombat_step._libraries import load
from wombat_step._read_plain import NULL_WORDS, csv_header
from wombat_step._source import first_lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from wombat_step._source import Source

# Rows of a batch that is streamed; pyarrow's own default.
BATCH_ROWS = 65_536
# How to scan a dataset so that what is read waits for what takes it. With threads, up to 1 GiB is read ahead.
STREAMING = {"batch_size": BATCH_ROWS, "batch_readahead": 1, "fragment_readahead": 1, "use_threads": False}
# Bytes of text that are parsed at once, and that a stream's types are inferred from; pyarrow's own default. It reads
# some dozens of blocks ahead, so larger ones would need much memory.
_BLOCK_SIZE = 1 << 20

_NEWLINE = b"\n"
# A line that begins otherwise than an object.
_NO_OBJECT = re.compile(rb"^[^\S\n]*[^{\s]", re.MULTILINE)


def read_table(source: Source, why: str) -> Any:
    """The whole input as a pyarrow.Table."""
    pa = load("pyarrow", why=why)
    if not source.is_single:
        table = read_dataset(source, why).to_table()
    elif source.format == "parquet":
        with pa.OSFile(source.path) as file:
            table = load("pyarrow.parquet", why=why).ParquetFile(file).read()
    elif source.format == "arrow":
        # A read-only map: nothing is copied before it is used.
        table = load("pyarrow.ipc", why=why).open_file(pa.memory_map(source.path, "r")).read_all()
    elif os.path.getsize(source.path) == 0:
        table = pa.table({})  # JSON lines without any line are no rows.
    else:
        try:
            table = _read_text(source, pa, why, _BLOCK_SIZE)
        except pa.ArrowInvalid as err:
            if "block" not in str(err):  # A record that is longer than a block.
                raise
            table = _read_text(source, pa, why, os.path.getsize(source.path))
    _check_text(table, source)
    return table


def _read_text(source: Source, pa: Any, why: str, block_size: int) -> Any:
    with pa.OSFile(source.path) as file:
        if source.format == "csv":
            return load("pyarrow.csv", why=why).read_csv(file, **_csv_options(source, why, block_size))
        _check_objects(file)
        file.seek(0)
        return load("pyarrow.json", why=why).read_json(file, read_options=_json_read_options(why, block_size))


def _check_objects(file: Any) -> None:
    """Raise unless each line of a JSON lines file begins as an object does.

    pyarrow crashes where the first line is `null`, and takes a later one for a row.

    :raises ValueError: naming the line.
    """
    number = 0
    rest = b""
    while block := file.read(_BLOCK_SIZE):
        complete, newline, last = block.rpartition(b"\n")
        lines, rest = (rest + complete + newline, last) if newline else (b"", rest + block)
        number += _check_lines(lines, number)
    _check_lines(rest, number)


def _check_lines(lines: bytes, before: int) -> int:
    wrong = _NO_OBJECT.search(lines)
    if wrong is not None:
        raise ValueError(f"line {before + lines.count(_NEWLINE, 0, wrong.start()) + 1} is no JSON object")
    return lines.count(_NEWLINE)


def read_dataset(source: Source, why: str) -> Any:
    """The input as a pyarrow.dataset.Dataset; its files are those of the source, whose paths it shows."""
    pa = load("pyarrow", why=why)
    ds = load("pyarrow.dataset", why=why)
    fs = load("pyarrow.fs", why=why)
    if source.format == "parquet":
        # Buffering whole row groups ahead gains nothing with local files, and costs memory without bound.
        options = ds.ParquetFragmentScanOptions(pre_buffer=False, use_buffered_stream=True)
        format = ds.ParquetFileFormat(default_fragment_scan_options=options)
    elif source.format == "csv":
        format = ds.CsvFileFormat(**_csv_options(source, why))
    elif source.format == "jsonl":
        format = ds.JsonFileFormat(read_options=_json_read_options(why))
    else:
        format = ds.IpcFileFormat()
    files = [file for file in source.files if os.path.getsize(file) > 0] or source.files
    if os.path.getsize(files[0]) == 0:
        return ds.dataset(pa.table({}))
    filesystem = fs.LocalFileSystem()
    selection = ds.FileSystemFactoryOptions()
    if not source.is_single:
        selection.partition_base_dir = source.path
        selection.partitioning = ds.HivePartitioning(_partition_schema(source, pa))
    factory = ds.FileSystemDatasetFactory(filesystem, files, format, selection)
    # Without this the first file's schema would stand for all, and columns that it lacks would be lost.
    schemas = [format.inspect(file, filesystem) for file in files]
    if not source.is_single:
        schemas.append(selection.partitioning.schema)
    try:
        schema = pa.unify_schemas(schemas, promote_options="permissive")
    except (pa.ArrowInvalid, pa.ArrowTypeError) as err:
        raise source.error(
            f"its files do not have the same types: {first_lines(err)}", mend="Write all files with the same types."
        ) from err
    return factory.finish(schema)


def read_reader(source: Source, why: str) -> Any:
    """The input as a pyarrow.RecordBatchReader, which holds no more than a few batches in memory."""
    pa = load("pyarrow", why=why)
    if not source.is_single:
        dataset = read_dataset(source, why)
        scanner = dataset.scanner(**STREAMING)
        return pa.RecordBatchReader.from_batches(dataset.schema, guarded(iter(scanner.to_reader()), source))
    schema, batches = open_stream(source, source.path, pa, why)
    return pa.RecordBatchReader.from_batches(schema, guarded(batches, source))


def open_stream(source: Source, path: str, pa: Any, why: str) -> tuple[Any, Iterator[Any]]:
    """The schema of one file of the source, and its batches, which are read when they are taken."""
    if source.format == "parquet":
        # Pages are read as they are needed. Otherwise a column of a whole row group would be.
        parquet = load("pyarrow.parquet", why=why)
        file = parquet.ParquetFile(pa.OSFile(path), buffer_size=1 << 20, pre_buffer=False)
        return file.schema_arrow, file.iter_batches(batch_size=BATCH_ROWS)
    if source.format == "arrow":
        reader = load("pyarrow.ipc", why=why).open_file(pa.OSFile(path))
        return reader.schema, (reader.get_batch(i) for i in range(reader.num_record_batches))
    if source.format == "csv":
        reader = load("pyarrow.csv", why=why).open_csv(pa.OSFile(path), **_csv_options(source, why))
        return reader.schema, iter(reader)
    blocks = _json_blocks(source, pa, why)
    first = next(blocks, None)
    if first is None:
        return pa.schema([]), iter(())
    return first.schema, (batch for table in _chained(first, blocks) for batch in table.to_batches())


def _json_blocks(source: Source, pa: Any, why: str) -> Iterator[Any]:
    """The rows of a JSON lines file in tables of one block each, all of the first one's schema."""
    json = load("pyarrow.json", why=why)
    parse_options = json.ParseOptions()
    rest = b""
    number = 0
    is_last = False
    with open(source.path, "rb") as file:
        while not is_last:
            block = file.read(_BLOCK_SIZE)
            is_last = not block
            complete, newline, rest_of_block = block.rpartition(b"\n")
            lines, rest = (rest, b"") if is_last else (rest + complete + newline, rest_of_block)
            if not newline and not is_last:
                lines, rest = b"", lines + rest  # One line is longer than a block.
            if lines.strip():
                _check_lines(lines, number)
                table = json.read_json(
                    pa.BufferReader(lines),
                    read_options=_json_read_options(why, len(lines)),
                    parse_options=parse_options,
                )
                if parse_options.explicit_schema is None:
                    parse_options = json.ParseOptions(explicit_schema=table.schema, unexpected_field_behavior="error")
                yield table
            number += lines.count(_NEWLINE)


def guarded(batches: Iterator[Any], source: Source) -> Iterator[Any]:
    """The batches; what goes wrong while they are read is the input's fault and not the step's."""
    while True:
        try:
            batch = next(batches)
            _check_text(batch, source)
        except StopIteration:
            return
        except (WombatStepError, MemoryError):
            raise
        except Exception as err:
            note = (
                f" A stream's types are those of its first {_BLOCK_SIZE >> 20} MiB: if they change later, use a table."
            )
            raise source.diagnose(err, note=note if source.format in ("csv", "jsonl") else "") from err
        yield batch


def _csv_options(source: Source, why: str, block_size: int = _BLOCK_SIZE) -> dict[str, Any]:
    csv = load("pyarrow.csv", why=why)
    return {
        "read_options": csv.ReadOptions(block_size=block_size),
        # Where there is one column, a blank line is how a missing value is written.
        "parse_options": csv.ParseOptions(
            newlines_in_values=True, ignore_empty_lines=len(csv_header(source.files[0])) > 1
        ),
        "convert_options": csv.ConvertOptions(
            null_values=list(NULL_WORDS), strings_can_be_null=True, quoted_strings_can_be_null=False
        ),
    }


def _json_read_options(why: str, block_size: int = _BLOCK_SIZE) -> Any:
    return load("pyarrow.json", why=why).ReadOptions(block_size=block_size)


def _partition_schema(source: Source, pa: Any) -> Any:
    types: dict[str, Any] = {}
    for partition in source.partitions:
        for name, value in partition.items():
            if value is not None or name not in types:
                types[name] = pa.int64() if isinstance(value, int) else pa.string()
    return pa.schema(types)


def _check_text(data: Any, source: Source) -> None:
    """Raise where text was not UTF-8: pyarrow makes such a column binary (CSV) or passes it on as it is (JSON)."""
    if source.format == "csv":
        broken = [field.name for field in data.schema if str(field.type) == "binary"]
        if broken:
            raise ValueError(f"column {broken[0]!r} is not UTF-8 text.")
    if source.format in ("jsonl", "arrow"):
        data.validate(full=source.format == "jsonl")


def _chained(first: Any, rest: Iterator[Any]) -> Iterator[Any]:
    yield first
    yield from rest
