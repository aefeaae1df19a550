"""What a system is to the rest: settings, and a function that makes files of a deployment.

A new system is one new file in `systems`, and its target type on the side of the plugin.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, Optional, TypeVar, Union

from wombat_tool.deployment.commands import Override, Variable, Word, run_words
from wombat_tool.deployment.graph import PipelineSteps
from wombat_tool.deployment.jobs import Job, pipeline_job, step_jobs
from wombat_tool.deployment.names import name_for
from wombat_tool.deployment.parameters import Parameter, resolved_parameters
from wombat_tool.deployment.problems import DeploymentProblem
from wombat_tool.deployment.settings import PipelineSettings, Scheduled, Settings
from wombat_tool.deployment.values import NEVER, cron_expression

S = TypeVar("S", bound=Settings)
P = TypeVar("P", bound=PipelineSettings)


@dataclass(frozen=True)
class GeneratedFile:
    """A file without its header.

    :param path: from the build root.
    """

    path: str
    text: str


@dataclass(frozen=True)
class RemoteCache:
    """Where jobs find and leave results.

    :param address: as Pants takes it, or the variable of the CI system that holds it.
    :param token: the reference of a secret, as the system writes it.
    """

    address: Union[str, Variable]
    instance: Optional[str] = None
    token: Optional[str] = None


@dataclass(frozen=True)
class Deployment(Generic[S]):
    """A deployment target, with its settings checked.

    :param directory: that of its BUILD file, "" for the root.
    :param launcher: the command that starts Pants in the root of the repository.
    """

    address: str
    directory: str
    settings: S
    launcher: str

    @cached_property
    def name(self) -> str:
        """A DNS label, unique among the targets of the directory."""
        return name_for(self.address, directory=self.directory)

    def path(self, *parts: str) -> str:
        """A path below the directory of the target, from the build root."""
        return "/".join(part for part in (self.directory, *parts) if part)


@dataclass(frozen=True)
class PipelineDeployment(Deployment[P]):
    """The deployment of a pipeline."""

    steps: PipelineSteps
    remote_cache: Optional[RemoteCache]

    def jobs(self, *, matrix: bool = False) -> tuple[Job, ...]:
        """The jobs in an order in which they can run, as `granularity` asks.

        :param matrix: whether the system can run variants of a parametrized step as a matrix.
        """
        if self.settings.granularity == "pipeline":
            return (pipeline_job(self.steps, directory=self.directory),)
        return step_jobs(self.steps, directory=self.directory, group_chains=self.settings.group_chains, matrix=matrix)

    def check(self) -> None:
        """Refuse what no system could use.

        :raises DeploymentProblem: for parameters of steps that are not there, and a schedule that is none.
        """
        _ = self.parameters
        if isinstance(self.settings, Scheduled):
            _ = self.schedule

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """The parameters of a run, in the order of names."""
        return resolved_parameters(self.settings.parameters, self.steps, directory=self.directory)

    def overrides(self, target: str, variables: Mapping[str, str]) -> tuple[Override, ...]:
        """The parameters that the run of a target takes: those of the steps that it needs, as others are unknown to it.

        :param variables: for each parameter of a run, the environment variable that holds its value.
        """
        reached = self.steps.closure(target) if target in self.steps.steps else frozenset(self.steps.steps)
        return tuple(
            Override(step, name, variables[parameter.name])
            for parameter in self.parameters
            for step, name in parameter.steps
            if step in reached
        )

    def command(self, target: str, variables: Mapping[str, str]) -> tuple[Word, ...]:
        """The command that runs a target of a job."""
        return run_words(self.launcher, target, self.overrides(target, variables))

    def pants_variables(self) -> dict[str, str]:
        """The environment variables that tell Pants how to run in a job, but for the address and the token of the cache."""
        variables = {
            "PANTS_DYNAMIC_UI": "false",
            # A daemon is of no use to a job that calls Pants once.
            "PANTS_PANTSD": "false",
            "PANTS_WOMBAT_ENVIRONMENT": self.settings.environment,
        }
        if self.remote_cache is not None:
            variables["PANTS_REMOTE_CACHE_READ"] = "true"
            variables["PANTS_REMOTE_CACHE_WRITE"] = "true"
            # Pants drops uploads that are not done three seconds after its end, unless it is told to wait.
            variables["PANTS_SESSION_END_TASKS_TIMEOUT"] = "3600"
            if self.remote_cache.instance is not None:
                variables["PANTS_REMOTE_INSTANCE_NAME"] = self.remote_cache.instance
        return variables

    def passed_variables(self, steps: Iterable[str]) -> tuple[str, ...]:
        """The environment variables that steps read, in the order of names."""
        return tuple(sorted({name for step in steps for name in self.steps.steps[step].environment_passed}))

    def need_remote_cache(self, system: str) -> None:
        """Refuse jobs on machines of their own that could not share what they compute.

        :raises DeploymentProblem: without a remote cache.
        """
        if self.settings.granularity == "step" and self.remote_cache is None:
            raise DeploymentProblem(
                "remote_cache",
                f"must be set with granularity='step': jobs of {system} run on machines of their own and would each "
                "compute again what the others have. Name a cache server, or set granularity='pipeline'.",
            )

    @property
    def schedule(self) -> Optional[str]:
        """The cron expression by which runs start, None for no schedule.

        :raises DeploymentProblem: if it is the pipeline's own and is not right.
        """
        settings = self.settings
        own = settings.schedule if isinstance(settings, Scheduled) else None
        if own == NEVER:
            return None
        if own is not None:
            return cron_expression(own)
        given = self.steps.pipeline.schedule
        try:
            return None if given is None else cron_expression(given)
        except ValueError as error:
            raise DeploymentProblem(
                "schedule", f"is that of the pipeline {self.steps.pipeline.address}, {given!r}, which {error}."
            ) from None


@dataclass(frozen=True)
class System(Generic[S]):
    """A system that configurations are generated for.

    :param type_name: the alias of its target type.
    :param render: makes the files; it raises `DeploymentProblem` for what the settings cannot know by themselves.
    """

    type_name: str
    settings: type[S]
    render: Callable[[Any], Sequence[GeneratedFile]]
