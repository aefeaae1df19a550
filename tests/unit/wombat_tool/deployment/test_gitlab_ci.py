"""Configurations of GitLab: what they say, for which settings and graphs."""

from __future__ import annotations

from typing import Any, Optional

import pytest

from deployment_plans import FLOW, Step, problems, rendered
from gitlab_checks import CHANGED, conditions, document, documents, jobs_of, steps_needed
from wombat_tool.deployment.gitlab_document import timeout_text

BY_STEP = {"granularity": "step", "remote_cache": "$CACHE"}
MAIN = ".gitlab-ci.yml"


# --- The document -----------------------------------------------------------------------------------------------------


def test_one_job_runs_the_whole_pipeline() -> None:
    found = document()

    assert found["stages"] == ["pipeline"]
    assert jobs_of(found) == {
        "pipeline": {
            "stage": "pipeline",
            "script": ["skip_unless_changed shop:pipeline", "./pants run shop:pipeline"],
        }
    }
    assert found["variables"]["PANTS_WOMBAT_ENVIRONMENT"] == "production"
    assert found["default"]["artifacts"] == {
        "when": "always",
        "expire_in": "30 days",
        "paths": [".wombat/runs/"],
        "reports": {"junit": ".wombat/junit.xml"},
    }


def test_each_step_is_a_job_that_needs_the_jobs_before_it_and_none_of_their_files() -> None:
    found = document({**BY_STEP, "group_chains": False})

    assert steps_needed(jobs_of(found)) == {
        "load": [],
        "clean": ["load"],
        "report": ["clean"],
        "train": ["clean"],
        "publish": ["report", "train"],
        "pipeline": ["publish"],
    }
    assert all(
        need == {"job": CHANGED, "optional": True} or need["artifacts"] is False
        for job in jobs_of(found).values()
        for need in job["needs"]
    )
    assert found["train"]["script"] == ["skip_unless_changed shop:train", "./pants run shop:train"]
    assert [name for name, job in jobs_of(found).items() if job["stage"] == "pipeline"] == ["pipeline"]


def test_steps_on_machines_of_their_own_must_share_results() -> None:
    (problem,) = problems("gitlab_ci", {"granularity": "step"})

    assert problem.startswith("The 'remote_cache' field in target shop:deploy must be set with granularity='step'")


def test_a_job_whose_name_is_a_keyword_gets_another() -> None:
    steps = [Step("cache"), Step("default", needs=["cache"]), Step("pages", needs=["cache"])]

    found = document(BY_STEP, steps=steps)

    assert steps_needed(jobs_of(found)) == {
        "cache:job": [],
        "default:job": ["cache:job"],
        "pages:job": ["cache:job"],
        "pipeline": ["default:job", "pages:job"],
    }


def test_the_order_of_steps_and_settings_changes_nothing() -> None:
    settings = {**BY_STEP, "env_vars": {"B": "2", "A": "1"}, "secrets": {"D": "DD", "C": "CC"}}
    turned = {**BY_STEP, "secrets": {"C": "CC", "D": "DD"}, "env_vars": {"A": "1", "B": "2"}}

    assert rendered("gitlab_ci", settings) == rendered("gitlab_ci", turned, steps=tuple(reversed(FLOW)))


def test_a_step_that_is_gone_takes_its_job_and_its_place_in_needs_with_it() -> None:
    before = document({**BY_STEP, "group_chains": False})
    without = [step for step in FLOW if step.name not in ("report", "publish")] + [Step("publish", needs=("train",))]
    after = document({**BY_STEP, "group_chains": False}, steps=without)

    del before["report"]
    before["publish"]["needs"].remove({"job": "report", "artifacts": False})
    assert after == before


# --- When it starts ---------------------------------------------------------------------------------------------------

MERGE_REQUEST = "$CI_MERGE_REQUEST_DIFF_BASE_SHA"
SCHEDULE = '$CI_PIPELINE_SOURCE == "schedule"'
PUSH = '$CI_PIPELINE_SOURCE == "push" && $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH'
BY_HAND = "$CI_PIPELINE_SOURCE =~ /^(web|api|trigger|pipeline|parent_pipeline)$/"


