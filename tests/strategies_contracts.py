"""Hypothesis strategies for what contracts say of a dataset and for rows of such a dataset, and what writes the rows."""

from __future__ import annotations

import datetime
import json
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.feather
import pyarrow.parquet as pq
from hypothesis import strategies as st

from wombat_tool.contracts.model import Bound, Field, LogicalType, SchemaObject

Row = dict[str, Any]
"""Values by column name: int, float, str, bool, date, datetime, time, lists, dicts, and None for null."""

NAMES = ("a", "b", "größe", "x y", 'quo"te', "it's", "select", "p.q", "{object}", "$c", "A")
"""Names of columns, hostile ones among them; "a" and "A" are two."""

PATTERNS = ("^a", "b$", "[a-c]+", "^.{1,3}$", "é", r"\d", "'", "^$")
_DAY = datetime.date(2024, 2, 27)
_NOON = datetime.datetime(2024, 2, 27, 12)

_KINDS = (
    LogicalType.STRING,
    LogicalType.INTEGER,
    LogicalType.NUMBER,
    LogicalType.BOOLEAN,
    LogicalType.DATE,
    LogicalType.TIMESTAMP,
    LogicalType.TIME,
)
_ARROW = {
    LogicalType.STRING: pa.string(),
    LogicalType.INTEGER: pa.int64(),
    LogicalType.NUMBER: pa.float64(),
    LogicalType.BOOLEAN: pa.bool_(),
    LogicalType.DATE: pa.date32(),
    LogicalType.TIMESTAMP: pa.timestamp("us"),
    LogicalType.TIME: pa.time64("us"),
}


@st.composite
def schema_objects(draw: st.DrawFn, *, max_fields: int = 3, is_flat: bool = False, has_keys: bool = True) -> SchemaObject:
    """What a contract says of a dataset; without relationships and quality rules.

    :param is_flat: whether to leave out objects and arrays, which CSV cannot hold.
    :param has_keys: whether columns may be unique, and a primary key.
    """
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=max_fields, unique=True))
    columns = tuple(draw(fields(name, is_flat=is_flat, has_keys=has_keys)) for name in names)
    flat = [field.name for field in columns if field.logical_type in _KINDS]
    key = draw(st.lists(st.sampled_from(flat), max_size=2, unique=True)) if has_keys and flat else []
    columns = tuple(replace(field, required=field.required or field.name in key) for field in columns)
    return SchemaObject("data", fields=columns, primary_key=tuple(key), allows_extra_columns=draw(st.booleans()))


@st.composite
def fields(draw: st.DrawFn, name: str, *, is_flat: bool = False, has_keys: bool = False) -> Field:
    """A column, a member, or the items of an array."""
    kind = draw(st.sampled_from(_KINDS if is_flat else (*_KINDS, LogicalType.ARRAY, LogicalType.OBJECT)))
    field = Field(name, logical_type=kind, required=draw(st.booleans()))
    if kind is LogicalType.ARRAY:
        items = draw(fields("", is_flat=True))
        most = draw(_seldom(st.integers(0, 3)))
        unique = draw(st.booleans())
        return replace(field, items=items, max_items=most, min_items=draw(_seldom(st.integers(0, 2))), unique_items=unique)
    if kind is LogicalType.OBJECT:
        members = draw(st.lists(st.sampled_from(NAMES[:-1]), min_size=1, max_size=2, unique=True))
        return replace(field, fields=tuple(draw(fields(member, is_flat=True)) for member in members))
    unique = has_keys and draw(st.integers(0, 3)) == 0
    if draw(st.integers(0, 3)) == 0:
        values = draw(st.lists(values_of(field).map(_scalar), min_size=1, max_size=3, unique=True))
        return replace(field, unique=unique, enum=tuple(values))
    if kind is LogicalType.STRING:
        return replace(
            field,
            unique=unique,
            min_length=draw(_seldom(st.integers(0, 2))),
            max_length=draw(_seldom(st.integers(0, 4))),
            pattern=draw(_seldom(st.sampled_from(PATTERNS))),
        )
    if kind is LogicalType.BOOLEAN:
        return replace(field, unique=unique)
    multiple = _seldom(st.sampled_from([Decimal(2), Decimal("0.5"), Decimal("0.1")]))
    return replace(
        field,
        unique=unique,
        minimum=draw(_bounds(field)),
        maximum=draw(_bounds(field)),
        multiple_of=draw(multiple) if kind in (LogicalType.INTEGER, LogicalType.NUMBER) else None,
    )


def rows(schema: SchemaObject, *, max_size: int = 6) -> st.SearchStrategy[list[Row]]:
    """Rows whose values are of the types that the columns ask for; whether they keep the other rules is left to chance."""
    return st.lists(st.fixed_dictionaries({field.name: nullable_values_of(field) for field in schema.fields}), max_size=max_size)


