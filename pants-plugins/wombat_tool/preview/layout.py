"""Lays tables out in lines of text that fit a width."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from wombat_tool.preview.width import ELLIPSIS, display_width, pad

_GAP = "  "
LEAST_TEXT_WIDTH = 8
"""Text is still of use when cut to this, and a narrower column would be none."""


@dataclass(frozen=True)
class TextColumn:
    """A column of a table whose cells are printable text.

    :param is_right: whether the cells stand at the right, as numbers do; they are cut last.
    :param least: to how many columns of the terminal text may be cut.
    """

    name: str
    cells: Sequence[str]
    is_right: bool = False
    least: int = LEAST_TEXT_WIDTH


def table_lines(columns: Sequence[TextColumn], width: int) -> tuple[list[str], int]:
    """The lines of a table, with a header, and how many of the columns are in it.

    Cells are cut where the columns would not fit; where even short cells would not, the last columns are left out.

    :param columns: at least one, with the same number of cells.
    """
    wanted = [max(display_width(column.name), _cells_width(column)) for column in columns]
    least = [min(_least_width(column, full), width) for column, full in zip(columns, wanted)]
    shown = _fitting(least, width)
    is_cut = shown < len(columns)
    room = width - len(_GAP) * (shown - 1)
    if is_cut and shown > 1:
        room -= len(_GAP) + 1
    widths = _spread(wanted[:shown], least[:shown], room)
    return [line.rstrip() for line in _lines(columns[:shown], widths, is_cut=is_cut and shown > 1)], shown


def size_text(size_bytes: int) -> str:
    """A size for people, as "17 B" or "5.3 MB": powers of 1000, as in the summary of a run."""
    size = float(size_bytes)
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if size < 999.5:
            return f"{size:.0f} B" if unit == "B" else f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:,.3g} PB" if size < 999.5 else f"{size:,.0f} PB"


def count_text(count: int, noun: str) -> str:
    """A number of things, as "1 row" or "12,345 rows"."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _cells_width(column: TextColumn) -> int:
    return max((display_width(cell) for cell in column.cells), default=0)


def _least_width(column: TextColumn, wanted: int) -> int:
    cells = _cells_width(column) if column.is_right else 0
    return max(1, min(wanted, max(column.least, cells)))


def _fitting(widths: Sequence[int], room: int) -> int:
    """How many columns fit, at least one; beside the last of them an ellipsis if they are not all."""
    taken = -len(_GAP)
    for i, width in enumerate(widths):
        taken += len(_GAP) + width
        is_last = i == len(widths) - 1
        if taken + (0 if is_last else len(_GAP) + 1) > room:
            # That of the columns before it fitted with the ellipsis was seen in the last round.
            return max(1, i)
    return len(widths)


def _spread(wanted: Sequence[int], least: Sequence[int], room: int) -> list[int]:
    """The widths of columns that share the room: each gets what it wants, up to a limit that is the same for all."""
    low, high = 0, max(wanted)
    while low < high:
        limit = (low + high + 1) // 2
        if sum(max(one, min(full, limit)) for one, full in zip(least, wanted)) <= room:
            low = limit
        else:
            high = limit - 1
    return [max(one, min(full, low)) for one, full in zip(least, wanted)]


def _lines(columns: Sequence[TextColumn], widths: Sequence[int], *, is_cut: bool) -> list[str]:
    end = f"{_GAP}{ELLIPSIS}" if is_cut else ""
    header = [pad(column.name, width, right=column.is_right) for column, width in zip(columns, widths)]
    lines = [_GAP.join(header) + end, _GAP.join("─" * width for width in widths)]
    for cells in zip(*(column.cells for column in columns)):
        padded = (pad(cell, width, right=column.is_right) for cell, width, column in zip(cells, widths, columns))
        lines.append(_GAP.join(padded) + end)
    return lines
