"""Workflows of GitHub: what starts them, and which jobs they have."""

from __future__ import annotations

from typing import Any

import pytest

from deployment_plans import (
    VARIANTS,
    Step,
)
from github_workflows import BY_STEP, problem, run_of, workflow

# --- What starts runs -------------------------------------------------------------------------------------------------


def test_all_that_can_start_a_run_starts_one() -> None:
    assert workflow(schedule="0 4 * * *")["on"] == {
        "push": {"branches": ["main"]},
        "pull_request": {"branches": ["main"]},
        "schedule": [{"cron": "0 4 * * *"}],
        "workflow_dispatch": {},
    }


def test_without_a_schedule_there_is_none() -> None:
    assert "schedule" not in workflow()["on"]
    assert "schedule" not in workflow({"schedule": "never"}, schedule="0 4 * * *")["on"]


def test_triggers_and_branches_can_be_chosen() -> None:
    settings = {"triggers": ["push", "schedule"], "branches": ["main", "release/**"]}

    assert workflow(settings, schedule="0 4 * * *")["on"] == {
        "push": {"branches": ["main", "release/**"]},
        "schedule": [{"cron": "0 4 * * *"}],
    }


def test_a_time_zone_is_github_s_own_to_reckon_with() -> None:
    on = workflow({"schedule": "30 4 * * 1-5", "timezone": "Europe/Berlin"})["on"]

    assert on["schedule"] == [{"cron": "30 4 * * 1-5", "timezone": "Europe/Berlin"}]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("0 4 * * 7", "0 4 * * 0"),
        ("0 4 * * 5-7", "0 4 * * 0,5,6"),
        ("0 4 * * 1-7", "0 4 * * *"),
        ("0 4 * * 7,3", "0 4 * * 0,3"),
        ("0 4 * * */7", "0 4 * * */7"),
        ("0 4 * * sun", "0 4 * * sun"),
        ("0 4 29 2 *", "0 4 29 2 *"),
        ("*/5 * * * *", "*/5 * * * *"),
        ("@daily", "0 0 * * *"),
    ],
)
def test_a_schedule_is_written_as_github_reads_it(given: str, expected: str) -> None:
    assert workflow({"schedule": given})["on"]["schedule"] == [{"cron": expected}]


@pytest.mark.parametrize(("schedule", "gap"), [("*/4 * * * *", 4), ("0,58 * * * *", 2), ("0,58 0,23 * * *", 2)])
def test_a_schedule_that_is_too_dense_is_refused(schedule: str, gap: int) -> None:
    message = problem({"schedule": schedule})

    assert "The 'schedule' field in target shop:deploy must leave at least 5 minutes between two runs" in message
    assert message.endswith(f"but {schedule!r} leaves {gap}.")


# --- Parameters -------------------------------------------------------------------------------------------------------


def test_parameters_are_inputs_of_a_manual_run_and_have_their_defaults_otherwise() -> None:
    settings = {
        "parameters": {"max_iter": "train.max_iter", "rate": "train.rate", "region": "load.region", "deep": "train.deep"}
    }

    document = workflow(settings)

    assert document["on"]["workflow_dispatch"]["inputs"] == {
        "deep": {"description": "Sets shop:train.deep", "type": "boolean", "default": False, "required": False},
        "max_iter": {"description": "Sets shop:train.max_iter", "type": "number", "default": 80, "required": False},
        "rate": {"description": "Sets shop:train.rate", "type": "string", "default": "0.5", "required": False},
        "region": {"description": "Sets shop:load.region", "type": "string", "default": "north", "required": False},
    }
    manual = "${{ github.event_name == 'workflow_dispatch' && "
    assert run_of(document["jobs"]["pipeline"])["env"] == {
        "PARAMETER_DEEP": manual + "format('{0}', inputs.deep) || 'false' }}",
        "PARAMETER_MAX_ITER": manual + "format('{0}', inputs.max_iter) || '80' }}",
        "PARAMETER_RATE": manual + "format('{0}', inputs.rate) || '0.5' }}",
        "PARAMETER_REGION": manual + "toJSON(inputs.region) || '\"north\"' }}",
    }
    assert run_of(document["jobs"]["pipeline"])["run"].splitlines()[1] == (
        './pants run shop:pipeline -- shop:train.deep="${PARAMETER_DEEP}" shop:train.max_iter="${PARAMETER_MAX_ITER}" '
        'shop:train.rate="${PARAMETER_RATE}" shop:load.region="${PARAMETER_REGION}"'
    )


