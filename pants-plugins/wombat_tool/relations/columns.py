"""Joins the columns of several files, and finds names for them that SQL tells apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pyarrow as pa

from wombat_tool.files import DataFile
from wombat_tool.relations.model import FILE_COLUMN, ROW_COLUMN, DataColumn, Encoding
from wombat_tool.relations.sql import folded
from wombat_tool.relations.table import PathValue
from wombat_tool.tables.scan import typed_partitions

# SQL has no empty name.
_UNNAMED = "unnamed"

Key = tuple[str, int]
"""A column of a file: its name, and which of the columns of that name it is, from 1."""


def keys(names: Sequence[str]) -> list[Key]:
    """The columns of a file that has these names, in order; a name may be there twice."""
    seen: dict[str, int] = {}
    found = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        found.append((name, seen[name]))
    return found


def path_columns(files: Sequence[DataFile]) -> tuple[list[DataColumn], list[list[PathValue]]]:
    """The columns from the paths of the files, and for each file its values in them."""
    partitions = typed_partitions(files)
    types: dict[str, pa.DataType] = {name: type for values in partitions for name, type, _ in values}
    columns = [DataColumn(name, Encoding.NATIVE, type, is_partition=True) for name, type in types.items()]
    by_name = [{name: value for name, _, value in values} for values in partitions]
    return columns, [[values.get(name) for name in types] for values in by_name]


def with_aliases(columns: Sequence[DataColumn]) -> list[DataColumn]:
    """The columns with names that SQL tells apart: the first of several that it takes for the same keeps its own."""
    used = {ROW_COLUMN, FILE_COLUMN}
    taken = used | {folded(column.name) for column in columns}
    aliased = []
    for column in columns:
        alias, number = column.name or _UNNAMED, 1
        while folded(alias) in (used if number == 1 else taken | used):
            number += 1
            alias = f"{column.name or _UNNAMED}_{number}"
        used.add(folded(alias))
        aliased.append(column if alias == column.name else replace(column, alias=alias))
    return aliased


def repeated_names(columns: Sequence[DataColumn]) -> list[str]:
    """The names that several columns have."""
    names = [column.name for column in columns]
    return sorted({name for name in names if names.count(name) > 1})
