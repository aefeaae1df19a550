"""Makes a gapless series of hours out of the observations of the weather."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
from wombat_step import log_metrics, step

MEASURES = ["temp", "dewp", "humid", "wind_dir", "wind_speed", "precip", "pressure", "visib"]
WEATHER = pa.schema(
    [
        pa.field("origin", pa.string()),
        pa.field("time_hour", pa.timestamp("us", tz="UTC")),
        *(pa.field(name, pa.float32()) for name in MEASURES),
    ]
)
"""In the units of the source: degrees Fahrenheit, miles an hour, inches, millibars, miles."""


@step
def clean_weather(weather: pd.DataFrame, *, max_wind_speed_mph: float, max_gap_hours: int) -> pa.Table:
    """Return one row for each airport and hour, in that order.

    :param max_wind_speed_mph: a higher speed is taken for a broken sensor and dropped.
    :param max_gap_hours: so many hours without a value take the last one before; a longer gap stays open after them.
    """
    frame = weather[["origin", "time_hour", *MEASURES]].copy()
    frame["time_hour"] = pd.to_datetime(frame["time_hour"], utc=True)
    frame[MEASURES] = frame[MEASURES].apply(pd.to_numeric, errors="coerce")
    broken = frame["wind_speed"] > max_wind_speed_mph
    frame.loc[broken, "wind_speed"] = None
    hourly = pd.concat(
        [_hourly(rows, str(origin), max_gap_hours) for origin, rows in frame.groupby("origin", sort=True)],
        ignore_index=True,
    )
    log_metrics(hours_added=len(hourly) - len(frame), wind_speeds_dropped=int(broken.sum()))
    return pa.Table.from_pandas(hourly, schema=WEATHER, preserve_index=False)


def _hourly(rows: pd.DataFrame, origin: str, max_gap_hours: int) -> pd.DataFrame:
    """The rows of one airport on every full hour from its first to its last observation."""
    observed = rows.drop_duplicates("time_hour", keep="last").set_index("time_hour")[MEASURES].sort_index()
    hours = pd.date_range(observed.index[0], observed.index[-1], freq="h", name="time_hour")
    filled = observed.reindex(hours).ffill(limit=max_gap_hours).reset_index()
    filled.insert(0, "origin", origin)
    return filled