@pytest.mark.parametrize(
    ("settings", "schedule", "expected"),
    [
        pytest.param({}, None, [MERGE_REQUEST, PUSH, BY_HAND], id="default"),
        pytest.param({}, "@daily", [MERGE_REQUEST, SCHEDULE, PUSH, BY_HAND], id="schedule of the pipeline"),
        pytest.param({"schedule": "5 4 * * *"}, None, [MERGE_REQUEST, SCHEDULE, PUSH, BY_HAND], id="schedule"),
        pytest.param({"schedule": "never"}, "@daily", [MERGE_REQUEST, PUSH, BY_HAND], id="never"),
        pytest.param({"on_push": False, "on_merge_request": False}, None, [BY_HAND], id="by hand"),
    ],
)
def test_a_pipeline_starts_for_what_the_settings_say(
    settings: dict[str, Any], schedule: Optional[str], expected: list[str]
) -> None:
    assert conditions(document(settings, schedule=schedule)) == expected


def test_the_first_lines_say_which_schedule_the_project_needs() -> None:
    settings = {"timezone": "Europe/Berlin"}
    (text,) = rendered("gitlab_ci", settings, schedule="@daily", address="shop:night").values()

    head = text.partition("stages:")[0]
    assert head == (
        "\n# GitLab keeps schedules in the project and not in this file. Create one for the default branch, in\n"
        "# Build > Pipeline schedules or by POST /projects/:id/pipeline_schedules, with\n"
        "#   description:   night\n"
        "#   cron:          0 0 * * *\n"
        "#   cron_timezone: Europe/Berlin\n\n"
    )


def test_without_a_schedule_the_file_begins_with_the_document() -> None:
    (text,) = rendered("gitlab_ci", {}).values()

    assert text.startswith("stages:\n")


def test_jobs_of_a_merge_request_wait_for_the_list_of_what_it_changes() -> None:
    found = document(BY_STEP)

    changed = found[CHANGED]
    assert changed["rules"] == [{"if": MERGE_REQUEST}]
    # Without history there is nothing to compare with.
    assert changed["variables"] == {"GIT_DEPTH": "0"} and found["variables"]["GIT_DEPTH"] == "1"
    assert changed["script"][-1] == (
        './pants --changed-since="${CI_MERGE_REQUEST_DIFF_BASE_SHA}" --changed-dependents=transitive list '
        "> .wombat/changed-targets.txt"
    )
    assert all({"job": CHANGED, "optional": True} in job["needs"] for job in jobs_of(found).values() if job is not changed)


def test_the_only_job_finds_out_itself_what_a_merge_request_changes() -> None:
    found = document()

    assert CHANGED not in found
    assert found["workflow"]["rules"][0]["variables"] == {"GIT_DEPTH": "0"}
    assert "--changed-dependents=transitive list > .wombat/changed-targets.txt" in found["default"]["before_script"][-1]


def test_without_merge_requests_no_job_asks_what_changed() -> None:
    found = document({**BY_STEP, "on_merge_request": False})

    assert CHANGED not in str(found) and "skip_unless_changed" not in str(found)
    assert jobs_of(found)["train"]["needs"] == [{"job": "clean", "artifacts": False}]


def test_only_pipelines_of_merge_requests_are_stopped_by_newer_commits() -> None:
    found = document(schedule="@daily")

    assert found["default"]["interruptible"] is True
    assert found["workflow"]["auto_cancel"] == {"on_new_commit": "none"}
    assert [rule.get("auto_cancel") for rule in found["workflow"]["rules"]] == [
        {"on_new_commit": "interruptible"},
        None,
        None,
        None,
    ]
    never = document({"interruptible": False})
    assert "interruptible" not in str(never) and "auto_cancel" not in str(never)


# --- Settings ---------------------------------------------------------------------------------------------------------


