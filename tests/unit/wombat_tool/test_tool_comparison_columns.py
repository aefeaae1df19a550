"""What the rules of a column promise, and what they do not."""

from __future__ import annotations

import datetime
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from wombat_tool.comparison.implication import mismatches
from wombat_tool.contracts.model import Bound, Environment, Field, Handling, LogicalType, SchemaObject, Treatment
from wombat_tool.contracts.physical_types import parse_physical_type

STRING, INTEGER, NUMBER = LogicalType.STRING, LogicalType.INTEGER, LogicalType.NUMBER
DATE, TIMESTAMP, TIME = LogicalType.DATE, LogicalType.TIMESTAMP, LogicalType.TIME
ARRAY, OBJECT, MAP, VECTOR = LogicalType.ARRAY, LogicalType.OBJECT, LogicalType.MAP, LogicalType.VECTOR


def column(type: LogicalType | None = None, physical: str | None = None, **rules: Any) -> Field:
    """A column; numbers of ranges as Python has them."""
    for name in ("minimum", "maximum", "above", "below"):
        if name in rules:
            value = rules.pop(name)
            value = Decimal(str(value)) if isinstance(value, (int, float)) else value
            attribute = {"above": "minimum", "below": "maximum"}.get(name, name)
            rules[attribute] = Bound(value, inclusive=name == attribute)
    if "multiple_of" in rules:
        rules["multiple_of"] = Decimal(str(rules["multiple_of"]))
    if "enum" in rules:
        rules["enum"] = tuple(
            Decimal(str(one)) if isinstance(one, (int, float)) and not isinstance(one, bool) else one for one in rules["enum"]
        )
    return Field("x", type, parse_physical_type(physical) if physical else None, **rules)


def item(type: LogicalType | None = None, **rules: Any) -> Field:
    """What an array or a map holds."""
    return replace(column(type, **rules), name="")


def member(name: str, type: LogicalType, **rules: Any) -> Field:
    """A member of an object."""
    return replace(column(type, **rules), name=name)


def found(promise: Field, need: Field) -> list[tuple[str | None, str]]:
    """The columns and aspects that do not match."""
    return [(one.column, one.aspect) for one in mismatches(_object(promise), _object(need))]


def _object(*columns: Field) -> SchemaObject:
    return SchemaObject("flights", fields=columns)


NOON = datetime.datetime(2024, 1, 1, 12)
DAY = datetime.date(2024, 1, 1)


