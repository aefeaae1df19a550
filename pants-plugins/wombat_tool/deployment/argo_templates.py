"""The templates of a workflow of Argo: the graph of jobs, and the containers that they run in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Optional

from wombat_tool.deployment import pods
from wombat_tool.deployment.commands import Override, Variable, run_words
from wombat_tool.deployment.jobs import Job
from wombat_tool.deployment.pod_variables import PARAMETER_PREFIX, TARGET
from wombat_tool.deployment.runners import Runner
from wombat_tool.deployment.tags import OF_KUBERNETES, OPENING, refuse_tags

MAIN = "main"
ON_EXIT = "on-exit"
_NOTIFY = "notify"

# The message that Slack, Mattermost, Google Chat and others take.
_NOTIFICATION = """\
import json, os, urllib.request
text = "{PIPELINE}: workflow {NAME} in {NAMESPACE} ended with {STATUS}.".format(**os.environ)
body = json.dumps({"text": text}).encode()
request = urllib.request.Request(os.environ["WEBHOOK"].strip(), body, {"Content-Type": "application/json"})
urllib.request.urlopen(request, timeout=30).close()
"""


def graph_template(jobs: Iterable[Job], runners: Mapping[str, Runner]) -> dict[str, Any]:
    """The graph: each job is a task, and those that depend on no job that failed run to their end."""
    return {"name": MAIN, "dag": {"failFast": False, "tasks": [_task(job, runners[job.name]) for job in jobs]}}


def _task(job: Job, runner: Runner) -> dict[str, Any]:
    refuse_tags("pipeline", "a target", job.target, mend="Rename it.", read=(OPENING, *OF_KUBERNETES))
    task: dict[str, Any] = {
        "name": job.name,
        "template": runner.name,
        "arguments": {"parameters": [{"name": "target", "value": job.target}]},
    }
    return {**task, "dependencies": list(job.needs)} if job.needs else task


def runner_template(
    runner: Runner,
    image: str,
    launcher: str,
    *,
    env: Sequence[Mapping[str, Any]],
    env_from: Sequence[Mapping[str, Any]],
    limits: Mapping[str, str],
    gpu: str,
    mounts: Sequence[Mapping[str, Any]],
    retries: int,
    timeout_s: Optional[int],
) -> dict[str, Any]:
    """The container that runs the targets of its jobs.

    :param env: variables that all jobs have, as `env_from`.
    :param gpu: the name of the resource that devices are.
    """
    resources = dict(runner.resources)
    variable_of = {name: f"{PARAMETER_PREFIX}{name.upper()}" for name in runner.parameters}
    for one in runner.overrides:
        refuse_tags(f"parameters.{one.variable}", "a step", one.step, mend="Rename it.")
    overrides = [Override(one.step, one.parameter, variable_of[one.variable]) for one in runner.overrides]
    words = [(Variable(TARGET),) if word == ("",) else word for word in run_words(launcher, "", overrides)]
    # First, so that Kubernetes puts no other variable into their values.
    given = [
        {"name": TARGET, "value": "{{inputs.parameters.target}}"},
        *({"name": variable, "value": _value_of_run(name)} for name, variable in sorted(variable_of.items())),
    ]
    container = pods.container(
        "main",
        image,
        words,
        env=[*given, *pods.literal_variables(pods.parallelism(resources, limits)), *env],
        env_from=env_from,
        resources=pods.resource_requirements(resources, limits, gpu=gpu),
        mounts=mounts,
    )
    template: dict[str, Any] = {"name": runner.name, "inputs": {"parameters": [{"name": "target"}]}}
    if retries:
        template["retryStrategy"] = {"limit": str(retries), "retryPolicy": "Always"}
    if timeout_s is not None:
        template["activeDeadlineSeconds"] = timeout_s
    return {**template, "container": container}


def _value_of_run(parameter: str) -> str:
    """The value of a parameter of the run, whatever Kubernetes would read in it.

    An expression gives it as JSON, where a plain tag gives it as Go writes text, which is no JSON for some characters.
    """
    return "{{=sprig.replace('$', '$$', workflow.parameters." + parameter + ")}}"


def notification_templates(image: str, webhook: str, *, only_failures: bool, pipeline: str) -> list[dict[str, Any]]:
    """What runs at the end of a workflow, and tells of it.

    :param webhook: "secret/key" of the address.
    """
    refuse_tags("pipeline", "a target", pipeline, mend="Rename it.")
    step: dict[str, Any] = {"name": _NOTIFY, "template": _NOTIFY}
    if only_failures:
        step["when"] = "{{workflow.status}} != Succeeded"
    variables = [
        *pods.literal_variables({"PIPELINE": pipeline}),
        *({"name": field.upper(), "value": f"{{{{workflow.{field}}}}}"} for field in ("name", "namespace", "status")),
        *pods.secret_variables({"WEBHOOK": webhook}),
    ]
    words = (("python3",), ("-c",), (_NOTIFICATION,))
    small = pods.resource_requirements({"cpu": "50m", "memory": "64Mi"})
    container = pods.container("main", image, words, env=variables, resources=small)
    return [
        {"name": ON_EXIT, "steps": [[step]]},
        {"name": _NOTIFY, "retryStrategy": {"limit": "3", "retryPolicy": "Always"}, "container": container},
    ]
