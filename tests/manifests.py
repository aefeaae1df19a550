"""Objects of Kubernetes that are generated from deployment plans, and from what else the repository has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from deployment_plans import rendered
from wombat_tool.deployment.kubernetes_checks import pod_template
from wombat_tool.deployment.yaml_text import read_yaml


def objects(type_name: str, settings: Mapping[str, Any], **options: Any) -> dict[str, Any]:
    """The objects by kind, with the one that kustomize reads.

    :param options: as of `deployment_plan`.
    """
    texts = {path: text for path, text in rendered(type_name, settings, **options).items() if path.endswith(".yaml")}
    documents = [document for text in texts.values() for document in read_yaml(text)]
    return {document["kind"]: document for document in documents}


def pod_of(found: Mapping[str, Any]) -> Any:
    """The `spec` of the pod that one of the objects makes."""
    (spec,) = (pod["spec"] for pod in map(pod_template, found.values()) if pod is not None)
    return spec


def variables_of(container: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
    """The environment variables of a container: their values, or where they come from."""
    variables: dict[str, Any] = {}
    for source in container.get("envFrom", []):
        assert source["configMapRef"]["name"] == found["ConfigMap"]["metadata"]["name"]
        variables |= found["ConfigMap"]["data"]
    return variables | {one["name"]: one.get("value", one.get("valueFrom")) for one in container.get("env", [])}
