"""Tests of the report."""

from __future__ import annotations

from typing import Any

import pytest

from flights.report import write_report

EVALUATION = {
    "flights": 82600,
    "share_late": 0.2213,
    "models": {
        "linear": {"auc": 0.6864, "log_loss": 0.4909, "brier": 0.1575},
        "trees": {"auc": 0.6984, "log_loss": 0.4843, "brier": 0.1558},
    },
}
CALIBRATION = [
    {"model": "linear", "group": 1, "flights": 41300, "foreseen": 0.11, "observed": 0.12},
    {"model": "trees", "group": 1, "flights": 41300, "foreseen": 0.085, "observed": 0.091},
]
CARRIERS = [{"carrier": "HA", "name": "Hawaiian | Airlines", "flights": 342, "share_late": 0.123}]
ROUTES = [{"origin": "JFK", "dest": "LAX", "flights": 11262, "cancelled": 66}]


def _report(calibration: list[dict[str, Any]] = CALIBRATION, routes: list[dict[str, Any]] = ROUTES) -> list[str]:
    return write_report(EVALUATION, calibration, CARRIERS, routes, late_after_minutes=15).splitlines()


@pytest.mark.parametrize(
    "line",
    [
        "# Which flights arrive late?",
        "Flights that left New York in 2013; late means more than 15 minutes after the time.",
        "| Gradient-boosted trees | 0.6984 | 0.4843 | 0.1558 |",
        "| 1 | 41,300 | 8.5 % | 9.1 % |",
        "| Hawaiian \\| Airlines | 342 | 12.3 % |",
        "| JFK | LAX | 11,262 | 66 |",
    ],
)
def test_the_report_has_the_line(line: str) -> None:
    assert line in _report()


def test_only_the_better_model_is_shown_in_detail() -> None:
    assert "## Foreseen and observed: gradient-boosted trees" in _report()
    assert "| 1 | 41,300 | 11.0 % | 12.0 % |" not in _report()


def test_numbers_that_come_as_text_read_the_same() -> None:
    as_text = [[{name: str(value) for name, value in row.items()} for row in rows] for rows in (CALIBRATION, ROUTES)]

    assert _report(*as_text) == _report()
