"""A column on both sides of a comparison."""

from __future__ import annotations

from dataclasses import dataclass

from wombat_tool.comparison.facts import Facts
from wombat_tool.comparison.model import Mismatch
from wombat_tool.comparison.strength import ColumnRules
from wombat_tool.comparison.words import text_of


@dataclass(frozen=True)
class Column:
    """A column that is promised, and what is needed of it.

    :param path: as "address.city"; of items "tags[]".
    :param is_never_null: whether the promise lets no value be null, by whichever rule.
    """

    path: str
    promise: Facts
    need: ColumnRules
    is_never_null: bool

    def mismatch(self, aspect: str, *, promise: str | None = None, need: str | None = None) -> Mismatch:
        """What is needed and not promised; the words are those for the aspect unless given."""
        return Mismatch(
            self.path,
            aspect,
            text_of(self.promise.field, aspect) if promise is None else promise,
            text_of(self.need.field, aspect) if need is None else need,
            promise_place=self.promise.field.place,
            need_place=self.need.field.place,
        )
