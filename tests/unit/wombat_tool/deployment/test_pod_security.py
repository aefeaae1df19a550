"""The pods that are generated pass the restricted Pod Security Standard, and the checker knows what does not."""

from __future__ import annotations

from typing import Any

import pytest

from manifests import objects, pod_of
from pod_security import broken_rules
from wombat_tool.deployment import pods
from wombat_tool.deployment.merge_patch import merged

GOOD: dict[str, Any] = {
    "securityContext": pods.pod_security(),
    "containers": [pods.container("one", "jobs:1", [("true",)])],
    "volumes": [{"name": "cache", "emptyDir": {}}, pods.token_volume("cache/token")],
}


def with_container(**patch: Any) -> dict[str, Any]:
    """The good pod with a patch on its container."""
    return {**GOOD, "containers": [merged(GOOD["containers"][0], patch)]}


@pytest.mark.parametrize(
    ("pod", "rule"),
    [
        ({**GOOD, "hostNetwork": True}, "host namespaces"),
        ({**GOOD, "hostPID": True}, "host namespaces"),
        ({**GOOD, "volumes": [{"name": "x", "hostPath": {"path": "/"}}]}, "volume types"),
        ({**GOOD, "volumes": [{"name": "x", "nfs": {"path": "/", "server": "x"}}]}, "volume types"),
        (merged(GOOD, {"securityContext": {"sysctls": [{"name": "kernel.msgmax", "value": "1"}]}}), "sysctls"),
        (merged(GOOD, {"securityContext": {"windowsOptions": {"hostProcess": True}}}), "host process"),
        (merged(GOOD, {"securityContext": {"runAsNonRoot": None}}), "running as non-root"),
        (merged(GOOD, {"securityContext": {"runAsUser": 0}}), "running as non-root user"),
        (merged(GOOD, {"securityContext": {"seccompProfile": None}}), "seccomp"),
        (merged(GOOD, {"securityContext": {"seccompProfile": {"type": "Unconfined"}}}), "seccomp"),
        (with_container(securityContext={"appArmorProfile": {"type": "Unconfined"}}), "AppArmor"),
        (with_container(securityContext={"seLinuxOptions": {"type": "spc_t"}}), "SELinux"),
        (with_container(securityContext={"seLinuxOptions": {"user": "x"}}), "SELinux"),
        (with_container(securityContext={"runAsNonRoot": False}), "running as non-root"),
        (with_container(securityContext={"runAsUser": 0}), "running as non-root user"),
        (with_container(securityContext={"privileged": True}), "privileged containers"),
        (with_container(securityContext={"allowPrivilegeEscalation": None}), "privilege escalation"),
        (with_container(securityContext={"capabilities": None}), "capabilities"),
        (with_container(securityContext={"capabilities": {"add": ["SYS_ADMIN"]}}), "capabilities"),
        (with_container(securityContext={"procMount": "Unmasked"}), "proc mount"),
        (with_container(ports=[{"containerPort": 80, "hostPort": 80}]), "host ports"),
        (with_container(livenessProbe={"httpGet": {"port": 80, "host": "10.0.0.1"}}), "host of probes"),
        ({**with_container(securityContext=None), "initContainers": GOOD["containers"]}, "capabilities"),
        ({**GOOD, "initContainers": with_container(securityContext=None)["containers"]}, "capabilities"),
    ],
)
def test_a_pod_that_breaks_a_rule_is_found(pod: dict[str, Any], rule: str) -> None:
    assert not broken_rules(GOOD)
    assert rule in broken_rules(pod)


@pytest.mark.parametrize(
    ("type_name", "settings"),
    [
        ("kubernetes_job", {"image": "jobs:1"}),
        ("kubernetes_job", {"image": "jobs:1", "schedule": "0 4 * * *", "granularity": "step"}),
        ("kubernetes_job", {"image": "jobs:1", "read_only_root_filesystem": True, "cache_storage": "9Gi"}),
        (
            "kubernetes_job",
            {
                "image": "jobs:1",
                "secret_files": {"/s/key": "a/b"},
                "remote_cache": "grpcs://c:1",
                "remote_cache_token": "a/b",
            },
        ),
        ("remote_cache", {"server": "bazel-remote", "image": "b:1", "namespace": "x", "tls_secret": "t"}),
        ("remote_cache", {"server": "casd", "image": "b:1", "namespace": "x"}),
        ("remote_cache", {"server": "buildgrid", "image": "b:1", "namespace": "x", "redis_image": "r:1"}),
    ],
)
def test_generated_pods_break_no_rule(type_name: str, settings: dict[str, Any]) -> None:
    spec = pod_of(objects(type_name, settings))

    assert not broken_rules(spec)
    assert spec["automountServiceAccountToken"] is False
