"""Makes violations of what was counted, each with a sentence for people."""

from __future__ import annotations

from collections.abc import Sequence

from wombat_tool.preview.width import printable
from wombat_tool.validation.report import OffendingRow, Violation
from wombat_tool.validation.rules import Rule

MOST_ROWS = 5
"""As many offending rows as a report shows of a rule."""
MOST_CHARACTERS = 200
"""As many characters as a report shows of a value."""
_MESSAGE_CHARACTERS = 80


def rows_violation(rule: Rule, count: int, rows_read: int, rows: Sequence[OffendingRow]) -> Violation:
    """A rule that some rows break.

    :param rows: the first of them, which may be fewer.
    """
    return _violation(
        rule,
        f"{_name(rule)} is violated by {share_text(count, rows_read)}{_first(rule, rows)}",
        count=count,
        rows_read=rows_read,
        rows=rows,
    )


def metric_violation(
    rule: Rule, value: str, *, count: int | None = None, rows_read: int = 0, rows: Sequence[OffendingRow] = ()
) -> Violation:
    """A metric, or the result of a query, that is not as wanted.

    :param value: what it is, in words.
    :param count: of the rows that it counts, if it counts rows.
    """
    message = f"{_name(rule)} is {value}{_first(rule, rows)}"
    return _violation(rule, message, count=count, rows_read=rows_read, rows=rows)


def plain_violation(rule: Rule, problem: str) -> Violation:
    """A rule that the data breaks as a whole.

    :param problem: what is wrong, as the end of a sentence: "is violated: the column is string".
    """
    return _violation(rule, f"{_name(rule)} {problem}")


def share_text(count: int, rows: int) -> str:
    """How many of the rows, as "17 of 327,346 rows (0.0052 %)"."""
    percent = f" ({percent_text(count, rows)})" if rows else ""
    return f"{count:,} of {rows:,} {'row' if rows == 1 else 'rows'}{percent}"


def percent_text(count: int, rows: int) -> str:
    """A share in percent, with two digits that count."""
    return f"{100 * count / rows:.2g} %" if 0 < 100 * count < 99 * rows else f"{100 * count / rows:g} %"


def cut(value: str | None) -> str | None:
    """A value that is no longer than reports show it."""
    return value if value is None or len(value) <= MOST_CHARACTERS else f"{value[:MOST_CHARACTERS]}…"


def _violation(
    rule: Rule, message: str, *, count: int | None = None, rows_read: int = 0, rows: Sequence[OffendingRow] = ()
) -> Violation:
    return Violation(
        rule=rule.name,
        column=rule.column,
        severity=rule.severity,
        stops=rule.stops,
        expected=rule.expected,
        count=count,
        share=count / rows_read if count is not None and rows_read else None,
        rows=tuple(OffendingRow(one.row, one.file, None) if rule.is_sensitive else one for one in rows),
        message=message,
        line=rule.place.line,
        masked=rule.is_sensitive,
    )


def _name(rule: Rule) -> str:
    where = "" if rule.column is None else f"{printable(rule.column)}: "
    return f"{where}{printable(rule.name)} ({printable(rule.expected)})"


def _first(rule: Rule, rows: Sequence[OffendingRow]) -> str:
    if not rows:
        return ""
    first = rows[0]
    where = f"{printable(first.file)}, row {first.row:,}" if first.file else f"row {first.row:,}"
    if rule.is_sensitive or first.value is None:
        return f", first in {where}"
    value = printable(first.value)
    return f", first in {where}: {value[:_MESSAGE_CHARACTERS]}{'…' if len(value) > _MESSAGE_CHARACTERS else ''}"
