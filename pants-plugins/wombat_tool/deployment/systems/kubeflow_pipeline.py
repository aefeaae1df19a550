"""A pipeline of Kubeflow Pipelines that runs a pipeline: its intermediate representation, as its compiler writes it.

The forms of the two documents in the file:
https://github.com/kubeflow/pipelines/blob/master/api/v2alpha1/pipeline_spec.proto
https://github.com/kubeflow/pipelines/blob/master/kubernetes_platform/proto/kubernetes_executor_config.proto
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, Optional

from wombat_tool.deployment import pods
from wombat_tool.deployment.commands import Variable, Word, run_words
from wombat_tool.deployment.image_layout import GROUP_ID, USER_ID
from wombat_tool.deployment.jobs import Job
from wombat_tool.deployment.kubeflow_checks import pipeline_problems
from wombat_tool.deployment.kubernetes_values import LabelKey, LabelTable, Toleration
from wombat_tool.deployment.merge_patch import merged
from wombat_tool.deployment.parameters import Parameter
from wombat_tool.deployment.pod_variables import PodVariables, pod_variables
from wombat_tool.deployment.problems import DeploymentProblem, LimitProblem
from wombat_tool.deployment.quantities import amount
from wombat_tool.deployment.runners import Runner, runners_of
from wombat_tool.deployment.settings import InContainers, PipelineSettings
from wombat_tool.deployment.system import GeneratedFile, PipelineDeployment, System
from wombat_tool.deployment.tags import OF_KUBERNETES, OPENING, refuse_tags
from wombat_tool.deployment.values import KeyReference, ObjectName, Resources, VariableName
from wombat_tool.deployment.yaml_text import yaml_text

Kubeflow = PipelineDeployment["KubeflowPipelineSettings"]

_SCHEMA_VERSION = "2.1.0"
# The release of the SDK whose form the file has; the loader reads it as text only.
_SDK_VERSION = "kfp-2.4.0"
_IMAGE_PARAMETER = "image"
# Kubeflow looks for this prefix in the name of a parameter that an image comes from.
_IMAGE_CHANNEL = f"pipelinechannel--{_IMAGE_PARAMETER}"
_TARGET = "target"
_TOKEN_DIRECTORY = "/run/wombat/remote-cache"
_LIMIT_BYTES = 700_000
_TASK_BYTES = 1_100
"""What Kubeflow adds to a task when it makes a workflow of Argo of the pipeline: two tasks, and the names in them."""


class KubeflowPipelineSettings(PipelineSettings, InContainers):
    """The settings of `kubeflow_pipeline`.

    :param config_maps: environment variables, each with "config map/key".
    """

    secrets: dict[VariableName, KeyReference] = {}
    config_maps: dict[VariableName, KeyReference] = {}
    remote_cache_token: Optional[KeyReference] = None
    limits: Resources = {}
    gpu_resource: LabelKey = pods.GPU
    labels: LabelTable = {}
    node_selector: LabelTable = {}
    tolerations: tuple[Toleration, ...] = ()
    image_pull_secrets: tuple[ObjectName, ...] = ()
    image_pull_policy: Optional[Literal["Always", "IfNotPresent", "Never"]] = None


def render(deployment: Kubeflow) -> Sequence[GeneratedFile]:
    """The file of the pipeline: its specification, and what of it is for Kubernetes."""
    settings = deployment.settings
    pods.check_image(settings.image, environment=settings.environment)
    deployment.need_remote_cache("Kubeflow")
    jobs = deployment.jobs()
    runners = runners_of(deployment, jobs, settings.resources)
    distinct = sorted(set(runners.values()), key=lambda one: one.name)
    token = settings.remote_cache_token
    token_path = "" if token is None else f"{_TOKEN_DIRECTORY}/{token.partition('/')[2]}"
    variables = pod_variables(deployment, token_path=token_path)
    documents = {
        "PipelineSpec": _pipeline_spec(deployment, jobs, runners, variables),
        "PlatformSpec": _platform_spec(deployment, distinct, variables),
    }
    unknown = sorted(set(settings.patch) - set(documents))
    if unknown:
        message = f"must have keys out of {', '.join(documents)} here, but had {', '.join(unknown)}."
        raise DeploymentProblem("patch", message)
    patched = {kind: merged(document, settings.patch.get(kind, {})) for kind, document in documents.items()}
    _check_size(patched, tasks=len(jobs))
    problems = pipeline_problems(patched["PipelineSpec"], patched["PlatformSpec"])
    if problems:
        raise DeploymentProblem("patch", f"makes what Kubeflow refuses. {' '.join(problems)}")
    path = settings.output or deployment.path("deploy", f"{deployment.name}.kfp.yaml")
    return [GeneratedFile(path, yaml_text(*patched.values()))]


def _pipeline_spec(
    deployment: Kubeflow,
    jobs: Iterable[Job],
    runners: Mapping[str, Runner],
    variables: PodVariables,
) -> dict[str, Any]:
    inputs = _inputs(deployment)
    distinct = sorted(set(runners.values()), key=lambda one: one.name)
    spec: dict[str, Any] = {
        "components": {f"comp-{runner.name}": _component(deployment, runner) for runner in distinct},
        "deploymentSpec": {
            "executors": {
                f"exec-{runner.name}": {"container": _container(deployment, runner, variables)} for runner in distinct
            }
        },
        "pipelineInfo": {"name": deployment.name},
        "root": {"dag": {"tasks": {job.name: _task(deployment, job, runners[job.name]) for job in jobs}}},
        "schemaVersion": _SCHEMA_VERSION,
        "sdkVersion": _SDK_VERSION,
    }
    if inputs:
        spec["root"]["inputDefinitions"] = {"parameters": inputs}
    return spec


def _has_commit(deployment: Kubeflow) -> bool:
    return pods.GIT_COMMIT in deployment.settings.image


def _inputs(deployment: Kubeflow) -> dict[str, Any]:
    """The parameters of a run. An image whose tag is the commit must be given as a whole: no text is put together."""
    found: dict[str, Any] = {}
    for parameter in deployment.parameters:
        if parameter.name in (_IMAGE_PARAMETER, _TARGET):
            message = f"must not have the name {parameter.name!r}, which the pipeline itself needs. Choose another."
            raise DeploymentProblem("parameters", message)
        found[parameter.name] = _input(parameter)
    if _has_commit(deployment):
        found[_IMAGE_PARAMETER] = {
            "description": f"The image of the jobs: {deployment.settings.image}",
            "parameterType": "STRING",
        }
    return dict(sorted(found.items()))


def _input(parameter: Parameter) -> dict[str, Any]:
    """Kubeflow keeps numbers as floating-point numbers, so that all that is not a whole number of such goes as text."""
    default: Any = parameter.default
    if isinstance(default, bool):
        kind = "BOOLEAN"
    elif isinstance(default, int) and abs(default) < 2**53:
        kind = "NUMBER_INTEGER"
    else:
        kind, default = "STRING", parameter.default_text
        field, read = f"parameters.{parameter.name}", (OPENING, *OF_KUBERNETES)
        refuse_tags(field, "a default", default, mend="Choose another default.", read=read)
    return {"defaultValue": default, "isOptional": True, "parameterType": kind}


def _component(deployment: Kubeflow, runner: Runner) -> dict[str, Any]:
    kinds = {parameter.name: _input(parameter)["parameterType"] for parameter in deployment.parameters}
    parameters = {name: {"parameterType": kinds[name]} for name in runner.parameters}
    parameters[_TARGET] = {"parameterType": "STRING"}
    if _has_commit(deployment):
        parameters[_IMAGE_CHANNEL] = {"parameterType": "STRING"}
    return {"executorLabel": f"exec-{runner.name}", "inputDefinitions": {"parameters": dict(sorted(parameters.items()))}}


def _container(deployment: Kubeflow, runner: Runner, variables: PodVariables) -> dict[str, Any]:
    settings = deployment.settings
    resources = dict(runner.resources)
    for one in runner.overrides:
        refuse_tags(f"parameters.{one.variable}", "a step", one.step, mend="Rename it.")
    for name, value in sorted(variables.values.items()):
        refuse_tags(f"env_vars.{name}", "a value", value, mend="Keep it in a config map, and use 'config_maps'.")
    program, *arguments = (_argument(word) for word in run_words(deployment.launcher, "", runner.overrides))
    container: dict[str, Any] = {
        "image": _placeholder(_IMAGE_CHANNEL) if _has_commit(deployment) else settings.image,
        "command": [program],
        "args": arguments,
        "env": pods.literal_variables({**pods.parallelism(resources, settings.limits), **variables.values}),
    }
    requirements = _resources(pods.resource_requirements(resources, settings.limits, gpu=settings.gpu_resource))
    return {**container, "resources": requirements} if requirements else container


def _argument(word: Word) -> str:
    """An argument, in which Kubeflow puts parameters: no shell reads it. Only the target is empty before that."""
    if word == ("",):
        return _placeholder(_TARGET)
    return "".join(_placeholder(piece.name) if isinstance(piece, Variable) else pods.escaped(piece) for piece in word)


def _placeholder(parameter: str) -> str:
    return f"{{{{$.inputs.parameters['{parameter}']}}}}"


def _resources(requirements: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """The resources in both forms: as quantities, and as numbers of cores and of 10^9 bytes, which old releases read."""
    found: dict[str, Any] = {}
    for section, word in (("requests", "Request"), ("limits", "Limit")):
        for resource, quantity in requirements.get(section, {}).items():
            if resource in ("cpu", "memory"):
                old = float(amount(quantity)) / (1e9 if resource == "memory" else 1)
                found |= {f"{resource}{word}": old, f"resource{resource.capitalize()}{word}": quantity}
            elif resource == "ephemeral-storage":
                message = "must not have 'ephemeral_storage': a pipeline of Kubeflow has no way to ask for it. Remove it."
                raise DeploymentProblem("resources", message)
            else:
                device = {"count": quantity, "type": resource, "resourceCount": quantity, "resourceType": resource}
                found["accelerator"] = device
    return dict(sorted(found.items()))


def _task(deployment: Kubeflow, job: Job, runner: Runner) -> dict[str, Any]:
    refuse_tags("pipeline", "a target", job.target, mend="Rename it.", read=(OPENING, *OF_KUBERNETES))
    parameters: dict[str, Any] = {name: {"componentInputParameter": name} for name in runner.parameters}
    parameters[_TARGET] = {"runtimeValue": {"constant": job.target}}
    if _has_commit(deployment):
        parameters[_IMAGE_CHANNEL] = {"componentInputParameter": _IMAGE_PARAMETER}
    task: dict[str, Any] = {
        # What is to be computed again, Pants and the cache server know.
        "cachingOptions": {"enableCache": False},
        "componentRef": {"name": f"comp-{runner.name}"},
        "inputs": {"parameters": dict(sorted(parameters.items()))},
        "taskInfo": {"name": job.name},
    }
    if job.needs:
        task["dependentTasks"] = list(job.needs)
    if deployment.settings.retries:
        task["retryPolicy"] = {
            "maxRetryCount": deployment.settings.retries,
            "backoffDuration": "0s",
            "backoffFactor": 2.0,
            "backoffMaxDuration": "3600s",
        }
    return dict(sorted(task.items()))


def _platform_spec(deployment: Kubeflow, runners: Iterable[Runner], variables: PodVariables) -> dict[str, Any]:
    executor = _executor(deployment.settings, variables)
    executors = {f"exec-{runner.name}": executor for runner in runners}
    return {"platforms": {"kubernetes": {"deploymentSpec": {"executors": executors}}}}


def _executor(settings: KubeflowPipelineSettings, variables: PodVariables) -> dict[str, Any]:
    token = settings.remote_cache_token
    found: dict[str, Any] = {
        "secretAsEnv": _from_keys(variables.secrets, "secretName", "secretKey"),
        "configMapAsEnv": _from_keys(variables.config_maps, "configMapName", "configMapKey"),
        "secretAsVolume": [],
        "nodeSelector": {"labels": dict(sorted(settings.node_selector.items()))} if settings.node_selector else {},
        "tolerations": [_toleration(one) for one in settings.tolerations],
        "podMetadata": {"labels": dict(sorted(settings.labels.items()))} if settings.labels else {},
        "imagePullSecret": [{"secretName": name} for name in settings.image_pull_secrets],
        "imagePullPolicy": settings.image_pull_policy,
        # Whole numbers of 64 bits are text in the JSON form of protocol buffers.
        "activeDeadlineSeconds": None if settings.timeout_s is None else str(settings.timeout_s),
        "securityContext": {"runAsUser": str(USER_ID), "runAsGroup": str(GROUP_ID), "runAsNonRoot": True},
    }
    if token is not None:
        found["secretAsVolume"] = [{"secretName": token.partition("/")[0], "mountPath": _TOKEN_DIRECTORY, "optional": False}]
    return {key: value for key, value in sorted(found.items()) if value}


def _from_keys(references: Mapping[str, str], name_key: str, key_key: str) -> list[dict[str, Any]]:
    by_name: dict[str, list[dict[str, str]]] = defaultdict(list)
    for variable, reference in sorted(references.items()):
        name, _, key = reference.partition("/")
        by_name[name].append({key_key: key, "envVar": variable})
    return [{name_key: name, "keyToEnv": keys, "optional": False} for name, keys in sorted(by_name.items())]


def _toleration(toleration: Toleration) -> dict[str, Any]:
    found = toleration.model_dump(exclude_none=True)
    if "tolerationSeconds" in found:
        found["tolerationSeconds"] = str(found["tolerationSeconds"])
    return found


def _check_size(documents: Mapping[str, Any], *, tasks: int) -> None:
    """Refuse what Kubeflow could not make a workflow of: there each task stands twice, and some lines more for it."""
    root = len(json.dumps(documents["PipelineSpec"].get("root")))
    size = len(json.dumps(documents)) + root + tasks * _TASK_BYTES
    if size > _LIMIT_BYTES:
        raise LimitProblem(
            system="Kubeflow",
            what="bytes in the workflow that Kubeflow makes of the pipeline",
            count=size,
            limit=_LIMIT_BYTES,
            source="backend/src/apiserver/model/pipeline_version.go in https://github.com/kubeflow/pipelines",
            mend="Group chains, deploy parts as pipelines of their own, or set granularity='pipeline'.",
        )


SYSTEM = System("kubeflow_pipeline", KubeflowPipelineSettings, render)
