"""Finds rows whose foreign keys lead nowhere."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, replace

import duckdb
import pyarrow as pa

from wombat_tool.contracts.model import Relationship, SchemaObject
from wombat_tool.relations.model import DataColumn, Encoding, Relation
from wombat_tool.validation.asking import row_of
from wombat_tool.validation.kinds import Kind
from wombat_tool.validation.messages import MOST_CHARACTERS, MOST_ROWS
from wombat_tool.validation.plan import FILE, ROW, Plan, RelationshipCheck
from wombat_tool.validation.readings import Reading, native_reading
from wombat_tool.validation.report import OffendingRow
from wombat_tool.validation.spots import Spot, reading_of, text_of

_TYPES = {
    Kind.STRING: "VARCHAR",
    Kind.INTEGER: "HUGEINT",
    Kind.NUMBER: "DOUBLE",
    Kind.BOOLEAN: "BOOLEAN",
    Kind.DATE: "DATE",
    Kind.TIME: "TIME",
    Kind.TIMESTAMP: "TIMESTAMPTZ",
}


class Incomparable(Exception):
    """Why the columns of a relationship cannot be held against each other; the text is the reason, as a clause."""


@dataclass(frozen=True)
class Orphans:
    """The rows whose key is not in the target, and the first of them."""

    count: int
    first: tuple[OffendingRow, ...] = ()


def reference_key(relationship: Relationship, contract_file: str = "") -> str:
    """What the data that a relationship leads to is called: its object, after the contract file if that is another.

    :param contract_file: the contract of the relationship; the other one is then named from the root, as it is.
    """
    if relationship.to_file is None:
        return relationship.to_object
    file = posixpath.normpath(posixpath.join(posixpath.dirname(contract_file), relationship.to_file))
    return f"{file}#{relationship.to_object}"


def is_to_itself(relationship: Relationship, schema: SchemaObject) -> bool:
    """Whether it leads to the object that it is of."""
    return relationship.to_file is None and relationship.to_object in (schema.name, schema.physical_name)


def find_orphans(
    connection: duckdb.DuckDBPyConnection, plan: Plan, check: RelationshipCheck, item: str, target: Relation
) -> Orphans:
    """The rows whose key is nowhere in the target; those in which a part of it is null have none.

    :param item: gives the data, with the numbers of its rows.
    :raises Incomparable: if the target lacks a column, or has one of another kind.
    """
    relationship = check.relationship
    columns = {column.name: column for column in reversed(target.columns)}
    pairs = []
    for i, (spot, name) in enumerate(zip(check.spots, relationship.to_columns, strict=True)):
        if name not in columns:
            known = ", ".join(columns) or "none"
            raise Incomparable(f"the data of {reference_key(relationship)} has no column {name!r}, but {known}")
        pairs.append(_pair(spot, columns[name], f"c{i}"))
    selected = ", ".join(f"{columns[name].sql} AS c{i}" for i, name in enumerate(relationship.to_columns))
    own, other = (", ".join(f"{pair[side]} AS k{i}" for i, pair in enumerate(pairs)) for side in (0, 1))
    names = ", ".join(f"k{i}" for i in range(len(pairs)))
    there = " AND ".join(f"k{i} IS NOT NULL" for i in range(len(pairs)))

    def orphans(more: str) -> str:
        ours = f"SELECT {own}{more} FROM {plan.source(item)}"
        # What the target has often is looked up only once.
        known = f"SELECT DISTINCT {other} FROM (SELECT {selected} FROM {target.sql()})"
        return f"(SELECT * FROM ({ours}) WHERE {there}) ANTI JOIN ({known}) USING ({names})"

    (count,) = row_of(connection, f"SELECT count(*) FROM {orphans('')}")
    if not count:
        return Orphans(0)
    rows = connection.execute(
        f"SELECT {ROW}, {FILE}, left(shown, {MOST_CHARACTERS + 1}) FROM "
        f"{orphans(f', {ROW}, {FILE}, {text_of(check.spots)} AS shown')} ORDER BY {FILE}, {ROW} LIMIT {MOST_ROWS}"
    ).fetchall()
    return Orphans(count, tuple(plan.offending_row(*row) for row in rows))


def _pair(spot: Spot, column: DataColumn, raw: str) -> tuple[str, str]:
    """A column of a key and the one that it leads to, both as values that can be compared.

    :param raw: what SQL calls the other column.
    """
    own = spot.reading
    other = _other_reading(spot, column)
    kinds = {own.kind, other.kind}
    if own.kind is Kind.OTHER or Kind.NULL in kinds:
        return own.text(spot.raw), other.text(raw)
    if own.type is not None and other.type is not None and own.type.equals(other.type):
        return spot.raw, raw
    kind = Kind.NUMBER if kinds == {Kind.INTEGER, Kind.NUMBER} else own.kind
    if kind not in _TYPES or (len(kinds) > 1 and kind is not Kind.NUMBER):
        raise Incomparable(f"{spot.path} is {own.kind.value}, and {column.name} there is {other.kind.value}")
    type = "BIGINT" if _is_narrow(own) and _is_narrow(other) else _TYPES[kind]
    return f"CAST({spot.typed} AS {type})", f"CAST({other.typed(raw)} AS {type})"


def _other_reading(spot: Spot, column: DataColumn) -> Reading:
    """How to read the other column: text as what the first one is, since its contract is not known here."""
    if column.encoding is Encoding.NATIVE:
        return native_reading(column.arrow_type, spot.field)
    # Typed data says nothing of how text would have it.
    is_typed = spot.reading.encoding is Encoding.NATIVE
    field = replace(spot.field, format=None, physical_type=None) if is_typed else spot.field
    return reading_of(field, column.encoding, None)


def _is_narrow(reading: Reading) -> bool:
    """Whether all values are integers of 64 bits."""
    type = reading.type
    if type is None or not pa.types.is_integer(type):
        return False
    return bool(type.bit_width < 64 or pa.types.is_signed_integer(type))
