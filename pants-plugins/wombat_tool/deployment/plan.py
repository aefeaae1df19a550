"""The deployment plan: what the plugin hands over (docs/reference/documents.md)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from wombat_tool.deployment.graph import GraphDocument
from wombat_tool.errors import DeploymentPlanError

PLAN_VERSION = 1


class DeploymentEntry(BaseModel):
    """A deployment target.

    :param type: the alias of its target type.
    :param directory: that of its BUILD file, "" for the root.
    :param settings: the fields that its BUILD file sets, by alias, with addresses in full.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    address: str
    type: str
    directory: str
    settings: dict[str, Any]


class DeploymentPlan(BaseModel):
    """All deployment targets of the repository, with the graph that they deploy.

    :param launcher: the command that starts Pants.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    version: int
    launcher: str
    graph: GraphDocument
    deployments: tuple[DeploymentEntry, ...]


def read_plan(path: Path) -> DeploymentPlan:
    """The plan in a file.

    :raises DeploymentPlanError: if it is not of this version or form.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        if document["version"] != PLAN_VERSION:
            raise DeploymentPlanError(str(path), f"has version {document['version']!r}; this program reads {PLAN_VERSION}.")
        return DeploymentPlan.model_validate(document)
    except (OSError, ValueError, KeyError, TypeError) as error:
        if isinstance(error, ValidationError):
            first = error.errors()[0]
            error = ValueError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}")
        raise DeploymentPlanError(str(path), f"cannot be read: {error}.") from None
