"""Names of physical types, and patterns of dates."""

from __future__ import annotations

import datetime
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wombat_tool.contracts.date_patterns import (
    has_date,
    has_time_of_day,
    java_pattern_to_strptime,
    parse_by_pattern,
    unsupported_part,
)
from wombat_tool.contracts.model import Family, PhysicalType
from wombat_tool.contracts.physical_types import parse_physical_type

INTEGER, FLOAT, DECIMAL, STRING = Family.INTEGER, Family.FLOAT, Family.DECIMAL, Family.STRING
BINARY, TIME, TIMESTAMP, LIST = Family.BINARY, Family.TIME, Family.TIMESTAMP, Family.LIST


@pytest.mark.parametrize(
    ("text", "family", "parts"),
    [
        # SQL
        ("varchar(18)", STRING, {"max_length": 18}),
        ("VARCHAR (18)", STRING, {"max_length": 18}),
        ("character varying(20)", STRING, {"max_length": 20}),
        ("varchar(10) NOT NULL", STRING, {"max_length": 10}),
        ("varchar(10) collate utf8_bin", STRING, {"max_length": 10}),
        ("nvarchar(max)", STRING, {}),
        ("varchar2(10 BYTE)", STRING, {"max_length": 10}),
        ("char", STRING, {"max_length": 1}),
        ("char(3)", STRING, {"max_length": 3}),
        ("text", STRING, {}),
        ("STRING", STRING, {}),
        ("enum('a','b')", STRING, {}),
        ("uuid", STRING, {}),
        ("int", INTEGER, {"bits": 32}),
        ("INT UNSIGNED", INTEGER, {"bits": 32, "is_signed": False}),
        ("bigint(20) unsigned", INTEGER, {"bits": 64, "is_signed": False}),
        ("int(11)", INTEGER, {"bits": 32}),
        ("smallint", INTEGER, {"bits": 16}),
        ("TINYINT", INTEGER, {"bits": 8}),
        ("HUGEINT", INTEGER, {"bits": 128}),
        ("serial", INTEGER, {"bits": 32}),
        ("decimal", DECIMAL, {}),
        ("DECIMAL(10,2)", DECIMAL, {"precision": 10, "scale": 2}),
        ("numeric(5)", DECIMAL, {"precision": 5, "scale": 0}),
        ("NUMBER(38, 0)", DECIMAL, {"precision": 38, "scale": 0}),
        ("money", DECIMAL, {"precision": 19, "scale": 4}),
        ("float", FLOAT, {}),
        ("float(24)", FLOAT, {"bits": 32}),
        ("float(53)", FLOAT, {"bits": 64}),
        ("double precision", FLOAT, {"bits": 64}),
        ("boolean", Family.BOOLEAN, {}),
        ("bit", Family.BOOLEAN, {}),
        ("bytea", BINARY, {}),
        ("varbinary(16)", BINARY, {}),
        ("date", Family.DATE, {}),
        ("time(3)", TIME, {"with_timezone": False}),
        ("time without time zone", TIME, {"with_timezone": False}),
        ("timestamp", TIMESTAMP, {}),
        ("timestamp(6) with time zone", TIMESTAMP, {"with_timezone": True}),
        ("timestamp with local time zone", TIMESTAMP, {"with_timezone": True}),
        ("TIMESTAMP_NTZ(9)", TIMESTAMP, {"with_timezone": False}),
        ("timestamptz", TIMESTAMP, {"with_timezone": True}),
        ("datetime2(7)", TIMESTAMP, {"with_timezone": False}),
        ("datetimeoffset", TIMESTAMP, {"with_timezone": True}),
        ("integer[]", LIST, {}),
        ("varchar(10)[3]", LIST, {}),
        ("integer array", LIST, {}),
        ("ARRAY<STRING>", LIST, {}),
        ("STRUCT<a: INT, b: STRING>", Family.STRUCT, {}),
        ("ROW(a int)", Family.STRUCT, {}),
        ("MAP<STRING, ARRAY<DOUBLE>>", Family.MAP, {}),
        ("vector(1536)", LIST, {}),
        # Arrow and Parquet
        ("timestamp[us]", TIMESTAMP, {"with_timezone": False}),
        ("timestamp[us, tz=UTC]", TIMESTAMP, {"with_timezone": True}),
        ("decimal128(10, 2)", DECIMAL, {"precision": 10, "scale": 2}),
        ("large_string", STRING, {}),
        ("list<item: string>", LIST, {}),
        ("fixed_size_list<item: float>[3]", LIST, {}),
        ("fixed_size_binary[16]", BINARY, {}),
        ("dictionary<values=string, indices=int32, ordered=0>", STRING, {}),
        ("int64 not null", INTEGER, {"bits": 64}),
        ("uint8", INTEGER, {"bits": 8, "is_signed": False}),
        ("halffloat", FLOAT, {"bits": 16}),
        ("date32[day]", Family.DATE, {}),
        ("time64[us]", TIME, {"with_timezone": False}),
        ("INT96", TIMESTAMP, {}),
        # pandas, numpy, polars, Spark and others
        ("datetime64[ns]", TIMESTAMP, {"with_timezone": False}),
        ("datetime64[ns, UTC]", TIMESTAMP, {"with_timezone": True}),
        ("Datetime(time_unit='us', time_zone=None)", TIMESTAMP, {"with_timezone": False}),
        ("Datetime(time_unit='us', time_zone='UTC')", TIMESTAMP, {"with_timezone": True}),
        ("Datetime[μs]", TIMESTAMP, {"with_timezone": False}),
        ("Decimal(precision=10, scale=2)", DECIMAL, {"precision": 10, "scale": 2}),
        ("pl.Int64", INTEGER, {"bits": 64}),
        ("np.float32", FLOAT, {"bits": 32}),
        ("string[pyarrow]", STRING, {}),
        ("<i8", INTEGER, {"bits": 64}),
        ("<U5", STRING, {"max_length": 5}),
        ("<M8[ns]", TIMESTAMP, {"with_timezone": False}),
        ("DecimalType(10,2)", DECIMAL, {"precision": 10, "scale": 2}),
        ("StringType()", STRING, {}),
        ("Nullable(Int64)", INTEGER, {"bits": 64}),
        ("DateTime64(3, 'UTC')", TIMESTAMP, {"with_timezone": True}),
    ],
)
def test_a_physical_type_is_read(text: str, family: Family, parts: dict[str, Any]) -> None:
    assert parse_physical_type(text) == PhysicalType(text, family, **parts)


