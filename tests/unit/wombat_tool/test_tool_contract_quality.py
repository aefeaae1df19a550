"""The quality rules of contracts, in the form of v3.0 and the one since v3.1."""

from __future__ import annotations

import textwrap
from decimal import Decimal

import pytest

from contract_texts import NAME, errors_of, field_from, notes_of, object_from, property_text, schema_text
from wombat_tool.contracts.model import Metric, Operator, QualityRule, Severity, Threshold
from wombat_tool.contracts.queries import query_problem

NONE = (Threshold(Operator.BE, Decimal(0)),)


def at_column(rule: str, *, logical_type: str = "string", api_version: str = "v3.2.0") -> str:
    """A contract with the rule at the column "a", in line 11."""
    lines = textwrap.indent(textwrap.dedent(rule).strip("\n"), "  ")
    return property_text(f"name: a\nlogicalType: {logical_type}\nquality:\n- {lines[2:]}", api_version=api_version)


def at_object(rule: str, *, api_version: str = "v3.2.0") -> str:
    """A contract with the rule at an object with the columns "a" and "bee", called "b", in line 11."""
    lines = textwrap.indent(textwrap.dedent(rule).strip("\n"), "    ")
    return schema_text(
        f"- name: orders\n  properties:\n  - name: a\n  - {{name: b, physicalName: bee}}\n  quality:\n  - {lines[4:]}",
        api_version=api_version,
    )


def column_rule(rule: str, *, logical_type: str = "string", api_version: str = "v3.2.0") -> QualityRule:
    return field_from(at_column(rule, logical_type=logical_type, api_version=api_version)).quality[0]


def object_rule(rule: str, *, api_version: str = "v3.2.0") -> QualityRule:
    return object_from(at_object(rule, api_version=api_version)).quality[0]


def test_a_rule_of_a_column_is_read() -> None:
    rule = column_rule("metric: nullValues\nmustBeLessThan: 5\nunit: percent\nseverity: warning\ndescription: Few nulls.")

    assert (rule.metric, rule.columns, rule.is_percent) == (Metric.NULL_VALUES, ("a",), True)
    assert rule.thresholds == (Threshold(Operator.LESS, Decimal(5)),)
    assert (rule.name, rule.severity, rule.description) == ("nullValues", Severity.WARNING, "Few nulls.")
    assert str(rule.place) == f"{NAME}:11"


@pytest.mark.parametrize(
    ("keys", "name"),
    [
        ("id: rows_there\nname: Rows", "rows_there"),
        ("name: Rows", "Rows"),
        ("type: library", "rowCount"),
    ],
)
def test_a_rule_goes_by_its_id_its_name_or_its_metric(keys: str, name: str) -> None:
    assert object_rule(f"metric: rowCount\nmustBe: 1\n{keys}").name == name


@pytest.mark.parametrize(
    ("operator", "threshold"),
    [
        ("mustBe: 3", Threshold(Operator.BE, Decimal(3))),
        ("mustNotBe: 3", Threshold(Operator.NOT_BE, Decimal(3))),
        ("mustBeGreaterThan: 3", Threshold(Operator.GREATER, Decimal(3))),
        ("mustBeGreaterOrEqualTo: 3", Threshold(Operator.GREATER_OR_EQUAL, Decimal(3))),
        ("mustBeLessThan: 3", Threshold(Operator.LESS, Decimal(3))),
        ("mustBeLessOrEqualTo: 3", Threshold(Operator.LESS_OR_EQUAL, Decimal(3))),
        ("mustBeBetween: [3, 5]", Threshold(Operator.BETWEEN, Decimal(3), Decimal(5))),
        ("mustNotBeBetween: [3, 5]", Threshold(Operator.NOT_BETWEEN, Decimal(3), Decimal(5))),
    ],
)
def test_each_operator_is_read(operator: str, threshold: Threshold) -> None:
    assert object_rule(f"metric: rowCount\n{operator}").thresholds == (threshold,)


