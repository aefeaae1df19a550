"""Python sources out of plain values: every text is a literal, and the layout is one that formatters leave alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

LINE_LENGTH = 88
"""What does not fit is written with an item a line and a comma at the end, which formatters keep at any length of line."""


@dataclass(frozen=True)
class Code:
    """An expression that stands in the source as it is; it must come from the program, never from a setting."""

    text: str


@dataclass(frozen=True)
class Call:
    """A call of a function.

    :param function: a name that comes from the program.
    """

    function: str
    arguments: tuple[Any, ...] = ()
    keywords: Mapping[str, Any] = field(default_factory=dict)


def text_literal(text: str) -> str:
    """The literal of a text, in double quotes unless single ones need fewer escapes."""
    quote = "'" if text.count('"') > text.count("'") else '"'
    return f"{quote}{''.join(_character(one, quote) for one in text)}{quote}"


def _character(character: str, quote: str) -> str:
    if character in (quote, "\\"):
        return f"\\{character}"
    # What cannot be printed would be invisible, or turn the line around, and is escaped.
    return character if character.isprintable() else repr(character)[1:-1]


def expression(value: Any, *, indent: int = 0, prefix: str = "", suffix: str = "") -> str:
    """The source of a value, without a blank before its first line.

    :param value: what JSON knows, tuples, `Code` and `Call`.
    :param indent: how far the line is indented.
    :param prefix: what stands before it on its line.
    :param suffix: what stands behind it.
    """
    opening, items, closing = _parts(value)
    inline = f"{prefix}{opening}{', '.join(_inline(key, item) for key, item in items)}{closing}{suffix}"
    if not items or len(inline) + indent <= LINE_LENGTH:
        return inline
    inner = indent + 4
    lines = [f"{' ' * inner}{expression(item, indent=inner, prefix=key, suffix=',')}" for key, item in items]
    return "\n".join([f"{prefix}{opening}", *lines, f"{' ' * indent}{closing}{suffix}"])


def _inline(key: str, value: Any) -> str:
    opening, items, closing = _parts(value)
    return f"{key}{opening}{', '.join(_inline(one, item) for one, item in items)}{closing}"


def _parts(value: Any) -> tuple[str, list[tuple[str, Any]], str]:
    """What opens a value, its items with what stands before each, and what closes it."""
    if isinstance(value, Code):
        return value.text, [], ""
    if isinstance(value, Call):
        keywords = [(f"{name}=", item) for name, item in value.keywords.items()]
        return f"{value.function}(", [*(("", item) for item in value.arguments), *keywords], ")"
    if isinstance(value, Mapping):
        return "{", [(f"{text_literal(key)}: ", item) for key, item in value.items()], "}"
    if isinstance(value, (list, tuple)):
        return "[", [("", item) for item in value], "]"
    if isinstance(value, str):
        return text_literal(value), [], ""
    # Formatters write 1e16 without a sign.
    return repr(value).replace("e+", "e"), [], ""


def comment(text: str) -> str:
    """A line of comment; what cannot be printed is escaped, so that it stays one line."""
    return "# " + "".join(one if one.isprintable() else repr(one)[1:-1] for one in text)


def module(docstring: str, imports: str, blocks: Iterable[str]) -> str:
    """A module: its parts are divided as formatters do it.

    :param docstring: one line without quotes and backslashes.
    :param blocks: groups of statements; those that define a function or class get more room.
    """
    parts = [f'"""{docstring}"""', "from __future__ import annotations", imports.strip()]
    text = "\n\n".join(parts)
    after_definition = False
    for block in blocks:
        defines = block.startswith(("def ", "class "))
        text += ("\n\n\n" if defines or after_definition else "\n\n") + block.strip("\n")
        after_definition = defines
    text += "\n"
    return f"# ruff: noqa: E501\n{text}" if any(len(line) > LINE_LENGTH for line in text.split("\n")) else text
