"""Joins each flight with the weather at its departure, its plane and its way."""

from __future__ import annotations

from typing import Any

import polars as pl
from wombat_step import log_metrics, step

ORDER = ["time_hour", "origin", "carrier", "flight"]
"""No two flights have the same values of these, so sorting by them gives one order only."""


@step
def join_conditions(
    flights: pl.LazyFrame,
    weather: pl.LazyFrame,
    planes: list[dict[str, Any]],
    airports: pl.LazyFrame,
    distances: pl.LazyFrame,
) -> pl.DataFrame:
    """Return every flight once, with what was known about it when it was to depart.

    Unknown planes, hours without weather and airports outside the table leave nulls.
    """
    hour = pl.col("time_hour").cast(pl.Datetime("us", "UTC"))
    joined = (
        flights.with_columns(hour)
        .join(weather.with_columns(hour), on=["origin", "time_hour"], how="left")
        .join(_planes(planes), on="tailnum", how="left")
        .join(_airports(airports), on="dest", how="left")
        .join(distances.select("origin", "dest", "bearing_degrees"), on=["origin", "dest"], how="left")
        .with_columns(headwind_mph().cast(pl.Float32))
        .drop("wind_dir", "bearing_degrees", "tailnum")
        .sort(ORDER)
        .collect()
    )
    log_metrics(
        flights=joined.height,
        without_weather=joined["temp"].null_count(),
        without_plane=joined["seats"].null_count(),
        without_headwind=joined["headwind_mph"].null_count(),
    )
    return joined


def headwind_mph() -> pl.Expr:
    """The part of the wind that blows against the course; negative for a tail wind.

    `wind_dir` is where the wind comes from, `bearing_degrees` where the plane goes to.
    """
    angle = (pl.col("wind_dir") - pl.col("bearing_degrees")).radians()
    return (pl.col("wind_speed") * angle.cos()).alias("headwind_mph")


def _planes(planes: list[dict[str, Any]]) -> pl.LazyFrame:
    """Seats and year of building by tail number."""
    schema = {"tailnum": pl.String(), "year": pl.Int16(), "seats": pl.Int16()}
    rows = [{name: plane.get(name) for name in schema} for plane in planes]
    return pl.LazyFrame(rows, schema=schema).rename({"year": "plane_year"})


def _airports(airports: pl.LazyFrame) -> pl.LazyFrame:
    """Altitude and time zone by destination."""
    return airports.select(
        pl.col("faa").alias("dest"),
        pl.col("altitude_feet").alias("dest_altitude_feet"),
        pl.col("utc_offset_hours").alias("dest_utc_offset_hours"),
    )
