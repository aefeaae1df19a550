"""Opens data of any format."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence

import duckdb

from wombat_tool.contracts.model import Layout
from wombat_tool.files import DataFile, data_files, reading, single_file
from wombat_tool.formats import Format
from wombat_tool.relations.columns import path_columns, with_aliases
from wombat_tool.relations.model import Relation
from wombat_tool.relations.table import Source, TableRelation
from wombat_tool.tables.scan import scan_table


def open_relation(
    connection: duckdb.DuckDBPyConnection,
    path: str,
    format: Format,
    *,
    title: str,
    null_values: Sequence[str] | None = None,
    layout: Layout | None = None,
    data_format: str | None = None,
    name: str = "data",
) -> Relation:
    """Open data, so that queries can read it.

    Text formats are read once here, so that what is wrong with them is told now, and names and types are those of all
    rows. In Parquet and Arrow the rows themselves are read by the queries: run these in `Relation.reading`.

    :param connection: from `session.connect`, with the path among those it may read.
    :param title: what people call the dataset, as its address.
    :param null_values: in CSV, the texts that mean null where they are not quoted; None for those that steps get as null.
    :param layout: how a JSON document is a table; None to take it as what it is.
    :param data_format: of the files of a directory, which is then a table; None for a tree of any files.
    :param name: tells several relations of one connection apart.
    :raises MissingDataError: if there is no data.
    :raises DataError: if it is not of its format, or cannot be a table.
    """
    if format is Format.DIRECTORY and data_format is not None:
        format = Format(data_format)
    with reading(path, title=title):
        if format.is_tabular:
            files = data_files(path, format, title=title)
            return _open_table(connection, files, null_values=null_values, directory=path, name=name)
        source, size_bytes = _open_other(connection, path, format, title=title, layout=layout, name=name)
        return TableRelation(connection, source, columns=with_aliases(source.columns), size_bytes=size_bytes, name=name)


def _open_table(
    connection: duckdb.DuckDBPyConnection,
    files: Sequence[DataFile],
    *,
    null_values: Sequence[str] | None,
    directory: str,
    name: str,
) -> Relation:
    from_paths, path_values = path_columns(files)
    source = _table_source(
        connection, files, frozenset(column.name for column in from_paths), null_values=null_values, name=name
    )
    is_directory = os.path.isdir(directory)
    return TableRelation(
        connection,
        source,
        columns=with_aliases([*source.columns, *from_paths]),
        size_bytes=sum(file.size_bytes for file in files),
        path_values=path_values,
        file_names=[os.path.relpath(file.path, directory) for file in files] if is_directory else None,
        name=name,
    )


def _table_source(
    connection: duckdb.DuckDBPyConnection,
    files: Sequence[DataFile],
    path_names: frozenset[str],
    *,
    null_values: Sequence[str] | None,
    name: str,
) -> Source:
    # Each of these loads a part of pyarrow, which takes longer than to read a small file.
    match files[0].format:
        case Format.PARQUET:
            from wombat_tool.relations.parquet_files import ParquetSource

            return ParquetSource(files, path_names)
        case Format.ARROW:
            from wombat_tool.relations.arrow_files import ArrowSource

            return ArrowSource(connection, files, path_names, directory=_temp_directory(connection), name=name)
        case Format.CSV:
            from wombat_tool.relations.csv_files import CsvSource

            return CsvSource(connection, files, path_names, name=name, null_values=null_values)
        case _:
            from wombat_tool.relations.json_lines import JsonLinesSource

            scan = scan_table(files, head_rows=0)
            found = scan.columns[: len(scan.columns) - len(path_names)]
            return JsonLinesSource(
                connection,
                files,
                [column for column in found if column.name not in path_names],
                rows=scan.rows,
                name=name,
            )


def _open_other(
    connection: duckdb.DuckDBPyConnection, path: str, format: Format, *, title: str, layout: Layout | None, name: str
) -> tuple[Source, int]:
    """What is not made of tables, and its size."""
    from wombat_tool.relations.other_files import FactsSource, TextSource, directory_facts, file_facts

    match format:
        case Format.JSON:
            file = single_file(path, format, title=title)
            return _document_source(connection, file, layout, name=name), file.size_bytes
        case Format.TEXT:
            file = single_file(path, format, title=title)
            return TextSource(connection, file, name=name), file.size_bytes
        case _:
            facts = file_facts(path, title=title) if format is Format.FILE else directory_facts(path, title=title)
            return FactsSource(connection, facts, name=name), sum(facts.column("size_bytes").to_pylist())


def _document_source(connection: duckdb.DuckDBPyConnection, file: DataFile, layout: Layout | None, *, name: str) -> Source:
    import pyarrow as pa

    from wombat_tool.relations.json_document import write_lines
    from wombat_tool.relations.json_lines import JsonLinesSource
    from wombat_tool.tables import jsonl_file
    from wombat_tool.tables.model import Column

    handle, lines_path = tempfile.mkstemp(suffix=".jsonl", dir=_temp_directory(connection))
    os.close(handle)
    lines, names = write_lines(file, layout, lines_path)
    scan = jsonl_file.scan_file(lines, head_rows=0)
    found = scan.columns or [Column(column, pa.null(), 0, ()) for column in names]
    return JsonLinesSource(connection, [lines], found, rows=scan.rows, name=name)


def _temp_directory(connection: duckdb.DuckDBPyConnection) -> str:
    return str(connection.execute("SELECT current_setting('temp_directory')").fetchall()[0][0])
