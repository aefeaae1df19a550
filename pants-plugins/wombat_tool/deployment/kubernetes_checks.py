"""What is wrong with objects of Kubernetes that their schemas let pass; a patch can bring in any of it.

The rules are those of the API server's validation: https://kubernetes.io/docs/reference/kubernetes-api/
"""

from __future__ import annotations

import re
import zoneinfo
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import Any

from wombat_tool.deployment.kubernetes_values import is_label_key, is_label_value
from wombat_tool.deployment.names import LONGEST_NAME
from wombat_tool.deployment.quantities import amount
from wombat_tool.deployment.values import cron_expression

Document = Mapping[str, Any]
Reference = tuple[str, str]
"""Kind and name of an object."""

_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_SUBDOMAIN = rf"{_LABEL}(\.{_LABEL})*"
_QUANTITY = r"[+-]?(\d+(\.\d*)?|\.\d+)([KMGTPE]i|[mnukMGTPE]|[eE][+-]?\d+)?"
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "concurrencyPolicy": ("Allow", "Forbid", "Replace"),
    "imagePullPolicy": ("Always", "IfNotPresent", "Never"),
    "effect": ("NoSchedule", "PreferNoSchedule", "NoExecute"),
    "protocol": ("TCP", "UDP", "SCTP"),
    "terminationMessagePolicy": ("File", "FallbackToLogsOnError"),
    "fsGroupChangePolicy": ("OnRootMismatch", "Always"),
    "dnsPolicy": ("ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"),
    "accessModes": ("ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"),
    "policyTypes": ("Ingress", "Egress"),
}
"""What keys may be that mean the same wherever they are."""
_RESTARTS = {"Job": ("Never", "OnFailure"), "CronJob": ("Never", "OnFailure"), "Deployment": ("Always",)}
_TEMPLATES = {
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
    "Job": ("spec", "template"),
    "Deployment": ("spec", "template"),
}


def problems_of(objects: Sequence[Document], *, outside: Iterable[Reference] = ()) -> list[str]:
    """What is wrong, each as a sentence with the object and the way into it.

    :param outside: the objects that are there without being among these.
    """
    known = {*outside, *((one["kind"], one["metadata"]["name"]) for one in objects)}
    found = []
    for one in objects:
        where = f"{one['kind']} {one['metadata']['name']}"
        problems = [*_names(one), *_values(one, ""), *_of_kind(one, objects)]
        pod = pod_template(one)
        if pod is not None:
            problems += [*_pod(one["kind"], pod, objects), *_missing(pod["spec"], "", known)]
        found += [f"In the {where}, {problem}" for problem in problems]
    return found


def pod_template(one: Document) -> Document | None:
    """The pod that an object makes, None for one that makes none."""
    if one["kind"] not in _TEMPLATES:
        return None
    template: Any = one
    for key in _TEMPLATES[one["kind"]]:
        template = template.get(key, {})
    return {"metadata": {}, "spec": {}, **template}


def _names(one: Document) -> Iterator[str]:
    metadata, kind = one["metadata"], one["kind"]
    longest = {"CronJob": LONGEST_NAME, "Job": 63, "Service": 63}.get(kind, 253)
    form = _LABEL if kind == "Service" else _SUBDOMAIN
    if not _matches(form, metadata["name"]) or len(metadata["name"]) > longest:
        yield f"metadata.name must be a DNS name of at most {longest} characters, but was {metadata['name']!r}."
    if "namespace" in metadata and not _matches(_LABEL, metadata["namespace"]):
        yield f"metadata.namespace must be a DNS label, but was {metadata['namespace']!r}."


def _values(value: Any, path: str) -> Iterator[str]:
    """What is wrong with values by themselves, wherever they are."""
    if isinstance(value, list):
        for number, item in enumerate(value):
            yield from _values(item, f"{path}[{number}]")
    if not isinstance(value, Mapping):
        return
    for key, item in value.items():
        below = f"{path}.{key}".removeprefix(".")
        if key in ("data", "env"):
            # Values of the user's own.
            continue
        if key in _CHOICES:
            for choice in item if isinstance(item, list) else [item]:
                if choice not in _CHOICES[key]:
                    yield f"{below} must be one of {', '.join(_CHOICES[key])}, but was {choice!r}."
        elif key in ("labels", "matchLabels", "nodeSelector", "annotations"):
            yield from _labels(item, below, any_value=key == "annotations")
        elif key in ("requests", "limits"):
            for resource, quantity in item.items():
                yield from _quantity(quantity, f"{below}.{resource}")
        elif key == "sizeLimit":
            yield from _quantity(item, below)
        elif key in ("port", "containerPort", "targetPort") and isinstance(item, int) and not 1 <= item <= 65535:
            yield f"{below} must be from 1 to 65535, but was {item}."
        else:
            yield from _values(item, below)


def _labels(labels: Mapping[str, Any], path: str, *, any_value: bool) -> Iterator[str]:
    for key, value in labels.items():
        if not is_label_key(key):
            yield f"{path} must have keys like 'team' or 'example.com/team', but has {key!r}."
        if not any_value and not is_label_value(value):
            yield f"{path}.{key} must be at most 63 letters, digits, '-', '_' and '.', but was {value!r}."


def _quantity(value: Any, path: str) -> Iterator[str]:
    if not _matches(_QUANTITY, str(value)):
        yield f"{path} must be a quantity, such as '500m' or '2Gi', but was {value!r}."


