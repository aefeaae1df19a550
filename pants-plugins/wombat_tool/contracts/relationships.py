"""The relationships of objects and columns: foreign keys."""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Sequence
from typing import Any, NamedTuple, Optional

from wombat_tool.contracts.custom_properties import Level, read_custom_properties, with_outer
from wombat_tool.contracts.model import Field, Handling, Relationship
from wombat_tool.contracts.nodes import Node, quoted
from wombat_tool.contracts.problems import Problems, did_you_mean
from wombat_tool.contracts.scope import Column, ObjectNames, Scope, listed, objects_in, properties_below
from wombat_tool.contracts.yaml_source import MOST_BYTES, parse

# The standard's JSON schema: ShorthandReference and FullyQualifiedReference.
_FILE = re.compile(r"(?P<file>[^#]+\.ya?ml)#(?P<rest>.*)")
_QUALIFIED = re.compile(r"/?schema/(?P<object>[^/#]+)/properties/(?P<column>[^/#]+)(?P<member>(?:/properties/[^/#]+)*)")
_MEND = "Write it as `object.column`, or `schema/<id of the object>/properties/<id of the property>`."


class _Reference(NamedTuple):
    """An end of a relationship, of one column.

    :param object: the name of the object, or its id where `by_id`; `column` likewise.
    :param is_member: whether it is of something within the column.
    """

    object: str
    column: str
    file: Optional[str]
    by_id: bool
    is_member: bool
    node: Node


class _Unusable(Exception):
    """The relationship is left out, and why has been told."""


def read_relationships(
    node: Node, scope: Scope, objects: Sequence[ObjectNames], fields: Sequence[Field]
) -> tuple[Relationship, ...]:
    """All relationships of an object, those of its columns included, that can be checked; the others are noted.

    :param objects: those of the contract.
    :param fields: the columns of this object.
    """
    handling = {field.name: field.handling for field in fields}
    found = [_read(one, None, scope.handling, scope, objects) for one in node.mappings("relationships")]
    for column in scope.object.columns:
        outer = handling.get(column.in_data, scope.handling)
        found += [_read(one, column, outer, scope, objects) for one in column.node.mappings("relationships")]
        for member in properties_below(column.node):
            for one in member.mappings("relationships"):
                what = f"the relationship to {listed(_written(one.get('to')))}"
                scope.note(one, what, f"it is within the column {column.name!r}, and only columns can be looked up")
    return tuple(one for one in found if one is not None)


def _read(
    node: Node, column: Optional[Column], outer: Handling, scope: Scope, objects: Sequence[ObjectNames]
) -> Optional[Relationship]:
    try:
        to = [_reference(one) for one in _texts(node, "to", scope)]
        own = [] if column is not None else [_reference(one) for one in _texts(node, "from", scope)]
        columns = (column.in_data,) if column is not None else tuple(_own_column(one, scope, objects) for one in own)
        return _related(node, columns, to, scope, objects, outer)
    except _BadReference as err:
        scope.error(err.node, f"{quoted(err.node.written)} is no reference to a column. {_MEND}")
    except _Unusable:
        pass
    return None


class _BadReference(Exception):
    """A text that names no column."""

    def __init__(self, node: Node) -> None:
        super().__init__(node.written)
        self.node = node


def _texts(node: Node, key: str, scope: Scope) -> list[Node]:
    found = node.get(key)
    items = [] if found is None else found.value if isinstance(found.value, list) else [found]
    # What is no text is told by the check of the structure.
    if not items or not all(isinstance(one.value, str) for one in items):
        raise _Unusable
    return items


def _written(node: Optional[Node]) -> list[str]:
    if node is None:
        return []
    return [one.written for one in (node.value if isinstance(node.value, list) else [node])]


def _reference(node: Node) -> _Reference:
    in_file = _FILE.fullmatch(node.written)
    file, text = (in_file["file"], in_file["rest"]) if in_file is not None else (None, node.written)
    qualified = _QUALIFIED.fullmatch(text)
    if qualified is not None:
        return _Reference(qualified["object"], qualified["column"], file, True, bool(qualified["member"]), node)
    names = text.split(".")
    if len(names) < 2 or not all(names) or "/" in text or "#" in text:
        raise _BadReference(node)
    return _Reference(names[0], names[1], file, False, len(names) > 2, node)


