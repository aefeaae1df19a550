"""Looks for the columns that tell rows apart."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from wombat_tool.inference.measure import ENOUGH_ROWS, Measured
from wombat_tool.inference.nodes import Node
from wombat_tool.validation.kinds import Kind

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_KEY_WORDS = ("id", "ids", "uuid", "guid", "key")
_CODE_WORDS = ("code", "no", "nr", "number", "num", "sku", "isbn", "ean", "slug")
_KINDS = (Kind.INTEGER, Kind.STRING, Kind.DATE, Kind.TIMESTAMP)
# How much a column looks like a key.
_OF_THE_TABLE, _OF_SOMETHING, _CODE, _FIRST, _NOT = range(5)
# The number of different values is an estimate, and may be too small by this.
_LIKELY_DISTINCT = 0.7
# In a few rows a first column may be without repetition by chance.
_ENOUGH_FOR_THE_FIRST = 5
_MOST_EXACT_COUNTS = 8
_MOST_PARTS = 6
_MOST_ROWS_FOR_PAIRS = 1_000_000


@dataclass(frozen=True)
class Keys:
    """The columns found.

    :param primary: whose values, together, no two rows share.
    :param unique: others that are called like keys, and are.
    """

    primary: tuple[str, ...] = ()
    unique: tuple[str, ...] = ()


def keys_of(columns: Sequence[Node], measured: Measured, rows: int, *, title: str) -> Keys:
    """The keys of a table: single columns, or else a pair of them.

    :param columns: in their order, since the first is a key more often than others.
    :param title: the name of the table: "flight_id" is the key of "flights" rather than "plane_id".
    """
    if rows < 2:
        return Keys()
    ranked = [(_rank(one.name, number, title), number, one) for number, one in enumerate(columns)]
    worst = _FIRST if rows >= _ENOUGH_FOR_THE_FIRST else _CODE
    complete = [(rank, number, one) for rank, number, one in ranked if _may_be_part(one, rows)]
    found: list[str] = []
    for rank, _, one in sorted(complete, key=lambda item: item[:2])[:_MOST_EXACT_COUNTS]:
        is_wanted = rank < _CODE or (rank <= worst and not found)
        if is_wanted and _estimate([one]) >= _LIKELY_DISTINCT * rows and _is_key([one], measured):
            found.append(one.name)
    if found:
        return Keys((found[0],), tuple(found[1:]))
    return Keys(_pair([(rank, one) for rank, _, one in complete], measured, rows))


def is_key_like(name: str) -> bool:
    """Whether a column is called like one that tells things apart, whose numbers are none to compute with."""
    return _rank(name, 1, "") < _FIRST


def _may_be_part(one: Node, rows: int) -> bool:
    is_complete = one.facts.values == rows and one.facts.distinct is not None
    return is_complete and one.spot.reading.kind in _KINDS and not one.column.is_partition


def _rank(name: str, number: int, title: str) -> int:
    words = _words(name)
    if words and words[-1] in _KEY_WORDS:
        stem, whole = "".join(words[:-1]), "".join(_words(title))
        return _OF_THE_TABLE if stem in ("", whole, whole.removesuffix("s"), whole.removesuffix("es")) else _OF_SOMETHING
    if words and words[-1] in _CODE_WORDS:
        return _CODE
    return _FIRST if number == 0 else _NOT


def _pair(columns: Sequence[tuple[int, Node]], measured: Measured, rows: int) -> tuple[str, ...]:
    """The first pair of columns that look like parts of a key and are one; none if that would take long to find out."""
    if not ENOUGH_ROWS <= rows <= _MOST_ROWS_FOR_PAIRS:
        return ()
    parts = [
        one for rank, one in columns if (rank < _NOT or one.spot.reading.kind is not Kind.INTEGER) and not one.is_personal
    ]
    pairs = [pair for pair in itertools.combinations(parts[:_MOST_PARTS], 2) if _estimate(pair) >= rows]
    for pair in pairs[:_MOST_EXACT_COUNTS]:
        if _is_key(pair, measured):
            return tuple(one.name for one in pair)
    return ()


def _estimate(columns: Sequence[Node]) -> int:
    """About how many different combinations of values there may be at most."""
    number = 1
    for one in columns:
        number *= one.facts.distinct or 0
    return number


def _is_key(columns: Sequence[Node], measured: Measured) -> bool:
    return measured.is_key([one.spot.key() for one in columns])


def _words(name: str) -> list[str]:
    return [word.lower() for part in re.split(r"[\W_]+", name) for word in _HUMP.split(part) if word]
