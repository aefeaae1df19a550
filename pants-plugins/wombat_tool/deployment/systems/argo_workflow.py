"""A workflow template of Argo that runs a pipeline, and what starts it by a schedule.

Fields are those of Argo 3.6 and newer: https://argo-workflows.readthedocs.io/en/latest/fields/
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal, Optional

from pydantic import NonNegativeInt, PositiveInt

from wombat_tool.deployment import kubernetes_objects as kubernetes
from wombat_tool.deployment import pods
from wombat_tool.deployment.argo_checks import workflow_problems
from wombat_tool.deployment.argo_templates import MAIN, ON_EXIT, graph_template, notification_templates, runner_template
from wombat_tool.deployment.jobs import Job
from wombat_tool.deployment.kubernetes_values import AnnotationTable, LabelKey, LabelTable, ShortObjectName, Toleration
from wombat_tool.deployment.merge_patch import merged
from wombat_tool.deployment.pod_variables import PodVariables, pod_variables
from wombat_tool.deployment.problems import DeploymentProblem, LimitProblem
from wombat_tool.deployment.runners import runners_of
from wombat_tool.deployment.settings import InContainers, PipelineSettings, Scheduled
from wombat_tool.deployment.system import GeneratedFile, PipelineDeployment, System
from wombat_tool.deployment.tags import refuse_tags
from wombat_tool.deployment.values import DnsLabel, KeyReference, ObjectName, Resources, VariableName

Argo = PipelineDeployment["ArgoWorkflowSettings"]

_API = "argoproj.io/v1alpha1"
_COMMIT = "git_commit"
# The same words on all pods of all deployments.
_MANAGED_BY = {"app.kubernetes.io/component": "pipeline", "app.kubernetes.io/managed-by": "wombat"}
_LARGEST_WORKFLOW = 1024 * 1024
_STATUS_BYTES = 200
"""What Argo keeps of a job in the workflow, compressed: our estimate, for a job that is not tried again."""


class ArgoWorkflowSettings(PipelineSettings, Scheduled, InContainers):
    """The settings of `argo_workflow`.

    :param object_name: of the objects in the cluster, in place of the target's own.
    :param secrets: environment variables, each with "secret/key".
    :param config_maps: environment variables, each with "config-map/key".
    :param limits: what a container may use at most.
    :param gpu_resource: what a GPU is called in the cluster.
    :param parallelism: how many jobs run at a time.
    :param semaphore: "config-map/key" of the number of workflows that may run at a time.
    :param ttl_s: how long a workflow is kept after its end.
    :param notify_webhook: "secret/key" of the address that is told of the end of a workflow.
    """

    secrets: dict[VariableName, KeyReference] = {}
    remote_cache_token: Optional[KeyReference] = None
    config_maps: dict[VariableName, KeyReference] = {}
    namespace: Optional[DnsLabel] = None
    object_name: Optional[ShortObjectName] = None
    labels: LabelTable = {}
    annotations: AnnotationTable = {}
    limits: Resources = {}
    gpu_resource: LabelKey = pods.GPU
    node_selector: LabelTable = {}
    tolerations: tuple[Toleration, ...] = ()
    service_account: Optional[ObjectName] = None
    image_pull_secrets: tuple[ObjectName, ...] = ()
    image_pull_policy: Optional[Literal["Always", "IfNotPresent", "Never"]] = None
    parallelism: Optional[PositiveInt] = None
    semaphore: Optional[KeyReference] = None
    concurrency_policy: Literal["Allow", "Forbid", "Replace"] = "Forbid"
    ttl_s: NonNegativeInt = 7 * 24 * 3600
    notify_webhook: Optional[KeyReference] = None
    notify_on: Literal["failure", "always"] = "failure"


def render(deployment: Argo) -> Sequence[GeneratedFile]:
    """The workflow template, its variables, and a cron workflow if there is a schedule."""
    settings = deployment.settings
    pods.check_image(settings.image, environment=settings.environment)
    deployment.need_remote_cache("Argo")
    variables = pod_variables(deployment, token_path=pods.TOKEN_PATH)
    jobs = deployment.jobs()
    template = _workflow_template(deployment, jobs, variables)
    objects = [kubernetes.config_map(_metadata(deployment), variables.values), template]
    if deployment.schedule is not None:
        objects.append(_cron_workflow(deployment, deployment.schedule))
    _check(_patched(template, settings.patch), jobs=len(jobs))
    directory = settings.output or deployment.path("deploy", deployment.name)
    return kubernetes.manifests(deployment, directory, objects, more=_kustomization(deployment))


def _name(deployment: Argo) -> str:
    return deployment.settings.object_name or deployment.name


def _metadata(deployment: Argo) -> dict[str, Any]:
    settings = deployment.settings
    labels, annotations = _labels(deployment), settings.annotations
    return kubernetes.metadata(_name(deployment), namespace=settings.namespace, labels=labels, annotations=annotations)


def _labels(deployment: Argo) -> dict[str, str]:
    own = {**_MANAGED_BY, "app.kubernetes.io/name": _name(deployment)}
    return dict(sorted({**own, **deployment.settings.labels}.items()))


def _workflow_template(deployment: Argo, jobs: Sequence[Job], variables: PodVariables) -> dict[str, Any]:
    settings = deployment.settings
    token = settings.remote_cache_token
    spec: dict[str, Any] = {
        "entrypoint": MAIN,
        "onExit": None if settings.notify_webhook is None else ON_EXIT,
        "arguments": {"parameters": parameters} if (parameters := _parameters(deployment)) else {},
        "serviceAccountName": settings.service_account,
        "parallelism": settings.parallelism,
        "synchronization": _synchronization(settings.semaphore),
        # Pods that failed stay for those who look into it, as long as the workflow does.
        "podGC": {"strategy": "OnPodSuccess"},
        "ttlStrategy": {"secondsAfterCompletion": settings.ttl_s},
        "podMetadata": {"labels": _labels(deployment)},
        "securityContext": pods.pod_security(volumes=token is not None),
        "imagePullSecrets": [{"name": name} for name in settings.image_pull_secrets],
        "nodeSelector": dict(sorted(settings.node_selector.items())),
        "tolerations": [toleration.model_dump(exclude_none=True) for toleration in settings.tolerations],
        "volumes": [] if token is None else [pods.token_volume(token)],
        "templates": _templates(deployment, jobs, variables),
    }
    return {
        "apiVersion": _API,
        "kind": "WorkflowTemplate",
        "metadata": _metadata(deployment),
        "spec": {key: value for key, value in spec.items() if value not in (None, [], {})},
    }


def _templates(deployment: Argo, jobs: Sequence[Job], variables: PodVariables) -> list[dict[str, Any]]:
    settings = deployment.settings
    runners = runners_of(deployment, jobs, settings.resources)
    image = pods.image_at(settings.image, f"{{{{workflow.parameters.{_COMMIT}}}}}")
    common: dict[str, Any] = {
        "env": [*pods.secret_variables(variables.secrets), *pods.config_map_variables(variables.config_maps)],
        "env_from": [{"configMapRef": {"name": _name(deployment)}}],
        "limits": settings.limits,
        "gpu": settings.gpu_resource,
        "mounts": [] if settings.remote_cache_token is None else [pods.token_mount()],
        "retries": settings.retries,
        "timeout_s": settings.timeout_s,
    }
    found = [graph_template(jobs, runners)]
    for runner in sorted(set(runners.values()), key=lambda one: one.name):
        template = runner_template(runner, image, deployment.launcher, **common)
        if settings.image_pull_policy is not None:
            template["container"]["imagePullPolicy"] = settings.image_pull_policy
        found.append(template)
    if settings.notify_webhook is not None:
        is_always = settings.notify_on == "always"
        found += notification_templates(
            image, settings.notify_webhook, only_failures=not is_always, pipeline=settings.pipeline
        )
    return found


def _parameters(deployment: Argo) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for parameter in deployment.parameters:
        field, default = f"parameters.{parameter.name}", parameter.default_text
        if parameter.name == _COMMIT:
            raise DeploymentProblem(field, "must have another name: it is that of the parameter for the image's tag.")
        refuse_tags(field, "a default", default, mend="Choose another default.")
        found.append({"name": parameter.name, "value": default})
    if pods.GIT_COMMIT in deployment.settings.image:
        reference = {"name": _commit_map(deployment), "key": _COMMIT}
        found.append({"name": _COMMIT, "valueFrom": {"configMapKeyRef": reference}})
    return found


def _commit_map(deployment: Argo) -> str:
    return f"{_name(deployment)}-image"


def _kustomization(deployment: Argo) -> dict[str, Any]:
    """What makes the config map that says which commit is deployed."""
    settings = deployment.settings
    if pods.GIT_COMMIT not in settings.image:
        return {}
    # Argo takes values of parameters only from config maps with this label.
    labels = {"workflows.argoproj.io/configmap-type": "Parameter"}
    generator = {
        "name": _commit_map(deployment),
        "literals": [f"{_COMMIT}={kubernetes.NO_COMMIT}"],
        "options": {"disableNameSuffixHash": True, "labels": labels},
    }
    # Of all objects, and not of the generator: an overlay would then have to name it to add to the config map.
    namespace = {} if settings.namespace is None else {"namespace": settings.namespace}
    return {**namespace, "configMapGenerator": [generator]}


def _synchronization(semaphore: Optional[str]) -> Optional[dict[str, Any]]:
    if semaphore is None:
        return None
    name, _, key = semaphore.partition("/")
    return {"semaphores": [{"configMapKeyRef": {"name": name, "key": key}}]}


def _cron_workflow(deployment: Argo, schedule: str) -> dict[str, Any]:
    settings = deployment.settings
    spec = {
        "schedules": [schedule],
        "timezone": settings.timezone,
        "concurrencyPolicy": settings.concurrency_policy,
        # What a controller missed that was down starts late, if it is not later than this.
        "startingDeadlineSeconds": 600,
        "workflowSpec": {"workflowTemplateRef": {"name": _name(deployment)}},
    }
    return {"apiVersion": _API, "kind": "CronWorkflow", "metadata": _metadata(deployment), "spec": spec}


def _patched(document: dict[str, Any], patch: Mapping[str, Any]) -> Any:
    for key in (document["kind"], f"{document['kind']}/{document['metadata']['name']}"):
        document = merged(document, patch.get(key, {}))
    return document


def _check(document: dict[str, Any], *, jobs: int) -> None:
    """Refuse what Argo could not keep in one workflow, the template and the state of each job, and bad patches."""
    size = len(json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()) + jobs * _STATUS_BYTES
    if size > _LARGEST_WORKFLOW:
        raise LimitProblem(
            system="Argo",
            what="bytes in a workflow with its status",
            count=size,
            limit=_LARGEST_WORKFLOW,
            source="https://argo-workflows.readthedocs.io/en/latest/offloading-large-workflows/",
            mend="Group chains, deploy parts as pipelines of their own, or set granularity='pipeline'.",
        )
    problems = workflow_problems(document)
    if problems:
        raise DeploymentProblem("patch", f"makes what Argo refuses. {' '.join(problems)}")


SYSTEM = System("argo_workflow", ArgoWorkflowSettings, render)
