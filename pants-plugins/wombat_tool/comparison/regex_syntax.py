"""Reads regular expressions of RE2 (the syntax that DuckDB takes) as far as the set of texts they match can be told."""

from __future__ import annotations

import re
from dataclasses import dataclass

LAST_CHARACTER = 0x10FFFF
_MOST_DEPTH = 50
# RE2 takes no greater counts.
_MOST_REPEATS = 1000
_COUNTS = re.compile(r"\{([0-9]+)(,([0-9]*))?\}")
_FLAGS = re.compile(r"\?([isU]*)(-[isU]+)?([:)])")
_HEXADECIMAL = re.compile(r"([0-9A-Fa-f]{2})|\{([0-9A-Fa-f]{1,8})\}")
_POSIX_NAME = re.compile(r"\[:(\^?)([a-z]+):\]")
_GROUP_NAME = re.compile(r"\?P<[A-Za-z0-9_]+>")

Ranges = tuple[tuple[int, int], ...]
"""Characters, as ranges of code points, both ends included; in order, and none touches another."""


class UnknownSyntaxError(Exception):
    """The expression is not RE2's, or uses what this module does not read: word boundaries, lines, Unicode properties."""


@dataclass(frozen=True)
class Characters:
    """One character of a set."""

    ranges: Ranges


@dataclass(frozen=True)
class Edge:
    """The beginning or the end of the text."""

    is_begin: bool


@dataclass(frozen=True)
class Sequence:
    """One part behind the other."""

    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Choice:
    """Any one of the parts."""

    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Repeat:
    """The part `least` to `most` times; None is as often as one likes."""

    part: Node
    least: int
    most: int | None


Node = Characters | Edge | Sequence | Choice | Repeat

ANY: Ranges = ((0, LAST_CHARACTER),)
_DIGIT: Ranges = ((48, 57),)
_WORD: Ranges = ((48, 57), (65, 90), (95, 95), (97, 122))
_SPACE: Ranges = ((9, 10), (12, 13), (32, 32))
_PERL = {"d": _DIGIT, "w": _WORD, "s": _SPACE}
_POSIX: dict[str, Ranges] = {
    "alnum": ((48, 57), (65, 90), (97, 122)),
    "alpha": ((65, 90), (97, 122)),
    "ascii": ((0, 127),),
    "blank": ((9, 9), (32, 32)),
    "cntrl": ((0, 31), (127, 127)),
    "digit": _DIGIT,
    "graph": ((33, 126),),
    "lower": ((97, 122),),
    "print": ((32, 126),),
    "punct": ((33, 47), (58, 64), (91, 96), (123, 126)),
    "space": ((9, 13), (32, 32)),
    "upper": ((65, 90),),
    "word": _WORD,
    "xdigit": ((48, 57), (65, 70), (97, 102)),
}
_CONTROL = {"a": 7, "f": 12, "t": 9, "n": 10, "r": 13, "v": 11}
# The only characters beyond ASCII that are the same as an ASCII letter where case makes no difference.
_FOLDED = {"k": 0x212A, "s": 0x17F}


def parse(pattern: str) -> Node:
    """The expression as a tree.

    :raises UnknownSyntaxError: if it cannot be read.
    """
    return _Parser(pattern).parse()


def union(ranges: list[tuple[int, int]]) -> Ranges:
    """The characters that are in any of the ranges."""
    joined: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if joined and low <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(high, joined[-1][1]))
        else:
            joined.append((low, high))
    return tuple(joined)


def complement(ranges: Ranges) -> Ranges:
    """All other characters."""
    others = []
    start = 0
    for low, high in ranges:
        if start < low:
            others.append((start, low - 1))
        start = high + 1
    if start <= LAST_CHARACTER:
        others.append((start, LAST_CHARACTER))
    return tuple(others)


def _folded(ranges: Ranges) -> Ranges:
    """The characters, and those that differ from them in case only."""
    folded = list(ranges)
    for low, high in ranges:
        if high > 127:
            raise UnknownSyntaxError("letters beyond ASCII without regard to case")
        for code in range(low, high + 1):
            letter = chr(code).lower()
            if letter.isalpha():
                folded += [(ord(one), ord(one)) for one in (letter, letter.upper())]
                folded += [(_FOLDED[letter],) * 2] if letter in _FOLDED else []
    return union(folded)


