"""What a user reads where a contract does not have the form of the standard: line, column, what, and how to mend it."""

from __future__ import annotations

import pytest

from contract_texts import contract_of, contract_text, errors_of, property_text, reading_of, schema_text
from wombat_tool.contracts.standard import API_VERSIONS

KNOWN = "Known are v3.2.0, v3.1.0, v3.0.2, v3.0.1, v3.0.0."


@pytest.mark.parametrize("api_version", API_VERSIONS)
def test_each_version_of_the_standard_is_read(api_version: str) -> None:
    contract = contract_of(property_text("name: a\nlogicalType: string", api_version=api_version))

    assert (contract.api_version, contract.id, contract.version) == (api_version, "orders", "1.0.0")
    assert contract.objects[0].fields[0].name == "a"


@pytest.mark.parametrize(
    ("api_version", "error"),
    [
        pytest.param("v2.2.2", f"{KNOWN} Write the contract in a later version, as v3.2.0: v2 has another form.", id="v2"),
        pytest.param("3.1.0", f"{KNOWN} Did you mean 'v3.1.0'?", id="without-v"),
        pytest.param("v3.2", f"{KNOWN} Did you mean 'v3.2.0'?", id="short"),
        pytest.param("v4.0.0", f"{KNOWN} Write one of these.", id="later"),
    ],
)
def test_another_version_is_refused_and_the_known_ones_are_named(api_version: str, error: str) -> None:
    text = contract_text("unknown: 1\n", api_version=api_version)

    shown = repr(api_version)
    assert errors_of(text) == [f"1:13: 'apiVersion' is {shown}, a version of the standard that cannot be read. {error}"]
    assert reading_of(text).contract is None


def test_each_key_that_a_contract_must_have_is_asked_for() -> None:
    assert errors_of("name: Orders\n") == [
        "1:1: the key 'apiVersion' is missing in the contract. Add it, as `apiVersion: v3.2.0`.",
        "1:1: the key 'id' is missing in the contract. Add it, as `id: orders`.",
        "1:1: the key 'kind' is missing in the contract. Add it, as `kind: DataContract`.",
        "1:1: the key 'version' is missing in the contract. Add it, as `version: 1.0.0`.",
    ]


