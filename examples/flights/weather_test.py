"""Tests of the hourly weather."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa

from flights.weather import MEASURES, WEATHER, clean_weather


def _weather(*rows: tuple[str, int, float]) -> pd.DataFrame:
    """Observations of airport, hour of the first of January and wind speed; all else is 1."""
    return pd.DataFrame(
        [
            {
                **dict.fromkeys(MEASURES, 1.0),
                "origin": origin,
                "time_hour": f"2013-01-01T{hour:02}:00:00Z",
                "wind_speed": speed,
            }
            for origin, hour, speed in rows
        ]
    )


def _cleaned(frame: pd.DataFrame, max_gap_hours: int = 2) -> pa.Table:
    return clean_weather(frame, max_wind_speed_mph=200.0, max_gap_hours=max_gap_hours)


def test_there_is_one_row_for_each_airport_and_hour_in_order() -> None:
    table = _cleaned(_weather(("LGA", 7, 1.0), ("JFK", 6, 2.0), ("JFK", 5, 3.0)))

    assert table.schema.equals(WEATHER)
    assert table["origin"].to_pylist() == ["JFK", "JFK", "LGA"]
    assert [time.hour for time in table["time_hour"].to_pylist()] == [5, 6, 7]
    assert table["wind_speed"].to_pylist() == [3.0, 2.0, 1.0]


def test_gaps_take_the_last_value_until_they_are_too_long() -> None:
    table = _cleaned(_weather(("JFK", 0, 5.0), ("JFK", 4, 6.0)), max_gap_hours=2)

    assert table["wind_speed"].to_pylist() == [5.0, 5.0, 5.0, None, 6.0]


def test_a_gap_does_not_take_values_of_another_airport() -> None:
    table = _cleaned(_weather(("EWR", 0, 5.0), ("JFK", 0, float("nan")), ("JFK", 1, 7.0)))

    assert table["wind_speed"].to_pylist() == [5.0, None, 7.0]


def test_a_storm_beyond_belief_is_dropped() -> None:
    table = _cleaned(_weather(("EWR", 0, 8.0), ("EWR", 1, 1048.36)))

    assert table["wind_speed"].to_pylist() == [8.0, 8.0]


def test_of_two_observations_in_one_hour_the_last_counts() -> None:
    assert _cleaned(_weather(("EWR", 0, 8.0), ("EWR", 0, 9.0)))["wind_speed"].to_pylist() == [9.0]