def test_the_arguments_of_metrics_are_read() -> None:
    missing = column_rule("metric: missingValues\nmustBe: 0\narguments: {missingValues: [null, '', N/A]}")
    invalid = column_rule(
        "metric: invalidValues\nmustBe: 0\narguments: {validValues: [kg, null, pounds], pattern: '^[a-z]'}"
    )
    duplicates = object_rule("metric: duplicateValues\nmustBe: 0\narguments: {properties: [a, b]}")

    assert missing.missing_values == (None, "", "N/A")
    assert (invalid.valid_values, invalid.pattern) == (("kg", "pounds"), "^[a-z]")
    assert duplicates.columns == ("a", "bee")


def test_a_missing_value_may_be_of_another_type_than_the_column() -> None:
    rule = column_rule("metric: missingValues\nmustBe: 0\narguments: {missingValues: [-1, N/A]}", logical_type="integer")

    assert rule.missing_values == (Decimal(-1), "N/A")


def test_duplicates_of_an_object_without_columns_are_those_of_whole_rows() -> None:
    assert object_rule("metric: duplicateValues\nmustBe: 0").columns == ("a", "bee")


def test_an_sql_rule_has_a_query_and_may_be_held_against_any_value() -> None:
    rule = object_rule("type: sql\nquery: SELECT max(a) FROM {object}\nmustBe: done")

    assert (rule.name, rule.query, rule.metric) == ("sql", "SELECT max(a) FROM {object}", None)
    assert rule.thresholds == (Threshold(Operator.BE, "done"),)


@pytest.mark.parametrize(
    ("word", "severity"),
    [
        ("error", Severity.ERROR),
        ("Critical", Severity.ERROR),
        ("warn", Severity.WARNING),
        ("minor", Severity.WARNING),
        ("info", Severity.INFO),
        ("low", Severity.INFO),
    ],
)
def test_words_for_a_severity(word: str, severity: Severity) -> None:
    assert object_rule(f"metric: rowCount\nmustBe: 1\nseverity: {word}").severity is severity


def test_a_severity_that_is_not_known_is_an_error_and_a_note() -> None:
    text = at_object("metric: rowCount\nmustBe: 1\nseverity: purple")

    assert object_from(text).quality[0].severity is Severity.ERROR
    assert notes_of(text) == [
        "13: severity 'purple' of the quality rule 'rowCount': it is taken as 'error'; known are error, warning and info, "
        "and words that mean the same"
    ]


@pytest.mark.parametrize(
    ("rule", "metric", "is_percent", "thresholds"),
    [
        ("rule: nullCheck", Metric.NULL_VALUES, False, NONE),
        (
            "rule: duplicateCount\nmustBeLessThan: 1\nunit: percent",
            Metric.DUPLICATE_VALUES,
            True,
            (Threshold(Operator.LESS, Decimal(1)),),
        ),
        ("rule: duplicatePercent\nmustBe: 0", Metric.DUPLICATE_VALUES, True, NONE),
        ("rule: validValues\nvalidValues: [kg]", Metric.INVALID_VALUES, False, NONE),
        (
            "rule: duplicateCount\nmustBeGreaterThan: 1\nmustBeLessThan: 5",
            Metric.DUPLICATE_VALUES,
            False,
            (Threshold(Operator.GREATER, Decimal(1)), Threshold(Operator.LESS, Decimal(5))),
        ),
    ],
)
def test_rules_of_v3_0_are_read(rule: str, metric: Metric, is_percent: bool, thresholds: tuple[Threshold, ...]) -> None:
    found = column_rule(rule, api_version="v3.0.2")

    assert (found.metric, found.is_percent, found.thresholds) == (metric, is_percent, thresholds)
    assert found.valid_values == (("kg",) if "kg" in rule else None)


