"""Tests of the benchmark of validation: its data, its contract, verdicts, figures and command line."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Any, Dict, List

import pytest

import validation
from contractbench import environments, report
from contractbench.engines import DUCKDB, ENGINES, PANDERA, POINTBLANK, WOMBAT, Use, median_use, run_measured
from contractbench.generate import GROUP_ROWS, group, spoil
from contractbench.rules import KINDS, LEAST, MOST, PATTERN, RULES, contract_text, violated
from dagbench.processes import CommandError

on_linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the benchmark reads /proc")


def report_of(*rules: str, **changed: Any) -> Dict[str, Any]:
    document: Dict[str, Any] = {
        "problem": None,
        "rules": {"not_checked": []},
        "violations": [{"rule": rule} for rule in rules],
    }
    return {**document, **changed}


def lists_of(number: int, rows: int, ids: str) -> Dict[str, List[Any]]:
    return {name: column.to_pylist() for name, column in group(number, rows, ids).items()}


@pytest.mark.parametrize("ids", validation.IDS)
def test_generated_rows_keep_all_rules_and_are_the_same_each_time(ids: str) -> None:
    rows = lists_of(3, 2000, ids)

    assert rows == lists_of(3, 2000, ids)
    assert rows["code"] != lists_of(4, 2000, ids)["code"]
    assert all(re.search(PATTERN, code) for code in rows["code"])
    assert set(rows["kind"]) == set(KINDS)
    assert all(LEAST <= amount <= MOST for amount in rows["amount"])
    assert all(lo < hi for lo, hi in zip(rows["lo"], rows["hi"]))


@pytest.mark.parametrize("ids", validation.IDS)
def test_generated_numbers_are_unique_also_across_groups(ids: str) -> None:
    numbers = [*group(0, GROUP_ROWS, ids)["id"].to_pylist(), *group(1, 1000, ids)["id"].to_pylist()]

    assert len(set(numbers)) == len(numbers) == GROUP_ROWS + 1000
    assert min(numbers) >= 0
    assert (max(numbers) < len(numbers)) == (ids == "dense")


def test_spoilt_rows_break_each_rule() -> None:
    rows = {name: column.to_pylist() for name, column in spoil(group(0, 1000, "dense")).items()}

    assert None in rows["code"]
    assert [code for code in rows["code"] if code is not None and not re.search(PATTERN, code)] == ["AB 12", "xAB-12"]
    assert set(rows["kind"]) - set(KINDS) == {"lost"}
    assert [amount for amount in rows["amount"] if not LEAST <= amount <= MOST] == [-0.5, 1000.5]
    assert sum(lo >= hi for lo, hi in zip(rows["lo"], rows["hi"])) == 1
    assert len(set(rows["id"])) == 999


def test_the_contract_has_the_rules_that_are_measured() -> None:
    text = contract_text()

    assert f"pattern: '{PATTERN}'" in text
    assert "validValues: [new, open, closed, gone]" in text
    assert "minimum: 0.0, maximum: 1000.0" in text
    assert "FROM {object} WHERE NOT (lo < hi)" in text
    assert text.count("required: true") == 6
    assert text.count("unique: true") == 1


def test_a_report_is_read_as_the_rules_that_it_finds_violated() -> None:
    found = report_of("unique", "order", "maximum", "minimum", "required", "pattern", "invalidValues")

    assert violated(found) == list(RULES)
    assert violated(report_of()) == []


@pytest.mark.parametrize(
    ("document", "message"),
    [
        pytest.param(report_of(problem={"kind": "DataError", "message": "no such file"}), "no such file", id="unread"),
        pytest.param(report_of(rules={"not_checked": ["order"]}), "not checked.*order", id="not-checked"),
        pytest.param(report_of("logicalType"), "does not have: logicalType", id="another-rule"),
    ],
)
def test_a_report_that_is_no_verdict_is_refused(document: Dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        violated(document)


@on_linux
def test_a_process_is_measured_with_its_output(tmp_path: Path) -> None:
    code = "data = b'x' * 200_000_000\nimport time\nwhile time.process_time() < 0.3: pass\nprint('done')"

    use, out = run_measured([sys.executable, "-c", code], directory=tmp_path, environment=os.environ)
    assert out == b"done\n"
    assert use.cpu_s >= 0.3
    assert use.wall_s >= 0.3
    assert use.peak_mb >= 200


@on_linux
def test_a_process_that_fails_is_an_error_with_what_it_printed(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"(?s)exit code 3.*it broke"):
        run_measured(["sh", "-c", "echo it broke >&2; exit 3"], directory=tmp_path, environment=os.environ)


def test_no_suitable_python_is_an_error_that_says_which(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "none"))

    with pytest.raises(CommandError, match=r"No Python of 3\.11 or newer"):
        environments.find_python()


def test_engines_are_compared_with_pandera() -> None:
    uses = {engine: Use(4.0, 3.0, 800.0, 0.5) for engine in ENGINES}
    uses[WOMBAT] = median_use([Use(2.0, 1.5, 300.0, 0.1), Use(9.0, 9.0, 900.0, 0.9), Use(1.0, 1.0, 200.0, 0.0)])

    lines = report.engines_text(uses).splitlines()
    assert [line.split("  ")[0] for line in lines[1:]] == [WOMBAT, PANDERA, DUCKDB, POINTBLANK]
    assert lines[1].split() == "wombat_tool 2.00 1.50 300 0.50 0.50 0.38 0.1".split()
    assert lines[2].split() == "pandera on polars 4.00 3.00 800 1.00 1.00 1.00 0.5".split()


def test_goals_of_validation_are_met_or_missed() -> None:
    uses = {engine: Use(4.0, 3.0, 800.0, 0.5) for engine in ENGINES}
    slow, met = {**uses, WOMBAT: Use(5.0, 2.0, 510.0, 0.0)}, {**uses, WOMBAT: Use(4.0, 3.0, 300.0, 0.0)}

    def verdicts(text: str) -> List[str]:
        return [line.split()[-1] for line in text.splitlines()[1:]]

    assert verdicts(report.engine_goals(slow, None)) == ["MISSED", "met", "MISSED"]
    assert verdicts(report.engine_goals(met, Use(40.0, 30.0, 320.0, 0.0))) == ["met"] * 5
    assert verdicts(report.engine_goals(met, Use(40.0, 30.0, 340.0, 0.0)))[-1] == "MISSED"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(["--rows", "0"], "--rows must be at least 1, but was 0", id="no-rows"),
        pytest.param(["--large-rows", "-1"], "--large-rows must be at least 0, but was -1", id="less-than-none"),
        pytest.param(["--reps", "0"], "--reps must be at least 1, but was 0", id="no-repetition"),
        pytest.param(["--ids", "random"], "invalid choice: 'random'", id="unknown-ids"),
    ],
)
def test_a_wrong_command_line_is_refused(arguments: List[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        validation.main(arguments)

    assert message in capsys.readouterr().err