def test_a_job_gets_the_parameters_of_steps_that_it_needs_and_no_others() -> None:
    settings = {**BY_STEP, "parameters": {"max_iter": "train.max_iter", "region": "load.region"}}

    jobs = workflow(settings)["jobs"]

    assert set(run_of(jobs["clean"])["env"]) == {"PARAMETER_REGION"}
    assert set(run_of(jobs["train"])["env"]) == {"PARAMETER_MAX_ITER", "PARAMETER_REGION"}
    assert "env" not in run_of(jobs["pull_request"])


def test_a_number_that_expressions_would_round_is_an_input_of_text() -> None:
    document = workflow({"parameters": {"seed": "load.seed"}}, steps=[Step("load", params={"seed": 12345678901234567})])

    assert document["on"]["workflow_dispatch"]["inputs"]["seed"]["type"] == "string"
    assert document["on"]["workflow_dispatch"]["inputs"]["seed"]["default"] == "12345678901234567"


def test_more_inputs_than_github_takes_are_refused() -> None:
    steps = [Step("load", params={f"p{number}": 1 for number in range(26)})]

    message = problem({"parameters": {f"p{number}": f"load.p{number}" for number in range(26)}}, steps=steps)

    assert (
        "The 'parameters' field in target shop:deploy has 26 entries, and GitHub takes at most 25 (docs.github.com"
        in message
    )


# --- Jobs -------------------------------------------------------------------------------------------------------------


def test_steps_are_jobs_that_wait_for_what_they_need() -> None:
    jobs = workflow(BY_STEP)["jobs"]

    assert {name: job.get("needs") for name, job in jobs.items()} == {
        "pull_request": None,
        "clean": None,
        "report": ["clean"],
        "train": ["clean"],
        "publish": ["report", "train"],
        "pipeline": ["publish"],
    }
    assert run_of(jobs["train"])["run"].endswith("./pants run shop:train\n")


def test_no_job_runs_behind_one_that_failed() -> None:
    """A job that needs others and has no condition of its own runs only if all of them succeeded."""
    jobs = workflow(BY_STEP)["jobs"]

    assert {name for name, job in jobs.items() if "if" in job} == {"pull_request", "clean"}
    assert all("needs" in job or "if" in job for job in jobs.values())


def test_a_pull_request_runs_what_it_changes_in_one_job() -> None:
    jobs = workflow(BY_STEP)["jobs"]

    assert jobs["pull_request"]["if"] == "github.event_name == 'pull_request'"
    assert jobs["clean"]["if"] == "github.event_name != 'pull_request'"
    assert jobs["pull_request"]["steps"][0]["with"] == {"persist-credentials": False, "fetch-depth": 2}
    assert run_of(jobs["pull_request"])["run"].splitlines()[-1] == (
        "./pants '--changed-since=HEAD^1' --changed-dependents=transitive --filter-target-type=pipeline "
        "'--filter-address-regex=^shop:pipeline$' run-pipelines"
    )


def test_what_a_pull_request_is_compared_with_can_be_chosen() -> None:
    jobs = workflow({"changed_since": "origin/main"})["jobs"]
    shallow = workflow({"changed_since": "origin/main", "fetch_depth": 50})["jobs"]

    assert jobs["pull_request"]["steps"][0]["with"]["fetch-depth"] == 0
    assert shallow["pull_request"]["steps"][0]["with"]["fetch-depth"] == 50
    assert "--changed-since=origin/main" in run_of(jobs["pull_request"])["run"]


def test_an_address_with_a_comma_is_one_pattern_for_pants() -> None:
    document = workflow(pipeline="shop:pipeline@a=1,b=2")

    assert r"'--filter-address-regex=^shop:pipeline@a=1\x2cb=2$'" in run_of(document["jobs"]["pull_request"])["run"]


def test_without_pull_requests_no_job_asks_for_them() -> None:
    document = workflow({**BY_STEP, "triggers": ["push"]})

    assert "pull_request" not in document["jobs"] and not any("if" in job for job in document["jobs"].values())
    assert document["env"]["PANTS_REMOTE_CACHE_WRITE"] == "true"


