"""Hides the values of columns that nobody may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

MARK = "(hidden)"
"""Stands for a value, also for a missing one."""

# What the keys and the values of a map are called in the path of a column.
_KEY, _VALUE = "key", "value"


@dataclass(frozen=True)
class Mask:
    """Which values to hide.

    A path leads to a column, as "name", or into one: to a member, as "address.zip", the items of a list, as "tags[]", or
    the keys or values of a map, as "marks.value". Where data does not have the form that a path speaks of, more is hidden
    and not less.

    :param paths: whatever a path leads to is hidden with all that is in it.
    """

    paths: tuple[str, ...] = ()

    def hides(self, column: str | None) -> bool:
        """Whether the path of a column leads to a hidden one, into one, or to one that holds one."""
        path = _without_lists(column or "")
        return any(_is_within(path, hidden) or _is_within(hidden, path) for hidden in self._plain)

    def of(self, column: str, value: Any) -> Any:
        """What to show for a value of a column.

        :param value: of the types that JSON has; others in it are left as they are.
        """
        for path in self._plain:
            if _is_within(column, path):
                return MARK
            if _is_within(path, column):
                value = _without(value, path[len(column) + 1 :].split("."))
        return value

    def of_document(self, value: Any) -> Any:
        """What to show for a JSON document, which may be a list of rows, an object or a map."""
        for path in self._plain:
            value = _without(value, path.split("."))
        return value

    def of_path(self, path: str) -> str:
        """What to show for a path below a dataset, which may hold the values of columns, as in "month=1/part.parquet"."""
        parts = (part.partition("=") for part in path.split("/"))
        return "/".join(
            f"{name}={MARK}" if equals and self.hides(name) else f"{name}{equals}{value}" for name, equals, value in parts
        )

    @property
    def _plain(self) -> Sequence[str]:
        return [_without_lists(path) for path in self.paths]


def _without_lists(path: str) -> str:
    return path.replace("[]", "")


def _is_within(path: str, outer: str) -> bool:
    return path == outer or path.startswith(f"{outer}.")


def _without(value: Any, names: Sequence[str]) -> Any:
    """The value without what the names lead to."""
    if not names:
        return MARK
    if isinstance(value, list):
        # Lists have no names, and of a map that is a list of pairs both sides are hidden.
        return [_without(item, names) for item in value]
    if isinstance(value, dict):
        if names[0] == _KEY:
            return {f"{MARK} {i}": MARK if key == _KEY else item for i, (key, item) in enumerate(value.items(), 1)}
        if names[0] == _VALUE:
            return {key: _without(item, names[1:]) for key, item in value.items()}
        return {key: _without(item, names[1:]) if key == names[0] else item for key, item in value.items()}
    # Where an object belongs there is something else, which may hold anything.
    return MARK if isinstance(value, (str, int, float)) else value
