"""Wombat's own custom properties: how rules are handled in each environment, and how data is read."""

from __future__ import annotations

import pytest

from contract_texts import contract_of, contract_text, errors_of, object_from, schema_text
from wombat_tool.contracts.model import Environment, Handling, Layout, Treatment

PRODUCTION, DEVELOPMENT = Environment.PRODUCTION, Environment.DEVELOPMENT


def custom(name: str, value: str) -> str:
    """A custom property as an item of a list."""
    return f"{{property: wombat.{name}, value: {value}}}"


def schema(*, contract: str = "", orders: str = "", column: str = "", rule: str = "", relationship: str = "") -> str:
    """A contract with custom properties at its places: the contract in line 5, the object in 8, the column in 10."""
    return contract_text(
        f"""
customProperties: [{contract}]
schema:
- name: orders
  customProperties: [{orders}]
  properties:
  - {{name: a, customProperties: [{column}], quality: [
      {{metric: nullValues, id: few, mustBe: 0, customProperties: [{rule}]}}],
      relationships: [{{to: orders.a, customProperties: [{relationship}]}}]}}
"""
    )


def handled(handling: Handling, rule: str, environment: Environment = PRODUCTION) -> Treatment | None:
    return handling.treatment(environment, rule)


def test_the_nearest_place_decides() -> None:
    text = schema(
        contract=custom("production", "info"),
        orders=custom("production", "{maximum: off, minimum: warning}"),
        column=custom("production", "{maximum: error}"),
        rule=custom("production", "warning"),
    )
    schema_object = object_from(text)
    field = schema_object.fields[0]

    assert handled(schema_object.handling, "maximum") is Treatment.OFF
    assert handled(schema_object.handling, "required") is Treatment.INFO
    assert [handled(field.handling, name) for name in ("maximum", "minimum", "required")] == [
        Treatment.ERROR,
        Treatment.WARNING,
        Treatment.INFO,
    ]
    assert handled(field.quality[0].handling, "few") is Treatment.WARNING
    assert handled(field.handling, "maximum", DEVELOPMENT) is None


def test_members_have_what_their_column_has() -> None:
    field = object_from(
        schema_text(
            f"- name: a\n  properties:\n  - name: b\n    customProperties: [{custom('development', 'error')}]\n"
            "    items: {properties: [{name: c}]}"
        )
    ).fields[0]

    assert field.items is not None
    assert handled(field.items.fields[0].handling, "required", DEVELOPMENT) is Treatment.ERROR


@pytest.mark.parametrize("name", ["few", "nullValues"])
def test_a_quality_rule_is_handled_by_any_of_its_names(name: str) -> None:
    rule = object_from(schema(contract=custom("production", f"{{{name}: warning}}"))).fields[0].quality[0]

    assert handled(rule.handling, rule.name) is Treatment.WARNING


def test_a_relationship_has_its_own_handling() -> None:
    text = schema(column=custom("production", "info"), relationship=custom("production", "off"))

    assert handled(object_from(text).relationships[0].handling, "relationships") is Treatment.OFF


def test_how_data_is_read() -> None:
    settings = ", ".join(
        [
            custom("extraColumns", "forbid"),
            custom("sampling", "never"),
            custom("nullValues", "['', NA, null, -999, ~]"),
            custom("layout", "entries"),
            custom("format", "jsonl"),
        ]
    )
    schema_object = object_from(schema(orders=settings))

    assert (schema_object.allows_extra_columns, schema_object.may_sample) == (False, False)
    assert schema_object.null_values == ("", "NA", "null", "-999", "~")
    assert (schema_object.layout, schema_object.data_format) == (Layout.ENTRIES, "jsonl")


def test_an_object_can_differ_from_its_contract() -> None:
    text = schema(contract=custom("extraColumns", "forbid"), orders=custom("extraColumns", "allow"))

    assert object_from(text).allows_extra_columns
    assert not object_from(schema(contract=custom("extraColumns", "forbid"))).allows_extra_columns


def test_without_custom_properties_everything_is_as_usual() -> None:
    schema_object = object_from(schema())

    assert (schema_object.allows_extra_columns, schema_object.may_sample) == (True, True)
    assert (schema_object.null_values, schema_object.layout, schema_object.data_format) == (None, None, None)
    assert schema_object.handling == Handling()


def test_those_of_other_programs_are_left_alone() -> None:
    assert contract_of(schema(contract="{property: wombats, value: 1}, {property: other.x, value: [1]}")).objects


@pytest.mark.parametrize(
    ("place", "custom_property", "error"),
    [
        (
            "contract",
            custom("prodution", "off"),
            "5:31: unknown custom property 'wombat.prodution'. Did you mean 'wombat.production'?",
        ),
        (
            "column",
            custom("layout", "rows"),
            "10:45: 'wombat.layout' is a custom property of an object, and not of a column. Move it there.",
        ),
        (
            "contract",
            custom("nullValues", "[]"),
            "5:31: 'wombat.nullValues' is a custom property of an object, and not of a contract. Move it there.",
        ),
        (
            "orders",
            custom("production", "of"),
            "8:59: 'wombat.production' takes off, info, warning, error, and is 'of'. Did you mean 'off'?",
        ),
        (
            "orders",
            custom("production", "{maximun: off}"),
            "8:60: 'wombat.production' names the rule 'maximun', which is not there. Did you mean 'maximum'?",
        ),
        (
            "orders",
            custom("production", "{maximum: on}"),
            "8:69: 'wombat.production' takes off, info, warning, error, and is on. Write one of them.",
        ),
        (
            "orders",
            custom("extraColumns", "forbidden"),
            "8:61: 'wombat.extraColumns' takes allow or forbid, and is 'forbidden'. Did you mean 'forbid'?",
        ),
        (
            "orders",
            custom("nullValues", "NA"),
            "8:59: 'wombat.nullValues' takes a list of texts, and is 'NA'. Write it as [\"\", NA].",
        ),
        (
            "orders",
            f"{custom('layout', 'rows')}, {custom('layout', 'rows')}",
            "8:73: 'wombat.layout' is there already, in line 8. Remove one of them.",
        ),
        (
            "rule",
            custom("production", "{few: off}"),
            "11:104: 'wombat.production' takes off, info, warning, error, and is a mapping. Write one of them.",
        ),
        (
            "orders",
            "{property: wombat.layout}",
            "8:22: the key 'value' is missing in an item of 'customProperties'. Add it.",
        ),
    ],
)
def test_a_wrong_one_is_told_with_its_place(place: str, custom_property: str, error: str) -> None:
    assert errors_of(schema(**{place: custom_property})) == [error]
