"""Makes the profile of a relation."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import duckdb
import pyarrow as pa

from wombat_tool.profile.columns import ROWS, ProfiledColumn
from wombat_tool.relations.model import ROW_COLUMN, Relation
from wombat_tool.relations.sql import quoted

_SAMPLE_ROWS = 50_000
_SAMPLE_VALUES = 1_000_000
# In a pass each column takes memory; the columns of a wider table are counted in several.
_COLUMNS_AT_ONCE = 100
_SAMPLE = "__profile_sample"


class Profiler:
    """Makes a profile in the pass over the data that a query makes anyway.

    The query selects `aggregates`, besides what else it wants, and `profile` makes the rest of the result.

    :param masked: the names of columns of which no value may be shown.
    :param item: what the query reads from, with the columns of `relation.numbered_sql()`; None for that itself.
    """

    def __init__(self, relation: Relation, *, masked: Collection[str] = (), item: str | None = None) -> None:
        self._relation = relation
        self._item = relation.numbered_sql() if item is None else item
        self._columns = [ProfiledColumn(i, column, column.name in masked) for i, column in enumerate(relation.columns)]
        # Of a wide table fewer rows are kept.
        self._sample_rows = min(_SAMPLE_ROWS, max(1, _SAMPLE_VALUES // max(1, len(self._columns))))
        self._is_whole = relation.rows <= self._sample_rows
        self._kept = {name: sql for column in self._columns for name, sql in column.kept(is_whole=self._is_whole).items()}
        # Another pass through text for the sample would cost as much as all the rest.
        is_wide = len(self._columns) > _COLUMNS_AT_ONCE
        self._samples_in_pass = bool(self._kept) and not relation.is_sample_spread and not is_wide

    @property
    def aggregates(self) -> list[str]:
        """What to select."""
        found = [f"count(*) AS {ROWS}", *self._counts(0)]
        if self._samples_in_pass:
            kept = ", ".join(f"{name} := {sql}" for name, sql in self._kept.items())
            found.append(f"list(struct_pack({kept})) FILTER (WHERE {self._is_kept}) AS {_SAMPLE}")
        return found

    def profile(self, connection: duckdb.DuckDBPyConnection, results: pa.Table) -> dict[str, Any]:
        """The profile as a JSON document: `estimated_from_rows` (what `quantiles` and `top` are of) and `columns`.

        A column has `name`, `type`, `nulls`, `distinct` (an estimate where there are more than 50,000 rows, or a million
        values), `min`, `max`, `quantiles`, `top` and `masked`; what does not apply to it is None. One of floating point
        numbers has `nan` besides: how many values are no number, and left out of the rest. Values are safe for JSON, and
        long ones are cut.

        :param results: the one row of the query, with the names that `aggregates` have.
        """
        found = _first_row(results)
        with self._relation.reading():
            sample = self._sample(connection, results)
            for first in range(_COLUMNS_AT_ONCE, len(self._columns), _COLUMNS_AT_ONCE):
                query = f"SELECT {', '.join(self._counts(first))} FROM {self._item}"
                found.update(_first_row(connection.sql(query).to_arrow_table()))
        return {
            "estimated_from_rows": sample.num_rows,
            "columns": [column.document(found, sample) for column in self._columns],
        }

    def _counts(self, first: int) -> list[str]:
        columns = self._columns[first : first + _COLUMNS_AT_ONCE]
        return [aggregate for column in columns for aggregate in column.aggregates(is_whole=self._is_whole)]

    @property
    def _is_kept(self) -> str:
        """Whether a row belongs to a sample that is spread over all rows."""
        step = max(1, -(-self._relation.rows // self._sample_rows))
        return f"{quoted(ROW_COLUMN)} % {step} = 0"

    def _sample(self, connection: duckdb.DuckDBPyConnection, results: pa.Table) -> pa.Table:
        if not self._kept:
            return pa.table({})
        if self._samples_in_pass:
            return pa.Table.from_struct_array(results.column(_SAMPLE).combine_chunks().flatten())
        selected = ", ".join(f"{sql} AS {name}" for name, sql in self._kept.items())
        source = f"{self._item} WHERE {self._is_kept}"
        if self._relation.is_sample_spread:
            source = self._relation.sample_sql(self._sample_rows)
        return connection.sql(f"SELECT {selected} FROM {source}").to_arrow_table()


def _first_row(results: pa.Table) -> dict[str, pa.Scalar]:
    return {name: values[0] for name, values in zip(results.schema.names, results.columns, strict=True)}


def profile(connection: duckdb.DuckDBPyConnection, relation: Relation, *, masked: Collection[str] = ()) -> dict[str, Any]:
    """The profile of a relation, in a pass of its own; see `Profiler`."""
    profiler = Profiler(relation, masked=masked)
    with relation.reading():
        results = connection.sql(f"SELECT {', '.join(profiler.aggregates)} FROM {relation.numbered_sql()}").to_arrow_table()
    return profiler.profile(connection, results)
