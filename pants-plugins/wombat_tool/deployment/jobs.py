"""The jobs that a pipeline becomes: one for all, or one for each step or chain of steps."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Optional

from wombat_tool.deployment.graph import PipelineSteps
from wombat_tool.deployment.names import name_for, split_address
from wombat_tool.deployment.quantities import largest


@dataclass(frozen=True)
class Job:
    """What runs on one machine by one call of Pants, or by one call for each of its targets in a matrix.

    :param name: a DNS label, unique among the jobs.
    :param targets: the addresses to run; several only in a matrix, where each is one entry.
    :param steps: the addresses of the steps that the job is there for, in the order in which they run.
    :param needs: the names of the jobs that must be done before, in the order of names.
    :param resources: of each resource the most that one of the steps asks for.
    :param is_last: whether it is the job that runs the pipeline as a whole when all others are done.
    """

    name: str
    targets: tuple[str, ...]
    steps: tuple[str, ...]
    needs: tuple[str, ...] = ()
    resources: Mapping[str, str] = field(default_factory=dict)
    description: str = ""
    is_last: bool = False

    @property
    def target(self) -> str:
        """The address to run, of a job that is no matrix."""
        (target,) = self.targets
        return target

    @property
    def is_matrix(self) -> bool:
        """Whether the job is one entry for each of several targets."""
        return len(self.targets) > 1


def pipeline_job(steps: PipelineSteps, *, directory: str) -> Job:
    """The one job that runs the whole pipeline."""
    address = steps.pipeline.address
    return Job(
        name_for(address, directory=directory),
        (address,),
        tuple(steps.steps),
        resources=largest(step.resources for step in steps.steps.values()),
        description=steps.pipeline.description,
    )


def step_jobs(steps: PipelineSteps, *, directory: str, group_chains: bool, matrix: bool) -> tuple[Job, ...]:
    """A job for each step, in an order in which they can run; the last one runs the pipeline as a whole.

    That last job computes nothing, since all results are there. It checks what no step does, such as the contracts of
    data that no step reads, and its exit code and its summary are those of the pipeline.

    :param group_chains: make one job of steps that can only run one after the other.
    :param matrix: make one job of the variants of a parametrized step that need the same jobs.
    """
    groups = _chains(steps) if group_chains else [(one,) for one in steps.steps]
    group_of = {step: group for group in groups for step in group}
    needs = _reduced({group: {group_of[need] for step in group for need in steps.needs[step]} - {group} for group in groups})
    ordered = _by_depth(groups, needs)
    jobs: list[Job] = []
    name_of: dict[tuple[str, ...], str] = {}
    merged = _matrices(ordered, needs) if matrix else [(group,) for group in ordered]
    matrices = Counter(_without_parameters(members[0][-1]) for members in merged if len(members) > 1)
    for members in merged:
        variants = sorted(members, key=lambda group: group[-1])
        last = variants[0][-1]
        shared = _without_parameters(last)
        is_only = len(variants) > 1 and matrices[shared] == 1
        name = name_for(shared if is_only else last, directory=directory)
        name_of.update((group, name) for group in variants)
        jobs.append(
            Job(
                name,
                tuple(group[-1] for group in variants),
                tuple(step for group in variants for step in group),
                tuple(sorted({name_of[need] for group in variants for need in needs[group]})),
                largest(steps.steps[step].resources for group in variants for step in group),
                steps.steps[last].description,
            )
        )
    return (*jobs, _last_job(steps, jobs, directory=directory))


def _last_job(steps: PipelineSteps, jobs: Sequence[Job], *, directory: str) -> Job:
    address = steps.pipeline.address
    needed = {name for job in jobs for name in job.needs}
    name = name_for(address, directory=directory)
    if any(job.name == name for job in jobs):
        # A pipeline and a step have different addresses; so this is a name that is plain, and a hash makes it unique.
        name = name_for(address, directory="")
    ends = tuple(sorted(job.name for job in jobs if job.name not in needed))
    return Job(name, (address,), (), ends, description=steps.pipeline.description, is_last=True)


def _without_parameters(address: str) -> str:
    directory, name, _ = split_address(address)
    return f"{directory}:{name}"


def _chains(steps: PipelineSteps) -> list[tuple[str, ...]]:
    """The steps in groups: of two steps in one group, one is all that the other needs, and is needed by it alone."""
    consumers: dict[str, list[str]] = defaultdict(list)
    for step, needs in steps.needs.items():
        for need in needs:
            consumers[need].append(step)

    def follower(step: str) -> Optional[str]:
        following = consumers[step]
        return following[0] if len(following) == 1 and len(steps.needs[following[0]]) == 1 else None

    followers = {step: follower(step) for step in steps.steps}
    inner = set(followers.values())
    groups = []
    for step in steps.steps:
        if step not in inner:
            group = [step]
            while (next_step := followers[group[-1]]) is not None:
                group.append(next_step)
            groups.append(tuple(group))
    return groups


def _by_depth(
    groups: Iterable[tuple[str, ...]], needs: Mapping[tuple[str, ...], set[tuple[str, ...]]]
) -> list[tuple[str, ...]]:
    depths = _depths(groups, needs)
    return sorted(depths, key=lambda group: (depths[group], group[-1]))


def _depths(
    groups: Iterable[tuple[str, ...]], needs: Mapping[tuple[str, ...], set[tuple[str, ...]]]
) -> dict[tuple[str, ...], int]:
    depths: dict[tuple[str, ...], int] = {}
    waiting = list(groups)
    while waiting:
        group = waiting[-1]
        missing = [need for need in needs[group] if need not in depths]
        if missing:
            waiting += missing
            continue
        waiting.pop()
        depths[group] = 1 + max((depths[need] for need in needs[group]), default=-1)
    return depths


def _reduced(needs: Mapping[tuple[str, ...], set[tuple[str, ...]]]) -> dict[tuple[str, ...], set[tuple[str, ...]]]:
    """The same order by the fewest needs: none that another need has itself, directly or not."""
    ordered = _by_depth(needs, needs)
    bit = {group: 1 << number for number, group in enumerate(ordered)}
    above: dict[tuple[str, ...], int] = {}
    reduced: dict[tuple[str, ...], set[tuple[str, ...]]] = {}
    for group in ordered:
        indirect = 0
        for need in needs[group]:
            indirect |= above[need]
        reduced[group] = {need for need in needs[group] if not indirect & bit[need]}
        above[group] = indirect
        for need in needs[group]:
            above[group] |= bit[need]
    return reduced


def _matrices(
    ordered: Sequence[tuple[str, ...]], needs: Mapping[tuple[str, ...], set[tuple[str, ...]]]
) -> list[tuple[tuple[str, ...], ...]]:
    """The groups, those together that differ only in parameters and need the same.

    What has the same needs is equally deep in the graph, so that no circle can come of it.
    """
    merged: dict[tuple[object, ...], list[tuple[str, ...]]] = {}
    key_of: dict[tuple[str, ...], tuple[object, ...]] = {}
    for group in ordered:
        plain = all(not split_address(step)[2] for step in group)
        same = group if plain else tuple(_without_parameters(step) for step in group)
        # Keys hold keys; what stands for them is the first group, so that they stay small.
        needed = frozenset(merged[key_of[need]][0] for need in needs[group])
        key = (plain, same, needed)
        key_of[group] = key
        merged.setdefault(key, []).append(group)
    return [tuple(members) for members in merged.values()]
