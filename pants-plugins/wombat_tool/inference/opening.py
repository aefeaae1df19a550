"""Opens data of which nobody has said yet how it is a table."""

from __future__ import annotations

import os
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from wombat_tool.contracts.model import Layout
from wombat_tool.files import data_files, files_below
from wombat_tool.formats import Format
from wombat_tool.relations.model import DataColumn, Relation
from wombat_tool.relations.opening import open_relation
from wombat_tool.tables.scan import scan_table
from wombat_tool.validation.kinds import kind_of_type

# An object with more members than this, all of one kind, is a map; one with fewer is more often a row.
_MOST_MEMBERS = 12
_ENDINGS = {
    ".parquet": Format.PARQUET,
    ".pq": Format.PARQUET,
    ".csv": Format.CSV,
    ".jsonl": Format.JSONL,
    ".ndjson": Format.JSONL,
    ".arrow": Format.ARROW,
    ".feather": Format.ARROW,
}


@dataclass(frozen=True)
class OpenedData:
    """Data as a table.

    :param layout: what a contract has to say of JSON for it to be this table; None if that goes without saying.
    :param data_format: the same of the files in a directory.
    :param is_listing: whether it tells of files, and not of what is in them.
    """

    relation: Relation
    layout: Layout | None = None
    data_format: Format | None = None
    is_listing: bool = False


def open_data(connection: duckdb.DuckDBPyConnection, path: str, format: Format, *, title: str) -> OpenedData:
    """Open data as the table that it most likely is.

    :param title: what messages call it.
    :raises WombatToolError: if it is not there, or not of its format.
    """
    if format is Format.DIRECTORY:
        data_format = _format_of_files(path, title)
        relation = open_relation(
            connection, path, format, title=title, data_format=data_format.value if data_format else None
        )
        return OpenedData(relation, data_format=data_format, is_listing=data_format is None)
    relation = open_relation(connection, path, format, title=title)
    if format is not Format.JSON or not _is_object(path):
        return OpenedData(relation, is_listing=format is Format.FILE)
    if not _has_equal_members(relation.columns):
        return OpenedData(relation, Layout.DOCUMENT)
    entries = open_relation(connection, path, format, title=title, layout=Layout.ENTRIES, name="entries")
    return OpenedData(entries, Layout.ENTRIES)


def _is_object(path: str) -> bool:
    with open(path, encoding="utf-8-sig") as opened:
        while (piece := opened.read(1 << 16)) and not piece.strip():
            continue
    return piece.lstrip().startswith("{")


def _has_equal_members(columns: tuple[DataColumn, ...]) -> bool:
    types = [column.arrow_type for column in columns if column.arrow_type and not pa.types.is_null(column.arrow_type)]
    return len(columns) > _MOST_MEMBERS and len(set(map(kind_of_type, types))) == 1


def _format_of_files(path: str, title: str) -> Format | None:
    """What all files of a directory are by their endings, if they may be the parts of one table."""
    names = [name for name in files_below(path) if not any(one.startswith((".", "_")) for one in name.split(os.sep))]
    formats = {_ENDINGS.get(os.path.splitext(name)[1].lower()) for name in names}
    format = formats.pop() if len(formats) == 1 else None
    if format is None:
        return None
    scans = (scan_table([file], head_rows=0) for file in data_files(path, format, title=title))
    tables = [{column.name for column in scan.columns} for scan in scans]
    return format if 2 * len(set.intersection(*tables)) >= len(set.union(*tables)) else None
