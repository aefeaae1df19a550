"""The table of columns in a preview, with what a profile knows of their values."""

from __future__ import annotations

from typing import Any

import pytest

from wombat_tool.preview.columns_table import ColumnFacts, Profile, column_lines, profile_lines
from wombat_tool.preview.mask import MARK
from wombat_tool.preview.width import display_width


def known(name: str, type: str = "string", **values: Any) -> dict[str, Any]:
    """The profile of a column."""
    empty = {"nulls": 0, "distinct": None, "min": None, "max": None, "quantiles": None, "top": None, "masked": False}
    return {"name": name, "type": type, **empty, **values}


def cells(profile: dict[str, Any], **options: Any) -> list[str]:
    """The cells of the only column, which is a name without blanks, of one profile."""
    lines = profile_lines(Profile((profile,), **{"rows": 100, **options}), 200)
    assert len(lines) == 3
    widths = [len(rule) for rule in lines[1].split("  ")]
    starts = [sum(widths[:i]) + 2 * i for i in range(len(widths))]
    return [lines[2][start : start + width].strip() for start, width in zip(starts, widths)]


def test_without_a_profile_there_are_types_and_missing_values() -> None:
    columns = [ColumnFacts("id", "int64", 0), ColumnFacts("name", "struct<first: string, last: string>", None)]

    assert column_lines(columns, Profile(), 60, rows=10) == [
        "column  type                                 nulls",
        "──────  ───────────────────────────────────  ─────",
        "id      int64                                    0",
        "name    struct<first: string, last: string>      ?",
    ]


def test_what_is_known_of_all_rows_goes_before_the_profile() -> None:
    columns = [ColumnFacts("a", "int64", 500), ColumnFacts("b", "int64", None)]
    profile = Profile((known("a", nulls=1), known("b", nulls=1)), rows=10, is_sample=True)

    lines = column_lines(columns, profile, 60, rows=1000)

    assert [line.split()[2:] for line in lines[2:]] == [["500", "(50", "%)"], ["10", "%"]]


@pytest.mark.parametrize(
    ("nulls", "options", "shown"),
    [
        pytest.param(0, {}, "0", id="none"),
        pytest.param(3, {}, "3 (3 %)", id="some"),
        pytest.param(3, {"rows": 1_000}, "3 (<1 %)", id="few"),
        pytest.param(1234, {"rows": 1234}, "1,234 (100 %)", id="all"),
        pytest.param(3, {"rows": None}, "3", id="of-unknown"),
        pytest.param(3, {"is_sample": True}, "3 %", id="of-a-sample"),
        pytest.param(0, {"is_sample": True}, "0", id="none-of-a-sample"),
    ],
)
def test_missing_values_have_their_share(nulls: int, options: dict[str, Any], shown: str) -> None:
    assert cells(known("a", nulls=nulls, min=1), **options)[2] == shown


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        pytest.param({"min": -1, "max": 2013}, ["-1", "2013"], id="integers"),
        pytest.param({"min": 0.1, "max": 123.4567890123}, ["0.1", "123.457"], id="floats"),
        pytest.param({"min": 1e-300, "max": 1e300}, ["1e-300", "1e+300"], id="large"),
        pytest.param({"min": "NaN", "max": "Infinity"}, ["NaN", "Infinity"], id="no-numbers"),
        pytest.param({"min": "x" * 30, "max": "\x1b"}, [f"{'x' * 19}…", "\\x1b"], id="text"),
        pytest.param({"min": False, "max": True}, ["false", "true"], id="truth"),
        pytest.param(
            {"min": "2013-01-01T10:00:00Z", "max": "2013-12-31T10:00:00Z"}, ["2013-01-01", "2013-12-31"], id="days"
        ),
        pytest.param(
            {"min": "2013-01-01T10:00:00", "max": "2013-01-01T11:00:00"},
            ["2013-01-01T10:00:00", "2013-01-01T11:00:00"],
            id="hours",
        ),
        pytest.param({"min": None, "max": None, "masked": True}, [MARK, MARK], id="masked"),
    ],
)
def test_the_ends_are_short(values: dict[str, Any], shown: list[str]) -> None:
    assert cells(known("a", **values))[3:] == shown


@pytest.mark.parametrize(
    ("values", "counted_rows", "shown"),
    [
        pytest.param({"quantiles": {"0.25": 1, "0.5": 2.5, "0.75": 1 / 3}}, None, "1 | 2.5 | 0.333333", id="quartiles"),
        pytest.param({"quantiles": {"0.25": 1, "0.5": 2, "0.75": 3}, "nan": 1234}, None, "1 | 2 | 3, 1,234 NaN", id="nan"),
        pytest.param({"top": [{"value": "a, b", "count": 5}, {"value": True, "count": 2}]}, 10, "a, b 50 %, true 20 %", id="top"),
        pytest.param({"top": [{"value": "a", "count": 5000}]}, None, "a 5,000", id="counts"),
        pytest.param({"top": [{"value": "a", "count": 5}, {"value": "b", "count": 1}]}, 1000, "a <1 %", id="rare"),
    ],
)  # fmt: skip
def test_typical_values_are_shown(values: dict[str, Any], counted_rows: int | None, shown: str) -> None:
    assert cells(known("a", **values), counted_rows=counted_rows)[-1] == shown


def test_values_that_are_all_different_are_not_typical() -> None:
    profile = known("a", distinct=2, top=[{"value": "x", "count": 1}, {"value": "y", "count": 1}])

    assert cells(profile) == ["a", "string", "0", "2"]


def test_columns_of_one_name_have_their_own_profiles() -> None:
    columns = [ColumnFacts("a", "int64", 0), ColumnFacts("a", "string", 0), ColumnFacts("a", "bool", 0)]

    lines = column_lines(columns, Profile((known("a", min=1), known("a", min="x"))), 60, rows=1)

    assert [line.split()[-1] for line in lines[2:]] == ["1", "x", "0"]


def test_a_profile_of_nothing_is_nothing() -> None:
    assert profile_lines(Profile(), 60) == []


@pytest.mark.parametrize("width", [20, 33, 60, 100])
def test_hundreds_of_columns_fit(width: int) -> None:
    names = [f"column_{i}_of_many" for i in range(120)]
    quantiles = {"0.25": "2013-01-02", "0.5": "2013-01-03", "0.75": "2013-01-04"}
    profile = Profile(tuple(known(name, "struct<a: int64, b: int64>", distinct=3, min=1, quantiles=quantiles) for name in names))

    lines = profile_lines(profile, width)

    assert all(display_width(line) <= width for line in lines)
    assert " ".join(lines[102:]) == "… and 20 more columns"
    assert lines[0].endswith("quartiles") is (width == 100)
