"""Reads a contract file into the model."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Optional

from wombat_tool.contracts.custom_properties import CustomProperties, Level, read_custom_properties, with_outer
from wombat_tool.contracts.fields import read_fields
from wombat_tool.contracts.keys import documentation_of
from wombat_tool.contracts.model import Contract, Layout, NotChecked, SchemaObject
from wombat_tool.contracts.nodes import Node
from wombat_tool.contracts.problems import Problem, Problems, did_you_mean
from wombat_tool.contracts.quality import read_quality
from wombat_tool.contracts.relationships import read_relationships
from wombat_tool.contracts.scope import ObjectNames, Scope, listed, objects_in
from wombat_tool.contracts.standard import API_VERSIONS
from wombat_tool.contracts.structure import check_structure
from wombat_tool.contracts.yaml_source import MOST_BYTES, parse
from wombat_tool.errors import ContractError, UnknownObjectError


@dataclass(frozen=True)
class Reading:
    """What was found in a contract file.

    :param contract: all that could be read; None if the file is no contract at all.
    :param errors: in the order of their places; with one or more the contract is not complete.
    """

    contract: Optional[Contract]
    errors: tuple[Problem, ...]

    @property
    def notes(self) -> tuple[NotChecked, ...]:
        """What nothing here can check."""
        objects = self.contract.objects if self.contract is not None else ()
        return tuple(note for one in objects for note in one.not_checked)


def read_contract(path: str, *, name: str) -> Contract:
    """The contract in a file.

    :param name: what messages call the file, from the root of the repository.
    :raises ContractError: naming all mistakes in it.
    """
    reading = look_at(path, name=name)
    if reading.contract is None or reading.errors:
        raise ContractError(name, [f"{name}:{one.line}:{one.column}: {one.message}" for one in reading.errors])
    return reading.contract


def look_at(path: str, *, name: str) -> Reading:
    """What can be read of a contract file, and what is wrong with it.

    :param name: what messages call the file, from the root of the repository.
    :raises ContractError: if it cannot be opened.
    """
    try:
        with open(path, "rb") as opened:
            content = opened.read(MOST_BYTES + 1)
    except OSError as err:
        mistake = f"{name} cannot be opened: {err.strerror or err}. Correct the path, or write the file."
        raise ContractError(name, [mistake]) from err
    return read_bytes(content, name=name, directory=os.path.dirname(path))


def read_bytes(content: bytes, *, name: str, directory: Optional[str] = None) -> Reading:
    """The same for the bytes of a contract file.

    :param directory: of the file. Where another contract that a relationship names is there, too, ids and names in the
        relationship become those of the data; else they stay as they are written.
    """
    problems = Problems(name)
    root = parse(content, problems)
    contract = None
    if root is not None and check_structure(root, problems):
        contract = _contract(root, directory, problems)
    return Reading(contract, tuple(sorted(set(problems.errors))))


def object_of(contract: Contract, wanted: str) -> SchemaObject:
    """The object of a contract for a dataset.

    :param wanted: its name, or its name in the data; empty if the contract has only one.
    :raises UnknownObjectError: if there is none, or more than one.
    """
    known = [one.name for one in contract.objects]
    if not wanted:
        if len(contract.objects) == 1:
            return contract.objects[0]
        problem = "has no schema object" if not known else f"has {len(known)} schema objects, and none is named"
        mend = "Add one to its `schema`." if not known else f"Name one of {listed(known)}."
        raise UnknownObjectError(contract.file, problem=problem, mend=mend)
    by_name = [one for one in contract.objects if one.name == wanted]
    found = by_name or [one for one in contract.objects if one.physical_name == wanted]
    if len(found) == 1:
        return found[0]
    if found:
        names = listed([one.name for one in found])
        raise UnknownObjectError(
            contract.file, problem=f"has more than one object whose physicalName is {wanted!r}", mend=f"Name one of {names}."
        )
    mend = did_you_mean(wanted, known) if known else "It has none."
    raise UnknownObjectError(contract.file, problem=f"has no schema object {wanted!r}", mend=mend)


def _contract(root: Node, directory: Optional[str], problems: Problems) -> Contract:
    custom = read_custom_properties(root, Level.CONTRACT, problems)
    return Contract(
        file=problems.file,
        id=_written(root, "id"),
        version=_written(root, "version"),
        api_version=_written(root, "apiVersion"),
        name=root.text("name"),
        status=root.text("status"),
        objects=tuple(_objects(root, custom, directory, problems)),
        documentation=documentation_of(root),
    )


def _written(root: Node, key: str) -> str:
    node = root.get(key)
    return node.written if node is not None else ""


def _objects(root: Node, custom: CustomProperties, directory: Optional[str], problems: Problems) -> Iterator[SchemaObject]:
    named: dict[str, ObjectNames] = {}
    for names in objects_in(root):
        if not names.name:
            problems.error(names.node.key_at("name"), "an object has an empty name. Give it one.")
            continue
        first = named.setdefault(names.name, names)
        if first is not names:
            what = f"the object {names.name!r} is there already, in line {first.node.line}."
            problems.error(names.node.key_at("name"), f"{what} Rename one of them.")
    objects = tuple(named.values())
    for names in objects:
        own = read_custom_properties(names.node, Level.OBJECT, problems)
        handling = with_outer(own.handling, custom.handling)
        api_version = root.text("apiVersion") or API_VERSIONS[0]
        scope = Scope(problems, api_version, _dialect(root), directory, names, handling=handling)
        yield _object(scope, own, custom, objects)


def _dialect(root: Node) -> Optional[str]:
    """The type of the servers that the contract names, if they are all of one."""
    types = {one.text("type") for one in root.mappings("servers")}
    return types.pop() if len(types) == 1 else None


def _object(scope: Scope, own: CustomProperties, outer: CustomProperties, objects: tuple[ObjectNames, ...]) -> SchemaObject:
    names, node = scope.object, scope.object.node
    choices = {**outer.choices, **own.choices}
    layout = choices.get("wombat.layout")
    fields = read_fields(node, scope)
    return SchemaObject(
        name=names.name,
        physical_name=names.physical_name,
        fields=fields,
        primary_key=_primary_key(names),
        relationships=read_relationships(node, scope, objects, fields),
        quality=read_quality(node, scope, column=None),
        allows_extra_columns=choices.get("wombat.extraColumns") != "forbid",
        null_values=own.null_values,
        layout=Layout(layout) if layout is not None else None,
        data_format=choices.get("wombat.format"),
        may_sample=choices.get("wombat.sampling") != "never",
        handling=scope.handling,
        is_deprecated=node.flag("deprecated") is True,
        not_checked=tuple(dict.fromkeys(scope.notes)),
        description=node.text("description") or "",
        place=scope.problems.place(node),
    )


def _primary_key(names: ObjectNames) -> tuple[str, ...]:
    """The columns of the key in the order of their positions; those without one follow in the order of the file."""
    keys = [one for one in names.columns if one.node.flag("primaryKey")]
    positions = {one.in_data: one.node.whole("primaryKeyPosition") for one in keys}

    def order(name: str) -> tuple[bool, int]:
        position = positions[name]
        return (True, 0) if position is None or position < 0 else (False, position)

    return tuple(sorted(positions, key=order))
