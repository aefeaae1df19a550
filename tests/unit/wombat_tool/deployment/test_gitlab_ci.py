"""Configurations of GitLab: what they say, for which settings and graphs."""

from __future__ import annotations

from typing import Any, Optional

import pytest
import yaml

from deployment_plans import FLOW, VARIANTS, Step, problems, rendered, wide_and_deep
from gitlab_checks import above, jobs_of, needs_of, problems_of, variants_of
from wombat_tool.deployment.gitlab_document import timeout_text
from wombat_tool.deployment.gitlab_needs import parts_of
from wombat_tool.deployment.jobs import Job

BY_STEP = {"granularity": "step", "remote_cache": "$CACHE"}
CHANGED = "wombat:changed"
MAIN = ".gitlab-ci.yml"


def document(settings: Optional[dict[str, Any]] = None, **options: Any) -> dict[str, Any]:
    """The one file of a target."""
    (found,) = documents(settings or {}, **options).values()
    return found


def documents(settings: dict[str, Any], **options: Any) -> dict[str, dict[str, Any]]:
    """The files of a target, by path."""
    texts = rendered("gitlab_ci", settings, **options)
    # The reader in C, as some of them are large.
    return {path: yaml.load(text, Loader=yaml.CSafeLoader) for path, text in texts.items()}


def steps_needed(jobs: dict[str, Any]) -> dict[str, list[str]]:
    """What jobs need, without the list of what changed."""
    return {name: [need for need in needs_of(job) if need != CHANGED] for name, job in jobs.items() if name != CHANGED}


def conditions(found: dict[str, Any]) -> list[str]:
    """When there is a pipeline."""
    return [rule["if"] for rule in found["workflow"]["rules"]]


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
        "# GitLab keeps schedules in the project and not in this file. Create one for the default branch, in\n"
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

    assert found["variables"]["PARAM_DEEP"] == {
        "value": "false",
        "description": "Parameter of shop:train.deep",
        "options": ["false", "true"],
        "expand": False,
    }
    assert found["variables"]["PARAM_REGION"] == {
        "value": "north",
        "description": "Parameter of shop:load.region",
        "expand": False,
    }
    assert found["train"]["script"][-1] == (
        './pants run shop:train -- shop:train.deep="${PARAM_DEEP}" shop:load.region="${PARAM_REGION}"'
    )
    assert "PARAM_DEEP" not in found["clean"]["script"][-1]


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
    found = document({**BY_STEP, "tags": ["linux"], "step_tags": {":train": ["gpu"], "publish": ["linux"]}})

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
        pytest.param({"tags": ["$TAG"]}, "The 'tags.0' field in target shop:deploy must be letters, digits, blanks, '_', '-', '.' and '/', at most 255 characters, but was '$TAG'.", id="tag"),  # noqa: E501
        pytest.param({"expire_in": "30"}, "The 'expire_in' field in target shop:deploy must be a number and a unit, such as '30 days' or '1 week', or 'never', but was '30'.", id="expiry"),  # noqa: E501
        pytest.param({"output": "ci/flights"}, "The 'output' field in target shop:deploy must be the path of a file that ends in '.yml' or '.yaml', without '$' and '*', but was 'ci/flights'.", id="output"),  # noqa: E501
        pytest.param({"jobs_per_pipeline": 5}, "The 'jobs_per_pipeline' field in target shop:deploy must be 10 to 1000, but was 5.", id="jobs"),  # noqa: E501
        pytest.param({"image": "jobs"}, "The 'image' field in target shop:deploy must have a tag other than 'latest', or a digest, in production, but was 'jobs'. Write for instance 'jobs:{git_commit}', or set environment='development'.", id="image"),  # noqa: E501
        pytest.param({"env_vars": {"CI_JOB_ID": "1"}}, "The 'env_vars.CI_JOB_ID' field in target shop:deploy must not set a variable that GitLab itself sets. Rename it.", id="predefined"),  # noqa: E501
        pytest.param({"env_vars": {"A": "1"}, "secrets": {"A": "B"}}, "The 'secrets.A' field in target shop:deploy is set by 'env_vars', too. Remove one of them.", id="twice"),  # noqa: E501
        pytest.param({"env_vars": {"PARAM_DEEP": "1"}, "parameters": {"deep": "train.deep"}}, "The 'env_vars.PARAM_DEEP' field in target shop:deploy must not set the variable that holds a parameter of the run. Rename one of them.", id="parameter"),  # noqa: E501
        pytest.param({**BY_STEP, "step_tags": {"trian": ["gpu"]}}, "The 'step_tags.trian' field in target shop:deploy names the step 'trian', which is not part of shop:pipeline. Its steps: shop:clean, shop:load, shop:publish, shop:report, shop:train.", id="step"),  # noqa: E501
        pytest.param({"schedule": "0 25 * * *"}, "The 'schedule' field in target shop:deploy must be a cron expression of five fields (minute hour day month weekday), such as '0 4 * * *'", id="cron"),  # noqa: E501
        pytest.param({"timezone": "Berlin"}, "The 'timezone' field in target shop:deploy must be a time zone of the IANA database", id="zone"),  # noqa: E501
        pytest.param({"stage": "test"}, "The 'stage' field in target shop:deploy is not known here. Remove it, or set it by `patch`.", id="unknown"),  # noqa: E501
    ],
)  # fmt: skip
def test_a_bad_setting_is_refused_with_what_is_allowed(settings: dict[str, Any], message: str) -> None:
    (found,) = problems("gitlab_ci", settings)

    assert found.startswith(message)


