"""The `logicalTypeOptions` and the `enum` of a property."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Optional

import jsonschema_rs

from wombat_tool.contracts.date_patterns import unsupported_part
from wombat_tool.contracts.model import FORMATS, Bound, LogicalType, Scalar
from wombat_tool.contracts.nodes import Node, exact_number, quoted
from wombat_tool.contracts.problems import did_you_mean
from wombat_tool.contracts.regular_expressions import regular_expression_problem
from wombat_tool.contracts.scope import Scope, column_of
from wombat_tool.contracts.standard import is_open
from wombat_tool.contracts.values import ValueProblem, is_less, is_multiple, read_value, text_of

Options = dict[str, Any]
"""Parameters of a `Field`."""

_MOST_REGEX_BYTES = 1 << 20
_MOMENTS = (LogicalType.DATE, LogicalType.TIMESTAMP, LogicalType.TIME)
_COUNTS = {
    LogicalType.STRING: (("minLength", "min_length"), ("maxLength", "max_length")),
    LogicalType.ARRAY: (("minItems", "min_items"), ("maxItems", "max_items")),
    LogicalType.OBJECT: (("minProperties", "min_properties"), ("maxProperties", "max_properties")),
}
_INTEGER_FORMATS = {
    f"{sign}{bits}": (-(1 << (bits - 1)) if sign == "i" else 0, (1 << (bits - (sign == "i"))) - 1)
    for sign in "iu"
    for bits in (8, 16, 32, 64, 128)
}


def read_options(node: Node, logical_type: Optional[LogicalType], scope: Scope) -> Options:
    """What the options of a property say."""
    options = node.mapping("logicalTypeOptions")
    if options is None or not options.value:
        return {}
    if logical_type is None:
        if node.get("logicalType") is None:
            at = node.key_at("logicalTypeOptions")
            mend = "Add the type that they are of, as `logicalType: string`."
            scope.error(at, f"the 'logicalTypeOptions' of {scope.label!r} have no 'logicalType'. {mend}")
        return {}
    found: Options = {}
    if logical_type in _COUNTS:
        found |= _counts(options, logical_type, scope)
    match logical_type:
        case LogicalType.STRING:
            found |= {"pattern": _pattern(options, scope), "format": _text_format(options, scope)}
        case LogicalType.INTEGER | LogicalType.NUMBER:
            found |= {"format": options.text("format"), "multiple_of": _multiple_of(options)}
            found |= _bounds(options, scope, exact_number)
            _check_integer_format(found, options, scope)
        case LogicalType.DATE | LogicalType.TIMESTAMP | LogicalType.TIME:
            pattern = _moment_format(options, scope)
            found |= {
                "format": pattern,
                "with_timezone": options.flag("timezone"),
                "default_timezone": _default_timezone(options, scope),
            }
            found |= _bounds(options, scope, lambda node: _moment(node, logical_type, pattern))
        case LogicalType.ARRAY:
            found["unique_items"] = options.flag("uniqueItems") is True
        case LogicalType.OBJECT:
            found["required_members"] = _required_members(node, options, scope)
        case LogicalType.VECTOR:
            found["dimensions"] = options.whole("dimensions")
            found["element_type"] = options.text("elementType") or "float32"
            if options.flag("normalized"):
                what = f"'normalized' of {scope.label!r}"
                scope.note(options.key_at("normalized"), what, "lengths of vectors are not computed")
        case LogicalType.BOOLEAN | LogicalType.MAP:
            for key in options.value if isinstance(options.value, dict) else ():
                at = options.key_at(key)
                what = f"logicalType {logical_type.value!r} has no options, and {scope.label!r} has {quoted(key)}."
                scope.error(at, f"{what} Remove it.")
    return {name: value for name, value in found.items() if value is not None}


def _moment(node: Node, logical_type: LogicalType, pattern: Optional[str]) -> Optional[Scalar]:
    # What is no text is told by the check of the structure.
    return read_value(node, logical_type, pattern) if isinstance(node.value, str) else None


def _counts(options: Node, logical_type: LogicalType, scope: Scope) -> Options:
    (low_key, low_name), (high_key, high_name) = _COUNTS[logical_type]
    low, high = options.whole(low_key), options.whole(high_key)
    if low is not None and high is not None and low > high:
        _contradiction(options, low_key, high_key, f"{low_key} {low} is more than {high_key} {high}", scope)
    return {low_name: low, high_name: high}


def _contradiction(options: Node, one: str, other: str, what: str, scope: Scope) -> None:
    """Two options that no value satisfies: told where the second stands, with the line of the first."""
    first, second = sorted((options.key_at(one), options.key_at(other)))
    scope.error(second, f"no value of {scope.label!r} can be right: {what} (see line {first.line}). Correct one of them.")


def _pattern(options: Node, scope: Scope) -> Optional[str]:
    node = options.get("pattern")
    if node is None or not isinstance(node.value, str):
        return None
    return check_pattern(node, f"the pattern of {scope.label!r}", scope)


def check_pattern(node: Node, what: str, scope: Scope) -> Optional[str]:
    """A regular expression; None if DuckDB cannot use it, which is told."""
    pattern = str(node.value)
    problem = regular_expression_problem(pattern)
    if problem is not None:
        scope.error(node, f"{what}, {quoted(pattern)}, is of no use: {problem}. Write it another way.")
        return None
    return pattern


def _text_format(options: Node, scope: Scope) -> Optional[str]:
    name = options.text("format")
    if name is not None and name not in FORMATS:
        what = f"format {quoted(name)} of {scope.label!r}"
        scope.note(options.key_at("format"), what, f"checked are {', '.join(FORMATS)}")
    return name


def _moment_format(options: Node, scope: Scope) -> Optional[str]:
    pattern = options.text("format")
    if pattern is None:
        return None
    problem = unsupported_part(pattern)
    if problem is not None:
        why = f"it is no pattern of Java's DateTimeFormatter that can be read here: {problem}"
        scope.note(options.key_at("format"), f"format {quoted(pattern)} of {scope.label!r}", why)
    return pattern


def _default_timezone(options: Node, scope: Scope) -> Optional[str]:
    name = options.text("defaultTimezone")
    if name is None:
        return None
    # Few contracts name one, and it takes its time.
    import zoneinfo

    try:
        zoneinfo.ZoneInfo(name)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        if not zoneinfo.available_timezones():
            return name
        known = sorted(zoneinfo.available_timezones())
        mend = did_you_mean(name, known, otherwise="Write it like Etc/UTC or Europe/Berlin.")
        at = options.key_at("defaultTimezone")
        scope.error(at, f"'defaultTimezone' of {scope.label!r}: there is no time zone {quoted(name)}. {mend}")
        return None
    return name


def _multiple_of(options: Node) -> Optional[Decimal]:
    node = options.get("multipleOf")
    number = exact_number(node) if node is not None else None
    return number if number is not None and number > 0 else None


def _bounds(options: Node, scope: Scope, read: Callable[[Node], Optional[Scalar]]) -> Options:
    low_key, low = _bound(options, "minimum", "exclusiveMinimum", scope, read, lambda one, other: is_less(other, one))
    high_key, high = _bound(options, "maximum", "exclusiveMaximum", scope, read, is_less)
    if low is not None and high is not None:
        touches = not is_less(low.value, high.value)
        if is_less(high.value, low.value) or (touches and not (low.inclusive and high.inclusive)):
            what = f"{low_key} is {text_of(low.value)} and {high_key} is {text_of(high.value)}"
            _contradiction(options, low_key, high_key, what, scope)
    return {"minimum": low, "maximum": high}


def _bound(
    options: Node,
    key: str,
    exclusive_key: str,
    scope: Scope,
    read: Callable[[Node], Optional[Scalar]],
    is_tighter: Callable[[Scalar, Scalar], bool],
) -> tuple[str, Optional[Bound]]:
    """The tighter of the two forms of a bound, and its key."""
    exclusive = options.get(exclusive_key)
    is_flag = exclusive is not None and isinstance(exclusive.value, bool)
    found = _bound_value(options.get(key), key, scope, read)
    if is_flag:
        # Until v3.0.2 the exclusive options said whether the others are included.
        is_exclusive = exclusive is not None and exclusive.value is True
        if not is_open(scope.api_version) or (is_exclusive and options.get(key) is None):
            why = f"there is no {key!r}" if is_open(scope.api_version) else "since v3.1 it is the bound itself"
            what = f"{exclusive_key!r} of {scope.label!r} is {str(is_exclusive).lower()}, and {why}."
            scope.error(options.key_at(exclusive_key), f"{what} Write the bound there.")
        return key, None if found is None else Bound(found, not is_exclusive)
    beyond = _bound_value(exclusive, exclusive_key, scope, read)
    if beyond is not None and (found is None or not is_tighter(found, beyond)):
        return exclusive_key, Bound(beyond, False)
    return key, None if found is None else Bound(found)


def _bound_value(node: Optional[Node], key: str, scope: Scope, read: Callable[[Node], Optional[Scalar]]) -> Optional[Scalar]:
    if node is None:
        return None
    try:
        return read(node)
    except ValueProblem as err:
        scope.error(node, f"{key!r} of {scope.label!r}: {err}")
        return None


def _check_integer_format(found: Options, options: Node, scope: Scope) -> None:
    limits = _INTEGER_FORMATS.get(found.get("format") or "")
    if limits is None:
        return
    least, most = limits
    for key in ("minimum", "maximum"):
        bound: Optional[Bound] = found.get(key)
        value = bound.value if bound is not None else None
        if isinstance(value, Decimal) and (value > most if key == "minimum" else value < least):
            written = key if options.get(key) is not None else f"exclusive{key.capitalize()}"
            what = f"{written} is {text_of(value)}, and {found['format']} holds {least} to {most}"
            _contradiction(options, "format", written, what, scope)


def _required_members(node: Node, options: Node, scope: Scope) -> tuple[str, ...]:
    members = {one.name: one.in_data for one in map(column_of, node.mappings("properties")) if one is not None}
    found = []
    for item in options.sequence("required"):
        if not isinstance(item.value, str):
            continue
        if members and item.value not in members:
            mend = did_you_mean(item.value, members)
            what = f"'required' of {scope.label!r} names {quoted(item.value)}, which is not among its 'properties'."
            scope.error(item, f"{what} {mend}")
            continue
        found.append(members.get(item.value, item.value))
    return tuple(found)


def read_enum(
    node: Node, logical_type: Optional[LogicalType], options: Options, scope: Scope
) -> Optional[tuple[Scalar, ...]]:
    """The values of `enum`; None if there is none."""
    if not node.sequence("enum"):
        return None
    found: dict[tuple[type, Scalar], Node] = {}
    has_null = False
    for entry in node.mappings("enum"):
        value = entry.get("value")
        if value is None or isinstance(value.value, (list, dict)):
            continue
        if value.value is None:
            # Whether null is allowed is a matter of `required`.
            has_null = True
            continue
        scalar = _member(value, "a value of the enum", logical_type, options, scope)
        if scalar is None:
            continue
        # To Python true is 1.
        first = found.setdefault((type(scalar), scalar), value)
        if first is not value:
            what = f"the enum of {scope.label!r} names {text_of(scalar)} already in line {first.line}."
            scope.error(value, f"{what} Remove one of them.")
    if not found and has_null:
        scope.error(node.key_at("enum"), f"the enum of {scope.label!r} allows nothing but null. Add a value, or remove it.")
    return tuple(scalar for _, scalar in found) or None


def read_members(
    nodes: list[Node], what: str, logical_type: Optional[LogicalType], options: Options, scope: Scope
) -> tuple[Scalar, ...]:
    """The values of a list, as `validValues`, each checked against the type; null is left out."""
    found = (_typed(node, what, logical_type, options, scope) for node in nodes if node.value is not None)
    return tuple(one for one in found if one is not None)


def _typed(node: Node, what: str, logical_type: Optional[LogicalType], options: Options, scope: Scope) -> Optional[Scalar]:
    pattern = options.get("format") if logical_type in _MOMENTS else None
    try:
        return read_value(node, logical_type, pattern)
    except ValueProblem as err:
        scope.error(node, f"{what} of {scope.label!r}: {err}")
        return None


def _member(node: Node, what: str, logical_type: Optional[LogicalType], options: Options, scope: Scope) -> Optional[Scalar]:
    value = _typed(node, what, logical_type, options, scope)
    if value is not None:
        why = _excluded_by(value, options)
        if why is not None:
            mend = "Remove it, or correct the option."
            scope.error(node, f"{what} of {scope.label!r} can never be right: {text_of(value)} {why}. {mend}")
    return value


def _excluded_by(value: Scalar, options: Options) -> Optional[str]:
    low: Optional[Bound] = options.get("minimum")
    high: Optional[Bound] = options.get("maximum")
    if low is not None and (is_less(value, low.value) or (not low.inclusive and not is_less(low.value, value))):
        return f"is below the minimum {text_of(low.value)}"
    if high is not None and (is_less(high.value, value) or (not high.inclusive and not is_less(value, high.value))):
        return f"is above the maximum {text_of(high.value)}"
    if isinstance(value, Decimal) and "multiple_of" in options and not is_multiple(value, options["multiple_of"]):
        return f"is no multiple of {text_of(options['multiple_of'])}"
    if isinstance(value, str):
        if len(value) < options.get("min_length", 0):
            return f"has fewer than {options['min_length']} characters"
        if len(value) > options.get("max_length", len(value)):
            return f"has more than {options['max_length']} characters"
        if "pattern" in options and not _matches(value, options["pattern"]):
            return f"does not match the pattern {quoted(options['pattern'])}"
    return None


def _matches(value: str, pattern: str) -> bool:
    # Python's own expressions can take for ever; these are made like DuckDB's and cannot.
    engine = jsonschema_rs.RegexOptions(size_limit=_MOST_REGEX_BYTES)
    try:
        return jsonschema_rs.Draft201909Validator({"pattern": pattern}, pattern_options=engine).is_valid(value)
    except ValueError:
        return True
