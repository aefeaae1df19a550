"""The containers that jobs share: what differs from job to job is the target, which each hands over as a parameter.

A workflow is one object of Kubernetes, so a container of its own for each of a thousand jobs would not fit.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from wombat_tool.deployment.commands import Override
from wombat_tool.deployment.jobs import Job
from wombat_tool.deployment.names import LONGEST_NAME, short_hash
from wombat_tool.deployment.system import PipelineDeployment


@dataclass(frozen=True)
class Runner:
    """A container that runs any of the targets of its jobs.

    :param name: a DNS label; it says what the container asks for, so that no other job changes it.
    :param overrides: which parameters of steps it takes from parameters of the run, whose names are the variables.
    """

    name: str
    resources: tuple[tuple[str, str], ...]
    overrides: tuple[Override, ...]

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of the parameters of the run that it takes."""
        return tuple(sorted({override.variable for override in self.overrides}))


def runners_of(deployment: PipelineDeployment[Any], jobs: Iterable[Job], given: Mapping[str, str]) -> dict[str, Runner]:
    """The container of each job, by the name of the job.

    :param given: resources that all jobs ask for in place of what their steps ask for.
    """
    variables = {parameter.name: parameter.name for parameter in deployment.parameters}
    return {job.name: _runner({**job.resources, **given}, deployment.overrides(job.target, variables)) for job in jobs}


def _runner(resources: Mapping[str, str], overrides: tuple[Override, ...]) -> Runner:
    asked = tuple(sorted(resources.items()))
    words = ["run", *(f"{name}-{quantity}" for name, quantity in asked)]
    name = re.sub(r"[^a-z0-9]+", "-", "-".join(words).lower())
    if overrides or len(name) > LONGEST_NAME:
        content = json.dumps([asked, [(one.step, one.parameter, one.variable) for one in overrides]])
        name = f"{name[: LONGEST_NAME - 9].rstrip('-')}-{short_hash(content)}"
    return Runner(name, asked, overrides)
