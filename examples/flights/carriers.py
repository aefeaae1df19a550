"""Compares the airlines by how late their flights arrive."""

from __future__ import annotations

import pandas as pd
from wombat_step import step


@step
def compare_carriers(flights: pd.DataFrame, airlines: dict[str, str], *, late_after_minutes: int) -> pd.DataFrame:
    """Return one row for each airline, the most punctual first.

    :raises ValueError: if a flight belongs to an airline without a name.
    """
    late = (flights["arr_delay"] > late_after_minutes).groupby(flights["carrier"])
    table = pd.DataFrame({"flights": late.size(), "share_late": late.mean().round(4)}).reset_index()
    unknown = sorted(set(table["carrier"]) - airlines.keys())
    if unknown:
        raise ValueError(f"The airlines {', '.join(unknown)} have flights but no name in 'airlines'.")
    table.insert(1, "name", table["carrier"].map(airlines))
    return table.sort_values(["share_late", "carrier"], ignore_index=True)
