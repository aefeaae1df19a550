"""Makes the reference data that other projects use: the airports, and how far they are from each other."""

from __future__ import annotations

import math
from typing import Any

import pyarrow as pa
from wombat_step import log_metrics, step

EARTH_RADIUS_MILES = 3958.8  # The mean radius R1 of GRS 80, 6371.0 km.

AIRPORTS = pa.schema(
    [
        pa.field("faa", pa.string(), nullable=False),
        pa.field("name", pa.string()),
        pa.field("lat", pa.float64()),
        pa.field("lon", pa.float64()),
        pa.field("altitude_feet", pa.int32()),
        pa.field("utc_offset_hours", pa.int8()),
        pa.field("time_zone", pa.string()),
    ]
)
DISTANCES = pa.schema(
    [
        pa.field("origin", pa.string(), nullable=False),
        pa.field("dest", pa.string(), nullable=False),
        pa.field("distance_miles", pa.float64(), nullable=False),
        pa.field("bearing_degrees", pa.float64(), nullable=False),
    ]
)


@step
def clean(raw_airports: pa.Table, corrections: pa.Table) -> pa.Table:
    """Apply the corrections and return the airports, one row each, in the order of their codes.

    :param corrections: airports whose position or time zone was published wrongly, with the right values.
    :raises ValueError: if a correction names no airport, or a position is not near the United States.
    """
    right = {row["faa"]: row for row in corrections.to_pylist()}
    rows = [_corrected(row, right.get(row["faa"])) for row in raw_airports.to_pylist()]
    unknown = sorted(right.keys() - {row["faa"] for row in rows})
    if unknown:
        raise ValueError(
            f"corrections.csv corrects {', '.join(unknown)}, but there is no such airport: remove the row."
        )
    astray = sorted(row["faa"] for row in rows if not _is_plausible(row))
    if astray:
        raise ValueError(
            f"The position of {', '.join(astray)} is not near the United States, or the time zone does not fit it: "
            "add the right values to corrections.csv."
        )
    log_metrics(airports=len(rows), corrected=len(right))
    return pa.Table.from_pylist(sorted(rows, key=lambda row: str(row["faa"])), schema=AIRPORTS)


@step
def measure(airports: pa.Table, *, origins: list[str]) -> pa.Table:
    """Return the great-circle distance and the initial bearing from each origin to every other airport.

    :raises ValueError: if an origin is not among the airports.
    """
    places = {row["faa"]: (row["lat"], row["lon"]) for row in airports.to_pylist()}
    unknown = sorted(set(origins) - places.keys())
    if unknown:
        raise ValueError(f"The parameter 'origins' names {', '.join(unknown)}, but there is no such airport.")
    rows = []
    for origin in sorted(set(origins)):
        for dest in sorted(places.keys() - {origin}):
            miles, degrees = course(places[origin], places[dest])
            rows.append(
                {
                    "origin": origin,
                    "dest": dest,
                    "distance_miles": round(miles, 1),
                    "bearing_degrees": round(degrees, 1) % 360,
                }
            )
    return pa.Table.from_pylist(rows, schema=DISTANCES)


def course(start: tuple[float, float], end: tuple[float, float]) -> tuple[float, float]:
    """Return the distance in miles (haversine formula) and the initial bearing, 0 to 360 degrees, of a great circle.

    :param start: latitude and longitude in degrees, as `end`.
    """
    (lat, lon), (end_lat, end_lon) = (map(math.radians, place) for place in (start, end))
    turn = end_lon - lon
    haversine = math.sin((end_lat - lat) / 2) ** 2 + math.cos(lat) * math.cos(end_lat) * math.sin(turn / 2) ** 2
    east = math.sin(turn) * math.cos(end_lat)
    north = math.cos(lat) * math.sin(end_lat) - math.sin(lat) * math.cos(end_lat) * math.cos(turn)
    return 2 * EARTH_RADIUS_MILES * math.asin(math.sqrt(haversine)), math.degrees(math.atan2(east, north)) % 360


def _corrected(raw: dict[str, Any], right: dict[str, Any] | None) -> dict[str, Any]:
    """One airport in the shape of `AIRPORTS`, with the values of its correction where there is one."""
    place = right if right is not None else raw
    return {
        "faa": raw["faa"],
        "name": raw["name"],
        "lat": place["lat"],
        "lon": place["lon"],
        "altitude_feet": raw["alt"],
        "utc_offset_hours": place["tz"],
        "time_zone": place["tzone"],
    }


def _is_plausible(row: dict[str, Any]) -> bool:
    """Whether an airport lies where the United States are, and its clock is within four hours of the sun's."""
    if not 18.0 <= row["lat"] <= 72.0 or row["time_zone"] in (None, "", "NA"):
        return False
    hours: float = row["lon"] / 15 - row["utc_offset_hours"]
    return abs((hours + 12) % 24 - 12) <= 4.0  # The Aleutian Islands lie on both sides of the date line.
