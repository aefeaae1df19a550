"""Tells what differs between two tables: columns, rows, their order, and what their files say besides."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa

from wombat_tool.errors import ValidationError, first_sentence
from wombat_tool.formats import Format
from wombat_tool.preview.cells import cell_text
from wombat_tool.preview.mask import MARK
from wombat_tool.preview.width import ELLIPSIS
from wombat_tool.relations.columns import keys
from wombat_tool.relations.model import FILE_COLUMN, ROW_COLUMN, DataColumn, Encoding, Relation
from wombat_tool.relations.opening import open_relation
from wombat_tool.relations.session import connect
from wombat_tool.relations.sql import quoted
from wombat_tool.store.difference import Files, Request
from wombat_tool.store.difference_metadata import compare_metadata

_MOST_CHARACTERS = 60
# Of a row that differs, so many of the columns in which it does are shown.
_MOST_COLUMNS = 8


@dataclass(frozen=True)
class _Pair:
    """A column that both tables have."""

    left: DataColumn
    right: DataColumn

    @property
    def has_same_type(self) -> bool:
        return bool(self.left.arrow_type == self.right.arrow_type)

    def values(self, table: str, column: DataColumn) -> list[str]:
        """The SQL of what must be the same in both."""
        sql = f"{table}.{column.sql}"
        if column.encoding is Encoding.JSON or not (self.has_same_type or self._are_integers):
            sql = f"CAST({sql} AS VARCHAR)"
        elif pa.types.is_floating(column.arrow_type) and column.encoding is Encoding.NATIVE:
            # Equal numbers, and different bytes.
            return [sql, f"CASE WHEN {sql} = 0 THEN signbit({sql}) END"]
        return [sql]

    @property
    def differs(self) -> str:
        """The SQL of whether the values of the rows `l` and `r` differ."""
        both = zip(self.values("l", self.left), self.values("r", self.right), strict=True)
        return f"({' OR '.join(f'{one} IS DISTINCT FROM {other}' for one, other in both)})"

    @property
    def _are_integers(self) -> bool:
        native = self.left.encoding is Encoding.NATIVE
        return native and all(pa.types.is_integer(one.arrow_type) for one in (self.left, self.right))


def compare_tables(request: Request, format: Format, files: Files) -> dict[str, Any]:
    """The keys `same_data`, `columns`, `rows` and `metadata` of the document."""
    with tempfile.TemporaryDirectory() as spill, ExitStack() as stack:
        paths = (request.left, request.right)
        connection = connect(request.memory_mib, spill, readable=paths)
        stack.callback(connection.close)
        left, right = (
            open_relation(connection, path, format, title="", name=name)
            for path, name in zip(paths, ("left", "right"), strict=True)
        )
        columns, pairs = _compare_columns(left.columns, right.columns)
        try:
            with left.reading(), right.reading():
                rows = _compare_rows(connection, left, right, pairs, request, files)
        except duckdb.OutOfMemoryException as err:
            raise ValidationError(
                f"{request.left} against {request.right}",
                problem=f"takes more memory than it may have ({request.memory_mib} MiB): {first_sentence(err)}",
                mend="Allow it more by --memory-mib.",
            ) from err
    same_columns = not (columns["only_left"] or columns["only_right"] or columns["types"] or columns["reordered"])
    same_data = same_columns and rows["left"] == rows["right"] and rows["differing"] == 0
    metadata = compare_metadata(request, format) if not (files.only_left or files.only_right) else []
    return {"same_data": same_data, "columns": columns, "rows": rows, "metadata": metadata}


def _compare_columns(left: Sequence[DataColumn], right: Sequence[DataColumn]) -> tuple[dict[str, Any], list[_Pair]]:
    by_key = [dict(zip(keys([column.name for column in one]), one, strict=True)) for one in (left, right)]
    pairs = {key: _Pair(column, by_key[1][key]) for key, column in by_key[0].items() if key in by_key[1]}
    order = [key for key in by_key[1] if key in by_key[0]]
    document = {
        "same": sum(pair.has_same_type for pair in pairs.values()),
        "only_left": [key[0] for key in by_key[0] if key not in pairs],
        "only_right": [key[0] for key in by_key[1] if key not in pairs],
        "types": [
            {"column": pair.left.name, "left": str(pair.left.arrow_type), "right": str(pair.right.arrow_type)}
            for pair in pairs.values()
            if not pair.has_same_type
        ],
        "reordered": list(pairs) != order,
    }
    return document, list(pairs.values())


def _compare_rows(
    connection: duckdb.DuckDBPyConnection,
    left: Relation,
    right: Relation,
    pairs: Sequence[_Pair],
    request: Request,
    files: Files,
) -> dict[str, Any]:
    """What is said of the rows.

    `differing` counts the rows that differ from the one at the same place, `only_left` and `only_right` those that are
    nowhere in the other table, and `reordered` says whether there is no such row and yet the order differs. Where files
    are called differently there is no same place, and `differing` is None unless it is 0.
    """
    rows: dict[str, Any] = {"left": left.rows, "right": right.rows, "differing": 0, "only_left": 0, "only_right": 0}
    rows.update(by_column=[], first=[], reordered=False)
    if not pairs:
        return rows
    has_places = not (files.only_left or files.only_right)
    joined = _joined(left, right)
    counts = []
    if has_places:
        differing = ", ".join(f"count(*) FILTER ({pair.differs})" for pair in pairs)
        any_differs = " OR ".join(pair.differs for pair in pairs)
        found = connection.execute(f"SELECT count(*) FILTER ({any_differs}), {differing} FROM {joined}").fetchall()[0]
        rows["differing"], counts = found[0], list(found[1:])
        rows["by_column"] = [
            {"column": pair.left.name, "rows": count} for pair, count in zip(pairs, counts, strict=True) if count
        ]
        if not rows["differing"] and left.rows == right.rows:
            return rows
    rows["only_left"], rows["only_right"] = _unmatched(connection, left, right, pairs)
    rows["reordered"] = left.rows == right.rows and not rows["only_left"] and not rows["only_right"]
    if has_places:
        chosen = [pair for pair, count in zip(pairs, counts, strict=True) if count]
        rows["first"] = _first_rows(connection, joined, chosen, request)
    elif not rows["reordered"]:
        rows["differing"] = None
    return rows


def _joined(left: Relation, right: Relation) -> str:
    """The rows of both that are at the same place, called `l` and `r`."""
    on = f"l.{ROW_COLUMN} = r.{ROW_COLUMN}"
    if left.has_several_files or right.has_several_files:
        on += f" AND l.{FILE_COLUMN} IS NOT DISTINCT FROM r.{FILE_COLUMN}"
    return f"{left.numbered_sql()} AS l JOIN {right.numbered_sql()} AS r ON {on}"


def _unmatched(
    connection: duckdb.DuckDBPyConnection, left: Relation, right: Relation, pairs: Sequence[_Pair]
) -> tuple[int, int]:
    """How many rows of each are not in the other, where equal rows count as often as they are there."""
    left_values = [sql for pair in pairs for sql in pair.values("t", pair.left)]
    right_values = [sql for pair in pairs for sql in pair.values("t", pair.right)]
    sides = []
    for relation, sign, values in ((left, 1, left_values), (right, -1, right_values)):
        named = ", ".join(f"{sql} AS c{i}" for i, sql in enumerate(values))
        sides.append(f"SELECT {named}, {sign} AS s FROM {relation.sql()} AS t")
    names = ", ".join(f"c{i}" for i in range(len(left_values)))
    found = connection.execute(
        "SELECT coalesce(sum(n) FILTER (n > 0), 0), coalesce(-sum(n) FILTER (n < 0), 0) FROM ("
        f"SELECT sum(s) AS n FROM ({' UNION ALL '.join(sides)}) GROUP BY {names} HAVING sum(s) <> 0)"
    ).fetchall()[0]
    return int(found[0]), int(found[1])


def _first_rows(
    connection: duckdb.DuckDBPyConnection, joined: str, pairs: Sequence[_Pair], request: Request
) -> list[dict[str, Any]]:
    """The first rows that differ, each with the columns in which it does; values that are hidden are not read."""
    if not pairs or not request.most:
        return []
    chosen = pairs[:_MOST_COLUMNS]
    hidden = [request.mask.hides(pair.left.name) for pair in chosen]
    cells = []
    for pair, is_hidden in zip(chosen, hidden, strict=True):
        shown = [
            "NULL" if is_hidden else f"left(CAST({table}.{column.sql} AS VARCHAR), {_MOST_CHARACTERS + 1})"
            for table, column in (("l", pair.left), ("r", pair.right))
        ]
        cells += [pair.differs, *shown]
    any_differs = " OR ".join(pair.differs for pair in pairs)
    found = connection.execute(
        f"SELECT l.{quoted(FILE_COLUMN)}, l.{quoted(ROW_COLUMN)}, {', '.join(cells)} FROM {joined} WHERE {any_differs} "
        f"ORDER BY 1, 2 LIMIT {int(request.most)}"
    ).fetchall()
    rows = []
    for file, row, *values in found:
        columns = [
            {
                "column": pair.left.name,
                "left": MARK if is_hidden else _cut(values[3 * i + 1]),
                "right": MARK if is_hidden else _cut(values[3 * i + 2]),
            }
            for i, (pair, is_hidden) in enumerate(zip(chosen, hidden, strict=True))
            if values[3 * i]
        ]
        rows.append({"file": file and request.mask.of_path(file.replace(os.sep, "/")), "row": row, "columns": columns})
    return rows


def _cut(value: str | None) -> str:
    text = cell_text(value)
    return text if len(text) <= _MOST_CHARACTERS else text[: _MOST_CHARACTERS - 1] + ELLIPSIS
