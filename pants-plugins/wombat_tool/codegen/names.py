"""Makes names for Python out of the names in a contract."""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Iterable, Sequence

# Data classes cannot have such fields: each class has a method `mro`, which is taken for a default, and the methods that
# Python 3.9 writes for them use the other name.
_NO_FIELDS = ("BUILTINS", "mro")
_FIELD = "column"
_OBJECT = "Dataset"
# Where a word begins within one: "arrivedFlights", "HTTPServer".
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def is_field_name(name: str) -> bool:
    """Whether a name can stand as it is in the body of a class.

    Python reads identifiers in the Unicode normal form NFKC, and changes those that begin with two underscores.
    """
    return (
        name.isidentifier()
        and not keyword.iskeyword(name)
        and name not in _NO_FIELDS
        and not name.startswith("__")
        and unicodedata.normalize("NFKC", name) == name
    )


def field_names(columns: Sequence[str]) -> list[str]:
    """The names of the fields for columns: their own where Python allows it.

    In all others each run of characters that no identifier has becomes "_", or goes at the ends; then a leading digit gets
    "column_" before it, two leading underscores become one, and a keyword gets "_" behind it, as do the few names that no
    data class can have. Where that is the name of another one, "_2" and so on tells them apart.
    """
    taken = Names(column for column in columns if is_field_name(column))
    return [column if is_field_name(column) else taken.free(_field_name(column)) for column in columns]


def class_name(text: str, *, within: str = "") -> str:
    """A name for a class: "ArrivedFlights" for "arrived_flights" or "arrived flights".

    :param within: the name of the class that it is a part of, which it begins with.
    """
    name = within + "".join(word[0].upper() + word[1:] for word in _words(text))
    name = unicodedata.normalize("NFKC", name if name[:1].isidentifier() else _OBJECT + name)
    return f"{name}_" if keyword.iskeyword(name) else name


def function_stem(text: str) -> str:
    """The beginning of a function's name: "arrived_flights" for "ArrivedFlights" or "arrived flights"."""
    stem = unicodedata.normalize("NFKC", "_".join(word.lower() for word in _words(text)))
    return stem if stem[:1].isidentifier() else "_".join(filter(None, [_OBJECT.lower(), stem]))


class Names:
    """The names that are taken in a scope."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self.taken = set(taken)

    def free(self, name: str, *, separator: str = "_", also_not: Iterable[str] = ()) -> str:
        """Take a name: that one, or with the first number behind it that makes it free.

        :param also_not: names of another scope that it must not be either.
        """
        taken = self.taken.union(also_not)
        number = 2
        found = name
        while found in taken:
            found = f"{name}{separator}{number}"
            number += 1
        self.taken.add(found)
        return found

    def alias(self, name: str) -> str:
        """Take a name: that one, or with as many underscores behind it as make it free."""
        while name in self.taken:
            name += "_"
        self.taken.add(name)
        return name


def _field_name(column: str) -> str:
    name = "_".join(_identifier_parts(unicodedata.normalize("NFKC", column)))
    name = re.sub(r"^__+", "_", name)
    if not name.strip("_"):
        return _FIELD
    name = name if name[0].isidentifier() else f"{_FIELD}_{name}"
    return f"{name}_" if keyword.iskeyword(name) or name in _NO_FIELDS else name


def _words(text: str) -> list[str]:
    """The words of a name; one that is in capitals alone is shouted and no abbreviation."""
    parts = (part for one in _identifier_parts(unicodedata.normalize("NFKC", text)) for part in one.split("_"))
    words = [word for part in parts for word in _HUMP.split(part) if word]
    return [word.lower() for word in words] if text.isupper() else words


def _identifier_parts(text: str) -> list[str]:
    """What is left of a text without the characters that no identifier has."""
    return "".join(one if f"a{one}".isidentifier() else " " for one in text).split()
