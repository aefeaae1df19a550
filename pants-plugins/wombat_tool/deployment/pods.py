"""Containers of Kubernetes that run Pants, for all systems whose jobs are pods.

They keep to the restricted Pod Security Standard: https://kubernetes.io/docs/concepts/security/pod-security-standards/
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from wombat_tool.deployment import image_layout
from wombat_tool.deployment.commands import Variable, Word
from wombat_tool.deployment.problems import DeploymentProblem
from wombat_tool.deployment.quantities import amount, kubernetes_quantity
from wombat_tool.deployment.values import image_parts

GIT_COMMIT = "{git_commit}"
"""What in an image's tag stands for the commit that is deployed."""

GPU = "nvidia.com/gpu"

TOKEN_VOLUME = "remote-cache-token"
_TOKEN_DIRECTORY = "/run/wombat/remote-cache"
TOKEN_PATH = f"{_TOKEN_DIRECTORY}/token"
"""The file with the token of the cache server."""


def escaped(text: str) -> str:
    """The text as it must stand in `command`, `args` or an environment variable's `value` to be taken as it is.

    There `$(NAME)` stands for a variable and `$$` for `$`; any other `$` stands for itself:
    https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#entrypoint
    """
    return re.sub(r"\$(?=[$(])", "$$", text)


def argument(word: Word) -> str:
    """One argument of a container: its variables are put in by Kubernetes, so that no shell reads their values."""
    written, text = "", ""
    for piece in word:
        if isinstance(piece, Variable):
            # What follows the text begins with "$(".
            written += f"{escaped(text + '$')[:-1]}$({piece.name})"
            text = ""
        else:
            text += piece
    return written + escaped(text)


def literal_variables(values: Mapping[str, str]) -> list[dict[str, Any]]:
    """Environment variables with their values, in the order of names."""
    return [{"name": name, "value": escaped(value)} for name, value in sorted(values.items())]


def secret_variables(references: Mapping[str, str]) -> list[dict[str, Any]]:
    """Environment variables that hold what is in secrets.

    :param references: "secret/key" by the name of the variable.
    """
    return _referred("secretKeyRef", references)


def config_map_variables(references: Mapping[str, str]) -> list[dict[str, Any]]:
    """Environment variables that hold what is in config maps, as `secret_variables` does for secrets."""
    return _referred("configMapKeyRef", references)


def _referred(source: str, references: Mapping[str, str]) -> list[dict[str, Any]]:
    found = []
    for variable, reference in sorted(references.items()):
        name, _, key = reference.partition("/")
        found.append({"name": variable, "valueFrom": {source: {"name": name, "key": key}}})
    return found


def token_volume(reference: str) -> dict[str, Any]:
    """The volume with the token of the cache server, which `TOKEN_PATH` is in.

    :param reference: "secret/key".
    """
    name, _, key = reference.partition("/")
    items = [{"key": key, "path": TOKEN_PATH.rpartition("/")[2]}]
    # Root owns the file; the group of the pod reads it.
    return {"name": TOKEN_VOLUME, "secret": {"secretName": name, "defaultMode": 0o440, "items": items}}


def token_mount() -> dict[str, Any]:
    """Where a container has `token_volume`."""
    return {"name": TOKEN_VOLUME, "mountPath": _TOKEN_DIRECTORY, "readOnly": True}


def pod_security(
    *, user: int = image_layout.USER_ID, group: int = image_layout.GROUP_ID, volumes: bool = True
) -> dict[str, Any]:
    """The `securityContext` of a pod.

    :param volumes: whether it has volumes that its group must be able to write to.
    """
    context: dict[str, Any] = {"runAsNonRoot": True, "runAsUser": user, "runAsGroup": group}
    if volumes:
        # Without the policy each start would go through all files of a volume that is kept.
        context |= {"fsGroup": group, "fsGroupChangePolicy": "OnRootMismatch"}
    return {**context, "seccompProfile": {"type": "RuntimeDefault"}}


def container_security(*, read_only: bool = False) -> dict[str, Any]:
    """The `securityContext` of a container.

    :param read_only: whether only its volumes can be written to.
    """
    context = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    return {**context, "readOnlyRootFilesystem": True} if read_only else context


def resource_requirements(
    requests: Mapping[str, str], limits: Mapping[str, str] | None = None, *, gpu: str = GPU
) -> dict[str, Any]:
    """The `resources` of a container; devices are limited to what is asked for, as Kubernetes wants it.

    :param gpu: the name of the resource that devices are.
    :raises DeploymentProblem: if a limit is below what is asked for.
    """
    limits = dict(limits or {})
    for name, limit in sorted(limits.items()):
        if name in requests and amount(limit) < amount(requests[name]):
            message = f"must not be below what the jobs ask for, {requests[name]}, but was {limit!r}."
            raise DeploymentProblem(f"limits.{name}", message)
    if "gpu" in requests:
        limits["gpu"] = requests["gpu"]
    sections = {"requests": requests, "limits": limits}
    return {key: _quantities(amounts, gpu) for key, amounts in sections.items() if amounts}


def _quantities(amounts: Mapping[str, str], gpu: str) -> dict[str, str]:
    names = {"ephemeral_storage": "ephemeral-storage", "gpu": gpu}
    return {names.get(name, name): kubernetes_quantity(quantity) for name, quantity in sorted(amounts.items())}


def parallelism(requests: Mapping[str, str], limits: Mapping[str, str] | None = None) -> dict[str, str]:
    """The variable that says how many processes Pants runs at a time, where the processors are known.

    Pants itself counts those of the machine, of which a container has only a part.
    """
    processors = (limits or {}).get("cpu", requests.get("cpu"))
    if processors is None:
        return {}
    return {"PANTS_PROCESS_EXECUTION_LOCAL_PARALLELISM": str(max(1, math.ceil(amount(processors))))}


def container(
    name: str,
    image: str,
    words: Iterable[Word],
    *,
    env: Sequence[Mapping[str, Any]] = (),
    env_from: Sequence[Mapping[str, Any]] = (),
    resources: Mapping[str, Any] | None = None,
    mounts: Sequence[Mapping[str, Any]] = (),
    read_only: bool = False,
) -> dict[str, Any]:
    """A container that runs a command in the repository.

    :param words: the command, without a shell.
    :param env: what `literal_variables` and its like make; a variable in the command must be among them.
    """
    program, *arguments = (argument(word) for word in words)
    spec: dict[str, Any] = {"name": name, "image": image, "workingDir": image_layout.REPOSITORY, "command": [program]}
    if arguments:
        spec["args"] = arguments
    optional = {"envFrom": list(env_from), "env": list(env), "resources": resources, "volumeMounts": list(mounts)}
    spec.update({key: value for key, value in optional.items() if value})
    spec["securityContext"] = container_security(read_only=read_only)
    return spec


def check_image(image: str, *, environment: str) -> None:
    """Refuse an image for production that is another one from day to day.

    :raises DeploymentProblem: if it has neither tag nor digest, or the tag `latest`.
    """
    _, tag, digest = image_parts(image)
    if environment == "production" and digest is None and tag in (None, "latest"):
        raise DeploymentProblem(
            "image",
            f"must have a tag other than 'latest', or a digest, in production, but was {image!r}. Write for instance "
            f"'{image_parts(image)[0]}:{GIT_COMMIT}', or set environment='development'.",
        )


def image_at(image: str, commit: str) -> str:
    """The image with what the system writes for the commit that is deployed."""
    return image.replace(GIT_COMMIT, commit)
