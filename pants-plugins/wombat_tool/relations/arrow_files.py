"""Reads Arrow IPC files, batch by batch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import duckdb
import pyarrow as pa
import pyarrow.ipc

from wombat_tool.files import DataFile
from wombat_tool.relations.arrow_types import readable_type
from wombat_tool.relations.arrow_values import converted
from wombat_tool.relations.columns import keys
from wombat_tool.relations.spread import Span, spread, spread_text
from wombat_tool.relations.stream import Chunk, StreamSource
from wombat_tool.relations.typed import JoinedTypes, repeated_key_error, typed_columns
from wombat_tool.tables.scan import data_errors

# What is checked and converted at once: a file may be one batch.
_SLICE_ROWS = 1 << 16
# Larger batches are not copied into memory.
_MOST_COPIED_BYTES = 32 << 20


class ArrowSource(StreamSource):
    """Arrow IPC files, which are read batch by batch.

    A compressed batch has to fit in memory as a whole, beside what DuckDB may take; one that is not compressed is read where
    it lies, whatever its size.
    """

    is_sample_spread = True

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        files: Sequence[DataFile],
        path_names: frozenset[str],
        *,
        name: str,
    ) -> None:
        types = JoinedTypes()
        self._data_files = files
        self._batches: list[list[int]] = []
        for file in files:
            with data_errors(file), pa.OSFile(file.path) as opened:
                types.add(file, pa.ipc.open_file(opened).schema)
                # Of no columns, so that only the headers of the batches are read.
                reader = pa.ipc.open_file(opened, options=pa.ipc.IpcReadOptions(included_fields=[]))
                self._batches.append([reader.get_batch(i).num_rows for i in range(reader.num_record_batches)])
        self._keys, self.columns = typed_columns(types, path_names)
        self._read_types = [readable_type(column.arrow_type) for column in self.columns]
        self.rows = sum(map(sum, self._batches))
        super().__init__(connection, name=name, types=self._read_types, files=len(files))

    def chunks(self) -> Iterator[Chunk]:
        """See `StreamSource`."""
        for number, sizes in enumerate(self._batches):
            yield from self._read(Span(number, 0, sum(sizes)))

    def sample_chunks(self, rows: int) -> Iterator[Chunk]:
        """See `StreamSource`."""
        for span in spread([sum(sizes) for sizes in self._batches], rows):
            yield from self._read(span)

    def sample_text(self, rows: int) -> str:
        """See `Source`."""
        return spread_text(rows)

    def data_error(self, err: duckdb.Error) -> Exception | None:
        """See `Source`."""
        return super().data_error(err) or repeated_key_error(err, self._data_files[0], self.columns)

    def _read(self, span: Span) -> Iterator[Chunk]:
        file = self._data_files[span.file]
        is_large = file.size_bytes > _MOST_COPIED_BYTES * len(self._batches[span.file])
        with data_errors(file), pa.memory_map(file.path, "r") if is_large else pa.OSFile(file.path) as opened:
            # One thread: what several decompress, their memory pool keeps for long.
            reader = pa.ipc.open_file(opened, options=pa.ipc.IpcReadOptions(use_threads=False))
            before = 0
            for number, size in enumerate(self._batches[span.file]):
                begin, end = max(span.begin - before, 0), min(span.end - before, size)
                if begin < end:
                    yield from self._slices(reader.get_batch(number), span.file, before, range(begin, end))
                before += size

    def _slices(self, batch: pa.RecordBatch, file: int, before: int, rows: range) -> Iterator[Chunk]:
        places = {key: i for i, key in enumerate(keys(batch.schema.names))}
        for begin in range(rows.start, rows.stop, _SLICE_ROWS):
            part = batch.slice(begin, min(_SLICE_ROWS, rows.stop - begin))
            # Nobody has checked the offsets in the file, and a wrong one would be followed out of the memory.
            part.validate(full=True)
            columns = [
                converted(part.column(places[key]), type) if key in places else pa.nulls(part.num_rows, type)
                for key, type in zip(self._keys, self._read_types, strict=True)
            ]
            yield Chunk(file, before + begin, part.num_rows, columns)
