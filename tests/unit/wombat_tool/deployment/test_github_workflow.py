"""Workflows of GitHub: what starts them, which jobs they have, and what each job may see."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deployment_plans import (
    FLOW,
    VARIANTS,
    Step,
    deployment_plan,
    problems,
    rendered,
    rendered_yaml,
    wide_and_deep,
)
from wombat_tool.deployment.github_expressions import expression, literal, quoted
from wombat_tool.deployment.render import render
from wombat_tool.deployment.yaml_text import read_yaml

WORKFLOW = ".github/workflows/deploy.yml"
ACTION = ".github/actions/deploy/action.yml"
BY_STEP = {"granularity": "step", "remote_cache": "grpcs://cache.example:443"}
HOSTILE = st.text(
    st.sampled_from("$${{}}'\"`\\()\n\t !#|&;*?~<>%@:,-[]=aZ09é漢🎉\u2028"), min_size=1, max_size=300
) | st.sampled_from(["on", "1e3", "0777", "${{ secrets.X }}", "$(id)", "{{ x }}", "null", "x" * 300])


def workflow(settings: Mapping[str, Any] = {}, **options: Any) -> dict[str, Any]:
    """The workflow that is generated."""
    (document,) = rendered_yaml("github_workflow", settings, **options)[WORKFLOW]
    return document


def action(settings: Mapping[str, Any] = {}, **options: Any) -> dict[str, Any]:
    """The action that sets Pants up in its jobs."""
    (document,) = rendered_yaml("github_workflow", settings, **options)[ACTION]
    return document


def problem(settings: Mapping[str, Any], **options: Any) -> str:
    """The one thing that is wrong."""
    (message,) = problems("github_workflow", settings, **options)
    return message


def run_of(job: Mapping[str, Any]) -> dict[str, Any]:
    """The step in which a job calls Pants."""
    (found,) = (step for step in job["steps"] if step.get("name", "").startswith("Run"))
    return found


def evaluated(text: str) -> str:
    """The text as GitHub reads it where expressions are evaluated, if the only ones are strings."""
    return re.sub(r"\$\{\{ '((?:[^']|'')*)' \}\}", lambda match: match[1].replace("''", "'"), text)


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


# --- What jobs may do and see -----------------------------------------------------------------------------------------


def test_a_workflow_may_read_the_repository_and_nothing_else() -> None:
    document = workflow(BY_STEP)

    assert document["permissions"] == {"contents": "read"}
    assert not any("permissions" in job for job in document["jobs"].values())
    checkouts = [job["steps"][0] for job in document["jobs"].values()]
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


def test_a_secret_is_given_to_commands_that_need_it_alone() -> None:
    steps = [
        Step("load", environment_passed=["DB_PASSWORD"]),
        Step("other", environment_passed=["MAIL_TOKEN"]),
        Step("join", needs=["load", "other"]),
    ]
    secrets = {"DB_PASSWORD": "PROD_DB", "MAIL_TOKEN": "vars.MAIL", "PIP_TOKEN": "PIP"}

    document = workflow({**BY_STEP, "secrets": secrets}, steps=steps)

    given = {name: set(run_of(job).get("env", {})) for name, job in document["jobs"].items()}
    assert given == {
        "pull_request": {"DB_PASSWORD", "MAIL_TOKEN", "PIP_TOKEN"},
        "load": {"DB_PASSWORD", "PIP_TOKEN"},
        "other": {"MAIL_TOKEN", "PIP_TOKEN"},
        "join": {"DB_PASSWORD", "MAIL_TOKEN", "PIP_TOKEN"},
        "pipeline": {"DB_PASSWORD", "MAIL_TOKEN", "PIP_TOKEN"},
    }
    assert run_of(document["jobs"]["join"])["env"] == {
        "DB_PASSWORD": "${{ secrets.PROD_DB }}",
        "MAIL_TOKEN": "${{ vars.MAIL }}",
        "PIP_TOKEN": "${{ secrets.PIP }}",
    }
    assert "secrets" not in str(document["env"])


def test_a_pull_request_reads_the_remote_cache_and_writes_nothing() -> None:
    settings = {"remote_cache": "$CACHE", "remote_cache_token": "CACHE_TOKEN", "remote_cache_instance": "main"}

    document = workflow(settings)

    assert document["env"]["PANTS_REMOTE_STORE_ADDRESS"] == "${{ vars.CACHE }}"
    assert document["env"]["PANTS_REMOTE_CACHE_WRITE"] == "${{ github.event_name != 'pull_request' }}"
    assert document["env"]["PANTS_REMOTE_CACHE_READ"] == "${{ github.event_name != 'pull_request' || vars.CACHE != '' }}"
    assert run_of(document["jobs"]["pipeline"])["env"]["PANTS_REMOTE_INSTANCE_NAME"] == "main"
    assert document["jobs"]["pipeline"]["steps"][1]["with"] == {"remote-cache-token": "${{ secrets.CACHE_TOKEN }}"}


def test_the_token_goes_into_a_file_that_nobody_else_reads() -> None:
    settings = {"remote_cache": "$CACHE", "remote_cache_token": "CACHE_TOKEN"}
    (step,) = (step for step in action(settings)["runs"]["steps"] if "token" in step["name"])

    assert step["run"].startswith("umask 077\n") and step["env"] == {
        "REMOTE_CACHE_TOKEN": "${{ inputs.remote-cache-token }}"
    }
    assert "${{" not in step["run"] and step["if"] == "inputs.remote-cache-token != ''"
    assert run_of(workflow(settings)["jobs"]["pipeline"])["env"] == {
        "PANTS_REMOTE_OAUTH_BEARER_TOKEN_PATH": "${{ steps.pants.outputs.remote-cache-token-file }}"
    }


def test_without_a_token_there_is_nothing_to_write() -> None:
    assert not any("token" in step["name"] for step in action({"remote_cache": "$CACHE"})["runs"]["steps"])


# --- Caches and versions ----------------------------------------------------------------------------------------------


def test_caches_have_the_content_of_lock_files_for_keys_and_pull_requests_only_read() -> None:
    steps = {step["name"]: step for step in action(BY_STEP)["runs"]["steps"]}

    assert list(steps) == [
        "Set up Python",
        "Cache the launcher",
        "Restore the launcher",
        "Cache the requirements",
        "Restore the requirements",
    ]
    assert steps["Cache the launcher"]["with"] == {
        "path": "~/.cache/wombat",
        "key": "wombat-launcher-${{ runner.os }}-${{ runner.arch }}-${{ hashFiles('pants', '3rdparty/launcher/pants.lock') }}",
    }
    assert steps["Cache the requirements"]["with"]["path"] == "~/.cache/pants/named_caches"
    assert steps["Cache the requirements"]["with"]["key"].endswith("-${{ hashFiles('**/*.lock') }}")
    for what in ("launcher", "requirements"):
        assert steps[f"Cache the {what}"]["if"] == "github.event_name != 'pull_request'"
        assert steps[f"Restore the {what}"]["if"] == "github.event_name == 'pull_request'"
        assert steps[f"Restore the {what}"]["with"] == steps[f"Cache the {what}"]["with"]


def test_without_a_remote_cache_results_go_from_run_to_run_by_github_s_cache() -> None:
    document = workflow()
    last = document["jobs"]["pipeline"]["steps"][-2:]

    assert [step["name"] for step in last] == ["Keep results up to 4000 MiB", "Save results"]
    assert all(step["if"] == "${{ !cancelled() }}" for step in last)
    restored = action()["runs"]["steps"][-1]
    assert restored["name"] == "Restore results" and last[1]["with"]["key"].startswith(restored["with"]["restore-keys"])
    assert document["jobs"]["pull_request"]["steps"][-1]["name"] == "Run what changed"
    assert workflow({"result_cache_mib": 0})["jobs"]["pipeline"]["steps"][-1]["name"] == "Run"


def test_machines_that_keep_their_caches_need_not_have_github_s() -> None:
    document = action({"github_cache": False, "python_versions": [], "triggers": ["push"]})

    assert document["runs"]["steps"] == []


def test_actions_can_be_pinned_to_commits() -> None:
    sha = "08c6903cd8c0fde910a37f88322edcfb5dd907a8"
    files = rendered("github_workflow", {"action_versions": {"actions/checkout": sha, "actions/cache": "v5"}})

    uses = set(re.findall(r"uses: \"?([^\s\"]+)", "".join(files.values())))
    assert uses == {
        "./.github/actions/deploy",
        f"actions/checkout@{sha}",
        "actions/setup-python@v7",
        "actions/cache@v5",
        "actions/cache/restore@v5",
        "actions/cache/save@v5",
    }


def test_a_repository_without_a_launcher_of_its_own_gets_that_of_pants() -> None:
    plan = deployment_plan("github_workflow", BY_STEP).model_copy(update={"launcher": "pants"})

    (target,) = render(plan)

    files = {file.path: file.text for file in target.files}
    steps = {step["name"]: step for step in read_yaml(files[ACTION])[0]["runs"]["steps"]}
    assert steps["Install the launcher of Pants"]["uses"] == "pantsbuild/actions/init-pants@v11"
    # Its default is to read pants.ci.toml, which asks for variables that no job here has.
    assert steps["Install the launcher of Pants"]["with"] == {"named-caches-hash": "disable", "pants-ci-config": ""}
    assert "Cache the launcher" not in steps and "Cache the requirements" in steps
    assert "          pants run shop:train\n" in files[WORKFLOW]


def test_a_launcher_in_a_directory_is_found_with_its_lock_file() -> None:
    plan = deployment_plan("github_workflow", BY_STEP).model_copy(update={"launcher": "./build tools/it's"})

    (target,) = render(plan)

    files = {file.path: file.text for file in target.files}
    (cache,) = (step for step in read_yaml(files[ACTION])[0]["runs"]["steps"] if step["name"] == "Cache the launcher")
    assert cache["with"]["key"].endswith("${{ hashFiles('build tools/it''s', 'build tools/3rdparty/launcher/pants.lock') }}")


def test_the_first_python_that_is_named_is_the_one_that_python_means() -> None:
    (step, *_) = action({"python_versions": ["3.12", "3.9"]})["runs"]["steps"]

    assert step["with"] == {"python-version": "3.9\n3.12\n"}


# --- Files ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("output", "action"),
    [
        (".github/workflows/nightly.yaml", ".github/actions/nightly"),
        ("examples/deploy/step.yml", "examples/deploy/step"),
        ("step.yml", "step"),
    ],
)
def test_the_action_lies_where_the_workflow_looks_for_it(output: str, action: str) -> None:
    files = rendered("github_workflow", {"output": output})

    assert set(files) == {output, f"{action}/action.yml"}
    assert f'uses: "./{action}"' in files[output]


@pytest.mark.parametrize("output", ["ci.txt", ".github/workflows/it's.yml", "a b/ci.yml"])
def test_a_file_that_github_could_not_read_is_refused(output: str) -> None:
    message = problem({"output": output})

    assert message.startswith(
        "The 'output' field in target shop:deploy must be a file NAME.yml, such as '.github/workflows/"
    )
    assert message.endswith(f"but was {output!r}.")


def test_a_patch_sets_what_there_is_no_field_for() -> None:
    patch = {"jobs": {"train": {"runs-on": "gpu"}, "report": {"timeout-minutes": 5}}, "concurrency": None}

    document = workflow({**BY_STEP, "patch": patch})

    assert document["jobs"]["train"]["runs-on"] == "gpu" and document["jobs"]["report"]["timeout-minutes"] == 5
    assert "concurrency" not in document


def test_a_step_that_is_gone_takes_its_job_with_it_and_nothing_else() -> None:
    without = [step for step in FLOW if step.name != "report"]
    without = [Step(step.name, [need for need in step.needs if need != "report"], step.params) for step in without]
    settings = {**BY_STEP, "group_chains": False}

    before, after = (workflow(settings, steps=steps)["jobs"] for steps in (FLOW, without))

    assert set(before) - set(after) == {"report"}
    changed = {name for name in after if before[name] != after[name]}
    assert changed == {"publish"} and after["publish"]["needs"] == ["train"]


def test_the_order_of_steps_and_settings_does_not_matter() -> None:
    settings = {
        **BY_STEP,
        "env_vars": {"B": "2", "A": "1"},
        "secrets": {"DB_PASSWORD": "X", "C": "Y"},
        "parameters": {"region": "load.region", "max_iter": "train.max_iter"},
    }
    turned = {
        name: dict(reversed(list(value.items()))) if isinstance(value, dict) else value
        for name, value in reversed(settings.items())
    }

    assert rendered("github_workflow", settings) == rendered("github_workflow", turned, steps=list(reversed(FLOW)))


@pytest.mark.parametrize("count", [1, 2, 300])
def test_graphs_of_many_steps_fit(count: int) -> None:
    steps = wide_and_deep(count)

    files = rendered("github_workflow", {**BY_STEP, "group_chains": False}, steps=steps)

    assert len(files[WORKFLOW].encode()) <= 500 * 1024
    assert files[WORKFLOW].count('uses: "./.github/actions/deploy"') == count + 2


def test_a_file_that_is_too_large_for_github_is_refused_with_the_limit() -> None:
    steps = wide_and_deep(2000)

    message = problem(BY_STEP, steps=steps)

    assert re.search(
        r"'granularity' field .* makes \d{6,} bytes of a workflow file, and GitHub takes at most 512000 ", message
    )
    assert "docs.github.com/en/actions/reference/limits" in message and "Set granularity='pipeline'" in message
    assert rendered("github_workflow", {}, steps=steps)


# --- Wrong settings ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"granularity": "step"}, "The 'remote_cache' field in target shop:deploy must be set with granularity='step'"),
        ({"triggers": ["cron"]}, "The 'triggers.0' field in target shop:deploy must be 'manual', 'pull_request', 'push' or"),
        ({"triggers": []}, "The 'triggers' field in target shop:deploy must not be empty"),
        ({"triggers": ["schedule"]}, "has 'schedule', but there is none: set `schedule` here, or that of the pipeline."),
        (
            {"triggers": ["push"], "parameters": {"n": "train.max_iter"}},
            "The 'parameters' field in target shop:deploy must be empty unless `triggers` has 'manual'",
        ),
        ({"branches": ["${{ x }}"]}, "The 'branches.0' field in target shop:deploy must be text in one line without '${{'"),
        ({"workflow_name": "a\nb"}, "The 'workflow_name' field in target shop:deploy must be text in one line"),
        ({"runs_on": []}, "The 'runs_on' field in target shop:deploy must have at least one entry, but was []."),
        ({"secrets": {"A": "secrets/x"}}, "must be the name of a secret of the repository, such as 'DB_PASSWORD', or"),
        ({"secrets": {"A": "GITHUB_TOKEN"}}, "The 'secrets.A' field in target shop:deploy must be the name of a secret"),
        (
            {"secrets": {"GITHUB_TOKEN": "X"}},
            "The 'secrets.GITHUB_TOKEN' field in target shop:deploy must have another name",
        ),
        (
            {"env_vars": {"RUNNER_TEMP": "X"}},
            "The 'env_vars.RUNNER_TEMP' field in target shop:deploy must have another name",
        ),
        ({"env_vars": {"TARGET": "X"}}, "must have another name: generated jobs use this one."),
        (
            {"env_vars": {"A": "1"}, "secrets": {"A": "B"}},
            "The 'secrets.A' field in target shop:deploy must not be in `env_vars`, too",
        ),
        (
            {"remote_cache": "$C", "remote_cache_token": "a b"},
            "The 'remote_cache_token' field in target shop:deploy must be",
        ),
        ({"retries": 11}, "The 'retries' field in target shop:deploy must be less than or equal to 10, but was 11."),
        ({"retries": -1}, "The 'retries' field in target shop:deploy must be greater than or equal to 0, but was -1."),
        ({"python_versions": ["python3"]}, "must be versions of Python, such as '3.11' or '3.9.18', but was 'python3'."),
        ({"action_versions": {"actions/upload": "v1"}}, "must have keys out of actions/cache, actions/checkout"),
        ({"action_versions": {"actions/cache": "v1 #"}}, "must give 'actions/cache' as a tag, such as 'v6', or as the SHA"),
        ({"changed_since": "--upload"}, "must be a git revision, such as 'HEAD^1' or 'origin/main', but was '--upload'."),
        ({"fetch_depth": -1}, "The 'fetch_depth' field in target shop:deploy must be greater than or equal to 0"),
        (
            {"cron": "0 4 * * *"},
            "The 'cron' field in target shop:deploy is not known here. Remove it, or set it by `patch`.",
        ),
        ({"timezone": "Europe/Berln"}, "did you mean 'Europe/Berlin'?"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_is_wrong_is_told_with_what_is_allowed(settings: dict[str, Any], expected: str) -> None:
    assert expected in problem(settings)


def test_a_default_that_github_cannot_be_told_is_refused() -> None:
    message = problem({"parameters": {"text": "load.text"}}, steps=[Step("load", params={"text": "a ${{ b }}"})])

    assert (
        "The 'parameters.text' field in target shop:deploy must not stand for a parameter whose default holds '${{'"
        in message
    )


# --- Hostile text -----------------------------------------------------------------------------------------------------


@given(HOSTILE)
def test_text_where_expressions_are_evaluated_stays_what_it_is(text: str) -> None:
    assert evaluated(literal(text)) == text


@given(HOSTILE)
def test_text_in_an_expression_stays_what_it_is(text: str) -> None:
    assert evaluated(expression(quoted(text))) == text


@given(HOSTILE, HOSTILE.filter(lambda text: "\n" not in text and text.isprintable() and text.strip() != ""))
def test_values_and_names_read_back_as_they_were(value: str, label: str) -> None:
    jobs = workflow({"env_vars": {"A": value}, "runs_on": [label], "deployment_environment": label})["jobs"]

    assert evaluated(run_of(jobs["pipeline"])["env"]["A"]) == value
    assert evaluated(jobs["pipeline"]["runs-on"]) == label and evaluated(jobs["pipeline"]["environment"]) == label


@given(HOSTILE.filter(lambda text: not any(c in text for c in ":@\n\t\u2028=,") and text.strip() == text))
def test_the_address_of_a_step_reaches_the_shell_as_one_word(directory: str) -> None:
    address = f"{directory}:train"

    jobs = workflow(BY_STEP, steps=[Step(address), Step("end", needs=[address])])["jobs"]

    jobs.pop("pull_request")
    first = next(iter(jobs.values()))
    (command,) = evaluated(run_of(first)["run"]).splitlines()[1:]
    words = shlex.split(command)
    assert words[:2] == ["./pants", "run"] and len(words) == 3