@pytest.mark.parametrize(
    ("promise", "need"),
    [
        pytest.param(column(INTEGER), column(), id="nothing-needed"),
        pytest.param(column(INTEGER), column(NUMBER), id="integer-is-number"),
        pytest.param(column(INTEGER, format="i8"), column(INTEGER, format="i16"), id="i8-in-i16"),
        pytest.param(column(INTEGER, format="u8"), column(INTEGER, format="i16"), id="u8-in-i16"),
        pytest.param(column(NUMBER, format="f32"), column(NUMBER, format="f64"), id="f32-in-f64"),
        pytest.param(column(INTEGER, "int"), column(INTEGER, "bigint"), id="int-in-bigint"),
        pytest.param(column(INTEGER, format="i32"), column(INTEGER, "int"), id="i32-in-int"),
        pytest.param(column(INTEGER), column(None, "varint"), id="any-integer"),
        pytest.param(column(NUMBER, "decimal(8,2)"), column(NUMBER, "decimal(10,2)"), id="decimal-in-wider"),
        pytest.param(column(NUMBER, "decimal(8,2)"), column(NUMBER, "decimal(12,4)"), id="decimal-in-finer"),
        pytest.param(column(INTEGER, "smallint"), column(NUMBER, "decimal(7,2)"), id="integer-in-decimal"),
        pytest.param(column(INTEGER, "decimal(9,0)"), column(INTEGER, "int"), id="whole-decimal-in-int"),
        pytest.param(column(STRING, "varchar(10)"), column(STRING, "varchar(20)"), id="varchar-in-longer"),
        pytest.param(column(STRING, max_length=10), column(STRING, "varchar(20)"), id="max-length-in-varchar"),
        pytest.param(column(STRING, "varchar(10)"), column(STRING, max_length=10), id="varchar-is-max-length"),
        pytest.param(column(None, "bigint"), column(INTEGER), id="physical-type-alone"),
        pytest.param(column(DATE, "timestamp"), column(TIMESTAMP), id="date-stored-as-timestamp"),
        pytest.param(column(STRING, "bytea"), column(None, "blob"), id="bytes"),
        pytest.param(column(INTEGER, above=3), column(INTEGER, minimum=4), id="whole-numbers-are-closed"),
        pytest.param(column(INTEGER, below=2.5), column(INTEGER, maximum=2), id="whole-numbers-below-a-fraction"),
        pytest.param(column(INTEGER, minimum=1, multiple_of=5), column(INTEGER, minimum=5), id="first-multiple"),
        pytest.param(column(NUMBER, above=0), column(NUMBER, minimum=0), id="exclusive-is-stricter"),
        pytest.param(column(NUMBER, minimum=1), column(NUMBER, above=0), id="stricter-number"),
        pytest.param(column(INTEGER, format="u8"), column(INTEGER, minimum=0, maximum=255), id="range-of-a-format"),
        pytest.param(column(NUMBER, "decimal(4,2)"), column(NUMBER, maximum=99.99), id="range-of-a-decimal"),
        pytest.param(column(DATE, minimum=DAY), column(DATE, minimum=datetime.date(2023, 1, 1)), id="dates"),
        pytest.param(column(TIME, above=datetime.time(9)), column(TIME, minimum=datetime.time(9)), id="times"),
        pytest.param(column(TIMESTAMP, maximum=NOON), column(TIMESTAMP, maximum=NOON), id="timestamps"),
        pytest.param(column(INTEGER), column(NUMBER, multiple_of=0.5), id="whole-numbers-are-multiples-of-half"),
        pytest.param(column(NUMBER, multiple_of=10), column(NUMBER, multiple_of=2.5), id="multiple-of-a-multiple"),
        pytest.param(column(NUMBER, "decimal(8,2)"), column(NUMBER, multiple_of=0.01), id="decimals-are-multiples"),
        pytest.param(column(STRING, enum=["a"]), column(STRING, enum=["a", "b"]), id="subset"),
        pytest.param(column(INTEGER, minimum=1, maximum=3), column(INTEGER, enum=[1, 2, 3]), id="few-whole-numbers"),
        pytest.param(column(LogicalType.BOOLEAN), column(LogicalType.BOOLEAN, enum=[True, False]), id="both-truths"),
        pytest.param(column(STRING, enum=["UA", "AA"]), column(STRING, pattern="^[A-Z]{2}$"), id="values-match-pattern"),
        pytest.param(column(STRING, enum=["UA"]), column(STRING, min_length=2, max_length=2), id="values-have-length"),
        pytest.param(column(INTEGER, enum=[2, 4]), column(INTEGER, minimum=2, below=5, multiple_of=2), id="values-in-range"),
        pytest.param(column(STRING, enum=["a", "bbb"], max_length=1), column(STRING, enum=["a"]), id="values-that-rules-leave"),
        pytest.param(column(STRING, pattern="^[A-Z]{3}$"), column(STRING, pattern="^[A-Z]+$"), id="pattern-in-pattern"),
        pytest.param(column(STRING, pattern="^[A-Z]{3}$"), column(STRING, min_length=3, max_length=3), id="pattern-has-length"),
        pytest.param(column(STRING, format="uuid"), column(STRING, format="uuid"), id="format"),
        pytest.param(column(STRING), column(STRING, format="password"), id="format-that-is-documentation"),
        pytest.param(column(DATE, format="yyyy-MM-dd"), column(DATE), id="iso-is-the-format-of-dates"),
        pytest.param(column(TIMESTAMP, with_timezone=True), column(TIMESTAMP, with_timezone=True), id="time-zone"),
        pytest.param(column(TIMESTAMP, with_timezone=False), column(None, "datetime"), id="time-zone-of-a-type"),
        pytest.param(column(ARRAY, items=item(INTEGER, required=True)), column(ARRAY, items=item(NUMBER)), id="items"),
        pytest.param(column(ARRAY, min_items=2, max_items=3), column(ARRAY, min_items=1, max_items=3), id="count-of-items"),
        pytest.param(column(ARRAY, max_items=1), column(ARRAY, unique_items=True), id="one-item-is-unique"),
        pytest.param(column(VECTOR, dimensions=3, element_type="float32"), column(ARRAY, min_items=3, max_items=3), id="vector-is-array"),
        pytest.param(
            column(OBJECT, fields=(member("city", STRING, required=True), member("zip", STRING))),
            column(OBJECT, fields=(member("city", STRING, required=True),), min_properties=1),
            id="members",
        ),
        pytest.param(
            column(OBJECT, fields=(member("city", STRING, required=True),)),
            column(OBJECT, required_members=("city",)),
            id="required-members",
        ),
        pytest.param(
            column(MAP, map_key=item(STRING), map_value=item(INTEGER, minimum=1)),
            column(MAP, map_key=item(STRING, required=True), map_value=item(NUMBER, minimum=0)),
            id="map",
        ),
        pytest.param(column(INTEGER, unique=True), column(INTEGER, unique=True), id="unique"),
        pytest.param(column(INTEGER, format="i32", unique=True), column(NUMBER, unique=True), id="unique-as-doubles"),
        pytest.param(column(None, enum=["a"]), column(None, enum=["a", "b"]), id="no-type-on-either-side"),
    ],
)
def test_a_promise_is_enough(promise: Field, need: Field) -> None:
    assert found(promise, need) == []


