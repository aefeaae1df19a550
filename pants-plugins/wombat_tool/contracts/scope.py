"""What the parts of the reader hand to each other: where they are, and what the places around them say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Optional

from wombat_tool.contracts.model import Handling, NotChecked
from wombat_tool.contracts.nodes import Node
from wombat_tool.contracts.problems import Placed, Problems


@dataclass(frozen=True)
class Column:
    """A property of an object as other places in the contract can name it.

    :param name: as the contract calls it; `in_data` is what the data does.
    """

    name: str
    in_data: str
    id: Optional[str]
    node: Node


@dataclass(frozen=True)
class ObjectNames:
    """An object of the schema, and its columns, as other places can name them."""

    name: str
    physical_name: Optional[str]
    id: Optional[str]
    columns: tuple[Column, ...]
    node: Node

    def column(self, wanted: str) -> Optional[Column]:
        """The column of that name, or else of that name in the data."""
        by_name = (one for one in self.columns if one.name == wanted)
        in_data = (one for one in self.columns if one.in_data == wanted)
        return next(by_name, None) or next(in_data, None)


def is_computed(node: Node) -> bool:
    """Whether a property is made by those who query the data, and so is no part of it (RFC 0034 of the standard)."""
    return node.text("semanticType") in ("measure", "dimension") and node.text("transformLogic") is not None


def column_of(node: Node) -> Optional[Column]:
    """The names of a property; None if it has none, or is not in the data."""
    name = node.text("name")
    if not name or is_computed(node):
        return None
    return Column(name, node.text("physicalName") or name, node.text("id"), node)


def objects_in(root: Node) -> Iterator[ObjectNames]:
    """The names of the objects in a contract; those without a name are left out."""
    for node in root.mappings("schema"):
        name = node.text("name")
        if name is not None:
            columns = tuple(one for one in map(column_of, node.mappings("properties")) if one is not None)
            yield ObjectNames(name, node.text("physicalName"), node.text("id"), columns, node)


@dataclass(frozen=True)
class Scope:
    """The place that is read.

    :param directory: where the files are that relationships name by relative paths; None if there are none.
    :param notes: collects what is not checked in one object.
    :param object: the object that the place is in.
    :param label: the column, as messages call it, with those around it: "address.city"; empty for the object itself.
    :param handling: what the places around say.
    :param is_sensitive: whether a column around is sensitive.
    :param is_member: whether the place is within a column.
    """

    problems: Problems
    api_version: str
    dialect: Optional[str]
    directory: Optional[str]
    object: ObjectNames
    notes: list[NotChecked] = field(default_factory=list)
    label: str = ""
    handling: Handling = Handling()
    is_sensitive: bool = False
    is_member: bool = False

    def within(self, label: str, *, handling: Handling, is_sensitive: bool) -> Scope:
        """The scope of what is in the column of that label."""
        return replace(self, label=label, handling=handling, is_sensitive=is_sensitive, is_member=True)

    def error(self, at: Placed, message: str) -> None:
        """Tell a mistake."""
        self.problems.error(at, message)

    def note(self, at: Placed, what: str, why: str) -> None:
        """Say that something is not checked."""
        self.notes.append(self.problems.note(at, what, why))


def properties_below(node: Node) -> Iterator[Node]:
    """All properties in an object or a property, at any depth."""
    children: list[Node] = list(node.mappings("properties"))
    children.extend(one for one in (node.mapping("items"), _map_part(node, "key"), _map_part(node, "value")) if one)
    for child in children:
        yield child
        yield from properties_below(child)


def _map_part(node: Node, part: str) -> Optional[Node]:
    inner = node.mapping("map")
    return inner.mapping(part) if inner is not None else None


def listed(words: Sequence[str]) -> str:
    """Words for a message."""
    return ", ".join(words) or "none"
