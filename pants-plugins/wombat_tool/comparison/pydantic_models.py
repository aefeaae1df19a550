"""Reads what models of pydantic say besides their annotations: names, defaults, validators and settings."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace

from wombat_tool.comparison.annotations import evaluated, is_false, is_true, keyword_of, subscript_of
from wombat_tool.comparison.constraints import constant_of, is_pydantic_field
from wombat_tool.comparison.row_members import RowMember
from wombat_tool.comparison.sources import Module

_SETTINGS = ("extra", "alias_generator", "populate_by_name", "validate_by_name", "allow_population_by_field_name")
_BY_NAME = _SETTINGS[2:]
_EARLY_MODES = ("before", "wrap", "plain")


@dataclass(frozen=True)
class Settings:
    """What the settings of a model, and of those it inherits from, say.

    :param values: by name, as expressions.
    """

    values: tuple[tuple[str, ast.expr], ...] = ()

    def forbids_others(self) -> bool:
        """Whether rows with other columns are refused."""
        extra = self._value("extra")
        is_attribute = isinstance(extra, ast.Attribute) and extra.attr == "forbid"
        return is_attribute or (isinstance(extra, ast.Constant) and extra.value == "forbid")

    def has_unknown_names(self, *, has_alias: bool) -> bool:
        """Whether it cannot be told what the column of an attribute is called."""
        if has_alias:
            found = [value for value in map(self._value, _BY_NAME) if value is not None]
            return not all(map(is_false, found))
        generator = self._value("alias_generator")
        return generator is not None and not (isinstance(generator, ast.Constant) and generator.value is None)

    def _value(self, name: str) -> ast.expr | None:
        return dict(self.values).get(name)


def settings_of(node: ast.ClassDef) -> Settings:
    """The settings that a class names itself."""
    found = [(one.arg, one.value) for one in node.keywords if one.arg]
    for statement in node.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id="model_config")], value=value) | ast.AnnAssign(
                target=ast.Name(id="model_config"), value=ast.expr() as value
            ):
                found += _named(value)
            case ast.ClassDef(name="Config", body=body):
                # As pydantic had it before version 2.
                found += [
                    (one.targets[0].id, one.value)
                    for one in body
                    if isinstance(one, ast.Assign) and isinstance(one.targets[0], ast.Name)
                ]
    return Settings(tuple((name, value) for name, value in found if name in _SETTINGS))


def _named(value: ast.expr) -> list[tuple[str, ast.expr]]:
    if isinstance(value, ast.Call):
        return [(one.arg, one.value) for one in value.keywords if one.arg]
    if isinstance(value, ast.Dict):
        return [
            (key.value, item)
            for key, item in zip(value.keys, value.values)
            if isinstance(key, ast.Constant) and isinstance(key.value, str)
        ]
    return []


def sees_rows_first(node: ast.ClassDef) -> bool:
    """Whether functions of the class change rows before anything is checked."""
    for name, call in _validators(node):
        if name == "model_validator" and not _is_mode(call, "after"):
            return True
        if name == "root_validator" and call is not None and is_true(keyword_of(call, "pre")):
            return True
    return False


def seen_first(node: ast.ClassDef) -> set[str]:
    """The attributes whose values functions of the class change before their type is checked; "*" is all."""
    found = set()
    for name, call in _validators(node):
        if call is None:
            continue
        is_early = name == "field_validator" and any(_is_mode(call, mode) for mode in _EARLY_MODES)
        if is_early or (name == "validator" and is_true(keyword_of(call, "pre"))):
            found |= {one.value for one in call.args if isinstance(one, ast.Constant) and isinstance(one.value, str)}
    return found


def _validators(node: ast.ClassDef) -> Iterator[tuple[str, ast.Call | None]]:
    """The decorators of the methods, each with its call if it is one."""
    for method in node.body:
        if isinstance(method, (ast.FunctionDef, ast.AsyncFunctionDef)):
            for one in method.decorator_list:
                function = one.func if isinstance(one, ast.Call) else one
                yield ast.unparse(function).rpartition(".")[2], one if isinstance(one, ast.Call) else None


def _is_mode(call: ast.Call | None, mode: str) -> bool:
    given = keyword_of(call, "mode") if call is not None else None
    return isinstance(given, ast.Constant) and given.value == mode


def with_field(member: RowMember, settings: Settings) -> RowMember:
    """The member with what `Field` says, behind the equals sign or in the annotation: another name, or a default."""
    calls = [node for node in (member.default, *_metadata(member)) if is_pydantic_field(node, member.module)]
    has_default = any(_has_default(one) for one in calls if isinstance(one, ast.Call))
    if member.default is not None and member.default not in calls:
        has_default = not _is_ellipsis(member.default)
    aliases = [_alias(one, member.module) for one in calls if isinstance(one, ast.Call)]
    given = [alias for alias in aliases if alias is not None]
    name = given[0] if given else member.name
    if settings.has_unknown_names(has_alias=bool(given)):
        name = ""
    return replace(member, name=name, may_be_missing=has_default)


def _metadata(member: RowMember) -> list[ast.expr]:
    annotation = member.annotation and evaluated(member.annotation)
    if annotation is None:
        return []
    name, arguments = subscript_of(annotation, member.module)
    return list(arguments[1:]) if name == "typing.Annotated" else []


def _has_default(call: ast.Call) -> bool:
    if call.args:
        return not _is_ellipsis(call.args[0])
    default = keyword_of(call, "default")
    return keyword_of(call, "default_factory") is not None or (default is not None and not _is_ellipsis(default))


def _alias(call: ast.Call, module: Module) -> str | None:
    """The name that a column has by `Field`; empty if it cannot be told, None if it says nothing of it."""
    given = keyword_of(call, "validation_alias") or keyword_of(call, "alias")
    if given is None or (isinstance(given, ast.Constant) and given.value is None):
        return None
    alias = constant_of(given, module)
    return alias if isinstance(alias, str) else ""


def _is_ellipsis(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is Ellipsis
