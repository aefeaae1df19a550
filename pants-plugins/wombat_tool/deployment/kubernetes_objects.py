"""Objects of Kubernetes as files of a directory that `kubectl apply -k` and kustomize take."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from wombat_tool.deployment.kubernetes_checks import Reference, problems_of
from wombat_tool.deployment.merge_patch import merged
from wombat_tool.deployment.problems import DeploymentProblem, LimitProblem
from wombat_tool.deployment.system import Deployment, GeneratedFile
from wombat_tool.deployment.values import image_parts
from wombat_tool.deployment.yaml_text import yaml_text

LARGEST_OBJECT = 1_572_864
"""Bytes; etcd takes no larger request: https://etcd.io/docs/v3.5/dev-guide/limit/"""

NO_COMMIT = "git-commit-not-set"
"""The tag of an image until somebody says which commit it is: there is no such image, so no wrong one can run."""

Document = dict[str, Any]


def metadata(name: str | None, *, namespace: str | None = None, **more: Mapping[str, str]) -> Document:
    """The `metadata` of an object.

    :param name: None for a pod, which gets one of its own.
    :param more: `labels` and `annotations`; without what is empty.
    """
    found: Document = {"name": name, "namespace": namespace}
    found.update({key: dict(sorted(table.items())) for key, table in more.items()})
    return {key: value for key, value in found.items() if value}


def service_account(meta: Document) -> Document:
    """An account that can do nothing in the cluster; annotations can make it one of a cloud."""
    return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": meta, "automountServiceAccountToken": False}


def config_map(meta: Document, data: Mapping[str, str]) -> Document:
    """A config map."""
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": dict(sorted(data.items()))}


def volume_claim(meta: Document, *, size: str, storage_class: str | None, mode: str = "ReadWriteOnce") -> Document:
    """A claim of a volume of its own."""
    spec: Document = {"accessModes": [mode], "resources": {"requests": {"storage": size}}}
    if storage_class is not None:
        spec["storageClassName"] = storage_class
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": meta, "spec": spec}


def network_policy(
    meta: Document, selector: Mapping[str, str], *, ingress: Sequence[Document], egress: Sequence[Document] | None = None
) -> Document:
    """Who may connect to the pods, and, unless `egress` is None, whom they may connect to."""
    spec: Document = {"podSelector": {"matchLabels": dict(selector)}, "policyTypes": ["Ingress"], "ingress": list(ingress)}
    if egress is not None:
        spec["policyTypes"].append("Egress")
        spec["egress"] = list(egress)
    return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": meta, "spec": spec}


def kustomization(files: Iterable[str], *, images: Iterable[str] = (), more: Mapping[str, Any] | None = None) -> Document:
    """What kustomize takes the directory for.

    :param images: the references of those whose tag is set when they are deployed.
    :param more: what else it says.
    """
    found: Document = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": sorted(files),
    }
    names = sorted({image_parts(image)[0] for image in images})
    if names:
        found["images"] = [{"name": name, "newTag": NO_COMMIT} for name in names]
    return {**found, **(more or {})}


def manifests(
    deployment: Deployment[Any],
    directory: str,
    objects: Sequence[Document],
    *,
    images: Iterable[str] = (),
    outside: Iterable[Reference] = (),
    more: Mapping[str, Any] | None = None,
) -> list[GeneratedFile]:
    """The files of the objects, with the settings' patch on them, and what makes kustomize take the directory.

    :param images: as of `kustomization`, and so is `more`.
    :param outside: the objects that settings name and somebody else makes.
    :raises DeploymentProblem: if the patch names no object, or makes one that Kubernetes would refuse.
    """
    patch = dict(deployment.settings.patch)
    custom = patch.pop("Kustomization", {})
    patched = _patched(objects, patch)
    _check(patched, outside=outside, is_patched=bool(patch))
    names = _file_names(patched)
    ours = kustomization(names, images=images, more=more)
    documents = dict(zip(names, patched)) | {"kustomization.yaml": merged(ours, custom)}
    kept = [name for name in sorted(documents) if documents[name] is not None]
    return [GeneratedFile(f"{directory}/{name}", yaml_text(documents[name])) for name in kept]


def _check(objects: Sequence[Document], *, outside: Iterable[Reference], is_patched: bool) -> None:
    try:
        problems = problems_of(objects, outside=outside)
    except (AttributeError, KeyError, TypeError) as error:
        # The checks read what an object must have; schemas say it better, once the file is applied.
        problems = [f"Something that must be there is missing or of another kind: {error}."]
        if not is_patched:
            raise
    if problems:
        assert is_patched, problems
        raise DeploymentProblem("patch", f"makes what Kubernetes refuses. {' '.join(problems)}")
    for one in objects:
        check_size(one)


def check_size(one: Document, *, more: int = 0) -> None:
    """Refuse an object that is too large to be kept.

    :param more: bytes that come to it while it runs.
    :raises LimitProblem: if it is.
    """
    # Kubernetes keeps a more compact form; JSON is what is sent to it.
    size = len(json.dumps(one, ensure_ascii=False).encode(errors="surrogatepass")) + more
    if size > LARGEST_OBJECT:
        raise LimitProblem(
            system="Kubernetes",
            what=f"bytes of {one['kind']}",
            count=size,
            limit=LARGEST_OBJECT,
            source="https://etcd.io/docs/v3.5/dev-guide/limit/",
            mend="Set granularity='pipeline', or deploy parts of the pipeline by targets of their own.",
        )


def _patched(objects: Sequence[Document], patch: Mapping[str, Any]) -> list[Document]:
    kinds = [one["kind"] for one in objects]
    keys = [
        (f"{one['kind']}/{one['metadata']['name']}", *([one["kind"]] if kinds.count(one["kind"]) == 1 else []))
        for one in objects
    ]
    known = sorted({"Kustomization", *(key for own in keys for key in own)})
    for key in patch:
        if key not in known:
            raise DeploymentProblem("patch", f"has the key {key!r}, but must have those of objects: {', '.join(known)}.")
    found = []
    for one, own in zip(objects, keys):
        result = one
        for key in own:
            result = merged(result, patch[key]) if key in patch else result
        if result is not None:
            found.append(result)
    return found


def _file_names(objects: Sequence[Document]) -> list[str]:
    """A name after the kind, "cron-job.yaml", and after the object, too, where there are several of a kind."""
    kinds = [one["kind"] for one in objects]
    names = []
    for one in objects:
        name = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", one["kind"]).lower()
        several = kinds.count(one["kind"]) > 1
        names.append(f"{name}-{one['metadata']['name']}.yaml" if several else f"{name}.yaml")
    return names
