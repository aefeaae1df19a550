"""Gives the rows of Arrow IPC files to DuckDB."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import duckdb
import pyarrow as pa
import pyarrow.ipc

from wombat_tool.files import DataFile
from wombat_tool.relations.arrow_reading import SliceReader, batch_rows
from wombat_tool.relations.arrow_types import readable_type
from wombat_tool.relations.columns import Key, keys
from wombat_tool.relations.spread import Span, spread, spread_text
from wombat_tool.relations.stream import Chunk, StreamSource
from wombat_tool.relations.typed import JoinedTypes, repeated_key_error, typed_columns
from wombat_tool.tables.scan import data_errors


class ArrowSource(StreamSource):
    """Arrow IPC files.

    :param directory: where to put what is unpacked of large compressed batches.
    """

    is_sample_spread = True

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        files: Sequence[DataFile],
        path_names: frozenset[str],
        *,
        directory: str,
        name: str,
    ) -> None:
        joined = JoinedTypes()
        self._data_files = files
        self._places: list[dict[Key, int]] = []
        sizes = []
        for file in files:
            with data_errors(file), pa.OSFile(file.path) as opened:
                schema = pa.ipc.open_file(opened).schema
                joined.add(file, schema)
                self._places.append({key: i for i, key in enumerate(keys(schema.names))})
                sizes.append(batch_rows(file))
        self._sizes = [sum(of_file) for of_file in sizes]
        self._keys, self.columns = typed_columns(joined, path_names)
        types = {key: readable_type(column.arrow_type) for key, column in zip(self._keys, self.columns, strict=True)}
        self._readers = []
        for file, of_file, places in zip(files, sizes, self._places, strict=True):
            there = [key for key in self._keys if key in places]
            columns = [places[key] for key in there]
            self._readers.append(SliceReader(file, of_file, columns, [types[key] for key in there], directory=directory))
        self.rows = sum(self._sizes)
        super().__init__(connection, name=name, types=list(types.values()), files=len(files))

    def chunks(self) -> Iterator[Chunk]:
        """See `StreamSource`."""
        for number, size in enumerate(self._sizes):
            yield from self._read(Span(number, 0, size))

    def sample_chunks(self, rows: int) -> Iterator[Chunk]:
        """See `StreamSource`."""
        for span in spread(self._sizes, rows):
            yield from self._read(span)

    def sample_text(self, rows: int) -> str:
        """See `Source`."""
        return spread_text(rows)

    def data_error(self, err: duckdb.Error) -> Exception | None:
        """See `Source`."""
        return super().data_error(err) or repeated_key_error(err, self._data_files[0], self.columns)

    def _read(self, span: Span) -> Iterator[Chunk]:
        places = self._places[span.file]
        with data_errors(self._data_files[span.file]):
            for first, rows, found in self._readers[span.file].slices(span.begin, span.end):
                values = iter(found)
                columns = [
                    next(values) if key in places else pa.nulls(rows, type)
                    for key, type in zip(self._keys, self._types, strict=True)
                ]
                yield Chunk(span.file, first, rows, columns)
