"""Lays Python source out in lines."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Union

MOST_COLUMNS = 120
_INDENT = "    "


@dataclass(frozen=True)
class Bracketed:
    """An expression with parts between brackets, which may stand in lines of their own.

    :param opening: as "pa.struct([".
    """

    opening: str
    parts: Sequence[Expression]
    closing: str


Expression = Union[str, Bracketed]


def lay_out(expression: Expression, *, depth: int, prefix: str = "", suffix: str = "") -> str:
    """The expression in one line if it fits, else with each part in lines of its own.

    :param depth: how many levels the line is indented.
    :param prefix: what stands before it in the line, and `suffix` what stands behind it.
    """
    text = f"{_INDENT * depth}{prefix}{_in_one_line(expression)}{suffix}"
    if isinstance(expression, str) or len(text) <= MOST_COLUMNS:
        return text
    if len(expression.parts) == 1:
        # A single part, as of `List[...]`, opens its own bracket in the same line.
        return lay_out(
            expression.parts[0],
            depth=depth,
            prefix=prefix + expression.opening,
            suffix=expression.closing + suffix,
        )
    lines = [f"{_INDENT * depth}{prefix}{expression.opening}"]
    lines.extend(lay_out(part, depth=depth + 1, suffix=",") for part in expression.parts)
    lines.append(f"{_INDENT * depth}{expression.closing}{suffix}")
    return "\n".join(lines)


def _in_one_line(expression: Expression) -> str:
    """The expression without line ends."""
    if isinstance(expression, str):
        return expression
    return f"{expression.opening}{', '.join(map(_in_one_line, expression.parts))}{expression.closing}"


def docstring(text: str, *, depth: int) -> str:
    """A literal that documents what it stands in or behind; long lines of the text are wrapped."""
    indent = _INDENT * depth
    width = MOST_COLUMNS - len(indent) - 2 * len('"""')
    lines = []
    for line in text.strip().splitlines():
        lines.extend(textwrap.wrap(line, width, break_long_words=False, break_on_hyphens=False) or [""])
    if len(lines) == 1:
        # The last of its quotes would be taken for one of the three.
        end = '\\"' if lines[0].endswith('"') else ""
        return f'{indent}"""{_escaped(lines[0].removesuffix(end[1:]))}{end}"""'
    first, *rest = map(_escaped, lines)
    return "\n".join([f'{indent}"""{first}', *(f"{indent}{line}".rstrip() for line in rest), f'{indent}"""'])


def quoted(text: str) -> str:
    """The text as a literal, in double quotes unless it holds some."""
    literal = repr(text)
    return literal if '"' in text else f'"{literal[1:-1]}"'


def _escaped(text: str) -> str:
    # What cannot be seen, as the marks that turn the direction of text, must not hide anything in source.
    text = text.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode("ascii") for one in text)
