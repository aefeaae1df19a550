"""Reads the SQL of strangers, before it is run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import duckdb

# Those that make rows from their arguments alone.
_TABLE_FUNCTIONS = frozenset({"generate_series", "json_each", "json_tree", "range", "repeat", "unnest"})


@dataclass(frozen=True)
class Select:
    """What a query reads.

    :param tables: the names behind FROM, those of its own WITH clauses too.
    :param names: all names that may be of columns, also as parts of "table.column".
    :param has_star: whether it reads columns that it does not name, as by `*`.
    """

    tables: frozenset[str]
    names: frozenset[str]
    has_star: bool


def read_select(connection: duckdb.DuckDBPyConnection, sql: str) -> Select:
    """Read a query that is to be run on a connection of `session.connect`, which keeps it from all files but the data.

    :raises ValueError: with a sentence that says why, if it is anything but one query, or calls functions that read or
        write something else than its tables.
    """
    parsed = json.loads(connection.execute("SELECT json_serialize_sql(?)", [sql]).fetchall()[0][0])
    if parsed["error"]:
        if parsed["error_type"] == "not implemented":
            raise ValueError("it must be one SELECT query, without PIVOT.")
        raise ValueError(f"{parsed['error_message']}.")
    if len(parsed["statements"]) != 1:
        raise ValueError(f"it must be one SELECT query, but has {len(parsed['statements'])} statements.")
    nodes = list(_nodes(parsed["statements"]))
    for node in nodes:
        if node.get("type") == "SHOW_REF":
            raise ValueError("it must be a SELECT query, and not SHOW, DESCRIBE or SUMMARIZE.")
        if node.get("type") == "TABLE_FUNCTION":
            name = node["function"]["function_name"]
            if name not in _TABLE_FUNCTIONS:
                raise ValueError(
                    f"it reads from the function {name!r}, and may read from tables and the functions "
                    f"{', '.join(sorted(_TABLE_FUNCTIONS))} alone."
                )
    return Select(
        tables=frozenset(node["table_name"] for node in nodes if node.get("type") == "BASE_TABLE"),
        names=frozenset(name for node in nodes for name in node.get("column_names", ())),
        has_star=any(node.get("class") == "STAR" for node in nodes),
    )


def _nodes(value: Any) -> Iterator[dict[str, Any]]:
    """All objects at any depth in a parsed query."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            yield one
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)
