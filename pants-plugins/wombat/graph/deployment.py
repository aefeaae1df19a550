"""Deployments as documents: the plan that `wombat_tool` makes configurations from, and what it makes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Dict, Iterable, Mapping, Tuple

from wombat.graph.document import graph_document
from wombat.graph.model import PipelineGraph

PLAN_VERSION = 1
RENDERED_VERSION = 1


@dataclass(frozen=True)
class DeclaredDeployment:
    """A deployment target.

    :param type_name: the alias of its target type.
    :param directory: that of its BUILD file, "" for the root.
    :param settings: the fields that the BUILD file sets, by alias, with addresses in full.
    """

    address: str
    type_name: str
    directory: str
    settings: Mapping[str, Any]


@dataclass(frozen=True)
class Configuration:
    """What is generated from one target.

    :param files: path from the build root and text without the header, of each.
    :param problems: the whole messages of what is wrong; then there are no files.
    """

    address: str
    files: Tuple[Tuple[str, str], ...] = ()
    problems: Tuple[str, ...] = ()


def deployment_plan(graph: PipelineGraph, deployments: Iterable[DeclaredDeployment], *, launcher: str) -> Dict[str, Any]:
    """The plan as JSON-able values (docs/reference/documents.md, "Deployment plan")."""
    return {
        "version": PLAN_VERSION,
        "launcher": launcher,
        "graph": graph_document(graph),
        "deployments": [
            {
                "address": one.address,
                "type": one.type_name,
                "directory": one.directory,
                "settings": dict(one.settings),
            }
            for one in sorted(deployments, key=lambda one: one.address)
        ],
    }


def read_rendered(content: bytes) -> Tuple[Configuration, ...]:
    """What was made of a plan (docs/reference/documents.md, "Rendered configurations")."""
    document = json.loads(content)
    return tuple(
        Configuration(one["address"], tuple((file["path"], file["text"]) for file in one["files"]), tuple(one["problems"]))
        for one in document["targets"]
    )
