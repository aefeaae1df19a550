"""The environment variables of a pod that runs Pants, by where their values come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wombat_tool.deployment.commands import Variable
from wombat_tool.deployment.problems import DeploymentProblem
from wombat_tool.deployment.system import PipelineDeployment

_ADDRESS = "PANTS_REMOTE_STORE_ADDRESS"
_TOKEN = "PANTS_REMOTE_OAUTH_BEARER_TOKEN_PATH"
TARGET = "WOMBAT_TARGET"
"""The variable with the address that a pod runs, where it is one."""
PARAMETER_PREFIX = "WOMBAT_PARAMETER_"
"""What the variables of parameters of a run begin with."""


@dataclass(frozen=True)
class PodVariables:
    """Variables by name.

    :param values: text.
    :param secrets: "secret/key".
    :param config_maps: "config map/key".
    """

    values: dict[str, str]
    secrets: dict[str, str]
    config_maps: dict[str, str]


def pod_variables(deployment: PipelineDeployment[Any], *, token_path: str) -> PodVariables:
    """The variables of the settings, with those that Pants needs.

    :param token_path: the file in the pod with the token of the cache server, if there is one.
    :raises DeploymentProblem: if the address of the cache server is a variable that nothing sets, or a variable is set
        twice.
    """
    settings = deployment.settings
    values = {**deployment.pants_variables(), **settings.env_vars}
    found = PodVariables(values, dict(settings.secrets), dict(settings.config_maps))
    _check_names({"env_vars": settings.env_vars, "secrets": settings.secrets, "config_maps": settings.config_maps})
    cache = deployment.remote_cache
    if cache is None:
        return found
    if cache.token is not None:
        values[_TOKEN] = token_path
    if not isinstance(cache.address, Variable):
        values[_ADDRESS] = cache.address
        return found
    name = cache.address.name
    for source in (values, found.secrets, found.config_maps):
        if name in source:
            # From where the variable itself has it: not everywhere can one variable be put into another.
            source[_ADDRESS] = source[name]
            return found
    raise DeploymentProblem(
        "remote_cache",
        f"names the variable {name}, which nothing sets. Set it in 'env_vars', 'secrets' or 'config_maps', or write the "
        "address itself.",
    )


def _check_names(sources: Mapping[str, Mapping[str, str]]) -> None:
    owners: dict[str, str] = {}
    for field, variables in sources.items():
        for name in sorted(variables):
            if name == TARGET or name.startswith(PARAMETER_PREFIX):
                raise DeploymentProblem(f"{field}.{name}", "must have another name: Wombat needs this one itself.")
            owner = owners.setdefault(name, field)
            if owner != field:
                raise DeploymentProblem(f"{field}.{name}", f"must not be set, since '{owner}' sets the variable, too.")
