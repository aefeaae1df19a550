"""Reads annotations of Python as what they say of values.

What is not understood says nothing: then any value will do, null too.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from wombat_tool.comparison.annotations import evaluated, name_of, subscript_of
from wombat_tool.comparison.constraints import constrained, replaces_values
from wombat_tool.comparison.enumerations import enumeration_of, values_of_literal
from wombat_tool.comparison.row_classes import row_class_of
from wombat_tool.comparison.row_members import RowClass, RowMember
from wombat_tool.comparison.sources import Defined, Module
from wombat_tool.contracts.model import (
    Bound,
    Environment,
    Family,
    Field,
    Handling,
    LogicalType,
    PhysicalType,
    Place,
    Treatment,
)

_MOST_DEPTH = 12
_NOT_NEEDED = Handling(((Environment.PRODUCTION, "present", Treatment.OFF),))
_ANYTHING = Field("")
_BOOLEAN = Field("", LogicalType.BOOLEAN, required=True)
_INTEGER = Field("", LogicalType.INTEGER, required=True)
_NUMBER = Field("", LogicalType.NUMBER, required=True)
_STRING = Field("", LogicalType.STRING, required=True)
_ZERO = Decimal(0)
_SCALARS = {
    "builtins.bool": _BOOLEAN,
    "builtins.int": _INTEGER,
    "builtins.float": _NUMBER,
    "builtins.str": _STRING,
    "builtins.bytes": Field("", physical_type=PhysicalType("bytes", Family.BINARY), required=True),
    "datetime.date": Field("", LogicalType.DATE, required=True),
    "datetime.datetime": Field("", LogicalType.TIMESTAMP, required=True),
    "datetime.time": Field("", LogicalType.TIME, required=True),
    "decimal.Decimal": _NUMBER,
    "pydantic.StrictBool": _BOOLEAN,
    "pydantic.StrictInt": _INTEGER,
    "pydantic.StrictFloat": _NUMBER,
    "pydantic.StrictStr": _STRING,
    "pydantic.FiniteFloat": _NUMBER,
    "pydantic.PositiveInt": replace(_INTEGER, minimum=Bound(_ZERO, inclusive=False)),
    "pydantic.NonNegativeInt": replace(_INTEGER, minimum=Bound(_ZERO)),
    "pydantic.NegativeInt": replace(_INTEGER, maximum=Bound(_ZERO, inclusive=False)),
    "pydantic.NonPositiveInt": replace(_INTEGER, maximum=Bound(_ZERO)),
    "pydantic.PositiveFloat": replace(_NUMBER, minimum=Bound(_ZERO, inclusive=False)),
    "pydantic.NonNegativeFloat": replace(_NUMBER, minimum=Bound(_ZERO)),
    "pydantic.NegativeFloat": replace(_NUMBER, maximum=Bound(_ZERO, inclusive=False)),
    "pydantic.NonPositiveFloat": replace(_NUMBER, maximum=Bound(_ZERO)),
}
LISTS = (
    "builtins.list",
    "typing.List",
    *(f"{module}.{name}" for module in ("typing", "collections.abc") for name in ("Sequence", "Iterable", "Collection")),
)
"""The types of lists of one type of items."""
MAPPINGS = (
    "builtins.dict",
    "typing.Dict",
    *(f"{module}.{name}" for module in ("typing", "collections.abc") for name in ("Mapping", "MutableMapping")),
)
"""The types of mappings of one type of keys to one type of values."""
_SETS = (
    "builtins.set",
    "builtins.frozenset",
    "typing.Set",
    "typing.FrozenSet",
    "typing.AbstractSet",
    "collections.abc.Set",
)
TUPLES = ("builtins.tuple", "typing.Tuple")
"""The types of lists of a length that never changes."""
_WRAPPERS = ("typing.Final", "typing.ReadOnly", "typing.Required", "typing.NotRequired")


def type_of(node: ast.expr, module: Module, depth: int = _MOST_DEPTH) -> Field:
    """What an annotation says, as a field without a name."""
    expression = evaluated(node)
    if expression is None or depth <= 0:
        return _ANYTHING
    if isinstance(expression, ast.BinOp) and isinstance(expression.op, ast.BitOr):
        return _union((expression.left, expression.right), module, depth)
    if isinstance(expression, ast.Subscript):
        return _subscript(*subscript_of(expression, module), module, depth)
    name = name_of(expression, module)
    if name in (*LISTS, *_SETS, *TUPLES):
        return Field("", LogicalType.ARRAY, required=True)
    if name in MAPPINGS:
        return Field("", LogicalType.MAP, required=True)
    if name:
        return _SCALARS.get(name, _ANYTHING)
    meaning = module.meaning(expression)
    return _defined(meaning, depth - 1) if isinstance(meaning, Defined) else _ANYTHING


def fields_of(rows: RowClass, depth: int = _MOST_DEPTH) -> tuple[Field, ...]:
    """The columns, or members, that a class names."""
    return tuple(_member(one, depth) for one in rows.members)


def aliased(meaning: Defined) -> tuple[ast.expr, Module] | None:
    """The annotation that a name is an alias of, or a new name for; None if it is neither."""
    node = meaning.node
    if isinstance(node, ast.Call) and name_of(node.func, meaning.module) == "typing.NewType" and len(node.args) == 2:
        return node.args[1], meaning.module
    is_expression = isinstance(node, (ast.Subscript, ast.BinOp, ast.Constant))
    return (node, meaning.module) if isinstance(node, ast.expr) and is_expression else None


def _member(member: RowMember, depth: int) -> Field:
    found = _ANYTHING if member.annotation is None else type_of(member.annotation, member.module, depth)
    if member.default is not None:
        found = constrained(found, member.default, member.module)
    handling = _NOT_NEEDED if member.may_be_missing else Handling()
    return replace(_placed(found, Place(member.module.path, member.line)), name=member.name, handling=handling)


def _placed(field: Field, place: Place) -> Field:
    """The field, and what is in it, with a place; members of classes have their own."""
    return replace(
        field,
        items=_placed(field.items, place) if field.items else None,
        map_key=_placed(field.map_key, place) if field.map_key else None,
        map_value=_placed(field.map_value, place) if field.map_value else None,
        place=place,
    )


def _defined(meaning: Defined, depth: int) -> Field:
    alias = aliased(meaning)
    if alias is not None:
        return type_of(*alias, depth)
    enumeration = enumeration_of(meaning)
    if enumeration is not None:
        return enumeration
    rows = row_class_of(meaning)
    if rows is None:
        return _ANYTHING
    return Field("", LogicalType.OBJECT, fields=fields_of(rows, depth), required=True)


def _subscript(name: str, arguments: Sequence[ast.expr], module: Module, depth: int) -> Field:
    if name == "typing.Optional":
        return replace(type_of(arguments[0], module, depth), required=False)
    if name == "typing.Union":
        return _union(arguments, module, depth)
    if name == "typing.Annotated":
        return _annotated(arguments, module, depth)
    if name == "typing.Literal":
        return values_of_literal(arguments, module)
    if name in _WRAPPERS:
        return type_of(arguments[0], module, depth)
    if name in (*LISTS, *_SETS):
        return _list(arguments[0], module, depth)
    if name in TUPLES:
        is_list = len(arguments) == 2 and isinstance(arguments[1], ast.Constant) and arguments[1].value is Ellipsis
        return _list(arguments[0], module, depth) if is_list else Field("", LogicalType.ARRAY, required=True)
    if name in MAPPINGS and len(arguments) == 2:
        return _map(arguments, module, depth)
    return _ANYTHING


def _list(item: ast.expr, module: Module, depth: int) -> Field:
    expression = evaluated(item)
    name, arguments = subscript_of(expression, module) if expression is not None else ("", ())
    if name in TUPLES and len(arguments) == 2 and not isinstance(arguments[1], ast.Constant):
        # The pairs of a map, as Arrow gives them.
        return _map(arguments, module, depth)
    return Field("", LogicalType.ARRAY, items=type_of(item, module, depth - 1), required=True)


def _map(arguments: Sequence[ast.expr], module: Module, depth: int) -> Field:
    key, value = (type_of(one, module, depth - 1) for one in arguments)
    return Field("", LogicalType.MAP, map_key=key, map_value=value, required=True)


def _annotated(arguments: Sequence[ast.expr], module: Module, depth: int) -> Field:
    first, *metadata = arguments
    if any(replaces_values(one, module) for one in metadata):
        return _ANYTHING
    found = type_of(first, module, depth)
    for one in metadata:
        found = constrained(found, one, module)
    return found


def _union(nodes: Sequence[ast.expr], module: Module, depth: int) -> Field:
    expressions = [evaluated(node) for node in nodes]
    others = [one for one in expressions if not (isinstance(one, ast.Constant) and one.value is None)]
    members = [_ANYTHING if one is None else type_of(one, module, depth) for one in others]
    is_required = len(others) == len(expressions) and all(member.required for member in members)
    return replace(_common(members), required=is_required)


def _common(members: Sequence[Field]) -> Field:
    """What the members of a union have in common."""
    types = {member.logical_type for member in members}
    if len(members) == 1:
        return members[0]
    if all(member.enum is not None for member in members) and len(types) == 1:
        return replace(members[0], enum=tuple(dict.fromkeys(value for member in members for value in member.enum or ())))
    if types <= {LogicalType.INTEGER, LogicalType.NUMBER} and types:
        # "int | float" is any number.
        return Field("", LogicalType.NUMBER)
    if len(types) == 1 and types <= {LogicalType.STRING, LogicalType.BOOLEAN, LogicalType.DATE}:
        return Field("", types.pop())
    return _ANYTHING
