"""Reads which values `Literal` and classes of the module `enum` name."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from decimal import Decimal

from wombat_tool.comparison.constraints import constant_of
from wombat_tool.comparison.sources import Defined, External, Module
from wombat_tool.contracts.model import Field, LogicalType, Scalar

_ENUM_CLASSES = ("enum.Enum", "enum.IntEnum", "enum.StrEnum")
_TYPES: tuple[tuple[type, LogicalType], ...] = (
    (bool, LogicalType.BOOLEAN),
    (str, LogicalType.STRING),
    (int, LogicalType.INTEGER),
    (float, LogicalType.NUMBER),
    (Decimal, LogicalType.NUMBER),
)
_MOST_BASES = 20


def values_of_literal(nodes: Sequence[ast.expr], module: Module) -> Field:
    """What `Literal[...]` says; nothing, if one of its values is not understood."""
    is_null = [isinstance(node, ast.Constant) and node.value is None for node in nodes]
    values = [constant_of(node, module) for node, null in zip(nodes, is_null) if not null]
    return _field(values, is_required=not any(is_null))


def enumeration_of(defined: Defined) -> Field | None:
    """What a class of the module `enum` says; None if it is none, and no values if one is not understood.

    Where the values are texts, the names of the members will do in data, too.
    """
    node = defined.node
    if not isinstance(node, ast.ClassDef) or not _is_enumeration(defined, _MOST_BASES):
        return None
    values: list[object] = []
    member_names: list[str] = []
    for statement in node.body:
        if isinstance(statement, ast.Assign):
            names = [target.id for target in statement.targets if isinstance(target, ast.Name)]
            if not all(name.startswith("_") for name in names):
                values.append(constant_of(statement.value, defined.module))
                member_names += names
    if any(isinstance(one, ast.FunctionDef) and one.name in ("__new__", "_missing_") for one in node.body):
        # These take and make other values than the ones that stand there.
        values = []
    if values and all(isinstance(value, str) for value in values):
        values = list(dict.fromkeys([*values, *member_names]))
    return _field(values, is_required=True)


def _field(values: Sequence[object], *, is_required: bool) -> Field:
    types = {_type_of(value) for value in values}
    logical_type = types.pop() if len(types) == 1 else None
    if logical_type is None:
        return Field("", required=is_required)
    return Field("", logical_type=logical_type, enum=tuple(map(_scalar, values)), required=is_required)


def _type_of(value: object) -> LogicalType | None:
    if isinstance(value, Decimal) and value == value.to_integral_value():
        return LogicalType.INTEGER
    return next((logical_type for type, logical_type in _TYPES if isinstance(value, type)), None)


def _scalar(value: object) -> Scalar:
    if isinstance(value, (bool, str, Decimal)):
        return value
    return Decimal(repr(value))


def _is_enumeration(defined: Defined, steps: int) -> bool:
    node = defined.node
    if not isinstance(node, ast.ClassDef) or not steps:
        return False
    for base in node.bases:
        meaning = defined.module.meaning(base)
        if isinstance(meaning, External) and meaning.name in _ENUM_CLASSES:
            return True
        if isinstance(meaning, Defined) and _is_enumeration(meaning, steps - 1):
            return True
    return False
