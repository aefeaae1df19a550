"""The pod of a Job that runs a pipeline: one container, or one for each step, one after the other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wombat_tool.deployment import image_layout, pods
from wombat_tool.deployment.commands import Variable
from wombat_tool.deployment.jobs import Job
from wombat_tool.deployment.kubernetes_job_settings import KubernetesJobSettings
from wombat_tool.deployment.kubernetes_objects import NO_COMMIT
from wombat_tool.deployment.problems import DeploymentProblem
from wombat_tool.deployment.system import PipelineDeployment

Document = dict[str, Any]
KubernetesJob = PipelineDeployment[KubernetesJobSettings]

_CACHE = f"{image_layout.HOME}/.cache/pants"
_CACHE_ROOT = "/cache"
_WORK = "/work"
_SECRET_FILES = "secret-files"

# A volume hides what the image has below it, so the caches of the image are copied: into an empty volume all of them,
# into one that was kept nothing, since it has what the runs before needed. Directories of the sandboxes of a run that
# was killed may be closed; their files are links to the store, whose modes must stay.
_PREPARE = f"""\
set -eu
cd {_CACHE_ROOT}
if [ ! -d pants ]; then
  rm -rf filling
  mkdir filling
  if [ -d "$HOME/.cache/pants" ]; then cp -RPp "$HOME/.cache/pants/." filling/; fi
  mv filling pants
fi
if [ -d pants/sandboxes ]; then
  find pants/sandboxes -type d -exec chmod u+rwx {{}} +
  rm -rf pants/sandboxes
fi
mkdir pants/sandboxes
"""


@dataclass(frozen=True)
class Variables:
    """The environment variables of the containers.

    :param values: what all have, from the config map of the deployment.
    :param references: the entries of `env` for what is in secrets and other config maps.
    :param parameters: the variable of each parameter of a run.
    """

    values: Mapping[str, str]
    references: Sequence[Document]
    parameters: Mapping[str, str]


def variables_of(deployment: KubernetesJob) -> Variables:
    """The variables that all containers have.

    :raises DeploymentProblem: if two settings set one variable.
    """
    settings = deployment.settings
    parameters = {one.name: f"WOMBAT_PARAMETER_{one.name.upper()}" for one in deployment.parameters}
    values = dict(deployment.pants_variables())
    values["HOME"] = image_layout.HOME
    values.update({parameters[one.name]: one.default_text for one in deployment.parameters})
    references = [*pods.secret_variables(settings.secrets), *pods.config_map_variables(settings.config_maps)]
    cache = deployment.remote_cache
    if cache is not None and cache.token is not None:
        values["PANTS_REMOTE_OAUTH_BEARER_TOKEN_PATH"] = pods.TOKEN_PATH
    if cache is not None and isinstance(cache.address, str):
        values["PANTS_REMOTE_STORE_ADDRESS"] = cache.address
    elif cache is not None and isinstance(cache.address, Variable):
        references.append(_address_from(cache.address.name, settings))
    if _has_cache_volume(settings):
        # On the volume of the cache, where a large file is linked into a sandbox; from another one it is copied.
        values["PANTS_LOCAL_EXECUTION_ROOT_DIR"] = f"{_CACHE}/sandboxes"
    if settings.read_only_root_filesystem:
        values["PANTS_WORKDIR"] = f"{_WORK}/pants.d"
        values["PANTS_SUBPROCESSDIR"] = f"{_WORK}/pids"
        values["PANTS_DISTDIR"] = f"{_WORK}/dist"
        values["PANTS_WOMBAT_RUNS_DIR"] = f"{_WORK}/runs"
    _check_names(settings, values)
    return Variables({**values, **settings.env_vars}, references, parameters)


def _address_from(variable: str, settings: KubernetesJobSettings) -> Document:
    """The entry of `env` that gives Pants the address out of where a variable has it from."""
    address = "PANTS_REMOTE_STORE_ADDRESS"
    if variable in settings.config_maps:
        return pods.config_map_variables({address: settings.config_maps[variable]})[0]
    if variable in settings.secrets:
        return pods.secret_variables({address: settings.secrets[variable]})[0]
    if variable in settings.env_vars:
        return pods.literal_variables({address: settings.env_vars[variable]})[0]
    raise DeploymentProblem(
        "remote_cache",
        f"names the variable {variable!r}, which pods do not have. Set it by `config_maps`, for instance "
        f"config_maps={{{variable!r}: 'remote-cache/address'}}, or write the address.",
    )


def _check_names(settings: KubernetesJobSettings, values: Mapping[str, str]) -> None:
    owners = {**dict.fromkeys(values, "Wombat")}
    for field in ("env_vars", "config_maps", "secrets"):
        for name in sorted(getattr(settings, field)):
            # What Pants is told by default may be told otherwise.
            if name in owners and not (field == "env_vars" and name.startswith("PANTS_")):
                raise DeploymentProblem(f"{field}.{name}", f"must have another name, since {owners[name]} sets it, too.")
            owners[name] = f"`{field}`"


def pod_spec(deployment: KubernetesJob, *, config_map: str, claim: str | None, account: str) -> Document:
    """The `spec` of the pod.

    :param config_map: the one that holds the values of variables.
    :param claim: that of the volume for Pants' cache, None for one that goes with the pod.
    :param account: the service account.
    """
    settings = deployment.settings
    variables = variables_of(deployment)
    *before, last = (_container(deployment, job, config_map, variables) for job in deployment.jobs())
    if _has_cache_volume(settings):
        before.insert(0, _prepare(settings, last, before))
    spec: Document = {
        "restartPolicy": "Never",
        "serviceAccountName": account,
        "automountServiceAccountToken": False,
        # The variables of links are for each service of the namespace, and Pants would hand them on.
        "enableServiceLinks": False,
        "securityContext": pods.pod_security(),
    }
    optional = {
        "priorityClassName": settings.priority_class,
        "nodeSelector": dict(sorted(settings.node_selector.items())),
        "tolerations": [one.model_dump(exclude_none=True) for one in settings.tolerations],
        "imagePullSecrets": [{"name": one} for one in settings.image_pull_secrets],
        "initContainers": before,
    }
    spec |= {key: value for key, value in optional.items() if value}
    spec["containers"] = [last]
    volumes = _volumes(settings, claim)
    return {**spec, "volumes": volumes} if volumes else spec


def _has_cache_volume(settings: KubernetesJobSettings) -> bool:
    """Whether Pants' cache is on a volume; otherwise it is in the container, with what the image has of it."""
    kept = settings.cache_claim or settings.cache_storage or settings.cache_size
    return bool(kept) or settings.granularity == "step" or settings.read_only_root_filesystem


