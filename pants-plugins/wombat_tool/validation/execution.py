"""Asks the data what a plan wants to know: one pass for all that counts rows, and more only for what was found."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import duckdb
import pyarrow as pa

from wombat_tool.contracts.model import Metric
from wombat_tool.errors import WombatToolError
from wombat_tool.relations.model import Relation
from wombat_tool.relations.sql import count_where
from wombat_tool.validation.asking import row_of
from wombat_tool.validation.keys import KeyCounts, count_expressions, find_duplicates
from wombat_tool.validation.messages import (
    MOST_CHARACTERS,
    MOST_ROWS,
    metric_violation,
    plain_violation,
    rows_violation,
)
from wombat_tool.validation.metrics import is_kept, metric_text
from wombat_tool.validation.plan import FILE, ROW, KeyCheck, MetricCheck, Plan, RelationshipCheck, RowCheck
from wombat_tool.validation.queries import QueryRunner
from wombat_tool.validation.relationships import Incomparable, find_orphans
from wombat_tool.validation.report import NotCheckedRule, OffendingRow, Violation
from wombat_tool.validation.rules import Rule

_NEEDS_ALL = "only all rows can decide it, and a sample was read"


@dataclass(frozen=True)
class Rows:
    """The rows to look at.

    :param item: gives them, and `numbered` gives them with their numbers.
    :param unread: how many rows there are besides.
    """

    item: str
    numbered: str
    unread: int

    @property
    def is_sample(self) -> bool:
        """Whether there are others."""
        return self.unread > 0


@dataclass
class Findings:
    """What a plan came to.

    :param rows: how many rows were looked at.
    :param aggregates: one row with what was asked for besides.
    """

    rows: int = 0
    violations: list[Violation] = field(default_factory=list)
    not_checked: list[NotCheckedRule] = field(default_factory=list)
    aggregates: pa.Table | None = None


_Counted = tuple[RowCheck | MetricCheck, int]
_Shown = tuple[RowCheck | MetricCheck, int, tuple[OffendingRow, ...]]


class Execution:
    """The carrying out of a plan.

    :param targets: opens the data that a relationship leads to; None if it was not given.
    :param queries: runs the queries of the contract; made only if there are any.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        plan: Plan,
        rows: Rows,
        *,
        targets: Callable[[RelationshipCheck], Relation | None],
        queries: Callable[[], QueryRunner],
    ) -> None:
        self._connection = connection
        self._plan = plan
        self._rows = rows
        self._targets = targets
        self._queries = queries
        self._findings = Findings()

    def run(self, aggregates: Sequence[str] = ()) -> Findings:
        """Check all rules.

        :param aggregates: expressions to evaluate in the same pass, over the columns as the data has them.
        """
        counted, keys = self._counts(aggregates)
        for check, count, first in self._with_first_rows(counted):
            self._judge(check, count, first)
        for key, counts in zip(self._plan.keys, keys):
            self._check_key(key, counts)
        for relationship in self._plan.relationships:
            self._check_relationship(relationship)
        self._check_queries()
        return self._findings

    def _counts(self, aggregates: Sequence[str]) -> tuple[list[_Counted], list[KeyCounts]]:
        """How many rows each rule and metric counts, told in one pass."""
        plan = self._plan
        checks: list[RowCheck | MetricCheck] = [*plan.rows, *plan.metrics]
        keys = [count_expressions(key) for key in plan.keys]
        selected = ["count(*)", *(count_where(_condition(check)) for check in checks)]
        selected += [expression for key in keys for expression in key]
        query = f"SELECT {', '.join([*selected, *aggregates])} FROM {plan.source(self._rows.item)}"
        found = self._connection.sql(query).to_arrow_table()
        values = (column[0].as_py() for column in found.columns[: len(selected)])
        self._findings.rows = next(values)
        counted = [(check, next(values)) for check in checks]
        key_counts = [KeyCounts(*(next(values) for _ in key)) for key in keys]
        self._findings.aggregates = found.select(range(len(selected), found.num_columns))
        return counted, key_counts

    def _with_first_rows(self, counted: Sequence[_Counted]) -> Iterator[_Shown]:
        """The same with the first rows that are counted, where the count is not as it is to be."""
        wanted = [check for check, count in counted if self._shows_rows(check, count)]
        found = iter(self._first_rows(wanted) if wanted else ())
        for check, count in counted:
            yield check, count, next(found) if self._shows_rows(check, count) else ()

    def _first_rows(self, checks: Sequence[RowCheck | MetricCheck]) -> list[tuple[OffendingRow, ...]]:
        """The first rows that each of some checks counts, all found in one pass."""
        conditions = [_condition(check) for check in checks]
        inner = [
            f"{condition} AS b{i}, left(CASE WHEN b{i} THEN {check.shown or 'NULL'} END, {MOST_CHARACTERS + 1}) AS v{i}"
            for i, (check, condition) in enumerate(zip(checks, conditions))
        ]
        place = f"{{'file': {FILE}, 'row': {ROW}}}"
        outer = [
            f"arg_min({{'row': {ROW}, 'file': {FILE}, 'shown': v{i}}}, {place}, {MOST_ROWS}) FILTER (WHERE b{i})"
            for i in range(len(checks))
        ]
        # Values are written as text only where a rule is broken.
        broken = " OR ".join(f"({condition})" for condition in conditions)
        rows = f"SELECT * FROM {self._plan.source(self._rows.numbered)} WHERE {broken}"
        broken_rows = f"(SELECT {FILE}, {ROW}, {', '.join(inner)} FROM ({rows}))"
        found = row_of(self._connection, f"SELECT {', '.join(outer)} FROM {broken_rows}")
        return [
            tuple(self._plan.offending_row(row["row"], row["file"], row["shown"]) for row in first or ()) for first in found
        ]

    def _shows_rows(self, check: RowCheck | MetricCheck, count: int) -> bool:
        if count == 0 or isinstance(check, RowCheck):
            return count > 0
        return check.counts is not None and self._is_kept(check, count) is False

    def _is_kept(self, check: MetricCheck, count: int) -> bool | None:
        rows, unread = self._findings.rows, self._rows.unread
        if check.quality.metric is Metric.ROW_COUNT:
            # How many rows there are is known of samples, too.
            return is_kept(check.quality, rows + unread, rows + unread)
        return is_kept(check.quality, count, rows, unread=unread)

    def _judge(self, check: RowCheck | MetricCheck, count: int, first: tuple[OffendingRow, ...]) -> None:
        rows = self._findings.rows
        if isinstance(check, RowCheck):
            if count:
                self._findings.violations.append(rows_violation(check.rule, count, rows, first))
            return
        kept = self._is_kept(check, count)
        if kept is None:
            self._undecided(check.rule)
        elif not kept and check.quality.metric is Metric.ROW_COUNT:
            text = metric_text(check.quality, rows + self._rows.unread, rows)
            self._findings.violations.append(metric_violation(check.rule, text))
        elif not kept:
            text = metric_text(check.quality, count, rows)
            self._findings.violations.append(metric_violation(check.rule, text, count=count, rows_read=rows, rows=first))

    def _undecided(self, rule: Rule) -> None:
        self._findings.not_checked.append(NotCheckedRule(rule.name, rule.column, _NEEDS_ALL))

    def _check_key(self, check: KeyCheck, counts: KeyCounts) -> None:
        found = find_duplicates(self._connection, self._plan, check, counts, self._rows.numbered)
        rows = self._findings.rows
        if check.quality is None:
            if found.rows:
                self._findings.violations.append(rows_violation(check.rule, found.rows, rows, found.first))
            return
        kept = is_kept(check.quality, found.values, rows, unread=self._rows.unread)
        if kept is None:
            self._undecided(check.rule)
        elif not kept:
            text = metric_text(check.quality, found.values, rows)
            self._findings.violations.append(metric_violation(check.rule, text, rows=found.first))

    def _check_relationship(self, check: RelationshipCheck) -> None:
        findings = self._findings
        try:
            target = self._targets(check)
            if target is None:
                why = "the data that it leads to is not known here"
                findings.not_checked.append(NotCheckedRule(check.rule.name, check.rule.column, why))
                return
            with target.reading():
                found = find_orphans(self._connection, self._plan, check, self._rows.numbered, target)
        except Incomparable as err:
            findings.violations.append(plain_violation(check.rule, f"cannot be checked: {err}."))
        except WombatToolError as err:
            # What is wrong with other data may quote its values, of which nobody knows here whether they are sensitive.
            problem = f"cannot be checked: the data that it leads to cannot be read ({type(err).__name__})."
            findings.violations.append(plain_violation(check.rule, problem))
        else:
            if found.count:
                findings.violations.append(rows_violation(check.rule, found.count, findings.rows, found.first))

    def _check_queries(self) -> None:
        if not self._plan.queries:
            return
        if self._rows.is_sample:
            for check in self._plan.queries:
                self._undecided(check.rule)
            return
        queries = self._queries()
        for check in self._plan.queries:
            violation = queries.violation(check)
            if violation:
                self._findings.violations.append(violation)


def _condition(check: RowCheck | MetricCheck) -> str:
    return check.breaks if isinstance(check, RowCheck) else check.counts or "TRUE"
