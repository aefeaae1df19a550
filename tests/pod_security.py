"""The restricted Pod Security Standard, rule by rule: what of a pod breaks it.

https://kubernetes.io/docs/concepts/security/pod-security-standards/, for pods of Linux.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_VOLUMES = {
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "persistentVolumeClaim",
    "projected",
    "secret",
}
_SYSCTLS = {
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.tcp_syncookies",
    "net.ipv4.ping_group_range",
    "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
}
_PROFILES = {"RuntimeDefault", "Localhost"}
_SELINUX = {None, "", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"}


def broken_rules(spec: Mapping[str, Any]) -> set[str]:
    """The rules that the `spec` of a pod breaks."""
    containers = [*spec.get("initContainers", []), *spec.get("containers", []), *spec.get("ephemeralContainers", [])]
    return {*_of_pod(spec), *(rule for one in containers for rule in _of_container(one, spec.get("securityContext", {})))}


def _of_pod(spec: Mapping[str, Any]) -> Iterator[str]:
    if any(spec.get(name) for name in ("hostNetwork", "hostPID", "hostIPC")):
        yield "host namespaces"
    for volume in spec.get("volumes", []):
        if volume.keys() - {"name"} - _VOLUMES:
            yield "volume types"
    context = spec.get("securityContext", {})
    if any(sysctl["name"] not in _SYSCTLS for sysctl in context.get("sysctls", [])):
        yield "sysctls"
    yield from _of_any_context(context)


def _of_any_context(context: Mapping[str, Any]) -> Iterator[str]:
    if context.get("windowsOptions", {}).get("hostProcess"):
        yield "host process"
    if context.get("runAsNonRoot") is False:
        yield "running as non-root"
    if context.get("runAsUser") == 0:
        yield "running as non-root user"
    if context.get("seccompProfile", {}).get("type", "RuntimeDefault") not in _PROFILES:
        yield "seccomp"
    if context.get("appArmorProfile", {}).get("type", "RuntimeDefault") not in _PROFILES:
        yield "AppArmor"
    selinux = context.get("seLinuxOptions", {})
    if selinux.get("type") not in _SELINUX or selinux.get("user") or selinux.get("role"):
        yield "SELinux"


def _of_container(container: Mapping[str, Any], pod: Mapping[str, Any]) -> Iterator[str]:
    context = container.get("securityContext", {})
    yield from _of_any_context(context)
    if context.get("privileged"):
        yield "privileged containers"
    if context.get("allowPrivilegeEscalation") is not False:
        yield "privilege escalation"
    capabilities = context.get("capabilities", {})
    if "ALL" not in capabilities.get("drop", []) or set(capabilities.get("add", [])) - {"NET_BIND_SERVICE"}:
        yield "capabilities"
    if not (pod.get("runAsNonRoot") or context.get("runAsNonRoot")):
        yield "running as non-root"
    if "seccompProfile" not in {**pod, **context}:
        yield "seccomp"
    if context.get("procMount", "Default") != "Default":
        yield "proc mount"
    if any(port.get("hostPort") for port in container.get("ports", [])):
        yield "host ports"
    probes = [container.get(name, {}) for name in ("livenessProbe", "readinessProbe", "startupProbe")]
    handlers = [*probes, *container.get("lifecycle", {}).values()]
    if any(handler.get(kind, {}).get("host") for handler in handlers for kind in ("httpGet", "tcpSocket")):
        yield "host of probes"
