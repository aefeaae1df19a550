"""Makes the files of all deployment targets of a plan."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Optional, Union

from pydantic import ValidationError

from wombat_tool.deployment.commands import Variable
from wombat_tool.deployment.graph import Graph
from wombat_tool.deployment.outputs import problem_with_path
from wombat_tool.deployment.plan import DeploymentEntry, DeploymentPlan
from wombat_tool.deployment.problems import DeploymentProblem, Problem
from wombat_tool.deployment.settings import PipelineSettings, Settings, broken_texts, setting_problems
from wombat_tool.deployment.system import Deployment, GeneratedFile, PipelineDeployment, RemoteCache
from wombat_tool.deployment.systems import SYSTEMS
from wombat_tool.deployment.systems.remote_cache import RemoteCacheSettings, service_address


@dataclass(frozen=True)
class RenderedTarget:
    """What became of one target: its files, or what is wrong with it."""

    address: str
    files: tuple[GeneratedFile, ...] = ()
    problems: tuple[Problem, ...] = ()


def render(plan: DeploymentPlan) -> tuple[RenderedTarget, ...]:
    """The files of each deployment target, in the order of addresses."""
    graph = Graph(plan.graph)
    entries = sorted(plan.deployments, key=lambda entry: entry.address)
    checked = {entry.address: _checked_settings(entry) for entry in entries}
    caches = {address: settings for address, settings in checked.items() if isinstance(settings, RemoteCacheSettings)}
    rendered = [_rendered(entry, checked[entry.address], graph, plan.launcher, caches) for entry in entries]
    return tuple(_without_clashes(rendered))


def _checked_settings(entry: DeploymentEntry) -> Union[Settings, tuple[Problem, ...]]:
    broken = tuple(broken_texts(entry.settings))
    if broken:
        return tuple(Problem(entry.address, field, message) for field, message in broken)
    try:
        # Read as JSON, where a list may stand for a tuple although all else must be exact.
        return SYSTEMS[entry.type].settings.model_validate_json(json.dumps(entry.settings))
    except ValidationError as error:
        return tuple(Problem(entry.address, field, message) for field, message in setting_problems(error))


def _rendered(
    entry: DeploymentEntry,
    settings: Union[Settings, tuple[Problem, ...]],
    graph: Graph,
    launcher: str,
    caches: Mapping[str, RemoteCacheSettings],
) -> RenderedTarget:
    if not isinstance(settings, Settings):
        return RenderedTarget(entry.address, problems=settings)
    try:
        deployment: Deployment[Any]
        if isinstance(settings, PipelineSettings):
            if settings.pipeline not in graph.pipelines:
                raise DeploymentProblem("pipeline", f"must name a pipeline, but there is none {settings.pipeline}.")
            steps = graph.steps_of(settings.pipeline)
            cache = _remote_cache(settings, caches)
            deployment = PipelineDeployment(entry.address, entry.directory, settings, launcher, steps, cache)
            deployment.check()
        else:
            deployment = Deployment(entry.address, entry.directory, settings, launcher)
        files = tuple(SYSTEMS[entry.type].render(deployment))
        for file in files:
            if problem := problem_with_path(file.path):
                raise DeploymentProblem("output", f"{problem}, but there would be {file.path!r}.")
    except DeploymentProblem as problem:
        return RenderedTarget(entry.address, problems=(Problem(entry.address, problem.field, problem.message),))
    return RenderedTarget(entry.address, files)


def _remote_cache(settings: PipelineSettings, caches: Mapping[str, RemoteCacheSettings]) -> Optional[RemoteCache]:
    given = settings.remote_cache
    if given is None:
        return None
    address: Union[str, Variable]
    if given.startswith("$"):
        address = Variable(given[1:])
    elif given.startswith(("grpc://", "grpcs://")):
        address = given
    elif given in caches:
        address = service_address(given, caches[given])
    else:
        raise DeploymentProblem(
            "remote_cache", f"must name a `remote_cache` target that is right by itself, but {given} is none."
        )
    return RemoteCache(address, settings.remote_cache_instance, settings.remote_cache_token)


def _without_clashes(rendered: list[RenderedTarget]) -> Iterator[RenderedTarget]:
    owners: dict[str, str] = {}
    for target in rendered:
        clash: Optional[Problem] = None
        for file in target.files:
            owner = owners.setdefault(file.path, target.address)
            if owner != target.address:
                message = f"must be set to another path: {owner} writes {file.path}, too."
                clash = Problem(target.address, "output", message)
        yield target if clash is None else RenderedTarget(target.address, problems=(clash,))
