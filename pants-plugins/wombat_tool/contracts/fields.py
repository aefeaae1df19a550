"""The properties of objects: columns, members, items, keys and values."""

from __future__ import annotations

from dataclasses import replace
from typing import Optional

from wombat_tool.contracts.custom_properties import Level, read_custom_properties, with_outer
from wombat_tool.contracts.date_patterns import has_date, has_time_of_day
from wombat_tool.contracts.model import Family, Field, LogicalType, PhysicalType
from wombat_tool.contracts.nodes import Node, quoted
from wombat_tool.contracts.options import read_enum, read_options
from wombat_tool.contracts.physical_types import parse_physical_type
from wombat_tool.contracts.quality import read_quality
from wombat_tool.contracts.scope import Scope, column_of

_LOGICAL_TYPES = {one.value: one for one in LogicalType}
_MOMENTS = {
    Family.DATE: LogicalType.DATE,
    Family.TIMESTAMP: LogicalType.TIMESTAMP,
    Family.TIME: LogicalType.TIME,
}
_MADE_OF = {"properties": LogicalType.OBJECT, "items": LogicalType.ARRAY, "map": LogicalType.MAP}
_HARMLESS = ("public", "open", "internal", "unrestricted", "none", "non-sensitive", "nonsensitive", "general")


def read_fields(node: Node, scope: Scope) -> tuple[Field, ...]:
    """The properties that an object or a property has, each name once."""
    found: dict[str, Field] = {}
    for child in node.mappings("properties"):
        column = column_of(child)
        if column is None:
            if child.text("name") == "":
                scope.error(child.key_at("name"), "a property has an empty name. Give it the name of the column.")
            elif child.text("name"):
                why = "it is computed by those who query the data, as 'transformLogic' says"
                scope.note(child, f"the {child.text('semanticType')} {child.text('name')!r}", why)
            continue
        label = f"{scope.label}.{column.name}" if scope.label else column.name
        if column.in_data in found:
            first = found[column.in_data].place.line
            at = child.key_at("physicalName" if child.get("physicalName") is not None else "name")
            what = f"the column {column.in_data!r} is there already, in line {first}."
            scope.error(at, f"{what} Remove one of them, or rename it.")
            continue
        found[column.in_data] = read_field(child, column.in_data, label, scope)
    return tuple(found.values())


def read_field(node: Node, name: str, label: str, scope: Scope) -> Field:
    """What a property says.

    :param name: in the data; empty for items, keys and values.
    :param label: its name for messages, with those around it.
    """
    custom = read_custom_properties(node, Level.COLUMN, scope.problems)
    is_sensitive = scope.is_sensitive or _is_sensitive(node.text("classification"))
    handling = with_outer(custom.handling, scope.handling)
    inner = scope.within(label, handling=handling, is_sensitive=is_sensitive)
    physical_type = _physical_type(node, inner)
    logical_type = _logical_type(node, physical_type)
    _check_parts(node, logical_type, inner)
    options = read_options(node, logical_type, inner)
    is_key = node.flag("primaryKey") is True
    if scope.is_member and is_key:
        why = f"it is within {scope.label!r}, and keys are made of columns"
        scope.note(node.key_at("primaryKey"), f"'primaryKey' of {label!r}", why)
    _note_position(node, is_key, label, scope)
    members = read_fields(node, inner)
    if "required_members" in options:
        named = options["required_members"]
        members = tuple(replace(one, required=True) if one.name in named else one for one in members)
    parts = _parts(node, label, inner)
    # Who prints an object prints what is in it.
    has_sensitive = any(one.is_sensitive for one in (*members, *parts.values()))
    return Field(
        name=name,
        logical_type=logical_type,
        physical_type=physical_type,
        required=node.flag("required") is True or (is_key and not scope.is_member),
        unique=node.flag("unique") is True,
        enum=read_enum(node, logical_type, options, inner),
        fields=members,
        is_sensitive=is_sensitive or has_sensitive,
        is_deprecated=node.flag("deprecated") is True,
        quality=read_quality(node, inner, column=name, logical_type=logical_type, options=options),
        handling=handling,
        description=node.text("description") or "",
        place=scope.problems.place(node),
        items=parts.get("items"),
        map_key=parts.get("map_key"),
        map_value=parts.get("map_value"),
        **options,
    )


def _parts(node: Node, label: str, scope: Scope) -> dict[str, Field]:
    """The items of an array, the keys and the values of a map."""
    found: dict[str, Field] = {}
    items = node.mapping("items")
    if items is not None:
        found["items"] = read_field(items, "", f"{label}[]", scope)
    parts = node.mapping("map")
    for key, name in (("key", "map_key"), ("value", "map_value")):
        part = parts.mapping(key) if parts is not None else None
        if part is not None:
            found[name] = read_field(part, "", f"{label}.{key}", scope)
    return found


def _is_sensitive(classification: Optional[str]) -> bool:
    return classification is not None and classification.strip().lower() not in _HARMLESS


def _note_position(node: Node, is_key: bool, label: str, scope: Scope) -> None:
    position = node.whole("primaryKeyPosition")
    if position is not None and position >= 0 and not is_key:
        what = f"'primaryKeyPosition' of {label!r}"
        scope.note(node.key_at("primaryKeyPosition"), what, "it has no `primaryKey: true`, so it is no part of the key")


def _check_parts(node: Node, logical_type: Optional[LogicalType], scope: Scope) -> None:
    for key, wanted in _MADE_OF.items():
        if node.get(key) is not None and logical_type is not None and logical_type is not wanted:
            given = node.text("logicalType") or logical_type.value
            what = f"the key {key!r} of {scope.label!r} is for logicalType {wanted.value!r}, and the type is {given!r}."
            scope.error(node.key_at(key), f"{what} Correct the type, or remove the key.")


def _logical_type(node: Node, physical_type: Optional[PhysicalType]) -> Optional[LogicalType]:
    """The type that the contract means.

    A date is a timestamp or a time where its physical type or format says so: until v3.0.2 there was no other type for
    these, and the standard's examples for later versions do it, too. What has items is an array even without a type.
    """
    given = _LOGICAL_TYPES.get(node.text("logicalType") or "")
    if node.get("logicalType") is None:
        return next((one for key, one in _MADE_OF.items() if node.get(key) is not None), None)
    if given is not LogicalType.DATE:
        return given
    options = node.mapping("logicalTypeOptions")
    pattern = options.text("format") if options is not None else None
    if physical_type is not None and physical_type.family in _MOMENTS:
        return _MOMENTS[physical_type.family]
    if pattern is None or not has_time_of_day(pattern):
        return given
    return LogicalType.TIMESTAMP if has_date(pattern) else LogicalType.TIME


def _physical_type(node: Node, scope: Scope) -> Optional[PhysicalType]:
    text = node.text("physicalType")
    if text is None:
        return None
    found = parse_physical_type(text, dialect=scope.dialect)
    if found is None:
        what = f"physicalType {quoted(text)} of {scope.label!r}"
        scope.note(node.key_at("physicalType"), what, "no type of that name is known here")
        return None
    if node.text("logicalType") == LogicalType.BOOLEAN.value and found.family is Family.INTEGER and found.bits == 8:
        # MySQL has no booleans, and tinyint in their place.
        return replace(found, family=Family.BOOLEAN, bits=None)
    return found
