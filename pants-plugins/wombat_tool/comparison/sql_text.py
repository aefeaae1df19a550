"""Brings queries into a form in which those that surely ask for the same are the same text."""

from __future__ import annotations

import re

_PARTS = re.compile(r"""'[^']*' | "[^"]*" | (?P<blank>\s+) | (?P<word>[^\W\d]\w*) | .""", re.VERBOSE | re.DOTALL)
# Comments end with their line, and these texts have other rules for quotes: blanks mean something there.
_HAS_OWN_RULES = re.compile(r"--|/\*|\$\w*\$|\b[eE]'")
_OBJECT = re.compile(r'("?)\$?\{(?:object|table|model|schema)\}\1')
_PROPERTY = re.compile(r'("?)\$?\{(?:property|column|field)\}\1')


def normal_query(query: str, *, own_names: frozenset[str], column: str | None) -> str:
    """The query with single blanks, the data as "{object}" and the column as its name in quotes.

    :param own_names: the names of the data, none of which is that of a column, too.
    :param column: what the query is about; None if it is all of the data.
    """
    query = _OBJECT.sub("{object}", query.strip())
    if column is not None:
        quoted = '"' + column.replace('"', '""') + '"'
        query = _PROPERTY.sub(lambda _: quoted, query)
    if _HAS_OWN_RULES.search(query):
        return query
    parts = []
    for found in _PARTS.finditer(query):
        if found["blank"]:
            parts.append(" ")
        elif found["word"] in own_names:
            parts.append("{object}")
        else:
            parts.append(found[0])
    return "".join(parts)


def words_of(query: str) -> set[str]:
    """All that may be the name of a column in a query, in lower case, as SQL does not tell cases apart."""
    quoted = re.findall(r'"((?:[^"]|"")*)"', query)
    return {word.lower() for word in (*re.findall(r"\w+", query), *(one.replace('""', '"') for one in quoted))}