def _own_column(reference: _Reference, scope: Scope, objects: Sequence[ObjectNames]) -> str:
    found = None if reference.file else _object(reference, objects)
    if found is not scope.object:
        scope.error(
            reference.node,
            f"'from' names {quoted(reference.node.written)}, and the relationship stands at {scope.object.name!r}. "
            f"Begin it with {scope.object.name + '.'!r}, or move the relationship.",
        )
        raise _Unusable
    column = _column(reference, scope.object, scope)
    if reference.is_member:
        what = f"the relationship from {quoted(reference.node.written)}"
        scope.note(reference.node, what, "it is from something within a column, and only columns can be looked up")
        raise _Unusable
    return column.in_data


def _object(reference: _Reference, objects: Sequence[ObjectNames]) -> Optional[ObjectNames]:
    by_id = (one for one in objects if one.id == reference.object)
    by_name = (one for one in objects if one.name == reference.object)
    return next(by_id, None) or next(by_name, None) if reference.by_id else next(by_name, None)


def _column(reference: _Reference, in_object: ObjectNames, scope: Scope) -> Column:
    found = next((one for one in in_object.columns if reference.by_id and one.id == reference.column), None)
    found = found or in_object.column(reference.column)
    if found is None:
        known = [one.id if reference.by_id and one.id else one.name for one in in_object.columns]
        mend = did_you_mean(reference.column, known) if known else "It has no properties."
        what = f"{quoted(reference.node.written)}: {in_object.name!r} has no column {quoted(reference.column)}."
        scope.error(reference.node, f"{what} {mend}")
        raise _Unusable
    return found


def _related(
    node: Node,
    columns: tuple[str, ...],
    to: list[_Reference],
    scope: Scope,
    objects: Sequence[ObjectNames],
    outer: Handling,
) -> Relationship:
    if len(columns) != len(to):
        mend = "Name as many in both, each beside its counterpart."
        scope.error(node.key_at("to"), f"the relationship is from {len(columns)} columns to {len(to)}. {mend}")
        raise _Unusable
    targets = {(one.file, one.object) for one in to}
    if len(targets) > 1:
        scope.error(
            node.key_at("to"), "the columns of 'to' are of more than one object. Make a relationship for each object."
        )
        raise _Unusable
    file = to[0].file
    what = f"the relationship to {listed([one.node.written for one in to])}"
    if any(one.is_member for one in to):
        scope.note(node, what, "it is to something within a column, and only columns can be looked up")
        raise _Unusable
    own = read_custom_properties(node, Level.RELATIONSHIP, scope.problems).handling
    common: dict[str, Any] = {"handling": with_outer(own, outer), "place": scope.problems.place(node)}
    if file is not None:
        if "://" in file:
            scope.note(node, what, "it is to a contract outside of the repository")
            raise _Unusable
        from_root = posixpath.normpath(posixpath.join(posixpath.dirname(scope.problems.file), file))
        if from_root.startswith(("../", "/")):
            mend = "Correct the path, which begins at the directory of this contract."
            scope.error(to[0].node, f"the file {quoted(file)} is outside of the repository. {mend}")
            raise _Unusable
        file = None if from_root == scope.problems.file else file
        others = objects if file is None else _objects_in_file(file, scope)
        if others is None:
            return Relationship(columns, to[0].object, tuple(one.column for one in to), to_file=file, **common)
        other = _object(to[0], others)
        if other is None:
            mend = did_you_mean(to[0].object, [one.id if to[0].by_id and one.id else one.name for one in others])
            scope.error(to[0].node, f"the contract {quoted(from_root)} has no object {quoted(to[0].object)}. {mend}")
            raise _Unusable
        names = tuple(_column(one, other, scope).in_data for one in to)
        return Relationship(columns, other.name, names, to_file=file, **common)
    target = _object(to[0], objects)
    if target is None:
        scope.note(node, what, f"this contract has no object {quoted(to[0].object)}")
        raise _Unusable
    return Relationship(columns, target.name, tuple(_column(one, target, scope).in_data for one in to), **common)


def _objects_in_file(file: str, scope: Scope) -> Optional[Sequence[ObjectNames]]:
    """The objects of another contract; None if it is not there, or not to be read: then it tells its own mistakes."""
    if scope.directory is None:
        return None
    try:
        with open(os.path.join(scope.directory, file), "rb") as opened:
            root = parse(opened.read(MOST_BYTES + 1), Problems(file))
    except (OSError, ValueError):
        return None
    return tuple(objects_in(root)) if root is not None else None
