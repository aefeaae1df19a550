"""Reads YAML into a tree whose values know where they stand in their file."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NoReturn, Optional

import yaml

from wombat_tool.contracts.nodes import At, Node, Value, quoted, shortened
from wombat_tool.contracts.problems import Problems
from wombat_tool.contracts.scalars import resolved

MOST_BYTES = 16 << 20
"""How large a file may be."""
MOST_LEVELS = 150
"""How deep it may be nested. All that read the tree call themselves once or more for each level."""
MOST_ALIASED = 100_000
"""How many values its aliases may stand for, each counted as often as it is meant."""

_TAG = "tag:yaml.org,2002:"
_MERGE_KEY = "<<"
_MARKS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}


def parse(content: bytes, problems: Problems) -> Optional[Node]:
    """The mapping that a file holds; None if it holds none, and `problems` then says why.

    Mistakes that leave a tree, as a key that stands there twice, are told there, too.
    """
    text = _decoded(content, problems)
    if text is None:
        return None
    try:
        root = _Tree(problems).build(text)
    except _Stop:
        return None
    except yaml.MarkedYAMLError as err:
        mark = err.problem_mark or err.context_mark
        at = At(mark.line + 1, mark.column + 1) if mark else At(1, 1)
        problems.error(at, f"this is no YAML: {_yaml_problem(err, text, at)}")
        return None
    except yaml.YAMLError as err:
        # It has no place: a character that YAML forbids.
        problems.error(*_forbidden_character(err, text))
        return None
    if root is None:
        problems.error(At(1, 1), "the file is empty. Write a contract into it, or remove it.")
        return None
    if not isinstance(root.value, dict):
        problems.error(root, f"a contract is a mapping, and this is {root.kind()}. Begin it with `apiVersion: v3.2.0`.")
        return None
    return root


class _Stop(Exception):
    """The rest of the file is not read; the reason is among the problems."""


@dataclass
class _Open:
    """A list or mapping whose end was not reached."""

    node: Node
    anchor: Optional[str]
    key: Optional[tuple[str, At]] = None
    merged: list[Node] = field(default_factory=list)


class _Tree:
    """Builds the tree from events, without calling itself, so that no depth of nesting can exhaust the stack."""

    def __init__(self, problems: Problems) -> None:
        self.problems = problems
        self.root: Optional[Node] = None
        self.open: list[_Open] = []
        self.anchors: dict[str, Node] = {}
        self.aliased = 0

    def build(self, text: str) -> Optional[Node]:
        documents = 0
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            mark = event.start_mark
            assert mark is not None
            at = At(mark.line + 1, mark.column + 1)
            match event:
                case yaml.ScalarEvent():
                    self.add(self.scalar(event, at), event.anchor, plain=event.implicit[0] and event.tag is None)
                case yaml.AliasEvent():
                    self.add(self.alias(event, at), None)
                case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                    self.start(event, at)
                case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                    self.end()
                case yaml.DocumentStartEvent():
                    documents += 1
                    if documents == 2:
                        self.stop(at, "a second document begins here. Put each contract into a file of its own.")
        return self.root

    def stop(self, at: At, message: str) -> NoReturn:
        self.problems.error(at, message)
        raise _Stop

    def start(self, event: yaml.CollectionStartEvent, at: At) -> None:
        value: Value = {} if isinstance(event, yaml.MappingStartEvent) else []
        known = f"{_TAG}map" if isinstance(value, dict) else f"{_TAG}seq"
        if event.tag not in (None, "!", known):
            self.problems.error(at, f"the tag {shortened(str(event.tag))} means nothing in a contract. Remove it.")
        if self.open and isinstance(self.open[-1].node.value, dict) and self.open[-1].key is None:
            self.stop(at, "a key of a mapping must be text. Put it in quotes.")
        if len(self.open) >= MOST_LEVELS:
            self.stop(at, f"the file is nested deeper than {MOST_LEVELS} levels. Remove some of them.")
        self.open.append(_Open(Node(value, at.line, at.column), event.anchor))

    def end(self) -> None:
        done = self.open.pop()
        for merged in done.merged:
            self.merge(done.node, merged)
        self.add(done.node, done.anchor)

    def alias(self, event: yaml.AliasEvent, at: At) -> Node:
        if any(one.anchor == event.anchor for one in self.open):
            self.stop(at, f"*{event.anchor} stands within what it stands for, without end. Write out what is meant.")
        target = self.anchors.get(str(event.anchor))
        if target is None:
            self.stop(at, f"*{event.anchor} stands for nothing: no &{event.anchor} is above it. Correct the name.")
        self.aliased += target.size
        if self.aliased > MOST_ALIASED:
            self.stop(at, f"aliases stand for more than {MOST_ALIASED:,} values. Write out what is meant.")
        return target

    def add(self, node: Node, anchor: Optional[str], *, plain: bool = False) -> None:
        if anchor is not None:
            self.anchors[anchor] = node
        if not self.open:
            self.root = node
            return
        into = self.open[-1]
        into.node.size += node.size
        if isinstance(into.node.value, list):
            into.node.value.append(node)
        elif into.key is None:
            self.key(into, node, plain)
        else:
            self.value(into, node)

    def key(self, into: _Open, node: Node, plain: bool) -> None:
        if isinstance(node.value, (list, dict)):
            self.stop(At(node.line, node.column), "a key of a mapping must be text. Put it in quotes.")
        if plain and node.written == _MERGE_KEY:
            into.key = (_MERGE_KEY, At(0, 0))
        else:
            into.key = (node.written, At(node.line, node.column))

    def value(self, into: _Open, node: Node) -> None:
        assert into.key is not None and isinstance(into.node.value, dict)
        (name, at), into.key = into.key, None
        if at.line == 0:
            parts = node.value if isinstance(node.value, list) else [node]
            if not all(isinstance(part.value, dict) for part in parts):
                self.problems.error(node, f"{_MERGE_KEY} takes a mapping or a list of them, and this is {node.kind()}.")
            into.merged.extend(part for part in parts if isinstance(part.value, dict))
        elif name in into.node.keys:
            first = into.node.keys[name].line
            self.problems.error(at, f"the key {quoted(name)} is there already, in line {first}. Remove one of them.")
        else:
            into.node.keys[name] = at
            into.node.value[name] = node

    def merge(self, into: Node, merged: Node) -> None:
        assert isinstance(into.value, dict) and isinstance(merged.value, dict)
        for name, node in merged.value.items():
            if name not in into.value:
                into.value[name] = node
                into.keys[name] = merged.keys[name]

    def scalar(self, event: yaml.ScalarEvent, at: At) -> Node:
        text = event.value
        if event.tag is None:
            value = resolved(text) if event.implicit[0] else text
        elif event.tag in ("!", f"{_TAG}str", f"{_TAG}timestamp"):
            value = text
        else:
            value = resolved(text)
            kind = {bool: "bool", int: "int", Decimal: "float", type(None): "null"}.get(type(value), "str")
            if event.tag != f"{_TAG}{kind}" and not (event.tag == f"{_TAG}float" and kind == "int"):
                self.problems.error(at, f"the tag {shortened(event.tag)} does not fit {quoted(text)}. Remove it.")
        return Node(value, at.line, at.column, written=text)


def _decoded(content: bytes, problems: Problems) -> Optional[str]:
    if len(content) > MOST_BYTES:
        problems.error(At(1, 1), f"the file is larger than {MOST_BYTES >> 20} MiB, so it is no contract. Correct the path.")
        return None
    for mark, encoding in _MARKS.items():
        if content.startswith(mark):
            problems.error(
                At(1, 1), f"the file is {encoding}, and must be UTF-8. Convert it, as with `iconv -f utf-16 -t utf-8`."
            )
            return None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as err:
        before = content[: err.start].decode("utf-8-sig")
        mend = "Save the file as UTF-8, as with `iconv -f windows-1252 -t utf-8`."
        problems.error(_position(before), f"byte 0x{content[err.start]:02x} is not UTF-8. {mend}")
        return None


def _position(before: str) -> At:
    """Where the character after the text stands."""
    return At(before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)


def _forbidden_character(err: yaml.YAMLError, text: str) -> tuple[At, str]:
    found = re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x84\x86-\x9f\ufffe\uffff]", text)
    if found is None:
        return At(1, 1), f"this is no YAML: {shortened(str(err), 200)}. Correct the file."
    at = _position(text[: found.start()])
    return at, f"the character U+{ord(found.group()):04X} may not be in YAML. Remove it."


def _yaml_problem(err: yaml.MarkedYAMLError, text: str, at: At) -> str:
    problem = err.problem or "it cannot be read"
    if err.context and err.context_mark is not None and err.context_mark.line + 1 != at.line:
        problem = f"{problem}, {err.context} that began in line {err.context_mark.line + 1}"
    lines = text.splitlines()
    line = lines[at.line - 1] if at.line <= len(lines) else ""
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return f"{problem}. YAML is indented with blanks and never with tabs: replace the tab."
    return f"{problem}. Correct the line, or put the text in quotes."
