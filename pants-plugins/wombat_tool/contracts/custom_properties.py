"""The custom properties that are Wombat's own, all named `wombat.*`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import Optional

from wombat_tool.contracts.model import Environment, Handling, Treatment
from wombat_tool.contracts.nodes import Node, quoted
from wombat_tool.contracts.problems import Problems, did_you_mean
from wombat_tool.contracts.scope import properties_below

PREFIX = "wombat."
_ONE_OF_THEM = "Write one of them."
_ENVIRONMENTS = {f"{PREFIX}{one.value}": one for one in Environment}
_TREATMENTS = {one.value: one for one in Treatment}

RULES = (
    "present",
    "extraColumns",
    "logicalType",
    "physicalType",
    "required",
    "unique",
    "primaryKey",
    "enum",
    "minimum",
    "exclusiveMinimum",
    "maximum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "pattern",
    "format",
    "timezone",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minProperties",
    "maxProperties",
    "dimensions",
    "relationships",
)
"""The rules that are no quality rules, by the names that `wombat.development` and `wombat.production` know them by."""


class Level(Enum):
    """Where custom properties stand."""

    CONTRACT = "a contract"
    OBJECT = "an object"
    COLUMN = "a column"
    QUALITY = "a quality rule"
    RELATIONSHIP = "a relationship"


_EVERYWHERE = tuple(Level)
_LEVELS = {
    **dict.fromkeys(_ENVIRONMENTS, _EVERYWHERE),
    "wombat.extraColumns": (Level.CONTRACT, Level.OBJECT),
    "wombat.sampling": (Level.CONTRACT, Level.OBJECT),
    "wombat.nullValues": (Level.OBJECT,),
    "wombat.layout": (Level.OBJECT,),
    "wombat.format": (Level.OBJECT,),
}
_CHOICES = {
    "wombat.extraColumns": ("allow", "forbid"),
    "wombat.sampling": ("allow", "never"),
    "wombat.layout": ("rows", "document", "entries"),
    "wombat.format": ("parquet", "csv", "jsonl", "arrow"),
}


@dataclass(frozen=True)
class CustomProperties:
    """Those of one place.

    :param choices: the words of those that take one, as "allow", by their full names.
    :param null_values: those of `wombat.nullValues`; None if it is not there.
    """

    handling: Handling = Handling()
    choices: dict[str, str] = field(default_factory=dict)
    null_values: Optional[tuple[str, ...]] = None


def read_custom_properties(node: Node, level: Level, problems: Problems) -> CustomProperties:
    """The `customProperties` of a place that are Wombat's; the others belong to other programs."""
    found: dict[str, Node] = {}
    for custom in node.mappings("customProperties"):
        name_node = custom.get("property")
        name = custom.text("property")
        value = custom.get("value")
        if name is None or name_node is None or not name.startswith(PREFIX):
            continue
        if name not in _LEVELS:
            problems.error(name_node, f"unknown custom property {quoted(name)}. {did_you_mean(name, _LEVELS)}")
        elif level not in _LEVELS[name]:
            places = " or ".join(one.value for one in _LEVELS[name])
            problems.error(name_node, f"{name!r} is a custom property of {places}, and not of {level.value}. Move it there.")
        elif name in found:
            problems.error(name_node, f"{name!r} is there already, in line {found[name].line}. Remove one of them.")
        elif value is None:
            # As the check of the structure says it, which v3.0 does without.
            problems.error(custom, "the key 'value' is missing in an item of 'customProperties'. Add it.")
        else:
            found[name] = value
    return CustomProperties(
        handling=_handling(node, level, found, problems),
        choices={
            name: found[name].written for name in _CHOICES if name in found and _is_choice(name, found[name], problems)
        },
        null_values=_null_values(found.get("wombat.nullValues"), problems),
    )


def with_outer(own: Handling, outer: Handling) -> Handling:
    """What a place says, and where it does not, the place around it."""
    return Handling(own.entries + outer.entries)


def for_quality_rule(handling: Handling, name: str, aliases: Iterable[str]) -> Handling:
    """The same, where a quality rule goes by any of its names."""
    known = set(aliases)
    return Handling(tuple((where, name if rule in known else rule, what) for where, rule, what in handling.entries))


def quality_names(rule: Node) -> tuple[str, ...]:
    """What a quality rule can be called by, the name that is shown first."""
    own = (rule.text("id"), rule.text("name"), rule.text("metric"), rule.text("rule"))
    names = tuple(one for one in own if one)
    return names or (rule.text("type") or "quality",)


def _handling(node: Node, level: Level, found: dict[str, Node], problems: Problems) -> Handling:
    entries: list[tuple[Environment, Optional[str], Treatment]] = []
    for name, environment in _ENVIRONMENTS.items():
        value = found.get(name)
        if value is None:
            continue
        if isinstance(value.value, dict) and level is not Level.QUALITY:
            known = (*RULES, *_quality_names_below(node))
            for rule, word in value.value.items():
                if rule not in known:
                    what = f"{name!r} names the rule {quoted(rule)}, which is not there."
                    problems.error(value.key_at(rule), f"{what} {did_you_mean(rule, known)}")
                treatment = _treatment(name, word, problems)
                if treatment is not None:
                    entries.append((environment, rule, treatment))
        else:
            treatment = _treatment(name, value, problems)
            if treatment is not None:
                entries.append((environment, None, treatment))
    return Handling(tuple(entries))


def _treatment(name: str, node: Node, problems: Problems) -> Optional[Treatment]:
    # YAML reads a bare off as false.
    word = "off" if node.value is False and node.written.lower() == "off" else node.value
    if isinstance(word, str) and word in _TREATMENTS:
        return _TREATMENTS[word]
    what = f"{name!r} takes {', '.join(_TREATMENTS)}, and is {node.shown()}."
    problems.error(node, f"{what} {did_you_mean(node.written, _TREATMENTS, otherwise=_ONE_OF_THEM)}")
    return None


def _quality_names_below(node: Node) -> list[str]:
    places = [node, *properties_below(node)]
    for inner in node.mappings("schema"):
        places += [inner, *properties_below(inner)]
    return [name for place in places for rule in place.mappings("quality") for name in quality_names(rule)]


def _is_choice(name: str, node: Node, problems: Problems) -> bool:
    if node.value in _CHOICES[name]:
        return True
    mend = did_you_mean(node.written, _CHOICES[name], otherwise=_ONE_OF_THEM)
    problems.error(node, f"{name!r} takes {' or '.join(_CHOICES[name])}, and is {node.shown()}. {mend}")
    return False


def _null_values(node: Optional[Node], problems: Problems) -> Optional[tuple[str, ...]]:
    if node is None:
        return None
    if not isinstance(node.value, list) or any(isinstance(one.value, (list, dict)) for one in node.value):
        problems.error(node, f"'wombat.nullValues' takes a list of texts, and is {node.shown()}. Write it as [\"\", NA].")
        return None
    # As written: in the data they are text, whatever YAML takes NA, null or -999 for.
    return tuple(one.written for one in node.value)
