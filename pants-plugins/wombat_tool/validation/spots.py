"""Where the values of a field are in a row, and how to ask about them in SQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa

from wombat_tool.contracts.model import Field
from wombat_tool.relations.model import Encoding
from wombat_tool.relations.sql import literal
from wombat_tool.validation.kinds import Kind, holds_text, kind_of_field, kind_of_type, storage_type
from wombat_tool.validation.readings import Reading, json_at, native_reading, pointer_part
from wombat_tool.validation.structure import has_member, type_fits
from wombat_tool.validation.text_readings import json_reading, text_reading

Predicate = Callable[[str, str], str]
"""Writes a condition about a value, given the SQL of the value as it stands and as what it is to be."""


@dataclass(frozen=True)
class Spot:
    """The values of a field: one in each row or, within arrays and maps, a list of them.

    :param path: for people: "address.zip", "tags[]".
    :param raw: the SQL of the value, or of the list, as it stands.
    :param typed: of a single value: as what it is to be.
    :param exists: of a single value: the condition for null to be a value that is missing.
    :param pointer: of a single value in JSON, where it is in the document: in one step from the column, as the SQL of steps
        within steps would double with each of them.
    """

    field: Field
    path: str
    reading: Reading
    raw: str
    typed: str = ""
    exists: str = "TRUE"
    is_list: bool = False
    document: str = ""
    pointer: str = ""

    def where(self, predicate: Predicate) -> str:
        """Whether a row has a value for which the condition holds; null is as good as no."""
        if not self.is_list:
            return predicate(self.raw, self.typed)
        return f"len({self._filtered(predicate)}) > 0"

    def shown(self, predicate: Predicate, *, is_written: bool = False) -> str:
        """As text for people, the first value of a row for which the condition holds.

        :param is_written: whether to show texts of JSON with the quotes that tell them from other values.
        """
        value = f"({self._filtered(predicate)})[1]" if self.is_list else self.raw
        return f"CAST({value} AS VARCHAR)" if is_written else self.reading.text(value)

    def key(self) -> str:
        """What tells a single value from others; null where there is none.

        Values of text that are not what they are to be are told from others as they stand.
        """
        reading = self.reading
        if reading.encoding is Encoding.NATIVE and not reading.can_be_wrong:
            return self.raw
        as_it_stands = f"CAST({self.raw} AS VARCHAR)"
        if not reading.can_be_wrong:
            return as_it_stands
        typed = f"coalesce(CAST({_normal(reading, self.typed)} AS VARCHAR), {as_it_stands})"
        if reading.kind is Kind.TIMESTAMP:
            # What is behind the microseconds, moments do not have.
            return f"CASE WHEN regexp_matches({as_it_stands}, '[.][0-9]{{7}}') THEN {as_it_stands} ELSE {typed} END"
        return typed

    def repeats(self) -> str:
        """Whether a row has a value twice in its list."""
        return repeats(f"list_filter({self.raw}, lambda item: item IS NOT NULL)", self.reading)

    def _filtered(self, predicate: Predicate) -> str:
        return f"list_filter({self.raw}, lambda item: {predicate('item', self.reading.typed('item'))})"

    def inner(self) -> Iterator[Spot]:
        """The members of an object, the items of an array, or the keys and values of a map."""
        field, reading = self.field, self.reading
        match reading.kind:
            case Kind.OBJECT:
                for member in members(field):
                    if reading.encoding is not Encoding.NATIVE or has_member(reading.type, member.name):
                        yield self._member(member)
            case Kind.ARRAY if field.items:
                type = None if reading.type is None else reading.type.value_type
                yield self._listed(field.items, f"{self.path}[]", reading.items, type)
            case Kind.MAP:
                types = (None, None) if reading.type is None else (reading.type.key_type, reading.type.item_type)
                if field.map_key:
                    yield self._listed(field.map_key, f"{self.path}.key", reading.keys, types[0], is_key=True)
                if field.map_value:
                    yield self._listed(field.map_value, f"{self.path}.value", reading.values, types[1])

    def _member(self, field: Field) -> Spot:
        type = None if self.reading.type is None else self.reading.type.field(field.name).type
        inner = reading_of(field, self.reading.inner_encoding, type)
        path = f"{self.path}.{field.name}"
        if self.is_list:
            there = f"list_filter({self.raw}, lambda item: {self.reading.typed('item')} IS NOT NULL)"
            raw = f"list_transform({there}, lambda item: {self.reading.member('item', field.name)})"
            return Spot(field, path, inner, raw, is_list=True)
        exists = f"{self.typed} IS NOT NULL"
        if self.reading.encoding is Encoding.NATIVE:
            raw = self.reading.member(self.raw, field.name)
            return Spot(field, path, inner, raw, inner.typed(raw), exists)
        document = self.document or self.reading.document(self.raw)
        pointer = self.pointer + pointer_part(field.name)
        raw = json_at(document, pointer)
        return Spot(field, path, inner, raw, inner.typed(raw), exists, document=document, pointer=pointer)

    def _listed(
        self,
        field: Field,
        path: str,
        items: Callable[[str], str],
        type: pa.DataType | None,
        *,
        is_key: bool = False,
    ) -> Spot:
        encoding = self.reading.inner_encoding
        if is_key and encoding is Encoding.JSON:
            # Keys of JSON come as text, not as JSON.
            encoding = Encoding.TEXT
        inner = reading_of(field, encoding, type)
        raw = items(self.raw)
        if self.is_list:
            raw = f"flatten(list_transform({self.raw}, lambda item: {items('item')}))"
        return Spot(field, path, inner, raw, is_list=True)


def text_of(spots: Sequence[Spot]) -> str:
    """The single values of some columns as one text for people."""
    texts = [spot.reading.text(spot.raw) for spot in spots]
    if len(texts) == 1:
        return texts[0]
    labelled = (f"concat({literal(f'{spot.path}=')}, coalesce({text}, 'null'))" for spot, text in zip(spots, texts))
    return f"concat_ws(', ', {', '.join(labelled)})"


def members(field: Field) -> tuple[Field, ...]:
    """The members of an object, those included of which the contract says only that they are required."""
    named = {member.name for member in field.fields}
    more = (
        Field(name, required=True, is_sensitive=field.is_sensitive, handling=field.handling, place=field.place)
        for name in field.required_members
        if name not in named
    )
    return (*field.fields, *more)


def repeats(items: str, reading: Reading | None) -> str:
    """Whether a list has an item twice; null is an item like others.

    :param reading: how to read the items; None if the contract does not say what they are.
    """
    if reading and reading.can_be_wrong:
        typed = _normal(reading, reading.typed("item"))
        items = f"list_transform({items}, lambda item: coalesce(CAST({typed} AS VARCHAR), CAST(item AS VARCHAR)))"
    nulls = f"len(list_filter({items}, lambda item: item IS NULL))"
    return f"len({items}) > len(list_distinct({items})) + least({nulls}, 1)"


def _normal(reading: Reading, typed: str) -> str:
    # 0.0 and -0.0 are the same number, and have different texts.
    return f"{typed} + 0" if reading.kind is Kind.NUMBER else typed


def reading_of(field: Field, encoding: Encoding, type: pa.DataType | None) -> Reading:
    """How to read the values of a field.

    A type that does not fit what the field wants gives a reading that compares with nothing.
    """
    kind = kind_of_field(field)
    if encoding is Encoding.JSON:
        return json_reading(kind, field)
    if encoding is Encoding.TEXT:
        return text_reading(kind or Kind.STRING, field)
    if type is not None and not type_fits(field, type):
        return Reading(kind_of_type(type), encoding, storage_type(type))
    return text_reading(kind, field) if kind and holds_text(field) else native_reading(type, field)
