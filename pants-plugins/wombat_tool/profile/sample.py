"""What is found in a sample of values that is in memory."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc


def count_distinct(values: pa.ChunkedArray) -> int:
    """How many different values there are besides null."""
    return int(pc.count_distinct(values, mode="only_valid").as_py())


def quantiles(values: pa.ChunkedArray, shares: Sequence[float]) -> list[pa.Scalar]:
    """For each share the least value that at least this share of the values does not exceed; none if there is no value."""
    present = values.drop_null()
    if pa.types.is_floating(present.type):
        present = present.filter(pc.invert(pc.is_nan(present)))
    if not len(present):
        return []
    ordered = present.take(pc.sort_indices(present))
    return [ordered[max(0, math.ceil(share * len(ordered)) - 1)] for share in shares]


def most_frequent(values: pa.ChunkedArray, most: int) -> list[tuple[pa.Scalar, int]]:
    """The values that are there most often, and how often; of those that are equally frequent the least ones."""
    counted = pa.Table.from_struct_array(pc.value_counts(values.drop_null()))
    first = pc.select_k_unstable(counted, most, [("counts", "descending"), ("values", "ascending")])
    top = counted.take(first)
    return [(value, count.as_py()) for value, count in zip(top.column("values"), top.column("counts"), strict=True)]
