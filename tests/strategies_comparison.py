"""Hypothesis strategies for pairs of contracts, one mostly weaker than the other, and for data that keeps the first."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

from wombat_tool.contracts.model import (
    Bound,
    Environment,
    Field,
    Handling,
    LogicalType,
    Metric,
    Operator,
    QualityRule,
    SchemaObject,
    Severity,
    Threshold,
    Treatment,
)
from wombat_tool.contracts.physical_types import parse_physical_type

Row = dict[str, Any]
NAMES = ("a", "b", "c")
PATTERNS = ("^a", "b$", "^[a-c]+$", "^.{1,3}$", r"^\d+$", "a|b", "^a?$", "[^a]")
_DAY = datetime.date(2024, 2, 27)
_NOON = datetime.datetime(2024, 2, 27, 12)
_INTEGERS = st.one_of(st.integers(-4, 12), st.sampled_from([127, 128, 300, 2**53 + 1, -(2**63)]))
_VALUES: dict[LogicalType, st.SearchStrategy[Any]] = {
    LogicalType.STRING: st.text("abc1\n", max_size=4),
    LogicalType.INTEGER: _INTEGERS,
    LogicalType.NUMBER: st.one_of(st.integers(-8, 20).map(lambda n: n / 4), st.sampled_from([0.1, 0.3, 1e22, 2.0**53])),
    LogicalType.BOOLEAN: st.booleans(),
    LogicalType.DATE: st.integers(-3, 3).map(lambda n: _DAY + datetime.timedelta(days=n)),
    LogicalType.TIMESTAMP: st.integers(-3, 3).map(lambda n: _NOON + datetime.timedelta(hours=8 * n)),
}
_FORMATS = {
    LogicalType.INTEGER: ("i8", "i16", "i32", "i64", "u8", "u16"),
    LogicalType.NUMBER: ("f32", "f64"),
}
_PHYSICAL = {
    LogicalType.STRING: ("varchar(2)", "varchar(4)", "text"),
    LogicalType.INTEGER: ("smallint", "int", "bigint", "decimal(4,0)", "uint8"),
    LogicalType.NUMBER: ("float", "double", "decimal(4,2)", "decimal(8,2)", "int", "decimal(3,0)"),
    LogicalType.BOOLEAN: ("boolean",),
    LogicalType.DATE: ("date",),
    LogicalType.TIMESTAMP: ("timestamp", "timestamp without time zone"),
}
_ARROW = {
    LogicalType.STRING: (pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string())),
    LogicalType.INTEGER: (pa.int64(), pa.int8(), pa.int32(), pa.uint8(), pa.decimal128(4, 0)),
    LogicalType.NUMBER: (pa.float64(), pa.float32(), pa.int16(), pa.decimal128(4, 2), pa.decimal128(3, 0)),
    LogicalType.BOOLEAN: (pa.bool_(),),
    LogicalType.DATE: (pa.date32(),),
    LogicalType.TIMESTAMP: (pa.timestamp("us"), pa.timestamp("ms")),
}
_RULES = ("logicalType", "physicalType", "required", "unique", "enum", "minimum", "maximum", "maxLength", "pattern", "present")
KINDS = tuple(_VALUES)


def seldom(values: st.SearchStrategy[Any], *, of: int = 3) -> st.SearchStrategy[Any]:
    """None, mostly."""
    return st.one_of(*[st.none()] * (of - 1), values)


@st.composite
def schemas(draw: st.DrawFn, *, is_flat: bool = False) -> SchemaObject:
    """What a contract says of a dataset."""
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=2, unique=True))
    columns = tuple(draw(columns_of(name, is_flat=is_flat)) for name in names)
    flat = [one.name for one in columns if one.logical_type in KINDS]
    key = tuple(draw(st.lists(st.sampled_from(flat), max_size=2, unique=True))) if flat and draw(st.integers(0, 3)) == 0 else ()
    columns = tuple(replace(one, required=one.required or one.name in key) for one in columns)
    quality = tuple(draw(st.lists(metrics(columns), max_size=2)))
    return SchemaObject(
        "data", fields=columns, primary_key=key, quality=quality, allows_extra_columns=draw(st.integers(0, 3)) > 0
    )


@st.composite
def columns_of(draw: st.DrawFn, name: str, *, is_flat: bool = False) -> Field:
    """A column."""
    kind = draw(st.sampled_from(KINDS if is_flat else (*KINDS, LogicalType.ARRAY, LogicalType.OBJECT)))
    field = Field(name, kind, required=draw(st.booleans()), handling=draw(handlings()))
    if kind is LogicalType.ARRAY:
        items = draw(columns_of("", is_flat=True))
        least, most = draw(seldom(st.integers(0, 2))), draw(seldom(st.integers(2, 3)))
        return replace(field, items=items, min_items=least, max_items=most, unique_items=draw(st.integers(0, 3)) == 0)
    if kind is LogicalType.OBJECT:
        members = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=2, unique=True))
        return replace(field, fields=tuple(draw(columns_of(member, is_flat=True)) for member in members))
    for _ in range(draw(st.integers(0, 3))):
        field = draw(with_rule(field))
    if draw(st.integers(0, 7)) == 0:
        field = replace(field, logical_type=None)
    return field


@st.composite
def handlings(draw: st.DrawFn) -> Handling:
    """How rules are treated in production, mostly as usual."""
    if draw(st.integers(0, 4)):
        return Handling()
    rule = draw(st.sampled_from((*_RULES, None)))
    return Handling(((Environment.PRODUCTION, rule, draw(st.sampled_from(Treatment))),))


@st.composite
def with_rule(draw: st.DrawFn, field: Field) -> Field:
    """The column with one more rule about its values, or another one than it had."""
    kind = field.logical_type
    if kind is None:
        return field
    value = _VALUES[kind].map(scalar)
    choices: list[Callable[[], Field]] = [
        lambda: replace(field, enum=tuple(draw(st.lists(value, min_size=1, max_size=4, unique=True)))),
        lambda: replace(field, unique=not field.unique),
        lambda: replace(field, physical_type=parse_physical_type(draw(st.sampled_from(_PHYSICAL[kind])))),
    ]
    if kind not in (LogicalType.STRING, LogicalType.BOOLEAN):
        choices += [
            lambda: replace(field, minimum=Bound(draw(value), draw(st.booleans()))),
            lambda: replace(field, maximum=Bound(draw(value), draw(st.booleans()))),
        ]
    if kind in _FORMATS:
        steps = st.sampled_from([Decimal("0.5"), Decimal(1), Decimal(2), Decimal(4), Decimal("0.1")])
        choices += [
            lambda: replace(field, multiple_of=draw(steps)),
            lambda: replace(field, format=draw(st.sampled_from(_FORMATS[kind]))),
        ]
    if kind is LogicalType.STRING:
        choices += [
            lambda: replace(field, min_length=draw(st.integers(0, 2))),
            lambda: replace(field, max_length=draw(st.integers(1, 4))),
            lambda: replace(field, pattern=draw(st.sampled_from(PATTERNS))),
        ]
    return draw(st.sampled_from(choices))()


@st.composite
def metrics(draw: st.DrawFn, columns: tuple[Field, ...]) -> QualityRule:
    """A quality rule of a dataset that has the columns."""
    metric = draw(st.sampled_from(Metric))
    names = [one.name for one in columns if one.logical_type in KINDS]
    is_percent = metric is not Metric.ROW_COUNT and draw(st.booleans())
    rule = QualityRule(
        metric.value,
        metric=metric,
        thresholds=(draw(thresholds()),),
        is_percent=is_percent,
        severity=draw(st.sampled_from(Severity)),
    )
    if metric is Metric.ROW_COUNT or not names:
        return replace(rule, metric=Metric.ROW_COUNT, name="rowCount", is_percent=False)
    name = draw(st.sampled_from(names))
    kind = next(one.logical_type for one in columns if one.name == name)
    assert kind is not None
    values = tuple(draw(st.lists(_VALUES[kind].map(scalar), min_size=1, max_size=3, unique=True)))
    columns_named = (name, *draw(st.lists(st.sampled_from(names), max_size=1))) if metric is Metric.DUPLICATE_VALUES else (name,)
    return replace(
        rule,
        columns=tuple(dict.fromkeys(columns_named)),
        missing_values=values if metric is Metric.MISSING_VALUES else (),
        valid_values=values if metric is Metric.INVALID_VALUES else None,
    )


@st.composite
def thresholds(draw: st.DrawFn) -> Threshold:
    """What a metric is held against: none at all, or few."""
    operator = draw(st.sampled_from([Operator.BE, Operator.LESS, Operator.LESS_OR_EQUAL, Operator.BETWEEN, Operator.NOT_BE]))
    number = draw(st.sampled_from([0, 1, 2, 50]))
    if operator is Operator.BE:
        number = 0
    if operator is Operator.LESS:
        number += 1
    upper = Decimal(number + 5) if operator is Operator.BETWEEN else None
    return Threshold(operator, Decimal(0 if operator is Operator.BETWEEN else number), upper)


@st.composite
def changed(draw: st.DrawFn, schema: SchemaObject) -> SchemaObject:
    """A contract that mostly asks for less, by a few changes, and now and then for something else."""
    for _ in range(draw(st.integers(1, 2))):
        schema = draw(_once_changed(schema))
    return schema


@st.composite
def _once_changed(draw: st.DrawFn, schema: SchemaObject) -> SchemaObject:
    choice = draw(st.integers(0, 13))
    flat = [one.name for one in schema.fields if one.logical_type in KINDS]
    if choice == 0 and len(schema.fields) > 1:
        name = draw(st.sampled_from(schema.fields)).name
        if name in schema.primary_key or any(name in rule.columns for rule in schema.quality):
            return schema
        return replace(schema, fields=tuple(one for one in schema.fields if one.name != name))
    if choice == 1:
        return replace(schema, allows_extra_columns=draw(st.booleans()), primary_key=())
    if choice == 2:
        return replace(schema, quality=(*schema.quality, draw(metrics(schema.fields))))
    if choice == 3:
        return replace(schema, quality=schema.quality[1:])
    if choice == 4 and flat:
        return replace(schema, primary_key=tuple(draw(st.lists(st.sampled_from(flat), max_size=2, unique=True))))
    number = draw(st.integers(0, len(schema.fields) - 1))
    new = draw(_changed_column(schema.fields[number]))
    return replace(schema, fields=(*schema.fields[:number], new, *schema.fields[number + 1 :]))


@st.composite
def _changed_column(draw: st.DrawFn, field: Field) -> Field:
    if field.items is not None and draw(st.booleans()):
        return replace(field, items=draw(_changed_column(field.items)))
    if field.fields and draw(st.booleans()):
        first, *others = field.fields
        return replace(field, fields=(draw(_changed_column(first)), *others))
    weaker = [
        replace(field, required=False),
        replace(field, unique=False),
        replace(field, enum=None),
        replace(field, minimum=None),
        replace(field, maximum=None, max_length=None, max_items=None),
        replace(field, pattern=None),
        replace(field, physical_type=None),
        replace(field, multiple_of=None, min_length=None, min_items=None),
    ]
    others = [
        replace(field, required=True),
        replace(field, unique=True, unique_items=field.items is not None),
        replace(field, logical_type=draw(st.sampled_from([*KINDS, None])), format=None) if field.logical_type in KINDS else field,
        replace(field, handling=draw(handlings())),
    ]
    if field.logical_type is LogicalType.INTEGER:
        weaker += [replace(field, logical_type=LogicalType.NUMBER, format=None)] * 2
    moved = _moved(field, draw(st.sampled_from([-1, 1])), is_inclusive=draw(st.booleans()))
    choice = draw(st.integers(0, 4))
    if choice == 0:
        return draw(st.sampled_from(others))
    if choice == 4 and moved:
        return draw(st.sampled_from(moved))
    kept: Field = draw(st.sampled_from(weaker))
    if choice > 1 and field.logical_type in KINDS:
        # Another rule, often in the place of a stronger one.
        return draw(with_rule(draw(st.sampled_from([field, kept]))))  # type: ignore[no-any-return]
    return kept


def _moved(field: Field, step: int, *, is_inclusive: bool) -> list[Field]:
    """The column with one of its rules a little laxer or stricter."""
    changes: list[dict[str, Any]] = []
    for name in ("minimum", "maximum"):
        bound = getattr(field, name)
        if bound:
            size: Any = datetime.timedelta(days=step) if isinstance(bound.value, datetime.date) else Decimal(step)
            changes += [{name: Bound(bound.value + size, is_inclusive)}, {name: replace(bound, inclusive=is_inclusive)}]
    for name in ("min_length", "max_length", "min_items", "max_items"):
        if getattr(field, name):
            changes.append({name: getattr(field, name) + step})
    if field.enum and len(field.enum) > 1:
        changes.append({"enum": field.enum[1:]})
    if field.multiple_of:
        changes.append({"multiple_of": field.multiple_of * (2 if step > 0 else Decimal("0.5"))})
    return [replace(field, **change) for change in changes]


def scalar(value: Any) -> Any:
    """A value of a row as contracts have it."""
    return Decimal(repr(value)) if isinstance(value, (int, float)) and not isinstance(value, bool) else value


@st.composite
def tables(draw: st.DrawFn, promise: SchemaObject, need: SchemaObject) -> pa.Table:
    """Data that mostly keeps a promise, with values at the edges of both contracts."""
    count = draw(st.integers(0, 4))
    arrays, names = [], []
    for field in promise.fields:
        if draw(st.integers(0, 15)) == 0:
            continue
        type = draw(arrow_types(field))
        values = _nullable(field, need.field_named(field.name) or field, type)
        arrays.append(pa.array(draw(st.lists(values, min_size=count, max_size=count)), type))
        names.append(field.name)
    if not names or draw(st.integers(0, 9)) == 0:
        arrays.append(pa.array([1] * count))
        names.append("other")
    return pa.Table.from_arrays(arrays, names=names)


@st.composite
def arrow_types(draw: st.DrawFn, field: Field) -> pa.DataType:
    """A type of Arrow that a column may have."""
    if field.logical_type is LogicalType.ARRAY and field.items:
        return pa.list_(draw(arrow_types(field.items)))
    if field.logical_type is LogicalType.OBJECT:
        return pa.struct([pa.field(one.name, draw(arrow_types(one))) for one in field.fields])
    if field.logical_type is None or draw(st.integers(0, 15)) == 0:
        return draw(st.sampled_from([one for types in _ARROW.values() for one in types]))
    return draw(st.sampled_from(_ARROW[field.logical_type]))


def _nullable(promise: Field, need: Field, type: pa.DataType) -> st.SearchStrategy[Any]:
    values = _values(promise, need, type)
    return values if promise.required else st.one_of(values, values, st.none())


def _values(promise: Field, need: Field, type: pa.DataType) -> st.SearchStrategy[Any]:
    if pa.types.is_list(type):
        items = promise.items or Field("")
        least = promise.min_items or 0
        return st.lists(_nullable(items, need.items or items, type.value_type), min_size=least, max_size=promise.max_items or 3)
    if pa.types.is_struct(type):
        needed = {one.name: one for one in need.fields}
        inner = ((one, needed.get(one.name, one)) for one in promise.fields)
        return st.fixed_dictionaries({one.name: _nullable(one, other, type.field(one.name).type) for one, other in inner})
    kind = next(kind for kind, types in _ARROW.items() if type in types)
    known = [_as(type, value) for value in (*_near(promise, kind), *_near(need, kind), *map(scalar, _PLAIN[kind]))]
    there = [value for value in known if value is not None]
    kept = [value for value in there if _keeps(promise, scalar(value))]
    # Mostly what the promise lets be, so that there is something to see.
    return st.sampled_from([*kept * 8, *there] if kept else there)


def _near(field: Field, kind: LogicalType) -> list[Any]:
    """The values that the rules of a column name, and those next to them."""
    named = [*(field.enum or ()), *(end.value for end in (field.minimum, field.maximum) if end)]
    named = [one for one in named if isinstance(one, type(scalar(_PLAIN[kind][0])))]
    steps = [one + step for one in named if isinstance(one, Decimal) for step in (Decimal("-0.5"), Decimal(1), Decimal(-1))]
    days = [one + datetime.timedelta(days=step) for one in named if isinstance(one, datetime.date) for step in (-1, 1)]
    return [*named, *steps, *days]


_PLAIN: dict[LogicalType, list[Any]] = {
    LogicalType.STRING: ["", "a", "b", "ab", "abc", "1", "11", "abca", "a\n", "c"],
    LogicalType.INTEGER: [0, 1, 2, 3, 4, 7, -1, 8, 127, 300],
    LogicalType.NUMBER: [0.0, 0.5, 1.0, 2.0, 0.1, 0.3, -1.25, 4.0, 1e22],
    LogicalType.BOOLEAN: [True, False],
    LogicalType.DATE: [_DAY, _DAY + datetime.timedelta(days=2)],
    LogicalType.TIMESTAMP: [_NOON, _NOON + datetime.timedelta(hours=8)],
}


def _keeps(field: Field, value: Any) -> bool:
    """Whether a value keeps those rules of a column that are easily told."""
    if field.enum is not None and value not in field.enum:
        return False
    if isinstance(value, str):
        length = len(value)
        shortest, longest = field.min_length or 0, field.max_length
        fits = shortest <= length and (longest is None or length <= longest)
        return fits and (field.pattern is None or re.search(field.pattern, value) is not None)
    if isinstance(value, Decimal) and field.multiple_of and value % field.multiple_of:
        return False
    ends = (field.minimum, field.maximum)
    if any(end and type(end.value) is not type(value) for end in ends):
        return False
    above = field.minimum is None or value > field.minimum.value or (value == field.minimum.value and field.minimum.inclusive)
    return above and (
        field.maximum is None or value < field.maximum.value or (value == field.maximum.value and field.maximum.inclusive)
    )


def _as(type: pa.DataType, value: Any) -> Any:
    """The value, if the type holds it; else none."""
    if isinstance(value, Decimal):
        value = float(value) if pa.types.is_floating(type) else int(value) if pa.types.is_integer(type) else value
        value = round(value, type.scale) if pa.types.is_decimal(type) else value
    try:
        pa.scalar(value, type)
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        return None
    return value
