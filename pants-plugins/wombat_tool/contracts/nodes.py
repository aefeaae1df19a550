"""The values of a YAML file, each of which knows where it stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple, Optional, Union

Value = Union[None, bool, int, Decimal, str, "list[Node]", "dict[str, Node]"]


class At(NamedTuple):
    """A place in the file, counted from 1."""

    line: int
    column: int


@dataclass(eq=False)
class Node:
    """A value in a file.

    :param written: a scalar as it was written; "" of a list or mapping.
    :param keys: where the keys of a mapping stand.
    :param size: how many values it is made of, itself counted.
    """

    value: Value
    line: int
    column: int
    written: str = ""
    keys: dict[str, At] = field(default_factory=dict)
    size: int = 1

    def get(self, key: str) -> Optional[Node]:
        """The value of a key; None if this is no mapping, or has no such key."""
        return self.value.get(key) if isinstance(self.value, dict) else None

    def mapping(self, key: str) -> Optional[Node]:
        """The mapping that a key has."""
        found = self.get(key)
        return found if found is not None and isinstance(found.value, dict) else None

    def sequence(self, key: str) -> list[Node]:
        """The items of the list that a key has; none if it has no list."""
        found = self.get(key)
        return found.items() if found is not None else []

    def items(self) -> list[Node]:
        """Its items, if it is a list."""
        return self.value if isinstance(self.value, list) else []

    def mappings(self, key: str) -> Iterator[Node]:
        """Those items of the list that a key has which are mappings."""
        found = self.get(key)
        return found.mapping_items() if found is not None else iter(())

    def mapping_items(self) -> Iterator[Node]:
        """Those items of it that are mappings, if it is a list."""
        return (one for one in self.items() if isinstance(one.value, dict))

    def text(self, key: str) -> Optional[str]:
        """The text that a key has; None if it has something else."""
        found = self.get(key)
        return found.value if found is not None and isinstance(found.value, str) else None

    def flag(self, key: str) -> Optional[bool]:
        """The truth value that a key has."""
        found = self.get(key)
        return found.value if found is not None and isinstance(found.value, bool) else None

    def whole(self, key: str) -> Optional[int]:
        """The whole number that a key has."""
        found = self.get(key)
        return whole_number(found) if found is not None else None

    def key_at(self, key: str) -> At:
        """Where a key stands; where the mapping begins if it has no such key."""
        return self.keys.get(key) or At(self.line, self.column)

    def plain(self) -> Any:
        """The value without places, as YAML libraries return it; numbers are integers and decimals."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value

    def kind(self) -> str:
        """What it is, in words."""
        match self.value:
            case None:
                return "nothing"
            case bool():
                return "true or false"
            case int() | Decimal():
                return "a number"
            case str():
                return "text"
            case list():
                return "a list"
            case _:
                return "a mapping"

    def shown(self) -> str:
        """It, as messages show it: a scalar as it was written, shortened, or else its kind."""
        if isinstance(self.value, (list, dict)):
            return self.kind()
        if self.value is None:
            return "empty" if self.written in ("", "~") else self.written
        return quoted(self.written) if isinstance(self.value, str) else shortened(self.written)


def whole_number(node: Node) -> Optional[int]:
    """The integer that a node is, also where it is written as 3.0; None if it is something else."""
    number = exact_number(node)
    return int(number) if number is not None and number == number.to_integral_value() else None


def exact_number(node: Node) -> Optional[Decimal]:
    """The number that a node is; None if it is something else."""
    if isinstance(node.value, bool) or not isinstance(node.value, (int, Decimal)):
        return None
    return Decimal(node.value)


def shortened(text: str, limit: int = 80) -> str:
    """Text for a message, in one line."""
    text = " ".join(text.split())
    return text if len(text) <= limit else f"{text[:limit]}..."


def quoted(text: str) -> str:
    """Text for a message, in quotes."""
    return repr(shortened(text))