# --- Variants of a parametrized step ----------------------------------------------------------------------------------


def test_variants_are_a_matrix() -> None:
    found = document(BY_STEP, steps=VARIANTS)

    assert found["train"]["parallel"] == {"matrix": [{"TARGET": ["shop:train@model=linear", "shop:train@model=trees"]}]}
    assert found["train"]["script"] == ['skip_unless_changed "${TARGET}"', './pants run "${TARGET}"']
    assert steps_needed(jobs_of(found))["compare"] == ["train"]


def test_each_variant_takes_the_parameters_that_it_knows() -> None:
    found = document({**BY_STEP, "parameters": {"model": "train@model=trees.model"}}, steps=VARIANTS)

    assert found["train"]["script"][-1] == (
        'case "$TARGET" in\n'
        "  shop:train@model=linear) ./pants run shop:train@model=linear ;;\n"
        "  shop:train@model=trees) ./pants run shop:train@model=trees -- "
        'shop:train@model=trees.model="${PARAM_MODEL}" ;;\n'
        "esac"
    )


@pytest.mark.parametrize(
    "variants",
    [
        pytest.param([f"model={number}" for number in range(60)], id="more than a job may need"),
        pytest.param(["model=a", f"model={'b' * 130}"], id="longer than the name of a job that is needed"),
        pytest.param(["model=a", "model=$b"], id="with a variable of GitLab's"),
    ],
)
def test_variants_that_gitlab_takes_no_matrix_of_are_jobs(variants: list[str]) -> None:
    steps = [Step(f"train@{variant}") for variant in variants]
    found = document(BY_STEP, steps=[*steps, Step("compare", needs=[step.name for step in steps])])

    assert "parallel" not in str(found)
    assert problems_of(found) == []
    assert len(above(jobs_of(found))["compare"]) >= len(variants)


# --- Limits -----------------------------------------------------------------------------------------------------------


def test_a_job_that_needs_too_many_needs_jobs_that_wait_for_them() -> None:
    steps = [Step(f"s{number}") for number in range(120)]
    inner = [Step("join", needs=[step.name for step in steps]), Step("a", needs=["join"]), Step("b", needs=["join"])]
    found = document(BY_STEP, steps=[*steps, *inner])

    assert steps_needed(jobs_of(found))["join"] == ["join:needs-1", "join:needs-2", "join:needs-3"]
    assert problems_of(found) == []
    assert {step.name for step in steps} <= above(jobs_of(found))["join"]
    gate = found["join:needs-1"]
    assert (gate["script"], gate["before_script"], gate["variables"]) == ([":"], [], {"GIT_STRATEGY": "none"})


def test_one_step_is_one_job_and_the_last_one() -> None:
    found = document(BY_STEP, steps=[Step("only")])

    assert steps_needed(jobs_of(found)) == {"only": [], "pipeline": ["only"]}


def test_a_large_graph_is_divided_among_child_pipelines() -> None:
    steps = wide_and_deep(2000)
    found = documents({**BY_STEP, "group_chains": False}, steps=steps)

    main = found.pop(MAIN)
    parts = {path: jobs_of(part) for path, part in found.items()}
    part_of = {name: path for path, jobs in parts.items() for name in jobs if name != CHANGED}
    assert len(part_of) == 2000 and all(len(jobs) <= 401 for jobs in parts.values())
    assert problems_of(main) == [] and all(problems_of(part) == [] for part in found.values())
    path_of = {name: job["trigger"]["include"][0]["local"] for name, job in jobs_of(main).items() if "trigger" in job}
    assert sorted(path_of.values()) == sorted(parts)
    earlier = {path_of[name]: {path_of[one] for one in needed} for name, needed in above(main_triggers(main)).items()}
    inside = {path: above(jobs) for path, jobs in parts.items()}
    for step in steps:
        name = step.name.replace("_", "-")
        for need in (need.replace("_", "-") for need in step.needs):
            same = part_of[need] == part_of[name]
            assert need in inside[part_of[name]][name] if same else part_of[need] in earlier[part_of[name]]
    assert reached(main, main["pipeline"]) == set(parts)


