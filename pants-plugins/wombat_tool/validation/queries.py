"""Runs the quality rules in SQL on the data as the contract types it."""

from __future__ import annotations

import datetime
import math
import re
from dataclasses import dataclass, replace
from fractions import Fraction

import duckdb

from wombat_tool.contracts.model import Field, SchemaObject
from wombat_tool.errors import first_sentence
from wombat_tool.preview.width import printable
from wombat_tool.relations.model import DataColumn, Encoding, Relation
from wombat_tool.relations.query import read_select
from wombat_tool.relations.sql import literal, quoted
from wombat_tool.validation.kinds import Kind
from wombat_tool.validation.messages import MOST_CHARACTERS, metric_violation, plain_violation
from wombat_tool.validation.plan import QueryCheck
from wombat_tool.validation.report import Violation
from wombat_tool.validation.rules import Value, keeps
from wombat_tool.validation.sensitivity import has_sensitive
from wombat_tool.validation.spots import Spot, reading_of

_OBJECT = r"object|table|model|schema"
_COLUMN = r"property|column|field"
_PLACEHOLDER = re.compile(rf'("?)\$?\{{(?:({_OBJECT})|({_COLUMN}))\}}\1')
_INTEGER = re.compile(r"U?(TINY|SMALL|BIG|HUGE)?INT|U?INTEGER|BIGNUM")


# They tell of the query, and are raised before data is read.
_WITHOUT_VALUES = (duckdb.BinderException, duckdb.CatalogException, duckdb.ParserException, ValueError)


@dataclass(frozen=True)
class _Result:
    """What a query gave.

    :param text: the value for people, or the failure.
    """

    value: Value
    text: str
    failure: Exception | None = None


class QueryRunner:
    """Runs queries of a contract on one dataset.

    What a query gives is shown only if it gives the same without the columns that hold sensitive values.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, schema: SchemaObject, relation: Relation) -> None:
        self._connection = connection
        self._relation = relation
        self._fields = {one.name: one for one in schema.fields}
        self._tables = list(dict.fromkeys(name for name in (schema.name, schema.physical_name) if name))
        self._has_sensitive = any(map(has_sensitive, schema.fields))
        self._show_columns(is_all=True)

    def violation(self, check: QueryCheck) -> Violation | None:
        """What is wrong with the result of a rule's query; None if it is as the contract wants it."""
        rule = check.rule
        try:
            query = self._filled(check)
            tables = read_select(self._connection, query).tables
            internal = next((name for name in tables if name.startswith("__")), None)
            if internal is not None:
                raise ValueError(f"it reads {internal!r}, and may read {self._tables[0]!r} alone.")
        except ValueError as err:
            return plain_violation(rule, f"cannot be checked: its query cannot be used, as {err}")
        result = self._result(query)
        is_kept = result.value is not None and all(keeps(one, result.value) for one in check.quality.thresholds)
        if is_kept and result.failure is None:
            return None
        rule = replace(rule, is_sensitive=rule.is_sensitive or not self._may_show(query, result))
        if result.failure is None:
            text = "something else, which is not shown" if rule.is_sensitive else printable(result.text)
            return metric_violation(rule, text)
        failure = result.text
        if rule.is_sensitive and not isinstance(result.failure, _WITHOUT_VALUES):
            failure = f"its query failed. {type(result.failure).__name__}, whose text may hold values of sensitive columns."
        return plain_violation(rule, f"cannot be checked: {failure}")

    def _filled(self, check: QueryCheck) -> str:
        """The query with names in the places that it leaves for them.

        :raises ValueError: if it wants the name of a column, and the rule is of none.
        """

        def name(found: re.Match[str]) -> str:
            if found[2]:
                return quoted(self._tables[0])
            if check.column is None:
                raise ValueError(f"it has {found[0]} in it, and the rule is not of a column.")
            return check.column

        return _PLACEHOLDER.sub(name, check.quality.query or "").strip().rstrip(";")

    def _show_columns(self, *, is_all: bool) -> None:
        """Let queries see the columns, or only those that hold nothing sensitive."""
        columns = []
        for column in self._relation.columns:
            field = self._fields.get(column.name)
            if is_all or field is None or not has_sensitive(field):
                columns.append(f"{_typed_column(field, column)} AS {column.sql}")
        select = f"SELECT {', '.join(columns) or 'NULL AS __no_column'} FROM {self._relation.sql()}"
        for name in self._tables:
            self._connection.execute(f"CREATE OR REPLACE TEMPORARY VIEW {quoted(name)} AS {select}")

    def _may_show(self, query: str, result: _Result) -> bool:
        """Whether the result can be had without the sensitive columns, so that it tells nothing of them."""
        if not self._has_sensitive:
            return True
        self._show_columns(is_all=False)
        try:
            other = self._result(query)
        finally:
            self._show_columns(is_all=True)
        return other.text == result.text

    def _result(self, query: str) -> _Result:
        """What a query gives: one value, or a failure."""
        try:
            with self._relation.reading():
                rows = self._connection.execute(
                    f"SELECT CAST(COLUMNS(*) AS VARCHAR), typeof(COLUMNS(*)) FROM (\n{query}\n) LIMIT 2"
                ).fetchall()
        except duckdb.Error as err:
            return _Result(None, f"its query failed. {first_sentence(err)}", err)
        if len(rows) != 1 or len(rows[0]) != 2:
            what = "no row" if not rows else "several rows" if len(rows) > 1 else f"{len(rows[0]) // 2} columns"
            return _Result(None, f"its query gave {what}, and must give one value.", ValueError(what))
        text, type = rows[0]
        if text is None:
            return _Result(None, "null")
        return _Result(_value(text, type), text if len(text) <= MOST_CHARACTERS else f"{text[:MOST_CHARACTERS]}…")


