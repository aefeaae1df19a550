"""What the rules of a dataset as a whole promise: its columns, keys, quality rules and foreign keys."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from wombat_tool.comparison.implication import mismatches
from wombat_tool.contracts.model import (
    Environment,
    Field,
    Handling,
    Layout,
    LogicalType,
    Metric,
    Operator,
    Place,
    QualityRule,
    Relationship,
    SchemaObject,
    Severity,
    Threshold,
    Treatment,
)

STRING, INTEGER, NUMBER = LogicalType.STRING, LogicalType.INTEGER, LogicalType.NUMBER
ID, NAME = Field("id", INTEGER), Field("name", STRING)
OPTIONAL = Handling(((Environment.PRODUCTION, "present", Treatment.OFF),))


def dataset(*columns: Field, **rules: Any) -> SchemaObject:
    """What a contract says of a dataset; of "id" and "name" unless other columns are given."""
    return SchemaObject(rules.pop("name", "orders"), fields=columns or (ID, NAME), **rules)


def at_most(number: float | str, operator: Operator = Operator.LESS_OR_EQUAL) -> Threshold:
    """A threshold."""
    return Threshold(operator, Decimal(str(number)))


def metric(metric: Metric, *columns: str, **rules: Any) -> QualityRule:
    """A rule that lets the metric count nothing, unless it has other thresholds."""
    thresholds = rules.pop("thresholds", (at_most(0, Operator.BE),))
    return QualityRule(metric.value, metric=metric, columns=columns, thresholds=thresholds, **rules)


def query(text: str, *thresholds: Threshold, **rules: Any) -> QualityRule:
    """A rule in SQL, whose result must be 0 unless it has other thresholds."""
    return QualityRule("sql", query=text, thresholds=thresholds or (at_most(0, Operator.BE),), **rules)


def found(promise: SchemaObject, need: SchemaObject) -> list[tuple[str | None, str]]:
    """The columns and aspects that do not match."""
    return [(one.column, one.aspect) for one in mismatches(promise, need)]


ROWS = Metric.ROW_COUNT
NULLS, MISSING, INVALID, DUPLICATES = Metric.NULL_VALUES, Metric.MISSING_VALUES, Metric.INVALID_VALUES, Metric.DUPLICATE_VALUES
REQUIRED_ID = replace(ID, required=True)
TO_USERS = Relationship(("id",), "users", ("user_id",))
WARNS = Handling(((Environment.PRODUCTION, "relationships", Treatment.WARNING),))


@pytest.mark.parametrize(
    ("promise", "need"),
    [
        pytest.param(dataset(), dataset(ID), id="fewer-columns"),
        pytest.param(dataset(allows_extra_columns=False), dataset(allows_extra_columns=False), id="the-same-columns-alone"),
        pytest.param(dataset(allows_extra_columns=False), dataset(ID, Field("x", NUMBER, handling=OPTIONAL)), id="surely-not-there"),
        pytest.param(dataset(), dataset(ID, Field("x", handling=OPTIONAL)), id="nothing-is-said-of-it"),
        pytest.param(dataset(ID), dataset(replace(ID, handling=OPTIONAL)), id="there-where-it-need-not-be"),
        pytest.param(dataset(primary_key=("id",)), dataset(replace(ID, unique=True)), id="key-is-unique"),
        pytest.param(dataset(replace(ID, unique=True)), dataset(ID, primary_key=("id",)), id="unique-is-a-key"),
        pytest.param(
            dataset(primary_key=("id",)),
            dataset(quality=(metric(DUPLICATES, "id", "name"),)),
            id="a-key-is-unique-with-more-columns",
        ),
        pytest.param(dataset(quality=(metric(DUPLICATES, "id"),)), dataset(replace(ID, unique=True)), id="no-duplicates-is-unique"),
        pytest.param(dataset(quality=(metric(NULLS, "id"),)), dataset(REQUIRED_ID), id="no-nulls-is-required"),
        pytest.param(
            dataset(quality=(metric(NULLS, "id", thresholds=(at_most(1, Operator.LESS),)),)), dataset(REQUIRED_ID), id="less-than-one-null"
        ),
        pytest.param(dataset(REQUIRED_ID), dataset(ID, quality=(metric(NULLS, "id", is_percent=True),)), id="required-has-no-nulls"),
        pytest.param(dataset(quality=(metric(MISSING, "id"),)), dataset(REQUIRED_ID), id="nothing-missing-is-required"),
        pytest.param(
            dataset(quality=(metric(MISSING, "name", missing_values=("", "-")),)),
            dataset(quality=(metric(MISSING, "name", missing_values=("-",)),)),
            id="fewer-words-for-missing",
        ),
        pytest.param(
            dataset(Field("name", STRING, required=True, min_length=1)),
            dataset(Field("name", STRING), quality=(metric(MISSING, "name", missing_values=(None, "")),)),
            id="no-value-is-one-for-missing",
        ),
        pytest.param(
            dataset(Field("name", STRING, enum=("a",))),
            dataset(NAME, quality=(metric(INVALID, "name", valid_values=("a", "b")),)),
            id="values-are-valid",
        ),
        pytest.param(
            dataset(NAME, quality=(metric(INVALID, "name", valid_values=("a", "b")),)),
            dataset(Field("name", STRING, max_length=1, enum=("a", "b", "c"))),
            id="valid-values-are-an-enumeration",
        ),
        pytest.param(
            dataset(NAME, quality=(metric(INVALID, "name", pattern="^[ab]$"),)), dataset(Field("name", STRING, pattern="a|b")), id="valid-pattern"
        ),
        pytest.param(
            dataset(quality=(metric(NULLS, "id", thresholds=(at_most(2),), is_percent=True),)),
            dataset(quality=(metric(NULLS, "id", thresholds=(at_most(5),), is_percent=True),)),
            id="fewer-percent",
        ),
        pytest.param(
            dataset(quality=(metric(ROWS, thresholds=(Threshold(Operator.BETWEEN, Decimal(10), Decimal(20)),)),)),
            dataset(quality=(metric(ROWS, thresholds=(at_most(9, Operator.GREATER), at_most(5, Operator.NOT_BE))),)),
            id="rows-between",
        ),
        pytest.param(
            dataset(quality=(metric(ROWS, thresholds=(at_most("2.5", Operator.GREATER),)),)),
            dataset(quality=(metric(ROWS, thresholds=(at_most(3, Operator.GREATER_OR_EQUAL),)),)),
            id="rows-are-whole",
        ),
        pytest.param(
            dataset(quality=(query("SELECT count(*)\n FROM ${object}  WHERE name = 'a  b'", at_most(3)),)),
            dataset(quality=(query("SELECT count(*) FROM {table} WHERE name = 'a  b'", at_most(5)),)),
            id="same-query",
        ),
        pytest.param(
            dataset(name="orders", quality=(query("SELECT count(*) FROM orders"),)),
            dataset(name="input", quality=(query("SELECT count(*) FROM input"),)),
            id="same-query-by-name",
        ),
        pytest.param(
            dataset(replace(NAME, quality=(query("SELECT count({property}) FROM {object}"),))),
            dataset(NAME, quality=(query('SELECT count("name") FROM {object}'),)),
            id="same-query-of-a-column",
        ),
        pytest.param(dataset(relationships=(TO_USERS,)), dataset(ID, relationships=(TO_USERS,)), id="foreign-key"),
        pytest.param(
            dataset(relationships=(Relationship(("id", "name"), "users", ("i", "n")),)),
            dataset(relationships=(Relationship(("name", "id"), "users", ("n", "i")),)),
            id="foreign-key-in-another-order",
        ),
        pytest.param(
            dataset(place=Place("a/x.yaml", 1), relationships=(replace(TO_USERS, to_file="../users.yaml"),)),
            dataset(place=Place("b/c/y.yaml", 1), relationships=(replace(TO_USERS, to_file="../../users.yaml"),)),
            id="foreign-key-to-the-same-file",
        ),
        pytest.param(dataset(layout=Layout.ROWS), dataset(), id="rows-are-read-as-rows"),
        pytest.param(dataset(null_values=("-", "")), dataset(null_values=("", "-")), id="same-words-for-null"),
    ],
)
def test_a_promise_is_enough(promise: SchemaObject, need: SchemaObject) -> None:
    assert found(promise, need) == []


@pytest.mark.parametrize(
    ("promise", "need", "expected"),
    [
        pytest.param(dataset(ID), dataset(), [("name", "present")], id="no-column"),
        pytest.param(dataset(replace(ID, handling=OPTIONAL)), dataset(ID), [("id", "present")], id="may-be-missing"),
        pytest.param(dataset(), dataset(ID, Field("x", NUMBER, handling=OPTIONAL)), [("x", "logicalType")], id="of-any-type-if-there"),
        pytest.param(dataset(), dataset(allows_extra_columns=False), [(None, "extraColumns")], id="others-allowed"),
        pytest.param(
            dataset(allows_extra_columns=False), dataset(ID, allows_extra_columns=False), [(None, "extraColumns")], id="others-named"
        ),
        pytest.param(dataset(primary_key=("id", "name")), dataset(primary_key=("id",)), [(None, "primaryKey")], id="larger-key"),
        pytest.param(dataset(primary_key=("id",)), dataset(replace(ID, required=True), NAME), [("id", "required")], id="keys-of-nulls"),
        pytest.param(
            dataset(quality=(metric(DUPLICATES, "id", thresholds=(at_most(1),)),)), dataset(replace(ID, unique=True)), [("id", "unique")], id="one-duplicate"
        ),
        pytest.param(
            dataset(quality=(metric(NULLS, "id", severity=Severity.WARNING),)), dataset(REQUIRED_ID), [("id", "required")], id="only-a-warning"
        ),
        pytest.param(dataset(), dataset(quality=(metric(ROWS, thresholds=(at_most(1, Operator.GREATER),)),)), [(None, "rowCount")], id="rows"),
        pytest.param(
            dataset(quality=(metric(NULLS, "id", thresholds=(at_most(2),)),)),
            dataset(quality=(metric(NULLS, "id", thresholds=(at_most(50),), is_percent=True),)),
            [("id", "nullValues")],
            id="rows-and-percent",
        ),
        pytest.param(
            dataset(quality=(metric(NULLS, "id", thresholds=(at_most(5),)),)),
            dataset(quality=(metric(NULLS, "id", thresholds=(at_most(4),)),)),
            [("id", "nullValues")],
            id="more-nulls",
        ),
        pytest.param(
            dataset(quality=(metric(MISSING, "name", missing_values=("-",)),)),
            dataset(quality=(metric(MISSING, "name", missing_values=("-", "")),)),
            [("name", "missingValues")],
            id="more-words-for-missing",
        ),
        pytest.param(
            dataset(Field("id", INTEGER, required=True, enum=(Decimal(1),))),
            dataset(ID, quality=(metric(MISSING, "id", missing_values=("1",)),)),
            [("id", "missingValues")],
            id="a-number-as-it-is-written",
        ),
        pytest.param(
            dataset(Field("name", STRING, enum=("a", "c"))),
            dataset(NAME, quality=(metric(INVALID, "name", valid_values=("a", "b")),)),
            [("name", "invalidValues")],
            id="a-value-is-not-valid",
        ),
        pytest.param(
            dataset(quality=(query("SELECT 'a  b' FROM {object}"),)),
            dataset(quality=(query("SELECT 'a b' FROM {object}"),)),
            [(None, "sql")],
            id="blanks-in-texts",
        ),
        pytest.param(
            dataset(quality=(query("SELECT 0 -- x\n FROM {object}"),)),
            dataset(quality=(query("SELECT 0 -- x FROM {object}"),)),
            [(None, "sql")],
            id="blanks-in-comments",
        ),
        pytest.param(
            dataset(quality=(query("SELECT count(*) FROM {object}", at_most(5)),)),
            dataset(quality=(query("SELECT count(*) FROM {object}", at_most(4)),)),
            [(None, "sql")],
            id="larger-result",
        ),
        pytest.param(
            dataset(quality=(query("SELECT max(id) FROM {object}"),)),
            dataset(NAME, quality=(query("SELECT max(id) FROM {object}"),)),
            [(None, "sql")],
            id="query-of-a-column-of-another-type",
        ),
        pytest.param(
            dataset(replace(ID, name="orders"), name="orders", quality=(query("SELECT max(orders) FROM orders"),)),
            dataset(replace(ID, name="input"), replace(ID, name="orders"), name="input", quality=(query("SELECT max(input) FROM input"),)),
            [("input", "present"), (None, "sql")],
            id="query-of-a-column-with-the-name-of-the-data",
        ),
        pytest.param(dataset(), dataset(relationships=(TO_USERS,)), [("id", "relationships")], id="no-foreign-key"),
        pytest.param(
            dataset(relationships=(replace(TO_USERS, handling=WARNS),)), dataset(relationships=(TO_USERS,)), [("id", "relationships")], id="weak-foreign-key"
        ),
        pytest.param(
            dataset(place=Place("a/x.yaml", 1), relationships=(TO_USERS,)),
            dataset(place=Place("b/y.yaml", 1), relationships=(TO_USERS,)),
            [("id", "relationships")],
            id="foreign-key-to-another-file",
        ),
        pytest.param(dataset(null_values=("-",)), dataset(), [(None, "nullValues")], id="words-for-null"),
        pytest.param(dataset(layout=Layout.ENTRIES), dataset(), [(None, "layout")], id="entries"),
        pytest.param(dataset(), dataset(layout=Layout.ROWS), [(None, "layout")], id="layout-left-open"),
        pytest.param(dataset(data_format="csv"), dataset(data_format="parquet"), [(None, "format")], id="files-of-another-format"),
    ],
)
def test_a_promise_is_not_enough(promise: SchemaObject, need: SchemaObject, expected: list[tuple[str | None, str]]) -> None:
    assert found(promise, need) == expected


@pytest.mark.parametrize(
    ("promise", "need", "texts"),
    [
        pytest.param(
            dataset(Field("arr_dely", INTEGER)),
            dataset(Field("arr_delay", INTEGER)),
            ("no such column (is it 'arr_dely'?)", "a column of that name"),
            id="near-name",
        ),
        pytest.param(
            dataset(primary_key=("id", "name")), dataset(primary_key=("id",)), ("id and name as the key", "id as the key"), id="keys"
        ),
        pytest.param(
            dataset(allows_extra_columns=False),
            dataset(ID, allows_extra_columns=False),
            ("'name', too", "no columns besides those it names"),
            id="extra-column",
        ),
        pytest.param(
            dataset(quality=(metric(NULLS, "id", thresholds=(at_most(5),), is_percent=True),)),
            dataset(quality=(metric(NULLS, "id", thresholds=(at_most(2),), is_percent=True),)),
            ("nullValues at most 5 %", "nullValues at most 2 %"),
            id="metric",
        ),
        pytest.param(
            dataset(), dataset(relationships=(replace(TO_USERS, to_file="u.yaml"),)), ("nothing", "id in user_id of users of u.yaml"), id="foreign-key"
        ),
        pytest.param(dataset(null_values=("-",)), dataset(), ("'-' for null in CSV", "the usual words for null in CSV"), id="null-words"),
    ],
)
def test_both_sides_are_told_in_words(promise: SchemaObject, need: SchemaObject, texts: tuple[str, str]) -> None:
    (one, *_) = mismatches(promise, need)

    assert (one.promise, one.need) == texts


def test_both_places_are_told() -> None:
    promise = dataset(replace(ID, place=Place("a.yaml", 7)), place=Place("a.yaml", 5))
    need = dataset(replace(REQUIRED_ID, place=Place("b.yaml", 9)), replace(NAME, place=Place("b.yaml", 11)))

    null, missing = mismatches(promise, need)

    assert (str(null.promise_place), str(null.need_place)) == ("a.yaml:7", "b.yaml:9")
    assert (str(missing.promise_place), str(missing.need_place)) == ("a.yaml:5", "b.yaml:11")


def test_severities_are_taken_one_by_one() -> None:
    few, some = (metric(NULLS, "id", thresholds=(at_most(n),), is_percent=True) for n in (2, 5))
    promise = dataset(quality=(some, replace(few, severity=Severity.WARNING)))

    assert found(promise, dataset(quality=(some,))) == []
    assert found(promise, dataset(quality=(replace(few, severity=Severity.WARNING),))) == []
    assert [one.severity for one in mismatches(promise, dataset(quality=(few,)))] == [Severity.ERROR]
    (mismatch,) = mismatches(dataset(quality=(some,)), dataset(quality=(replace(few, severity=Severity.INFO),)))
    assert mismatch.severity is Severity.INFO
