"""The quality rules of objects and columns."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Optional

from wombat_tool.contracts.custom_properties import (
    Level,
    for_quality_rule,
    quality_names,
    read_custom_properties,
    with_outer,
)
from wombat_tool.contracts.metrics import ARGUMENTS, METRICS, OLD_RULES, OldRule
from wombat_tool.contracts.model import LogicalType, Metric, Operator, QualityRule, Severity, Threshold
from wombat_tool.contracts.nodes import Node, quoted
from wombat_tool.contracts.options import Options
from wombat_tool.contracts.problems import did_you_mean, mend_key
from wombat_tool.contracts.quality_arguments import RuleNode, read_arguments
from wombat_tool.contracts.queries import query_problem, unknown_placeholder
from wombat_tool.contracts.scope import Scope
from wombat_tool.contracts.standard import is_open, keys_at
from wombat_tool.contracts.thresholds import OPERATORS, Measure, read_thresholds

_SEVERITIES = {
    **dict.fromkeys(("error", "critical", "high", "blocker", "fatal", "major"), Severity.ERROR),
    **dict.fromkeys(("warning", "warn", "medium", "minor"), Severity.WARNING),
    **dict.fromkeys(("info", "low", "notice", "informational"), Severity.INFO),
}
_ROW_UNITS = ("rows", "row", "records", "values", "count")
_PERCENT_UNITS = ("percent", "percentage", "%")
# The keys that rules of each type have of their own, after the standard's JSON schema.
_KEYS = {
    "library": ("metric", "rule", "arguments", *OPERATORS),
    "sql": ("query", *OPERATORS),
    "custom": ("engine", "implementation"),
    "text": (),
}


def read_quality(
    node: Node,
    scope: Scope,
    *,
    column: Optional[str],
    logical_type: Optional[LogicalType] = None,
    options: Optional[Options] = None,
) -> tuple[QualityRule, ...]:
    """The rules of an object or a column that can be checked; the others are noted.

    :param column: its name in the data; None for an object.
    :param logical_type: that of the column; `options` are its own, which values named in rules must fit, too.
    """
    found = []
    for one in node.mappings("quality"):
        where = f"the quality rule {quality_names(one)[0]!r}"
        found.append(_Reader(RuleNode(one, scope, column, logical_type, options or {}, where)).read())
    return tuple(rule for rule in found if rule is not None)


class _Reader:
    """Reads one rule."""

    def __init__(self, rule: RuleNode) -> None:
        self.rule = rule
        self.node = rule.node
        self.scope = rule.scope
        self.where = rule.where
        self.is_open = is_open(rule.scope.api_version)
        self.names = quality_names(rule.node)

    def read(self) -> Optional[QualityRule]:
        node = self.node
        kind = self.kind()
        if kind is None:
            return None
        own = read_custom_properties(node, Level.QUALITY, self.scope.problems).handling
        handling = for_quality_rule(with_outer(own, self.scope.handling), self.names[0], self.names)
        common: dict[str, Any] = {
            "name": self.names[0],
            "severity": self.severity(),
            "handling": handling,
            "description": node.text("description") or "",
            "place": self.scope.problems.place(node),
        }
        if kind == "sql":
            return self.sql(common)
        if kind == "library":
            return self.library(common)
        if kind == "custom":
            missing = [key for key in _KEYS["custom"] if node.get(key) is None]
            if missing:
                self.scope.error(node, f"{self.where} is of type 'custom' and has no {missing[0]!r}. Add it.")
            self.note(f"it is for {quoted(node.text('engine') or 'another program')}")
        else:
            self.note("it is text for people")
        return None

    def note(self, why: str) -> None:
        """Say that the rule is not checked."""
        self.scope.note(self.node, self.described(), why)

    def described(self) -> str:
        """The rule in a note, with the column that it is of."""
        return self.where if not self.scope.label else f"{self.where} of {self.scope.label!r}"

    def kind(self) -> Optional[str]:
        """Its type; None if it has none that can be told, or keys of another one."""
        node = self.node
        kind = node.text("type")
        if kind is None:
            if node.get("type") is not None:
                return None
            if node.get("query") is not None and node.get("metric") is None:
                self.scope.error(node, f"{self.where} has a 'query' and no 'type'. Add `type: sql`.")
                return None
            has_rule = node.get("metric") is not None or node.get("rule") is not None
            kind = "library" if has_rule or any(name in OPERATORS for name in node.keys) else "text"
        if kind not in _KEYS:
            return None
        if self.check_keys(kind):
            return kind
        return None

    def check_keys(self, kind: str) -> bool:
        common = [key for key in keys_at(("schema", 0, "quality", 0)) if not any(key in keys for keys in _KEYS.values())]
        allowed = [*common, *_KEYS[kind]]
        if self.is_open:
            is_known = (self.node.text("rule") or "").lower() in OLD_RULES or self.node.get("metric") is not None
            if kind in ("text", "custom") or (kind == "library" and not is_known):
                # Rules that nothing here can check take whatever arguments they like.
                return True
            allowed += [key for keys in ARGUMENTS.values() for key in keys]
        fits = True
        for key, at in self.node.keys.items():
            if key in allowed:
                continue
            fits = False
            owner = next((one for one, keys in _KEYS.items() if key in keys), None)
            if owner is None:
                self.scope.error(at, f"unknown key {quoted(key)} in {self.where}. {mend_key(key, allowed)}")
            else:
                mend = "Remove it, or correct the type."
                self.scope.error(
                    at, f"the key {key!r} is for rules of type {owner!r}, and {self.where} is of type {kind!r}. {mend}"
                )
        return fits

    def severity(self) -> Severity:
        word = self.node.text("severity")
        if word is None:
            return Severity.ERROR
        found = _SEVERITIES.get(word.lower().strip())
        if found is None:
            known = "error, warning and info"
            why = f"it is taken as 'error'; known are {known}, and words that mean the same"
            self.scope.note(self.node.key_at("severity"), f"severity {quoted(word)} of {self.where}", why)
            return Severity.ERROR
        return found

    def sql(self, common: dict[str, Any]) -> Optional[QualityRule]:
        query = self.node.get("query")
        if query is None:
            self.scope.error(self.node, f"{self.where} is of type 'sql' and has no 'query'. Add it.")
            return None
        if not isinstance(query.value, str):
            return None
        problem = query_problem(query.value)
        if problem is not None:
            self.scope.error(query, f"the query of {self.where} {problem}")
            return None
        unknown = unknown_placeholder(query.value, has_column=self.rule.column is not None)
        if unknown is not None:
            self.note(f"its query names {unknown}, which stands for nothing here")
            return None
        thresholds = read_thresholds(self.node, Measure.ANYTHING, self.where, self.scope)
        if thresholds == ():
            self.no_operator()
        return QualityRule(query=query.value, thresholds=thresholds, **common) if thresholds else None

    def no_operator(self) -> None:
        """Tell that the rule has none, which v3.0 allows."""
        if self.is_open:
            self.note("it has no operator, so any value is right")
            return
        mend = "Add an operator, as `mustBe: 0`."
        self.scope.error(self.node, f"{self.where} has nothing to hold its value against. {mend}")

    def library(self, common: dict[str, Any]) -> Optional[QualityRule]:
        old = self.old_rule()
        metric = old.metric if old else self.metric()
        if metric is None or not self.is_in_place(metric):
            return None
        is_percent = self.is_percent(metric) or (old is not None and old.is_percent)
        measure = Measure.PERCENT if is_percent else Measure.COUNT
        thresholds = read_thresholds(self.node, measure, self.where, self.scope)
        if thresholds == () and old is not None and old.zero_without_operator:
            thresholds = (Threshold(Operator.BE, Decimal(0)),)
        if thresholds == ():
            self.no_operator()
            return None
        arguments = read_arguments(self.rule, metric)
        if thresholds is None or arguments is None:
            return None
        return QualityRule(metric=metric, thresholds=thresholds, is_percent=is_percent, **common, **arguments)

    def old_rule(self) -> Optional[OldRule]:
        name = self.node.text("rule")
        if name is None or self.node.get("metric") is not None:
            return None
        return OLD_RULES.get(name.lower()) if self.is_open else None

    def metric(self) -> Optional[Metric]:
        metric = self.node.text("metric")
        if metric is not None:
            if metric not in METRICS:
                at = self.node.key_at("metric")
                self.scope.error(at, f"unknown metric {quoted(metric)} in {self.where}. {did_you_mean(metric, METRICS)}")
            return METRICS.get(metric)
        rule = self.node.text("rule")
        if rule is not None and self.is_open:
            self.note(f"no rule named {quoted(rule)} is known here")
        elif rule is not None:
            old = OLD_RULES.get(rule.lower())
            mend = f"Write `metric: {old.metric.value}`." if old else f"Known metrics are {', '.join(METRICS)}."
            at = self.node.key_at("rule")
            self.scope.error(at, f"{self.where} has a 'rule' and no 'metric', as contracts have since v3.1. {mend}")
        elif self.node.get("metric") is None and self.node.get("rule") is None:
            self.scope.error(self.node, f"{self.where} has no 'metric'. Add one of {', '.join(METRICS)}.")
        return None

    def is_in_place(self, metric: Metric) -> bool:
        if metric is Metric.ROW_COUNT and self.rule.column is not None:
            self.scope.error(
                self.node,
                f"{self.where} counts rows, and stands at {self.scope.label!r}. Move it to the 'quality' of the object.",
            )
            return False
        if metric not in (Metric.ROW_COUNT, Metric.DUPLICATE_VALUES) and self.rule.column is None:
            mend = "Move it to the 'quality' of the column."
            self.scope.error(self.node, f"{self.where} counts values of a column, and stands at an object. {mend}")
            return False
        return True

    def is_percent(self, metric: Metric) -> bool:
        unit = self.node.text("unit")
        if unit is None or unit.lower() in _ROW_UNITS:
            return False
        at = self.node.key_at("unit")
        if unit.lower() not in _PERCENT_UNITS:
            if self.is_open:
                why = "v3.0 allows any; it is taken as rows"
                self.scope.note(at, f"the unit {quoted(unit)} of {self.where}", why)
            else:
                self.scope.error(at, f"the unit of {self.where} is {quoted(unit)}. Known are rows and percent.")
            return False
        if metric is Metric.ROW_COUNT:
            self.scope.error(at, f"{self.where} counts rows, which cannot be in percent. Remove the unit.")
            return False
        return True
