"""Deployment plans of small pipelines, and what is generated from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Optional

from wombat_tool.deployment.plan import DeploymentPlan
from wombat_tool.deployment.problems import problem_text
from wombat_tool.deployment.render import RenderedTarget, render
from wombat_tool.deployment.yaml_text import read_yaml

DIRECTORY = "shop"
PIPELINE = f"{DIRECTORY}:pipeline"


@dataclass(frozen=True)
class Step:
    """A step of a pipeline, with one output.

    :param name: of the target in its directory; "train@m=a" for a variant. With ":" it is a whole address.
    :param needs: the names of the steps whose outputs it reads.
    """

    name: str
    needs: Sequence[str] = ()
    params: Optional[Mapping[str, Any]] = None
    resources: Optional[Mapping[str, str]] = None
    environment_passed: Sequence[str] = ()

    @property
    def address(self) -> str:
        """The address of the target."""
        return self.name if ":" in self.name else f"{DIRECTORY}:{self.name}"


FLOW = (
    Step("load", params={"limit": 100, "region": "north"}, environment_passed=("DB_PASSWORD",)),
    Step("clean", needs=("load",), resources={"cpu": "500m", "memory": "512Mi"}),
    Step("train", needs=("clean",), params={"max_iter": 80, "rate": 0.5, "deep": False}, resources={"memory": "1Gi"}),
    Step("report", needs=("clean",)),
    Step("publish", needs=("train", "report")),
)
"""A pipeline with a chain, a fork and a join."""

VARIANTS = (
    Step("load"),
    *(Step(f"train@model={model}", needs=("load",), params={"model": model}) for model in ("linear", "trees")),
    Step("compare", needs=("train@model=linear", "train@model=trees")),
)
"""A pipeline with variants of a parametrized step."""


def wide_and_deep(count: int) -> tuple[Step, ...]:
    """A pipeline of that many steps: each reads up to three of those twenty or so before it."""
    return tuple(
        Step(
            f"step_{number}",
            needs=[f"step_{other}" for other in sorted({number - 1, number - 7, number - 20}) if other >= 0],
        )
        for number in range(count)
    )


def graph_document(
    steps: Iterable[Step] = FLOW, *, schedule: Optional[str] = None, pipeline: str = PIPELINE
) -> dict[str, Any]:
    """The pipeline graph document of one pipeline that delivers all that no step reads."""
    steps = list(steps)
    address_of = {step.name: step.address for step in steps}
    read = {need for step in steps for need in step.needs}
    return {
        "version": 1,
        "datasets": [
            {"address": f"{step.address}_data", "format": "csv", "sources": [], "producer": step.address, "description": ""}
            for step in steps
        ],
        "steps": [
            {
                "address": step.address,
                "entry_point": "steps.py:run",
                "inputs": [{"parameter": "x", "dataset": f"{address_of[need]}_data"} for need in step.needs],
                "outputs": [{"name": None, "dataset": f"{step.address}_data"}],
                "params": dict(step.params or {}),
                "resources": dict(step.resources or {}),
                "timeout_s": None,
                "retries": 0,
                "environment_passed": list(step.environment_passed),
                "description": "",
            }
            for step in steps
        ],
        "pipelines": [
            {
                "address": pipeline,
                "outputs": [f"{step.address}_data" for step in steps if step.name not in read],
                "schedule": schedule,
                "description": "",
            }
        ],
    }


def deployment_plan(
    type_name: str,
    settings: Mapping[str, Any],
    *,
    steps: Iterable[Step] = FLOW,
    schedule: Optional[str] = None,
    address: str = f"{DIRECTORY}:deploy",
    directory: str = DIRECTORY,
    pipeline: str = PIPELINE,
    others: Sequence[Mapping[str, Any]] = (),
) -> DeploymentPlan:
    """The plan of one deployment target, or of several.

    :param settings: those of the target; `pipeline` is added unless it is a target of another kind.
    :param others: more entries of `deployments`.
    """
    no_pipeline = type_name in ("remote_cache", "pipeline_image")
    entry = {
        "address": address,
        "type": type_name,
        "directory": directory,
        "settings": dict(settings) if no_pipeline else {"pipeline": pipeline, **settings},
    }
    return DeploymentPlan.model_validate(
        {
            "version": 1,
            "launcher": "./pants",
            "graph": graph_document(steps, schedule=schedule, pipeline=pipeline),
            "deployments": [entry, *others],
        }
    )


def rendered(type_name: str, settings: Mapping[str, Any], **options: Any) -> dict[str, str]:
    """The text of each generated file, by path.

    :param options: as of `deployment_plan`.
    """
    address = options.get("address", f"{DIRECTORY}:deploy")
    target = _target(render(deployment_plan(type_name, settings, **options)), address)
    assert not target.problems, target.problems
    return {file.path: file.text for file in target.files}


def rendered_yaml(type_name: str, settings: Mapping[str, Any], **options: Any) -> dict[str, list[Any]]:
    """The documents of each generated YAML file, by path."""
    return {path: list(read_yaml(text)) for path, text in rendered(type_name, settings, **options).items()}


def problems(type_name: str, settings: Mapping[str, Any], **options: Any) -> list[str]:
    """The whole messages of what is wrong with the target."""
    address = options.get("address", f"{DIRECTORY}:deploy")
    target = _target(render(deployment_plan(type_name, settings, **options)), address)
    return [problem_text(one.target, one.field, one.message) for one in target.problems]


def _target(targets: Sequence[RenderedTarget], address: str) -> RenderedTarget:
    return next(target for target in targets if target.address == address)
