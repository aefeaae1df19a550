"""Tests of the reference data about airports."""

from __future__ import annotations

import math

import pyarrow as pa
import pytest

from airports.reference import AIRPORTS, clean, course, measure

JFK = {"faa": "JFK", "name": "John F Kennedy Intl", "lat": 40.64, "lon": -73.78, "alt": 13, "tz": -5, "dst": "A"}
LHR = {"faa": "LHR", "name": "London Heathrow", "lat": 51.47, "lon": -0.45, "alt": 83, "tz": 0, "dst": "E"}
NO_CORRECTIONS = pa.table({"faa": pa.array([], pa.string())})


def _raw(*rows: dict[str, object]) -> pa.Table:
    return pa.Table.from_pylist([{"tzone": "America/New_York", **row} for row in rows])


def _correction(**values: object) -> pa.Table:
    return pa.Table.from_pylist([{"tz": -5, "tzone": "America/New_York", "reason": "typing error", **values}])


def test_clean_sorts_by_code_and_keeps_what_is_right() -> None:
    table = clean(_raw(JFK, {**JFK, "faa": "ACK"}), NO_CORRECTIONS)

    assert table.schema == AIRPORTS
    assert table["faa"].to_pylist() == ["ACK", "JFK"]
    assert table["altitude_feet"].to_pylist() == [13, 13]


def test_clean_takes_place_and_time_zone_from_the_correction() -> None:
    table = clean(_raw({**JFK, "lon": 73.78}), _correction(faa="JFK", lat=40.64, lon=-73.78))

    assert table["lon"].to_pylist() == [-73.78]
    assert table["name"].to_pylist() == ["John F Kennedy Intl"]


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"lon": 73.78}, id="longitude without its sign"),
        pytest.param({"lat": 73.78, "lon": -40.64}, id="latitude and longitude exchanged"),
        pytest.param({"tz": 8}, id="clock of the other side of the earth"),
        pytest.param({"tzone": "NA"}, id="no time zone"),
    ],
)
def test_clean_refuses_an_implausible_place(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"of JFK is not near .* corrections\.csv"):
        clean(_raw({**JFK, **wrong}), NO_CORRECTIONS)


def test_clean_refuses_a_correction_of_no_airport() -> None:
    with pytest.raises(ValueError, match=r"corrects XYZ, .* remove the row"):
        clean(_raw(JFK), _correction(faa="XYZ", lat=40.0, lon=-73.0))


def test_the_course_from_new_york_to_london_is_known() -> None:
    miles, degrees = course((40.64, -73.78), (51.47, -0.45))

    assert miles == pytest.approx(3442, abs=5)
    assert degrees == pytest.approx(51.4, abs=0.2)


def test_a_course_is_as_long_as_the_way_back() -> None:
    there, back = course((40.64, -73.78), (21.32, -157.92)), course((21.32, -157.92), (40.64, -73.78))

    assert math.isclose(there[0], back[0])


@pytest.mark.parametrize(
    ("end", "degrees"),
    [
        pytest.param((1.0, 0.0), 0.0, id="north"),
        pytest.param((0.0, 1.0), 90.0, id="east"),
        pytest.param((-1.0, 0.0), 180.0, id="south"),
        pytest.param((0.0, -1.0), 270.0, id="west"),
    ],
)
def test_one_degree_is_sixty_nine_miles(end: tuple[float, float], degrees: float) -> None:
    miles, bearing = course((0.0, 0.0), end)

    assert miles == pytest.approx(69.1, abs=0.1)
    assert bearing == pytest.approx(degrees)


def test_measure_goes_from_each_origin_to_every_other_airport() -> None:
    airports = pa.Table.from_pylist(
        [{"faa": row["faa"], "lat": row["lat"], "lon": row["lon"]} for row in (LHR, JFK, {**JFK, "faa": "LGA"})]
    )

    table = measure(airports, origins=["LGA", "JFK"])

    assert list(zip(table["origin"].to_pylist(), table["dest"].to_pylist())) == [
        ("JFK", "LGA"),
        ("JFK", "LHR"),
        ("LGA", "JFK"),
        ("LGA", "LHR"),
    ]
    assert table["distance_miles"].to_pylist()[0] == 0.0


def test_measure_without_origins_has_no_rows() -> None:
    assert measure(pa.Table.from_pylist([{"faa": "JFK", "lat": 40.64, "lon": -73.78}]), origins=[]).num_rows == 0


def test_measure_refuses_an_origin_that_is_no_airport() -> None:
    with pytest.raises(ValueError, match="'origins' names XYZ"):
        measure(pa.Table.from_pylist([{"faa": "JFK", "lat": 40.64, "lon": -73.78}]), origins=["JFK", "XYZ"])
