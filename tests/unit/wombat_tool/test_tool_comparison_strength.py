"""How strong rules must be to rest on, and which numbers thresholds leave."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wombat_tool.comparison.implication import mismatches
from wombat_tool.comparison.number_sets import ROWS, allowed_by
from wombat_tool.contracts.custom_properties import RULES
from wombat_tool.contracts.model import (
    Bound,
    Environment,
    Field,
    Handling,
    LogicalType,
    Operator,
    Relationship,
    SchemaObject,
    Threshold,
    Treatment,
)
from wombat_tool.contracts.physical_types import parse_physical_type
from wombat_tool.validation.rules import Span, decide

STRING, INTEGER, ARRAY, OBJECT = LogicalType.STRING, LogicalType.INTEGER, LogicalType.ARRAY, LogicalType.OBJECT
ONE = Decimal(1)
# A dataset for each rule of the contracts that is no quality rule.
RULED = {
    "present": SchemaObject("d", fields=(Field("x"),)),
    "extraColumns": SchemaObject("d", allows_extra_columns=False),
    "primaryKey": SchemaObject("d", fields=(Field("x", INTEGER),), primary_key=("x",)),
    "relationships": SchemaObject("d", fields=(Field("x"),), relationships=(Relationship(("x",), "e", ("y",)),)),
    **{
        rule: SchemaObject("d", fields=(field,))
        for rule, field in {
            "logicalType": Field("x", INTEGER),
            "physicalType": Field("x", INTEGER, parse_physical_type("bigint")),
            "required": Field("x", required=True),
            "unique": Field("x", unique=True),
            "enum": Field("x", STRING, enum=("a",)),
            "minimum": Field("x", INTEGER, minimum=Bound(ONE)),
            "exclusiveMinimum": Field("x", INTEGER, minimum=Bound(ONE, inclusive=False)),
            "maximum": Field("x", INTEGER, maximum=Bound(ONE)),
            "exclusiveMaximum": Field("x", INTEGER, maximum=Bound(ONE, inclusive=False)),
            "multipleOf": Field("x", INTEGER, multiple_of=Decimal(3)),
            "minLength": Field("x", STRING, min_length=1),
            "maxLength": Field("x", STRING, max_length=1),
            "pattern": Field("x", STRING, pattern="a"),
            "format": Field("x", STRING, format="uuid"),
            "timezone": Field("x", LogicalType.TIMESTAMP, with_timezone=True),
            "minItems": Field("x", ARRAY, min_items=1),
            "maxItems": Field("x", ARRAY, max_items=2),
            "uniqueItems": Field("x", ARRAY, unique_items=True),
            "minProperties": Field("x", OBJECT, min_properties=1),
            "maxProperties": Field("x", OBJECT, max_properties=1),
            "dimensions": Field("x", LogicalType.VECTOR, dimensions=3),
        }.items()
    },
}


def treated(schema: SchemaObject, rule: str, treatment: Treatment) -> SchemaObject:
    """The dataset with a rule that production treats so, wherever it stands."""
    handling = Handling(((Environment.PRODUCTION, rule, treatment),))
    return replace(
        schema,
        fields=tuple(replace(field, handling=handling) for field in schema.fields),
        relationships=tuple(replace(one, handling=handling) for one in schema.relationships),
        handling=handling,
    )


def test_all_rules_are_known() -> None:
    assert set(RULED) == set(RULES)


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_promises_what_it_says_unless_it_is_switched_off(rule: str) -> None:
    schema = RULED[rule]

    assert mismatches(schema, schema) == ()
    (mismatch,) = mismatches(treated(schema, rule, Treatment.OFF), schema)
    assert (mismatch.aspect, mismatch.severity.value) == (rule, "error")
    assert mismatch.promise != mismatch.need


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_that_warns_is_enough_for_one_that_warns(rule: str) -> None:
    warns = treated(RULED[rule], rule, Treatment.WARNING)

    assert mismatches(warns, warns) == ()
    (mismatch,) = mismatches(treated(warns, rule, Treatment.INFO), warns)
    assert (mismatch.aspect, mismatch.severity.value) == (rule, "warning")
    assert mismatches(warns, treated(warns, rule, Treatment.OFF)) == ()


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_asks_for_what_it_says(rule: str) -> None:
    nothing = SchemaObject("d", fields=() if rule == "present" else tuple(Field(one.name) for one in RULED[rule].fields))

    assert mismatches(nothing, RULED[rule]) != ()


NUMBERS = st.integers(-1, 6).map(lambda n: Decimal(n) / 2)


@st.composite
def thresholds(draw: st.DrawFn) -> list[Threshold]:
    """Some thresholds."""
    found = []
    for _ in range(draw(st.integers(1, 3))):
        operator = draw(st.sampled_from(Operator))
        value = draw(NUMBERS)
        has_upper = operator in (Operator.BETWEEN, Operator.NOT_BETWEEN)
        found.append(Threshold(operator, value, value + draw(st.integers(0, 3)) if has_upper else None))
    return found


@settings(max_examples=200, deadline=None)
@given(thresholds(), thresholds())
def test_thresholds_are_within_others_as_counting_shows(promise: list[Threshold], need: list[Threshold]) -> None:
    promised, needed = allowed_by(promise), allowed_by(need)
    assert promised is not None and needed is not None
    counts = [count for count in range(12) if all(decide(one, Span(Fraction(count), Fraction(count))) for one in promise)]
    is_enough = all(decide(one, Span(Fraction(count), Fraction(count))) for one in need for count in counts)

    assert ROWS.intersection(promised).is_within(needed) is is_enough


def test_values_that_are_no_numbers_leave_no_set() -> None:
    assert allowed_by([Threshold(Operator.BE, "x")]) is None
