"""Tests of counting what can be reached."""

from __future__ import annotations

import pyarrow as pa
import pytest

from destinations.reach import REACH, count_in_reach

DISTANCES = pa.table(
    {
        "origin": ["JFK", "JFK", "JFK", "EWR"],
        "dest": ["BOS", "ORD", "LAX", "HNL"],
        "distance_miles": [187.0, 740.0, 2475.0, 4963.0],
    }
)


def test_an_airport_counts_for_every_limit_that_it_is_within() -> None:
    reach = count_in_reach(DISTANCES, limits_miles=[1000, 500, 2500])

    assert reach.schema == REACH
    assert [tuple(row.values()) for row in reach.to_pylist() if row["origin"] == "JFK"] == [
        ("JFK", 500, 1),
        ("JFK", 1000, 2),
        ("JFK", 2500, 3),
    ]


def test_an_airport_just_as_far_as_the_limit_counts() -> None:
    reach = count_in_reach(DISTANCES, limits_miles=[740])

    assert reach["airports"].to_pylist() == [0, 2]


def test_an_origin_that_reaches_nothing_has_a_row() -> None:
    reach = count_in_reach(DISTANCES, limits_miles=[500])

    assert reach.to_pylist()[0] == {"origin": "EWR", "within_miles": 500, "airports": 0}


def test_no_limit_is_refused() -> None:
    with pytest.raises(ValueError, match="'limits_miles' is empty"):
        count_in_reach(DISTANCES, limits_miles=[])
