"""What configurations for schedulers that read Python have in common."""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping, Sequence
from typing import Any, Optional

from wombat_tool.deployment.names import name_for
from wombat_tool.deployment.problems import DeploymentProblem, shown
from wombat_tool.deployment.system import PipelineDeployment

PARAMETER_PREFIX = "WOMBAT_PARAMETER_"
"""What the variables of parameters of a run begin with."""
TOKEN = "WOMBAT_REMOTE_CACHE_TOKEN"
"""The environment variable that holds the token of the cache server until it is in a file."""

_PLAIN = re.compile(r"[A-Za-z0-9_-]+")
_LONGEST_NAME = 200


def dotted_name(deployment: PipelineDeployment[Any]) -> str:
    """A name that is unique in the repository: "examples.flights.nightly"."""
    parts = deployment.path(deployment.name).split("/")
    name = ".".join(parts)
    if all(_PLAIN.fullmatch(part) for part in parts) and len(name) <= _LONGEST_NAME:
        return name
    # A directory of no target, so that the name gets a hash of the whole address.
    return name_for(deployment.address, directory="..")


def module_path(deployment: PipelineDeployment[Any], system: str) -> str:
    """Where the module goes: "deploy/NAME_SYSTEM.py" below the directory of the target, with a name that can be imported."""
    given, ending = deployment.settings.output, f"_{system}.py"
    if given is None:
        return deployment.path("deploy", f"{deployment.name.replace('-', '_')}{ending}")
    if not given.endswith(ending):
        raise DeploymentProblem("output", f"must be a path that ends in {ending!r}, but was {given!r}.")
    return given


def repository_of_file(path: str) -> str:
    """The expression for the root of the repository in a module at a path."""
    return f"pathlib.Path(__file__).resolve().parents[{path.count('/')}]"


def check_variables(deployment: PipelineDeployment[Any]) -> None:
    """Refuse environment variables that are set twice, or that the generated module needs itself.

    :raises DeploymentProblem: for the first of them.
    """
    settings = deployment.settings
    for field, variables in (("env_vars", settings.env_vars), ("secrets", settings.secrets)):
        for name in sorted(variables):
            if name.startswith(PARAMETER_PREFIX) or name == TOKEN:
                raise DeploymentProblem(f"{field}.{name}", "must have another name: Wombat needs this one itself.")
            if field == "secrets" and name in settings.env_vars:
                raise DeploymentProblem(f"secrets.{name}", "must not be set, since 'env_vars' sets the variable, too.")


def is_absolute_path(text: str) -> bool:
    """Whether the text is a path that means the same wherever it is read."""
    return text.startswith("/") and text.isprintable()


def check_table(field: str, value: Any, *, known: Optional[Sequence[str]] = None) -> Mapping[str, Any]:
    """A part of a patch that becomes arguments or attributes, or whose keys are names that are known.

    :param field: where it stands in the target.
    :param known: the keys that it may have; None for whatever can be the name of an argument.
    :raises DeploymentProblem: if it is something else.
    """
    if not isinstance(value, dict):
        raise DeploymentProblem(field, f"must be a dictionary, but was {shown(value)}.")
    for key in value:
        if known is not None and key not in known:
            listed = f"{', '.join(known[:20])}{', ...' if len(known) > 20 else ''}"
            raise DeploymentProblem(field, f"has the key {shown(key)}, and may have: {listed}.")
        if known is None and (not key.isidentifier() or keyword.iskeyword(key)):
            raise DeploymentProblem(field, f"has the key {shown(key)}, which cannot be the name of an argument.")
    return value
