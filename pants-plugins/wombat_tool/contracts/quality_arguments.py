"""What the metrics of quality rules count: their `arguments`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Optional

from wombat_tool.contracts.metrics import ARGUMENTS
from wombat_tool.contracts.model import LogicalType, Metric, Scalar
from wombat_tool.contracts.nodes import Node, quoted
from wombat_tool.contracts.options import Options, check_pattern, read_members
from wombat_tool.contracts.problems import did_you_mean
from wombat_tool.contracts.scope import Scope
from wombat_tool.contracts.standard import is_open

Arguments = dict[str, Any]
"""Parameters of a `QualityRule`."""


@dataclass(frozen=True)
class RuleNode:
    """A quality rule in a contract, and what is known of the place that it stands at.

    :param column: its name in the data; None for an object.
    :param options: what the column's own options say.
    :param where: the rule in messages.
    """

    node: Node
    scope: Scope
    column: Optional[str]
    logical_type: Optional[LogicalType]
    options: Options
    where: str

    def error(self, at: Node, message: str) -> None:
        """Tell a mistake."""
        self.scope.error(at, message)


def read_arguments(rule: RuleNode, metric: Metric) -> Optional[Arguments]:
    """What the arguments of a rule say; None if they cannot be used, which is told."""
    arguments = rule.node.mapping("arguments") or Node({}, rule.node.line, rule.node.column)
    allowed = ARGUMENTS.get(metric, ())
    for key, at in arguments.keys.items():
        if key not in allowed:
            mend = did_you_mean(key, allowed) if allowed else "Remove it."
            rule.scope.error(at, f"the metric {metric.value!r} takes no argument {quoted(key)}. {mend}")
    given: dict[str, Node] = {}
    for key in allowed:
        found = arguments.get(key)
        if found is None and is_open(rule.scope.api_version):
            found = rule.node.get(key)
        if found is not None:
            given[key] = found
    columns = (rule.column,) if rule.column is not None else ()
    match metric:
        case Metric.MISSING_VALUES:
            return {"columns": columns, "missing_values": _missing_values(rule, given)}
        case Metric.INVALID_VALUES:
            return _validity(rule, given, columns)
        case Metric.DUPLICATE_VALUES:
            return _duplicates(rule, given, columns)
        case _:
            return {"columns": columns}


def _list(rule: RuleNode, given: dict[str, Node], name: str) -> Optional[list[Node]]:
    node = given.get(name)
    if node is None or isinstance(node.value, list):
        return None if node is None else node.items()
    rule.error(node, f"{name!r} of {rule.where} must be a list, and is {node.shown()}. Write it as [a, b].")
    return None


def _missing_values(rule: RuleNode, given: dict[str, Node]) -> tuple[Optional[Scalar], ...]:
    nodes = _list(rule, given, "missingValues") or []
    # Columns of other types can be read from text, where words such as "N/A" stand for missing values.
    logical_type = rule.logical_type if rule.logical_type is LogicalType.STRING else None
    found = read_members(nodes, "a missing value", logical_type, {}, rule.scope)
    return (*((None,) if any(one.value is None for one in nodes) else ()), *found)


def _validity(rule: RuleNode, given: dict[str, Node], columns: tuple[str, ...]) -> Optional[Arguments]:
    if not given:
        # The standard's own examples have such rules.
        what = f"{rule.where} of {rule.scope.label!r}"
        rule.scope.note(rule.node, what, "it does not say what is valid: it has neither 'validValues' nor 'pattern'")
        return None
    found: Arguments = {}
    nodes = _list(rule, given, "validValues")
    if nodes is not None:
        found["valid_values"] = read_members(nodes, "a valid value", rule.logical_type, rule.options, rule.scope)
    pattern = given.get("pattern")
    if pattern is not None and not isinstance(pattern.value, str):
        rule.error(pattern, f"'pattern' of {rule.where} must be text, and is {pattern.shown()}. Put it in quotes.")
    elif pattern is not None:
        found["pattern"] = check_pattern(pattern, f"the pattern of {rule.where}", rule.scope)
    return {"columns": columns, **found} if any(one is not None for one in found.values()) else None


def _duplicates(rule: RuleNode, given: dict[str, Node], columns: tuple[str, ...]) -> Optional[Arguments]:
    if "properties" not in given:
        # Those of whole rows, where no columns are named.
        columns = columns or tuple(one.in_data for one in rule.scope.object.columns)
        if not columns:
            mend = "Add `arguments` with 'properties'."
            rule.error(rule.node, f"{rule.where} does not say of which columns. {mend}")
        return {"columns": columns} if columns else None
    names = _list(rule, given, "properties") or []
    known = [one.name for one in rule.scope.object.columns]
    found = []
    for name in names:
        column = rule.scope.object.column(name.written)
        if column is not None:
            found.append(column.in_data)
            continue
        mend = did_you_mean(name.written, known) if known else "Add the column to the properties of the object."
        rule.error(name, f"'properties' of {rule.where} names {quoted(name.written)}, which is no column. {mend}")
    return {"columns": tuple(dict.fromkeys(found))} if len(found) == len(names) and found else None
