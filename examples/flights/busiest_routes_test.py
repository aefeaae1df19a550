"""Tests of the step that is a shell script, by the environment variables that it is handed."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

SCRIPT = Path(__file__).with_name("busiest_routes.sh")
FLIGHTS = """\
dep_time,origin,carrier,dest
517,EWR,UA,IAH
NA,JFK,B6,LAX
533,JFK,UA,LAX
600,LGA,AA,ORD
NA,EWR,AA,ORD
"""


def _run(folder: Path, flights: str, top: int) -> subprocess.CompletedProcess[str]:
    source = folder / "the flights.csv"
    source.write_text(flights)
    return subprocess.run(
        [str(SCRIPT)],
        env={
            "PATH": os.defpath,
            "WOMBAT_INPUT_FLIGHTS": str(source),
            "WOMBAT_OUTPUT_BUSIEST_ROUTES": str(folder / "the routes.csv"),
            "WOMBAT_PARAM_TOP": str(top),
        },
        capture_output=True,
        text=True,
    )


def test_the_busiest_routes_come_first_and_equal_ones_in_order(tmp_path: Path) -> None:
    result = _run(tmp_path, FLIGHTS, top=3)

    assert (result.returncode, result.stderr) == (0, "")
    assert (tmp_path / "the routes.csv").read_text() == (
        "origin,dest,flights,cancelled\nJFK,LAX,2,1\nEWR,IAH,1,0\nEWR,ORD,1,1\n"
    )


def test_no_flights_give_no_routes(tmp_path: Path) -> None:
    assert _run(tmp_path, "dep_time,origin,dest\n", top=3).returncode == 0
    assert (tmp_path / "the routes.csv").read_text() == "origin,dest,flights,cancelled\n"


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    result = _run(tmp_path, "origin,dest\nEWR,IAH\n", top=3)

    assert result.returncode != 0
    assert "the flights.csv: the columns origin, dest and dep_time are needed" in result.stderr
