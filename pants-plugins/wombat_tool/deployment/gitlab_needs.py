"""What jobs of GitLab wait for, within GitLab's limit of needs a job, and the child pipelines of large graphs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from wombat_tool.deployment.jobs import Job
from wombat_tool.deployment.names import short_hash
from wombat_tool.deployment.problems import LimitProblem

MOST_NEEDS = 50
"""https://docs.gitlab.com/administration/cicd/limits/, "Maximum number of needs dependencies"; each job of a matrix
counts."""
MOST_VARIANTS = MOST_NEEDS - 1
"""A matrix of more could not be needed by a job that also needs the list of changed targets."""
_LONGEST_MATRIX_NAME = 128
"""GitLab makes no pipeline, and says nothing, if a job is needed whose name with its variables is much longer:
https://gitlab.com/gitlab-org/gitlab/-/issues/362262"""


def fits_in_matrix(job: Job) -> bool:
    """Whether GitLab runs the targets of a job as a matrix, with each address as it is written."""
    return len(job.targets) <= MOST_VARIANTS and all(
        # GitLab puts in the values of variables that a value of a matrix names, as $NAME or %NAME%.
        len(f"{job.name}: [{target}]") <= _LONGEST_MATRIX_NAME and not set(target) & set("$%")
        for target in job.targets
    )


@dataclass(frozen=True)
class Gate:
    """A job that runs nothing and waits for some of the jobs that another needs, which are too many for it alone."""

    name: str
    needs: tuple[str, ...]


def with_gates(name: str, needs: Sequence[str], weights: Mapping[str, int], *, most: int) -> tuple[list[str], list[Gate]]:
    """What a job is to need, at most as many as the limit allows, and the gates for the others.

    :param name: of the job.
    :param weights: for each need the number of jobs that GitLab counts it for; those not in it count once.
    """
    needed = list(needs)
    gates: list[Gate] = []
    while sum(weights.get(need, 1) for need in needed) > most:
        groups = list(_groups(needed, weights, most))
        made = [Gate(f"{name}:needs-{len(gates) + number}", tuple(group)) for number, group in enumerate(groups, 1)]
        gates += made
        needed = [gate.name for gate in made]
    return needed, gates


def _groups(needs: Sequence[str], weights: Mapping[str, int], most: int) -> Iterator[list[str]]:
    group: list[str] = []
    weight = 0
    for need in needs:
        if group and weight + weights.get(need, 1) > most:
            yield group
            group, weight = [], 0
        group.append(need)
        weight += weights.get(need, 1)
    if group:
        yield group


@dataclass(frozen=True)
class Part:
    """The jobs of one child pipeline.

    :param number: from 1.
    :param needs: the numbers of the parts that must be done before.
    :param is_end: whether no other part needs it.
    """

    number: int
    jobs: tuple[Job, ...]
    needs: tuple[int, ...]
    is_end: bool


def parts_of(jobs: Sequence[Job], *, most: int) -> tuple[Part, ...]:
    """The jobs in parts; each part needs earlier ones only.

    Parts end where the name of a job says so, if they can, so that a job more or less moves few others.

    :param jobs: in an order in which they can run.
    :param most: how many jobs a part may have.
    """
    groups: list[list[Job]] = [[]]
    size = 0
    for job in jobs:
        if groups[-1] and size + len(job.targets) > most:
            groups.append([])
            size = 0
        groups[-1].append(job)
        size += len(job.targets)
        if size >= most // 2 and int(short_hash(job.name), 16) % max(most // 8, 1) == 0:
            groups.append([])
            size = 0
    groups = [group for group in groups if group]
    part_of = {job.name: number for number, group in enumerate(groups, 1) for job in group}
    above: dict[int, set[int]] = {}
    reduced: dict[int, tuple[int, ...]] = {}
    for number, group in enumerate(groups, 1):
        direct = {part_of[need] for job in group for need in job.needs} - {number}
        indirect: set[int] = set().union(*(above[need] for need in direct))
        reduced[number] = tuple(sorted(direct - indirect))
        above[number] = direct | indirect
        if len(reduced[number]) > MOST_NEEDS:
            raise LimitProblem(
                system="GitLab",
                what=f"child pipelines that child pipeline {number} needs",
                count=len(reduced[number]),
                limit=MOST_NEEDS,
                source="https://docs.gitlab.com/administration/cicd/limits/",
                mend="Raise `jobs_per_pipeline`, or set granularity='pipeline'.",
            )
    needed = {need for needs in reduced.values() for need in needs}
    return tuple(Part(number, tuple(group), reduced[number], number not in needed) for number, group in enumerate(groups, 1))
