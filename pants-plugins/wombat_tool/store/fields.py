"""The reading of JSON documents field by field, with a message that says which field is wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, NoReturn

_SHOWN = 100
_SHA256 = re.compile(r"[0-9a-f]{64}")


class Mistake(ValueError):
    """What is wrong with a document, as a sentence; whoever knows its name makes a message for people of it."""


@dataclass(frozen=True)
class Fields:
    """An object of a document.

    A field that is missing is as good as null: it may be unknown to what wrote the document.

    :param place: where the object is, as `content.file`; empty for the document itself.
    """

    document: dict[str, Any]
    place: str = ""

    def get(self, name: str) -> Any:
        """The value of a field, whatever it is; None if there is none."""
        return self.document.get(name)

    def wrong(self, name: str, rule: str) -> Mistake:
        """The mistake to raise for a field, whose value `must ...`."""
        found = "missing" if name not in self.document else shown(self.document[name])
        return Mistake(f"its field '{self.path(name)}' must {rule}, but is {found}.")

    def path(self, name: str) -> str:
        """Where a field is in the document."""
        return f"{self.place}.{name}" if self.place else name

    def optional_text(self, name: str) -> str | None:
        """A text, or None."""
        return None if self.get(name) is None else self.text(name)

    def text(self, name: str) -> str:
        """A text that is not empty."""
        value = self.get(name)
        if not isinstance(value, str) or not value or not _is_writable(value):
            raise self.wrong(name, "be a text of real characters that is not empty")
        return value

    def choice(self, name: str, choices: Collection[str]) -> str | None:
        """One of a few words, or None."""
        value = self.get(name)
        if value is not None and value not in choices:
            raise self.wrong(name, f"be one of {', '.join(map(repr, choices))}")
        return None if value is None else str(value)

    def sha256(self, name: str) -> str:
        """A SHA-256 as 64 lowercase hexadecimal digits."""
        value = self.get(name)
        if not isinstance(value, str) or not _SHA256.fullmatch(value):
            raise self.wrong(name, "be a SHA-256 of 64 lowercase hexadecimal digits")
        return value

    def whole(self, name: str) -> int:
        """A whole number from 0."""
        value = self.get(name)
        if type(value) is not int or value < 0:
            raise self.wrong(name, "be a whole number from 0")
        return value

    def optional_whole(self, name: str) -> int | None:
        """A whole number from 0, or None."""
        return None if self.get(name) is None else self.whole(name)

    def truth(self, name: str) -> bool:
        """True or false."""
        value = self.get(name)
        if type(value) is not bool:
            raise self.wrong(name, "be true or false")
        return value

    def inner(self, name: str) -> Fields:
        """An object whose fields are read, too."""
        value = self.get(name)
        if not isinstance(value, dict):
            raise self.wrong(name, "be an object")
        return Fields(value, self.path(name))

    def optional_inner(self, name: str) -> Fields | None:
        """An object whose fields are read, too, or None."""
        return None if self.get(name) is None else self.inner(name)

    def optional_plain(self, name: str) -> dict[str, Any] | None:
        """An object that is kept as it is, or None."""
        return None if self.get(name) is None else self.inner(name).document

    def items(self, name: str) -> list[Any]:
        """The items of a list; none if the field is missing."""
        value = self.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self.wrong(name, "be a list")
        return value

    def inner_items(self, name: str) -> list[Fields]:
        """The items of a list of objects."""
        found = []
        for number, item in enumerate(self.items(name)):
            place = f"{self.path(name)}[{number}]"
            if not isinstance(item, dict):
                raise Mistake(f"its field '{place}' must be an object, but is {shown(item)}.")
            found.append(Fields(item, place))
        return found

    def texts(self, name: str) -> tuple[str, ...]:
        """The items of a list of texts."""
        found = self.items(name)
        if not all(isinstance(item, str) for item in found):
            raise self.wrong(name, "be a list of texts")
        return tuple(found)

    def numbers(self, name: str) -> dict[str, float]:
        """An object of numbers; empty if the field is missing."""
        found = self.optional_plain(name) or {}
        if not all(type(value) in (int, float) for value in found.values()):
            raise self.wrong(name, "be an object whose values are numbers")
        return found


def read_document(content: bytes, version_field: str, version: int) -> Fields:
    """The fields of a document of one version.

    :raises Mistake: if it is no JSON object, or of another version.
    """
    try:
        document = json.loads(content.decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as err:
        raise Mistake(f"it is no JSON document in UTF-8: {err}.") from err
    if not isinstance(document, dict):
        raise Mistake(f"it must be a JSON object, but is {shown(document)}.")
    fields = Fields(document)
    found = fields.whole(version_field)
    if found > version:
        raise Mistake(
            f"it was written by a newer Wombat ({version_field} {found}, and this one reads {version}): "
            "update the plugin."
        )
    if found != version:
        raise fields.wrong(version_field, f"be {version}")
    return fields


def canonical_json(document: Any) -> bytes:
    """The one way of writing a document: the same content, the same bytes."""
    # Plain ASCII, which no setting on the way can spoil.
    return json.dumps(document, sort_keys=True, separators=(",", ":"), allow_nan=False).encode("ascii") + b"\n"


def shown(value: Any) -> str:
    """A value for a message, cut if it is long."""
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def _is_writable(text: str) -> bool:
    # JSON can spell half of a surrogate pair, which is no character and has no bytes.
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")
