"""What is told to the artifact store: how datasets are called there, and what is published.

The documents are described in docs/reference/documents.md.
"""

from __future__ import annotations

import hashlib
import json
import os
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple
from urllib.parse import urlsplit

from wombat.graph.model import DatasetNode, ImportedVersion, PipelineGraph
from wombat.graph.params import canonical_json

PLAN_VERSION = 1
LINEAGE_VERSION = 1
POLICY_VERSION = 1
LOCK_VERSION = 1


def project_name(option: Optional[str], remote: str, build_root: str) -> str:
    """What this repository's datasets are called in a store, before their address.

    :param option: what the option says, which goes before all else.
    :param remote: the address of the git remote `origin`; "" if there is none.
    """
    if option:
        return option
    # As "https://host/team/name.git", "git@host:team/name.git" or a path.
    last = remote.rstrip("/").replace(":", "/").rpartition("/")[2]
    return last[: -len(".git")] if last.endswith(".git") else last or os.path.basename(build_root)


def store_url(option: str, build_root: str) -> str:
    """The store that the option names; a directory becomes an absolute path."""
    if urlsplit(option).scheme:
        return option
    return os.path.normpath(os.path.join(build_root, os.path.expanduser(option)))


def full_name(node: DatasetNode, project: str) -> Tuple[str, str]:
    """The project and the address that a dataset is published under; those of the original for an imported one."""
    if isinstance(node.origin, ImportedVersion):
        other, _, address = node.origin.dataset.partition("//")
        return other, address
    return project, node.address


def lineage_document(record: Mapping[str, Any], graph: PipelineGraph) -> Dict[str, Any]:
    """Everything that a run made or read, and what from what; imported datasets by the names of the originals."""
    versions = {dataset["address"]: dataset["version"] for dataset in record["datasets"]}
    named = {address: full_name(graph.datasets[address], "") for address in versions}
    return {
        "lineage_version": LINEAGE_VERSION,
        "datasets": [
            {
                **{name: dataset[name] for name in ("version", "format", "producer", "rows", "size_bytes")},
                "project": named[dataset["address"]][0] or None,
                "address": named[dataset["address"]][1],
            }
            for dataset in record["datasets"]
        ],
        "steps": [
            {
                "address": step["address"],
                "key": _key_digest(step["key"], record["code"]),
                "inputs": [
                    {"parameter": item.parameter, "address": named[item.dataset][1], "version": versions[item.dataset]}
                    for item in graph.steps[step["address"]].inputs
                ],
                "outputs": [{"address": address, "version": versions.get(address)} for address in step["outputs"]],
                "params": _values(step["key"]["params"]),
                "metrics": step.get("metrics", {}),
            }
            for step in record["steps"]
        ],
    }


def published_dataset(
    record: Mapping[str, Any],
    graph: PipelineGraph,
    address: str,
    *,
    project: str,
    git: Optional[Mapping[str, Any]],
    environment: str,
) -> Dict[str, Any]:
    """What a manifest says of a dataset that a run made, but for its files and its profile."""
    node = graph.datasets[address]
    dataset = next(one for one in record["datasets"] if one["address"] == address)
    step = next((one for one in record["steps"] if one["address"] == node.producer), None)
    versions = {one["address"]: one["version"] for one in record["datasets"]}
    inputs: List[Dict[str, str]] = []
    for item in graph.steps[step["address"]].inputs if step is not None else ():
        other, name = full_name(graph.datasets[item.dataset], project)
        inputs.append(
            {"parameter": item.parameter, "project": other, "address": name, "version": versions[item.dataset]}
        )
    validation = dataset.get("validation")
    return {
        "project": project,
        "address": address,
        "format": dataset["format"],
        "version": dataset["version"],
        "size_bytes": dataset["size_bytes"],
        "rows": dataset["rows"],
        "columns": dataset.get("columns"),
        "environment": environment,
        "git": None if git is None else dict(git),
        "producer": None if step is None else _producer(step, record["code"]),
        "inputs": inputs,
        "params": {} if step is None else _values(step["key"]["params"]),
        "overrides": list(record["overrides"]),
        "metrics": {} if step is None else step.get("metrics", {}),
        "contract": None if validation is None else validation["contract"],
        "validation": validation,
    }