@pytest.mark.parametrize("text", ["", "(", "json", "frob(3)", "bit(8)", "interval", "object", "int(", "varchar)", "a<b"])
def test_what_is_not_known_is_no_type(text: str) -> None:
    assert parse_physical_type(text) is None


@pytest.mark.parametrize(
    ("text", "dialect", "parts"),
    [
        ("INTEGER", "bigquery", {"family": INTEGER, "bits": 64}),
        ("INT", "snowflake", {"family": INTEGER}),
        ("NUMBER", "snowflake", {"family": DECIMAL, "precision": 38, "scale": 0}),
        ("NUMBER(10, 2)", "snowflake", {"family": DECIMAL, "precision": 10, "scale": 2}),
        ("NUMBER", "oracle", {"family": DECIMAL}),
        ("DATE", "oracle", {"family": TIMESTAMP, "with_timezone": False}),
        ("int8", "postgres", {"family": INTEGER, "bits": 64}),
        ("int8", None, {"family": INTEGER}),
        ("timestamp", "postgres", {"family": TIMESTAMP, "with_timezone": False}),
        ("timestamp", "Databricks", {"family": TIMESTAMP, "with_timezone": True}),
        ("float", "databricks", {"family": FLOAT, "bits": 32}),
        ("float", "sqlserver", {"family": FLOAT, "bits": 64}),
        ("tinyint", "sqlserver", {"family": INTEGER, "bits": 8, "is_signed": False}),
        ("int", "kafka", {"family": INTEGER, "bits": 32}),
    ],
)
def test_the_dialect_tells_what_a_name_means(text: str, dialect: str | None, parts: dict[str, Any]) -> None:
    assert parse_physical_type(text, dialect=dialect) == PhysicalType(text, **parts)


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.text(max_size=40), st.text("varchint(<[,)>]0 19='unsigned", max_size=30)))
def test_any_text_is_a_type_or_none(text: str) -> None:
    parsed = parse_physical_type(text)

    assert parsed is None or parsed.text == text


def test_a_very_long_type_takes_no_time() -> None:
    assert parse_physical_type("struct<" + "a: int, " * 100_000 + "b: int>") is not None
    assert parse_physical_type("(" * 100_000) is None


MOMENT = datetime.datetime(2024, 3, 9, 14, 5, 7, 123456)


