"""Reads the batches of an Arrow IPC file in slices, however large they are."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack

import pyarrow as pa
import pyarrow.ipc

from wombat_tool.files import DataFile
from wombat_tool.relations.arrow_values import converted

# What is checked and converted at once: a file may be one batch.
_SLICE_ROWS = 1 << 16
# Larger batches are not decompressed or copied as a whole.
_MOST_BATCH_BYTES = 32 << 20


def batch_rows(file: DataFile) -> list[int]:
    """How many rows each batch has."""
    with pa.OSFile(file.path) as opened:
        schema = pa.ipc.open_file(opened).schema
        # One column tells, and is read alone. If it is compressed, a narrow one takes the least memory.
        narrowest = [min(range(len(schema)), key=lambda i: _width(schema.field(i).type))] if len(schema) else []
        reader = _open(opened, narrowest)
        return [reader.get_batch(i).num_rows for i in range(reader.num_record_batches)]


class SliceReader:
    """Reads some columns of a file as other types, slice by slice, as often as it is asked for.

    Small batches are copied into memory one by one. Large ones are read where they lie; if they are compressed, the file is
    unpacked into a directory first, column by column, so that one column of a batch has to fit in memory.

    :param sizes: the rows of its batches.
    :param columns: the places of the columns in the file.
    :param types: of `readable_type`, or wider ones.
    :param directory: where to unpack.
    """

    def __init__(
        self,
        file: DataFile,
        sizes: Sequence[int],
        columns: Sequence[int],
        types: Sequence[pa.DataType],
        *,
        directory: str,
    ) -> None:
        self._file = file
        self._sizes = sizes
        self._columns = columns
        self._types = types
        self._directory = directory
        self._unpacked: list[str] | None = None

    def slices(self, begin: int, end: int) -> Iterator[tuple[int, int, list[pa.Array]]]:
        """The values of the columns in the rows from `begin` to before `end`, in parts.

        :returns: for each part its first row, how many rows it has, and its columns.
        """
        is_small = self._largest_batch_bytes() <= _MOST_BATCH_BYTES
        if not is_small and self._columns and self._is_compressed():
            yield from self._unpacked_slices(begin, end)
            return
        with pa.OSFile(self._file.path) if is_small else pa.memory_map(self._file.path, "r") as opened:
            reader = _open(opened, [])
            before = 0
            for number, size in enumerate(self._sizes):
                first, last = max(begin - before, 0), min(end - before, size)
                if first < last:
                    batch = reader.get_batch(number).select(self._columns)
                    for at in range(first, last, _SLICE_ROWS):
                        part = batch.slice(at, min(_SLICE_ROWS, last - at))
                        values = zip(part.columns, self._types, strict=True)
                        yield before + at, part.num_rows, [_checked(column, type) for column, type in values]
                before += size

    def _largest_batch_bytes(self) -> int:
        """About what a batch takes in memory: what it takes in the file, or more if that is compressed."""
        of_row = sum(min(_width(type), 128) for type in self._types) // 8
        return max(self._file.size_bytes // max(1, len(self._sizes)), of_row * max(self._sizes, default=0))

    def _is_compressed(self) -> bool:
        with pa.memory_map(self._file.path, "r") as mapped:
            before = pa.total_allocated_bytes()
            batch = _open(mapped, [self._columns[0]]).get_batch(0)
            # What is not compressed stays where it is.
            return bool(pa.total_allocated_bytes() - before >= batch.nbytes / 2)

    def _unpacked_slices(self, begin: int, end: int) -> Iterator[tuple[int, int, list[pa.Array]]]:
        if self._unpacked is None:
            self._unpacked = [self._unpack(column, type) for column, type in zip(self._columns, self._types, strict=True)]
        with ExitStack() as opened:
            readers = [pa.ipc.open_file(opened.enter_context(pa.OSFile(path))) for path in self._unpacked]
            before = number = 0
            for size in self._sizes:
                for at in range(0, size, _SLICE_ROWS):
                    rows = min(_SLICE_ROWS, size - at)
                    first, last = max(begin - before, 0), min(end - before, rows)
                    if first < last:
                        columns = [reader.get_batch(number).column(0).slice(first, last - first) for reader in readers]
                        yield before + first, last - first, columns
                    before += rows
                    number += 1

    def _unpack(self, column: int, type: pa.DataType) -> str:
        """Write one column, in a batch for each slice, and return the path."""
        handle, path = tempfile.mkstemp(suffix=".arrow", dir=self._directory)
        os.close(handle)
        schema = pa.schema([pa.field("values", type)])
        with pa.OSFile(self._file.path) as opened, pa.ipc.new_file(path, schema) as writer:
            reader = _open(opened, [column])
            for number, size in enumerate(self._sizes):
                values = reader.get_batch(number).column(0)
                for at in range(0, size, _SLICE_ROWS):
                    part = _checked(values.slice(at, _SLICE_ROWS), type)
                    writer.write_batch(pa.RecordBatch.from_arrays([part], schema=schema))
        return path


def _open(opened: pa.NativeFile, columns: Sequence[int]) -> pa.RecordBatchFileReader:
    """A reader of some columns; of all if none is named."""
    # One thread: what several decompress, their memory pool keeps for long.
    return pa.ipc.open_file(opened, options=pa.ipc.IpcReadOptions(included_fields=list(columns), use_threads=False))


def _checked(values: pa.Array, type: pa.DataType) -> pa.Array:
    # Nobody has checked the offsets in the file, and a wrong one would be followed out of the memory.
    values.validate(full=True)
    return converted(values, type)


def _width(type: pa.DataType) -> int:
    try:
        return int(type.bit_width)
    except ValueError:
        return 1 << 30  # It varies.