class _Parser:
    def __init__(self, pattern: str) -> None:
        self._text = pattern
        self._at = 0
        self._depth = 0
        self._ignores_case = False
        self._dot_is_any = False

    def parse(self) -> Node:
        node = self._choice()
        if self._at < len(self._text):
            raise UnknownSyntaxError("an unopened parenthesis")
        return node

    def _takes(self, text: str) -> bool:
        """Whether the text comes next; it is then behind."""
        if not self._text.startswith(text, self._at):
            return False
        self._at += len(text)
        return True

    def _takes_match(self, expression: re.Pattern[str]) -> re.Match[str] | None:
        found = expression.match(self._text, self._at)
        self._at = found.end() if found else self._at
        return found

    def _next(self) -> str:
        if self._at >= len(self._text):
            raise UnknownSyntaxError("an unfinished expression")
        self._at += 1
        return self._text[self._at - 1]

    def _choice(self) -> Node:
        parts = [self._sequence()]
        while self._takes("|"):
            parts.append(self._sequence())
        return parts[0] if len(parts) == 1 else Choice(tuple(parts))

    def _sequence(self) -> Node:
        parts: list[Node] = []
        while self._at < len(self._text) and self._text[self._at] not in "|)":
            if self._repetition() is not None:
                raise UnknownSyntaxError("nothing to repeat")
            atom = self._atom()
            if atom is None:
                continue
            counts = self._repetition()
            if counts is not None:
                self._takes("?")  # How much it prefers to match makes no difference to what it matches.
                if self._repetition() is not None:
                    raise UnknownSyntaxError("a repetition of a repetition")
                atom = Repeat(atom, *counts)
            parts.append(atom)
        return parts[0] if len(parts) == 1 else Sequence(tuple(parts))

    def _repetition(self) -> tuple[int, int | None] | None:
        """How often what stands before may be there, or None where nothing says so."""
        for sign, counts in (("*", (0, None)), ("+", (1, None)), ("?", (0, 1))):
            if self._takes(sign):
                return counts
        found = self._takes_match(_COUNTS)
        if found is None:
            return None
        least = int(found[1])
        most = least if found[2] is None else int(found[3]) if found[3] else None
        if max(least, most or 0) > _MOST_REPEATS or (most is not None and most < least):
            raise UnknownSyntaxError("a wrong count")
        return least, most

    def _atom(self) -> Node | None:
        """The next part; None if it was flags for what follows."""
        character = self._next()
        match character:
            case "(":
                return self._group()
            case "[":
                return Characters(self._class())
            case ".":
                return Characters(ANY if self._dot_is_any else complement(((10, 10),)))
            case "^":
                return Edge(is_begin=True)
            case "$":
                return Edge(is_begin=False)
            case "\\" if self._takes("A"):
                return Edge(is_begin=True)
            case "\\" if self._takes("z"):
                return Edge(is_begin=False)
            case "\\":
                return Characters(self._escape())
        return Characters(self._cased(ord(character)))

    def _group(self) -> Node | None:
        flags = self._ignores_case, self._dot_is_any
        if self._text.startswith("?", self._at) and not self._takes_match(_GROUP_NAME):
            found = self._takes_match(_FLAGS)
            if found is None:
                raise UnknownSyntaxError("a group of an unknown kind")
            self._set_flags(found[1], True)
            self._set_flags(found[2] or "", False)
            if found[3] == ")":
                return None
        self._depth += 1
        if self._depth > _MOST_DEPTH:
            raise UnknownSyntaxError("too many groups within groups")
        node = self._choice()
        if not self._takes(")"):
            raise UnknownSyntaxError("an open group")
        self._depth -= 1
        self._ignores_case, self._dot_is_any = flags
        return node

    def _set_flags(self, letters: str, value: bool) -> None:
        if "i" in letters:
            self._ignores_case = value
        if "s" in letters:
            self._dot_is_any = value

    def _escape(self) -> Ranges:
        """The characters that an escape stands for, in a class or outside."""
        letter = self._next()
        if letter.lower() in _PERL:
            ranges = self._cased(*_PERL[letter.lower()])
            return complement(ranges) if letter.isupper() else ranges
        return self._cased(self._code(letter))

    def _code(self, letter: str) -> int:
        """The one character that the escape which begins with the letter stands for."""
        if letter in _CONTROL:
            return _CONTROL[letter]
        if letter == "x":
            found = self._takes_match(_HEXADECIMAL)
            if found is None or int(found[1] or found[2], 16) > LAST_CHARACTER:
                raise UnknownSyntaxError("a wrong code of a character")
            return int(found[1] or found[2], 16)
        if ord(letter) > 127 or letter.isalnum():
            raise UnknownSyntaxError("an escape of an unknown kind")
        return ord(letter)

    def _cased(self, *codes: int | tuple[int, int]) -> Ranges:
        ranges = union([(code, code) if isinstance(code, int) else code for code in codes])
        return _folded(ranges) if self._ignores_case else ranges

    def _class(self) -> Ranges:
        is_negated = self._takes("^")
        ranges: list[tuple[int, int]] = []
        is_first = True
        while is_first or not self._takes("]"):
            is_first = False
            ranges += self._posix() or self._class_item()
        found = union(ranges)
        return complement(found) if is_negated else found

    def _posix(self) -> Ranges:
        found = self._takes_match(_POSIX_NAME)
        if found is None:
            return ()
        if found[2] not in _POSIX:
            raise UnknownSyntaxError("a set of characters that does not exist")
        ranges = self._cased(*_POSIX[found[2]])
        return complement(ranges) if found[1] else ranges

    def _class_item(self) -> Ranges:
        low = self._next()
        if low == "\\":
            if self._text[self._at : self._at + 1].lower() in _PERL:
                return self._escape()
            first = self._code(self._next())
        else:
            first = ord(low)
        if not self._text.startswith("-", self._at) or self._text.startswith("-]", self._at):
            return self._cased(first)
        self._takes("-")
        high = self._next()
        last = self._code(self._next()) if high == "\\" else ord(high)
        if last < first:
            raise UnknownSyntaxError("a range that ends before it begins")
        return self._cased((first, last))
