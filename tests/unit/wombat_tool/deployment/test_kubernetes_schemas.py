"""Generated objects are what the schemas of Kubernetes ask for, in several of its versions."""

from __future__ import annotations

import json
import os
import subprocess
from typing import Any, Callable, Sequence

import pytest

from lock_environments import environment_of_lock
from manifests import objects
from wombat_tool.deployment.merge_patch import merged

VERSIONS = ("1.25", "1.28", "1.31", "1.34", "1.37")

# One process for all: it starts slowly, and reads large files of schemas for each version.
CHECK = """
import functools, json, sys
from kubernetes_validate import utils
utils.schema_contents = functools.lru_cache(None)(utils.schema_contents)
faults = []
for document in json.load(sys.stdin):
    for version in sys.argv[1:]:
        try:
            utils.validate(document, version, strict=True)
        except Exception as error:
            faults.append([version, document["kind"], str(getattr(error, "message", error))])
json.dump(faults, sys.stdout)
"""

JOB: dict[str, Any] = {"image": "registry.example/jobs:{git_commit}", "namespace": "ds"}
ALL: dict[str, Any] = {
    **JOB,
    "granularity": "step",
    "schedule": "0 4 * * *",
    "timezone": "Europe/Berlin",
    "retries": 2,
    "timeout_s": 3600,
    "ttl_s": 60,
    "suspend": True,
    "starting_deadline_s": 100,
    "parameters": {"rate": "train.rate"},
    "env_vars": {"A": "on", "B": "1e3"},
    "secrets": {"PASSWORD": "db/password"},
    "config_maps": {"HOST": "db/host"},
    "secret_files": {"/secrets/key": "gcp/key"},
    "remote_cache": "grpcs://cache.example:443",
    "remote_cache_token": "cache/token",
    "labels": {"team": "ds"},
    "annotations": {"a": "b"},
    "resources": {"cpu": "1", "memory": "1Gi", "ephemeral_storage": "1Gi", "gpu": "1"},
    "limits": {"memory": "2Gi"},
    "node_selector": {"a": "b"},
    "tolerations": [{"key": "a", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 3}],
    "priority_class": "low",
    "service_account_annotations": {"a": "b"},
    "image_pull_secrets": ["registry"],
    "egress": [{"cidr": "10.0.0.0/8", "ports": [1]}, {"namespace": "x"}],
    "read_only_root_filesystem": True,
    "cache_storage": "9Gi",
    "cache_storage_class": "ssd",
}
SERVER: dict[str, Any] = {"image": "server:1", "namespace": "build", "clients": ["ds"], "tls_secret": "tls"}

Faults = Callable[[Sequence[Any]], list[Any]]


@pytest.fixture(scope="module")
def faults(tmp_path_factory: pytest.TempPathFactory) -> Faults:
    """What the schemas find in objects: version, kind and fault."""
    directory = tmp_path_factory.mktemp("kubernetes")
    python = environment_of_lock("3rdparty/tools/kubernetes-validate.lock", directory / "venv")
    program = directory / "check.py"
    program.write_text(CHECK)

    def check(documents: Sequence[Any]) -> list[Any]:
        command = [str(python), str(program), *VERSIONS]
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        checked = subprocess.run(command, input=json.dumps(documents), capture_output=True, text=True, env=environment)
        assert checked.returncode == 0, checked.stderr
        found = json.loads(checked.stdout)
        assert isinstance(found, list)
        return found

    return check


def generated(type_name: str, settings: dict[str, Any]) -> list[Any]:
    """The objects of a target that are Kubernetes' own."""
    return [one for kind, one in objects(type_name, settings).items() if kind != "Kustomization"]


def test_generated_objects_are_valid(faults: Faults) -> None:
    documents = [
        *generated("kubernetes_job", JOB),
        *generated("kubernetes_job", ALL),
        *generated("remote_cache", {**SERVER, "server": "bazel-remote", "gcs_bucket": "team-cache"}),
        *generated("remote_cache", {**SERVER, "server": "buildgrid", "redis_image": "redis:7", "jwt_secret": "jwt/key"}),
    ]

    kinds = {one["kind"] for one in documents}
    assert kinds >= {"Job", "CronJob", "ConfigMap", "NetworkPolicy", "PersistentVolumeClaim", "Deployment", "Service"}
    assert faults(documents) == []


@pytest.mark.parametrize(
    ("kind", "patch", "words"),
    [
        ("CronJob", {"spec": {"schedul": "0 4 * * *"}}, "'schedul' was unexpected"),
        ("CronJob", {"spec": {"failedJobsHistoryLimit": "3"}}, "'3' is not of type 'integer'"),
        ("CronJob", {"spec": {"jobTemplate": {"spec": {"template": {"spec": {"containers": None}}}}}}, "'containers' is a"),
        ("ConfigMap", {"data": {"A": 1}}, "1 is not of type 'string'"),
        ("NetworkPolicy", {"spec": {"podSelectr": {}}}, "'podSelectr' was unexpected"),
        ("PersistentVolumeClaim", {"spec": {"accessModes": "ReadWriteOnce"}}, "is not of type 'array'"),
    ],
)
def test_the_schemas_refuse_a_bad_object(kind: str, patch: dict[str, Any], words: str, faults: Faults) -> None:
    (good,) = (one for one in generated("kubernetes_job", ALL) if one["kind"] == kind)

    found = faults([merged(good, patch)])

    assert [version for version, _, _ in found] == list(VERSIONS)
    assert all(words in fault for _, _, fault in found), found
