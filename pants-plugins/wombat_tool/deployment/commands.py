"""The commands that jobs run, and how they are written for a shell."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Union


@dataclass(frozen=True)
class Variable:
    """An environment variable whose value is put in when the command runs."""

    name: str


Word = tuple[Union[str, Variable], ...]
"""One argument: pieces of text and variables that are joined without a blank."""


@dataclass(frozen=True)
class Override:
    """A parameter of a step that the job takes from an environment variable.

    :param step: the address.
    """

    step: str
    parameter: str
    variable: str


def run_words(launcher: str, target: str, overrides: Sequence[Override] = ()) -> tuple[Word, ...]:
    """`./pants run TARGET`, with `-- STEP.PARAMETER=VALUE` for each override."""
    words: list[Word] = [(launcher,), ("run",), (target,)]
    if overrides:
        words.append(("--",))
        words += [(f"{one.step}.{one.parameter}=", Variable(one.variable)) for one in overrides]
    return tuple(words)


def shell_command(words: Iterable[Word]) -> str:
    """The command for a POSIX shell; nothing in it is expanded but its variables, and these stay one word."""
    return " ".join(_shell_word(word) for word in words)


def _shell_word(word: Word) -> str:
    quoted = [f'"${{{piece.name}}}"' if isinstance(piece, Variable) else shlex.quote(piece) for piece in word if piece]
    return "".join(quoted) or "''"


def is_variable_name(text: str) -> bool:
    """Whether all shells and systems take the text for the name of an environment variable."""
    return re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", text) is not None
