"""Turns what a contract says of a dataset into what is to be asked of its data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wombat_tool.contracts.model import Environment, Field, Metric, QualityRule, Relationship, SchemaObject
from wombat_tool.contracts.problems import did_you_mean
from wombat_tool.relations.model import DataColumn, Encoding
from wombat_tool.relations.sql import quoted
from wombat_tool.validation.checks import checks_of
from wombat_tool.validation.kinds import Kind
from wombat_tool.validation.messages import plain_violation
from wombat_tool.validation.metrics import counting_condition
from wombat_tool.validation.plan import KeyCheck, MetricCheck, Plan, QueryCheck, RelationshipCheck, RowCheck
from wombat_tool.validation.report import NotCheckedRule
from wombat_tool.validation.rules import Rule, listed, rule_in, thresholds_text
from wombat_tool.validation.spots import Spot, reading_of, text_of
from wombat_tool.validation.structure import type_findings

_LISTED_COLUMNS = 10


def plan_for(schema: SchemaObject, columns: Sequence[DataColumn], environment: Environment) -> Plan:
    """What is to be asked of data with these columns."""
    planner = _Planner(schema, columns, environment)
    planner.add_columns()
    planner.add_rules_of_object()
    return planner.plan


class _Planner:
    def __init__(self, schema: SchemaObject, columns: Sequence[DataColumn], environment: Environment) -> None:
        self.plan = Plan(not_checked=[NotCheckedRule(one.what, None, one.why) for one in schema.not_checked])
        self._schema = schema
        self._columns = {column.name: column for column in reversed(columns)}
        self._names = [column.name for column in columns]
        self._environment = environment
        self._spots: dict[str, Spot] = {}
        self._typed = "__typed"
        while any(column.sql_name.lower().startswith(self._typed) for column in columns):
            self._typed += "_"

    def add_columns(self) -> None:
        """Plan the rules of the columns, and whether they are there at all."""
        for number, one in enumerate(self._schema.fields):
            column = self._columns.get(one.name)
            if column is None:
                self._add_missing(one)
            else:
                self.plan.decided += 1
                self._add_column(number, one, column)
        if not self._schema.allows_extra_columns:
            named = {one.name for one in self._schema.fields}
            extra = [name for name in self._names if name not in named]
            rule = self._rule("extraColumns", self._schema, None, "no columns besides those of the contract")
            self.plan.decided += rule is not None
            if rule and extra:
                shown = listed([repr(name) for name in extra[:_LISTED_COLUMNS]], "and")
                more = f" and {len(extra) - _LISTED_COLUMNS:,} more" if len(extra) > _LISTED_COLUMNS else ""
                problem = f"is violated: the data also has {shown}{more}"
                self.plan.violations.append(plain_violation(rule, problem))

    def add_rules_of_object(self) -> None:
        """Plan the rules that are about several columns or all rows."""
        schema = self._schema
        if schema.primary_key:
            owner = schema.field_named(schema.primary_key[0]) or schema
            self._add_key("primaryKey", owner, schema.primary_key)
        for relationship in schema.relationships:
            self._add_relationship(relationship)
        for quality in schema.quality:
            self._add_quality(quality, None, None)

    def _rule(self, name: str, owner: _Owner, column: str | None, expected: str, **more: Any) -> Rule | None:
        """A rule that has its handling and its place from its owner."""
        return rule_in(
            self._environment,
            name,
            owner.handling,
            column=column,
            expected=expected,
            place=owner.place,
            **more,
        )

    def _not_checked(self, rule: Rule, why: str) -> None:
        self.plan.not_checked.append(NotCheckedRule(rule.name, rule.column, why))

    def _add_missing(self, one: Field) -> None:
        rule = self._rule("present", one, one.name, "a column of this name", is_sensitive=one.is_sensitive)
        if rule:
            self.plan.decided += 1
            mend = did_you_mean(one.name, self._names) if self._names else "It has no columns."
            self.plan.violations.append(plain_violation(rule, f"is violated: the data has no such column. {mend}"))

    def _add_column(self, number: int, one: Field, column: DataColumn) -> None:
        raw = column.sql
        if column.is_partition and one.is_sensitive:
            self.plan.hidden.append(one.name)
        type = column.arrow_type if column.encoding is Encoding.NATIVE else None
        reading = reading_of(one, column.encoding, type)
        if not reading.can_be_wrong:
            # The type of the column tells whether its values are right.
            self.plan.decided += one.logical_type is not None or one.physical_type is not None
        if type is not None:
            for finding in type_findings(one, type, one.name):
                owner = finding.field
                rule = self._rule(
                    finding.rule, owner, finding.path, finding.expected, is_sensitive=owner.is_sensitive
                )
                if rule:
                    self.plan.violations.append(plain_violation(rule, f"is violated: {finding.problem}"))
        typed = reading.typed(raw)
        if typed != raw:
            name = f"{self._typed}{number}"
            self.plan.typed.append((name, typed))
            typed = quoted(name)
        self._add_spot(Spot(one, one.name, reading, raw, typed), column.sql)

    def _add_spot(self, spot: Spot, column: str) -> None:
        """Plan the rules of a field and of those within it.

        :param column: what queries of the contract call it.
        """
        self._spots[spot.path] = spot
        one = spot.field
        for check in checks_of(spot):
            rule = self._rule(check.name, one, spot.path, check.expected, is_sensitive=one.is_sensitive)
            if rule and check.breaks is None:
                self._not_checked(rule, check.why)
            elif rule and check.breaks:
                shown = None if check.is_about_null else spot.shown(check.breaks, is_written=check.is_about_type)
                self.plan.rows.append(RowCheck(rule, spot.where(check.breaks), shown))
        if one.unique and spot.is_list:
            # Of what each row has several, none may be twice in a row.
            rule = self._rule("unique", one, spot.path, "no value twice in a row", is_sensitive=one.is_sensitive)
            if rule:
                self.plan.rows.append(RowCheck(rule, spot.repeats(), None))
        elif one.unique and (spot.path,) != self._schema.primary_key:
            self._add_key("unique", one, (spot.path,))
        for quality in one.quality:
            self._add_quality(quality, spot, column)
        for inner in spot.inner():
            self._add_spot(inner, column if inner.is_list else f"{column}.{quoted(inner.field.name)}")

    def _add_key(self, name: str, owner: _Owner, paths: Sequence[str], quality: QualityRule | None = None) -> None:
        column = paths[0] if len(paths) == 1 else None
        expected = "no value twice" if column else f"no combination of {listed(list(paths), 'and')} twice"
        rule = self._rule_of_columns(name, owner, paths, _expected(quality) if quality else expected, quality)
        spots = rule and self._spots_of(rule, paths)
        if not rule or not spots:
            return
        is_integer = len(spots) == 1 and spots[0].reading.kind is Kind.INTEGER and spots[0].reading.comparer is not None
        integer = f"TRY_CAST({spots[0].typed} AS BIGINT)" if is_integer else None
        self.plan.keys.append(KeyCheck(rule, tuple(spot.key() for spot in spots), integer, text_of(spots), quality))

    def _add_relationship(self, one: Relationship) -> None:
        target = one.to_object if one.to_file is None else f"{one.to_file}#{one.to_object}"
        expected = f"{listed(list(one.columns), 'and')} in {listed(list(one.to_columns), 'and')} of {target}"
        rule = self._rule_of_columns("relationships", one, one.columns, expected, None)
        spots = rule and self._spots_of(rule, one.columns)
        if rule and spots:
            self.plan.relationships.append(RelationshipCheck(rule, one, spots))

    def _add_quality(self, quality: QualityRule, spot: Spot | None, column: str | None) -> None:
        paths = (spot.path,) if spot else quality.columns
        if quality.metric is Metric.DUPLICATE_VALUES and not (spot and spot.is_list):
            self._add_key(quality.name, quality, paths, quality)
            return
        rule = self._rule_of_columns(quality.name, quality, paths, _expected(quality), quality)
        if rule is None:
            return
        if quality.query is not None:
            self.plan.queries.append(QueryCheck(rule, quality, column))
            return
        spots = self._spots_of(rule, paths)
        if spots is None:
            return
        counts, shown = counting_condition(quality, spots[0]) if spots else (None, None)
        self.plan.metrics.append(MetricCheck(rule, quality, counts, shown))

    def _rule_of_columns(
        self, name: str, owner: _Owner, paths: Sequence[str], expected: str, quality: QualityRule | None
    ) -> Rule | None:
        fields = [spot.field for spot in map(self._spots.get, paths) if spot]
        return self._rule(
            name,
            owner,
            paths[0] if len(paths) == 1 else None,
            expected,
            is_sensitive=any(one.is_sensitive for one in fields),
            **({"severity": quality.severity} if quality else {}),
        )

    def _spots_of(self, rule: Rule, paths: Sequence[str]) -> tuple[Spot, ...] | None:
        """The columns that a rule is about; None if one of them is not there, so that the rule cannot be checked."""
        spots = tuple(spot for spot in map(self._spots.get, paths) if spot)
        if len(spots) == len(paths):
            return spots
        self._not_checked(rule, f"the data has no column {next(path for path in paths if path not in self._spots)!r}")
        return None


_Owner = Field | SchemaObject | Relationship | QualityRule


def _expected(quality: QualityRule) -> str:
    unit = " %" if quality.is_percent else ""
    return thresholds_text(quality.thresholds, unit=unit)
