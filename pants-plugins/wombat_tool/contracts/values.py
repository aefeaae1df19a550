"""The values that a contract names: bounds, members of enumerations, thresholds."""

from __future__ import annotations

import datetime
import re
from decimal import Decimal, localcontext
from typing import Optional

from wombat_tool.contracts.date_patterns import parse_by_pattern
from wombat_tool.contracts.model import LogicalType, Scalar
from wombat_tool.contracts.nodes import Node, exact_number, quoted

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_EXAMPLES = {
    LogicalType.DATE: "2022-01-31",
    LogicalType.TIMESTAMP: "2022-01-31T12:30:00Z",
    LogicalType.TIME: "12:30:00",
}
_ARTICLES = {LogicalType.INTEGER: "an integer"}


class ValueProblem(Exception):
    """Why a value does not fit its type, as a sentence with its mend."""


def read_value(node: Node, logical_type: Optional[LogicalType], pattern: Optional[str] = None) -> Scalar:
    """A value of a type.

    :param logical_type: None if the contract leaves it open.
    :param pattern: Java's, in which dates and times may be written besides ISO 8601.
    :raises ValueProblem: if it is of another type, or null.
    """
    value = node.value
    match logical_type:
        case LogicalType.STRING:
            if isinstance(value, str):
                return value
            raise ValueProblem(f'{_what(node)} is not text. Put it in quotes: "{node.written}".')
        case LogicalType.INTEGER | LogicalType.NUMBER:
            number = exact_number(node)
            if number is None or (logical_type is LogicalType.INTEGER and number != number.to_integral_value()):
                mend = "Remove the quotes." if isinstance(value, str) and _is_number(value) else "Correct it."
                raise ValueProblem(
                    f"{_what(node)} is no {'whole number' if logical_type is LogicalType.INTEGER else 'number'}. {mend}"
                )
            return number
        case LogicalType.BOOLEAN:
            if isinstance(value, bool):
                return value
            raise ValueProblem(f"{_what(node)} is neither true nor false. Write one of them.")
        case LogicalType.DATE | LogicalType.TIMESTAMP | LogicalType.TIME:
            parsed = _moment(value, logical_type, pattern) if isinstance(value, str) else None
            if parsed is None:
                raise ValueProblem(f"{_what(node)} is no {logical_type.value}. Write it like {_EXAMPLES[logical_type]}.")
            return parsed
        case None if isinstance(value, (str, bool)):
            return value
        case None if (number := exact_number(node)) is not None:
            return number
        case None:
            raise ValueProblem(f"{_what(node)} is no single value. Write text, a number, or true or false.")
        case _:
            raise ValueProblem(f"values of logicalType {logical_type.value!r} cannot be written here. Remove {_what(node)}.")


def _what(node: Node) -> str:
    return node.shown() if node.value is not None else "an empty value"


def _is_number(text: str) -> bool:
    return re.fullmatch(r"[-+]?\d+(\.\d+)?", text) is not None


def _moment(text: str, logical_type: LogicalType, pattern: Optional[str]) -> Optional[Scalar]:
    by_pattern = parse_by_pattern(text, pattern) if pattern else None
    try:
        if logical_type is LogicalType.DATE:
            return by_pattern.date() if by_pattern else datetime.date.fromisoformat(text) if _DATE.fullmatch(text) else None
        if logical_type is LogicalType.TIME:
            return by_pattern.time() if by_pattern else datetime.time.fromisoformat(text)
        return by_pattern or datetime.datetime.fromisoformat(text)
    except ValueError:
        return None


def is_less(one: Scalar, other: Scalar) -> bool:
    """Whether one value is before another of the same type; times without a zone count as UTC."""
    if isinstance(one, (datetime.datetime, datetime.time)) and isinstance(other, (datetime.datetime, datetime.time)):
        one, other = _in_utc(one), _in_utc(other)
    return one < other  # type: ignore[operator]


def _in_utc(value: Scalar) -> Scalar:
    if isinstance(value, (datetime.datetime, datetime.time)) and value.tzinfo is None:
        return value.replace(tzinfo=datetime.timezone.utc)
    return value


def is_multiple(value: Decimal, of: Decimal) -> bool:
    """Whether a number is a multiple of another, exactly."""
    with localcontext() as context:
        # More digits than two numbers that the YAML reader lets through can be apart.
        context.prec = 2000
        return value % of == 0


def text_of(value: Scalar) -> str:
    """A value for messages."""
    match value:
        case str():
            return quoted(value)
        case bool():
            return str(value).lower()
        case Decimal():
            return f"{value:f}" if abs(value.adjusted()) < 20 else str(value)
        case datetime.datetime() | datetime.date() | datetime.time():
            return value.isoformat()
