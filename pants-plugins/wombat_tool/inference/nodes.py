"""Finds out what each column of data is, and what is in it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from wombat_tool.contracts.model import Field
from wombat_tool.inference.candidates import Candidate, candidates_at
from wombat_tool.inference.fields import field_of_json, field_of_type
from wombat_tool.inference.measure import Facts, Measured
from wombat_tool.inference.personal import may_be_personal
from wombat_tool.relations.model import DataColumn, Encoding
from wombat_tool.tables.types import type_text
from wombat_tool.validation.kinds import Kind
from wombat_tool.validation.spots import Spot, reading_of

# What so many rows do not look like, is not looked for in all of them.
_SAMPLE_ROWS = 500
_ENOUGH_FOR_A_FORMAT = 3
_PERSONAL_FORMATS = ("email", "ipv4")


@dataclass
class Node:
    """A column, or something in one.

    :param column: the one that it is or is in.
    :param names: those of all around it, and its own.
    :param candidates: what it may be.
    :param parts: what is in it: ".name" for members, "[]" for items, "{key}" and "{value}" of a map.
    :param facts: what is known of what it is.
    :param note: why its type is left open, for people.
    """

    column: DataColumn
    names: tuple[str, ...]
    candidates: list[Candidate]
    parts: dict[str, Node] = field(default_factory=dict)
    facts: Facts = Facts()
    note: str = ""

    @property
    def spot(self) -> Spot:
        """Where its values are; the field is what it is, as far as that is known."""
        return self.candidates[-1].spot

    @property
    def name(self) -> str:
        """Its own name; empty of what arrays and maps hold."""
        return self.spot.field.name

    @property
    def is_personal(self) -> bool:
        """Whether its values may be about people, and so must not be written down."""
        return any(map(may_be_personal, self.names)) or self.spot.field.format in _PERSONAL_FORMATS


def nodes_of(columns: Sequence[DataColumn], measured: Measured) -> list[Node]:
    """The columns, with what they are and what is known of their values."""
    nodes = [_node(column, spot, (column.name,)) for column, spot in zip(columns, _spots(columns, measured), strict=True)]
    everything = list(_flat(nodes))
    _choose_likely(everything, measured)
    facts = iter(measured.facts([candidate for node in everything for candidate in node.candidates]))
    for node in everything:
        _settle(node, [next(facts) for _ in node.candidates])
    return nodes


def _spots(columns: Sequence[DataColumn], measured: Measured) -> Iterator[Spot]:
    """Where the values of the columns are, with what is known of them without looking at each."""
    of_json = [one for one in columns if one.encoding is Encoding.JSON]
    structures = measured.row([f"json_group_structure({one.sql})" for one in of_json])
    by_column = dict(zip(of_json, structures, strict=True))
    for one in columns:
        known, type = Field(one.name), None
        if one.encoding is Encoding.JSON:
            known = field_of_json(one.name, json.loads(by_column[one] or '"NULL"'))
        elif one.encoding is Encoding.NATIVE and one.arrow_type is not None:
            type = one.arrow_type
            known = field_of_type(one.name, type)
        reading = reading_of(known, one.encoding, type)
        yield Spot(known, one.name, reading, one.sql, reading.typed(one.sql))


def _node(column: DataColumn, spot: Spot, names: tuple[str, ...]) -> Node:
    node = Node(column, names, candidates_at(spot))
    steps = {Kind.ARRAY: ("[]",), Kind.MAP: ("{key}", "{value}")}.get(spot.reading.kind)
    for number, inner in enumerate(spot.inner()):
        name = inner.field.name
        step, inner_names = (steps[number], names) if steps else (f".{name}", (*names, name))
        node.parts[step] = _node(column, inner, inner_names)
    return node


def _flat(nodes: Sequence[Node]) -> Iterator[Node]:
    for node in nodes:
        yield node
        yield from _flat(list(node.parts.values()))


def _choose_likely(nodes: Sequence[Node], measured: Measured) -> None:
    """Leave those candidates that a few rows look like, so that few are held against all of them."""
    undecided = [node for node in nodes if len(node.candidates) > 1]
    texts = [node.spot.reading.text(node.spot.raw) for node in undecided]
    for node, values in zip(undecided, measured.samples(texts, rows=_SAMPLE_ROWS), strict=True):
        different = list(dict.fromkeys(values))
        node.candidates = [one for one in node.candidates if one.fits(different)]


def _settle(node: Node, facts: Sequence[Facts]) -> None:
    """Keep the first candidate that all values are, if there is one; of two that all text is read by, neither."""
    right = {one.spot.field.format for one, known in zip(node.candidates, facts, strict=True) if not known.wrong}
    for one, known in zip(node.candidates, facts, strict=True):
        is_rare = one.is_guess and known.values < _ENOUGH_FOR_A_FORMAT
        if not (known.wrong or is_rare or (one.rival and one.rival in right)):
            node.candidates, node.facts = [one], known
            break
    else:
        _leave_open(node, facts[-1], "values of more than one type were seen")
    reading = node.spot.reading
    if reading.encoding is Encoding.TEXT and not node.facts.values and not node.spot.is_list:
        _leave_open(node, node.facts, "no value was seen")
    elif node.spot.field == Field(node.name) and not node.note:
        type = type_text(reading.type) if reading.type else "its type"
        node.note = {
            Encoding.NATIVE: f"{type}, which the standard has no type for",
            Encoding.JSON: "no value was seen" if not node.facts.values else "values of more than one type were seen",
        }.get(reading.encoding, "")


def _leave_open(node: Node, facts: Facts, note: str) -> None:
    spot = replace(node.spot, field=Field(node.name))
    node.candidates, node.facts, node.note, node.parts = [replace(node.candidates[-1], spot=spot)], facts, note, {}