def _volumes(settings: KubernetesJobSettings, claim: str | None) -> list[Document]:
    found: list[Document] = []
    if _has_cache_volume(settings):
        size = {} if settings.cache_size is None else {"sizeLimit": settings.cache_size}
        kind = {"emptyDir": size} if claim is None else {"persistentVolumeClaim": {"claimName": claim}}
        found.append({"name": "cache", **kind})
    if settings.read_only_root_filesystem:
        found += [{"name": "work", "emptyDir": {}}, {"name": "tmp", "emptyDir": {}}]
    if settings.remote_cache_token is not None:
        found.append(pods.token_volume(settings.remote_cache_token))
    files = enumerate(sorted(settings.secret_files.items()))
    return found + [_secret_file(number, reference) for number, (_, reference) in files]


def _secret_file(number: int, reference: str) -> Document:
    secret, _, key = reference.partition("/")
    items = [{"key": key, "path": "file"}]
    return {"name": f"{_SECRET_FILES}-{number}", "secret": {"secretName": secret, "defaultMode": 0o440, "items": items}}


def _mounts(settings: KubernetesJobSettings) -> list[Document]:
    found: list[Document] = []
    if _has_cache_volume(settings):
        found.append({"name": "cache", "mountPath": _CACHE, "subPath": "pants"})
    if settings.read_only_root_filesystem:
        found += [{"name": "work", "mountPath": _WORK}, {"name": "tmp", "mountPath": "/tmp"}]
    if settings.remote_cache_token is not None:
        found.append(pods.token_mount())
    return found + [
        {"name": f"{_SECRET_FILES}-{number}", "mountPath": path, "subPath": "file", "readOnly": True}
        for number, path in enumerate(sorted(settings.secret_files))
    ]


def _container(deployment: KubernetesJob, job: Job, config_map: str, variables: Variables) -> Document:
    settings = deployment.settings
    requests = {**job.resources, **settings.resources}
    parallelism = pods.parallelism(requests, settings.limits)
    own = {name: value for name, value in parallelism.items() if name not in settings.env_vars}
    return pods.container(
        job.name,
        pods.image_at(settings.image, NO_COMMIT),
        deployment.command(job.target, variables.parameters),
        env_from=[{"configMapRef": {"name": config_map}}],
        env=[*pods.literal_variables(own), *variables.references],
        resources=pods.resource_requirements(requests, settings.limits, gpu=settings.gpu_resource),
        mounts=_mounts(settings),
        read_only=settings.read_only_root_filesystem,
    ) | _from_registry(settings)


def _from_registry(settings: KubernetesJobSettings) -> Document:
    # What a failed container printed last is then part of its state, as `kubectl describe` shows it.
    return {"imagePullPolicy": settings.image_pull_policy, "terminationMessagePolicy": "FallbackToLogsOnError"}


def _prepare(settings: KubernetesJobSettings, last: Document, others: Iterable[Document]) -> Document:
    """The container that fills the volume of the cache with what the image has.

    It asks for what `resources` says, as quotas of a namespace may want it; the pod needs no more by that.
    """
    name = "prepare-cache"
    taken = {last["name"], *(one["name"] for one in others)}
    while name in taken:
        name = f"{name}-0"
    requests = {key: quantity for key, quantity in settings.resources.items() if key != "gpu"}
    return pods.container(
        name,
        pods.image_at(settings.image, NO_COMMIT),
        [("/bin/sh",), ("-c",), (_PREPARE,)],
        env=pods.literal_variables({"HOME": image_layout.HOME}),
        resources=pods.resource_requirements(requests, settings.limits),
        mounts=[{"name": "cache", "mountPath": _CACHE_ROOT}],
        read_only=settings.read_only_root_filesystem,
    ) | _from_registry(settings)
