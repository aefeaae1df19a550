"""What a user reads where the parts of a contract contradict each other: both lines, and how to mend it."""

from __future__ import annotations

import pytest

from contract_texts import errors_of, property_text, schema_text


def option_errors(logical_type: str, *options: str) -> list[str]:
    """The mistakes in options that stand in lines 11 and on."""
    lines = "".join(f"  {one}\n" for one in options)
    return errors_of(property_text(f"name: a\nlogicalType: {logical_type}\nlogicalTypeOptions:\n{lines}"))


@pytest.mark.parametrize(
    ("logical_type", "options", "error"),
    [
        (
            "integer",
            ("minimum: 5", "maximum: 3"),
            "12:7: no value of 'a' can be right: minimum is 5 and maximum is 3 (see line 11). Correct one of them.",
        ),
        (
            "number",
            ("maximum: 0.5", "exclusiveMinimum: 0.5"),
            "12:7: no value of 'a' can be right: exclusiveMinimum is 0.5 and maximum is 0.5 (see line 11). Correct one of them.",
        ),
        (
            "date",
            ("minimum: 2022-02-01", "maximum: 2022-01-01"),
            "12:7: no value of 'a' can be right: minimum is 2022-02-01 and maximum is 2022-01-01 (see line 11). Correct one of them.",
        ),
        (
            "timestamp",
            ("minimum: '2022-01-01T12:00:00+02:00'", "maximum: '2022-01-01T09:00:00'"),
            "12:7: no value of 'a' can be right: minimum is 2022-01-01T12:00:00+02:00 and maximum is 2022-01-01T09:00:00 "
            "(see line 11). Correct one of them.",
        ),
        (
            "string",
            ("maxLength: 1", "minLength: 2"),
            "12:7: no value of 'a' can be right: minLength 2 is more than maxLength 1 (see line 11). Correct one of them.",
        ),
        (
            "array",
            ("minItems: 2", "maxItems: 1"),
            "12:7: no value of 'a' can be right: minItems 2 is more than maxItems 1 (see line 11). Correct one of them.",
        ),
        (
            "object",
            ("minProperties: 2", "maxProperties: 1"),
            "12:7: no value of 'a' can be right: minProperties 2 is more than maxProperties 1 (see line 11). Correct one of them.",
        ),
        (
            "integer",
            ("format: u8", "minimum: 256"),
            "12:7: no value of 'a' can be right: minimum is 256, and u8 holds 0 to 255 (see line 11). Correct one of them.",
        ),
        (
            "integer",
            ("format: i8", "exclusiveMaximum: -200"),
            "12:7: no value of 'a' can be right: exclusiveMaximum is -200, and i8 holds -128 to 127 (see line 11). Correct one of them.",
        ),
        (
            "date",
            ("minimum: 2022-13-01",),
            "11:16: 'minimum' of 'a': '2022-13-01' is no date. Write it like 2022-01-31.",
        ),
        (
            "timestamp",
            ("maximum: tomorrow",),
            "11:16: 'maximum' of 'a': 'tomorrow' is no timestamp. Write it like 2022-01-31T12:30:00Z.",
        ),
        ("time", ("minimum: '25:00'",), "11:16: 'minimum' of 'a': '25:00' is no time. Write it like 12:30:00."),
        ("integer", ("minimum: '5'",), "11:16: 'minimum' must be a number, and is '5'. Remove the quotes."),
        ("integer", ("multipleOf: 0",), "11:19: 'multipleOf' must be more than 0, and is 0. Correct it."),
        (
            "integer",
            ("exclusiveMinimum: true",),
            "11:7: 'exclusiveMinimum' of 'a' is true, and since v3.1 it is the bound itself. Write the bound there.",
        ),
        (
            "string",
            ("pattern: '(?=a)b'",),
            "11:16: the pattern of 'a', '(?=a)b', is of no use: DuckDB's regular expressions (RE2) do not have lookahead, as "
            "(?=...). Write it another way.",
        ),
        (
            "timestamp",
            ("defaultTimezone: Europe/Berlim",),
            "11:7: 'defaultTimezone' of 'a': there is no time zone 'Europe/Berlim'. Did you mean 'Europe/Berlin'?",
        ),
        (
            "timestamp",
            ("defaultTimezone: Mars",),
            "11:7: 'defaultTimezone' of 'a': there is no time zone 'Mars'. Write it like Etc/UTC or Europe/Berlin.",
        ),
        (
            "object",
            ("required: [b]",),
            None,
        ),
    ],
)
def test_options_that_contradict_each_other(logical_type: str, options: tuple[str, ...], error: str | None) -> None:
    assert option_errors(logical_type, *options) == ([] if error is None else [error])


@pytest.mark.parametrize(
    ("logical_type", "options"),
    [
        ("integer", ("minimum: 5", "maximum: 5")),
        ("integer", ("format: u8", "minimum: 255")),
        ("timestamp", ("minimum: '2022-01-01T12:00:00+02:00'", "maximum: '2022-01-01T10:00:00'")),
        ("string", ("minLength: 2", "maxLength: 2", "pattern: '^(a|b)'")),
        ("timestamp", ("defaultTimezone: Etc/UTC",)),
    ],
)
def test_options_that_fit(logical_type: str, options: tuple[str, ...]) -> None:
    assert option_errors(logical_type, *options) == []