def _of_kind(one: Document, objects: Sequence[Document]) -> Iterator[str]:
    kind, spec = one["kind"], one.get("spec", {})
    if kind == "CronJob":
        try:
            cron_expression(spec["schedule"])
        except ValueError as error:
            yield f"spec.schedule {error}, but was {spec['schedule']!r}."
        zone = spec.get("timeZone")
        if zone is not None and zone not in zoneinfo.available_timezones():
            yield f"spec.timeZone must be a time zone of the IANA database, but was {zone!r}."
    pods = [pod["metadata"].get("labels", {}) for pod in map(pod_template, objects) if pod is not None]
    if kind == "Service" and not any(_selects(spec.get("selector", {}), labels) for labels in pods):
        yield "spec.selector selects no pod."
    if kind == "NetworkPolicy":
        selector = spec.get("podSelector", {}).get("matchLabels", {})
        if not any(_selects(selector, labels) for labels in pods):
            yield "spec.podSelector selects no pod."
    if kind == "Deployment":
        own = pod_template(one)
        selector = spec.get("selector", {}).get("matchLabels", {})
        if own is None or not selector or not _selects(selector, own["metadata"].get("labels", {})):
            yield "spec.selector must select the pods of the template."


def _selects(selector: Mapping[str, str], labels: Mapping[str, str]) -> bool:
    return selector.items() <= labels.items()


def _pod(kind: str, pod: Document, objects: Sequence[Document]) -> Iterator[str]:
    spec = pod["spec"]
    restart = spec.get("restartPolicy", "Always")
    if restart not in _RESTARTS[kind]:
        yield f"restartPolicy must be one of {', '.join(_RESTARTS[kind])}, but was {restart!r}."
    containers = [*spec.get("initContainers", []), *spec.get("containers", [])]
    for name in _repeated(container["name"] for container in containers):
        yield f"two containers have the name {name!r}."
    volumes = [volume["name"] for volume in spec.get("volumes", [])]
    for name in _repeated(volumes):
        yield f"two volumes have the name {name!r}."
    for name in (container["name"] for container in containers):
        if not _matches(_LABEL, name):
            yield f"the name of a container must be a DNS label, but was {name!r}."
    for number, toleration in enumerate(spec.get("tolerations", [])):
        if toleration.get("operator", "Equal") not in ("Equal", "Exists"):
            yield f"tolerations[{number}].operator must be one of Equal, Exists, but was {toleration['operator']!r}."
    for container in containers:
        problems = [*_container(container, volumes), *_variables(container, objects)]
        yield from (f"the container {container['name']}: {problem}" for problem in problems)


def _container(container: Document, volumes: Sequence[str]) -> Iterator[str]:
    mounts = container.get("volumeMounts", [])
    for mount in mounts:
        if mount["name"] not in volumes:
            yield f"volumeMounts names the volume {mount['name']!r}, which the pod does not have."
    for path in _repeated(mount["mountPath"] for mount in mounts):
        yield f"two volumes have the mountPath {path!r}."
    resources = container.get("resources", {})
    requests, limits = resources.get("requests", {}), resources.get("limits", {})
    for name in sorted(requests.keys() & limits.keys()):
        try:
            if amount(limits[name]) < amount(requests[name]):
                yield f"resources.limits.{name} must not be below the request, {requests[name]}, but was {limits[name]!r}."
        except (ValueError, KeyError):
            # Of a unit that only `_quantity` needs to know.
            continue
    ports = {port.get("name") for port in container.get("ports", [])}
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        for handler in ("httpGet", "tcpSocket"):
            port = container.get(probe, {}).get(handler, {}).get("port")
            if isinstance(port, str) and port not in ports:
                yield f"{probe} names the port {port!r}, which the container does not have."


def _variables(container: Document, objects: Sequence[Document]) -> Iterator[str]:
    env = container.get("env", [])
    for name in _repeated(variable["name"] for variable in env):
        yield f"two variables have the name {name!r}."
    data = {one["metadata"]["name"]: one.get("data", {}) for one in objects if one["kind"] == "ConfigMap"}
    known = {variable["name"] for variable in env}
    for source in container.get("envFrom", []):
        known |= data.get(source.get("configMapRef", {}).get("name"), {}).keys()
    for text in (*container.get("command", []), *container.get("args", [])):
        for name in re.findall(r"\$\(([A-Za-z_][A-Za-z0-9_]*)\)", text.replace("$$", "")):
            if name not in known:
                yield f"the command names the variable {name!r}, which nothing sets."


def _missing(value: Any, key: str, known: Container[object]) -> Iterator[str]:
    """References to objects that are not there."""
    if isinstance(value, list):
        for item in value:
            yield from _missing(item, key, known)
    if not isinstance(value, Mapping):
        return
    name_keys = {
        "configMapRef": ("ConfigMap", "name"),
        "configMapKeyRef": ("ConfigMap", "name"),
        "configMap": ("ConfigMap", "name"),
        "secretRef": ("Secret", "name"),
        "secretKeyRef": ("Secret", "name"),
        "secret": ("Secret", "secretName"),
        "imagePullSecrets": ("Secret", "name"),
        "persistentVolumeClaim": ("PersistentVolumeClaim", "claimName"),
    }
    references = []
    if key in name_keys:
        kind, name = name_keys[key]
        references.append((kind, value.get(name)))
    if "serviceAccountName" in value:
        references.append(("ServiceAccount", value["serviceAccountName"]))
    for kind, found in references:
        if (kind, found) not in known:
            yield f"a {kind} is named {found!r}, but nothing makes it and no setting says that it is there."
    for below, item in value.items():
        yield from _missing(item, below, known)


def _repeated(values: Iterable[str]) -> list[str]:
    return sorted(value for value, count in Counter(values).items() if count > 1)


def _matches(form: str, text: str) -> bool:
    return re.fullmatch(form, text, re.ASCII) is not None