@pytest.mark.parametrize(
    ("pattern", "strptime", "text"),
    [
        ("yyyy-MM-dd", "%Y-%m-%d", "2024-03-09"),
        ("uuuu/M/d", "%Y/%-m/%-d", "2024/3/9"),
        ("dd.MM.yy", "%d.%m.%y", "09.03.24"),
        ("yyyy-MM-dd'T'HH:mm:ss", "%Y-%m-%dT%H:%M:%S", "2024-03-09T14:05:07"),
        ("yyyy-MM-ddTHH:mm:ss.SSSSSS", "%Y-%m-%dT%H:%M:%S.%f", "2024-03-09T14:05:07.123456"),
        ("yyyyMMddHHmmss", "%Y%m%d%H%M%S", "20240309140507"),
        ("d MMMM yyyy, h:mm a", "%-d %B %Y, %-I:%M %p", "9 March 2024, 2:05 PM"),
        ("d MMM yyyy 'o''clock' 100%", "%-d %b %Y o'clock 100%%", "9 Mar 2024 o'clock 100%"),
        ("yyyy-DDD", "%Y-%j", "2024-069"),
        ("EEE, d MMM yyyy", "%a, %-d %b %Y", "Sat, 9 Mar 2024"),
    ],
)
def test_a_pattern_of_java_is_one_of_duckdb_and_of_python(pattern: str, strptime: str, text: str) -> None:
    assert java_pattern_to_strptime(pattern) == strptime
    assert unsupported_part(pattern) is None
    parsed = duckdb.execute("SELECT strptime($text, $pattern)", {"text": text, "pattern": strptime}).fetchone()
    assert parsed is not None and parse_by_pattern(text, pattern) == parsed[0]
    assert parsed[0].date() == MOMENT.date()


@pytest.mark.parametrize("letters", ["X", "XXX", "Z", "xxx"])
@pytest.mark.parametrize("offset", ["+02:00", "+0200"])
def test_offsets_are_read_in_all_their_forms(letters: str, offset: str) -> None:
    strptime = java_pattern_to_strptime(f"yyyy-MM-dd HH:mm{letters}")

    text = f"2024-03-09 14:05{offset}"
    parsed = duckdb.execute("SELECT strptime($text, $pattern)::VARCHAR", {"text": text, "pattern": strptime}).fetchone()
    assert parsed == ("2024-03-09 12:05:00+00",)


@pytest.mark.parametrize(
    ("pattern", "problem"),
    [
        ("YYYY-MM-dd", "YYYY is the year of a week; write yyyy for the year of a date"),
        ("yyyy-MM-DD", "DD is the day of a year; write dd for the day of a month"),
        ("yyyy-MM-dd[ HH:mm]", "[ is not known here"),
        ("iso8601", "i is not known here"),
        ("SSSS", "SSSS is not known here"),
        ("", "it is empty"),
    ],
)
def test_what_has_no_counterpart_is_named(pattern: str, problem: str) -> None:
    assert java_pattern_to_strptime(pattern) is None
    assert unsupported_part(pattern) == problem


def test_patterns_say_whether_they_tell_dates_and_times() -> None:
    patterns = ("yyyy-MM-dd", "HH:mm", "yyyy-MM-dd HH:mm", "'HH'")

    assert [has_date(pattern) for pattern in patterns] == [True, False, True, False]
    assert [has_time_of_day(pattern) for pattern in patterns] == [False, True, True, False]


def test_text_that_is_not_in_the_pattern_means_nothing() -> None:
    assert parse_by_pattern("2024-13-01", "yyyy-MM-dd") is None
    assert parse_by_pattern("2024-01-01", "YYYY") is None
    assert parse_by_pattern("2024 2024", "yyyy yyyy") is None


@settings(max_examples=200, deadline=None)
@given(st.text("yMdHhmsSaZX'T[] -:%äQ", max_size=15), st.text("0123456789-:T ", max_size=10))
def test_any_pattern_is_read_or_told(pattern: str, text: str) -> None:
    strptime = java_pattern_to_strptime(pattern)

    assert (strptime is None) == (unsupported_part(pattern) is not None)
    assert parse_by_pattern(text, pattern) is None or strptime is not None
    if strptime is not None:
        # It is a pattern to DuckDB, whatever it makes of the text.
        duckdb.execute("SELECT try_strptime($text, $pattern)::VARCHAR", {"text": text, "pattern": strptime}).fetchone()
