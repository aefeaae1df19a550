"""The relation that the formats share: it puts together what each of them gives as SQL."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

import duckdb

from wombat_tool.relations.model import FILE_COLUMN, ROW_COLUMN, DataColumn
from wombat_tool.relations.sql import literals, quoted

PathValue = str | int | None
"""The value that all rows of a file have in a column from the paths."""


@dataclass(frozen=True)
class Part:
    """Rows that one FROM item gives.

    :param source: the FROM item.
    :param values: for each column that is not from paths an expression.
    :param row: the expression for the number of the row within its file, from 1.
    :param file: the expression for the file of the row, as a position in `files` (BIGINT).
    :param files: positions in the files of the data.
    """

    source: str
    values: tuple[str, ...]
    row: str
    file: str
    files: tuple[int, ...]


class Source(Protocol):
    """What a format has to give."""

    @property
    def columns(self) -> Sequence[DataColumn]:
        """Those that are in its files."""

    @property
    def rows(self) -> int:
        """Of all files."""

    def parts(self) -> Sequence[Part]:
        """All rows."""

    def sample_parts(self, rows: int) -> Sequence[Part]:
        """About so many rows, always the same ones; only asked for where there are more."""

    @property
    def is_sample_spread(self) -> bool:
        """Whether they are from all over the data."""

    def sample_text(self, rows: int) -> str:
        """Which rows these are, for people."""

    def data_error(self, err: duckdb.Error) -> Exception | None:
        """The error to raise in the place of DuckDB's, if a file was the reason."""


class TableRelation:
    """Rows of one or several files, as views of the connection.

    :param columns: those of the source, then those from paths.
    :param path_values: for each file its values in the columns from paths, in their order.
    :param file_names: for each file its path below the directory, where there is one.
    :param name: what the names of the views begin with.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        source: Source,
        *,
        columns: Sequence[DataColumn],
        size_bytes: int,
        path_values: Sequence[Sequence[PathValue]] = (),
        file_names: Sequence[str] | None = None,
        name: str,
    ) -> None:
        self.columns = tuple(columns)
        self.rows = source.rows
        self.size_bytes = size_bytes
        self.has_several_files = file_names is not None
        self._connection = connection
        self._source = source
        self._path_values = path_values
        self._file_names = file_names
        self._view = f"__{name}"
        self._samples: set[int] = set()
        with self.reading():
            parts = source.parts()
            self._create_view(self._view, parts, is_numbered=False)
            self._create_view(f"{self._view}_numbered", parts, is_numbered=True)

    def sql(self) -> str:
        """See `Relation`."""
        return quoted(self._view)

    def numbered_sql(self) -> str:
        """See `Relation`."""
        return quoted(f"{self._view}_numbered")

    def sample_sql(self, rows: int) -> str:
        """See `Relation`."""
        if self._is_whole(rows):
            return self.numbered_sql()
        view = f"{self._view}_sample_{rows}"
        if rows not in self._samples:
            with self.reading():
                self._create_view(view, self._source.sample_parts(rows), is_numbered=True)
            self._samples.add(rows)
        return quoted(view)

    @property
    def is_sample_spread(self) -> bool:
        """See `Relation`."""
        return self._source.is_sample_spread

    def sample_text(self, rows: int) -> str:
        """See `Relation`."""
        return "all rows" if self._is_whole(rows) else self._source.sample_text(rows)

    @contextmanager
    def reading(self) -> Iterator[None]:
        """See `Relation`."""
        try:
            yield
        except duckdb.Error as err:
            error = self._source.data_error(err)
            if error is None:
                raise
            raise error from err

    def _is_whole(self, rows: int) -> bool:
        return self.rows <= rows

    def _create_view(self, view: str, parts: Sequence[Part], *, is_numbered: bool) -> None:
        selects = [self._select(part, is_numbered=is_numbered) for part in parts]
        self._connection.execute(f"CREATE TEMPORARY VIEW {quoted(view)} AS {' UNION ALL '.join(selects)}")

    def _select(self, part: Part, *, is_numbered: bool) -> str:
        values = list(part.values)
        for i in range(len(self.columns) - len(values)):
            values.append(_of_files([self._path_values[file][i] for file in part.files], part))
        selected = [f"{value} AS {column.sql}" for value, column in zip(values, self.columns, strict=True)]
        if is_numbered:
            selected.append(f"CAST({part.row} AS BIGINT) AS {quoted(ROW_COLUMN)}")
            names: list[PathValue] = [None if self._file_names is None else self._file_names[file] for file in part.files]
            selected.append(f"{_of_files(names, part)} AS {quoted(FILE_COLUMN)}")
        # SQL has no table without columns: this one stands for none.
        return f"SELECT {', '.join(selected) or 'NULL AS __no_column'} FROM {part.source}"


def _of_files(values: Sequence[PathValue], part: Part) -> str:
    """The expression for what is the same in all rows of a file."""
    is_number = any(isinstance(value, int) for value in values)
    texts = [None if value is None else str(value) for value in values]
    type = "BIGINT" if is_number else "VARCHAR"
    if len(set(texts)) == 1:
        return f"CAST({literals(texts[:1])[1:-1]} AS {type})"
    return f"CAST({literals(texts)} AS {type}[])[{part.file} + 1]"
