"""Counts and measures what is in data, all of it in one pass."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import duckdb

from wombat_tool.inference.candidates import Candidate
from wombat_tool.relations.model import Relation
from wombat_tool.relations.repeats import find_repeats
from wombat_tool.relations.sql import count_where
from wombat_tool.validation.kinds import Kind
from wombat_tool.validation.literals import Floating

ENOUGH_ROWS = 50
"""With fewer rows than this, what values there are says little about those to come."""

_ORDERED = (Kind.INTEGER, Kind.NUMBER, Kind.DATE, Kind.TIMESTAMP)
# A query about more takes long to plan.
_MOST_AT_ONCE = 100

_T = TypeVar("_T")


@dataclass(frozen=True)
class Facts:
    """What is known of a candidate.

    :param values: that are not null, and `missing` those that are null where a value could be.
    :param wrong: how many rows have a value that is something else.
    :param untyped: how many are right and have no typed value, as integers of more digits than SQL stores.
    :param distinct: about how many different values there are; None for kinds without a comparison.
    :param least: as SQL writes it, and `greatest`; None for kinds without an order.
    :param not_finite: how many numbers are infinite or NaN.
    :param zoned: how many moments in text name a time zone.
    """

    values: int = 0
    missing: int = 0
    wrong: int = 0
    untyped: int = 0
    distinct: int | None = None
    least: str | None = None
    greatest: str | None = None
    not_finite: int = 0
    zoned: int | None = None


class Measured:
    """Asks about data through a connection."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, relation: Relation) -> None:
        self._connection = connection
        self._relation = relation

    def row(self, expressions: Sequence[str]) -> list[Any]:
        """The values of aggregates over all rows."""
        return list(self._rows(f"SELECT {', '.join(expressions)} FROM {self._relation.sql()}")[0]) if expressions else []

    def count(self) -> int:
        """How many rows there are."""
        return int(self.row(["count(*)"])[0]) if self._relation.rows is None else self._relation.rows

    def samples(self, expressions: Sequence[str], *, rows: int) -> list[list[Any]]:
        """For each expression its values in a part of about so many rows, without null."""
        found: list[list[Any]] = []
        for part in _parts(expressions):
            values = self._rows(f"SELECT {', '.join(part)} FROM {self._relation.sample_sql(rows)}")
            found.extend([row[i] for row in values if row[i] is not None] for i in range(len(part)))
        return found

    def facts(self, candidates: Sequence[Candidate]) -> list[Facts]:
        """What is known of each."""
        found: list[Facts] = []
        for part in _parts(candidates):
            named = [_named(one, number) for number, one in enumerate(part)]
            inner = ", ".join(column for _, columns in named for column in columns)
            asked = [_aggregates(one) for one, _ in named]
            outer = ", ".join(expression for one in asked for expression in one.values())
            [row] = self._rows(f"SELECT {outer} FROM (SELECT {inner} FROM {self._relation.sql()})")
            values = iter(row)
            found.extend(Facts(**{name: next(values) for name in one}) for one in asked)
        return found

    def is_key(self, parts: Sequence[str]) -> bool:
        """Whether no combination of values is there twice."""
        with self._relation.reading():
            return find_repeats(self._connection, parts, self._relation.sql(), rows=self.count()).rows == 0

    def value_counts(self, expression: str, *, at_most: int) -> dict[Any, int]:
        """The first so many values besides null, in their order, and how often each is there."""
        counted = f"SELECT {expression}, count(*) FROM {self._relation.sql()} WHERE {expression} IS NOT NULL"
        return dict(self._rows(f"{counted} GROUP BY 1 ORDER BY 1 LIMIT {at_most}"))

    def _rows(self, query: str) -> list[Any]:
        with self._relation.reading():
            return self._connection.execute(query).fetchall()


def _parts(items: Sequence[_T]) -> Iterator[Sequence[_T]]:
    return (items[first : first + _MOST_AT_ONCE] for first in range(0, len(items), _MOST_AT_ONCE))


def _named(candidate: Candidate, number: int) -> tuple[Candidate, list[str]]:
    """The candidate in a query where its values have short names, and the columns that give them these.

    Each is asked about several times, and to write it out as often takes long to plan.
    """
    spot = candidate.spot
    raw, typed, exists = f"raw{number}", f"typed{number}", f"exists{number}"
    columns = [f"{spot.raw} AS {raw}"]
    if spot.is_list:
        return replace(candidate, spot=replace(spot, raw=raw)), columns
    columns.append(f"{spot.typed} AS {typed}")
    if spot.exists == "TRUE":
        exists = spot.exists
    else:
        columns.append(f"{spot.exists} AS {exists}")
    return replace(candidate, spot=replace(spot, raw=raw, typed=typed, exists=exists)), columns


def _aggregates(candidate: Candidate) -> dict[str, str]:
    """The aggregates that give the fields of `Facts`."""
    spot = candidate.spot
    asked = {"wrong": count_where(candidate.is_wrong(spot.raw, spot.typed))}
    if spot.is_list:
        return asked
    raw, typed, reading = spot.raw, spot.typed, spot.reading
    asked |= {"values": f"count({raw})", "missing": count_where(f"{spot.exists} AND {raw} IS NULL")}
    if reading.comparer is None:
        return asked
    asked |= {
        "untyped": count_where(f"{raw} IS NOT NULL AND {typed} IS NULL"),
        "distinct": f"approx_count_distinct({typed})",
    }
    if reading.kind in _ORDERED:
        asked |= {"least": f"CAST(min({typed}) AS VARCHAR)", "greatest": f"CAST(max({typed}) AS VARCHAR)"}
    if isinstance(reading.comparer, Floating):
        asked["not_finite"] = count_where(f"NOT isfinite({typed})")
    if reading.has_zone and reading.kind is Kind.TIMESTAMP:
        asked["zoned"] = count_where(reading.has_zone(raw))
    return asked
