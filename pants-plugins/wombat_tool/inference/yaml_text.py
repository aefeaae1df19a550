"""Writes YAML that people go on writing: with comments, and with quotes around all text that a reader may take for else."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Union

import yaml

_INDENT = "  "
# Numbers with more zeros at an end than this are written with an exponent.
_MOST_ZEROS = 20
# Words of ASCII letters and digits, which no version of YAML takes for anything but text, unless it knows the word.
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:[ ./-][A-Za-z0-9_]+)*")
_KNOWN_WORDS = ("y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf", "infinity")


@dataclass(frozen=True)
class Entry:
    """A key of a mapping with its value.

    :param comment: behind the key, or behind the value where that is in the same line.
    :param above: comments in lines of their own.
    """

    key: str
    value: Value
    comment: str = ""
    above: tuple[str, ...] = ()


@dataclass(frozen=True)
class Mapping:
    """Keys with values, in this order.

    :param below: comments in lines of their own, behind the last key.
    """

    entries: tuple[Entry, ...]
    below: tuple[str, ...] = ()


@dataclass(frozen=True)
class Listing:
    """Mappings in a list."""

    items: tuple[Mapping, ...]


Value = Union[str, bool, int, Decimal, Mapping, Listing]


def write_yaml(root: Mapping, *, above: Sequence[str] = ()) -> str:
    """The document as text, one key a line.

    :param above: comments before the first key.
    """
    return "\n".join([*map(_comment, above), *_mapping_lines(root, "")]) + "\n"


def _mapping_lines(mapping: Mapping, indent: str) -> Iterator[str]:
    for entry in mapping.entries:
        yield from (f"{indent}{_comment(line)}" for line in entry.above)
        head = f"{indent}{_scalar(entry.key)}:"
        comment = f"  {_comment(entry.comment)}" if entry.comment else ""
        match entry.value:
            case Mapping(entries=()):
                yield f"{head} {{}}{comment}"
            case Mapping():
                yield f"{head}{comment}"
                yield from _mapping_lines(entry.value, indent + _INDENT)
            case Listing():
                yield f"{head}{comment}"
                for item in entry.value.items:
                    yield from _item_lines(item, indent + _INDENT)
            case _:
                yield f"{head} {_scalar(entry.value)}{comment}"
    yield from (f"{indent}{_comment(line)}" for line in mapping.below)


def _item_lines(item: Mapping, indent: str) -> Iterator[str]:
    first, *rest = _mapping_lines(item, indent + _INDENT)
    yield f"{indent}- {first.lstrip(' ')}"
    yield from rest


def _scalar(value: str | bool | int | Decimal) -> str:
    match value:
        case bool():
            return str(value).lower()
        case int():
            return str(value)
        case Decimal():
            return _number(value)
    if _PLAIN.fullmatch(value) and value.lower() not in _KNOWN_WORDS:
        return value
    # What cannot be seen is written as an escape, line ends too.
    text = yaml.safe_dump(value, default_style='"', width=float("inf"), allow_unicode=value.isprintable())
    return str(text).rstrip("\n")


def _number(value: Decimal) -> str:
    digits, _, exponent = f"{value:e}".partition("e")
    if abs(value.adjusted()) < _MOST_ZEROS or len(digits) > _MOST_ZEROS:
        return f"{value:f}"
    # YAML 1.1 has no numbers with an exponent and without a point.
    whole, _, fraction = digits.partition(".")
    return f"{whole}.{fraction.rstrip('0') or '0'}e{exponent}"


def _comment(text: str) -> str:
    return "# " + "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text)
