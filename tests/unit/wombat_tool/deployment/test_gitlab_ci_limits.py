"""Configurations of GitLab for graphs of any size: matrices, jobs that wait for many others, and child pipelines."""

from __future__ import annotations

from typing import Any

import pytest

from deployment_plans import VARIANTS, Step, problems, wide_and_deep
from gitlab_checks import (
    CHANGED,
    above,
    conditions,
    document,
    documents,
    jobs_of,
    needs_of,
    problems_of,
    steps_needed,
    variants_of,
)
from wombat_tool.deployment.gitlab_needs import parts_of
from wombat_tool.deployment.jobs import Job

BY_STEP = {"granularity": "step", "remote_cache": "$CACHE"}
MAIN = ".gitlab-ci.yml"
MERGE_REQUEST = "$CI_MERGE_REQUEST_DIFF_BASE_SHA"


# --- Variants of a parametrized step ----------------------------------------------------------------------------------


def test_variants_are_a_matrix() -> None:
    found = document(BY_STEP, steps=VARIANTS)

    assert found["train"]["parallel"] == {
        "matrix": [{"WOMBAT_TARGET": ["shop:train@model=linear", "shop:train@model=trees"]}]
    }
    assert found["train"]["script"] == ['skip_unless_changed "${WOMBAT_TARGET}"', './pants run "${WOMBAT_TARGET}"']
    assert steps_needed(jobs_of(found))["compare"] == ["train"]


def test_each_variant_takes_the_parameters_that_it_knows() -> None:
    found = document({**BY_STEP, "parameters": {"model": "train@model=trees.model"}}, steps=VARIANTS)

    assert found["train"]["script"][-1] == (
        'case "$WOMBAT_TARGET" in\n'
        "  shop:train@model=linear) ./pants run shop:train@model=linear ;;\n"
        "  shop:train@model=trees) ./pants run shop:train@model=trees -- "
        'shop:train@model=trees.model="${WOMBAT_PARAMETER_MODEL}" ;;\n'
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
    assert (gate["script"], gate["variables"]) == ([":"], {"GIT_STRATEGY": "none"})
    assert gate["inherit"] == {"default": ["image", "interruptible", "tags"], "variables": False}


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
    assert child["variables"]["WOMBAT_PARAMETER_RATE"] == {"value": "1", "expand": False}
    assert "description" in main["variables"]["WOMBAT_PARAMETER_RATE"]


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
