"""Reads CSV files as text, value by value as steps and previews read them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import duckdb
import pyarrow as pa

from wombat_tool.files import DataFile
from wombat_tool.relations.columns import keys
from wombat_tool.relations.model import DataColumn, Encoding
from wombat_tool.relations.stream import Chunk, StreamSource
from wombat_tool.tables.csv_file import NULL_WORDS, text_batches
from wombat_tool.tables.scan import data_errors, scan_table


class CsvSource(StreamSource):
    """CSV files. They are read once in the beginning, so that errors and types are those of all rows."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        files: Sequence[DataFile],
        path_names: frozenset[str],
        *,
        name: str,
        null_values: Sequence[str] | None,
    ) -> None:
        scan = scan_table(files, head_rows=0, null_values=null_values)
        found = scan.columns[: len(scan.columns) - len(path_names)]
        kept = [
            (key, column)
            for key, column in zip(keys([column.name for column in found]), found, strict=True)
            if column.name not in path_names
        ]
        self.columns = [DataColumn(column.name, Encoding.TEXT, column.type) for _, column in kept]
        self.rows = scan.rows
        self._keys = [key for key, _ in kept]
        self._data_files = files
        self._null_values = NULL_WORDS if null_values is None else null_values
        super().__init__(connection, name=name, types=[pa.string()] * len(kept), files=len(files))

    def chunks(self) -> Iterator[Chunk]:
        """See `StreamSource`."""
        for number, file in enumerate(self._data_files):
            before = 0
            with data_errors(file):
                for batch in text_batches(file, null_values=self._null_values):
                    places = {key: i for i, key in enumerate(keys(batch.schema.names))}
                    columns = [
                        batch.column(places[key]) if key in places else pa.nulls(batch.num_rows, pa.string())
                        for key in self._keys
                    ]
                    yield Chunk(number, before, batch.num_rows, columns)
                    before += batch.num_rows
