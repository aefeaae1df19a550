"""What a profile asks of a column in SQL, and says of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pyarrow as pa

from wombat_tool.preview.values import JsonValues
from wombat_tool.profile.readings import MOST_CHARACTERS, Kind, Reading, reading_of
from wombat_tool.profile.sample import count_distinct, most_frequent, quantiles
from wombat_tool.relations.model import DataColumn
from wombat_tool.relations.sql import count_where
from wombat_tool.tables.types import type_text

ROWS = "__profile_rows"
"""What the number of rows is called in SQL."""
_QUANTILES = ("0.25", "0.5", "0.75")
_TOP = 5


@dataclass(frozen=True)
class ProfiledColumn:
    """A column of a profile.

    :param number: tells it from the others.
    :param is_masked: whether no value of it may be shown.
    """

    number: int
    column: DataColumn
    is_masked: bool

    @cached_property
    def reading(self) -> Reading:
        """How its values are read."""
        return reading_of(self.column)

    @property
    def has_range(self) -> bool:
        """Whether the least and the greatest value are shown."""
        return not self.is_masked and self.reading.kind is not Kind.OPAQUE

    @property
    def has_quantiles(self) -> bool:
        """Whether quantiles are shown."""
        return not self.is_masked and self.reading.kind is Kind.QUANTITY

    @property
    def has_top(self) -> bool:
        """Whether frequent values are shown."""
        return not self.is_masked and self.reading.kind is Kind.LABEL

    @property
    def is_sampled(self) -> bool:
        """Whether something shown is found in a sample."""
        return self.has_quantiles or self.has_top

    def name(self, what: str) -> str:
        """What a result for the column is called in SQL."""
        return f"__profile_{self.number}_{what}"

    def kept(self, *, is_whole: bool) -> dict[str, str]:
        """What a sample keeps of each row: expressions by the names of the sample's columns.

        :param is_whole: whether the sample is all rows, so that it tells how many different values there are.
        """
        found = {}
        if self.is_sampled:
            found[self.name("sample")] = self.reading.sampled
        if is_whole:
            # Of the value as it is: what the sample shows of it may be cut.
            found[self.name("hash")] = f"CASE WHEN {self.column.sql} IS NOT NULL THEN hash({self.column.sql}) END"
        return found

    def aggregates(self, *, is_whole: bool) -> list[str]:
        """What to select over all rows."""
        column, value = self.column.sql, self.reading.value
        found = [f"count({column}) AS {self.name('count')}"]
        if not is_whole:
            found.append(f"approx_count_distinct({column}) AS {self.name('distinct')}")
        if self.has_range:
            # As a condition and not as a FILTER, which takes longer; see `count_where`.
            ranged = f"CASE WHEN NOT isnan({value}) THEN {value} END" if self.reading.is_float else value
            found += [f"{end}({ranged}) AS {self.name(end)}" for end in ("min", "max")]
            if self.reading.is_float:
                found.append(f"{count_where(f'isnan({value})')} AS {self.name('nan')}")
        return found

    def document(self, results: Mapping[str, pa.Scalar], sample: pa.Table) -> dict[str, Any]:
        """What the profile says of the column.

        :param results: of `aggregates`, by their names, and the number of rows as `ROWS`.
        :param sample: the columns that `kept` names.
        """
        present = results[self.name("count")].as_py()
        document: dict[str, Any] = {
            "name": self.column.name,
            "type": type_text(self.column.arrow_type),
            "nulls": results[ROWS].as_py() - present,
            # An estimate of many values may be more than there are.
            "distinct": min(self._distinct(results, sample), present),
            "min": None,
            "max": None,
            "quantiles": None,
            "top": None,
            "masked": self.is_masked,
        }
        if self.has_range:
            document["min"] = self._shown(results[self.name("min")])
            document["max"] = self._shown(results[self.name("max")])
            if self.reading.is_float:
                document["nan"] = results[self.name("nan")].as_py()
        if self.has_quantiles:
            found = quantiles(sample.column(self.name("sample")), [float(share) for share in _QUANTILES])
            if found:
                document["quantiles"] = dict(zip(_QUANTILES, map(self._shown, found), strict=True))
        if self.has_top:
            top = most_frequent(sample.column(self.name("sample")), _TOP)
            document["top"] = [{"value": self._shown(value), "count": count} for value, count in top]
        return document

    def _distinct(self, results: Mapping[str, pa.Scalar], sample: pa.Table) -> int:
        kept = self.name("hash")
        if kept in sample.schema.names:
            return count_distinct(sample.column(kept))
        return int(results[self.name("distinct")].as_py())

    def _shown(self, value: pa.Scalar) -> Any:
        if self.reading.shown_as is not None:
            value = value.cast(self.reading.shown_as)
        return JsonValues(most_characters=MOST_CHARACTERS, most_items=MOST_CHARACTERS).of(value)
