"""What is made of each key of the standard's schema part."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import Enum
from typing import Any

from wombat_tool.contracts.custom_properties import PREFIX
from wombat_tool.contracts.nodes import Node


class Use(Enum):
    """What is made of a key."""

    HONOURED = "honoured"
    """It has a place in the model, and is checked in data or used to find it."""
    DOCUMENTATION = "documentation"
    """It says nothing of the data that could be checked."""
    NOTED = "noted"
    """It says something of the data that is not checked; the contract's notes say so."""


def _uses(*, honoured: str, documentation: str, noted: str = "") -> dict[str, Use]:
    found = dict.fromkeys(honoured.split(), Use.HONOURED)
    found |= dict.fromkeys(documentation.split(), Use.DOCUMENTATION)
    return found | dict.fromkeys(noted.split(), Use.NOTED)


OBJECT = _uses(
    honoured="name physicalName id properties relationships quality customProperties",
    documentation="logicalType physicalType description businessName deprecated synonyms authoritativeDefinitions "
    "tags dataGranularityDescription context",
)
PROPERTY = _uses(
    honoured="name physicalName id logicalType logicalTypeOptions physicalType required unique primaryKey "
    "primaryKeyPosition classification enum properties items map relationships quality customProperties semanticType",
    documentation="description businessName deprecated synonyms authoritativeDefinitions tags partitioned "
    "partitionKeyPosition encryptedName transformSourceObjects transformLogic transformDescription examples "
    "criticalDataElement",
)
OPTIONS = _uses(
    honoured="minLength maxLength pattern format minimum exclusiveMinimum maximum exclusiveMaximum multipleOf "
    "timezone defaultTimezone minItems maxItems uniqueItems minProperties maxProperties required dimensions elementType",
    documentation="distanceMetric embeddingModel embeddingModelVersion",
    noted="normalized",
)
QUALITY = _uses(
    honoured="id name type metric rule arguments query unit severity mustBe mustNotBe mustBeGreaterThan "
    "mustBeGreaterOrEqualTo mustBeLessThan mustBeLessOrEqualTo mustBeBetween mustNotBeBetween customProperties",
    documentation="description authoritativeDefinitions businessImpact dimension method schedule scheduler tags",
    noted="engine implementation",
)
RELATIONSHIP = _uses(honoured="type from to customProperties", documentation="id")
ENUM_VALUE = _uses(honoured="value", documentation="label id description customProperties authoritativeDefinitions tags")

CONTRACT = _uses(
    honoured="apiVersion kind id version name status schema customProperties",
    documentation="tenant tags servers dataProduct description domain context support price team roles slaDefaultElement "
    "slaProperties authoritativeDefinitions contractCreatedTs",
)
# The keys whose values hold more of these mappings, with the tables for them.
_INSIDE: dict[str, Mapping[str, Use]] = {
    "schema": OBJECT,
    "properties": PROPERTY,
    "items": PROPERTY,
    "logicalTypeOptions": OPTIONS,
    "quality": QUALITY,
    "relationships": RELATIONSHIP,
    "enum": ENUM_VALUE,
    "map": {},
    "key": PROPERTY,
    "value": PROPERTY,
}
# What of a rule is for people or for other programs, and so in no model.
_UNREAD_RULES = ("text", "custom")


def documentation_of(root: Node) -> str:
    """All that a contract says besides what is honoured, as JSON in a fixed order: equal if only that is equal."""
    return json.dumps(_rest(root, CONTRACT), sort_keys=True, default=str)


def _rest(node: Node, uses: Mapping[str, Use]) -> Any:
    if isinstance(node.value, list):
        # By name, so that one more item does not look like a change of those behind it.
        rests = ((item.text("name") or str(index), _rest(item, uses)) for index, item in enumerate(node.value))
        return {name: rest for name, rest in rests if rest}
    if not isinstance(node.value, dict) or node.text("type") in _UNREAD_RULES:
        return node.plain() if uses is QUALITY else None
    found: dict[str, Any] = {}
    for key, child in node.value.items():
        rest: Any
        if key == "customProperties":
            rest = [one.plain() for one in child.mapping_items() if not (one.text("property") or "").startswith(PREFIX)]
        elif uses.get(key) is Use.HONOURED or not uses:
            rest = _rest(child, _INSIDE[key]) if key in _INSIDE else None
        else:
            rest = child.plain()
        if rest:
            found[key] = rest
    return found
