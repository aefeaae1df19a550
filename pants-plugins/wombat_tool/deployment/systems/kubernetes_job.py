"""A Job of Kubernetes that runs a pipeline, or a CronJob with a schedule."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from wombat_tool.deployment import kubernetes_objects as kubernetes
from wombat_tool.deployment import pods
from wombat_tool.deployment.kubernetes_checks import Reference
from wombat_tool.deployment.kubernetes_job_pods import pod_spec, variables_of
from wombat_tool.deployment.kubernetes_job_settings import EgressRule, KubernetesJobSettings
from wombat_tool.deployment.problems import DeploymentProblem
from wombat_tool.deployment.system import GeneratedFile, PipelineDeployment, System

Document = dict[str, Any]
KubernetesJob = PipelineDeployment[KubernetesJobSettings]

_WEEK_S = 7 * 24 * 3600
_NEED_SCHEDULE = ("concurrency_policy", "starting_deadline_s", "successful_history", "failed_history")
_STATUS_BYTES = 1024
"""About what Kubernetes itself writes into a pod for each container: its state, its image, and who set what."""


def render(deployment: KubernetesJob) -> Sequence[GeneratedFile]:
    """The files of one target: an object each, and what makes kustomize take them together."""
    settings = deployment.settings
    pods.check_image(settings.image, environment=settings.environment)
    schedule = deployment.schedule
    _check_together(settings, schedule)
    name = settings.object_name or deployment.name
    directory = settings.output or deployment.path("deploy", deployment.name)
    images = [settings.image] if pods.GIT_COMMIT in settings.image else []
    objects = list(_objects(deployment, name, schedule))
    return kubernetes.manifests(deployment, directory, objects, images=images, outside=_outside(settings))


def _check_together(settings: KubernetesJobSettings, schedule: str | None) -> None:
    if schedule is None:
        for field in _NEED_SCHEDULE:
            if field in settings.model_fields_set:
                raise DeploymentProblem(field, "must not be set without a schedule: then there is one Job and no CronJob.")
    if settings.cache_claim is not None and settings.cache_storage is not None:
        raise DeploymentProblem("cache_claim", "must not be set together with `cache_storage`, which makes a volume.")
    if settings.cache_storage_class is not None and settings.cache_storage is None:
        raise DeploymentProblem("cache_storage_class", "needs `cache_storage`, the size of the volume.")
    is_kept = settings.cache_claim is not None or settings.cache_storage is not None
    if is_kept and settings.cache_size is not None:
        raise DeploymentProblem("cache_size", "must not be set with a volume that is kept, which has a size of its own.")
    if is_kept and settings.concurrency_policy == "Allow":
        message = "must not be 'Allow' with a volume that is kept, since only one run at a time can use Pants' cache on it."
        raise DeploymentProblem("concurrency_policy", message)
    if settings.service_account is not None and settings.service_account_annotations:
        message = "must not be set with `service_account`, which is there with its own."
        raise DeploymentProblem("service_account_annotations", message)
    for path in sorted(settings.secret_files):
        if not re.fullmatch(r"(/[A-Za-z0-9._-]+)+", path) or ".." in path.split("/"):
            raise DeploymentProblem(
                "secret_files", f"must have absolute paths, such as '/secrets/key.json', but has {path!r}."
            )


def _outside(settings: KubernetesJobSettings) -> Iterator[Reference]:
    """The objects that settings name and somebody else makes."""
    references = [*settings.secrets.values(), *settings.secret_files.values(), settings.remote_cache_token or ""]
    yield from (("Secret", reference.partition("/")[0]) for reference in references)
    yield from (("Secret", name) for name in settings.image_pull_secrets)
    yield from (("ConfigMap", reference.partition("/")[0]) for reference in settings.config_maps.values())
    yield "ServiceAccount", settings.service_account or ""
    yield "PersistentVolumeClaim", settings.cache_claim or ""


def _objects(deployment: KubernetesJob, name: str, schedule: str | None) -> Iterator[Document]:
    settings = deployment.settings
    own = {"app.kubernetes.io/name": name, "app.kubernetes.io/managed-by": "wombat"}
    labels = {**own, **settings.labels}

    def metadata(what: str = name, **more: dict[str, str]) -> Document:
        return kubernetes.metadata(what, namespace=settings.namespace, labels=labels, **more)

    claim = settings.cache_claim
    if settings.cache_storage is not None:
        claim = f"{name}-cache"
        # One pod at a time, as the files of Pants' cache need it.
        yield kubernetes.volume_claim(
            metadata(claim),
            size=settings.cache_storage,
            storage_class=settings.cache_storage_class,
            mode="ReadWriteOncePod",
        )
    if settings.service_account is None:
        yield kubernetes.service_account(metadata(annotations=settings.service_account_annotations))
    yield kubernetes.config_map(metadata(), variables_of(deployment).values)
    yield kubernetes.network_policy(metadata(), own, ingress=[], egress=_egress(deployment))
    account = settings.service_account or name
    pod = pod_spec(deployment, config_map=name, claim=claim, account=account)
    template = {"metadata": kubernetes.metadata(None, labels=labels, annotations=settings.annotations), "spec": pod}
    job = _job(deployment, template, is_scheduled=schedule is not None)
    containers = len(pod.get("initContainers", [])) + 1
    if schedule is None:
        made = {"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata(annotations=settings.annotations), "spec": job}
    else:
        made = {
            "apiVersion": "batch/v1",
            "kind": "CronJob",
            "metadata": metadata(annotations=settings.annotations),
            "spec": _cron(deployment, schedule, job),
        }
    kubernetes.check_size(made, more=containers * _STATUS_BYTES)
    yield made


def _job(deployment: KubernetesJob, template: Document, *, is_scheduled: bool) -> Document:
    settings = deployment.settings
    spec: Document = {"backoffLimit": settings.retries}
    if settings.timeout_s is not None:
        spec["activeDeadlineSeconds"] = settings.timeout_s
    # The Jobs of a CronJob go away by its own history.
    ttl = settings.ttl_s if settings.ttl_s is not None or is_scheduled else _WEEK_S
    if ttl is not None:
        spec["ttlSecondsAfterFinished"] = ttl
    if settings.suspend and not is_scheduled:
        spec["suspend"] = True
    return {**spec, "template": template}


def _cron(deployment: KubernetesJob, schedule: str, job: Document) -> Document:
    settings = deployment.settings
    spec: Document = {"schedule": schedule, "timeZone": settings.timezone, "concurrencyPolicy": settings.concurrency_policy}
    if settings.starting_deadline_s is not None:
        spec["startingDeadlineSeconds"] = settings.starting_deadline_s
    if settings.suspend:
        spec["suspend"] = True
    spec["successfulJobsHistoryLimit"] = settings.successful_history
    spec["failedJobsHistoryLimit"] = settings.failed_history
    return {**spec, "jobTemplate": {"spec": job}}


def _egress(deployment: KubernetesJob) -> list[Document] | None:
    """The rules by which the pods may connect: to name servers, to a cache server of the cluster, and as settings say."""
    rules = deployment.settings.egress
    if rules is None:
        return None
    dns = [{"protocol": protocol, "port": 53} for protocol in ("UDP", "TCP")]
    found: list[Document] = [{"to": [_namespace("kube-system")], "ports": dns}]
    address = deployment.remote_cache.address if deployment.remote_cache is not None else None
    service = re.fullmatch(r"grpcs?://[^.]+\.([^.]+)\.svc(?:\.[^:]*)?:(\d+)", address) if isinstance(address, str) else None
    if service is not None:
        found.append({"to": [_namespace(service[1])], "ports": [{"protocol": "TCP", "port": int(service[2])}]})
    return found + [_egress_rule(rule) for rule in rules]


def _egress_rule(rule: EgressRule) -> Document:
    to = {"ipBlock": {"cidr": rule.cidr}} if rule.namespace is None else _namespace(rule.namespace)
    found: Document = {"to": [to]}
    return {**found, "ports": [{"protocol": "TCP", "port": port} for port in rule.ports]} if rule.ports else found


def _namespace(name: str) -> Document:
    return {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}}


SYSTEM = System("kubernetes_job", KubernetesJobSettings, render)
