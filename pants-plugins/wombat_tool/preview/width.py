"""Measures and cuts text by the columns that it takes in a terminal."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

ELLIPSIS = "…"

_JOINER = "\u200d"
_EMOJI_STYLE = "\ufe0f"
# Characters of the format category that change how the text around them is shown, so that a value could pass for
# another one: Unicode Standard Annex #9, section 2.
_DIRECTION = {*"\u200e\u200f\u061c", *map(chr, range(0x202A, 0x202F)), *map(chr, range(0x2066, 0x206A))}


def printable(text: str) -> str:
    """The text in one line, with what would move the cursor, change the direction or be no character escaped."""
    if text.isascii() and text.isprintable():
        return text
    shown = [_escaped(character) if _is_unprintable(character) else character for character in text]
    # Nothing may combine with what stands before or after the text.
    if shown and _is_combining(text[0]):
        shown[0] = _escaped(text[0])
    if shown and text[-1] == _JOINER:
        shown[-1] = _escaped(_JOINER)
    return "".join(shown)


def display_width(text: str) -> int:
    """How many columns printable text takes: 2 for a wide character or an emoji, 0 for a combining one."""
    return len(text) if text.isascii() else sum(width for _, width in _clusters(text))


def fit(text: str, width: int) -> str:
    """Printable text, cut with an ellipsis where it is wider than `width`.

    :param width: at least 1.
    """
    if len(text) <= width and text.isascii():
        return text
    kept: list[str] = []
    taken = 0
    for cluster, cluster_width in _clusters(text):
        if taken + cluster_width > width:
            # One column is the ellipsis's.
            while taken > width - 1:
                taken -= display_width(kept.pop())
            return "".join(kept) + ELLIPSIS
        kept.append(cluster)
        taken += cluster_width
    return text


def pad(text: str, width: int, *, right: bool = False) -> str:
    """The text, cut or filled with blanks on one side, so that it takes exactly `width` columns."""
    text = fit(text, width)
    blanks = " " * (width - display_width(text))
    return blanks + text if right else text + blanks


def fold(text: str, width: int) -> list[str]:
    """The text in lines that are broken wherever they are full.

    :param width: at least 2, since a wide character takes as much.
    """
    lines, taken = [""], 0
    for cluster, cluster_width in _clusters(text):
        if taken + cluster_width > width:
            lines.append("")
            taken = 0
        lines[-1] += cluster
        taken += cluster_width
    return lines


def wrap(text: str, width: int) -> list[str]:
    """The words of a text in lines; a word that is wider than a line is cut."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".lstrip()
        if display_width(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(fit(word, width))
    return [line for line in lines if line]


def _clusters(text: str) -> Iterator[tuple[str, int]]:
    """The text in pieces that must not be cut, each with its width.

    A piece is a character with what combines with it. That is simpler than Unicode Standard Annex #29, and agrees with
    what terminals show, which differ in the rest.
    """
    piece, width = "", 0
    for character in text:
        if piece and piece[-1] == _JOINER:
            piece += character
        elif character == _EMOJI_STYLE and piece:
            is_symbol = unicodedata.category(piece[0]) in ("So", "Sm")
            piece, width = piece + character, 2 if is_symbol else width
        elif piece and _is_combining(character):
            piece += character
        else:
            if piece:
                yield piece, width
            piece, width = character, _character_width(character)
    if piece:
        yield piece, width


def _character_width(character: str) -> int:
    if _is_combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


def _is_combining(character: str) -> bool:
    # Also the vowels and final consonants of Hangul, and the skin tones of emoji.
    return (
        unicodedata.category(character) in ("Mn", "Me", "Cf")
        or "\u1160" <= character <= "\u11ff"
        or "\U0001f3fb" <= character <= "\U0001f3ff"
    )


def _is_unprintable(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") or character in _DIRECTION


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
