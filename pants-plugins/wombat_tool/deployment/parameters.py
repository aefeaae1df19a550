"""Parameters of a run: names under which a trigger can set parameters of steps."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Union

from wombat_tool.deployment.graph import PipelineSteps
from wombat_tool.deployment.names import split_address
from wombat_tool.deployment.problems import DeploymentProblem


@dataclass(frozen=True)
class Parameter:
    """A parameter of a run.

    :param steps: address and parameter of each step that gets its value.
    :param default: the value that the steps declare.
    """

    name: str
    steps: tuple[tuple[str, str], ...]
    default: Any

    @property
    def default_text(self) -> str:
        """The default as a run takes it for a value: JSON, and without quotes if it is text that nobody takes for JSON."""
        if isinstance(self.default, str):
            try:
                json.loads(self.default)
            except (ValueError, RecursionError):
                return self.default
        return json.dumps(self.default, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def resolved_parameters(
    declared: Mapping[str, Union[str, Sequence[str]]], steps: PipelineSteps, *, directory: str
) -> tuple[Parameter, ...]:
    """The parameters in the order of names.

    :raises DeploymentProblem: if a step or its parameter is not there, or two have different defaults.
    """
    return tuple(
        _resolved(name, (targets,) if isinstance(targets, str) else tuple(targets), steps, directory)
        for name, targets in sorted(declared.items())
    )


def _resolved(name: str, targets: Sequence[str], steps: PipelineSteps, directory: str) -> Parameter:
    field = f"parameters.{name}"
    if not targets:
        raise DeploymentProblem(field, "must name a parameter of a step, such as 'train.max_iter', but is empty.")
    pairs = tuple(_parameter_of_step(field, target, steps, directory) for target in targets)
    defaults = [steps.steps[step].params[parameter] for step, parameter in pairs]
    for target, default in zip(targets, defaults):
        if default != defaults[0] or isinstance(default, bool) != isinstance(defaults[0], bool):
            raise DeploymentProblem(
                field,
                f"must name parameters with one default, but {targets[0]!r} has {defaults[0]!r} and {target!r} has "
                f"{default!r}. Give them the same value in the BUILD file, or two names here.",
            )
    return Parameter(name, pairs, defaults[0])


def _parameter_of_step(field: str, target: str, steps: PipelineSteps, directory: str) -> tuple[str, str]:
    where, dot, parameter = target.rpartition(".")
    if not dot:
        raise DeploymentProblem(field, f"must be 'step.parameter', such as 'train.max_iter', but was {target!r}.")
    step = step_named(where, steps, field=field, directory=directory)
    params = steps.steps[step].params
    if parameter not in params:
        raise DeploymentProblem(
            field, f"names {target!r}, but that step declares no such parameter. It has: {_listed(sorted(params))}."
        )
    return step, parameter


def step_named(name: str, steps: PipelineSteps, *, field: str, directory: str) -> str:
    """The address of the step of the pipeline that a setting names.

    :param name: its address, or its name alone.
    :raises DeploymentProblem: if there is no such step, or more than one.
    """
    found = [step for step in steps.steps if name in _spellings(step, directory)]
    if not found:
        raise DeploymentProblem(
            field,
            f"names the step {name!r}, which is not part of {steps.pipeline.address}. "
            f"Its steps: {_listed(list(steps.steps))}.",
        )
    if len(found) > 1:
        raise DeploymentProblem(
            field, f"names {name!r}, which stands for several steps: {_listed(found)}. Write the whole address."
        )
    return found[0]


def _spellings(step: str, directory: str) -> tuple[str, ...]:
    own, name, parameters = split_address(step)
    variant = f"@{parameters}" if parameters else ""
    local = (f":{name}{variant}",) if own == directory else ()
    return (step, f"//{own}:{name}{variant}", f"{own}:{name}{variant}", f"{name}{variant}", *local)


def _listed(names: Sequence[str], *, limit: int = 10) -> str:
    more = f", and {len(names) - limit} more" if len(names) > limit else ""
    return f"{', '.join(names[:limit])}{more}" if names else "none"