@pytest.mark.parametrize(
    ("text", "note"),
    [
        (
            at_object("type: sql\nmustBe: 0\nquery: SELECT 1 FROM {object} WHERE region = ${REGION:-eu}"),
            "11: the quality rule 'sql': its query names ${REGION:-eu}, which stands for nothing here",
        ),
        (
            at_object("type: sql\nmustBe: 0\nquery: SELECT count({property}) FROM {object}"),
            "11: the quality rule 'sql': its query names {property}, which stands for nothing here",
        ),
        (at_column("type: text\ndescription: It is right."), "11: the quality rule 'text' of 'a': it is text for people"),
        (at_column("description: It is right."), "11: the quality rule 'quality' of 'a': it is text for people"),
        (
            at_column("name: soda\ntype: custom\nengine: soda\nimplementation: x"),
            "11: the quality rule 'soda' of 'a': it is for 'soda'",
        ),
        (
            at_column("metric: invalidValues\nmustBe: 0"),
            "11: the quality rule 'invalidValues' of 'a': it does not say what is valid: it has neither 'validValues' nor "
            "'pattern'",
        ),
        (
            at_column("rule: isHappy\nfoo: 3", api_version="v3.0.0"),
            "11: the quality rule 'isHappy' of 'a': no rule named 'isHappy' is known here",
        ),
        (
            at_object("rule: countCheck", api_version="v3.0.1"),
            "11: the quality rule 'countCheck': it has no operator, so any value is right",
        ),
        (
            at_object("type: sql\nquery: SELECT 1", api_version="v3.0.2"),
            "11: the quality rule 'sql': it has no operator, so any value is right",
        ),
        (
            at_object("rule: rowCount\nmustBe: 1\nunit: boxes", api_version="v3.0.2"),
            "13: the unit 'boxes' of the quality rule 'rowCount': v3.0 allows any; it is taken as rows",
        ),
    ],
)
def test_a_rule_that_is_not_checked_is_noted(text: str, note: str) -> None:
    assert notes_of(text) == [note]