def test_in_v3_0_an_exclusive_bound_needs_the_other_one() -> None:
    text = "name: a\nlogicalType: integer\nlogicalTypeOptions:\n  exclusiveMaximum: true\n"

    assert errors_of(property_text(text, api_version="v3.0.2")) == [
        "11:7: 'exclusiveMaximum' of 'a' is true, and there is no 'maximum'. Write the bound there."
    ]


def test_a_required_member_must_be_there() -> None:
    text = property_text("name: a\nlogicalType: object\nlogicalTypeOptions: {required: [bee]}\nproperties: [{name: beer}]")

    assert errors_of(text) == [
        "10:37: 'required' of 'a' names 'bee', which is not among its 'properties'. Did you mean 'beer'?"
    ]


@pytest.mark.parametrize(
    ("logical_type", "options", "value", "error"),
    [
        ("string", "", "NO", "no is not text"),
        ("string", "", "1", '1 is not text. Put it in quotes: "1".'),
        ("integer", "", "'1'", "'1' is no whole number. Remove the quotes."),
        ("integer", "", "1.5", "1.5 is no whole number. Correct it."),
        ("number", "", "x", "'x' is no number. Correct it."),
        ("boolean", "", "'true'", "'true' is neither true nor false. Write one of them."),
        ("date", "", "x", "'x' is no date. Write it like 2022-01-31."),
        ("array", "", "x", "values of logicalType 'array' cannot be written here. Remove 'x'."),
        ("integer", "minimum: 5", "3", "can never be right: 3 is below the minimum 5. Remove it, or correct the option."),
        ("integer", "exclusiveMaximum: 3", "3", "can never be right: 3 is above the maximum 3."),
        ("number", "multipleOf: 0.1", "0.25", "can never be right: 0.25 is no multiple of 0.1."),
        ("date", "maximum: 2022-01-01", "2022-01-02", "can never be right: 2022-01-02 is above the maximum 2022-01-01."),
        ("string", "maxLength: 1", "ab", "can never be right: 'ab' has more than 1 characters."),
        ("string", "minLength: 3", "ab", "can never be right: 'ab' has fewer than 3 characters."),
        ("string", "pattern: ^b", "ab", "can never be right: 'ab' does not match the pattern '^b'."),
    ],
)
def test_a_value_of_an_enumeration_must_fit_its_type_and_options(
    logical_type: str, options: str, value: str, error: str
) -> None:
    found = errors_of(
        property_text(f"name: a\nlogicalType: {logical_type}\nlogicalTypeOptions: {{{options}}}\nenum:\n- value: {value}\n")
    )

    assert len(found) == 1
    assert found[0].startswith("12:14: a value of the enum of 'a'")
    assert error.lower() in found[0].lower()


@pytest.mark.parametrize(
    ("logical_type", "options", "value"),
    [
        ("string", "pattern: b$", "ab"),
        ("string", "", "'NO'"),
        ("number", "multipleOf: 0.1", "1e300"),
        ("integer", "minimum: 5", "5"),
        ("timestamp", "minimum: 2022-01-01", "2022-01-01T00:00:00"),
    ],
)
def test_a_value_of_an_enumeration_that_fits(logical_type: str, options: str, value: str) -> None:
    text = f"name: a\nlogicalType: {logical_type}\nlogicalTypeOptions: {{{options}}}\nenum:\n- value: {value}\n"

    assert errors_of(property_text(text)) == []


def test_an_enumeration_names_each_value_once() -> None:
    assert errors_of(property_text("name: a\nlogicalType: number\nenum:\n- value: 1\n- value: 1.0\n")) == [
        "12:14: the enum of 'a' names 1.0 already in line 11. Remove one of them."
    ]


def test_an_enumeration_of_nothing_but_null_allows_nothing() -> None:
    assert errors_of(property_text("name: a\nenum: [{value: null}]")) == [
        "9:5: the enum of 'a' allows nothing but null. Add a value, or remove it."
    ]


def test_two_columns_cannot_have_one_name_in_the_data() -> None:
    assert errors_of(property_text("name: a", "name: b\nphysicalName: a", "name: a")) == [
        "10:5: the column 'a' is there already, in line 8. Remove one of them, or rename it.",
        "11:5: the column 'a' is there already, in line 8. Remove one of them, or rename it.",
    ]


def test_two_objects_cannot_have_one_name() -> None:
    assert errors_of(schema_text("- name: a\n- name: b\n- name: a")) == [
        "8:3: the object 'a' is there already, in line 6. Rename one of them."
    ]


def test_names_cannot_be_empty() -> None:
    assert errors_of(schema_text("- name: ''\n- name: a\n  properties: [{name: ''}]")) == [
        "6:3: an object has an empty name. Give it one.",
        "8:17: a property has an empty name. Give it the name of the column.",
    ]
