"""Turns flights into what a model can learn from, and parts them for learning and for testing."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset
from wombat_step import OutputPath, log_metrics, step

from flights.join import ORDER

YEAR = 2013


@step
def build_features(
    conditions: pl.LazyFrame, holidays: pl.DataFrame, features: OutputPath, *, late_after_minutes: int
) -> None:
    """Write one Parquet file for each month into the directory `features`, as `month=7/flights.parquet`.

    :param late_after_minutes: a flight that arrives more minutes than this after its time counts as late.
    """
    days = holidays["date"].cast(pl.String).str.to_date("%Y-%m-%d").to_list()
    date = pl.date(YEAR, pl.col("month"), pl.col("day"))
    frame = (
        conditions.with_columns(
            (pl.col("arr_delay") > late_after_minutes).alias("late"),
            (pl.col("hour").cast(pl.Int16) * 60 + pl.col("minute")).alias("minute_of_day"),
            date.dt.weekday().alias("weekday"),
            pl.min_horizontal([(date - pl.lit(day)).dt.total_days().abs() for day in days])
            .cast(pl.Int16)
            .alias("days_to_holiday"),
            pl.len().over("origin", "time_hour").cast(pl.Int16).alias("departures_in_hour"),
            (YEAR - pl.col("plane_year")).alias("plane_age_years"),
        )
        .drop("day", "hour", "minute", "dep_delay", "plane_year")
        .collect()
    )
    for month in sorted(frame["month"].unique()):
        part = features / f"month={month}"
        part.mkdir(parents=True)
        frame.filter(pl.col("month") == month).drop("month").rechunk().write_parquet(part / "flights.parquet")
    log_metrics(flights=frame.height, share_late=round(frame["late"].sum() / frame.height, 4))


@step
def split(features: Path, *, first_test_month: int) -> tuple[pa.Table, pa.Table]:
    """Return the flights to learn from and, from a month on, those to test with: nothing is learnt from the future.

    :raises ValueError: if either part would be empty.
    """
    months = pyarrow.dataset.dataset(features, format="parquet", partitioning="hive")
    is_test = pc.field("month") >= first_test_month
    order = [(name, "ascending") for name in ORDER]
    train, test = (months.to_table(filter=condition).sort_by(order) for condition in (~is_test, is_test))
    if not train.num_rows or not test.num_rows:
        raise ValueError(
            f"The parameter 'first_test_month' is {first_test_month}, which leaves {train.num_rows} flights to learn "
            f"from and {test.num_rows} to test with. Choose a month from 2 to 12."
        )
    log_metrics(train_flights=train.num_rows, test_flights=test.num_rows)
    return train, test
