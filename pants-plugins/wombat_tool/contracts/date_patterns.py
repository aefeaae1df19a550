"""Patterns of Java's DateTimeFormatter, in which ODCS writes the format of dates and times."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from typing import NamedTuple, Optional

# Java 21, java.time.format.DateTimeFormatter, "Patterns for Formatting and Parsing", to the format specifiers of
# DuckDB 1.4, "Date Format Functions". A number of one letter is written without leading zeros in Java.
_SPECIFIERS = {
    **dict.fromkeys(("yyyy", "uuuu", "y", "u"), "%Y"),
    **dict.fromkeys(("yy", "uu"), "%y"),
    **dict.fromkeys(("MM", "LL"), "%m"),
    **dict.fromkeys(("M", "L"), "%-m"),
    **dict.fromkeys(("MMM", "LLL"), "%b"),
    **dict.fromkeys(("MMMM", "LLLL"), "%B"),
    "dd": "%d",
    "d": "%-d",
    "DDD": "%j",
    "D": "%-j",
    **dict.fromkeys(("E", "EE", "EEE"), "%a"),
    "EEEE": "%A",
    "HH": "%H",
    "H": "%-H",
    "hh": "%I",
    "h": "%-I",
    "mm": "%M",
    "m": "%-M",
    "ss": "%S",
    "s": "%-S",
    "SSS": "%g",
    "SSSSSS": "%f",
    "SSSSSSSSS": "%n",
    "a": "%p",
    **dict.fromkeys(("X", "XX", "XXX", "x", "xx", "xxx", "Z", "ZZ", "ZZZ", "ZZZZZ"), "%z"),
    **dict.fromkeys(("VV", "z", "zzz"), "%Z"),
}
_MISTAKEN = {
    "Y": "is the year of a week; write yyyy for the year of a date",
    "D": "is the day of a year; write dd for the day of a month",
}
_TOKEN = re.compile(r"'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']|'")
_TIME_OF_DAY = "HhKkmsSnNA"
_DATE = "yuYMLdDEwQq"


class _Token(NamedTuple):
    text: str
    is_letters: bool


def java_pattern_to_strptime(pattern: str) -> Optional[str]:
    """The pattern for DuckDB's `strptime` that reads the same text; None if there is none.

    >>> java_pattern_to_strptime("yyyy-MM-dd'T'HH:mm:ss")
    '%Y-%m-%dT%H:%M:%S'
    """
    found = []
    for token in _tokens(pattern):
        if not token.is_letters:
            found.append(token.text.replace("%", "%%"))
        elif token.text in _SPECIFIERS:
            found.append(_SPECIFIERS[token.text])
        else:
            return None
    return "".join(found) or None


def unsupported_part(pattern: str) -> Optional[str]:
    """What in a pattern has no counterpart, and why; None if all has one."""
    if not pattern:
        return "it is empty"
    for token in _tokens(pattern):
        if token.is_letters and token.text not in _SPECIFIERS:
            why = _MISTAKEN.get(token.text[0], "is not known here")
            return f"{token.text} {why}"
    return None


def has_time_of_day(pattern: str) -> bool:
    """Whether text in this pattern tells the time of a day."""
    return any(token.is_letters and token.text[0] in _TIME_OF_DAY for token in _tokens(pattern))


def has_date(pattern: str) -> bool:
    """Whether text in this pattern tells a year, month or day."""
    return any(token.is_letters and token.text[0] in _DATE for token in _tokens(pattern))


def parse_by_pattern(text: str, pattern: str) -> Optional[datetime.datetime]:
    """What text in the pattern means; None if it is not in it."""
    strptime = java_pattern_to_strptime(pattern)
    if strptime is None:
        return None
    # Python reads numbers with leading zeros and without by the same specifier, and fractions by one.
    strptime = re.sub(r"%(%|-?[A-Za-z])", lambda found: _PYTHON.get(str(found.group(1)), str(found.group())), strptime)
    try:
        return datetime.datetime.strptime(text, strptime)
    except (ValueError, re.error):
        return None


_PYTHON = {**{f"-{letter}": f"%{letter}" for letter in "mdjHIMS"}, "g": "%f", "n": "%f"}


def _tokens(pattern: str) -> Iterator[_Token]:
    for found in _TOKEN.finditer(pattern):
        text = found.group()
        if found.group(1) is not None:
            yield _Token(found.group(1).replace("''", "'") or "'", False)
        elif text in ("T", "[", "]", "{", "}", "#", "'"):
            # T alone is what people write where Java would have it in quotes. The others are reserved, or optional parts.
            yield _Token(text, text != "T")
        else:
            yield _Token(text, found.group(2) is not None)
