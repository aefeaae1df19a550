"""Tests of joining flights with their conditions."""

from __future__ import annotations

import datetime

import polars as pl
import pytest

from flights.join import headwind_mph, join_conditions

HOUR = datetime.datetime(2013, 7, 1, 10, tzinfo=datetime.timezone.utc)
PLANES = [{"tailnum": "N1", "year": 1999, "seats": 150, "engine": "Turbo-fan"}]
AIRPORTS = pl.LazyFrame({"faa": ["LAX", "JFK"], "altitude_feet": [126, 13], "utc_offset_hours": [-8, -5]})
DISTANCES = pl.LazyFrame({"origin": ["JFK"], "dest": ["LAX"], "distance_miles": [2474.0], "bearing_degrees": [270.0]})


def _flights(*rows: dict[str, object]) -> pl.LazyFrame:
    flight = {"time_hour": HOUR, "origin": "JFK", "dest": "LAX", "carrier": "UA", "flight": 1, "tailnum": "N1"}
    return pl.LazyFrame([{**flight, **row} for row in rows], schema_overrides={"tailnum": pl.String})


def _joined(flights: pl.LazyFrame) -> pl.DataFrame:
    weather = pl.LazyFrame(
        {"origin": ["JFK"], "time_hour": [HOUR], "temp": [71.5], "wind_dir": [270.0], "wind_speed": [10.0]},
        schema_overrides={"time_hour": pl.Datetime("ms", "UTC")},
    )
    return join_conditions(flights, weather, PLANES, AIRPORTS, DISTANCES)


def test_a_flight_gets_its_weather_plane_destination_and_headwind() -> None:
    [row] = _joined(_flights({})).to_dicts()

    assert row["temp"] == 71.5
    assert (row["plane_year"], row["seats"]) == (1999, 150)
    assert (row["dest_altitude_feet"], row["dest_utc_offset_hours"]) == (126, -8)
    assert row["headwind_mph"] == 10.0


def test_every_flight_stays_once_and_what_is_unknown_is_null() -> None:
    frame = _joined(
        _flights(
            {"flight": 1, "tailnum": None},
            {"flight": 2, "tailnum": "N2"},
            {"flight": 3, "dest": "SJU"},
            {"flight": 4, "time_hour": HOUR + datetime.timedelta(hours=1)},
        )
    )

    assert frame["flight"].to_list() == [1, 2, 3, 4]
    assert frame["seats"].to_list() == [None, None, 150, 150]
    assert frame["dest_altitude_feet"].to_list() == [126, 126, None, 126]
    assert frame["temp"].to_list() == [71.5, 71.5, 71.5, None]
    assert frame["headwind_mph"].to_list() == [10.0, 10.0, None, None]


def test_the_order_of_the_rows_that_come_in_does_not_matter() -> None:
    rows: list[dict[str, object]] = [
        {"flight": number, "carrier": carrier} for number in (1, 2) for carrier in ("AA", "UA")
    ]

    assert _joined(_flights(*rows)).equals(_joined(_flights(*reversed(rows))))


@pytest.mark.parametrize(
    ("wind_dir", "bearing", "expected"),
    [
        pytest.param(90.0, 90.0, 20.0, id="from ahead"),
        pytest.param(270.0, 90.0, -20.0, id="from behind"),
        pytest.param(0.0, 90.0, 0.0, id="from the left"),
        pytest.param(350.0, 50.0, 10.0, id="across north"),
    ],
)
def test_headwind(wind_dir: float, bearing: float, expected: float) -> None:
    frame = pl.DataFrame({"wind_speed": [20.0], "wind_dir": [wind_dir], "bearing_degrees": [bearing]})

    assert frame.select(headwind_mph()).item() == pytest.approx(expected, abs=1e-9)
