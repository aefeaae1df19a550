"""A DAG of Airflow that runs a pipeline: each task is a call of Pants in a checkout of the repository."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Optional

from pydantic import PositiveInt

from wombat_tool.deployment.airflow_module import FAILURE_CALLBACK, REPOSITORY, DagModule, checked_patch, with_token
from wombat_tool.deployment.airflow_values import (
    Callback,
    DagId,
    Date,
    Email,
    Reference,
    Repository,
    Token,
    is_reference,
    plain_template,
)
from wombat_tool.deployment.commands import Variable, shell_command
from wombat_tool.deployment.jobs import Job
from wombat_tool.deployment.merge_patch import merged
from wombat_tool.deployment.parameters import Parameter
from wombat_tool.deployment.python_text import Call, Code
from wombat_tool.deployment.schedulers import PARAMETER_PREFIX, TOKEN, check_variables, dotted_name, module_path
from wombat_tool.deployment.settings import PipelineSettings, Scheduled
from wombat_tool.deployment.system import GeneratedFile, PipelineDeployment, System
from wombat_tool.deployment.values import PlainText, VariableName

_PARAMETER_TYPES = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}


class AirflowDagSettings(PipelineSettings, Scheduled):
    """The settings of `airflow_dag`.

    :param repository: the checkout on the workers, a path or a reference; None for the one that holds the DAG's file.
    :param start_date: the first day of the schedule.
    :param run_timeout_s: seconds after which a run as a whole is stopped.
    :param on_failure_callback: a function that Airflow calls when a run failed, as "package.module.function".
    """

    secrets: dict[VariableName, Reference] = {}
    remote_cache_token: Optional[Token] = None
    dag_id: Optional[DagId] = None
    repository: Optional[Repository] = None
    start_date: Date = "2024-01-01"
    catchup: bool = False
    max_active_runs: PositiveInt = 1
    max_active_tasks: Optional[PositiveInt] = None
    retry_delay_s: PositiveInt = 300
    run_timeout_s: Optional[PositiveInt] = None
    pool: Optional[PlainText] = None
    queue: Optional[PlainText] = None
    owner: Optional[PlainText] = None
    dag_tags: tuple[PlainText, ...] = ()
    notify_emails: tuple[Email, ...] = ()
    on_failure_callback: Optional[Callback] = None


Airflow = PipelineDeployment[AirflowDagSettings]


def render(deployment: Airflow) -> Sequence[GeneratedFile]:
    """The module with the DAG.

    Airflow documents no limit for the tasks of a DAG but that its file must be read in 30 seconds
    (https://airflow.apache.org/docs/apache-airflow/stable/configurations-ref.html#dagbag-import-timeout), in which it
    reads many thousand tasks.
    """
    check_variables(deployment)
    jobs = deployment.jobs()
    document = {"dag": _dag(deployment), "tasks": {job.name: _task(deployment, job) for job in jobs}}
    patched = merged(document, checked_patch(deployment.settings.patch, [job.name for job in jobs]))
    given = {*deployment.settings.env_vars, *deployment.settings.secrets}
    module = DagModule(
        path=module_path(deployment, "dag"),
        dag=patched["dag"],
        tasks=patched["tasks"],
        needs={job.name: job.needs for job in jobs},
        callback=deployment.settings.on_failure_callback,
        worker_variables=tuple(name for name in deployment.passed_variables(deployment.steps.steps) if name not in given),
    )
    return (GeneratedFile(module.path, module.text()),)


def _dag(deployment: Airflow) -> dict[str, Any]:
    """The arguments of the DAG."""
    settings = deployment.settings
    cron, zone, pipeline = deployment.schedule, settings.timezone, deployment.steps.pipeline
    start = tuple(int(part) for part in settings.start_date.split("-"))
    return _without_none(
        {
            "dag_id": settings.dag_id or dotted_name(deployment),
            "description": pipeline.description or f"Runs {pipeline.address}.",
            # Airflow 2 takes a missing schedule for one run a day.
            "schedule": Call("CronTriggerTimetable", (cron,), {"timezone": zone}) if cron else Code("None"),
            "start_date": Call("pendulum.datetime", start, {"tz": zone}),
            "catchup": settings.catchup,
            "max_active_runs": settings.max_active_runs,
            "max_active_tasks": settings.max_active_tasks,
            "dagrun_timeout": settings.run_timeout_s,
            "on_failure_callback": _notifications(settings),
            "tags": list(settings.dag_tags) or None,
            "params": {one.name: _param(one) for one in deployment.parameters} or None,
            "default_args": _default_args(deployment),
        }
    )


def _without_none(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _notifications(settings: AirflowDagSettings) -> Optional[list[Any]]:
    mails = [Call("SmtpNotifier", (), {"to": list(settings.notify_emails)})] if settings.notify_emails else []
    return [*mails, *([FAILURE_CALLBACK] if settings.on_failure_callback else [])] or None


def _param(parameter: Parameter) -> dict[str, Any]:
    sets = ", ".join(f"{step}.{name}" for step, name in parameter.steps)
    kind = _PARAMETER_TYPES.get(type(parameter.default))
    return {"default": parameter.default, **({"type": kind} if kind else {}), "description": f"Sets {sets}."}


def _default_args(deployment: Airflow) -> dict[str, Any]:
    settings = deployment.settings
    given = settings.repository
    return {
        **_without_none({"owner": settings.owner, "pool": settings.pool, "queue": settings.queue}),
        "retries": settings.retries,
        **({"retry_delay": settings.retry_delay_s} if settings.retries else {}),
        **_without_none({"execution_timeout": settings.timeout_s}),
        "cwd": REPOSITORY if given is None else given if is_reference(given) else plain_template(given),
        "env": _environment(deployment),
        "append_env": True,
        # Airflow takes exit code 99 for a task that was skipped, unless it is told that none is.
        "skip_on_exit_code": None,
        "do_xcom_push": False,
    }


def _environment(deployment: Airflow) -> dict[str, str]:
    """The environment variables of all tasks: references and parameters as templates, all else as it is."""
    settings, cache = deployment.settings, deployment.remote_cache
    plain = {**deployment.pants_variables(), **settings.env_vars}
    # As JSON, a value keeps the type that it was given with; and `params.items` would be a method.
    values = {_variable(one): f"{{{{ params['{one.name}'] | tojson }}}}" for one in deployment.parameters}
    evaluated = {**settings.secrets, **values}
    if cache is not None:
        if isinstance(cache.address, Variable):
            evaluated["PANTS_REMOTE_STORE_ADDRESS"] = f"{{{{ var.value.{cache.address.name} }}}}"
        else:
            plain["PANTS_REMOTE_STORE_ADDRESS"] = cache.address
        if cache.token is not None and is_reference(cache.token):
            evaluated[TOKEN] = cache.token
        elif cache.token is not None:
            plain["PANTS_REMOTE_OAUTH_BEARER_TOKEN_PATH"] = cache.token
    return dict(sorted({**{name: plain_template(value) for name, value in plain.items()}, **evaluated}.items()))


def _variable(parameter: Parameter) -> str:
    return f"{PARAMETER_PREFIX}{parameter.name.upper()}"


def _task(deployment: Airflow, job: Job) -> dict[str, Any]:
    """The arguments of a task."""
    words = deployment.command(job.target, {one.name: _variable(one) for one in deployment.parameters})
    command = plain_template(shell_command(words))
    cache = deployment.remote_cache
    has_token = cache is not None and cache.token is not None and is_reference(cache.token)
    return {
        "task_id": job.name,
        "bash_command": with_token(command) if has_token else command,
        **({"doc_md": job.description} if job.description else {}),
    }


SYSTEM = System("airflow_dag", AirflowDagSettings, render)
