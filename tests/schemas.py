"""Holds documents against the JSON schemas in docs/reference, from both sides."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Dict, Iterator, List, Set

from jsonschema import Draft202012Validator


def reference_directory() -> Path:
    """The directory docs/reference: in the repository, or in a sandbox of Pants."""
    for parent in Path(__file__).absolute().parents:
        if (parent / "docs" / "reference").is_dir():
            return parent / "docs" / "reference"
    raise FileNotFoundError("The files in docs/reference must be dependencies of this test.")


def schema(name: str) -> Dict[str, Any]:
    """A schema, which must be one."""
    found: Dict[str, Any] = json.loads((reference_directory() / name).read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(found)
    return found


def errors(document: Any, rules: Dict[str, Any]) -> List[str]:
    """What is wrong with a document: where, and why."""
    validator = Draft202012Validator(rules, format_checker=Draft202012Validator.FORMAT_CHECKER)
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(document)]


def undescribed(document: Any, rules: Dict[str, Any]) -> Set[str]:
    """The fields of a document that its schema does not describe.

    A reader must let them pass, and so the schema does; a writer of ours must not write them.
    """
    return set(_undescribed(document, rules, rules, ""))


def _undescribed(value: Any, rules: Dict[str, Any], root: Dict[str, Any], where: str) -> Iterator[str]:
    if "$ref" in rules:
        rules = root["$defs"][rules["$ref"].rpartition("/")[2]]
    if isinstance(value, dict):
        for name, item in value.items():
            inner = rules.get("properties", {}).get(name, rules.get("additionalProperties"))
            if inner is not None:
                yield from _undescribed(item, inner, root, f"{where}.{name}")
            elif "properties" in rules:
                yield f"{where}.{name}"
    elif isinstance(value, list):
        for item in value:
            yield from _undescribed(item, rules.get("items", {}), root, f"{where}[]")


def field_names(rules: Dict[str, Any]) -> Set[str]:
    """The names of all fields that a schema describes, at any depth."""
    names: Set[str] = set()
    pending: List[Any] = [rules]
    while pending:
        item = pending.pop()
        if isinstance(item, dict):
            names.update(item["properties"] if isinstance(item.get("properties"), dict) else ())
            pending += item.values()
        elif isinstance(item, list):
            pending += item
    return names


def undocumented(names: Set[str], heading: str) -> Set[str]:
    """The names that a section of docs/reference/documents.md does not explain, each on a line of its own."""
    text = (reference_directory() / "documents.md").read_text(encoding="utf-8")
    sections = dict((part.partition("\n")[0], part) for part in text.split("\n## "))
    lines = sections[heading].splitlines()
    return {name for name in names if not any(line.lstrip().startswith(f"- `{name}`:") for line in lines)}
