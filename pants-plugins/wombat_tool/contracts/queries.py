"""Whether a query of a quality rule is one that only reads, told by its text alone."""

from __future__ import annotations

import re
from typing import Optional

# Comments, texts and quoted names, in which any word may stand.
_OPAQUE = re.compile(r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|`[^`]*`|\$(\w*)\$.*?\$\1\$", re.DOTALL)
_OPEN_TEXT = re.compile(r"['\"`]|/\*")
_PLACEHOLDER = re.compile(r"\$\{([^{}]*)\}|\{([A-Za-z_]\w*)\}")
OBJECT_PLACEHOLDERS = ("object", "table", "model", "schema")
COLUMN_PLACEHOLDERS = ("property", "column", "field")
_READING = ("select", "with", "from", "values")
_WRITING = (
    "insert update delete merge create drop alter truncate attach detach copy export import install load set reset pragma "
    "call execute prepare begin commit rollback vacuum checkpoint use grant revoke explain"
).split()


def unknown_placeholder(query: str, *, has_column: bool) -> Optional[str]:
    """A placeholder in a query that stands for nothing here, as "${REGION}"; None if there is none.

    :param has_column: whether there is a column to stand for.
    """
    known = OBJECT_PLACEHOLDERS + (COLUMN_PLACEHOLDERS if has_column else ())
    placeholders = _PLACEHOLDER.finditer(_OPAQUE.sub(_without_text, query))
    return next((found.group() for found in placeholders if (found.group(1) or found.group(2)) not in known), None)


def query_problem(query: str) -> Optional[str]:
    """Why a query cannot be used, to follow its name in a sentence; None if nothing is seen to be wrong."""
    bare = _OPAQUE.sub(" x ", query)
    if _OPEN_TEXT.search(bare):
        return "has a quote or a comment that does not end. Close it."
    statements = [one for one in bare.split(";") if one.replace("x", "").strip()]
    if not statements:
        return "is empty. Write a SELECT with one value as its result."
    if len(statements) > 1:
        return "has more than one statement. Write a rule for each, or join them into one SELECT."
    outer = _without_parentheses(bare)
    if outer is None:
        return "has a parenthesis without its other half. Correct it."
    words = [word.lower() for word in re.findall(r"[A-Za-z_]\w*", outer)]
    first = re.match(r"[\s(]*([A-Za-z_]\w*)?", _OPAQUE.sub(" ", query))
    word = (first.group(1) or "").lower() if first else ""
    if word not in _READING:
        beginning = (word or query.strip()[:1]).upper()
        return f"begins with {beginning}, and must be a SELECT with one value as its result. Rewrite it."
    if word == "with":
        writing = next((one for one in words if one in _WRITING[:4]), None)
        if writing:
            return f"would {writing.upper()} data, and must only SELECT. Rewrite it."
    return None


def _without_text(found: re.Match[str]) -> str:
    # Placeholders may stand in the quotes of a name, as "${column}".
    return found.group() if found.group()[0] in '"`' else " "


def _without_parentheses(text: str) -> Optional[str]:
    """The text outside of all parentheses; None if they do not match."""
    kept, depth = [], 0
    for character in text:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth < 0:
            return None
        if depth == 0 and character != ")":
            kept.append(character)
    return "".join(kept) if depth == 0 else None
