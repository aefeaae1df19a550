"""What a step's function needs of the rows of an input, by the annotation of its parameter.

The sources are read and never run. An annotation that says nothing of rows, or that is not understood, needs nothing.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, replace

from wombat_tool.comparison.annotations import evaluated, subscript_of
from wombat_tool.comparison.kinds import kind_of
from wombat_tool.comparison.python_types import LISTS, MAPPINGS, TUPLES, aliased, fields_of, type_of
from wombat_tool.comparison.row_classes import row_class_of
from wombat_tool.comparison.row_members import RowClass
from wombat_tool.comparison.sources import Defined, Module, Sources
from wombat_tool.contracts.model import Family, Field, Layout, LogicalType, Place, SchemaObject

_ROWS = (*LISTS, *TUPLES, "typing.Iterator", "collections.abc.Iterator")
_MOMENTS = (Family.DATE, Family.TIMESTAMP, Family.TIME)
_MOST_STEPS = 20


@dataclass(frozen=True)
class RowNeed:
    """What a function needs of an input.

    :param layout: how rows come to be its value: a list of rows, the object that is the only one, or a dictionary with a
        key and a value for each.
    """

    schema: SchemaObject
    layout: Layout

    @property
    def title(self) -> str:
        """What messages call it: the class of the rows and its file."""
        return " in ".join(filter(None, (self.schema.name, self.schema.place.file)))


def need_of(directory: str, *, entry: str, function: str, parameter: str) -> RowNeed | None:
    """What a function needs of an input; None if its annotation says nothing of rows.

    :param directory: the sources of the step, as they lie in the repository.
    :param entry: the file of the function, relative to the directory.
    """
    entry_module = Sources(directory).module(entry)
    found = entry_module.exported(function) if entry_module is not None else None
    if not isinstance(found, Defined) or not isinstance(found.node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return None
    module, signature = found.module, found.node.args
    arguments = (*signature.posonlyargs, *signature.args, *signature.kwonlyargs)
    argument = next((one for one in arguments if one.arg == parameter), None)
    if argument is None or argument.annotation is None:
        return None
    rows = _rows(argument.annotation, module, _MOST_STEPS)
    if rows is None:
        return None
    layout, schema = rows
    return RowNeed(schema, layout)


def fitted(need: RowNeed, promise: SchemaObject) -> SchemaObject | None:
    """What a function needs of an input with this contract; None if its annotation is not about such data.

    What only a contract can say, as how files are read, is taken from the promise. A column that the function can do
    without is left out if the promise does not name it.
    """
    natural = (Layout.ENTRIES,) if need.layout is Layout.ENTRIES else (need.layout, None)
    if promise.layout not in natural:
        return None
    return replace(
        need.schema,
        fields=_fitted_members(need.schema.fields, promise.fields),
        layout=promise.layout,
        null_values=promise.null_values,
        data_format=promise.data_format,
    )


def _rows(node: ast.expr, module: Module, steps: int) -> tuple[Layout, SchemaObject] | None:
    """The layout and the columns that the annotation of a parameter is about."""
    expression = evaluated(node)
    if expression is None or not steps:
        return None
    if isinstance(expression, ast.BinOp):
        return _first((expression.left, expression.right), module, steps)
    name, arguments = subscript_of(expression, module)
    if name == "typing.Optional" or name == "typing.Annotated":
        return _rows(arguments[0], module, steps - 1)
    if name == "typing.Union":
        return _first(arguments, module, steps)
    if name in _ROWS:
        found = _row_class(arguments[0], module, steps)
        return None if found is None else (Layout.ROWS, _schema(found))
    if name in MAPPINGS and len(arguments) == 2:
        key, value = (replace(type_of(one, module), name=name) for one, name in zip(arguments, ("key", "value")))
        return Layout.ENTRIES, SchemaObject("", fields=(key, value), place=Place(module.path, expression.lineno))
    meaning = module.meaning(expression)
    alias = aliased(meaning) if isinstance(meaning, Defined) else None
    if alias is not None:
        return _rows(*alias, steps - 1)
    found = _row_class(expression, module, steps)
    return None if found is None else (Layout.DOCUMENT, _schema(found))


def _first(nodes: Sequence[ast.expr], module: Module, steps: int) -> tuple[Layout, SchemaObject] | None:
    """What the first member of a union says: a step gets rows if they come first, as all formats with rows serve them."""
    others = [node for node in nodes if not (isinstance(node, ast.Constant) and node.value is None)]
    return _rows(others[0], module, steps - 1) if others else None


def _row_class(node: ast.expr, module: Module, steps: int) -> RowClass | None:
    expression = evaluated(node)
    if expression is None or not steps:
        return None
    if isinstance(expression, ast.Subscript):
        name, arguments = subscript_of(expression, module)
        # Else a generic class with its arguments.
        inner = arguments[0] if name == "typing.Annotated" else expression.value
        return None if name in (*_ROWS, *MAPPINGS) else _row_class(inner, module, steps - 1)
    meaning = module.meaning(expression)
    if not isinstance(meaning, Defined):
        return None
    alias = aliased(meaning)
    return row_class_of(meaning) if alias is None else _row_class(*alias, steps - 1)


def _schema(rows: RowClass) -> SchemaObject:
    place = Place(rows.module.path, rows.line)
    return SchemaObject(rows.name, fields=fields_of(rows), allows_extra_columns=not rows.forbids_others, place=place)


def _fitted_members(needs: Sequence[Field], promises: Sequence[Field]) -> tuple[Field, ...]:
    promised = {one.name: one for one in promises}
    known = (one for one in needs if one.name in promised or not one.handling.entries)
    return tuple(_fitted(one, promised.get(one.name, Field(""))) for one in known)


def _fitted(need: Field, promise: Field) -> Field:
    kind = kind_of(promise)
    presence = Field(need.name, required=need.required, handling=need.handling, place=need.place)
    match need.logical_type:
        case LogicalType.STRING if kind is not None and kind.family in _MOMENTS:
            # In formats without types, dates and times come as text.
            return presence
        case LogicalType.INTEGER if need.enum and kind is not None and kind.family is Family.STRING:
            # The names of the members of an enumeration will do in data, too.
            return presence
        case LogicalType.DATE | LogicalType.TIMESTAMP | LogicalType.TIME:
            return replace(need, format=promise.format)
        case LogicalType.OBJECT:
            return replace(need, fields=_fitted_members(need.fields, promise.fields))
        case LogicalType.ARRAY if promise.logical_type is LogicalType.VECTOR:
            return replace(need, items=None)
        case LogicalType.ARRAY if need.items is not None:
            return replace(need, items=_fitted(need.items, promise.items or Field("")))
        case LogicalType.MAP if kind is not None and kind.family is Family.LIST:
            # A list of pairs that is no map.
            return presence
        case LogicalType.MAP if kind is not None and kind.family is Family.STRUCT:
            value = need.map_value
            members = promise.fields if value is not None else ()
            fields = tuple(_fitted(replace(value or need, name=one.name), one) for one in members)
            return replace(need, logical_type=LogicalType.OBJECT, fields=fields, map_key=None, map_value=None)
        case LogicalType.MAP:
            key = need.map_key and _fitted(need.map_key, promise.map_key or Field(""))
            value = need.map_value and _fitted(need.map_value, promise.map_value or Field(""))
            return replace(need, map_key=key, map_value=value)
    return need