def _value(text: str, type: str) -> Value:
    """What the text of a result means, by its type in SQL."""
    if type in ("DOUBLE", "FLOAT"):
        number = float(text)
        return Fraction(text) if math.isfinite(number) else number
    if _INTEGER.fullmatch(type) or type.startswith("DECIMAL"):
        return Fraction(text)
    if type == "BOOLEAN":
        return text == "true"
    try:
        if type == "DATE":
            return datetime.date.fromisoformat(text)
        if type.startswith("TIMESTAMP"):
            return datetime.datetime.fromisoformat(text)
        if type.startswith("TIME"):
            return datetime.time.fromisoformat(text)
    except ValueError:
        # Years beyond 9999, or nanoseconds: as text they are different from all that a contract can name.
        return text
    return text


def _typed_column(field: Field | None, column: DataColumn) -> str:
    """A column as what the contract says that it is."""
    if field is None:
        return column.sql
    reading = reading_of(field, column.encoding, column.arrow_type if column.encoding is Encoding.NATIVE else None)
    return _typed(Spot(field, "", reading, column.sql, reading.typed(column.sql)))


def _typed(spot: Spot) -> str:
    field, reading = spot.field, spot.reading
    if reading.encoding is Encoding.NATIVE:
        return spot.raw
    if reading.kind is Kind.OBJECT:
        # Members without a name, and those that differ from others in case alone, SQL cannot name.
        members = {inner.field.name.lower(): inner for inner in spot.inner() if inner.field.name}
        if members:
            parts = (f"{literal(inner.field.name)}: {_typed(inner)}" for inner in members.values())
            return f"CASE WHEN {spot.typed} IS NOT NULL THEN {{{', '.join(parts)}}} END"
    if reading.kind is Kind.ARRAY and field.items:
        inner = reading_of(field.items, Encoding.JSON, None)
        item = Spot(field.items, "", inner, "item", inner.typed("item"))
        return f"list_transform({reading.items(spot.raw)}, lambda item: {_typed(item)})"
    return spot.typed
