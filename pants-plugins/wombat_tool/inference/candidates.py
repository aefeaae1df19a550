"""What text may be, by what it looks like: the types and formats that all values are then held against."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from wombat_tool.contracts.model import Field, LogicalType
from wombat_tool.relations.model import Encoding
from wombat_tool.relations.sql import literal
from wombat_tool.validation.kinds import Kind
from wombat_tool.validation.spots import Predicate, Spot, reading_of
from wombat_tool.validation.text_formats import format_condition

_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_TIME = "[0-9]{2}:[0-9]{2}"
# How values of a type look, the narrower types first. The exact rules are those of validation; this only saves asking.
_SHAPES = {
    LogicalType.BOOLEAN: "(?:true|false)",
    LogicalType.INTEGER: "[+-]?[0-9]+",
    LogicalType.NUMBER: "[+-]?(?:[0-9.].*|inf|nan)",
    LogicalType.DATE: _DAY,
    LogicalType.TIMESTAMP: f"{_DAY}.*",
    LogicalType.TIME: f"{_TIME}.*",
}
_MOMENTS = (LogicalType.DATE, LogicalType.TIMESTAMP, LogicalType.TIME)
# Dates besides ISO 8601. These are checked, since those who parse them also take fewer digits. Two that look the same are
# each other's rivals: which is meant, only a day after the 12th tells.
_DATE_PATTERNS = {
    "dd.MM.yyyy": r"[0-9]{2}\.[0-9]{2}\.[0-9]{4}",
    "yyyy/MM/dd": "[0-9]{4}/[0-9]{2}/[0-9]{2}",
    "dd/MM/yyyy": "[0-9]{2}/[0-9]{2}/[0-9]{4}",
    "MM/dd/yyyy": "[0-9]{2}/[0-9]{2}/[0-9]{4}",
    "dd-MM-yyyy": "[0-9]{2}-[0-9]{2}-[0-9]{4}",
    "MM-dd-yyyy": "[0-9]{2}-[0-9]{2}-[0-9]{4}",
    "dd-MMM-yyyy": "[0-9]{2}-[A-Za-z]{3}-[0-9]{4}",
}
_PATTERNS = {
    LogicalType.DATE: _DATE_PATTERNS,
    LogicalType.TIMESTAMP: {
        f"{date} {time}": f"{shape} {shape_of_time}"
        for date, shape in _DATE_PATTERNS.items()
        for time, shape_of_time in (("HH:mm:ss", f"{_TIME}:[0-9]{{2}}"), ("HH:mm", _TIME))
    },
}
# A scheme and a colon are a URI already, and so is "Note:this".
_WEB_URI = "[A-Za-z][A-Za-z0-9+.-]*://.*"
_FORMATS = {"uuid": "[0-9A-Fa-f-]{36}", "email": ".+@.+", "ipv4": "[0-9.]{7,15}", "uri": _WEB_URI}


@dataclass(frozen=True)
class Candidate:
    """What the values of a field may be.

    :param spot: where they are; its field is what the contract is to say.
    :param is_wrong: the condition for a value to be something else.
    :param shape: how their text looks; empty if anyhow.
    :param rival: the pattern of the other candidate that looks the same.
    :param is_guess: whether a few values are not enough to tell.
    """

    spot: Spot
    is_wrong: Predicate
    shape: str = ""
    rival: str = ""
    is_guess: bool = False

    def fits(self, texts: Sequence[str]) -> bool:
        """Whether the texts look like it; if not, none of them is it."""
        shape = re.compile(self.shape, re.IGNORECASE | re.DOTALL)
        return not self.shape or all(map(shape.fullmatch, texts))


def candidates_at(spot: Spot) -> list[Candidate]:
    """What the values may be, the most special first; what comes last says least.

    :param spot: with a field that says what is known already.
    """
    encoding, field = spot.reading.encoding, spot.field
    is_text = encoding is Encoding.TEXT or spot.reading.kind is Kind.STRING
    if spot.is_list or not is_text or field.format:
        return [_candidate(spot, field)]
    found: list[Candidate] = []
    for type, shape in _SHAPES.items():
        if encoding is Encoding.TEXT or (encoding is Encoding.JSON and type in _MOMENTS):
            found.append(replace(_candidate(spot, replace(field, logical_type=type)), shape=shape))
    if encoding is not Encoding.NATIVE:
        found += _formatted(spot, field)
    text = replace(field, logical_type=LogicalType.STRING)
    found += [_of_format(spot, replace(text, format=format), shape) for format, shape in _FORMATS.items()]
    return [*found, _candidate(spot, text)]


def _formatted(spot: Spot, field: Field) -> Iterator[Candidate]:
    for type, patterns in _PATTERNS.items():
        for pattern, shape in patterns.items():
            plain = _candidate(spot, replace(field, logical_type=type, format=pattern))
            rival = next((one for one in patterns if one != pattern and patterns[one] == shape), "")
            yield replace(plain, is_wrong=_or_differs(plain, shape), shape=shape, rival=rival)


def _of_format(spot: Spot, field: Field, shape: str) -> Candidate:
    plain = _candidate(spot, field)
    condition = format_condition(field.format or "")
    assert condition is not None
    is_wrong = _or_differs(plain, shape) if shape == _WEB_URI else plain.is_wrong
    return replace(
        plain,
        is_wrong=lambda raw, typed: f"{is_wrong(raw, typed)} OR NOT ({condition(typed)})",
        shape=shape,
        is_guess=True,
    )


def _or_differs(candidate: Candidate, shape: str) -> Predicate:
    text = candidate.spot.reading.text
    return lambda raw, typed: (f"{candidate.is_wrong(raw, typed)} OR NOT regexp_full_match({text(raw)}, {literal(shape)})")


def _candidate(spot: Spot, field: Field) -> Candidate:
    reading = reading_of(field, spot.reading.encoding, spot.reading.type)
    found = replace(spot, field=field, reading=reading, typed="" if spot.is_list else reading.typed(spot.raw))
    if not reading.can_be_wrong:
        # Types that files have need no look at each item.
        return Candidate(found, lambda raw, typed: "FALSE")
    if spot.is_list:
        return Candidate(found, lambda raw, typed: replace(found, raw=raw).where(reading.is_wrong))
    return Candidate(found, reading.is_wrong)
