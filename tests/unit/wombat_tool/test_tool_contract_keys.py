"""Each key of the standard's schema part has a use that was decided, and what is left over is documentation."""

from __future__ import annotations

import json
import pkgutil
from collections.abc import Iterator, Mapping
from typing import Any

import open_data_contract_standard
import pytest

from contract_texts import contract_of, contract_text, notes_of, property_text
from wombat_tool.contracts import keys
from wombat_tool.contracts.keys import Use
from wombat_tool.contracts.metrics import METRICS
from wombat_tool.contracts.standard import options_of
from wombat_tool.contracts.thresholds import OPERATORS

SHIPPED = json.loads(pkgutil.get_data(open_data_contract_standard.__name__, "schema.json") or b"")
DEFINITIONS = SHIPPED["$defs"]


def keys_in(definition: Mapping[str, Any]) -> Iterator[str]:
    """The keys that a definition names, and all that it refers to or is made of."""
    yield from definition.get("properties", {})
    if "$ref" in definition:
        yield from keys_in(DEFINITIONS[definition["$ref"].removeprefix("#/$defs/")])
    for keyword in ("allOf", "oneOf"):
        for part in definition.get(keyword, []):
            yield from keys_in(part)
    if "then" in definition:
        yield from keys_in(definition["then"])


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("SchemaObject", keys.OBJECT),
        ("SchemaProperty", keys.PROPERTY),
        ("SchemaItemProperty", keys.PROPERTY),
        ("DataQuality", keys.QUALITY),
        ("RelationshipSchemaLevel", keys.RELATIONSHIP),
        ("RelationshipPropertyLevel", keys.RELATIONSHIP),
        ("EnumValue", keys.ENUM_VALUE),
    ],
)
def test_the_table_has_the_keys_of_the_standard(name: str, table: Mapping[str, Use]) -> None:
    optional = {"name"} if name == "SchemaItemProperty" else set()

    assert set(keys_in(DEFINITIONS[name])) | optional == set(table)


def test_the_table_has_the_keys_of_a_contract() -> None:
    assert set(SHIPPED["properties"]) == set(keys.CONTRACT)


def test_the_table_has_the_options_of_all_types() -> None:
    types = DEFINITIONS["SchemaBaseProperty"]["properties"]["logicalType"]["enum"]

    assert {option for one in types for option in options_of(one)} == set(keys.OPTIONS)


def test_all_metrics_and_operators_are_known() -> None:
    operators = {name for one in DEFINITIONS["DataQualityOperators"]["oneOf"] for name in one["properties"]}

    assert set(DEFINITIONS["DataQualityLibrary"]["properties"]["metric"]["enum"]) == set(METRICS)
    assert operators == set(OPERATORS)


def noted(table: Mapping[str, Use]) -> list[str]:
    return [key for key, use in table.items() if use is Use.NOTED]


def test_what_is_called_noted_is_noted() -> None:
    assert (noted(keys.OPTIONS), noted(keys.QUALITY)) == (["normalized"], ["engine", "implementation"])
    vector = "name: a\nlogicalType: vector\nlogicalTypeOptions: {dimensions: 3, normalized: true}"
    custom = "name: a\nquality: [{type: custom, engine: soda, implementation: x}]"

    assert len(notes_of(property_text(vector))) == len(notes_of(property_text(custom))) == 1
    assert noted(keys.OBJECT) == noted(keys.PROPERTY) == noted(keys.RELATIONSHIP) == []


def documentation(properties: str, more: str = "") -> Any:
    return json.loads(contract_of(property_text(properties) + more).documentation)


def test_what_is_honoured_is_no_documentation() -> None:
    text = "name: a\nlogicalType: string\nlogicalTypeOptions: {minLength: 1}\nrequired: true\nquality: [{metric: nullValues, mustBe: 0}]"

    assert documentation(text) == documentation("name: a") == {}


def test_everything_else_is_documentation() -> None:
    text = """
        name: a
        description: An a.
        tags: [x]
        quality: [{type: text, name: q, description: Good.}]
        items: {businessName: Item}
        customProperties: [{property: other, value: 1}, {property: wombat.production, value: warning}]
        """

    assert documentation(text, "team: {name: t}\n") == {
        "schema": {
            "orders": {
                "properties": {
                    "a": {
                        "description": "An a.",
                        "tags": ["x"],
                        "quality": {"q": {"type": "text", "name": "q", "description": "Good."}},
                        "items": {"businessName": "Item"},
                        "customProperties": [{"property": "other", "value": 1}],
                    }
                }
            }
        },
        "team": {"name": "t"},
    }


def test_the_version_alone_is_no_documentation() -> None:
    one, other = (contract_of(contract_text("").replace("1.0.0", version)) for version in ("1.0.0", "1.0.1"))

    assert one.documentation == other.documentation


def test_the_order_of_keys_is_no_documentation() -> None:
    one = contract_of(property_text("name: a\ntags: [x]\ndescription: y"))
    other = contract_of(property_text("description: y\nname: a\ntags: [x]"))

    assert one == other