@pytest.mark.parametrize(
    ("promise", "need", "aspect"),
    [
        pytest.param(column(), column(INTEGER), "logicalType", id="no-type-promised"),
        pytest.param(column(NUMBER), column(INTEGER), "logicalType", id="number-is-no-integer"),
        pytest.param(column(INTEGER), column(STRING), "logicalType", id="integer-is-no-text"),
        pytest.param(column(DATE), column(TIMESTAMP), "logicalType", id="date-is-no-timestamp"),
        pytest.param(column(STRING), column(None, "bigint"), "physicalType", id="physical-type-of-other-values"),
        pytest.param(column(STRING, "bytea"), column(STRING), "logicalType", id="bytes-are-no-text"),
        pytest.param(column(DATE, "varchar"), column(DATE), "logicalType", id="dates-in-text"),
        pytest.param(column(None, enum=["a"]), column(STRING), "logicalType", id="values-alone-are-no-type"),
        pytest.param(column(INTEGER, format="i16"), column(INTEGER, format="i8"), "format", id="i16-not-in-i8"),
        pytest.param(column(INTEGER, minimum=0, maximum=9), column(INTEGER, format="i8"), "format", id="range-is-no-width"),
        pytest.param(column(INTEGER, format="i8"), column(INTEGER, format="u8"), "format", id="negative-not-in-u8"),
        pytest.param(column(NUMBER), column(NUMBER, format="f64"), "format", id="decimals-are-no-doubles"),
        pytest.param(column(INTEGER, "bigint"), column(INTEGER, "int"), "physicalType", id="bigint-not-in-int"),
        pytest.param(column(NUMBER, "decimal(12,4)"), column(NUMBER, "decimal(12,2)"), "physicalType", id="finer-decimal"),
        pytest.param(column(NUMBER, "decimal(10,2)"), column(NUMBER, "decimal(10,4)"), "physicalType", id="larger-decimal"),
        pytest.param(column(NUMBER, "double"), column(NUMBER, "decimal(10,2)"), "physicalType", id="double-is-no-decimal"),
        pytest.param(column(INTEGER, "int"), column(NUMBER, "double"), "physicalType", id="integers-may-be-decimals-in-data"),
        pytest.param(column(STRING), column(STRING, "varchar(20)"), "physicalType", id="no-length"),
        pytest.param(column(NUMBER, above=3), column(NUMBER, minimum=4), "minimum", id="fractions-are-not-closed"),
        pytest.param(column(INTEGER, minimum=3), column(INTEGER, above=3), "exclusiveMinimum", id="inclusive-is-laxer"),
        pytest.param(column(INTEGER), column(INTEGER, maximum=600), "maximum", id="no-maximum"),
        pytest.param(column(INTEGER, maximum=601), column(INTEGER, below=601), "exclusiveMaximum", id="larger-maximum"),
        pytest.param(column(DATE), column(DATE, maximum=DAY), "maximum", id="no-last-day"),
        pytest.param(
            column(TIMESTAMP, maximum=NOON.replace(tzinfo=datetime.timezone.utc)),
            column(TIMESTAMP, maximum=NOON),
            "maximum",
            id="moments-that-cannot-be-compared",
        ),
        pytest.param(
            column(TIMESTAMP, maximum=NOON, default_timezone="Europe/Berlin"), column(TIMESTAMP, maximum=NOON), "timezone", id="other-zone"
        ),
        pytest.param(column(NUMBER, multiple_of=0.5), column(NUMBER, multiple_of=1), "multipleOf", id="halves"),
        pytest.param(column(STRING, enum=["a", "b"]), column(STRING, enum=["a"]), "enum", id="one-more-value"),
        pytest.param(column(STRING), column(STRING, enum=["a"]), "enum", id="any-value"),
        pytest.param(column(INTEGER, minimum=1, maximum=4), column(INTEGER, enum=[1, 2, 3]), "enum", id="one-more-number"),
        pytest.param(column(STRING, enum=["UA", "B6"]), column(STRING, pattern="^[A-Z]+$"), "pattern", id="value-breaks-pattern"),
        pytest.param(column(STRING, enum=["UA", "AAL"]), column(STRING, max_length=2), "maxLength", id="value-too-long"),
        pytest.param(column(STRING), column(STRING, min_length=1), "minLength", id="no-length-at-least"),
        pytest.param(column(STRING, pattern="^[A-Z]+$"), column(STRING, pattern="^[A-Z]{3}$"), "pattern", id="laxer-pattern"),
        pytest.param(column(STRING), column(STRING, format="email"), "format", id="no-format"),
        pytest.param(column(STRING, enum=["a@b"]), column(STRING, format="email"), "format", id="format-of-values"),
        pytest.param(column(DATE, format="dd.MM.yyyy"), column(DATE), "format", id="another-form-of-dates"),
        pytest.param(column(DATE), column(DATE, format="dd.MM.yyyy"), "format", id="form-that-is-not-promised"),
        pytest.param(column(TIMESTAMP), column(TIMESTAMP, with_timezone=True), "timezone", id="zone-left-open"),
        pytest.param(column(TIMESTAMP, "timestamptz"), column(TIMESTAMP, "datetime"), "physicalType", id="zone-of-types"),
        pytest.param(column(INTEGER), column(INTEGER, required=True), "required", id="null"),
        pytest.param(column(INTEGER), column(INTEGER, unique=True), "unique", id="duplicates"),
        pytest.param(column(INTEGER, unique=True), column(NUMBER, unique=True), "unique", id="large-integers-as-doubles"),
        pytest.param(column(ARRAY, min_items=1), column(ARRAY, min_items=2), "minItems", id="fewer-items"),
        pytest.param(column(ARRAY), column(ARRAY, max_items=2), "maxItems", id="more-items"),
        pytest.param(column(ARRAY, max_items=2), column(ARRAY, unique_items=True), "uniqueItems", id="equal-items"),
        pytest.param(column(ARRAY), column(VECTOR, dimensions=3), "logicalType", id="array-is-no-vector"),
        pytest.param(column(VECTOR, dimensions=3), column(VECTOR, dimensions=4), "dimensions", id="dimensions"),
        pytest.param(
            column(VECTOR, dimensions=3, element_type="float64"), column(VECTOR, dimensions=3, element_type="float32"), "dimensions", id="elements"
        ),
        pytest.param(column(OBJECT), column(OBJECT, min_properties=1), "minProperties", id="fewer-members"),
        pytest.param(column(OBJECT, max_properties=3), column(OBJECT, max_properties=2), "maxProperties", id="more-members"),
    ],
)
def test_a_promise_is_not_enough(promise: Field, need: Field, aspect: str) -> None:
    assert found(promise, need) == [("x", aspect)]