def test_parameters_are_fields_of_the_form_and_reach_the_command_as_variables() -> None:
    settings = {**BY_STEP, "parameters": {"deep": "train.deep", "region": ["load.region"]}}
    found = document(settings)

    assert found["variables"]["WOMBAT_PARAMETER_DEEP"] == {
        "value": "false",
        "description": "Parameter of shop:train.deep",
        "options": ["false", "true"],
        "expand": False,
    }
    assert found["variables"]["WOMBAT_PARAMETER_REGION"] == {
        "value": "north",
        "description": "Parameter of shop:load.region",
        "expand": False,
    }
    assert found["train"]["script"][-1] == (
        './pants run shop:train -- shop:train.deep="${WOMBAT_PARAMETER_DEEP}" shop:load.region="${WOMBAT_PARAMETER_REGION}"'
    )
    assert "WOMBAT_PARAMETER_DEEP" not in found["clean"]["script"][-1]


def test_secrets_are_taken_from_variables_by_name_and_never_stand_in_the_file() -> None:
    found = document({"secrets": {"DB_PASSWORD": "PROD_DB", "TOKEN": "TOKEN"}, "on_merge_request": False})

    assert found["default"]["before_script"][1:] == ['if [ -n "${PROD_DB+x}" ]; then export DB_PASSWORD="$PROD_DB"; fi']


def test_the_cache_server_and_its_token_come_from_variables() -> None:
    settings = {"remote_cache": "$CACHE", "remote_cache_token": "CACHE_TOKEN", "on_merge_request": False}
    found = document(settings)

    missing = "is not set. Add it in Settings > CI/CD > Variables; if it is protected, only protected branches have it."
    assert found["default"]["before_script"] == [
        f'export PANTS_REMOTE_STORE_ADDRESS="${{CACHE:?{missing}}}"',
        f'export PANTS_REMOTE_OAUTH_BEARER_TOKEN_PATH="${{CACHE_TOKEN:?{missing}}}"',
    ]
    assert found["variables"]["PANTS_REMOTE_CACHE_WRITE"] == "true"
    assert "PANTS_REMOTE_STORE_ADDRESS" not in found["variables"]


def test_the_address_of_the_cache_server_may_stand_in_the_file() -> None:
    found = document({"remote_cache": "grpcs://cache.example:443", "remote_cache_instance": "a$b"})

    assert found["variables"]["PANTS_REMOTE_STORE_ADDRESS"] == "grpcs://cache.example:443"
    assert found["variables"]["PANTS_REMOTE_INSTANCE_NAME"] == {"value": "a$b", "expand": False}


def test_results_are_kept_in_the_cache_of_gitlab_only_if_no_server_keeps_them() -> None:
    alone, shared, without = document(), document(BY_STEP), document({"cache": False})

    assert ".cache/pants/lmdb_store/" in alone["default"]["cache"]["paths"]
    assert alone["default"]["cache"]["policy"] == "pull-push"
    assert "rm -rf .cache" in alone["default"]["before_script"][0]
    assert shared["default"]["cache"]["paths"] == [".cache/wombat/", ".cache/pants/named_caches/"]
    assert shared["default"]["cache"]["policy"] == "pull"
    assert [name for name, job in jobs_of(shared).items() if "extends" in job] == ["pipeline"]
    assert shared[".fills-cache"]["cache"] == {**shared["default"]["cache"], "policy": "pull-push"}
    assert "cache" not in without["default"] and "XDG_CACHE_HOME" not in without["variables"]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(60, "1 minute"), (90, "1 minute 30 seconds"), (5400, "1 hour 30 minutes"), (86400 * 2 + 1, "2 days 1 second")],
)
def test_a_timeout_is_written_in_words(seconds: int, text: str) -> None:
    assert timeout_text(seconds) == text
    assert document({"timeout_s": seconds})["default"]["timeout"] == text


