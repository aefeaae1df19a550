"""Tests of the benchmark of the goal `check`: its repository, how processes are counted, and what it prints."""

from __future__ import annotations

from pathlib import Path
from typing import List

import pytest

import contracts
from contractbench import report
from contractbench.checks import CHANGED, COLD, LIST, UNCHANGED, CheckOutcome, ChecksOutcome, processes_in
from contractbench.repository import changed_contract, contract_path, step_address, write_contracts
from dagbench.processes import CommandError, Usage


def outcome_of(*processes: int, wall_s: float = 0.5, verdict: str = "") -> ChecksOutcome:
    usage = Usage(wall_s=wall_s, cpu_s=0.25, daemon_peak_mib=400, others_cores=1.5)
    expected = zip((COLD, UNCHANGED, CHANGED, LIST), processes, (199, 0, 3, 0))
    return ChecksOutcome(100, tuple(CheckOutcome(name, usage, ran, must) for name, ran, must in expected), verdict)


def test_each_dataset_has_a_contract_and_each_but_the_first_a_step_with_a_need(tmp_path: Path) -> None:
    write_contracts(tmp_path, 150)

    files = sorted(tmp_path.rglob("*.odcs.yaml"))
    assert files == [contract_path(tmp_path, number) for number in range(150)]
    texts = [path.read_text() for path in files]
    assert len(set(texts)) == 150
    assert ["name: need" in text for text in texts] == [False] + [True] * 149
    build = (tmp_path / "part_001/BUILD").read_text()
    assert build.count("pipeline_step(") == 50
    assert 'inputs={"x0": "part_000:d_00099"}' in build
    assert 'expects={"x0": "d_00100.odcs.yaml#need"}' in build
    assert step_address(100) == "part_001:s_00100"


def test_a_changed_contract_differs_in_its_promise_alone() -> None:
    lines = changed_contract(7).splitlines()

    changed = changed_contract(7, most=999).splitlines()
    assert [new for old, new in zip(lines, changed) if old != new] == [
        "      - {name: amount, logicalType: number, required: true, logicalTypeOptions: {minimum: 0, maximum: 999}}"
    ]
    broken = changed_contract(7, required=False).splitlines()
    assert [line for line in broken if "name: amount" in line and "required: false" in line] == [
        "      - {name: amount, logicalType: number, required: false, logicalTypeOptions: {minimum: 0, maximum: 1000}}"
    ]


def test_processes_are_counted_by_what_pants_prints() -> None:
    log = "[INFO] Counters:\n  local_cache_requests: 5\n  local_execution_requests: 3\n  other: 1\n"

    assert processes_in(log) == 3
    assert processes_in("[INFO] Counters:\n  local_cache_requests: 5\n") == 0
    with pytest.raises(CommandError, match="no counts"):
        processes_in("something else")


def test_calls_are_told_with_what_they_read() -> None:
    lines = report.checks_text(outcome_of(199, 0, 3, 0)).splitlines()

    assert lines[0].split() == "processes expected wall s CPU s daemon MiB others".split()
    assert lines[1].split() == "first check 199 199 0.50 0.25 400 1.5".split()
    assert lines[4].split() == "pants list :: - - 0.50 0.25 400 1.5".split()
    assert len(lines) == 5


def test_what_is_wrong_with_checks_is_said_below_the_table() -> None:
    text = report.checks_text(outcome_of(199, 1, 3, 0, verdict="It found nothing."))

    assert text.splitlines()[-2:] == [
        "WRONG: nothing changed: 1 processes ran, but 0 had to.",
        "WRONG: It found nothing.",
    ]


def test_a_warm_check_has_to_end_within_three_seconds() -> None:
    def verdicts(wall_s: float) -> List[str]:
        lines = report.check_goals(outcome_of(199, 0, 3, 0, wall_s=wall_s)).splitlines()
        return [line.split()[-1] for line in lines[1:]]

    assert verdicts(2.9) == ["met", "met"]
    assert verdicts(3.1) == ["MISSED", "MISSED"]


def test_too_few_contracts_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        contracts.main(["--contracts", "2"])

    assert "--contracts must be at least 3, but was 2" in capsys.readouterr().err
