"""What changed from one version of a contract to the next, and whether its version moved as it must."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from wombat_tool.comparison.changes import Change, changes_of, class_of
from wombat_tool.comparison.versions import ChangeClass, judge
from wombat_tool.contracts.model import (
    Bound,
    Contract,
    Environment,
    Field,
    Handling,
    LogicalType,
    Metric,
    Operator,
    Place,
    QualityRule,
    SchemaObject,
    Severity,
    Threshold,
    Treatment,
)

NONE, DOCUMENTATION, COMPATIBLE, BREAKING = ChangeClass
FILE = "flights.odcs.yaml"
CARRIER = Field("carrier", LogicalType.STRING, required=True, enum=("AA", "UA"), place=Place(FILE, 10))
DELAY = Field("delay", LogicalType.INTEGER, maximum=Bound(Decimal(600)), place=Place(FILE, 12))
FLIGHTS = SchemaObject("flights", fields=(CARRIER, DELAY), place=Place(FILE, 8))


def contract(*objects: SchemaObject, **more: Any) -> Contract:
    """A contract of one object unless others are given."""
    return Contract(FILE, "flights", "1.0.0", "v3.1.0", objects=objects or (FLIGHTS,), **more)


def columns(*fields: Field, **more: Any) -> Contract:
    """A contract of one object with these columns."""
    return contract(replace(FLIGHTS, fields=fields, **more))


def changes(new: Contract, old: Contract | None = None) -> list[Change]:
    """The changes."""
    return list(changes_of(old or contract(), new))


def rows(number: int, severity: Severity = Severity.ERROR) -> QualityRule:
    """A rule that asks for so many rows."""
    thresholds = (Threshold(Operator.GREATER_OR_EQUAL, Decimal(number)),)
    return QualityRule("rowCount", metric=Metric.ROW_COUNT, thresholds=thresholds, severity=severity, place=Place(FILE, 20))


def test_the_same_contract_has_no_changes() -> None:
    assert changes(contract()) == []
    assert class_of(()) is NONE


def test_another_place_is_no_change() -> None:
    assert changes(columns(replace(CARRIER, place=Place(FILE, 99)), DELAY)) == []


@pytest.mark.parametrize(
    ("new", "kind", "text", "line"),
    [
        pytest.param(columns(CARRIER), BREAKING, "Column 'delay' of 'flights' was removed.", 8, id="column-removed"),
        pytest.param(columns(CARRIER, DELAY, Field("x", place=Place(FILE, 14))), COMPATIBLE, "Column 'x' of 'flights' was added.", 14, id="column-added"),
        pytest.param(columns(replace(CARRIER, required=False), DELAY), BREAKING, "Column 'carrier' of 'flights', required: was no nulls, is nulls, too.", 10, id="nullable"),
        pytest.param(columns(CARRIER, replace(DELAY, required=True)), COMPATIBLE, "Column 'delay' of 'flights', required: was nulls, too, is no nulls.", 12, id="required"),
        pytest.param(columns(replace(CARRIER, enum=("AA", "DL", "UA")), DELAY), BREAKING, "Column 'carrier' of 'flights', enum: was 'AA' or 'UA', is 'AA', 'DL' or 'UA'.", 10, id="more-values"),
        pytest.param(columns(replace(CARRIER, enum=("UA",)), DELAY), COMPATIBLE, "Column 'carrier' of 'flights', enum: was 'AA' or 'UA', is 'UA'.", 10, id="fewer-values"),
        pytest.param(columns(CARRIER, replace(DELAY, logical_type=LogicalType.NUMBER)), BREAKING, "Column 'delay' of 'flights', logicalType: was integer, is number.", 12, id="wider-type"),
        pytest.param(columns(CARRIER, replace(DELAY, logical_type=LogicalType.STRING, maximum=None)), BREAKING, "Column 'delay' of 'flights', logicalType: was integer, is string.", 12, id="other-type"),
        pytest.param(columns(CARRIER, replace(DELAY, maximum=None)), BREAKING, "Column 'delay' of 'flights', maximum: was at most 600, is nothing.", 12, id="no-maximum"),
        pytest.param(columns(CARRIER, DELAY, allows_extra_columns=False), COMPATIBLE, "Object 'flights', extraColumns: was other columns, too, is no columns besides those it names.", 8, id="no-other-columns"),
        pytest.param(columns(CARRIER, DELAY, quality=(rows(5),)), COMPATIBLE, "Object 'flights', rowCount: was nothing, is rowCount at least 5.", 20, id="rule-added"),
        pytest.param(columns(replace(CARRIER, is_sensitive=True), DELAY), DOCUMENTATION, "Column 'carrier' of 'flights': classification changed, which changes no promise.", 10, id="sensitive"),
        pytest.param(columns(CARRIER, DELAY, may_sample=False), DOCUMENTATION, "Object 'flights': wombat.sampling changed, which changes no promise.", 8, id="sampling"),
        pytest.param(contract(FLIGHTS, replace(FLIGHTS, name="airports", place=Place(FILE, 30))), COMPATIBLE, "Object 'airports' was added.", 30, id="object-added"),
        pytest.param(replace(contract(), id="other"), BREAKING, "The id was 'flights', is 'other'.", 1, id="id"),
        pytest.param(replace(contract(), status="active"), DOCUMENTATION, "The status was None, is 'active'.", 1, id="status"),
        pytest.param(replace(contract(), documentation='{"team": "a"}'), DOCUMENTATION, "The documentation changed: team.", 1, id="documentation"),
        pytest.param(replace(contract(), documentation='{"schema": {"flights": {"tags": [1], "description": "a"}}}'), DOCUMENTATION, "The documentation changed: schema.flights.description and schema.flights.tags.", 1, id="new-documentation"),
    ],
)  # fmt: skip
def test_a_change_is_told_with_its_class_and_its_line(new: Contract, kind: ChangeClass, text: str, line: int) -> None:
    (change,) = changes(new)

    assert (change.kind, change.text, change.line) == (kind, text, line)


def test_the_places_of_changed_documentation_are_told() -> None:
    old, new = (json.dumps({"schema": {"flights": {"tags": [1], "description": word}}}) for word in "ab")

    (change,) = changes(replace(contract(), documentation=new), replace(contract(), documentation=old))

    assert change.text == "The documentation changed: schema.flights.description."


def test_a_renamed_column_is_one_removed_and_one_added() -> None:
    new = columns(CARRIER, replace(DELAY, name="arr_delay"))

    assert [(one.kind, one.column) for one in changes(new)] == [(BREAKING, "delay"), (COMPATIBLE, "arr_delay")]


def test_a_removed_object_breaks() -> None:
    (change,) = changes(contract(), contract(FLIGHTS, replace(FLIGHTS, name="airports")))

    assert (change.kind, change.object, change.text) == (BREAKING, "airports", "Object 'airports' was removed.")


def test_another_physical_name_breaks_and_a_first_one_does_not() -> None:
    named = columns(CARRIER, DELAY, physical_name="flights_v1")

    (change,) = changes(columns(CARRIER, DELAY, physical_name="flights_v2"), named)
    assert (change.kind, change.text) == (BREAKING, "Object 'flights', physicalName: was 'flights_v1', is 'flights_v2'.")
    (change,) = changes(named)
    assert change.kind is DOCUMENTATION


def test_a_column_that_may_be_missing_breaks() -> None:
    optional = Handling(((Environment.PRODUCTION, "present", Treatment.OFF),))
    new = columns(CARRIER, replace(DELAY, handling=optional))

    assert [(one.kind, one.text) for one in changes(new)] == [
        (BREAKING, "Column 'delay' of 'flights' may now be missing."),
        (DOCUMENTATION, "Column 'delay' of 'flights': how its rules are treated changed, which changes no promise."),
    ]
    assert [one.text for one in changes(contract(), new)][0] == "Column 'delay' of 'flights' is now always there."


def test_a_rule_that_now_only_warns_breaks() -> None:
    handling = Handling(((Environment.PRODUCTION, "maximum", Treatment.WARNING),))

    (change, *_) = changes(columns(CARRIER, replace(DELAY, handling=handling)))

    assert change.kind is BREAKING
    assert change.text == (
        "Column 'delay' of 'flights', maximum: was at most 600, is at most 600, which is of severity warning in production."
    )


def test_less_of_what_only_warns_is_compatible() -> None:
    old, new = (columns(CARRIER, DELAY, quality=(rows(number, Severity.WARNING),)) for number in (10, 5))

    assert [one.kind for one in changes(new, old)] == [COMPATIBLE]


def test_the_worst_stands_first() -> None:
    new = columns(replace(CARRIER, enum=("UA",)), replace(DELAY, maximum=None), Field("x"))

    found = changes(replace(new, name="Flights"))

    assert [one.kind for one in found] == [BREAKING, COMPATIBLE, COMPATIBLE, DOCUMENTATION]
    assert class_of(tuple(found)) is BREAKING


# --- Versions ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        pytest.param("1.2.0", "2.0.0", BREAKING, id="major"),
        pytest.param("1.2.0", "3.1.4", BREAKING, id="more"),
        pytest.param("1.2.0", "2.0.0-rc.1", BREAKING, id="before-the-major"),
        pytest.param("0.2.3", "0.3.0", BREAKING, id="minor-below-one"),
        pytest.param("0.2.3", "1.0.0", BREAKING, id="first-major"),
        pytest.param("1.2.0", "1.3.0", COMPATIBLE, id="minor"),
        pytest.param("1.2.0", "2.0.0", COMPATIBLE, id="major-without-need"),
        pytest.param("0.2.3", "0.2.4", COMPATIBLE, id="patch-below-one"),
        pytest.param("2.0.0-rc.1", "2.0.0-rc.2", BREAKING, id="next-candidate"),
        pytest.param("2.0.0-rc.9", "2.0.0-rc.10", COMPATIBLE, id="numbers-of-candidates"),
        pytest.param("2.0.0-rc.1", "2.0.0", BREAKING, id="release"),
        pytest.param("1.2.0", "1.2.0", DOCUMENTATION, id="documentation"),
        pytest.param("1.2.0", "1.2.1", DOCUMENTATION, id="patch"),
        pytest.param("1.2.0", "1.2.0", NONE, id="nothing"),
        pytest.param("1.2.0", "1.2.0+5", NONE, id="metadata"),
        pytest.param("2024-05", "2024-06", BREAKING, id="not-semantic"),
        pytest.param("1", "1.0.0", BREAKING, id="now-semantic"),
        pytest.param("draft", "draft", DOCUMENTATION, id="not-semantic-documentation"),
    ],
)
def test_a_version_moved_far_enough(old: str, new: str, kind: ChangeClass) -> None:
    verdict = judge(old, new, kind)

    assert verdict.is_right
    assert verdict.text == f"was {old}, is {new}"


@pytest.mark.parametrize(
    ("old", "new", "kind", "text"),
    [
        pytest.param("1.2.0", "1.2.0", BREAKING, "was 1.2.0, is 1.2.0; a breaking change needs at least 2.0.0", id="no-move"),
        pytest.param("1.2.0", "1.3.0", BREAKING, "was 1.2.0, is 1.3.0; a breaking change needs at least 2.0.0", id="minor"),
        pytest.param("0.2.3", "0.2.4", BREAKING, "was 0.2.3, is 0.2.4; a breaking change needs at least 0.3.0", id="below-one"),
        pytest.param("1.2.0", "1.2.1", COMPATIBLE, "was 1.2.0, is 1.2.1; a compatible change needs at least 1.3.0", id="patch"),
        pytest.param("0.2.3", "0.2.3", COMPATIBLE, "was 0.2.3, is 0.2.3; a compatible change needs at least 0.2.4", id="compatible-below-one"),
        pytest.param("1.2.0", "1.1.0", NONE, "was 1.2.0, is 1.1.0, which is lower; it must be at least 1.2.0", id="back"),
        pytest.param("1.2.0", "1.2.0-rc.1", DOCUMENTATION, "was 1.2.0, is 1.2.0-rc.1, which is lower; it must be at least 1.2.0", id="back-to-a-candidate"),
        pytest.param("1.2.0", "1.1.0", BREAKING, "was 1.2.0, is 1.1.0, which is lower; a breaking change needs at least 2.0.0", id="back-and-breaking"),
        pytest.param("2.0.0-rc.1", "2.0.0-rc.1", BREAKING, "was 2.0.0-rc.1, is 2.0.0-rc.1; a breaking change needs a later version, as 2.0.0", id="same-candidate"),
        pytest.param("2024-05", "2024-05", COMPATIBLE, "was 2024-05, is 2024-05; a compatible change needs another version", id="not-semantic"),
    ],
)
def test_a_version_did_not_move_far_enough(old: str, new: str, kind: ChangeClass, text: str) -> None:
    verdict = judge(old, new, kind)

    assert not verdict.is_right
    assert verdict.text == text