SQL = "type: sql\nmustBe: 0\nquery: "


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (
            at_column("metric: nullValue\nmustBe: 0"),
            "11:7: unknown metric 'nullValue' in the quality rule 'nullValue'. Did you mean 'nullValues'?",
        ),
        (
            at_column("type: library\nmustBe: 0"),
            "11:7: the quality rule 'library' has no 'metric'. Add one of rowCount, nullValues, missingValues, "
            "invalidValues, duplicateValues.",
        ),
        (
            at_column("rule: nullCheck\nmustBe: 0"),
            "11:7: the quality rule 'nullCheck' has a 'rule' and no 'metric', as contracts have since v3.1. Write "
            "`metric: nullValues`.",
        ),
        (
            at_column("metric: nullValues"),
            "11:7: the quality rule 'nullValues' has nothing to hold its value against. Add an operator, as `mustBe: 0`.",
        ),
        (
            at_column("metric: nullValues\nmustBe: 0\nmustNotBe: 1"),
            "13:7: the quality rule 'nullValues' has the operators mustBe and mustNotBe. Since v3.1 a rule has one: make two "
            "rules, or use mustBeBetween.",
        ),
        (
            at_column("metric: nullValues\nmustBe: 0\nserverity: error"),
            "13:7: unknown key 'serverity' in the quality rule 'nullValues'. Did you mean 'severity'?",
        ),
        (
            at_column("metric: nullValues\nmustBe: 0\nquery: SELECT 1"),
            "13:7: the key 'query' is for rules of type 'sql', and the quality rule 'nullValues' is of type 'library'. Remove "
            "it, or correct the type.",
        ),
        (
            at_column("query: SELECT 1\nname: q"),
            "11:7: the quality rule 'q' has a 'query' and no 'type'. Add `type: sql`.",
        ),
        (at_column("type: sql\nmustBe: 0"), "11:7: the quality rule 'sql' is of type 'sql' and has no 'query'. Add it."),
        (
            at_column("type: custom\nengine: soda"),
            "11:7: the quality rule 'custom' is of type 'custom' and has no 'implementation'. Add it.",
        ),
        (
            at_column("metric: rowCount\nmustBe: 0"),
            "11:7: the quality rule 'rowCount' counts rows, and stands at 'a'. Move it to the 'quality' of the object.",
        ),
        (
            at_object("metric: nullValues\nmustBe: 0"),
            "11:5: the quality rule 'nullValues' counts values of a column, and stands at an object. Move it to the "
            "'quality' of the column.",
        ),
        (
            at_object("metric: rowCount\nmustBe: 0\nunit: percent"),
            "13:5: the quality rule 'rowCount' counts rows, which cannot be in percent. Remove the unit.",
        ),
        (
            at_column("metric: nullValues\nmustBe: 0\nunit: boxes"),
            "13:7: the unit of the quality rule 'nullValues' is 'boxes'. Known are rows and percent.",
        ),
        (
            at_column("metric: nullValues\nmustBe: 101\nunit: percent"),
            "12:15: the quality rule 'nullValues' is in percent, and names 101. Write a number from 0 to 100.",
        ),
        (
            at_object("metric: rowCount\nmustBeBetween: [5, 1]"),
            "12:20: mustBeBetween of the quality rule 'rowCount' has its ends the wrong way around: [5, 1]. Write [1, 5].",
        ),
        (
            at_object("metric: rowCount\nmustBe: many"),
            "12:13: mustBe of the quality rule 'rowCount' must be a number, and is 'many'. Correct it.",
        ),
        (
            at_object("metric: rowCount\nmustBeGreaterThan: '5'"),
            "12:24: 'mustBeGreaterThan' must be a number, and is '5'. Remove the quotes.",
        ),
        (
            at_object("metric: rowCount\nmustBeBetween: [5]"),
            "12:20: 'mustBeBetween' must have 2 or more items, and is a list. Correct it.",
        ),
        (
            at_column("metric: missingValues\nmustBe: 0\narguments: {missing: [x]}"),
            "13:19: the metric 'missingValues' takes no argument 'missing'. Did you mean 'missingValues'?",
        ),
        (
            at_column("metric: nullValues\nmustBe: 0\narguments: {x: 1}"),
            "13:19: the metric 'nullValues' takes no argument 'x'. Remove it.",
        ),
        (
            at_column("metric: invalidValues\nmustBe: 0\narguments: {validValues: kg}"),
            "13:32: 'validValues' of the quality rule 'invalidValues' must be a list, and is 'kg'. Write it as [a, b].",
        ),
        (
            at_column("metric: invalidValues\nmustBe: 0\narguments: {validValues: [yes, x]}"),
            "13:33: a valid value of 'a': yes is not text. Put it in quotes: \"yes\".",
        ),
        (
            at_column("metric: invalidValues\nmustBe: 0\narguments: {pattern: '('}"),
            "13:28: the pattern of the quality rule 'invalidValues', '(', is of no use: it has a ( without a ). Write it "
            "another way.",
        ),
        (
            at_column("metric: invalidValues\nmustBe: 0\narguments: {pattern: 3}"),
            "13:28: 'pattern' of the quality rule 'invalidValues' must be text, and is 3. Put it in quotes.",
        ),
        (
            at_object("metric: duplicateValues\nmustBe: 0\narguments: {properties: [a, be]}"),
            "13:33: 'properties' of the quality rule 'duplicateValues' names 'be', which is no column. Did you mean 'b'?",
        ),
        (
            at_object(f"{SQL}DELETE FROM x"),
            "13:12: the query of the quality rule 'sql' begins with DELETE, and must be a SELECT with one value as its "
            "result. Rewrite it.",
        ),
        (
            at_object("type: sql\nquery: SELECT 1\nmustBe: null"),
            "13:13: mustBe of the quality rule 'sql': an empty value is no single value. Write text, a number, or true or "
            "false.",
        ),
    ],
)
def test_a_wrong_rule_is_told_with_its_place(text: str, error: str) -> None:
    assert errors_of(text) == [error]


