"""YAML that every reader takes for the same values, whichever version of YAML it knows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import yaml

# No version of YAML takes such words for anything but text, unless it knows them.
_PLAIN = re.compile(r"[A-Za-z_/][A-Za-z0-9_/]*(?:[.-][A-Za-z0-9_/]+)*(?: [A-Za-z0-9_/]+(?:[.-][A-Za-z0-9_/]+)*)*")
_KNOWN_WORDS = ("y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf", "infinity")
# What a block of literal text can hold and give back unchanged.
_BLOCK = re.compile(r"[^\x00-\x08\x0b-\x1f\x7f-\xa0\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff\t]*", re.DOTALL)


class _Dumper(yaml.SafeDumper):
    """Lists are indented below their key, and nothing is written once and referred to again."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    tag = "tag:yaml.org,2002:str"
    if _PLAIN.fullmatch(text) and text.lower() not in _KNOWN_WORDS:
        return dumper.represent_scalar(tag, text)
    lines = text.split("\n")
    is_block = len(lines) > 1 and _BLOCK.fullmatch(text) and not any(line != line.rstrip() for line in lines)
    if is_block and lines[0] and not lines[0].startswith(" "):
        return dumper.represent_scalar(tag, text, style="|")
    return dumper.represent_scalar(tag, text, style='"')


_Dumper.add_representer(str, _represent_text)


def yaml_text(*documents: Any) -> str:
    """The documents as YAML: keys in their order, text in quotes unless it cannot be taken for anything else."""
    texts = [
        yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1_000_000, default_flow_style=False)
        for document in documents
    ]
    return "---\n".join(texts)


def read_yaml(text: str) -> Sequence[Any]:
    """The documents of a text."""
    return list(yaml.safe_load_all(text))