@pytest.mark.parametrize(
    ("text", "errors"),
    [
        pytest.param(
            property_text("name: a\nrequird: true"),
            ["9:5: unknown key 'requird' in property 'a'. Did you mean 'required'?"],
            id="unknown-key",
        ),
        pytest.param(
            property_text("name: a\nnullable: true"),
            ["9:5: unknown key 'nullable' in property 'a'. Correct the name, or make it one of the `customProperties`."],
            id="unknown-key-unlike-all",
        ),
        pytest.param(
            contract_text("schemas: []\n"),
            ["5:1: unknown key 'schemas' in the contract. Did you mean 'schema'?"],
            id="unknown-root-key",
        ),
        pytest.param(
            property_text("logicalType: string"),
            ["8:5: the key 'name' is missing in an item of 'properties'. Add it."],
            id="no-name",
        ),
        pytest.param(
            property_text("name: a\nlogicalType: strng"),
            ["9:18: 'logicalType' is 'strng', which is not one of its words. Did you mean 'string'?"],
            id="no-such-type",
        ),
        pytest.param(
            property_text("name: a\nsemanticType: metric"),
            ["9:19: 'semanticType' is 'metric', which is not one of its words. Known here: column, measure, dimension."],
            id="no-such-word",
        ),
        pytest.param(
            property_text('name: on\nrequired: "yes"\ntags: x\nid: a b\nprimaryKeyPosition: 1.5\nclassification:'),
            [
                "8:11: 'name' must be text, and is on. Put it in quotes.",
                "9:15: 'required' must be true or false, and is 'yes'. Remove the quotes.",
                "10:11: 'tags' must be a list, and is 'x'. Begin each item on a line of its own with `- `.",
                "11:9: 'id' may not hold blanks or any of . # / \\ @ ! % & ^, and is 'a b'. Correct it.",
                "12:25: 'primaryKeyPosition' must be a whole number, and is 1.5. Write a whole number.",
                "13:20: 'classification' must be text, and is empty. Give it text, or remove the key.",
            ],
            id="wrong-types",
        ),
        pytest.param(
            contract_text("name: 3\n").replace("version: 1.0.0", "version: 1.0"),
            [
                "4:10: 'version' must be text, and is 1.0. Put it in quotes.",
                "5:7: 'name' must be text, and is 3. Put it in quotes.",
            ],
            id="numbers-as-text",
        ),
        pytest.param(
            property_text(
                "name: a\nlogicalType: string\nlogicalTypeOptions: {maximum: 3, patern: x, minLength: -1, enum: [a]}"
            ),
            [
                "10:26: the option 'maximum' is not for logicalType 'string', which has minLength, maxLength, pattern, "
                "format. Remove it, or correct the type.",
                "10:38: unknown key 'patern' in 'logicalTypeOptions'. Did you mean 'pattern'?",
                "10:60: 'minLength' must be at least 0, and is -1. Correct it.",
                "10:64: unknown key 'enum' in 'logicalTypeOptions'. Values that are allowed stand beside it, as "
                "`enum: [{value: a}, {value: b}]`.",
            ],
            id="options",
        ),
        pytest.param(
            property_text("name: a\nlogicalTypeOptions: {minLength: 1}"),
            [
                "9:5: the 'logicalTypeOptions' of 'a' have no 'logicalType'. Add the type that they are of, as `logicalType: string`."
            ],
            id="options-without-type",
        ),
        pytest.param(
            property_text("name: a\nlogicalType: boolean\nlogicalTypeOptions: {format: x}"),
            ["10:26: logicalType 'boolean' has no options, and 'a' has 'format'. Remove it."],
            id="options-of-boolean",
        ),
        pytest.param(
            property_text("name: a\nlogicalType: array\nitems: {logicalType: object, properties: [{nam: b}]}"),
            [
                "10:47: the key 'name' is missing in an item of 'properties'. Add it.",
                "10:48: unknown key 'nam' in an item of 'properties'. Did you mean 'name'?",
            ],
            id="nested",
        ),
        pytest.param(
            property_text("name: a\nitems: {requird: true}"),
            ["9:13: unknown key 'requird' in 'items'. Did you mean 'required'?"],
            id="nested-without-type",
        ),
        pytest.param(
            property_text("name: a\nlogicalType: string\nitems: {logicalType: string}"),
            [
                "10:5: the key 'items' of 'a' is for logicalType 'array', and the type is 'string'. Correct the type, or remove the key."
            ],
            id="items-of-string",
        ),
        pytest.param(
            property_text("name: a\nlogicalType: map"),
            ["8:5: the key 'map' is missing in property 'a'. Add it."],
            id="map-without-map",
        ),
        pytest.param(
            property_text("name: a\nlogicalType: vector\nlogicalTypeOptions: {elementType: int8}"),
            ["10:5: the key 'dimensions' is missing in 'logicalTypeOptions'. Add it."],
            id="vector-without-dimensions",
        ),
        pytest.param(
            property_text("name: a\nlogicalType: string\nenum: [a, b]"),
            [
                "10:12: an item of 'enum' must be a mapping, and is 'a'. Write a mapping.",
                "10:15: an item of 'enum' must be a mapping, and is 'b'. Write a mapping.",
            ],
            id="enum-of-scalars",
        ),
        pytest.param(
            property_text("name: a\nenum: []"),
            ["9:11: 'enum' must have 1 or more items, and is a list. Correct it."],
            id="empty-enum",
        ),
        pytest.param(
            schema_text("- name: a\n  properties: {x: 1}\n- 3"),
            [
                "7:15: 'properties' must be a list, and is a mapping. Begin each item on a line of its own with `- `.",
                "8:3: an item of 'schema' must be a mapping, and is 3. Write a mapping.",
            ],
            id="wrong-containers",
        ),
        pytest.param(
            contract_text(
                "servers:\n- {server: s, type: postgres, host: h, database: d, schema: s, port: 1, dataset: x}\n- {type: x}\n"
            ),
            [
                "6:73: the key 'dataset' is not for servers of type 'postgres'. Remove it, or correct the type.",
                "7:3: the key 'server' is missing in an item of 'servers'. Add it.",
            ],
            id="servers",
        ),
        pytest.param(
            contract_text("team: {name: a, membrs: []}\ncontext: {instruction: x}\n"),
            [
                "5:17: unknown key 'membrs' in 'team'. Did you mean 'members'?",
                "6:11: unknown key 'instruction' in 'context'. Did you mean 'instructions'?",
            ],
            id="one-of-several-forms",
        ),
    ],
)
def test_a_wrong_form_is_told_with_its_place(text: str, errors: list[str]) -> None:
    found = errors_of(text)

    assert [one for one in found if not one.startswith("7:10: 'type' is 'x'")] == errors


def test_what_can_be_read_is_there_besides_the_mistakes() -> None:
    reading = reading_of(property_text("name: a\nrequird: true\nrequired: true", "name: b\nlogicalType: strng"))

    assert len(reading.errors) == 2
    assert reading.contract is not None
    assert [(one.name, one.required) for one in reading.contract.objects[0].fields] == [("a", True), ("b", False)]


@pytest.mark.parametrize(
    "more",
    [
        pytest.param("team: [{name: x, dateIn: 2022-01-01}]\n", id="team"),
        pytest.param("servers: [{server: s, type: bigquery, project: p, dataset: d, region: eu}]\n", id="server"),
        pytest.param("support: [{channel: x}]\ncustomProperties: [{property: x}]\n", id="documentation"),
        pytest.param("roles: [{role: x, whatever: 1}]\nslaDefaultElement: tab1.x\n", id="roles"),
    ],
)
def test_v3_0_allows_more_outside_of_the_schema_part(more: str) -> None:
    assert errors_of(contract_text(more, api_version="v3.0.2")) == []
    assert errors_of(property_text("name: a\nrequird: true", api_version="v3.0.2")) == [
        "9:5: unknown key 'requird' in property 'a'. Did you mean 'required'?"
    ]


def test_a_column_may_be_a_name_alone() -> None:
    # The JSON schema of the package takes every condition on the type as met where there is none.
    assert errors_of(property_text("name: a")) == []


def test_ids_may_hold_letters_of_all_languages() -> None:
    assert errors_of(property_text("name: a\nid: größe")) == []