def nullable_values_of(field: Field) -> st.SearchStrategy[Any]:
    """Values of the field's type and, not so often, null."""
    return st.one_of(values_of(field), values_of(field), values_of(field), st.none())


def values_of(field: Field) -> st.SearchStrategy[Any]:
    """Values of the field's type, many of them where its rules make a difference."""
    match field.logical_type:
        case LogicalType.ARRAY if field.items:
            return st.lists(nullable_values_of(field.items), max_size=4)
        case LogicalType.OBJECT:
            return st.fixed_dictionaries({member.name: nullable_values_of(member) for member in field.fields})
    choices = [_VALUES[field.logical_type or LogicalType.STRING]]
    near = [_value(field, value) for value in field.enum or ()]
    near += [_value(field, bound.value) for bound in (field.minimum, field.maximum) if bound]
    if near:
        choices.append(st.sampled_from(near))
    return st.one_of(choices)


def arrow_table(schema: SchemaObject, data: Sequence[Row]) -> pa.Table:
    """The rows as a table with the types that the columns ask for."""
    columns = [pa.array([row[field.name] for row in data], arrow_type(field)) for field in schema.fields]
    return pa.Table.from_arrays(columns, names=[field.name for field in schema.fields])


def arrow_type(field: Field) -> pa.DataType:
    """The type of Arrow that holds the field's values."""
    if field.logical_type is LogicalType.ARRAY and field.items:
        return pa.list_(arrow_type(field.items))
    if field.logical_type is LogicalType.OBJECT:
        return pa.struct([pa.field(member.name, arrow_type(member)) for member in field.fields])
    return _ARROW[field.logical_type or LogicalType.STRING]


def write_rows(path: Path, format: str, schema: SchemaObject, data: Sequence[Row]) -> None:
    """Write the rows as a file of the format."""
    if format == "jsonl":
        lines = (json.dumps(row, default=lambda value: value.isoformat(), ensure_ascii=False) + "\n" for row in data)
        path.write_text("".join(lines), encoding="utf-8")
        return
    table = arrow_table(schema, data)
    if format == "parquet":
        pq.write_table(table, path)
    elif format == "arrow":
        pyarrow.feather.write_feather(table, str(path), compression="uncompressed")
    else:
        pyarrow.csv.write_csv(table, path)


_VALUES: dict[LogicalType, st.SearchStrategy[Any]] = {
    LogicalType.STRING: st.one_of(
        st.text("abcé'\"1 ,\n", max_size=5), st.sampled_from(["", "NA", "null", "e\u0301", "\U0001f469\u200d\U0001f680"])
    ),
    LogicalType.INTEGER: st.one_of(st.integers(-5, 10), st.sampled_from([2**53 + 1, -(2**63), 2**63 - 1])),
    LogicalType.NUMBER: st.one_of(
        st.integers(-50, 100).map(lambda n: n / 10), st.sampled_from([1e22, -1e-7, 0.30000000000000004, -0.0])
    ),
    LogicalType.BOOLEAN: st.booleans(),
    LogicalType.DATE: st.one_of(
        st.integers(-3, 3).map(lambda n: _DAY + datetime.timedelta(days=n)), st.sampled_from([datetime.date(1, 1, 1)])
    ),
    LogicalType.TIMESTAMP: st.one_of(
        st.integers(-3, 3).map(lambda n: _NOON + datetime.timedelta(hours=8 * n)),
        st.sampled_from([_NOON.replace(microsecond=1), datetime.datetime(9999, 12, 31, 23, 59, 59, 999999)]),
    ),
    LogicalType.TIME: st.sampled_from([datetime.time(0), datetime.time(12), datetime.time(23, 59, 59, 999999)]),
}


def _bounds(field: Field) -> st.SearchStrategy[Bound | None]:
    kinds = [values_of(field).map(_scalar)]
    if field.logical_type in (LogicalType.INTEGER, LogicalType.NUMBER):
        kinds.append(st.sampled_from([Decimal("0.1"), Decimal("2.5"), Decimal(10) ** 40, -(Decimal(10) ** 40)]))
    return _seldom(st.builds(Bound, st.one_of(kinds), st.booleans()))


def _seldom(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.none(), st.none(), values)


def _scalar(value: Any) -> Any:
    """A value of a row as contracts have it."""
    return Decimal(repr(value)) if isinstance(value, (int, float)) and not isinstance(value, bool) else value


def _value(field: Field, scalar: Any) -> Any:
    """A value of a contract as rows have it."""
    if field.logical_type is LogicalType.INTEGER:
        return min(max(int(scalar), -(2**63)), 2**63 - 1)
    return float(scalar) if field.logical_type is LogicalType.NUMBER else scalar
