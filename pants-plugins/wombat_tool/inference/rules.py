"""Decides which rules a column gets from what was seen in it."""

from __future__ import annotations

import dataclasses
import datetime
import re
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from wombat_tool.contracts.model import Bound, Field, LogicalType, Scalar
from wombat_tool.inference.keys import Keys, is_key_like
from wombat_tool.inference.measure import ENOUGH_ROWS, Measured
from wombat_tool.inference.nodes import Node
from wombat_tool.preview.layout import count_text
from wombat_tool.signatures import UNKNOWN
from wombat_tool.validation.kinds import Kind

_MOST_ENUM_VALUES = 12
_LONGEST_ENUM_VALUE = 60
# About so many different values may be as few as `_MOST_ENUM_VALUES`, since they are estimated.
_MOST_ESTIMATED_VALUES = 20
_YEAR = re.compile(r"(?:.*[_ ])?year", re.IGNORECASE)
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d{1,6})?)\d*(?:\+00)?")


@dataclass(frozen=True)
class Proposal:
    """A column, member or item, as the contract is to have it.

    :param notes: comments for people, by the key that they are about; "" for all of it.
    :param is_personal: whether to ask people if it is about people.
    :param parts: what is in it, as in `Node`.
    """

    field: Field
    notes: dict[str, str] = dataclasses.field(default_factory=dict)
    is_personal: bool = False
    parts: dict[str, Proposal] = dataclasses.field(default_factory=dict)


class Proposer:
    """Proposes rules: those that all values keep, and that others will probably keep.

    :param keys: the columns that tell rows apart. Their values go on without end, so they get no ranges.
    """

    def __init__(self, measured: Measured, rows: int, keys: Keys) -> None:
        self._measured = measured
        self._keys = keys
        self._observed = f"observed in {count_text(rows, 'row')}"

    def column(self, node: Node) -> Proposal:
        """A column of a table."""
        is_key = node.name in (*self._keys.primary, *self._keys.unique)
        return self._proposal(node, is_stable=not (is_key or node.column.is_partition))

    def fact_of_file(self, node: Node) -> Proposal:
        """A column of a table that tells of files, and not of what is in them."""
        proposal = self._proposal(node, is_stable=False)
        if node.name == "kind":
            kinds = self._enum_values(node, least_count=1)
            return proposal if UNKNOWN in kinds else self._with(proposal, enum=kinds)
        is_filled = node.name == "size_bytes" and int(node.facts.least or 0) > 0
        return self._with(proposal, minimum=Bound(Decimal(1))) if is_filled else proposal

    def _proposal(self, node: Node, *, is_stable: bool, is_asked: bool = False) -> Proposal:
        """A column, or what is in one.

        :param is_stable: whether values to come are likely to be like those that were seen.
        :param is_asked: whether people are asked about what it is in already.
        """
        parts = {
            step: self._proposal(one, is_stable=is_stable, is_asked=is_asked or node.is_personal)
            for step, one in node.parts.items()
        }
        notes = {"": node.note} if node.note else {}
        found = Proposal(_with_parts(node.spot.field, parts), notes, node.is_personal and not is_asked, parts)
        facts = node.facts
        if node.spot.is_list:
            return found
        if facts.values and not facts.missing:
            found = self._with(found, required=True)
        if facts.values and facts.zoned is not None:
            found = self._with(found, with_timezone={facts.values: True, 0: False}.get(facts.zoned))
        if is_stable and not node.is_personal and facts.values >= ENOUGH_ROWS and not facts.untyped:
            found = self._with(found, enum=self._enum_values(node, least_count=2), **_bounds(node))
        return found

    def _with(self, proposal: Proposal, **parts: Any) -> Proposal:
        given = {name: value for name, value in parts.items() if value}
        observed = dict.fromkeys(given.keys() & {"enum", "minimum", "maximum"}, self._observed)
        if "with_timezone" in parts:
            given["with_timezone"] = parts["with_timezone"]
        return replace(proposal, field=replace(proposal.field, **given), notes=proposal.notes | observed)

    def _enum_values(self, node: Node, *, least_count: int) -> tuple[Scalar, ...]:
        """The values of a small domain of text, if each was seen so often; else none."""
        spot, distinct = node.spot, node.facts.distinct
        is_text = spot.field.logical_type is LogicalType.STRING and spot.reading.kind is Kind.STRING
        if not is_text or spot.field.format or distinct is None or distinct > _MOST_ESTIMATED_VALUES:
            return ()
        values = self._measured.value_counts(spot.typed, at_most=_MOST_ENUM_VALUES + 1)
        if len(values) > _MOST_ENUM_VALUES or any(count < least_count for count in values.values()):
            return ()
        return tuple(values) if all(len(one) <= _LONGEST_ENUM_VALUE and one.isprintable() for one in values) else ()


def _with_parts(field: Field, parts: dict[str, Proposal]) -> Field:
    """The field with what was found of what is in it."""
    if not parts:
        return field
    return replace(
        field,
        fields=tuple(parts[f".{one.name}"].field for one in field.fields),
        items=parts["[]"].field if "[]" in parts else None,
        map_key=parts["{key}"].field if "{key}" in parts else None,
        map_value=parts["{value}"].field if "{value}" in parts else None,
    )


def _bounds(node: Node) -> dict[str, Bound]:
    """The range of numbers, and the beginning of what goes on: the latest day and year will be exceeded tomorrow."""
    facts, type = node.facts, node.spot.field.logical_type
    if facts.not_finite or facts.least is None or facts.greatest is None or is_key_like(node.name):
        return {}
    if type in (LogicalType.INTEGER, LogicalType.NUMBER):
        if facts.least == facts.greatest:
            return {}
        least, greatest = Bound(Decimal(facts.least)), Bound(Decimal(facts.greatest))
        return {"minimum": least} if _YEAR.fullmatch(node.name) else {"minimum": least, "maximum": greatest}
    moment = _moment(node) if type in (LogicalType.DATE, LogicalType.TIMESTAMP) else None
    return {} if moment is None else {"minimum": Bound(moment)}


def _moment(node: Node) -> Scalar | None:
    """The earliest date or time, to the microsecond; None if the calendar of contracts does not reach that far."""
    facts, text = node.facts, node.facts.least or ""
    try:
        if node.spot.field.logical_type is LogicalType.DATE:
            return datetime.date.fromisoformat(text)
        found = _MOMENT.fullmatch(text)
        moment = datetime.datetime.fromisoformat(f"{found[1]}T{found[2]}") if found else None
    except ValueError:
        return None
    is_aware = "+00" in text if facts.zoned is None else facts.zoned == facts.values
    return moment.replace(tzinfo=datetime.timezone.utc) if moment and is_aware else moment
