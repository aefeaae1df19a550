"""Previews tables: their columns, how many rows they have, and the first of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Optional

from wombat_tool.files import data_files
from wombat_tool.preview.cells import cell_text
from wombat_tool.preview.columns_table import ColumnFacts, Profile, column_lines
from wombat_tool.preview.layout import TextColumn, count_text, size_text, table_lines
from wombat_tool.preview.model import DOCUMENT_VERSION, Request
from wombat_tool.preview.values import JsonValues
from wombat_tool.preview.width import printable, wrap
from wombat_tool.tables.scan import data_errors, scan_table
from wombat_tool.tables.types import is_number, type_text

# What a document holds of a single value. Longer ones are cut, and the document says so.
_MOST_CHARACTERS = 10_000
_MOST_ITEMS = 1_000


@dataclass(frozen=True)
class ColumnPreview:
    """A column as it is shown.

    :param head: its first values, safe for JSON.
    :param is_number: whether the values belong at the right.
    """

    name: str
    type: str
    nulls: Optional[int]
    head: tuple[Any, ...]
    is_number: bool


@dataclass(frozen=True)
class TablePreview:
    """What a table holds.

    :param has_cut: whether long values in the head were cut.
    """

    heading: str
    format: str
    size_bytes: int
    files: int
    rows: int
    columns: tuple[ColumnPreview, ...]
    head_rows: int
    has_cut: bool

    def to_document(self) -> dict[str, Any]:
        """The keys "files", "rows", "columns", "head" (a row is an object) and "head_is_cut".

        A column has "nulls" only where they are known. Where columns have the same name, "head" calls the second one
        "name (2)", and so on.
        """
        columns: list[dict[str, Any]] = []
        for column in self.columns:
            columns.append({"name": column.name, "type": column.type})
            if column.nulls is not None:
                columns[-1]["nulls"] = column.nulls
        keys = _distinct([column.name for column in self.columns])
        return {
            "version": DOCUMENT_VERSION,
            "format": self.format,
            "size_bytes": self.size_bytes,
            "files": self.files,
            "rows": self.rows,
            "columns": columns,
            "head": [{key: column.head[i] for key, column in zip(keys, self.columns)} for i in range(self.head_rows)],
            "head_is_cut": self.has_cut,
        }

    def facts(self) -> list[str]:
        """The size, and how many files, rows and columns there are."""
        files = [count_text(self.files, "file")] if self.files != 1 else []
        counts = [count_text(self.rows, "row"), count_text(len(self.columns), "column")]
        return [self.format, size_text(self.size_bytes), *files, *counts]

    def sections(self, width: int, profile: Profile) -> list[list[str]]:
        """The columns as one table, and the first rows as another."""
        if not self.columns:
            return []
        columns = [ColumnFacts(column.name, column.type, column.nulls) for column in self.columns]
        lines = column_lines(columns, profile, width, rows=self.rows)
        if not self.head_rows:
            return [lines]
        head = [
            TextColumn(printable(column.name), [cell_text(value) for value in column.head], column.is_number)
            for column in self.columns
        ]
        head_lines, shown = table_lines(head, width)
        return [lines, [*head_lines, *self._notes(shown, width)]]

    def _notes(self, shown: int, width: int) -> list[str]:
        notes = []
        if self.head_rows < self.rows:
            notes.append(f"… the first {self.head_rows:,} of {count_text(self.rows, 'row')}")
        if shown < len(self.columns):
            hidden = len(self.columns) - shown
            notes.append(f"… {count_text(hidden, 'more column')} {'does' if hidden == 1 else 'do'} not fit")
        return [line for note in notes for line in wrap(note, width)]


def preview(request: Request) -> TablePreview:
    """Look at a table.

    :raises WombatToolError: if it is not there, or not of its format.
    """
    files = data_files(request.path, request.format, title=request.title)
    scan = scan_table(files, head_rows=request.rows)
    values = JsonValues(
        most_characters=_MOST_CHARACTERS if request.width is None else request.width,
        most_items=_MOST_ITEMS if request.width is None else request.width,
    )
    with data_errors(files[0]):
        columns = tuple(
            ColumnPreview(
                column.name,
                type_text(column.type),
                column.nulls,
                tuple(request.mask.of(column.name, values.of(value)) for value in column.head),
                is_number(column.type),
            )
            for column in scan.columns
        )
    return TablePreview(
        heading=printable(request.heading),
        format=request.format.value,
        size_bytes=sum(file.size_bytes for file in files),
        files=len(files),
        rows=scan.rows,
        columns=columns,
        head_rows=min(request.rows, scan.rows),
        has_cut=values.has_cut,
    )


def _distinct(names: Sequence[str]) -> list[str]:
    taken = set(names)
    distinct: list[str] = []
    seen: set[str] = set()
    for name in names:
        key, number = name, 1
        while key in seen or (number > 1 and key in taken):
            number += 1
            key = f"{name} ({number})"
        seen.add(key)
        distinct.append(key)
    return distinct
