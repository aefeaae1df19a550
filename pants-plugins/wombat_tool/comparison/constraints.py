"""Reads what pydantic's `Field` and the classes of `annotated_types` say of values."""

from __future__ import annotations

import ast
from dataclasses import replace
from decimal import Decimal

from wombat_tool.comparison.sources import Defined, External, Module
from wombat_tool.contracts.model import Bound, Field, LogicalType

# The classes that say one thing: what it is called as a keyword, and whether the first argument is it.
_SINGLE = {
    "annotated_types.Ge": "ge",
    "annotated_types.Gt": "gt",
    "annotated_types.Le": "le",
    "annotated_types.Lt": "lt",
    "annotated_types.MultipleOf": "multiple_of",
    "annotated_types.MinLen": "min_length",
    "annotated_types.MaxLen": "max_length",
}
_SEVERAL = (
    "annotated_types.Interval",
    "annotated_types.Len",
    "pydantic.Field",
    "pydantic.StringConstraints",
    "pydantic.types.StringConstraints",
    "pydantic.fields.Field",
)
_NUMBERS = (LogicalType.INTEGER, LogicalType.NUMBER)
# Functions of pydantic that see a value before its type is checked, or in the place of that.
_VALIDATORS = ("BeforeValidator", "PlainValidator", "WrapValidator")


def is_pydantic_field(node: ast.AST | None, module: Module) -> bool:
    """Whether an expression calls pydantic's `Field`."""
    return isinstance(node, ast.Call) and _name(node, module) in ("pydantic.Field", "pydantic.fields.Field")


def replaces_values(node: ast.AST, module: Module) -> bool:
    """Whether a part of `Annotated` lets values of other types in."""
    meaning = module.meaning(node.func if isinstance(node, ast.Call) else node)
    return isinstance(meaning, External) and meaning.name.rpartition(".")[2] in _VALIDATORS


def constrained(field: Field, node: ast.AST, module: Module) -> Field:
    """The values of a type, as far as a part of `Annotated` or a call of `Field` lets them be."""
    if not isinstance(node, ast.Call):
        return field
    for keyword, value in _arguments(node, module):
        field = _with(field, keyword, constant_of(value, module))
    return field


def constant_of(node: ast.AST | None, module: Module) -> object:
    """The constant that an expression is, negative numbers as decimals; None if it is none, or None itself."""
    match node:
        case ast.Constant(value=value):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            number = _number(constant_of(operand, module))
            return None if number is None else number.copy_negate()
        case ast.Call(args=[argument], keywords=[]) if _name(node, module) == "decimal.Decimal":
            given = constant_of(argument, module)
            return _number(_decimal(given) if isinstance(given, str) else given)
        case ast.Name() | ast.Attribute():
            meaning = module.meaning(node)
            if isinstance(meaning, Defined) and isinstance(meaning.node, (ast.Constant, ast.UnaryOp)):
                return constant_of(meaning.node, meaning.module)
    return None


def _arguments(node: ast.Call, module: Module) -> list[tuple[str, ast.expr]]:
    name = _name(node, module)
    if name in _SINGLE:
        given = [*node.args, *(one.value for one in node.keywords)]
        return [(_SINGLE[name], given[0])] if given else []
    if name not in _SEVERAL:
        return []
    named = [(one.arg, one.value) for one in node.keywords if one.arg]
    if name == "annotated_types.Len":
        named += list(zip(("min_length", "max_length"), node.args))
    return named


def _with(field: Field, keyword: str, value: object) -> Field:
    if keyword in ("min_length", "max_length"):
        return _with_length(field, keyword, value)
    if keyword in ("pattern", "regex") and isinstance(value, str) and field.logical_type is LogicalType.STRING:
        return replace(field, pattern=value)
    number = _number(value)
    if number is None or field.logical_type not in _NUMBERS:
        return field
    match keyword:
        case "ge":
            return replace(field, minimum=Bound(number))
        case "gt":
            return replace(field, minimum=Bound(number, inclusive=False))
        case "le":
            return replace(field, maximum=Bound(number))
        case "lt":
            return replace(field, maximum=Bound(number, inclusive=False))
        case "multiple_of" if number > 0:
            return replace(field, multiple_of=number)
    return field


def _with_length(field: Field, keyword: str, value: object) -> Field:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        return field
    is_least = keyword == "min_length"
    if field.logical_type is LogicalType.STRING:
        return replace(field, min_length=value) if is_least else replace(field, max_length=value)
    if field.logical_type is LogicalType.ARRAY:
        return replace(field, min_items=value) if is_least else replace(field, max_items=value)
    return field


def _number(value: object) -> Decimal | None:
    """A number as it is written, so that 0.1 is just that."""
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        return None
    return _decimal(repr(value) if isinstance(value, float) else str(value))


def _decimal(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except ArithmeticError:
        return None
    return number if number.is_finite() else None


def _name(node: ast.Call, module: Module) -> str:
    meaning = module.meaning(node.func)
    return meaning.name if isinstance(meaning, External) else ""
