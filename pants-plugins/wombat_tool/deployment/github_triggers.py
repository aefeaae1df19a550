"""What starts a workflow of GitHub: events, and the inputs of a manual start."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from wombat_tool.deployment.github_expressions import OPENING, expression, quoted
from wombat_tool.deployment.github_schedule import github_cron
from wombat_tool.deployment.parameters import Parameter
from wombat_tool.deployment.problems import DeploymentProblem
from wombat_tool.deployment.system import PipelineDeployment

if TYPE_CHECKING:
    from wombat_tool.deployment.systems.github_workflow import GithubWorkflowSettings

_MOST_INPUTS = 25
_INPUTS_SOURCE = "docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#workflow_dispatch"
# Expressions of GitHub write numbers with 15 digits.
_LARGEST_NUMBER = 10**15


def triggers(deployment: PipelineDeployment[GithubWorkflowSettings]) -> dict[str, Any]:
    """The value of `on`."""
    settings = deployment.settings
    wanted = settings.triggers
    schedule = deployment.schedule
    if wanted is not None and not wanted:
        raise DeploymentProblem("triggers", "must not be empty: nothing would start the workflow.")
    if wanted is not None and "schedule" in wanted and schedule is None:
        raise DeploymentProblem(
            "triggers", "has 'schedule', but there is none: set `schedule` here, or that of the pipeline."
        )
    if wanted is not None and "manual" not in wanted and settings.parameters:
        raise DeploymentProblem(
            "parameters", "must be empty unless `triggers` has 'manual': only who starts a run by hand can set them."
        )
    events: dict[str, Any] = {}
    for event in ("push", "pull_request"):
        if wanted is None or event in wanted:
            events[event] = {"branches": list(settings.branches)}
    if schedule is not None and (wanted is None or "schedule" in wanted):
        zone = {} if settings.timezone == "UTC" else {"timezone": settings.timezone}
        events["schedule"] = [{"cron": github_cron(schedule), **zone}]
    if wanted is None or "manual" in wanted:
        inputs = _inputs(deployment.parameters)
        events["workflow_dispatch"] = {"inputs": inputs} if inputs else {}
    return events


def _inputs(parameters: tuple[Parameter, ...]) -> dict[str, Any]:
    if len(parameters) > _MOST_INPUTS:
        raise DeploymentProblem(
            "parameters", f"has {len(parameters)} entries, and GitHub takes at most {_MOST_INPUTS} ({_INPUTS_SOURCE})."
        )
    return {parameter.name: _input(parameter) for parameter in parameters}


def _input(parameter: Parameter) -> dict[str, Any]:
    kind = _input_type(parameter)
    is_plain = isinstance(parameter.default, str) or kind != "string"
    default = parameter.default if is_plain else parameter.default_text
    if OPENING in str(default):
        raise DeploymentProblem(
            f"parameters.{parameter.name}",
            f"must not stand for a parameter whose default holds {OPENING!r}, since GitHub refuses it there and has no "
            "other way to write it.",
        )
    steps = ", ".join(f"{step}.{name}" for step, name in parameter.steps)
    return {"description": f"Sets {steps}".replace(OPENING, "$ {{"), "type": kind, "default": default, "required": False}


def _input_type(parameter: Parameter) -> str:
    default = parameter.default
    if isinstance(default, bool):
        return "boolean"
    return "number" if isinstance(default, int) and abs(default) < _LARGEST_NUMBER else "string"


def parameter_variables(parameters: tuple[Parameter, ...]) -> Mapping[str, str]:
    """For each parameter the environment variable of its value."""
    return {parameter.name: f"PARAMETER_{parameter.name.upper()}" for parameter in parameters}


def parameter_value(parameter: Parameter) -> str:
    """The expression of a parameter's value as JSON: what was put in, or in runs that nobody started its default."""
    given = f"inputs.{parameter.name}"
    if isinstance(parameter.default, str):
        # As JSON a text that looks like a number stays text, and no text at all does not count as nothing.
        given, default = f"toJSON({given})", json.dumps(parameter.default, ensure_ascii=False)
    else:
        # As text 0 and false do not count as nothing; only a field that was left empty does.
        given, default = f"format('{{0}}', {given})", parameter.default_text
    return expression(f"github.event_name == 'workflow_dispatch' && {given} || {quoted(default)}")