def test_retries_may_be_for_some_reasons_only() -> None:
    assert document({"retries": 1})["default"]["retry"] == {"max": 1}
    settings = {"retries": 2, "retry_when": ["runner_system_failure", "stuck_or_timeout_failure"]}
    assert document(settings)["default"]["retry"] == {
        "max": 2,
        "when": ["runner_system_failure", "stuck_or_timeout_failure"],
    }


def test_a_step_may_need_other_machines() -> None:
    found = document({**BY_STEP, "runner_tags": ["linux"], "step_runner_tags": {":train": ["gpu"], "publish": ["linux"]}})

    assert found["default"]["tags"] == ["linux"]
    assert {name: job["tags"] for name, job in jobs_of(found).items() if "tags" in job} == {"train": ["linux", "gpu"]}


def test_jobs_ask_the_kubernetes_executor_for_what_their_steps_need() -> None:
    found = document({**BY_STEP, "kubernetes_resources": True})

    assert found["clean"]["variables"] == {
        "KUBERNETES_CPU_REQUEST": "500m",
        "KUBERNETES_MEMORY_REQUEST": "512Mi",
        "KUBERNETES_MEMORY_LIMIT": "512Mi",
    }
    assert "variables" not in found["report"]


def test_jobs_get_the_variables_of_an_environment_of_gitlab() -> None:
    found = document({**BY_STEP, "gitlab_environment": "production"})

    assert found["train"]["environment"] == {"name": "production", "action": "access"}


def test_the_image_may_be_that_of_the_commit() -> None:
    found = document({"image": "registry.example/team/jobs:{git_commit}"})

    assert found["default"]["image"] == "registry.example/team/jobs:$CI_COMMIT_SHA"


def test_a_group_of_which_one_goes_on_at_a_time_holds_the_run_as_a_whole() -> None:
    found = documents({**BY_STEP, "resource_group": "warehouse"})

    assert jobs_of(document({"resource_group": "warehouse"}))["pipeline"]["resource_group"] == "warehouse"
    main, part = found[MAIN], found[".gitlab-ci/part-1.yml"]
    assert main["wombat:part-1"]["resource_group"] == "warehouse"
    assert main["wombat:part-1"]["trigger"]["include"] == [{"local": ".gitlab-ci/part-1.yml"}]
    assert "resource_group" not in str(part)
    assert set(steps_needed(jobs_of(part))) == {"clean", "report", "train", "publish"}


def test_a_patch_changes_what_was_generated_and_may_add_to_it() -> None:
    patch = {"default": {"services": ["postgres:16"], "interruptible": None}, "lint": {"script": ["true"]}}
    found = document({"patch": patch})

    assert found["default"]["services"] == ["postgres:16"]
    assert "interruptible" not in found["default"]
    assert found["lint"] == {"script": ["true"]}


