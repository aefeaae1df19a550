"""Whether a contract has the keys and the types of values that the standard says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, Optional, Union

from wombat_tool.contracts.nodes import At, Node, quoted, shortened
from wombat_tool.contracts.problems import Problems, did_you_mean, mend_key
from wombat_tool.contracts.scalars import resolved
from wombat_tool.contracts.standard import API_VERSIONS, STABLE_ID, is_open, keys_at, options_of, validator

Path = tuple[Union[str, int], ...]

_KINDS = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
    "null": "empty",
}
_LIMITS = {
    "minimum": "must be at least {}",
    "maximum": "must be at most {}",
    "exclusiveMinimum": "must be more than {}",
    "exclusiveMaximum": "must be less than {}",
    "minLength": "must have {} or more characters",
    "maxLength": "must have no more than {} characters",
    "minItems": "must have {} or more items",
    "maxItems": "must have no more than {} items",
}
# What stands below these is for people and other programs.
_DOCUMENTATION = ("authoritativeDefinitions", "customProperties", "synonyms", "context", "tags", "examples")
_EXAMPLES = {"apiVersion": API_VERSIONS[0], "kind": "DataContract", "version": "1.0.0", "id": "orders"}
_NAMED = {"schema": "object", "properties": "property", "quality": "quality rule"}


class _Finding(NamedTuple):
    path: Path
    error: Any

    @property
    def kind(self) -> str:
        return str(self.error.kind.name)


def check_structure(root: Node, problems: Problems) -> bool:
    """Tell what the standard does not allow; whether the contract is of a version that can be read at all."""
    if not _check_version(root, problems):
        return False
    api_version = root.text("apiVersion") or API_VERSIONS[0]
    findings = [_Finding(tuple(error.instance_path), error) for error in validator().iter_errors(root.plain())]
    wrong = {finding.path for finding in findings if finding.kind != "unevaluatedProperties"}
    # The deepest first: where a value is not right, the schema also calls the key that holds it unknown.
    for finding in sorted(findings, key=lambda one: -len(one.path)):
        if is_open(api_version) and not _is_read(finding):
            continue
        for path, at, message in _told(finding, root, wrong):
            wrong.add(path)
            problems.error(at, message)
    return True


def _check_version(root: Node, problems: Problems) -> bool:
    node = root.get("apiVersion")
    if node is None or node.value in API_VERSIONS:
        return True
    if node.written.startswith(("v2", "2")):
        mend = f"Write the contract in a later version, as {API_VERSIONS[0]}: v2 has another form."
    elif node.written.startswith(("v3", "3")):
        mend = did_you_mean(f"v{node.written.removeprefix('v')}", API_VERSIONS)
    else:
        mend = "Write one of these."
    known = f"Known are {', '.join(API_VERSIONS)}."
    problems.error(node, f"'apiVersion' is {node.shown()}, a version of the standard that cannot be read. {known} {mend}")
    return False


def _is_read(finding: _Finding) -> bool:
    """Whether Wombat reads what a finding is about: outside the schema part v3.0 allows much that later versions do not."""
    if finding.path[:1] != ("schema",):
        return len(finding.path) <= 1 and finding.kind in ("required", "type", "enum")
    return not any(step in _DOCUMENTATION for step in finding.path)


def _told(finding: _Finding, root: Node, wrong: set[Path]) -> Iterator[tuple[Path, At, str]]:
    """The mistakes in a finding: where in the tree and in the file, and the sentences."""
    node = node_at(root, finding.path)
    at = place_of(root, finding.path)
    kind = finding.error.kind
    value_at = At(node.line, node.column)
    name = _name(finding.path, root)
    shown = node.shown()
    match finding.kind:
        case "unevaluatedProperties" | "additionalProperties":
            for key in kind.unexpected:
                path = (*finding.path, key)
                if not _follows(key, finding.path, node, wrong):
                    yield path, node.key_at(key), _unknown_key(key, finding.path, root, node)
        case "required":
            example = f", as `{kind.property}: {_EXAMPLES[kind.property]}`" if kind.property in _EXAMPLES else ""
            yield (*finding.path, kind.property), at, f"the key {kind.property!r} is missing in {name}. Add it{example}."
        case "type":
            yield finding.path, value_at, _wrong_type(name, kind.types, node)
        case "enum":
            mend = did_you_mean(node.written, [str(option) for option in kind.options])
            yield finding.path, value_at, f"{name} is {shown}, which is not one of its words. {mend}"
        case limit if limit in _LIMITS:
            words = _LIMITS[limit].format(kind.limit)
            yield finding.path, value_at, f"{name} {words}, and is {shown}. Correct it."
        case "pattern":
            form = (
                "blanks or any of . # / \\ @ ! % & ^" if kind.pattern == STABLE_ID else f"what {kind.pattern} does not match"
            )
            yield finding.path, value_at, f"{name} may not hold {form}, and is {shown}. Correct it."
        case "uniqueItems" if finding.path[-1] == "enum":
            # The reader compares the values, and says which.
            return
        case "uniqueItems":
            yield finding.path, at, f"{name} repeats a value. Remove the second one."
        case "oneOf" | "anyOf" if kind.context:
            yield from _best_branch(finding, root, wrong)
        case _:
            why = shortened(finding.error.message, 200)
            yield finding.path, at, f"{name} is not as the standard has it: {why}. Correct it."


def _follows(key: str, path: Path, node: Node, wrong: set[Path]) -> bool:
    """Whether the schema calls a key unknown only because something else is not right."""
    if any(other[: len(path) + 1] == (*path, key) for other in wrong):
        return True
    if key not in keys_at(path) or path[-1:] == ("logicalTypeOptions",):
        return False
    return any(other[: len(path)] == path for other in wrong)


def _best_branch(finding: _Finding, root: Node, wrong: set[Path]) -> Iterator[tuple[Path, At, str]]:
    """The mistakes in the form that was most likely meant: the one whose own type fits."""

    def distance(branch: Sequence[Any]) -> tuple[bool, int]:
        is_other = any(tuple(error.instance_path) == finding.path and error.kind.name == "type" for error in branch)
        return is_other, len(branch)

    branches = [branch for branch in finding.error.kind.context if branch]
    if branches:
        for error in min(branches, key=distance):
            yield from _told(_Finding(tuple(error.instance_path), error), root, wrong)


def _unknown_key(key: str, path: Path, root: Node, node: Node) -> str:
    known = list(keys_at(path))
    parent = node_at(root, path[:-1])
    if path and path[-1] == "logicalTypeOptions":
        return _unknown_option(key, parent.text("logicalType"), known)
    if path[:1] == ("servers",) and key in known:
        return f"the key {key!r} is not for servers of type {node.text('type')!r}. Remove it, or correct the type."
    if key == "from" and "relationships" in path:
        return "the key 'from' is for relationships of an object: here it is the property itself. Remove it."
    return f"unknown key {quoted(key)} in {_name(path, root)}. {mend_key(key, known)}"


def _unknown_option(key: str, logical_type: Optional[str], known: list[str]) -> str:
    own = options_of(logical_type) if logical_type else []
    if key in known and logical_type:
        of = f"has {', '.join(own)}" if own else "has none"
        return f"the option {key!r} is not for logicalType {logical_type!r}, which {of}. Remove it, or correct the type."
    mend = mend_key(key, own or known)
    if key == "enum":
        mend = "Values that are allowed stand beside it, as `enum: [{value: a}, {value: b}]`."
    return f"unknown key {quoted(key)} in 'logicalTypeOptions'. {mend}"


def _wrong_type(name: str, types: Sequence[str], node: Node) -> str:
    kinds = " or ".join(_KINDS.get(one, one) for one in types)
    mend = f"Write {kinds}."
    if "string" in types and not isinstance(node.value, (list, dict, type(None))):
        mend = "Put it in quotes."
    elif node.value is None:
        mend = f"Give it {kinds}, or remove the key."
    elif isinstance(node.value, str) and not isinstance(resolved(node.written), str):
        mend = "Remove the quotes."
    elif "array" in types and not isinstance(node.value, list):
        mend = "Begin each item on a line of its own with `- `."
    return f"{name} must be {kinds}, and is {node.shown()}. {mend}"


def node_at(root: Node, path: Path) -> Node:
    """The value at a path."""
    node = root
    for step in path:
        match node.value, step:
            case dict() as members, str() if step in members:
                node = members[step]
            case list() as items, int() if step < len(items):
                node = items[step]
    return node


def place_of(root: Node, path: Path) -> At:
    """Where people look for a value: its key, or its beginning in a list."""
    if path and isinstance(path[-1], str):
        return node_at(root, path[:-1]).key_at(path[-1])
    node = node_at(root, path)
    return At(node.line, node.column)


def _name(path: Path, root: Node) -> str:
    if not path:
        return "the contract"
    if isinstance(path[-1], str):
        return repr(path[-1])
    holder = str(path[-2])
    name = node_at(root, path).text("name")
    return f"{_NAMED[holder]} {name!r}" if name and holder in _NAMED else f"an item of {holder!r}"