def test_with_pull_requests_alone_there_is_no_other_job() -> None:
    assert list(workflow({**BY_STEP, "triggers": ["pull_request"]})["jobs"]) == ["pull_request"]


def test_variants_of_a_step_are_a_matrix() -> None:
    jobs = workflow(BY_STEP, steps=VARIANTS)["jobs"]

    assert jobs["train"]["strategy"] == {
        "fail-fast": False,
        "matrix": {"target": ["shop:train@model=linear", "shop:train@model=trees"]},
    }
    assert jobs["train"]["name"] == "${{ matrix.target }}" and jobs["compare"]["name"] == "shop:compare"
    assert run_of(jobs["train"])["env"] == {"TARGET": "${{ matrix.target }}"}
    assert run_of(jobs["train"])["run"].endswith('./pants run "${TARGET}"\n')
    assert jobs["compare"]["needs"] == ["train"]


def test_each_variant_gets_the_parameters_that_it_knows() -> None:
    settings = {**BY_STEP, "parameters": {"model": "train@model=linear.model"}}

    run = run_of(workflow(settings, steps=VARIANTS)["jobs"]["train"])

    assert set(run["env"]) == {"PARAMETER_MODEL", "TARGET"}
    assert run["run"].splitlines()[1:] == [
        'case "$TARGET" in',
        '  shop:train@model=linear) ./pants run shop:train@model=linear -- shop:train@model=linear.model="${PARAMETER_MODEL}" ;;',
        "  shop:train@model=trees) ./pants run shop:train@model=trees ;;",
        "esac",
    ]


def test_more_variants_than_a_matrix_takes_are_jobs_of_their_own() -> None:
    def of(count: int) -> dict[str, Any]:
        steps = [Step("load"), *(Step(f"train@m={number}", needs=["load"]) for number in range(count))]
        return workflow(BY_STEP, steps=steps)["jobs"]

    assert len(of(256)["train"]["strategy"]["matrix"]["target"]) == 256
    assert len(of(257)) == 1 + 1 + 257 + 1 and not any("strategy" in job for job in of(257).values())


def test_a_job_that_fails_calls_pants_again_as_often_as_is_said() -> None:
    script = run_of(workflow({"retries": 2})["jobs"]["pipeline"])["run"]

    assert "for number in 1 2 3; do" in script and script.endswith("exit 1\n")


def test_limits_of_time_are_whole_minutes() -> None:
    assert workflow({"timeout_s": 61})["jobs"]["pipeline"]["timeout-minutes"] == 2
    assert "timeout-minutes" not in workflow()["jobs"]["pipeline"]
    assert "must be at most 432000, since GitHub stops a job after five days" in problem({"timeout_s": 432_061})


def test_machines_and_environments_are_those_that_are_named() -> None:
    document = workflow({"runs_on": ["self-hosted", "gpu"], "deployment_environment": "production"})

    assert document["jobs"]["pipeline"]["runs-on"] == ["self-hosted", "gpu"]
    assert document["jobs"]["pipeline"]["environment"] == "production"
    assert "environment" not in document["jobs"]["pull_request"]
    assert workflow()["jobs"]["pipeline"]["runs-on"] == "ubuntu-24.04"


def test_single_steps_can_have_machines_of_their_own() -> None:
    jobs = workflow({**BY_STEP, "step_runs_on": {"train": ["self-hosted", "gpu"]}})["jobs"]

    assert {name: job["runs-on"] for name, job in jobs.items() if job["runs-on"] != "ubuntu-24.04"} == {
        "train": ["self-hosted", "gpu"]
    }


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (
            {"step_runs_on": {"load": ["gpu"]}},
            "The 'step_runs_on' field in target shop:deploy must give all steps of one job the same machine, but of one job "
            "are shop:load (gpu) and shop:clean (ubuntu-24.04). Name all of them, or take them apart by granularity='step'",
        ),
        ({"step_runs_on": {"laod": ["gpu"]}}, "The 'step_runs_on.laod' field in target shop:deploy names the step 'laod'"),
        ({"step_runs_on": {"load": []}}, "The 'step_runs_on.load' field in target shop:deploy must have at least one entry"),
    ],
    ids=["one job", "unknown", "empty"],
)
def test_a_machine_for_what_is_no_job_is_refused(settings: dict[str, Any], expected: str) -> None:
    assert expected in problem({**BY_STEP, **settings})
