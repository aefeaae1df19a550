"""A module of Luigi tasks that run a pipeline: each task is a call of Pants."""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Optional

from pydantic import AfterValidator, PositiveInt

from wombat_tool.deployment.commands import Variable
from wombat_tool.deployment.jobs import Job
from wombat_tool.deployment.luigi_text import TAKEN_NAMES, LuigiModule, LuigiTask, class_name
from wombat_tool.deployment.merge_patch import merged
from wombat_tool.deployment.problems import DeploymentProblem
from wombat_tool.deployment.schedulers import check_table, check_variables, dotted_name, is_absolute_path, module_path
from wombat_tool.deployment.settings import PipelineSettings
from wombat_tool.deployment.system import GeneratedFile, PipelineDeployment, System
from wombat_tool.deployment.values import NEVER, PlainText, VariableName

# What is left to Pants and its launcher to come to an end by themselves, before Luigi kills the process of the task.
_GRACE_S = 60


def _no_schedule(text: str) -> str:
    if text != NEVER:
        raise ValueError(
            f"must not be set, or be {NEVER!r}: Luigi has no schedules, and what starts it is cron or the like, for which "
            "the generated module has a line"
        )
    return text


def _reference(text: str) -> str:
    if not re.fullmatch(r"\$[A-Za-z_][A-Za-z0-9_]*", text) and not is_absolute_path(text):
        raise ValueError(
            "must be '$NAME' for an environment variable of Luigi, or the absolute path of a file, such as "
            "'/run/secrets/password'"
        )
    return text


def _path(text: str) -> str:
    if not is_absolute_path(text):
        raise ValueError("must be an absolute path, such as '/srv/checkouts/monorepo'")
    return text


def _namespace(text: str) -> str:
    if not re.fullmatch(r"([A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*)?", text):
        raise ValueError("must be words of letters, digits, '_' and '-' with '.' between them, or ''")
    return text


AbsolutePath = Annotated[str, AfterValidator(_path)]
Reference = Annotated[str, AfterValidator(_reference)]


class LuigiModuleSettings(PipelineSettings):
    """The settings of `luigi_module`.

    :param schedule: refused, since Luigi has none.
    :param repository: the checkout; None for the one that holds the module.
    :param markers_dir: where tasks leave a file when they are done; None for one in the checkout.
    :param luigi_resources: how much a task takes of the resources that Luigi's scheduler counts.
    """

    schedule: Optional[Annotated[str, AfterValidator(_no_schedule)]] = None
    secrets: dict[VariableName, Reference] = {}
    remote_cache_token: Optional[Reference] = None
    task_namespace: Optional[Annotated[str, AfterValidator(_namespace)]] = None
    repository: Optional[AbsolutePath] = None
    markers_dir: Optional[AbsolutePath] = None
    luigi_resources: dict[PlainText, PositiveInt] = {}
    priority: Optional[int] = None
    notify_emails: tuple[PlainText, ...] = ()


Luigi = PipelineDeployment[LuigiModuleSettings]


def render(deployment: Luigi) -> Sequence[GeneratedFile]:
    """The module with the tasks; Luigi documents no limit for how many there are."""
    settings, jobs = deployment.settings, deployment.jobs()
    check_variables(deployment)
    for parameter in deployment.parameters:
        _check_name(parameter.name)
    patched = merged(_document(deployment, jobs), _checked_patch(settings.patch, jobs))
    module = LuigiModule(
        path=module_path(deployment, "luigi"),
        namespace=dotted_name(deployment) if settings.task_namespace is None else settings.task_namespace,
        launcher=deployment.launcher,
        repository=settings.repository,
        markers=settings.markers_dir,
        parameters=deployment.parameters,
        environment=patched["environment"],
        references=_references(deployment),
        all_tasks=patched["all_tasks"],
        tasks=[_task(deployment, job, patched["tasks"].get(class_name(job.name), {})) for job in jobs],
        timeout_s=settings.timeout_s,
        cron=None if settings.schedule == NEVER else deployment.schedule,
    )
    return (GeneratedFile(module.path, module.text()),)


def _check_name(parameter: str) -> None:
    if keyword.iskeyword(parameter):
        why = "it is a word of Python"
    elif parameter in TAKEN_NAMES:
        why = f"tasks of Luigi have a {parameter!r} of their own"
    else:
        return
    message = f"must have another name, since {why}. Call it 'set_{parameter}', for instance."
    raise DeploymentProblem(f"parameters.{parameter}", message)


def _document(deployment: Luigi, jobs: Sequence[Job]) -> dict[str, Any]:
    """What a patch can change."""
    settings, cache = deployment.settings, deployment.remote_cache
    environment = {**deployment.pants_variables(), **settings.env_vars}
    if cache is not None and not isinstance(cache.address, Variable):
        environment["PANTS_REMOTE_STORE_ADDRESS"] = cache.address
    if cache is not None and cache.token is not None and not cache.token.startswith("$"):
        environment["PANTS_REMOTE_OAUTH_BEARER_TOKEN_PATH"] = cache.token
    # Luigi counts failures, of which the first is no retry.
    attributes: dict[str, Any] = {"retry_count": settings.retries + 1}
    if settings.timeout_s is not None:
        attributes["worker_timeout"] = settings.timeout_s + _GRACE_S
    if settings.luigi_resources:
        attributes["resources"] = dict(sorted(settings.luigi_resources.items()))
    if settings.priority is not None:
        attributes["priority"] = settings.priority
    if settings.notify_emails:
        attributes["owner_email"] = list(settings.notify_emails)
    return {"environment": dict(sorted(environment.items())), "all_tasks": attributes, "tasks": {}}


def _references(deployment: Luigi) -> dict[str, str]:
    """Environment variables whose values are found when a task starts: "$NAME", or the path of a file."""
    references, cache = dict(deployment.settings.secrets), deployment.remote_cache
    if cache is not None and isinstance(cache.address, Variable):
        references["PANTS_REMOTE_STORE_ADDRESS"] = f"${cache.address.name}"
    if cache is not None and cache.token is not None and cache.token.startswith("$"):
        references["PANTS_REMOTE_OAUTH_BEARER_TOKEN_PATH"] = cache.token
    return dict(sorted(references.items()))


def _checked_patch(patch: Mapping[str, Any], jobs: Sequence[Job]) -> Mapping[str, Any]:
    check_table("patch", patch, known=("all_tasks", "environment", "tasks"))
    check_table("patch.all_tasks", patch.get("all_tasks", {}))
    for name, value in check_table("patch.environment", patch.get("environment", {})).items():
        if value is not None and not isinstance(value, str):
            raise DeploymentProblem(f"patch.environment.{name}", f"must be text, but was {value!r}.")
    tasks = check_table("patch.tasks", patch.get("tasks", {}), known=[class_name(job.name) for job in jobs])
    for name, attributes in tasks.items():
        check_table(f"patch.tasks.{name}", attributes)
    return patch


def _task(deployment: Luigi, job: Job, attributes: Mapping[str, Any]) -> LuigiTask:
    names = {one.name: one.name for one in deployment.parameters}
    overrides = {f"{one.step}.{one.parameter}": one.variable for one in deployment.overrides(job.target, names)}
    return LuigiTask(job.name, job.target, job.description, dict(sorted(overrides.items())), job.needs, attributes)


SYSTEM = System("luigi_module", LuigiModuleSettings, render)