@pytest.mark.parametrize(
    ("rule", "error"),
    [
        ("mustBeLessThan: 0", "no count can satisfy the quality rule 'rowCount': mustBeLessThan 0. Correct it."),
        (
            "mustBeGreaterThan: 10\nmustBeLessThan: 3",
            "no count can satisfy the quality rule 'rowCount': mustBeGreaterThan 10 and mustBeLessThan 3. Correct it.",
        ),
        (
            "mustBeGreaterThan: 2\nmustBeLessThan: 3",
            "no count can satisfy the quality rule 'rowCount': mustBeGreaterThan 2 and mustBeLessThan 3. Correct it.",
        ),
        ("mustBe: 0.5", "no count can satisfy the quality rule 'rowCount': mustBe 0.5. Correct it."),
        (
            "mustBe: 3\nmustNotBe: 3",
            "no count can satisfy the quality rule 'rowCount': mustBe 3 and mustNotBe 3. Correct it.",
        ),
        (
            "mustBeBetween: [3, 5]\nmustNotBeBetween: [1, 9]",
            "no count can satisfy the quality rule 'rowCount': mustBeBetween [3, 5] and mustNotBeBetween [1, 9]. Correct it.",
        ),
    ],
)
def test_thresholds_that_nothing_can_satisfy(rule: str, error: str) -> None:
    found = errors_of(at_object(f"rule: rowCount\n{rule}", api_version="v3.0.2"))

    assert [one.split(": ", 1)[1] for one in found] == [error]


@pytest.mark.parametrize(
    "rule", ["mustBeGreaterThan: 2\nmustBeLessThan: 4", "mustBe: 0", "mustBeLessThan: 1", "mustNotBeBetween: [1, 9]"]
)
def test_thresholds_that_something_can_satisfy(rule: str) -> None:
    assert errors_of(at_object(f"rule: rowCount\n{rule}", api_version="v3.0.2")) == []


def test_placeholders_stand_for_the_data_and_the_column() -> None:
    query = "SELECT count(\"${column}\") + {'a': 1}.a FROM ${table} WHERE {property} ~ '^[0-9]{4}{year}$' -- {x}"

    assert notes_of(at_column(f"type: sql\nmustBe: 0\nquery: |\n  {query}")) == []


def test_values_of_queries_may_be_negative() -> None:
    assert errors_of(at_object(f"{SQL}SELECT -1".replace("mustBe: 0", "mustBeLessThan: 0"))) == []


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("SELECT 1", None),
        ("select count(*) from x where a = 'a; DROP TABLE x'", None),
        ("-- a comment\n  (SELECT 1) -- another;\n;", None),
        ('WITH a AS (SELECT 1 AS "insert") SELECT * FROM a', None),
        ("FROM x SELECT count(*)", None),
        ("SELECT $$;'$$", None),
        ("", "is empty. Write a SELECT with one value as its result."),
        ("-- nothing", "is empty. Write a SELECT with one value as its result."),
        (
            "SELECT 1; SELECT 2",
            "has more than one statement. Write a rule for each, or join them into one SELECT.",
        ),
        ("SELECT (1", "has a parenthesis without its other half. Correct it."),
        ("SELECT 1)", "has a parenthesis without its other half. Correct it."),
        ("SELECT 'a", "has a quote or a comment that does not end. Close it."),
        ("SELECT 1 /* a", "has a quote or a comment that does not end. Close it."),
        ("DROP TABLE x", "begins with DROP, and must be a SELECT with one value as its result. Rewrite it."),
        ("COPY x TO 'y'", "begins with COPY, and must be a SELECT with one value as its result. Rewrite it."),
        ("a > 3", "begins with A, and must be a SELECT with one value as its result. Rewrite it."),
        ("WITH a AS (SELECT 1) DELETE FROM b", "would DELETE data, and must only SELECT. Rewrite it."),
    ],
)
def test_queries_only_read(query: str, problem: str | None) -> None:
    assert query_problem(query) == problem
