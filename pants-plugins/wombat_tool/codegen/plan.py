"""Decides what the classes and functions for a contract are called."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from wombat_tool.codegen.names import Names, class_name, field_names, function_stem
from wombat_tool.codegen.types import Array, Map, Member, Scalar, Structure, Type, has_arrow_type, member_of, parts_of
from wombat_tool.contracts.model import SchemaObject


@dataclass(frozen=True)
class Plan:
    """What is written for a schema object.

    :param rows: its rows; all objects in it and all enumerations have their names.
    :param function: that gives the Arrow schema; None where the contract says too little for one.
    :param untyped: the columns that it says too little of.
    """

    rows: Structure
    function: str | None
    untyped: tuple[str, ...]


def plans_of(objects: Sequence[SchemaObject]) -> tuple[list[Plan], frozenset[str]]:
    """Plan what is written for the objects of a contract.

    :returns: the plans, and all names in the module that an import must leave alone.
    """
    rows = [Structure(tuple(map(member_of, one.fields))) for one in objects]
    # A field hides what is called like it from the annotations behind it in its class.
    fields = {name for one in rows for structure in _structures(one) for name in field_names(structure.columns)}
    namer = _Namer(fields)
    names = [namer.public_class(class_name(one.name)) for one in objects]
    row_names = [namer.public_class(_row_name(name)) for name in names]
    functions = [namer.function(f"{function_stem(one.name)}_schema") for one in objects]
    plans = []
    for object, structure, name, row_name, function in zip(objects, rows, names, row_names, functions):
        named = replace(
            namer.with_names(structure, name, object.name),
            name=name,
            row_name=row_name,
            title=object.name,
            description=object.description,
            is_deprecated=object.is_deprecated,
        )
        untyped = tuple(one.name for one in structure.members if not has_arrow_type(one.type))
        plans.append(Plan(named, function if structure.members and not untyped else None, untyped))
    return plans, frozenset(namer.taken)


class _Namer:
    """Gives names, which depend on nothing but the contract.

    :param fields: the names of all fields of all classes.
    """

    def __init__(self, fields: set[str]) -> None:
        self._fields = fields
        self._module = Names()

    @property
    def taken(self) -> set[str]:
        """All names that were given, and those of fields."""
        return self._module.taken | self._fields

    def public_class(self, name: str) -> str:
        """A name for a class of a schema object."""
        return self._module.free(name, separator="")

    def function(self, name: str) -> str:
        """A name for a function."""
        return self._module.free(name)

    def with_names(self, structure: Structure, name: str, title: str) -> Structure:
        """The members of an object with names for all that is in them, which begin with the name of its class."""
        return replace(
            structure,
            members=tuple(
                self._member(one, class_name(one.name, within=name), f"{title}.{one.name}", one.description)
                for one in structure.members
            ),
        )

    def _member(self, member: Member, name: str, title: str, description: str) -> Member:
        return replace(member, type=self._type(member.type, name, title, description))

    def _type(self, type: Type, name: str, title: str, description: str) -> Type:
        match type:
            case Scalar():
                return replace(type, alias=self._free(name)) if type.literals else type
            case Array():
                return replace(type, items=self._member(type.items, name, title, description))
            case Map():
                key = self._type(type.key, f"{name}Key", title, description)
                return replace(type, key=key, value=self._member(type.value, f"{name}Value", title, description))
            case Structure():
                name = self._free(name)
                row_name = self._free(_row_name(name))
                named = self.with_names(type, name, title)
                return replace(named, name=name, row_name=row_name, title=title, description=description)

    def _free(self, name: str) -> str:
        return self._module.free(name, separator="", also_not=self._fields)


def _row_name(name: str) -> str:
    # Behind more letters, what was a keyword is none.
    return f"{name.removesuffix('_')}Row"


def _structures(structure: Structure) -> Iterator[Structure]:
    yield structure
    for inner in _structures_in(structure.members):
        yield from _structures(inner)


def _structures_in(members: Iterable[Member]) -> Iterator[Structure]:
    """The objects that members are or hold, without those within these."""
    return (part for one in members for part in parts_of(one.type) if isinstance(part, Structure))
