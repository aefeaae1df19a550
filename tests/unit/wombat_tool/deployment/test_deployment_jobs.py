"""The jobs that a pipeline becomes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deployment_plans import DIRECTORY, FLOW, PIPELINE, VARIANTS, Step, graph_document, wide_and_deep
from wombat_tool.deployment.graph import Graph, GraphDocument, PipelineSteps
from wombat_tool.deployment.jobs import Job, pipeline_job, step_jobs


def _steps(steps: Iterable[Step]) -> PipelineSteps:
    return Graph(GraphDocument.model_validate(graph_document(steps))).steps_of(PIPELINE)


def _jobs(steps: Iterable[Step], *, group_chains: bool = True, matrix: bool = False) -> tuple[Job, ...]:
    return step_jobs(_steps(steps), directory=DIRECTORY, group_chains=group_chains, matrix=matrix)


def _needs(jobs: Sequence[Job]) -> dict[str, tuple[str, ...]]:
    return {job.name: job.needs for job in jobs}


def test_one_job_runs_the_whole_pipeline_and_asks_for_what_its_largest_steps_need() -> None:
    job = pipeline_job(_steps(FLOW), directory=DIRECTORY)

    assert (job.name, job.target, job.needs) == ("pipeline", PIPELINE, ())
    assert job.resources == {"cpu": "500m", "memory": "1Gi"}


def test_each_step_is_a_job_and_the_last_one_runs_the_pipeline() -> None:
    jobs = _jobs(FLOW, group_chains=False)

    assert _needs(jobs) == {
        "load": (),
        "clean": ("load",),
        "report": ("clean",),
        "train": ("clean",),
        "publish": ("report", "train"),
        "pipeline": ("publish",),
    }
    assert [job.target for job in jobs][-1] == PIPELINE
    assert [job.is_last for job in jobs] == [False] * 5 + [True]


def test_steps_that_can_only_run_one_after_the_other_are_one_job() -> None:
    jobs = _jobs(FLOW)

    assert _needs(jobs) == {
        "clean": (),
        "report": ("clean",),
        "train": ("clean",),
        "publish": ("report", "train"),
        "pipeline": ("publish",),
    }
    assert jobs[0].steps == (f"{DIRECTORY}:load", f"{DIRECTORY}:clean")
    assert jobs[0].target == f"{DIRECTORY}:clean"
    assert jobs[0].resources == {"cpu": "500m", "memory": "512Mi"}


def test_a_need_that_another_need_has_itself_is_left_out() -> None:
    jobs = _jobs([Step("a"), Step("b", ["a"]), Step("other", ["a"]), Step("c", ["a", "b", "other"])])

    assert _needs(jobs)["c"] == ("b", "other")


def test_variants_of_a_step_are_a_matrix_where_the_system_has_one() -> None:
    with_matrix = _jobs(VARIANTS, matrix=True)
    without = _jobs(VARIANTS)

    assert _needs(with_matrix) == {"load": (), "train": ("load",), "compare": ("train",), "pipeline": ("compare",)}
    assert with_matrix[1].targets == (f"{DIRECTORY}:train@model=linear", f"{DIRECTORY}:train@model=trees")
    assert not any(job.is_matrix for job in without)
    assert len(without) == 5


def test_chains_of_variants_are_a_matrix_of_chains() -> None:
    steps = [
        Step("load"),
        *(
            Step(f"{name}@m={m}", ["load" if name == "prepare" else f"prepare@m={m}"])
            for name in ("prepare", "train")
            for m in "ab"
        ),
    ]

    jobs = _jobs(steps, matrix=True)

    assert _needs(jobs) == {"load": (), "train": ("load",), "pipeline": ("train",)}
    assert jobs[1].steps == tuple(f"{DIRECTORY}:{name}@m={m}" for m in "ab" for name in ("prepare", "train"))


def test_two_matrices_of_one_step_have_two_names() -> None:
    steps = [
        Step("a"),
        Step("b"),
        *(Step(f"t@m={m}", ["a"]) for m in "12"),
        *(Step(f"t@m={m}", ["b"]) for m in "34"),
    ]

    names = [job.name for job in _jobs(steps, matrix=True)]

    assert len(set(names)) == len(names) == 5


def test_a_pipeline_named_like_a_step_has_a_name_of_its_own() -> None:
    document = graph_document([Step("elsewhere:p")], pipeline="other/elsewhere:p")
    steps = Graph(GraphDocument.model_validate(document)).steps_of("other/elsewhere:p")

    names = [job.name for job in step_jobs(steps, directory="x", group_chains=True, matrix=False)]

    assert len(set(names)) == 2


def test_a_pipeline_of_pipelines_has_the_steps_of_all_and_data_of_the_repository_has_none() -> None:
    document = graph_document([Step("a"), Step("b")])
    document["datasets"].append({"address": "shop:file", "format": "csv", "producer": None, "description": ""})
    document["pipelines"] = [
        {"address": "shop:inner", "outputs": ["shop:a_data"], "schedule": None, "description": ""},
        {"address": PIPELINE, "outputs": ["shop:inner", "shop:b", "shop:file"], "schedule": None, "description": ""},
    ]

    steps = Graph(GraphDocument.model_validate(document)).steps_of(PIPELINE)

    assert list(steps.steps) == ["shop:a", "shop:b"]


def test_a_pipeline_without_steps_is_one_job() -> None:
    document = graph_document([])

    jobs = step_jobs(
        Graph(GraphDocument.model_validate(document)).steps_of(PIPELINE), directory=DIRECTORY, group_chains=True, matrix=True
    )

    assert [(job.target, job.needs) for job in jobs] == [(PIPELINE, ())]


@st.composite
def _pipelines(draw: st.DrawFn) -> list[Step]:
    count = draw(st.integers(1, 12))
    steps: list[Step] = []
    for number in range(count):
        needs = draw(st.sets(st.sampled_from([step.name for step in steps]), max_size=3)) if steps else set()
        variant = draw(st.sampled_from(["", "", "@m=a", "@m=b"]))
        name = draw(st.sampled_from("xyz")) if variant else f"s{number}"
        if any(step.name == f"{name}{variant}" for step in steps):
            name, variant = f"s{number}", ""
        steps.append(Step(f"{name}{variant}", sorted(needs)))
    return steps


@given(steps=_pipelines(), group_chains=st.booleans(), matrix=st.booleans(), seed=st.randoms())
def test_jobs_run_every_step_once_and_after_what_it_needs(
    steps: list[Step], group_chains: bool, matrix: bool, seed: object
) -> None:
    jobs = _jobs(steps, group_chains=group_chains, matrix=matrix)
    shuffled = list(steps)
    seed.shuffle(shuffled)  # type: ignore[attr-defined]

    assert _jobs(shuffled, group_chains=group_chains, matrix=matrix) == jobs
    assert sorted(step for job in jobs for step in job.steps) == sorted(step.address for step in steps)
    assert len({job.name for job in jobs}) == len(jobs)
    before: dict[str, set[str]] = {}
    for job in jobs:
        # Needs come earlier in the list, so that it has no circle.
        before[job.name] = {one for need in job.needs for one in before[need] | {need}}
    of_step = {step: job for job in jobs for step in job.steps}
    for step in steps:
        for need in step.needs:
            own, needed = of_step[step.address], of_step[f"{DIRECTORY}:{need}"]
            assert own is needed or needed.name in before[own.name]
    assert before[jobs[-1].name] == {job.name for job in jobs[:-1]}


@pytest.mark.parametrize("removed", range(5))
def test_a_step_that_goes_takes_its_job_and_nothing_else(removed: int) -> None:
    steps = [Step("load"), *(Step(f"train_{number}", ["load"]) for number in range(5))]
    fewer = [step for number, step in enumerate(steps) if number != removed + 1]

    jobs = _jobs(steps, group_chains=False)
    left = _jobs(fewer, group_chains=False)

    gone = f"train-{removed}"
    assert list(left[:-1]) == [job for job in jobs[:-1] if job.name != gone]
    assert left[-1].needs == tuple(need for need in jobs[-1].needs if need != gone)


def test_two_thousand_steps_become_jobs_with_few_needs() -> None:
    jobs = _jobs(wide_and_deep(2000), matrix=True)

    assert len(jobs) == 2001
    assert max(len(job.needs) for job in jobs) <= 3
