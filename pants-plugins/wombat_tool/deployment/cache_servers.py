"""How each cache server is started, and what its container needs besides a disk.

All speak the Remote Execution API. buildbox-casd and BuildGrid are run by Wombat's tests with what is generated here;
the options of bazel-remote are those of its documentation: https://github.com/buchgr/bazel-remote
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Optional

from wombat_tool.deployment.quantities import amount

GRPC_PORT = 9092
STATUS_PORT = 8080
DATA = "/data"
REDIS_DATA = "/redis"
CONFIGURATION = "/etc/wombat-cache"
TLS = "/etc/wombat-cache-tls"
JWT = "/etc/wombat-cache-jwt"

_REDIS_PORT = 6379
_SHARE = Decimal("0.9")
"""Of a volume: the rest is for what is on its way, and for what the file system itself takes."""


@dataclass(frozen=True)
class ServerOptions:
    """What a server is told.

    :param storage: the size of its volume.
    :param has_tls: whether certificate and key are in `TLS`.
    :param has_jwt: whether the key of tokens is in `JWT`.
    :param has_redis: whether there is a Redis beside it.
    """

    storage: str
    has_tls: bool = False
    has_jwt: bool = False
    has_redis: bool = False
    gcs_bucket: Optional[str] = None


@dataclass(frozen=True)
class ServerProgram:
    """A server's container.

    :param command: None for what its image starts.
    :param probe: what the kubelet asks to see whether it is well.
    :param files: its configuration, by names in `CONFIGURATION`.
    """

    command: Optional[list[str]]
    args: list[str]
    ports: Mapping[str, int]
    probe: dict[str, Any]
    files: Mapping[str, str] = field(default_factory=dict)


def _bazel_remote(options: ServerOptions) -> ServerProgram:
    gibibytes = int(amount(options.storage) * _SHARE / amount("1Gi"))
    # Its image listens on these ports by itself.
    args = [f"--dir={DATA}", f"--max_size={max(1, gibibytes)}"]
    if options.has_tls:
        args += [f"--tls_cert_file={TLS}/tls.crt", f"--tls_key_file={TLS}/tls.key"]
    if options.gcs_bucket is not None:
        args += [f"--gcs_proxy.bucket={options.gcs_bucket}", "--gcs_proxy.use_default_credentials"]
    status = {"path": "/status", "port": "status", "scheme": "HTTPS" if options.has_tls else "HTTP"}
    return ServerProgram(None, args, {"grpc": GRPC_PORT, "status": STATUS_PORT}, {"httpGet": status})


def _casd(options: ServerOptions) -> ServerProgram:
    size = int(amount(options.storage) * _SHARE)
    args = [f"--bind=0.0.0.0:{GRPC_PORT}", f"--quota-high={size}", "--reserved=100M", "--log-level=info", DATA]
    return ServerProgram(["buildbox-casd"], args, {"grpc": GRPC_PORT}, {"tcpSocket": {"port": "grpc"}})


def _buildgrid(options: ServerOptions) -> ServerProgram:
    name = "server.yml"
    return ServerProgram(
        ["bgd"],
        ["server", "start", f"{CONFIGURATION}/{name}"],
        {"grpc": GRPC_PORT},
        {"tcpSocket": {"port": "grpc"}},
        {name: buildgrid_configuration(options)},
    )


def buildgrid_configuration(options: ServerOptions) -> str:
    """BuildGrid's configuration; its tags are BuildGrid's own."""
    lines = ["server:", "  - !channel", f'    address: "0.0.0.0:{GRPC_PORT}"']
    if options.has_tls:
        lines += ["    insecure-mode: false", "    credentials:"]
        lines += [f"      tls-server-key: {TLS}/tls.key", f"      tls-server-cert: {TLS}/tls.crt"]
    else:
        lines += ["    insecure-mode: true"]
    lines += ["authorization:"]
    lines += ["  method: jwt", f"  secret: {JWT}/key", "  algorithm: hs256"] if options.has_jwt else ["  method: none"]
    lines += ["monitoring:", "  enabled: false"]
    if options.has_redis:
        lines += ["connections:", "  - !redis-connection &redis", "    host: 127.0.0.1", f"    port: {_REDIS_PORT}"]
    lines += ["storages:", "  - !disk-storage &blobs", f"    path: {DATA}", "caches:"]
    if options.has_redis:
        lines += ["  - !redis-action-cache &results", "    storage: *blobs", "    redis: *redis"]
    else:
        lines += ["  - !lru-action-cache &results", "    storage: *blobs", "    max-cached-refs: 100000"]
    lines += ["    allow-updates: true", "    cache-failed-actions: false"]
    lines += ["instances:", "  - name: ''", "    services:"]
    lines += ["      - !action-cache", "        cache: *results"]
    lines += ["      - !cas", "        storage: *blobs", "      - !bytestream", "        storage: *blobs"]
    return "\n".join([*lines, "thread-pool-size: 30", ""])


def redis_command() -> list[str]:
    """The command of the Redis beside a BuildGrid: it can be reached from its own pod alone, and keeps what it has."""
    options = {"bind": "127.0.0.1", "port": str(_REDIS_PORT), "dir": REDIS_DATA, "appendonly": "yes", "save": ""}
    return ["redis-server", *(word for name, value in options.items() for word in (f"--{name}", value))]


SERVERS: Mapping[str, Callable[[ServerOptions], ServerProgram]] = {
    "bazel-remote": _bazel_remote,
    "buildgrid": _buildgrid,
    "casd": _casd,
}
