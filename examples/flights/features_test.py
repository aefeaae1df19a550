"""Tests of features and of the split in time."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from flights.features import build_features, split

HOLIDAYS = pl.DataFrame({"date": ["2013-07-04", "2013-12-25"], "name": ["Independence Day", "Christmas Day"]})


def _conditions(*rows: dict[str, Any]) -> pl.LazyFrame:
    condition = {
        "time_hour": datetime.datetime(2013, 7, 2, 10, tzinfo=datetime.timezone.utc),
        "month": 7,
        "day": 2,
        "hour": 6,
        "minute": 30,
        "origin": "JFK",
        "carrier": "UA",
        "flight": 1,
        "dep_delay": 0,
        "arr_delay": 0,
        "plane_year": 2003,
    }
    return pl.LazyFrame([{**condition, **row} for row in rows], schema_overrides={"hour": pl.Int8, "minute": pl.Int8})


def _features(conditions: pl.LazyFrame, folder: Path, late_after_minutes: int = 15) -> pl.DataFrame:
    """What is written for July."""
    build_features(conditions, HOLIDAYS, folder, late_after_minutes=late_after_minutes)
    return pl.read_parquet(folder / "month=7" / "flights.parquet", hive_partitioning=False)


def test_features_of_one_flight(tmp_path: Path) -> None:
    [row] = _features(_conditions({}), tmp_path).to_dicts()

    assert row["minute_of_day"] == 6 * 60 + 30
    assert row["weekday"] == 2
    assert row["days_to_holiday"] == 2
    assert row["plane_age_years"] == 10
    assert row["departures_in_hour"] == 1
    assert row["late"] is False


def test_what_is_known_only_afterwards_is_no_feature(tmp_path: Path) -> None:
    assert "dep_delay" not in _features(_conditions({}), tmp_path).columns


def test_late_begins_one_minute_after_the_limit(tmp_path: Path) -> None:
    rows = [{"flight": number, "arr_delay": delay} for number, delay in enumerate((-5, 29, 30, 31))]

    assert _features(_conditions(*rows), tmp_path, late_after_minutes=30)["late"].to_list() == [False] * 3 + [True]


def test_departures_are_counted_for_each_airport_and_hour(tmp_path: Path) -> None:
    later = datetime.datetime(2013, 7, 2, 11, tzinfo=datetime.timezone.utc)
    rows: list[dict[str, Any]] = [
        {"flight": 1},
        {"flight": 2},
        {"flight": 3, "origin": "LGA"},
        {"flight": 4, "time_hour": later},
    ]

    assert _features(_conditions(*rows), tmp_path)["departures_in_hour"].to_list() == [2, 2, 1, 1]


def test_there_is_one_directory_for_each_month(tmp_path: Path) -> None:
    _features(_conditions({}, {"month": 11, "flight": 2}), tmp_path)

    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.parquet")) == [
        "month=11/flights.parquet",
        "month=7/flights.parquet",
    ]


def test_split_takes_later_months_for_the_test(tmp_path: Path) -> None:
    months = {month: datetime.datetime(2013, month, 2, 10, tzinfo=datetime.timezone.utc) for month in (11, 7, 9, 10)}
    _features(_conditions(*({"month": month, "time_hour": time} for month, time in months.items())), tmp_path)

    train, test = split(tmp_path, first_test_month=10)

    assert train["month"].to_pylist() == [7, 9]
    assert test["month"].to_pylist() == [10, 11]


@pytest.mark.parametrize(("month", "words"), [(7, "leaves 0 flights to learn"), (8, "and 0 to test with")])
def test_split_refuses_to_leave_a_part_empty(tmp_path: Path, month: int, words: str) -> None:
    _features(_conditions({}), tmp_path)

    with pytest.raises(ValueError, match=f"'first_test_month' is {month}.*{words}.*from 2 to 12"):
        split(tmp_path, first_test_month=month)
