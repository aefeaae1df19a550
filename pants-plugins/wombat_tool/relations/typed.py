"""The columns of files that say their types."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import pyarrow as pa

from wombat_tool.errors import DataError
from wombat_tool.files import DataFile
from wombat_tool.relations.arrow_types import UnreadableTypeError, readable_type
from wombat_tool.relations.columns import Key, keys
from wombat_tool.relations.model import DataColumn, Encoding
from wombat_tool.tables.types import type_text, wider

# How DuckDB says so, of Arrow and of Parquet.
_KEY_TWICE = ("map contains duplicate key", "Map keys must be unique")


class JoinedTypes:
    """The columns of all files so far, by name, with the narrowest types that they fit in."""

    def __init__(self) -> None:
        self.types: dict[Key, pa.DataType] = {}
        self._first: dict[Key, DataFile] = {}

    def add(self, file: DataFile, schema: pa.Schema) -> None:
        """Add the columns of a file.

        :raises DataError: if DuckDB cannot read a type, or no type fits both what this file and those before it have.
        """
        for key, field in zip(keys(schema.names), schema, strict=True):
            try:
                readable_type(field.type)
            except UnreadableTypeError as err:
                raise file.error(
                    f"column {field.name!r} has the type {type_text(field.type)}, which the engine that validates and "
                    "profiles data cannot read.",
                    mend=str(err),
                ) from err
            before = self.types.setdefault(key, field.type)
            self._first.setdefault(key, file)
            self.types[key] = wider(before, field.type)
            if pa.types.is_union(self.types[key]) or _is_of_other_unit(before, field.type):
                raise file.error(
                    f"column {field.name!r} is {type_text(field.type)}, and {type_text(before)} in "
                    f"{self._first[key].where}.",
                    mend="Write all files of a dataset with the same types.",
                )


def typed_columns(types: JoinedTypes, path_names: frozenset[str]) -> tuple[tuple[Key, ...], list[DataColumn]]:
    """The columns to read of the files, and as which columns.

    :param path_names: columns that the paths give, which stand for those of the files, as steps see it.
    """
    found = [(key, type) for key, type in types.types.items() if key[0] not in path_names]
    columns = [DataColumn(key[0], Encoding.NATIVE, type) for key, type in found]
    return tuple(key for key, _ in found), columns


def repeated_key_error(err: duckdb.Error, file: DataFile, columns: Sequence[DataColumn]) -> DataError | None:
    """The error to raise for what DuckDB says of a map with a key twice, which other programs write.

    :param file: one of those that the columns are in.
    """
    names = [repr(column.name) for column in columns if "map<" in str(column.arrow_type)]
    if not names or not any(words in str(err) for words in _KEY_TWICE):
        return None
    return file.error(
        f"a map in column {' or '.join(names)} has a key twice, which the engine that validates and profiles data cannot "
        "read.",
        mend="Write each key of a map once, or lists of structs.",
    )


def _is_of_other_unit(first: pa.DataType, second: pa.DataType) -> bool:
    # Durations are read as numbers, which mean something else then.
    return bool(pa.types.is_duration(first) and pa.types.is_duration(second) and first != second)