@pytest.mark.parametrize(
    ("promise", "need", "expected"),
    [
        pytest.param(column(ARRAY), column(ARRAY, items=item(STRING)), ("x[]", "logicalType"), id="items-left-open"),
        pytest.param(
            column(ARRAY, items=item(STRING)), column(ARRAY, items=item(STRING, required=True)), ("x[]", "required"), id="null-items"
        ),
        pytest.param(
            column(OBJECT, fields=(member("zip", STRING),)),
            column(OBJECT, fields=(member("city", STRING),)),
            ("x.city", "present"),
            id="no-such-member",
        ),
        pytest.param(
            column(OBJECT, fields=(member("city", STRING),)),
            column(OBJECT, required_members=("city",)),
            ("x.city", "required"),
            id="null-member",
        ),
        pytest.param(
            column(OBJECT, fields=(member("id", INTEGER),)),
            column(OBJECT, fields=(member("id", INTEGER, unique=True),)),
            ("x.id", "unique"),
            id="member-repeats",
        ),
        pytest.param(
            column(MAP, map_value=item(NUMBER)), column(MAP, map_value=item(NUMBER, minimum=0)), ("x.value", "minimum"), id="values-of-a-map"
        ),
        pytest.param(
            column(ARRAY, items=item(OBJECT, fields=(member("n", NUMBER),))),
            column(ARRAY, items=item(OBJECT, fields=(member("n", INTEGER),))),
            ("x[].n", "logicalType"),
            id="deep",
        ),
    ],
)
def test_what_is_in_a_column_is_compared_under_its_path(promise: Field, need: Field, expected: tuple[str, str]) -> None:
    assert found(promise, need) == [expected]


