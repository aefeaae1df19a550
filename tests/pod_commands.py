"""What containers of Kubernetes run, and in which environment, without a cluster: the rules are those of the kubelet."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Dict, List, Mapping

Data = Mapping[str, Mapping[str, str]]
"""Config maps or secrets by name: the content by key."""


@dataclass(frozen=True)
class PodCommand:
    """The command of a container, after Kubernetes has put variables in."""

    words: List[str]
    environment: Dict[str, str]


def expanded(text: str, variables: Mapping[str, str]) -> str:
    """What Kubernetes makes of a text: `$$` is `$`, `$(NAME)` a variable if it is known, all else stays."""

    def one(match: re.Match[str]) -> str:
        return "$" if match[0] == "$$" else variables.get(match[1], match[0])

    return re.sub(r"\$\$|\$\(([^)]*)\)", one, text)


def command_of(container: Mapping[str, Any], *, config_maps: Data, secrets: Data) -> PodCommand:
    """The command of a container.

    :raises KeyError: if a config map or a secret is missing, where the pod would not start.
    """
    sources = {"configMapKeyRef": config_maps, "secretKeyRef": secrets}
    environment: Dict[str, str] = {}
    for source in container.get("envFrom", []):
        environment.update(config_maps[source["configMapRef"]["name"]])
    own: Dict[str, str] = {}
    for variable in container.get("env", []):
        if "valueFrom" in variable:
            ((kind, reference),) = variable["valueFrom"].items()
            value = sources[kind][reference["name"]][reference["key"]]
        else:
            # Variables of `envFrom` are not among those that a value can take up.
            value = expanded(variable.get("value", ""), own)
        own[variable["name"]] = value
    environment.update(own)
    words = [*container.get("command", []), *container.get("args", [])]
    return PodCommand([expanded(word, environment) for word in words], environment)
