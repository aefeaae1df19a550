"""What is to be asked of data, so that it is known whether it keeps a contract."""

from __future__ import annotations

from dataclasses import dataclass, field

from wombat_tool.contracts.model import QualityRule, Relationship
from wombat_tool.relations.model import FILE_COLUMN, ROW_COLUMN
from wombat_tool.relations.sql import quoted
from wombat_tool.validation.messages import cut
from wombat_tool.validation.report import NotCheckedRule, OffendingRow, Violation
from wombat_tool.validation.rules import Rule
from wombat_tool.validation.spots import Spot

FILE, ROW = quoted(FILE_COLUMN), quoted(ROW_COLUMN)


@dataclass(frozen=True)
class RowCheck:
    """A rule that each row keeps or breaks.

    :param breaks: the condition for a row to break it.
    :param shown: the value of such a row as text; None if there is none to show.
    """

    rule: Rule
    breaks: str
    shown: str | None


@dataclass(frozen=True)
class KeyCheck:
    """A rule that no value, or combination of values, is there twice.

    :param keys: the values as they are compared; rows in which one is null are left out.
    :param integer: the only value as an integer of 64 bits, where that tells as much as the key; else None.
    :param shown: the values as text.
    :param quality: the metric `duplicateValues`, whose thresholds decide; None where no value may be there twice.
    """

    rule: Rule
    keys: tuple[str, ...]
    integer: str | None
    shown: str
    quality: QualityRule | None = None


@dataclass(frozen=True)
class MetricCheck:
    """A metric that counts rows.

    :param counts: the condition for a row to be counted; None for all.
    """

    rule: Rule
    quality: QualityRule
    counts: str | None
    shown: str | None


@dataclass(frozen=True)
class QueryCheck:
    """A quality rule in SQL.

    :param column: the column that its placeholder stands for, as SQL; None if it is no rule of a column.
    """

    rule: Rule
    quality: QualityRule
    column: str | None


@dataclass(frozen=True)
class RelationshipCheck:
    """A foreign key; `spots` are its columns."""

    rule: Rule
    relationship: Relationship
    spots: tuple[Spot, ...]


@dataclass
class Plan:
    """All that is to be asked, and what is known without asking.

    :param typed: columns as what they are to be, where they are something else: what conditions call them, and how to
        make them of the columns.
    :param decided: how many rules the types and names alone decide.
    :param hidden: the columns from paths whose values must not be printed.
    """

    typed: list[tuple[str, str]] = field(default_factory=list)
    rows: list[RowCheck] = field(default_factory=list)
    keys: list[KeyCheck] = field(default_factory=list)
    metrics: list[MetricCheck] = field(default_factory=list)
    queries: list[QueryCheck] = field(default_factory=list)
    relationships: list[RelationshipCheck] = field(default_factory=list)
    violations: list[Violation] = field(default_factory=list)
    not_checked: list[NotCheckedRule] = field(default_factory=list)
    decided: int = 0
    hidden: list[str] = field(default_factory=list)

    @property
    def checked(self) -> int:
        """How many rules there are to check."""
        asked = len(self.rows) + len(self.keys) + len(self.metrics) + len(self.queries) + len(self.relationships)
        return self.decided + asked

    def source(self, item: str) -> str:
        """What to write behind FROM, so that conditions find their values.

        :param item: gives the data itself, with the numbers of its rows where they are asked for.
        """
        if not self.typed:
            return item
        typed = ", ".join(f"{sql} AS {quoted(name)}" for name, sql in self.typed)
        return f"(SELECT *, {typed} FROM {item})"

    def offending_row(self, row: int, file: str | None, shown: str | None) -> OffendingRow:
        """A row for people, who do not see all of it where it is long, or must not be seen."""
        if file is not None and self.hidden:
            parts = (part.partition("=") for part in file.split("/"))
            file = "/".join(f"{name}=…" if name in self.hidden else f"{name}{sign}{value}" for name, sign, value in parts)
        return OffendingRow(row, file, cut(shown))