def test_a_wrong_type_is_told_alone() -> None:
    need = column(INTEGER, required=True, minimum=0, enum=[1])

    assert found(column(STRING, required=True), need) == [("x", "logicalType")]


@pytest.mark.parametrize(
    ("promise", "need", "texts"),
    [
        pytest.param(column(INTEGER, maximum=700), column(INTEGER, below=600), ("at most 700", "less than 600"), id="range"),
        pytest.param(column(INTEGER), column(INTEGER, maximum=600), ("nothing", "at most 600"), id="nothing"),
        pytest.param(column(STRING, enum=["a", "b"]), column(STRING, enum=["a"]), ("'a' or 'b'", "'a'"), id="values"),
        pytest.param(
            column(STRING, enum=["6B"]), column(STRING, pattern="^[A-Z]"), ("'6B'", "texts that match '^[A-Z]'"), id="values-for-a-pattern"
        ),
        pytest.param(column(INTEGER), column(INTEGER, required=True), ("nulls, too", "no nulls"), id="null"),
        pytest.param(column(STRING, "varchar(9)"), column(INTEGER), ("string as varchar(9)", "integer"), id="type"),
        pytest.param(column(INTEGER, format="i64"), column(INTEGER, "int"), ("integer (i64)", "int"), id="format-and-type"),
        pytest.param(column(STRING, max_length=1000), column(STRING, max_length=1), ("at most 1,000 characters", "at most 1 character"), id="length"),
    ],
)
def test_both_sides_are_told_in_words(promise: Field, need: Field, texts: tuple[str, str]) -> None:
    (one, *_) = mismatches(_object(promise), _object(need))

    assert (one.promise, one.need) == texts


def _treated(rule: str | None, treatment: Treatment, field: Field) -> Field:
    return replace(field, handling=Handling(((Environment.PRODUCTION, rule, treatment),)))


@pytest.mark.parametrize(
    ("treatment", "text"),
    [
        pytest.param(Treatment.WARNING, "at most 5, which is of severity warning in production", id="warning"),
        pytest.param(Treatment.INFO, "at most 5, which is of severity info in production", id="info"),
        pytest.param(Treatment.OFF, "at most 5, which is not checked in production", id="off"),
    ],
)
def test_what_stops_nothing_in_production_promises_nothing(treatment: Treatment, text: str) -> None:
    promise = _treated("maximum", treatment, column(INTEGER, maximum=5))

    (one,) = mismatches(_object(promise), _object(column(INTEGER, maximum=6)))

    assert (one.aspect, one.promise, one.severity.value) == ("maximum", text, "error")


def test_how_rules_are_treated_in_development_makes_no_difference() -> None:
    handling = Handling(((Environment.DEVELOPMENT, None, Treatment.OFF),))

    assert found(replace(column(INTEGER, maximum=5), handling=handling), column(INTEGER, maximum=6)) == []


def test_a_need_that_warns_gives_a_mismatch_that_warns() -> None:
    need = _treated("maximum", Treatment.WARNING, column(INTEGER, maximum=5))

    (one,) = mismatches(_object(column(INTEGER)), _object(need))

    assert one.severity.value == "warning"
    assert mismatches(_object(_treated("maximum", Treatment.WARNING, column(INTEGER, maximum=4))), _object(need)) == ()
    assert mismatches(_object(column(INTEGER)), _object(_treated("maximum", Treatment.OFF, need))) == ()


def test_rules_about_values_of_a_type_that_is_not_checked_hold_for_this_type_alone() -> None:
    promise = _treated("logicalType", Treatment.OFF, column(INTEGER, minimum=5))

    assert found(promise, column(INTEGER, minimum=5)) == [("x", "logicalType")]
    assert found(promise, _treated("logicalType", Treatment.OFF, column(INTEGER, minimum=4))) == []
    assert found(promise, _treated("logicalType", Treatment.OFF, column(NUMBER, minimum=4))) == [("x", "minimum")]
