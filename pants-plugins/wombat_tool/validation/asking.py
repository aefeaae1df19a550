"""Asks a question that has one row as its answer."""

from __future__ import annotations

from typing import Any

import duckdb


def row_of(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[Any, ...]:
    """The only row of a query's result."""
    # Of a result that is not fetched to its end, DuckDB thinks that more will be fetched, and registers no data meanwhile.
    (row,) = connection.execute(query).fetchall()
    return tuple(row)
