"""Data that has no rows and, for lack of them, does not tell its columns, as JSON lines without a line."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass

from wombat_tool.contracts.model import SchemaObject
from wombat_tool.relations.columns import with_aliases
from wombat_tool.relations.model import DataColumn, Encoding, Relation


@dataclass(frozen=True)
class NoRows:
    """A relation without rows that has all columns that its contract names, so that all rules can be asked about it."""

    columns: tuple[DataColumn, ...]
    relation: Relation

    @classmethod
    def of(cls, relation: Relation, schema: SchemaObject) -> NoRows:
        """The relation with the columns that it would have."""
        there = {column.name for column in relation.columns}
        missing = [DataColumn(one.name, Encoding.JSON) for one in schema.fields if one.name not in there]
        return cls(tuple(with_aliases([*relation.columns, *missing])), relation)

    @property
    def rows(self) -> int:
        """See `Relation`."""
        return 0

    @property
    def size_bytes(self) -> int:
        """See `Relation`."""
        return self.relation.size_bytes

    @property
    def has_several_files(self) -> bool:
        """See `Relation`."""
        return self.relation.has_several_files

    def sql(self) -> str:
        """See `Relation`; it has the numbers of rows, too."""
        missing = self.columns[len(self.relation.columns) :]
        columns = ["*", *(f"CAST(NULL AS JSON) AS {column.sql}" for column in missing)]
        return f"(SELECT {', '.join(columns)} FROM {self.relation.numbered_sql()})"

    def numbered_sql(self) -> str:
        """See `Relation`."""
        return self.sql()

    def sample_sql(self, rows: int) -> str:
        """See `Relation`."""
        return self.sql()

    @property
    def is_sample_spread(self) -> bool:
        """See `Relation`."""
        return self.relation.is_sample_spread

    def sample_text(self, rows: int) -> str:
        """See `Relation`."""
        return self.relation.sample_text(rows)

    def reading(self) -> AbstractContextManager[None]:
        """See `Relation`."""
        return self.relation.reading()
