"""The JSON schema of the standard, corrected where it refuses what the standard allows."""

from __future__ import annotations

import functools
import json
import pkgutil
from collections.abc import Iterator
from typing import Any, Union

import jsonschema_rs
import open_data_contract_standard

API_VERSIONS = ("v3.2.0", "v3.1.0", "v3.0.2", "v3.0.1", "v3.0.0")
"""The versions of ODCS that are read, the newest first."""

Schema = dict[str, Any]

# RFC 0026a of the standard; the schema that is shipped knows ASCII letters alone.
STABLE_ID = r"^[^\s.#/\\@!%&^]+$"


def is_open(api_version: str) -> bool:
    """Whether the standard of that version allows keys that it does not name, and rules of any name (all of v3.0)."""
    return api_version.startswith("v3.0.")


@functools.cache
def schema() -> Schema:
    """The schema of all versions that are read: what v3.0 and v3.1 allow, v3.2 allows, too.

    Quality rules and relationships are only checked for their keys, and for the types of most values.
    """
    content = pkgutil.get_data(open_data_contract_standard.__name__, "schema.json")
    assert content is not None
    shipped: Schema = json.loads(content)
    definitions = shipped["$defs"]
    shipped["properties"]["apiVersion"]["enum"] = list(API_VERSIONS)
    definitions["StableId"]["pattern"] = STABLE_ID
    # v3.1 brought "blob" for objects.
    definitions["SchemaObject"]["properties"]["logicalType"]["enum"] = ["object", "blob"]
    _require_conditions(definitions["SchemaBaseProperty"])
    _free_parts(definitions["SchemaBaseProperty"])
    _allow_old_exclusive_bounds(definitions["SchemaBaseProperty"])
    _flatten_quality(definitions)
    _flatten_relationships(definitions)
    return shipped


@functools.cache
def validator() -> Any:
    """The schema, compiled."""
    return jsonschema_rs.Draft201909Validator(schema())


def _require_conditions(base: Schema) -> None:
    """Without this each condition on `logicalType` holds where there is none, and a property needs a `map`."""
    for branch in base["allOf"]:
        for condition in branch.get("if", {}).get("anyOf", [branch.get("if", {})]):
            if "properties" in condition:
                condition["required"] = list(condition["properties"])


def _free_parts(base: Schema) -> None:
    """What a type is made of is checked whatever the type, also where none is given; the reader compares the two."""
    for branch in base["allOf"]:
        parts = branch.get("then", {}).get("properties", {})
        base["properties"].update({name: part for name, part in parts.items() if name != "logicalTypeOptions"})


def _allow_old_exclusive_bounds(base: Schema) -> None:
    """In v3.0 `exclusiveMinimum: true` says that `minimum` is not included; the reader sees to it."""
    for branch in base["allOf"]:
        options = branch.get("then", {}).get("properties", {}).get("logicalTypeOptions", {}).get("properties", {})
        for name in ("exclusiveMinimum", "exclusiveMaximum"):
            if name in options:
                options[name]["type"] = [options[name]["type"], "boolean"]


def _flatten_quality(definitions: Schema) -> None:
    """The conditions of quality rules, of which `oneOf` for the operators is one, cannot be told to people."""
    rule = definitions["DataQuality"]
    for name in ("DataQualityLibrary", "DataQualitySql", "DataQualityCustom"):
        rule["properties"].update(definitions[name]["properties"])
    for operator in definitions["DataQualityOperators"]["oneOf"]:
        rule["properties"].update(operator["properties"])
    # Which names of metrics and rules are known depends on the version, and so do the keys.
    del rule["allOf"], rule["unevaluatedProperties"], rule["properties"]["metric"]["enum"]


def _flatten_relationships(definitions: Schema) -> None:
    """References are checked by the reader, which knows the columns."""
    properties = definitions["RelationshipBase"]["properties"]
    for name in ("from", "to"):
        properties[name] = {"type": ["string", "array"], "items": {"type": "string"}, "minItems": 1}
    definitions["RelationshipSchemaLevel"] = {
        "type": "object",
        "properties": properties,
        "required": ["from", "to"],
        "additionalProperties": False,
    }
    definitions["RelationshipPropertyLevel"] = {
        "type": "object",
        "properties": {name: value for name, value in properties.items() if name != "from"},
        "required": ["to"],
        "additionalProperties": False,
    }


@functools.cache
def keys_at(path: tuple[Union[str, int], ...]) -> dict[str, None]:
    """The keys that the schema knows of the mapping at a path, those for some types alone included, in its order."""
    found = _resolved([schema()])
    for step in path:
        following: list[Schema] = []
        for one in found:
            if isinstance(step, int):
                if isinstance(one.get("items"), dict):
                    following.append(one["items"])
            elif isinstance(one.get("properties"), dict) and isinstance(one["properties"].get(step), dict):
                following.append(one["properties"][step])
        found = _resolved(following)
    return {key: None for one in found for key in one.get("properties", {})}


def options_of(logical_type: str) -> list[str]:
    """The names of the `logicalTypeOptions` of a logical type; none if it has none."""
    for branch in schema()["$defs"]["SchemaBaseProperty"]["allOf"]:
        conditions = branch.get("if", {}).get("anyOf", [branch.get("if", {})])
        if any(one.get("properties", {}).get("logicalType", {}).get("const") == logical_type for one in conditions):
            return list(branch["then"]["properties"].get("logicalTypeOptions", {}).get("properties", {}))
    return []


def _resolved(schemas: list[Schema]) -> list[Schema]:
    """The schemas, and all that they refer to."""
    return [one for schema in schemas for one in _with_parts(schema)]


def _with_parts(one: Schema) -> Iterator[Schema]:
    yield one
    reference = one.get("$ref")
    if reference is not None:
        target: Any = schema()
        for step in reference.removeprefix("#/").split("/"):
            target = target[step]
        yield from _with_parts(target)
    for keyword in ("allOf", "anyOf", "oneOf"):
        for part in one.get(keyword, []):
            yield from _with_parts(part)
    if "then" in one:
        yield from _with_parts(one["then"])
