"""Tests of taking the tables out of the package, on its real data."""

from __future__ import annotations

import pyarrow as pa

from flights.extract import extract, read_table


def test_extract_returns_every_dataset_it_is_declared_to_make() -> None:
    tables = extract()

    assert sorted(tables) == ["airlines", "raw_flights", "raw_planes", "raw_weather"]
    assert tables["raw_flights"].count(b"\n") == 336_776 + 1
    assert tables["raw_weather"].startswith(b"origin,year,month,day,hour,temp,")
    assert tables["raw_planes"].num_rows == 3322
    assert tables["airlines"]["UA"] == "United Air Lines Inc."


def test_not_available_is_null() -> None:
    planes = read_table("planes")

    assert planes.schema.field("speed").type == pa.int64()
    assert planes["speed"].null_count == 3299
    assert planes["year"].null_count == 70