def main_triggers(main: dict[str, Any]) -> dict[str, Any]:
    """The jobs that start child pipelines."""
    return {name: job for name, job in jobs_of(main).items() if "trigger" in job}


def reached(main: dict[str, Any], job: dict[str, Any]) -> set[str]:
    """The files of the child pipelines that a job waits for, directly or not."""
    triggers = main_triggers(main)
    names = {other for need in needs_of(job) if need in triggers for other in (need, *above(triggers)[need])}
    return {triggers[name]["trigger"]["include"][0]["local"] for name in names}


def test_child_pipelines_run_for_their_parent_and_get_what_was_given_to_it() -> None:
    settings = {**BY_STEP, "group_chains": False, "jobs_per_pipeline": 10, "parameters": {"rate": "step_3.rate"}}
    steps = [*wide_and_deep(30)[:3], Step("step_3", needs=["step_2"], params={"rate": 1}), *wide_and_deep(30)[4:]]
    found = documents({**settings, "output": "ci/shop.yml"}, steps=steps)

    main, child = found["ci/shop.yml"], found["ci/shop/part-1.yml"]
    trigger = main["wombat:part-1"]
    assert trigger["trigger"] == {
        "include": [{"local": "ci/shop/part-1.yml"}],
        "strategy": "depend",
        "forward": {"yaml_variables": False, "pipeline_variables": True},
    }
    assert trigger["inherit"] == {"variables": False}
    assert conditions(child) == [MERGE_REQUEST, '$CI_PIPELINE_SOURCE == "parent_pipeline"']
    assert child["variables"]["PARAM_RATE"] == {"value": "1", "expand": False}
    assert "description" in main["variables"]["PARAM_RATE"]


def test_a_job_more_or_less_moves_few_others_between_child_pipelines() -> None:
    jobs = [Job(f"job-{number}", (f"shop:job_{number}",), ()) for number in range(2000)]
    before = [{job.name for job in part.jobs} for part in parts_of(jobs, most=400)]
    moved = []
    for gone in range(100, 2000, 100):
        after = [{job.name for job in part.jobs} for part in parts_of([*jobs[:gone], *jobs[gone + 1 :]], most=400)]
        moved.append(sum(part not in before and part | {jobs[gone].name} not in before for part in after))

    assert sorted(moved)[len(moved) // 2] == 0 and max(moved) <= 3


def test_independent_child_pipelines_do_not_wait_for_each_other() -> None:
    found = documents({**BY_STEP, "jobs_per_pipeline": 10}, steps=[Step(f"s{number}") for number in range(100)])

    triggers = main_triggers(found[MAIN])
    assert len(triggers) >= 10 and all(job["needs"] == [] for job in triggers.values())


def test_the_last_job_waits_for_more_child_pipelines_than_a_job_may_need() -> None:
    found = documents({**BY_STEP, "jobs_per_pipeline": 10}, steps=[Step(f"s{number}") for number in range(1000)])

    main = found[MAIN]
    assert len(main_triggers(main)) > 50
    # By its stage, since it says nothing of needs.
    assert "needs" not in main["pipeline"] and main["pipeline"]["stage"] == main["stages"][-1]
    assert problems_of(main) == []


def test_a_group_cannot_hold_several_child_pipelines() -> None:
    settings = {**BY_STEP, "jobs_per_pipeline": 10, "resource_group": "warehouse"}
    (problem,) = problems("gitlab_ci", settings, steps=[Step(f"s{number}") for number in range(30)])

    assert problem.startswith("The 'resource_group' field in target shop:deploy must not be set with ")
    assert problem.endswith("Raise 'jobs_per_pipeline', or set granularity='pipeline'.")


def test_a_file_that_gitlab_would_not_read_is_refused_with_the_limit() -> None:
    count = 300
    steps = [Step(f"s{number}", needs=[f"s{number - 1}"] if number else [], params={"p": 1}) for number in range(count)]
    parameters = {f"p{number}": f"s{number}.p" for number in range(count)}
    settings = {**BY_STEP, "group_chains": False, "parameters": parameters}
    (problem,) = problems("gitlab_ci", settings, steps=steps)

    assert "bytes of configuration in .gitlab-ci.yml, and GitLab takes at most 1000000 (https://docs.gitlab.com/" in problem
    assert problem.endswith("Lower `jobs_per_pipeline`, or set granularity='pipeline'.")


def test_the_variants_of_a_matrix_count_one_by_one() -> None:
    found = document(BY_STEP, steps=VARIANTS)

    assert variants_of(found["train"]) == 2
