"""Dates, times and moments: in text as the contract writes them, with time zones and without."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from validation_checks import broken, broken_by, of, report_of, write_lines
from wombat_tool.contracts.model import Bound, Family, Field, LogicalType, PhysicalType

DATE, TIME, TIMESTAMP = LogicalType.DATE, LogicalType.TIME, LogicalType.TIMESTAMP
UTC = datetime.timezone.utc
NOON = datetime.datetime(2024, 3, 1, 12)
VARCHAR = PhysicalType("varchar", Family.STRING)


def text_data(path: Path, format: str, texts: list[str]) -> Path:
    if format == "csv":
        return write_lines(path / "data", "x", *texts)
    return write_lines(path / "data", *({"x": text} for text in texts))


@pytest.mark.parametrize("format", ["csv", "jsonl"])
@pytest.mark.parametrize(
    ("kind", "right", "wrong"),
    [
        pytest.param(
            DATE,
            ["2024-02-29", "0001-01-01", "9999-12-31"],
            ["2023-02-29", "2024-2-9", "2024-02-29T00:00", "29.02.2024", "infinity", "20240229", "12024-01-01"],
            id="date",
        ),
        pytest.param(
            TIME,
            ["00:00", "23:59:59", "12:00:00.123456789", "12:00:00Z", "12:00:00+02:00"],
            ["24:00", "12", "12:60", "12:00:61", "1:00", "12:00 PM"],
            id="time",
        ),
        pytest.param(
            TIMESTAMP,
            ["2024-03-01T12:00:00", "2024-03-01 12:00", "2024-03-01", "2024-03-01T12:00:00.5Z", "2024-03-01T12:00:00+0530"],
            ["2024-03-01T24:00:00", "2024-03-01T12", "1709294400", "2024-03-01T12:00:00 Europe/Berlin", "now"],
            id="timestamp",
        ),
    ],
)
def test_text_of_iso_8601_is_read(
    kind: LogicalType, right: list[str], wrong: list[str], format: str, tmp_path: Path
) -> None:
    path = text_data(tmp_path, format, right + wrong)

    (found,) = report_of(path, format, of(Field("x", kind))).violations

    assert (found.rule, found.count) == ("logicalType", len(wrong))
    assert found.rows[0].row == len(right) + 1


@pytest.mark.parametrize("format", ["csv", "jsonl"])
@pytest.mark.parametrize(
    ("kind", "pattern", "right", "wrong"),
    [
        pytest.param(DATE, "dd.MM.yyyy", ["29.02.2024"], ["2024-02-29", "30.02.2024"], id="date"),
        pytest.param(TIMESTAMP, "yyyyMMdd HHmmss", ["20240229 235959"], ["2024-02-29T23:59:59"], id="timestamp"),
        pytest.param(TIMESTAMP, "yyyy-MM-dd'T'HH:mm:ssXXX", ["2024-02-29T12:00:00+01:00"], ["2024-02-29T12:00:00"], id="zone"),
        pytest.param(TIME, "HH'h'mm", ["12h30"], ["12:30", "25h00"], id="time"),
    ],
)
def test_text_in_the_format_of_the_contract_is_read(
    kind: LogicalType, pattern: str, right: list[str], wrong: list[str], format: str, tmp_path: Path
) -> None:
    path = text_data(tmp_path, format, right + wrong)

    (found,) = report_of(path, format, of(Field("x", kind, format=pattern))).violations

    assert (found.rule, found.count, found.expected) == ("logicalType", len(wrong), f"{kind.value} as {pattern}")


@pytest.mark.parametrize("format", ["csv", "jsonl"])
def test_text_in_a_format_is_compared_as_what_it_means(format: str, tmp_path: Path) -> None:
    path = text_data(tmp_path, format, ["31.01.2024", "01.02.2024", "15.06.2023"])
    field = Field("x", DATE, format="dd.MM.yyyy", minimum=Bound(datetime.date(2024, 2, 1)))

    assert broken(path, format, of(field)) == [("x", "minimum", 2)]


MARCH = datetime.date(2024, 3, 1)
DATES = [datetime.date(2024, 2, 29), MARCH, None]
TIMES = [datetime.time(11, 59, 59, 999999), datetime.time(12), datetime.time(12, 0, 0, 1)]


@pytest.mark.parametrize("format", ["parquet", "arrow", "csv"])
@pytest.mark.parametrize(
    ("field", "values", "type", "bad"),
    [
        pytest.param(Field("x", DATE, minimum=Bound(MARCH)), DATES, pa.date32(), [1], id="date"),
        pytest.param(Field("x", DATE, minimum=Bound(NOON)), DATES, pa.date32(), [1], id="date-and-moment"),
        pytest.param(Field("x", DATE, enum=(MARCH,)), DATES, pa.date32(), [1], id="date-enum"),
        pytest.param(Field("x", TIME, maximum=Bound(datetime.time(12))), TIMES, pa.time64("us"), [3], id="time"),
        pytest.param(
            Field("x", TIME, maximum=Bound(datetime.time(12), inclusive=False)), TIMES, pa.time64("us"), [2, 3], id="time-open"
        ),
        pytest.param(
            Field("x", TIMESTAMP, maximum=Bound(NOON)),
            [NOON, NOON + datetime.timedelta(microseconds=1), datetime.datetime(9999, 12, 31)],
            pa.timestamp("us"),
            [2, 3],
            id="microseconds",
        ),
        pytest.param(
            Field("x", TIMESTAMP, minimum=Bound(datetime.date(2024, 3, 2))),
            [NOON, datetime.datetime(2024, 3, 2)],
            pa.timestamp("s"),
            [1],
            id="seconds-and-date",
        ),
        pytest.param(
            Field("x", TIMESTAMP, maximum=Bound(NOON), minimum=Bound(datetime.datetime(1, 1, 1))),
            [NOON, NOON + datetime.timedelta(seconds=1)],
            pa.timestamp("ns"),
            [2],
            id="nanoseconds",
        ),
        pytest.param(
            Field("x", TIMESTAMP, maximum=Bound(datetime.datetime(9999, 12, 31))), [NOON], pa.timestamp("ns"), [], id="far"
        ),
    ],
)
def test_moments_are_compared(
    field: Field, values: list[Any], type: pa.DataType, bad: list[int], format: str, tmp_path: Path
) -> None:
    assert [rows for _, rows in broken_by(field, values, type, tmp_path, format)] == ([bad] if bad else [])


@pytest.mark.parametrize("format", ["parquet", "arrow"])
def test_a_nanosecond_makes_a_difference(format: str, tmp_path: Path) -> None:
    noon = 1_709_294_400 * 10**9

    found = broken_by(Field("x", TIMESTAMP, maximum=Bound(NOON)), [noon, noon + 1], pa.timestamp("ns"), tmp_path, format)

    assert found == [("maximum", [2])]


@pytest.mark.parametrize("format", ["parquet", "arrow", "csv", "jsonl"])
@pytest.mark.parametrize(
    ("bound", "zone", "bad"),
    [
        # The values are noon in UTC, an hour before, and an hour after.
        pytest.param(NOON.replace(tzinfo=UTC), None, [3], id="both-with-zone"),
        pytest.param(NOON, None, [3], id="bound-in-utc"),
        pytest.param(NOON, "Europe/Berlin", [1, 3], id="bound-in-berlin"),
        pytest.param(datetime.datetime.fromisoformat("2024-03-01T12:00+01:00"), None, [1, 3], id="bound-with-offset"),
    ],
)
def test_moments_with_a_zone_are_points_in_time(
    bound: datetime.datetime, zone: str | None, bad: list[int], format: str, tmp_path: Path
) -> None:
    values = [NOON.replace(tzinfo=UTC) + datetime.timedelta(hours=hours) for hours in (0, -1, 1)]
    field = Field("x", TIMESTAMP, maximum=Bound(bound), default_timezone=zone)

    assert broken_by(field, values, pa.timestamp("us", "America/New_York"), tmp_path, format) == [("maximum", bad)]


@pytest.mark.parametrize("format", ["parquet", "csv", "jsonl"])
@pytest.mark.parametrize(("zone", "bad"), [(None, [3]), ("Europe/Berlin", [])])
def test_moments_without_a_zone_are_in_the_one_that_the_contract_names(
    zone: str | None, bad: list[int], format: str, tmp_path: Path
) -> None:
    values = [NOON + datetime.timedelta(hours=hours) for hours in (0, -1, 1)]
    field = Field("x", TIMESTAMP, maximum=Bound(NOON.replace(tzinfo=UTC)), default_timezone=zone)

    found = broken_by(field, values, pa.timestamp("us"), tmp_path, format)

    assert [rows for _, rows in found] == ([bad] if bad else [])


@pytest.mark.parametrize("format", ["csv", "jsonl"])
@pytest.mark.parametrize(("wanted", "bad"), [(True, [1, 2]), (False, [3, 4, 5])])
def test_text_must_have_a_zone_or_must_not(wanted: bool, bad: list[int], format: str, tmp_path: Path) -> None:
    texts = ["2024-03-01T12:00:00", "2024-03-01", "2024-03-01T12:00Z", "2024-03-01T12:00:00.1-05", "2024-03-01 12:00+05:30"]
    path = text_data(tmp_path, format, texts)

    (found,) = report_of(path, format, of(Field("x", TIMESTAMP, with_timezone=wanted))).violations

    assert (found.rule, [one.row for one in found.rows]) == ("timezone", bad)


@pytest.mark.parametrize("format", ["parquet", "arrow"])
def test_typed_data_may_have_moments_as_text_where_the_contract_says_so(format: str, tmp_path: Path) -> None:
    field = Field("x", DATE, VARCHAR, format="dd.MM.yyyy", maximum=Bound(datetime.date(2024, 1, 1)))

    found = broken_by(field, ["31.12.2023", "02.01.2024", "x", None], None, tmp_path, format)

    assert found == [("logicalType", [3]), ("maximum", [2])]


def test_the_same_moment_in_two_zones_is_there_twice(tmp_path: Path) -> None:
    texts = ["2024-03-01T12:00:00Z", "2024-03-01T13:00:00+01:00", "2024-03-01T12:00:00.0000001Z", "x", "y"]
    path = text_data(tmp_path, "csv", texts)

    found = report_of(path, "csv", of(Field("x", TIMESTAMP, unique=True))).violations

    assert [(one.rule, one.count, one.rows[0].row) for one in found] == [("logicalType", 2, 4), ("unique", 1, 2)]
