"""Writes names and values into SQL."""

from __future__ import annotations

from collections.abc import Sequence


def quoted(name: str) -> str:
    """A name as SQL has it, whatever is in it."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str | None) -> str:
    """A text or null as SQL has it, whatever is in it."""
    return "NULL" if text is None else "'" + text.replace("'", "''") + "'"


def literals(texts: Sequence[str | None]) -> str:
    """A list of texts as SQL has it."""
    return f"[{', '.join(map(literal, texts))}]"


def count_where(condition: str) -> str:
    """The aggregate that counts the rows for which a condition holds (BIGINT).

    `count(*) FILTER (WHERE ...)` would take longer: for each of them DuckDB cuts all columns of a query.
    """
    return f"CAST(coalesce(count_if({condition}), 0) AS BIGINT)"


def folded(name: str) -> str:
    """What all names have in common that DuckDB takes for the same: only the letters from A to Z have two cases for it."""
    return name.encode().lower().decode()