def _producer(step: Mapping[str, Any], code: Mapping[str, Any]) -> Dict[str, Any]:
    """The step of a record, complete by itself, without what differs from run to run."""
    told = {name: value for name, value in step.items() if name not in ("source", "seconds", "because", "result")}
    told["key"] = {**step["key"], "code": shared_code(code[step["key"]["code"]])}
    return told


def shared_code(code: Mapping[str, Any]) -> Dict[str, Any]:
    """The code of a key as others see it: an interpreter in somebody's home does not tell whose."""
    path, home = code["interpreter"], os.path.expanduser("~").rstrip("/")
    is_at_home = home and path.startswith(f"{home}/")
    return {**code, "interpreter": f"~{path[len(home):]}" if is_at_home else path}


def _key_digest(key: Mapping[str, Any], code: Mapping[str, Any]) -> str:
    """The SHA-256 of all that a step reads."""
    whole = canonical_json({**key, "code": code[key["code"]]})
    return hashlib.sha256(whole.encode("utf-8", "backslashreplace")).hexdigest()


def _values(params: Mapping[str, str]) -> Dict[str, Any]:
    return {name: json.loads(text) for name, text in params.items()}


def publish_plan(datasets: Sequence[Mapping[str, Any]], lineage: Mapping[str, Any]) -> bytes:
    """The document that tells the store what to publish."""
    plan = {"plan_version": PLAN_VERSION, "lineage": lineage, "datasets": list(datasets)}
    return canonical_json(plan).encode("utf-8", "backslashreplace")


def retention_policy(
    rules: Mapping[str, Tuple[Optional[int], Optional[int]]],
    pinned: Sequence[Tuple[str, str]],
    *,
    keep_last: int,
    keep_days: int,
    grace_hours: int,
) -> bytes:
    """The document that tells the store what to keep.

    :param rules: `keep_last` and `keep_days` of datasets that have their own, by `project//path:name`.
    :param pinned: names and versions that the repository imports.
    """
    policy = {
        "policy_version": POLICY_VERSION,
        "grace_s": grace_hours * 3600,
        "default": {"keep_last": keep_last, "keep_days": keep_days},
        "datasets": {
            name: {
                "keep_last": keep_last if last is None else last,
                "keep_days": keep_days if days is None else days,
            }
            for name, (last, days) in sorted(rules.items())
        },
        "pinned": [
            {"project": name.partition("//")[0], "address": name.partition("//")[2], "version": version}
            for name, version in sorted(set(pinned))
        ],
    }
    return canonical_json(policy).encode("utf-8", "backslashreplace")


def lock_key(origin: ImportedVersion) -> str:
    """What the lock file of imports calls an import: `project//path:name@label`, after its store if that is another."""
    reference = f"{origin.dataset}@{origin.version}"
    return f"{origin.store} {reference}" if origin.store else reference


def read_lock(content: bytes) -> Dict[str, str]:
    """The pinned versions by `project//path:name@label`.

    :raises ValueError: saying what is wrong, as the end of a sentence.
    """
    try:
        document = json.loads(content)
    except ValueError as err:
        raise ValueError(f"is no JSON: {err}") from err
    if not isinstance(document, dict) or not isinstance(document.get("imports"), dict):
        raise ValueError("has no `imports`")
    if document.get("lock_version") != LOCK_VERSION:
        raise ValueError(f"has the version {document.get('lock_version')!r}, where this plugin reads {LOCK_VERSION}")
    found = {}
    for key, entry in document["imports"].items():
        version = entry.get("version") if isinstance(entry, dict) else None
        if not isinstance(version, str) or len(version) != 64:
            raise ValueError(f"has no version of 64 hexadecimal digits for {key!r}")
        found[key] = version
    return found


def lock_text(imports: Mapping[str, str]) -> str:
    """The lock file of imports; a line each, so that a change of one is a change of one line."""
    document = {"lock_version": LOCK_VERSION, "imports": {key: {"version": imports[key]} for key in sorted(imports)}}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
