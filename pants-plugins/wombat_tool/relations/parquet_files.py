"""Lets DuckDB read Parquet files itself."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from wombat_tool.errors import first_sentence
from wombat_tool.files import DataFile
from wombat_tool.relations.columns import keys
from wombat_tool.relations.session import file_pattern
from wombat_tool.relations.spread import Span, spread, spread_text
from wombat_tool.relations.sql import literals
from wombat_tool.relations.table import Part
from wombat_tool.relations.typed import JoinedTypes, repeated_key_error, typed_columns
from wombat_tool.tables.scan import data_errors

# What DuckDB says of a file that is not as it must be.
_OF_A_FILE = re.compile(r"Parquet file|Failed to read file")
_NOT_UTF8 = "Invalid string encoding"


@dataclass(frozen=True)
class _Footer:
    """What a file says of itself."""

    schema: pa.Schema
    rows: int


class ParquetSource:
    """Parquet files, those with the same columns together."""

    is_sample_spread = True

    def __init__(self, files: Sequence[DataFile], path_names: frozenset[str]) -> None:
        self._files = files
        self._footers = [_footer(file) for file in files]
        types = JoinedTypes()
        for file, footer in zip(files, self._footers, strict=True):
            types.add(file, footer.schema)
        self._keys, self.columns = typed_columns(types, path_names)
        self.rows = sum(footer.rows for footer in self._footers)

    def parts(self) -> Sequence[Part]:
        """See `Source`."""
        return self._parts_of(range(len(self._files)))

    def sample_parts(self, rows: int) -> Sequence[Part]:
        """See `Source`."""
        cut: dict[int, list[Span]] = {}
        whole = []
        for span in spread([footer.rows for footer in self._footers], rows):
            if span.end - span.begin == self._footers[span.file].rows:
                whole.append(span.file)
            else:
                cut.setdefault(span.file, []).append(span)
        parts = self._parts_of(whole)
        for file, spans in cut.items():
            parts.extend(self._parts_of([file], spans))
        return parts

    def sample_text(self, rows: int) -> str:
        """See `Source`."""
        return spread_text(rows)

    def data_error(self, err: duckdb.Error) -> Exception | None:
        """See `Source`."""
        key_error = repeated_key_error(err, self._files[0], self.columns)
        if key_error is not None:
            return key_error
        text = str(err)
        # Some of its errors have no class of their own.
        if type(err) is not duckdb.Error and not _OF_A_FILE.search(text):
            return None
        file = next((file for file in self._files if file.path in text), self._files[0])
        if _NOT_UTF8 in text:
            # The text of the error holds the value.
            return file.error("text in it is not UTF-8.", mend="Build the data again with text in UTF-8.")
        return file.error(f"it is damaged: {first_sentence(err)}")

    def _parts_of(self, files: Sequence[int], spans: Sequence[Span] = ()) -> list[Part]:
        by_schema: dict[tuple[tuple[str, str], ...], list[int]] = {}
        for file in files:
            schema = self._footers[file].schema
            by_schema.setdefault(tuple((field.name, str(field.type)) for field in schema), []).append(file)
        return [self._part(together, spans) for together in by_schema.values()]

    def _part(self, files: Sequence[int], spans: Sequence[Span]) -> Part:
        paths = literals([file_pattern(self._files[file].path) for file in files])
        columns = keys(self._footers[files[0]].schema.names)
        # By their places, as DuckDB gives other names to columns whose names it takes for the same.
        names = ", ".join(f"c{i}" for i in range(len(columns)))
        # Writers leave NaN out of the statistics of a file, by which the rows that have it would be skipped otherwise.
        source = f"read_parquet({paths}, hive_partitioning = false, can_have_nan = true) AS t({names})"
        if spans:
            chosen = " OR ".join(f"file_row_number BETWEEN {span.begin} AND {span.end - 1}" for span in spans)
            source += f" WHERE {chosen}"
        places = {key: i for i, key in enumerate(columns)}
        return Part(
            source=source,
            values=tuple(f"c{places[key]}" if key in places else "NULL" for key in self._keys),
            row="file_row_number + 1",
            file="CAST(file_index AS BIGINT)",
            files=tuple(files),
        )


def _footer(file: DataFile) -> _Footer:
    with data_errors(file), pq.ParquetFile(file.path, memory_map=True, pre_buffer=False) as opened:
        return _Footer(opened.schema_arrow, opened.metadata.num_rows)