def test_a_patch_reaches_each_file_that_has_what_it_changes() -> None:
    patch = {"default": {"services": ["postgres:16"]}, "train": {"timeout": "1 hour"}, "lint": {"script": ["true"]}}
    found = documents({**BY_STEP, "resource_group": "warehouse", "patch": patch})

    main, part = found[MAIN], found[".gitlab-ci/part-1.yml"]
    assert main["default"]["services"] == part["default"]["services"] == ["postgres:16"]
    assert part["train"]["timeout"] == "1 hour" and "train" not in main
    assert "lint" in main and "lint" not in part


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        pytest.param({"retries": 3}, "The 'retries' field in target shop:deploy must be 0 to 2, since GitLab runs a job at most 3 times, but was 3.", id="retries"),  # noqa: E501
        pytest.param({"retries": -1}, "The 'retries' field in target shop:deploy must be 0 to 2, since GitLab runs a job at most 3 times, but was -1.", id="negative"),  # noqa: E501
        pytest.param({"retry_when": ["always"]}, "The 'retry_when' field in target shop:deploy says when to retry, but 'retries' is 0. Set it to 1 or 2.", id="retry_when"),  # noqa: E501
        pytest.param({"timeout_s": 30}, "The 'timeout_s' field in target shop:deploy must be 60 to 2592000 seconds, since GitLab stops jobs after a minute to a month, but was 30.", id="timeout"),  # noqa: E501
        pytest.param({"secrets": {"A": "a-b"}}, "The 'secrets.A' field in target shop:deploy must be the name of a CI/CD variable of the project or its group, such as 'PROD_DB_PASSWORD', but was 'a-b'.", id="secret"),  # noqa: E501
        pytest.param({"remote_cache_token": "$TOKEN"}, "The 'remote_cache_token' field in target shop:deploy must be the name of a CI/CD variable of the project or its group, such as 'PROD_DB_PASSWORD', but was '$TOKEN'.", id="token"),  # noqa: E501
        pytest.param({"runner_tags": ["$TAG"]}, "The 'runner_tags.0' field in target shop:deploy must be letters, digits, blanks, '_', '-', '.' and '/', at most 255 characters, but was '$TAG'.", id="tag"),  # noqa: E501
        pytest.param({"expire_in": "30"}, "The 'expire_in' field in target shop:deploy must be a number and a unit, such as '30 days' or '1 week', or 'never', but was '30'.", id="expiry"),  # noqa: E501
        pytest.param({"output": "ci/flights"}, "The 'output' field in target shop:deploy must be the path of a file that ends in '.yml' or '.yaml', without '$' and '*', but was 'ci/flights'.", id="output"),  # noqa: E501
        pytest.param({"jobs_per_pipeline": 5}, "The 'jobs_per_pipeline' field in target shop:deploy must be 10 to 1000, but was 5.", id="jobs"),  # noqa: E501
        pytest.param({"image": "jobs"}, "The 'image' field in target shop:deploy must have a tag other than 'latest', or a digest, in production, but was 'jobs'. Write for instance 'jobs:{git_commit}', or set environment='development'.", id="image"),  # noqa: E501
        pytest.param({"env_vars": {"CI_JOB_ID": "1"}}, "The 'env_vars.CI_JOB_ID' field in target shop:deploy must not set a variable that GitLab itself sets. Rename it.", id="predefined"),  # noqa: E501
        pytest.param({"env_vars": {"A": "1"}, "secrets": {"A": "B"}}, "The 'secrets.A' field in target shop:deploy is set by 'env_vars', too. Remove one of them.", id="twice"),  # noqa: E501
        pytest.param({"env_vars": {"WOMBAT_PARAMETER_DEEP": "1"}, "parameters": {"deep": "train.deep"}}, "The 'env_vars.WOMBAT_PARAMETER_DEEP' field in target shop:deploy must not set the variable that holds a parameter or the target of a job. Rename it.", id="parameter"),  # noqa: E501
        pytest.param({"step_runner_tags": {"train": ["gpu"]}}, "The 'step_runner_tags' field in target shop:deploy is for granularity='step'. With one job for all steps there is 'runner_tags'.", id="one job"),  # noqa: E501
        pytest.param({**BY_STEP, "step_runner_tags": {"trian": ["gpu"]}}, "The 'step_runner_tags.trian' field in target shop:deploy names the step 'trian', which is not part of shop:pipeline. Its steps: shop:clean, shop:load, shop:publish, shop:report, shop:train.", id="step"),  # noqa: E501
        pytest.param({"schedule": "0 25 * * *"}, "The 'schedule' field in target shop:deploy must be a cron expression of five fields (minute hour day month weekday), such as '0 4 * * *'", id="cron"),  # noqa: E501
        pytest.param({"timezone": "Berlin"}, "The 'timezone' field in target shop:deploy must be a time zone of the IANA database", id="zone"),  # noqa: E501
        pytest.param({"stage": "test"}, "The 'stage' field in target shop:deploy is not known here. Remove it, or set it by `patch`.", id="unknown"),  # noqa: E501
    ],
)  # fmt: skip
def test_a_bad_setting_is_refused_with_what_is_allowed(settings: dict[str, Any], message: str) -> None:
    (found,) = problems("gitlab_ci", settings)

    assert found.startswith(message)
