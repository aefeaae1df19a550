"""What a query can read: the columns of some data, and the SQL that gives them."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

import pyarrow as pa

from wombat_tool.relations.sql import quoted

ROW_COLUMN = "__row"
"""In `Relation.numbered_sql`: the number of the row within its file (BIGINT), from 1."""
FILE_COLUMN = "__file"
"""In `Relation.numbered_sql`: the path of the row's file below the directory (VARCHAR); null where the data is one file."""


class Encoding(Enum):
    """How the values of a column stand in the relation."""

    NATIVE = "native"
    """Typed by DuckDB, as the file types them."""
    TEXT = "text"
    """VARCHAR: the text of a CSV field; what means null is null already."""
    JSON = "json"
    """DuckDB's type JSON; what is null in JSON is null already."""


@dataclass(frozen=True)
class DataColumn:
    """A column of data.

    :param name: as the file has it.
    :param encoding: NATIVE for columns from paths, whatever the format.
    :param arrow_type: of NATIVE the type that the data has, which DuckDB may have another for (see `readable_type`); of the
        others the narrowest type that all values have. It is the type that the preview shows; null where there is no value.
    :param is_partition: whether it is from the paths of the files.
    :param alias: what SQL has to call it; None where that is its name. DuckDB takes "a" and "A" for the same name, so the
        later one of such columns gets another.
    """

    name: str
    encoding: Encoding
    arrow_type: pa.DataType = pa.null()
    is_partition: bool = False
    alias: str | None = None

    @property
    def sql_name(self) -> str:
        """What SQL calls it, not quoted."""
        return self.name if self.alias is None else self.alias

    @property
    def sql(self) -> str:
        """The identifier to write in SQL."""
        return quoted(self.sql_name)


class Relation(Protocol):
    """Data that queries of the connection it was opened with can read, as often as they like."""

    @property
    def columns(self) -> tuple[DataColumn, ...]:
        """Its columns, those from paths last."""

    @property
    def rows(self) -> int:
        """How many rows it has."""

    @property
    def size_bytes(self) -> int:
        """Of all its files."""

    @property
    def has_several_files(self) -> bool:
        """Whether it is a directory, so that a row number alone does not tell which row is meant."""

    def sql(self) -> str:
        """What to write behind FROM: gives exactly the columns, each called by its `sql_name`."""

    def numbered_sql(self) -> str:
        """The same with the columns ROW_COLUMN and FILE_COLUMN."""

    def sample_sql(self, rows: int) -> str:
        """The same as `numbered_sql` for a part of about that many rows, which costs about what they cost to read.

        It is always the same part.
        """

    @property
    def is_sample_spread(self) -> bool:
        """Whether that part is from all over the data, or its beginning."""

    def sample_text(self, rows: int) -> str:
        """Which part that is, for people: as "the first 1,000 rows"."""

    def reading(self) -> AbstractContextManager[None]:
        """To run queries in: what goes wrong because of a file becomes the error that names the file.

        :raises DataError: in the place of what DuckDB raises for a file that is not as it must be.
        """
