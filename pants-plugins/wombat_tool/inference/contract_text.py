"""Writes an inferred contract as YAML."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from decimal import Decimal

from wombat_tool.contracts.model import Bound, Field, Scalar
from wombat_tool.inference.infer import Inferred
from wombat_tool.inference.keys import Keys
from wombat_tool.inference.rules import Proposal
from wombat_tool.inference.yaml_text import Entry, Listing, Mapping, Value, write_yaml
from wombat_tool.preview.layout import count_text

_API_VERSION = "v3.2.0"
# Without the "# " at its beginning it is a line of the contract.
_PERSONAL = "classification: confidential  # if it is about people: then no value of it is shown anywhere"
_NO_KEYS = Keys()


def contract_text(inferred: Inferred) -> str:
    """The contract as a text for people to go on with."""
    root = Mapping(
        (
            Entry("apiVersion", _API_VERSION),
            Entry("kind", "DataContract"),
            Entry("id", inferred.name),
            Entry("name", inferred.name),
            Entry("version", "0.1.0"),
            Entry("status", "draft"),
            Entry("schema", Listing((_object(inferred),))),
        )
    )
    return write_yaml(
        root,
        above=(
            f"A first contract for {inferred.name}, inferred from {count_text(inferred.rows, 'row')}.",
            "Nobody has promised anything of this yet: keep what is meant to hold for all data to come, correct what only",
            "happened to hold, and say what the columns mean.",
        ),
    )


def _object(inferred: Inferred) -> Mapping:
    entries = [Entry("name", inferred.name)]
    custom = {"wombat.layout": inferred.layout, "wombat.format": inferred.data_format}
    properties = [
        Mapping((Entry("property", name), Entry("value", one.value))) for name, one in custom.items() if one is not None
    ]
    if properties:
        entries.append(Entry("customProperties", Listing(tuple(properties))))
    if inferred.rows and inferred.is_growing:
        rule = Mapping((Entry("metric", "rowCount"), Entry("mustBeGreaterThan", 0)))
        entries.append(Entry("quality", Listing((rule,))))
    if inferred.proposals:
        columns = tuple(_property(one, inferred.keys) for one in inferred.proposals)
        entries.append(Entry("properties", Listing(columns)))
    return Mapping(tuple(entries), tuple(_unnamed_lines(inferred.unnamed)))


def _unnamed_lines(names: Sequence[str]) -> Iterator[str]:
    if names:
        yield f"Left out, since a contract names each column once and none by an empty name: {', '.join(map(repr, names))}."


def _property(proposal: Proposal, keys: Keys = _NO_KEYS) -> Mapping:
    """A column, a member, or what an array or a map holds."""
    one, notes = proposal.field, proposal.notes
    entries = [Entry("name", one.name)] if one.name else []
    if one.logical_type:
        entries.append(Entry("logicalType", one.logical_type.value, comment=notes.get("", "")))
    if one.physical_type:
        entries.append(Entry("physicalType", one.physical_type.text))
    if one.required:
        entries.append(Entry("required", True))
    entries.extend(_key_entries(one, keys))
    options = tuple(_options(one, notes))
    if options:
        entries.append(Entry("logicalTypeOptions", Mapping(options)))
    if one.enum:
        values = tuple(Mapping((Entry("value", _value(value)),)) for value in one.enum)
        entries.append(Entry("enum", Listing(values), comment=notes["enum"]))
    entries.extend(_parts(proposal))
    below = [notes[""]] if notes.get("") and not one.logical_type else []
    return Mapping(tuple(entries), (*below, *([_PERSONAL] if proposal.is_personal else [])))


def _key_entries(one: Field, keys: Keys) -> Iterator[Entry]:
    if one.name in keys.primary:
        yield Entry("primaryKey", True)
        if len(keys.primary) > 1:
            yield Entry("primaryKeyPosition", keys.primary.index(one.name) + 1)
    elif one.name in keys.unique:
        yield Entry("unique", True)


def _options(one: Field, notes: dict[str, str]) -> Iterator[Entry]:
    if one.format:
        yield Entry("format", one.format)
    if one.with_timezone is not None:
        yield Entry("timezone", one.with_timezone)
    bounds: dict[str, Bound | None] = {"minimum": one.minimum, "maximum": one.maximum}
    for name, bound in bounds.items():
        if bound:
            yield Entry(name, _value(bound.value), comment=notes[name])


def _parts(proposal: Proposal) -> Iterator[Entry]:
    parts = proposal.parts
    if proposal.field.fields:
        yield Entry("properties", Listing(tuple(_property(parts[f".{one.name}"]) for one in proposal.field.fields)))
    if proposal.field.items:
        yield Entry("items", _property(parts["[]"]))
    if proposal.field.map_key and proposal.field.map_value:
        yield Entry("map", Mapping((Entry("key", _property(parts["{key}"])), Entry("value", _property(parts["{value}"])))))


def _value(value: Scalar) -> Value:
    match value:
        case str() | bool() | Decimal():
            return value
        case datetime.datetime():
            return value.isoformat().replace("+00:00", "Z")
        case _:
            return value.isoformat()
