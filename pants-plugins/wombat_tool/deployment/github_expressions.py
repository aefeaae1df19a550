"""Text in workflows of GitHub, where `${{` begins an expression, and the expressions that are generated."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator

OPENING = "${{"
_REFERENCE = re.compile(r"(?:(secrets|vars)\.)?([A-Za-z_][A-Za-z0-9_]*)")


def literal(text: str) -> str:
    """The text for a place where expressions are evaluated, so that it stays what it is."""
    return text.replace(OPENING, "${{ '${{' }}")


def quoted(text: str) -> str:
    """The text as a string in an expression."""
    return "'" + text.replace("'", "''") + "'"


def expression(text: str) -> str:
    """What is to be evaluated."""
    return f"{OPENING} {text} }}}}"


def secret(reference: str) -> str:
    """The value that a checked reference stands for."""
    match = _REFERENCE.fullmatch(reference)
    assert match is not None, "the reference was checked"
    return f"{match[1] or 'secrets'}.{match[2]}"


def _without_expression(text: str) -> str:
    if OPENING in text or not text.strip() or not text.isprintable():
        raise ValueError(f"must be text in one line without {OPENING!r}, since GitHub evaluates no expression there")
    return text


def _in_one_line(text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise ValueError("must be text in one line")
    return text


def _secret_reference(text: str) -> str:
    match = _REFERENCE.fullmatch(text)
    if match is None or match[2].upper().startswith("GITHUB_"):
        raise ValueError(
            "must be the name of a secret of the repository, such as 'DB_PASSWORD', or 'vars.NAME' for a variable; names "
            "are letters, digits and '_', no digit first, and do not begin with GITHUB_"
        )
    return text


WithoutExpression = Annotated[str, AfterValidator(_without_expression)]
"""Text for a place where GitHub refuses expressions."""

OneLine = Annotated[str, AfterValidator(_in_one_line)]

SecretReference = Annotated[str, AfterValidator(_secret_reference)]
"""The name of a secret; `vars.NAME` is one of a variable that is no secret."""
