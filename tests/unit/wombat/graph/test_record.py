"""The run record: what a run did, once each."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from builders import count_calls, dataset_run, run_facts, step_key, step_run, validation_report, violation
from wombat.graph.record import DatasetRun, StepRun, run_record, validation_record


def test_the_record_of_a_run() -> None:
    step = step_run(metrics=(("auc", 0.71), ("rows", 3)), versions=(("pyarrow", "21.0.0"), ("python", "3.9.18")))
    source = DatasetRun("etl:raw", "csv", "ok", version="11" * 32, size_bytes=17)
    made = dataset_run(columns=(("year", "int64"), ("carrier", "string")))

    record = run_record(run_facts(overrides=("clean.limit=10",)), [step], [source, made])

    (name,) = record["code"]
    assert record == {
        "version": 1,
        "id": "20260102T030405.000006Z-7",
        "started": "2026-01-02T03:04:05.000+00:00",
        "seconds": 12.345,
        "roots": ["etl:pipeline"],
        "overrides": ["clean.limit=10"],
        "pants_version": "2.17.1",
        "ok": True,
        "code": {
            name: {
                "files": {"etl/steps.py": "aa", "etl/util.py": "bb"},
                "source_roots": ["src"],
                "requirements": ["pandas==2", "pyarrow"],
                "requirements_fingerprint": "cc",
                "interpreter": "/usr/bin/python3.9",
                "interpreter_fingerprint": "cpython 3.9.18",
                "step_library": "ee",
            }
        },
        "steps": [
            {
                "address": "etl:clean",
                "result": "ok",
                "source": "ran",
                "seconds": 1.25,
                "uses_cache": True,
                "key": {
                    "code": name,
                    "entry_point": "etl.steps:clean",
                    "program": "",
                    "args": ["--fast"],
                    "params": {"limit": "10"},
                    "environment": {"REGION": "eu"},
                    "inputs": {"flights": "11" * 32},
                    "input_formats": {"flights": "csv"},
                    "output_names": [None],
                    "output_formats": ["parquet"],
                    "runs_in": "",
                },
                "outputs": ["etl:clean_flights"],
                "metrics": {"auc": 0.71, "rows": 3},
                "versions": {"pyarrow": "21.0.0", "python": "3.9.18"},
            }
        ],
        "datasets": [
            {
                "address": "etl:raw",
                "format": "csv",
                "result": "ok",
                "producer": None,
                "version": "11" * 32,
                "size_bytes": 17,
                "rows": None,
            },
            {
                "address": "etl:clean_flights",
                "format": "parquet",
                "result": "ok",
                "producer": "etl:clean",
                "version": "0123456789abcdef" * 4,
                "size_bytes": 2_400_000,
                "rows": 327_346,
                "columns": [["year", "int64"], ["carrier", "string"]],
            },
        ],
    }
    assert json.loads(json.dumps(record)) == record


def test_what_failed_is_told_with_why_and_what_was_skipped_with_for_lack_of_what() -> None:
    failed = step_run(result="failed", failure=("UserCodeError", "ValueError: no"))
    unplanned = step_run("etl:lost", result="failed", source=None, seconds=None, key=None, failure=("X", "y"))
    skipped = step_run("etl:train", result="skipped", source=None, seconds=None, key=None, blocked_by=("etl:clean",))
    lost = DatasetRun("etl:raw", "csv", "failed", failure=("DatasetFilesError", "no such file"))
    missing = DatasetRun("etl:model", "file", "skipped", producer="etl:train", blocked_by=("etl:clean",))

    record = run_record(run_facts(), [failed, unplanned, skipped], [lost, missing])

    assert not record["ok"]
    assert record["steps"][0]["failure"] == {"kind": "UserCodeError", "message": "ValueError: no"}
    assert "key" in record["steps"][0]
    assert "key" not in record["steps"][1] and "outputs" not in record["steps"][1]
    assert record["steps"][2]["blocked_by"] == ["etl:clean"]
    assert record["datasets"][0]["failure"] == {"kind": "DatasetFilesError", "message": "no such file"}
    assert record["datasets"][1]["blocked_by"] == ["etl:clean"]


def test_of_a_validation_everything_but_the_profile_is_kept() -> None:
    report = validation_report(violation(), environment="production")

    record = run_record(run_facts(), [], [dataset_run(validation=validation_record(report)), dataset_run("etl:raw")])

    checked, unchecked = record["datasets"]
    assert "validation" not in unchecked
    assert checked["validation"] == {
        "environment": "production",
        "contract": report["contract"],
        "status": "warned",
        "rows": 327_346,
        "read": {"rows": 327_346, "sampled": False, "how": "all rows"},
        "rules": report["rules"],
        "violations": [violation()],
        "problem": None,
    }
    assert record["ok"]


def test_what_a_later_tool_adds_to_a_report_is_kept_too() -> None:
    assert validation_record(validation_report(later=1))["later"] == 1


@pytest.mark.parametrize(
    ("step", "ok"),
    [
        pytest.param(step_run(), True, id="ok"),
        pytest.param(step_run(result="failed", failure=("X", "y")), False, id="failed"),
        pytest.param(step_run(result="skipped", blocked_by=("a:b",)), False, id="skipped"),
    ],
)
def test_a_run_is_ok_only_if_all_is_there(step: StepRun, ok: bool) -> None:
    assert run_record(run_facts(), [step_run("a:first"), step], [])["ok"] is ok
    assert run_record(run_facts(), [], [])["ok"]
    assert not run_record(run_facts(), [], [dataset_run(result="failed")])["ok"]


def test_code_that_steps_share_is_in_the_record_once() -> None:
    files = tuple((f"f{number}", "00") for number in range(100))
    same = tuple(list(files))
    steps = [
        step_run("a:one", key=step_key(files=files)),
        step_run("a:two", key=step_key(files=files, params=())),
        step_run("a:three", key=step_key(files=same)),
        step_run("a:four", key=step_key(files=files[1:])),
    ]

    record = run_record(run_facts(), steps, [])

    names = [step["key"]["code"] for step in record["steps"]]
    assert names[0] == names[1] == names[2] != names[3]
    assert set(record["code"]) == set(names)


@pytest.mark.parametrize(
    "part",
    [
        {"files": (("etl/steps.py", "ff"),)},
        {"source_roots": ()},
        {"requirements": ()},
        {"requirements_fingerprint": "x"},
        {"interpreter": "x"},
        {"interpreter_fingerprint": "x"},
        {"step_library": "x"},
    ],
    ids=lambda part: next(iter(part)),
)
def test_code_that_differs_in_any_part_is_other_code(part: dict[str, Any]) -> None:
    key = step_key()

    record = run_record(
        run_facts(),
        [step_run("a:one", key=key), step_run("a:two", key=replace(key, **part))],
        [],
    )

    first, second = (step["key"]["code"] for step in record["steps"])
    assert first != second
    assert record["code"][first] != record["code"][second]


def test_the_name_of_code_comes_from_its_content() -> None:
    first = run_record(run_facts(), [step_run()], [])
    second = run_record(run_facts(id="other"), [step_run("b:c"), step_run()], [])

    assert first["code"] == second["code"]


def test_the_cost_is_proportional_to_the_steps_however_long_their_shared_code_is() -> None:
    def cost(length: int) -> int:
        key = step_key(files=tuple((f"f{number}", "00") for number in range(500)))
        steps = [step_run(f"a:s{number}", key=replace(key, params=())) for number in range(length)]
        return count_calls(lambda: run_record(run_facts(), steps, []))

    assert cost(2_000) < 4.4 * cost(500)
