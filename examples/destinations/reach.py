"""Counts the airports that can be reached from each origin."""

from __future__ import annotations

import bisect
from collections import Counter

import pyarrow as pa
from wombat_step import log_metrics, step

REACH = pa.schema(
    [
        pa.field("origin", pa.string(), nullable=False),
        pa.field("within_miles", pa.int64(), nullable=False),
        pa.field("airports", pa.int64(), nullable=False),
    ]
)


@step
def count_in_reach(distances: pa.Table, *, limits_miles: list[int]) -> pa.Table:
    """Return for each origin and each limit how many other airports are no farther away.

    :raises ValueError: if no limit is given.
    """
    if not limits_miles:
        raise ValueError("The parameter 'limits_miles' is empty: give at least one limit, as [500].")
    limits = sorted(set(limits_miles))
    counts: Counter[tuple[str, int]] = Counter()
    origins = set()
    for row in distances.select(["origin", "distance_miles"]).to_pylist():
        origins.add(row["origin"])
        for limit in limits[bisect.bisect_left(limits, row["distance_miles"]) :]:
            counts[row["origin"], limit] += 1
    log_metrics(origins=len(origins), distances=distances.num_rows)
    rows = [
        {"origin": origin, "within_miles": limit, "airports": counts[origin, limit]}
        for origin in sorted(origins)
        for limit in limits
    ]
    return pa.Table.from_pylist(rows, schema=REACH)
