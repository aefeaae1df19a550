"""Reads the classes that rows have in Python: typed dictionaries, data classes, named tuples and models of pydantic."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from enum import Enum

from wombat_tool.comparison.annotations import evaluated, is_false, keyword_of, name_of, subscript_of
from wombat_tool.comparison.constraints import constant_of
from wombat_tool.comparison.pydantic_models import Settings, seen_first, sees_rows_first, settings_of, with_field
from wombat_tool.comparison.row_members import RowClass, RowMember
from wombat_tool.comparison.sources import Defined, External, Module

_MOST_BASES = 20


class _Style(Enum):
    TYPED_DICT = "typed dictionary"
    NAMED_TUPLE = "named tuple"
    DATA_CLASS = "data class"
    PYDANTIC = "model of pydantic"


_BASES = {
    "typing.TypedDict": _Style.TYPED_DICT,
    "typing.NamedTuple": _Style.NAMED_TUPLE,
    "pydantic.BaseModel": _Style.PYDANTIC,
    "pydantic.main.BaseModel": _Style.PYDANTIC,
}
_NEUTRAL = ("typing.Generic", "typing.Protocol", "abc.ABC", "builtins.object")
_DECORATORS = ("dataclasses.dataclass", "pydantic.dataclasses.dataclass")
_WRAPPERS = ("typing.Required", "typing.NotRequired", "typing.ReadOnly")


def row_class_of(defined: Defined) -> RowClass | None:
    """The class of rows that something defined is; None if it is none, or what it asks for cannot be told."""
    node, module = defined.node, defined.module
    if isinstance(node, ast.Call):
        return _functional(node, module)
    if not isinstance(node, ast.ClassDef):
        return None
    lineage = list(_lineage(defined, _MOST_BASES))
    styles = {style for one in lineage if (style := _style(one)) is not None}
    if len(styles) != 1:
        return None
    style = styles.pop()
    if style is _Style.PYDANTIC and not all(map(_has_known_bases, lineage)):
        return None
    if any(_is_opaque(one, style) for one in lineage):
        return None
    settings = Settings(tuple(value for one in lineage for value in settings_of(_class(one)).values))
    members: dict[str, RowMember | None] = {}
    early: set[str] = set()
    for one in lineage:
        members.update(_members(one, style, settings))
        early |= seen_first(_class(one)) if style is not _Style.TYPED_DICT else set()
    found = []
    for attribute, member in members.items():
        if member is not None:
            is_early = "*" in early or attribute in early
            found.append(replace(member, annotation=None) if is_early else member)
    named = tuple(member for member in found if member.name)
    forbids = style is _Style.PYDANTIC and settings.forbids_others() and len(named) == len(found)
    return RowClass(node.name, module, node.lineno, named, forbids)


def _lineage(defined: Defined, steps: int) -> Iterator[Defined]:
    """A class behind those that it inherits from, as far as the sources define them."""
    node = defined.node
    if isinstance(node, ast.ClassDef) and steps:
        for base in reversed(node.bases):
            meaning = defined.module.meaning(_without_arguments(base))
            if isinstance(meaning, Defined):
                yield from _lineage(meaning, steps - 1)
        yield defined


def _class(defined: Defined) -> ast.ClassDef:
    assert isinstance(defined.node, ast.ClassDef)
    return defined.node


def _without_arguments(base: ast.expr) -> ast.expr:
    """Of "Generic[T]" the class."""
    return base.value if isinstance(base, ast.Subscript) else base


def _style(defined: Defined) -> _Style | None:
    """What a class is on its own account."""
    if _decorator(defined) is not None:
        return _Style.DATA_CLASS
    names = (name_of(_without_arguments(base), defined.module) for base in _class(defined).bases)
    return next((_BASES[name] for name in names if name in _BASES), None)


def _decorator(defined: Defined) -> ast.expr | None:
    """What makes the class a data class."""
    for one in _class(defined).decorator_list:
        if name_of(one.func if isinstance(one, ast.Call) else one, defined.module) in _DECORATORS:
            return one
    return None


def _has_known_bases(defined: Defined) -> bool:
    """Whether nothing that the sources do not have can change what the class says."""
    for base in _class(defined).bases:
        meaning = defined.module.meaning(_without_arguments(base))
        if not isinstance(meaning, Defined):
            if not isinstance(meaning, External) or meaning.name not in (*_BASES, *_NEUTRAL):
                return False
    return True


def _is_opaque(defined: Defined, style: _Style) -> bool:
    """Whether functions decide what rows become objects of the class."""
    node, decorator = _class(defined), _decorator(defined)
    if isinstance(decorator, ast.Call) and is_false(keyword_of(decorator, "init")):
        return True
    makers = ("__init__", "__new__")
    if any(isinstance(one, ast.FunctionDef) and one.name in makers for one in node.body):
        return True
    return style in (_Style.PYDANTIC, _Style.DATA_CLASS) and sees_rows_first(node)


def _members(defined: Defined, style: _Style, settings: Settings) -> dict[str, RowMember | None]:
    """What a class says of its own attributes; None for those that are no columns."""
    node, module = _class(defined), defined.module
    if style is _Style.DATA_CLASS and _decorator(defined) is None:
        return {}
    found: dict[str, RowMember | None] = {}
    is_total = not any(one.arg == "total" and is_false(one.value) for one in node.keywords)
    for one in node.body:
        if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name):
            name = one.target.id
            member = RowMember(name, module, one.annotation, one.lineno, default=one.value)
            match style:
                case _Style.TYPED_DICT:
                    found[name] = _key(member, is_total=is_total)
                case _Style.NAMED_TUPLE:
                    found[name] = replace(member, may_be_missing=one.value is not None)
                case _Style.DATA_CLASS:
                    found |= _field(member, settings)
                case _Style.PYDANTIC if not name.startswith("_") and not _is_class_variable(member):
                    found[name] = with_field(member, settings)
    return found


def _key(member: RowMember, *, is_total: bool) -> RowMember:
    """A key of a typed dictionary: whether it may be missing stands in its annotation."""
    annotation, may_be_missing = member.annotation, not is_total
    while annotation is not None:
        annotation = evaluated(annotation)
        name, arguments = subscript_of(annotation, member.module) if annotation else ("", ())
        if name not in _WRAPPERS:
            break
        may_be_missing = {"typing.Required": False, "typing.NotRequired": True}.get(name, may_be_missing)
        annotation = arguments[0]
    return replace(member, annotation=annotation, may_be_missing=may_be_missing)


def _field(member: RowMember, settings: Settings) -> dict[str, RowMember | None]:
    """An attribute of a data class."""
    attribute = member.name
    annotation = member.annotation and evaluated(member.annotation)
    if annotation is None or _is_class_variable(member):
        return {}
    name, arguments = subscript_of(annotation, member.module)
    if name_of(annotation, member.module) == "dataclasses.KW_ONLY":
        return {}
    if name == "dataclasses.InitVar" and arguments:
        member = replace(member, annotation=arguments[0])
    call = member.default
    if not isinstance(call, ast.Call) or name_of(call.func, member.module) != "dataclasses.field":
        return {attribute: with_field(member, settings)}
    if is_false(keyword_of(call, "init")):
        return {attribute: None}
    has_default = keyword_of(call, "default") is not None or keyword_of(call, "default_factory") is not None
    column = _column_name(call, member)
    return {attribute: replace(member, name=column, may_be_missing=has_default, default=None)}


def _column_name(call: ast.Call, member: RowMember) -> str:
    """The name of the column, which the code that `export-codegen` writes gives where Python has no such names."""
    metadata = keyword_of(call, "metadata")
    if isinstance(metadata, ast.Dict):
        for key, value in zip(metadata.keys, metadata.values):
            if isinstance(key, ast.Constant) and key.value == "column":
                name = constant_of(value, member.module)
                return name if isinstance(name, str) else ""
    return member.name


def _is_class_variable(member: RowMember) -> bool:
    annotation = member.annotation and evaluated(member.annotation)
    if annotation is None:
        return False
    bare = annotation.value if isinstance(annotation, ast.Subscript) else annotation
    return name_of(bare, member.module) == "typing.ClassVar"


def _functional(call: ast.Call, module: Module) -> RowClass | None:
    """`TypedDict("Row", {...})` or `NamedTuple("Row", [...])`."""
    if len(call.args) != 2 or not isinstance(call.args[0], ast.Constant):
        return None
    style = _BASES.get(name_of(call.func, module))
    pairs: list[tuple[ast.expr | None, ast.expr]] = []
    match call.args[1]:
        case ast.Dict(keys=keys, values=values) if style is _Style.TYPED_DICT:
            pairs = list(zip(keys, values))
        case ast.List(elts=items) | ast.Tuple(elts=items) if style is _Style.NAMED_TUPLE:
            pairs = [(one.elts[0], one.elts[1]) for one in items if isinstance(one, ast.Tuple) and len(one.elts) == 2]
        case _:
            return None
    members = []
    is_total = not is_false(keyword_of(call, "total"))
    for key, annotation in pairs:
        if not isinstance(key, ast.Constant) or not isinstance(key.value, str):
            return None
        member = RowMember(key.value, module, annotation, annotation.lineno)
        members.append(_key(member, is_total=is_total) if style is _Style.TYPED_DICT else member)
    return RowClass(str(call.args[0].value), module, call.lineno, tuple(members))
