"""What is wrong with a contract, and what in it cannot be checked: collected while it is read."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Optional, Protocol

from wombat_tool.contracts.model import NotChecked, Place

_MOST_KEYS = 12


class Placed(Protocol):
    """Anything that stands in a file: lines and columns count from 1."""

    @property
    def line(self) -> int: ...

    @property
    def column(self) -> int: ...


@dataclass(frozen=True, order=True)
class Problem:
    """One mistake, as a sentence with its mend."""

    line: int
    column: int
    message: str


@dataclass
class Problems:
    """Collects the mistakes of one file, so that all are told at once.

    :param file: what messages call it.
    """

    file: str
    errors: list[Problem] = field(default_factory=list)

    def error(self, at: Placed, message: str) -> None:
        """Add a mistake; the same one at the same place is added once."""
        problem = Problem(at.line, at.column, message)
        if problem not in self.errors:
            self.errors.append(problem)

    def place(self, at: Placed) -> Place:
        """Where something stands."""
        return Place(self.file, at.line, at.column)

    def note(self, at: Placed, what: str, why: str) -> NotChecked:
        """Something that is not checked."""
        return NotChecked(what, why, self.place(at))


def nearest(word: str, known: Iterable[str]) -> Optional[str]:
    """The known word that was most likely meant; None if none is like it."""
    by_lower = {one.lower(): one for one in known}
    found = difflib.get_close_matches(word.lower(), by_lower, n=1)
    return by_lower[found[0]] if found else None


def mend_key(key: str, known: Iterable[str]) -> str:
    """How to mend an unknown key."""
    words = list(known)
    otherwise = "Correct the name, or make it one of the `customProperties`."
    return did_you_mean(key, words, otherwise=otherwise if len(words) > _MOST_KEYS else None)


def did_you_mean(word: str, known: Iterable[str], *, otherwise: Optional[str] = None) -> str:
    """How to mend an unknown word: the nearest that is known, or all of them.

    :param otherwise: what to say instead of naming all.
    """
    words = list(known)
    near = nearest(word, words)
    if near is not None:
        return f"Did you mean {near!r}?"
    if otherwise is not None:
        return otherwise
    return f"Known here: {', '.join(words)}." if words else "Remove it."
