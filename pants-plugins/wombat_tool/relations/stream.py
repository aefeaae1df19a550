"""Gives DuckDB rows that Python reads, batch by batch, as often as it asks for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from wombat_tool.relations.sql import quoted
from wombat_tool.relations.table import Part

_ROW = "__row"
_FILE = "__file"


@dataclass(frozen=True)
class Chunk:
    """Some rows of a file that follow each other.

    :param file: the position of the file.
    :param before: how many rows of the file stand before them.
    """

    file: int
    before: int
    rows: int
    columns: Sequence[pa.Array]


class Stream:
    """Rows as Arrow's C stream interface has them, with their numbers and files as two more columns.

    :param types: of the columns.
    :param chunks: begins to read from the beginning, each time it is called.
    """

    def __init__(self, types: Sequence[pa.DataType], chunks: Callable[[], Iterator[Chunk]]) -> None:
        self.failure: Exception | None = None
        """What went wrong in the last reading; DuckDB passes on no more than its text."""
        self._chunks = chunks
        self._schema = pa.schema(
            [
                *(pa.field(f"c{i}", type) for i, type in enumerate(types)),
                pa.field(_ROW, pa.int64()),
                pa.field(_FILE, pa.int64()),
            ]
        )

    # DuckDB asks for the types alone by the first, and for the rows by the second.
    def __arrow_c_schema__(self) -> object:
        return self._schema.__arrow_c_schema__()

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        reader = pa.RecordBatchReader.from_batches(self._schema, self._batches())
        return reader.__arrow_c_stream__(requested_schema)

    def _batches(self) -> Iterator[pa.RecordBatch]:
        self.failure = None
        try:
            for chunk in self._chunks():
                numbers = pa.arange(chunk.before + 1, chunk.before + chunk.rows + 1)
                files = pa.repeat(pa.scalar(chunk.file, pa.int64()), chunk.rows)
                yield pa.RecordBatch.from_arrays([*chunk.columns, numbers, files], schema=self._schema)
        except Exception as err:
            self.failure = err
            raise


class StreamSource:
    """The base of sources that Python reads.

    :param name: what the names of its streams begin with.
    :param types: of the columns of the stream.
    :param files: how many files there are.
    """

    is_sample_spread = False

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, *, name: str, types: Sequence[pa.DataType], files: int
    ) -> None:
        self._connection = connection
        self._name = name
        self._types = types
        self._files = files
        self._streams: list[Stream] = []

    def chunks(self) -> Iterator[Chunk]:
        """Read all rows."""
        raise NotImplementedError

    def sample_chunks(self, rows: int) -> Iterator[Chunk]:
        """Read about so many rows: the first, if the format knows no better way."""
        left = rows
        for chunk in self.chunks():
            part = min(left, chunk.rows)
            yield Chunk(chunk.file, chunk.before, part, [column.slice(0, part) for column in chunk.columns])
            left -= part
            if not left:
                return

    def values(self) -> Sequence[str]:
        """For each column of the relation an expression of the columns c0, c1... of the stream."""
        return [f"c{i}" for i in range(len(self._types))]

    def parts(self) -> Sequence[Part]:
        """See `Source`."""
        return self._parts_of(self.chunks)

    def sample_parts(self, rows: int) -> Sequence[Part]:
        """See `Source`."""
        return self._parts_of(lambda: self.sample_chunks(rows))

    def sample_text(self, rows: int) -> str:
        """See `Source`."""
        return f"the first {rows:,} rows"

    def data_error(self, err: duckdb.Error) -> Exception | None:
        """See `Source`."""
        return next((stream.failure for stream in self._streams if stream.failure is not None), None)

    def source(self, stream: str) -> str:
        """The FROM item for a stream, which gives the columns that `values` names, and its own two."""
        return stream

    def _parts_of(self, chunks: Callable[[], Iterator[Chunk]]) -> Sequence[Part]:
        stream = Stream(self._types, chunks)
        name = f"__{self._name}_stream_{len(self._streams)}"
        self._streams.append(stream)
        self._connection.register(name, stream)
        files = tuple(range(self._files))
        return [Part(self.source(quoted(name)), tuple(self.values()), quoted(_ROW), quoted(_FILE), files)]
