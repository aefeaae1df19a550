"""Chooses a part of large data that is cheap to read and stands for the whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

# More of them cost more, as each is the reading of another row group or batch: in a Parquet file of 5 million rows and 6
# columns 16 runs take about a third of what all rows take.
_RUNS = 16


@dataclass(frozen=True, order=True)
class Span:
    """Some rows of a file that follow each other; both numbers count from 0, and `end` is the row behind the last."""

    file: int
    begin: int
    end: int


def spread(sizes: Sequence[int], rows: int) -> tuple[Span, ...]:
    """The spans of about so many rows: the data is cut in 16 parts of the same size, and the middle of each is taken.

    :param sizes: the rows of each file.
    :param rows: at least 1.
    :returns: in the order of the data, a span for each file that a run is in; all of the data if it has no more rows.
    """
    total = sum(sizes)
    if total <= rows:
        return tuple(Span(file, 0, size) for file, size in enumerate(sizes) if size)
    runs = min(_RUNS, rows)
    spans: list[Span] = []
    for run in range(runs):
        begin, end = total * run // runs, total * (run + 1) // runs
        share = min(rows * (run + 1) // runs - rows * run // runs, end - begin)
        spans.extend(_within_files(sizes, begin + (end - begin - share) // 2, share))
    return _joined(spans)


def spread_text(rows: int) -> str:
    """Which part that is, for people."""
    return f"{rows:,} rows in {min(_RUNS, rows)} runs that are evenly spread"


def _within_files(sizes: Sequence[int], begin: int, rows: int) -> list[Span]:
    """The spans of rows that are counted over all files."""
    spans = []
    before = 0
    for file, size in enumerate(sizes):
        first, last = max(begin - before, 0), min(begin + rows - before, size)
        if first < last:
            spans.append(Span(file, first, last))
        before += size
    return spans


def _joined(spans: Sequence[Span]) -> tuple[Span, ...]:
    """The spans, where those of one file that touch are one."""
    joined: list[Span] = []
    for span in spans:
        if joined and joined[-1].file == span.file and joined[-1].end >= span.begin:
            span = Span(span.file, joined.pop().begin, span.end)
        joined.append(span)
    return tuple(joined)
