"""Tests of the comparison of airlines."""

from __future__ import annotations

import pandas as pd
import pytest

from flights.carriers import compare_carriers

NAMES = {"AA": "American", "BB": "Better", "CC": "Calm", "QQ": "Quit"}


def test_airlines_are_listed_the_most_punctual_first_and_by_code_when_equal() -> None:
    flights = pd.DataFrame({"carrier": ["AA", "AA", "BB", "CC", "BB"], "arr_delay": [16, 15, -3, 0, 2]})

    table = compare_carriers(flights, NAMES, late_after_minutes=15)

    assert table.to_dict("records") == [
        {"carrier": "BB", "name": "Better", "flights": 2, "share_late": 0.0},
        {"carrier": "CC", "name": "Calm", "flights": 1, "share_late": 0.0},
        {"carrier": "AA", "name": "American", "flights": 2, "share_late": 0.5},
    ]


def test_an_airline_without_a_name_is_refused() -> None:
    flights = pd.DataFrame({"carrier": ["AA", "YY", "XX"], "arr_delay": [1, 1, 1]})

    with pytest.raises(ValueError, match="The airlines XX, YY have flights but no name"):
        compare_carriers(flights, NAMES, late_after_minutes=15)
