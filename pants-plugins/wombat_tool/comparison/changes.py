"""What changed from one version of a contract to the next, and what it means to those who read the data."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from dataclasses import dataclass

from wombat_tool.comparison.implication import mismatches
from wombat_tool.comparison.model import Mismatch
from wombat_tool.comparison.strength import fields_by_path
from wombat_tool.comparison.versions import ChangeClass
from wombat_tool.contracts.model import Contract, Field, Place, SchemaObject, Severity
from wombat_tool.validation.rules import listed

_ORDER = list(ChangeClass)
_LISTED_PARTS = 5
# What attributes of the model are called in a contract, of which a difference may change no promise.
_FIELD_NAMES = {
    "is_sensitive": "classification",
    "handling": "how its rules are treated",
    "format": "format",
    "physical_type": "physicalType",
    "default_timezone": "defaultTimezone",
    "quality": "quality",
}
_OBJECT_NAMES = {
    "may_sample": "wombat.sampling",
    "handling": "how its rules are treated",
    "quality": "quality",
    "physical_name": "physicalName",
}
_INNER = ("fields", "items", "map_key", "map_value")
# Of no rule of the data, so that they are told besides what is.
_ALWAYS_TOLD = ("is_sensitive", "handling")


@dataclass(frozen=True)
class Change:
    """One change.

    :param object: the name of the schema object; None if it is a change of the contract.
    :param column: its path; None if it is a change of the object.
    :param text: a sentence for people.
    :param line: in the new file.
    """

    kind: ChangeClass
    object: str | None
    column: str | None
    text: str
    line: int


def changes_of(old: Contract, new: Contract) -> tuple[Change, ...]:
    """All changes, the worst first.

    What the new contract no longer promises is breaking, what it promises besides is compatible, and all else is
    documentation. Less of what only warns is compatible, since nothing that runs can rest on it. A new id is breaking: who
    knows the contract by its id no longer finds it.
    """
    found = list(_changes_of_contract(old, new))
    before, after = ({one.name: one for one in contract.objects} for contract in (old, new))
    for name, former in before.items():
        if name in after:
            found += _changes_of_object(former, after[name])
        else:
            found.append(Change(ChangeClass.BREAKING, name, None, f"Object {name!r} was removed.", 1))
    for name, added in after.items():
        if name not in before:
            found.append(Change(ChangeClass.COMPATIBLE, name, None, f"Object {name!r} was added.", _line(added.place)))
    return tuple(sorted(found, key=lambda one: -_ORDER.index(one.kind)))


def class_of(changes: tuple[Change, ...]) -> ChangeClass:
    """What all changes together mean: the worst of them."""
    return max((one.kind for one in changes), key=_ORDER.index, default=ChangeClass.NONE)


def _changes_of_contract(old: Contract, new: Contract) -> Iterator[Change]:
    if old.id != new.id:
        yield Change(ChangeClass.BREAKING, None, None, f"The id was {old.id!r}, is {new.id!r}.", 1)
    for key, former, present in (
        ("name", old.name, new.name),
        ("status", old.status, new.status),
        ("apiVersion", old.api_version, new.api_version),
    ):
        if former != present:
            yield Change(ChangeClass.DOCUMENTATION, None, None, f"The {key} was {former!r}, is {present!r}.", 1)
    parts = _documentation_parts(old.documentation, new.documentation)
    if parts:
        text = f"The documentation changed: {listed(parts, 'and')}."
        yield Change(ChangeClass.DOCUMENTATION, None, None, text, 1)


def _documentation_parts(old: str, new: str) -> list[str]:
    """Where the documentation differs, the first places of many."""
    if old == new:
        return []
    before, after = (json.loads(text) if text else None for text in (old, new))
    parts = list(_differing_parts(before, after, ""))
    more = [f"{len(parts) - _LISTED_PARTS:,} more"] if len(parts) > _LISTED_PARTS else []
    return [*parts[:_LISTED_PARTS], *more]


def _differing_parts(old: object, new: object, path: str) -> Iterator[str]:
    # What is new is told by its parts, too.
    old = {} if old is None and isinstance(new, dict) else old
    new = {} if new is None and isinstance(old, dict) else new
    if not isinstance(old, dict) or not isinstance(new, dict):
        yield path
        return
    for key in sorted({*old, *new}):
        if old.get(key) != new.get(key):
            yield from _differing_parts(old.get(key), new.get(key), f"{path}.{key}" if path else key)


def _changes_of_object(old: SchemaObject, new: SchemaObject) -> Iterator[Change]:
    before, after = dict(fields_by_path(old)), dict(fields_by_path(new))
    told: set[tuple[str | None, str]] = set()
    if old.physical_name not in (None, new.physical_name):
        told.add((None, "physicalName"))
        text = f"Object {new.name!r}, physicalName: was {old.physical_name!r}, is {new.physical_name!r}."
        yield Change(ChangeClass.BREAKING, new.name, None, text, _line(new.place))
    for one in mismatches(new, old):
        told.add((one.column, one.aspect))
        kind = ChangeClass.BREAKING if one.severity is Severity.ERROR else ChangeClass.COMPATIBLE
        moved = "was removed" if one.column in before and one.column not in after else "may now be missing"
        text = _text(new.name, one, was=one.need, is_=one.promise, moved=moved)
        yield Change(kind, new.name, one.column, text, _line(one.promise_place))
    for one in mismatches(old, new):
        if (one.column, one.aspect) not in told:
            told.add((one.column, one.aspect))
            moved = "was added" if one.column in after and one.column not in before else "is now always there"
            text = _text(new.name, one, was=one.promise, is_=one.need, moved=moved)
            yield Change(ChangeClass.COMPATIBLE, new.name, one.column, text, _line(one.need_place))
    columns = {column for column, _ in told}
    for path, field in after.items():
        names = _differences(before[path], field, is_told=path in columns) if path in before else []
        if names:
            text = f"Column {path!r} of {new.name!r}: {listed(names, 'and')} changed, which changes no promise."
            yield Change(ChangeClass.DOCUMENTATION, new.name, path, text, _line(field.place))
    names = [] if told else _object_differences(old, new)
    if names:
        text = f"Object {new.name!r}: {listed(names, 'and')} changed, which changes no promise."
        yield Change(ChangeClass.DOCUMENTATION, new.name, None, text, _line(new.place))


def _text(name: str, one: Mismatch, *, was: str, is_: str, moved: str) -> str:
    """A change as a sentence.

    :param moved: what became of a column, if that is what changed.
    """
    what = f"Object {name!r}" if one.column is None else f"Column {one.column!r} of {name!r}"
    if one.aspect == "present":
        return f"{what} {moved}."
    return f"{what}, {one.aspect}: was {was}, is {is_}."


def _differences(old: Field, new: Field, *, is_told: bool) -> list[str]:
    """What differs besides what was told of a column."""
    found = []
    for one in dataclasses.fields(Field):
        if one.compare and one.name not in _INNER and (not is_told or one.name in _ALWAYS_TOLD):
            if getattr(old, one.name) != getattr(new, one.name):
                found.append(_FIELD_NAMES.get(one.name, one.name))
    return found


def _object_differences(old: SchemaObject, new: SchemaObject) -> list[str]:
    """What differs of an object apart from its columns."""
    found = []
    for one in dataclasses.fields(SchemaObject):
        if one.compare and one.name != "fields" and getattr(old, one.name) != getattr(new, one.name):
            found.append(_OBJECT_NAMES.get(one.name, one.name))
    return found


def _line(place: Place) -> int:
    return max(1, place.line)
