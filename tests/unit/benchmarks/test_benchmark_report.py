"""Tests of what the benchmark prints, and of its command line."""

from __future__ import annotations

import os
import shutil

import pytest

import dag
from dagbench import report
from dagbench.large import LargeOutcome
from dagbench.overhead import Overhead
from dagbench.processes import CommandError, Usage
from dagbench.scale import CALLS, ScaleOutcome
from dagbench.scenarios import BARE, SCENARIOS, GraphOutcome, Outcome


def outcome_of(ran: tuple[int, ...], expected: tuple[int, ...], wrong: str = "") -> GraphOutcome:
    bare = Outcome(BARE, Usage(wall_s=10, cpu_s=20, client_peak_mib=11, step_peak_mib=9), 1000, 1000)
    outcomes = [
        Outcome(name, Usage(wall_s=5, cpu_s=31, client_peak_mib=4, daemon_peak_mib=400), a, b, wrong)
        for name, a, b in zip(SCENARIOS, ran, expected)
    ]
    return GraphOutcome((bare, *outcomes), Usage(1.5, 2.5), Usage(0.25, 0.5))


def test_a_graphs_table_has_a_line_for_each_scenario_with_its_ratio_to_the_bare_script() -> None:
    text = report.graph_text(outcome_of((1000, 0, 210, 0, 0, 1), (1000, 0, 210, 0, 0, 1)))

    lines = text.splitlines()
    assert lines[0].split() == [
        *("ran", "expected", "data", "wall", "s", "CPU", "s", "x", "wall", "x", "CPU"),
        *("daemon", "MiB", "client", "MiB", "step", "MiB", "others"),
    ]
    assert lines[1].split() == "bare script 1000 1000 right 10.00 20.00 1.00 1.00 - 11 9 0.0".split()
    assert lines[4].split() == "one input changed 210 210 right 5.00 31.00 0.50 1.55 400 4 - 0.0".split()
    assert lines[8] == (
        "Not in the table: daemon's start 1.50 s wall, 2.50 s CPU; "
        "final datasets to dist/ after deletion 0.25 s wall, 0.50 s CPU."
    )
    assert len(lines) == 9


def test_what_is_wrong_is_said_below_the_table() -> None:
    text = report.graph_text(outcome_of((1000, 1, 210, 0, 0, 1), (1000, 0, 210, 0, 0, 1), wrong="it differs"))

    assert "WRONG: nothing changed: 1 steps ran, but 0 had to." in text
    assert "WRONG: white space only: it differs." in text


def test_counts_are_told_in_one_line() -> None:
    outcome = outcome_of((1000, 0, 210, 0, 0, 1), (1000, 0, 210, 0, 0, 1))

    assert report.summary_line(outcome) == "1000 / 0 / 210 / 0 / 0 / 1"


def test_goals_are_met_or_missed() -> None:
    lines = report.graph_goals(outcome_of((0,) * 6, (0,) * 6)).splitlines()

    assert [line.split()[-1] for line in lines[1:]] == ["met", "MISSED", "MISSED", "MISSED"]


def test_overhead_is_what_the_code_itself_does_not_take() -> None:
    outcome = Overhead(0.09, 0.05, 0.08, 0.03, 0.02, 0.001, 0.5, 0.2)

    text = report.overhead_text(outcome)
    assert "a step in Wombat                                  90.0    50.0" in text
    assert text.splitlines()[-1].split() == "a step over the call of its code, ms 89.00 100.00 met".split()


def test_large_data_is_compared_with_the_first_way_and_with_the_bare_script() -> None:
    usages = (
        ("cp, three times", Usage(1, 1)),
        ("bare script", Usage(2, 4)),
        ("first run", Usage(6, 5)),
        ("nothing changed", Usage(0.5, 0.1)),
    )

    text = report.large_text(LargeOutcome(10**9, (1.0, 2.0, 3.0), usages))
    assert "Largest dataset 1000 MB. Ratios (x) are to: cp, three times." in text
    assert "First run to bare script: 3.00 wall, 1.25 CPU." in text
    assert "Seconds of the three steps' processes: 1.00, 2.00, 3.00." in text


def test_scale_is_judged_by_the_cost_of_a_step() -> None:
    def outcome(steps: int, wall_s: float) -> ScaleOutcome:
        return ScaleOutcome(steps, 3 * steps, tuple(Usage(wall_s, wall_s) for _ in CALLS))

    met = report.scale_text([outcome(1000, 1), outcome(10000, 19)])
    missed = report.scale_text([outcome(1000, 1), outcome(10000, 21)])
    assert met.splitlines()[-1].split() == "largest ratio a step 1.90 2.00 met".split()
    assert missed.splitlines()[-1].split()[-1] == "MISSED"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(["--steps", "15"], "multiple of 10", id="no-whole-layers"),
        pytest.param(["--reps", "0"], "--reps must be at least 1, but was 0", id="no-repetition"),
        pytest.param(["--shape", "ring"], "invalid choice: 'ring'", id="unknown-shape"),
        pytest.param(["--shape", "none"], "nothing to measure", id="nothing"),
    ],
)
def test_a_wrong_command_line_is_refused(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        dag.main(arguments)

    assert message in capsys.readouterr().err


def test_a_scratch_directory_is_removed_with_what_is_read_only_in_it() -> None:
    with dag.scratch(keep=False) as path:
        (path / "shared").mkdir()
        (path / "shared" / "file").touch()
        os.chmod(path / "shared", 0o500)

    assert not path.exists()


def test_a_scratch_directory_can_be_kept(capsys: pytest.CaptureFixture[str]) -> None:
    with dag.scratch(keep=True) as path:
        pass

    assert f"kept {path}" in capsys.readouterr().err
    shutil.rmtree(path)


def test_too_small_a_disk_is_refused() -> None:
    message = r"GB free, but 1000000\.0 GB are needed\. Name another directory"

    with pytest.raises(CommandError, match=message), dag.scratch(keep=False, needed_bytes=10**15):
        pass
