"""Cache servers in a cluster: what is generated, what is refused, and that a BuildGrid takes what is written for it."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
import tomllib

from deployment_plans import problems, rendered
from lock_environments import environment_of_lock
from manifests import objects, pod_of
from wombat_tool.deployment import cache_servers
from wombat_tool.deployment.cache_servers import ServerOptions, buildgrid_configuration

BAZEL: dict[str, Any] = {"server": "bazel-remote", "image": "bazel-remote:2.5", "namespace": "build"}
BUILDGRID: dict[str, Any] = {"server": "buildgrid", "image": "buildgrid:0.9.1", "namespace": "build"}
CASD: dict[str, Any] = {"server": "casd", "image": "buildbox:1.4", "namespace": "build"}


def server_of(settings: dict[str, Any]) -> Any:
    """The container of the server."""
    return pod_of(objects("remote_cache", settings))["containers"][0]


def problem(**settings: Any) -> str:
    """What is said of the only mistake of a target."""
    (message,) = problems("remote_cache", {**BAZEL, **settings})
    return message.removeprefix("The '").removesuffix(".")


def test_a_server_has_a_volume_a_service_and_who_may_connect() -> None:
    found = objects("remote_cache", {**BAZEL, "storage": "500Gi", "storage_class": "ssd", "clients": ["ds", "build", "ci"]})

    names = {one["metadata"]["name"] for kind, one in found.items() if kind != "Kustomization"}
    assert names == {"deploy"}
    assert found["Deployment"]["spec"]["strategy"] == {"type": "Recreate"}, "two pods must not have one volume"
    claim = found["PersistentVolumeClaim"]["spec"]
    assert claim["resources"] == {"requests": {"storage": "500Gi"}} and claim["storageClassName"] == "ssd"
    (port,) = found["Service"]["spec"]["ports"]
    assert (port["port"], port["targetPort"]) == (9092, "grpc")
    (rule,) = found["NetworkPolicy"]["spec"]["ingress"]
    namespaces = [one["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"] for one in rule["from"][1:]]
    assert rule["from"][0] == {"podSelector": {}} and namespaces == ["ci", "ds"]


def test_bazel_remote_is_told_of_disk_bucket_and_certificate() -> None:
    server = server_of({**BAZEL, "storage": "500Gi", "gcs_bucket": "team-cache", "tls_secret": "tls"})

    assert "command" not in server, "the image knows"
    assert server["args"] == [
        "--dir=/data",
        "--max_size=450",
        "--tls_cert_file=/etc/wombat-cache-tls/tls.crt",
        "--tls_key_file=/etc/wombat-cache-tls/tls.key",
        "--gcs_proxy.bucket=team-cache",
        "--gcs_proxy.use_default_credentials",
    ]
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert server[probe]["httpGet"] == {"path": "/status", "port": "status", "scheme": "HTTPS"}


def test_casd_bounds_its_disk() -> None:
    server = server_of({**CASD, "storage": "10Gi"})

    assert server["command"] == ["buildbox-casd"]
    assert f"--quota-high={9 * 1024**3}" in server["args"] and server["args"][-1] == "/data"
    assert server["readinessProbe"]["tcpSocket"] == {"port": "grpc"}


def test_a_redis_beside_buildgrid_keeps_results() -> None:
    found = objects("remote_cache", {**BUILDGRID, "redis_image": "redis:7.4"})

    spec = pod_of(found)
    server, redis = spec["containers"]
    configuration = found["ConfigMap"]["data"]["server.yml"]
    assert "!redis-action-cache" in configuration and "127.0.0.1" in configuration
    assert redis["image"] == "redis:7.4" and redis["command"] == ["redis-server"]
    assert redis["args"][:2] == ["--bind", "127.0.0.1"], "nobody else may connect"
    paths = {mount["mountPath"]: mount.get("subPath") for mount in (*server["volumeMounts"], *redis["volumeMounts"])}
    assert (paths["/data"], paths["/redis"]) == ("blobs", "results")
    assert "!lru-action-cache" in objects("remote_cache", BUILDGRID)["ConfigMap"]["data"]["server.yml"]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (BAZEL, {}),
        (
            {**BUILDGRID, "tls_secret": "tls", "jwt_secret": "jwt/key", "object_name": "pants-cache"},
            {
                "remote_store_address": "grpcs://pants-cache.build.svc:9092",
                "remote_oauth_bearer_token_path": "%(env.WOMBAT_REMOTE_CACHE_TOKEN_FILE)s",
            },
        ),
    ],
)
def test_the_configuration_of_pants_names_the_server(settings: dict[str, Any], expected: dict[str, Any]) -> None:
    files = rendered("remote_cache", {**settings, "output": "ops/cache"})

    assert tomllib.loads(files["ops/cache/pants.ci.toml"]) == {
        "GLOBAL": {
            "remote_cache_read": True,
            "remote_cache_write": True,
            "remote_store_address": "grpc://deploy.build.svc:9092",
            "session_end_tasks_timeout": 3600,
            "pantsd": False,
            "dynamic_ui": False,
            **expected,
        }
    }
    assert "pants.ci.toml" not in files["ops/cache/kustomization.yaml"]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"server": "redis"}, "server' field in target shop:deploy must be 'bazel-remote', 'buildgrid' or 'casd', but was"),
        (
            {"image": "bazel-remote"},
            "image' field in target shop:deploy must have a tag other than 'latest', or a digest, but",
        ),
        ({"image": "b:{git_commit}"}, "image' field in target shop:deploy must name a release of the program, not a commit"),
        (
            {"jwt_secret": "a/b"},
            "jwt_secret' field in target shop:deploy must not be set with server='bazel-remote': only buil",
        ),
        ({"redis_image": "r:1"}, "redis_image' field in target shop:deploy must not be set with server='bazel-remote'"),
        (
            {"server": "casd", "tls_secret": "t"},
            "tls_secret' field in target shop:deploy must not be set with server='casd': only bazel-remote and buildgrid can",
        ),
        (
            {"server": "buildgrid", "gcs_bucket": "team"},
            "gcs_bucket' field in target shop:deploy must not be set with server=",
        ),
        ({"gcs_bucket": "gs://team"}, "gcs_bucket' field in target shop:deploy must be the name of a bucket"),
        (
            {"storage": "1 GB"},
            "storage' field in target shop:deploy must be a size of 1Gi or more, such as '100Gi', but was",
        ),
        (
            {"storage": "10M"},
            "storage' field in target shop:deploy must be a size of 1Gi or more, such as '100Gi', but was '10M'",
        ),
        ({"clients": ["a.b"]}, "clients.0' field in target shop:deploy must be small letters, digits and '-'"),
        (
            {"limits": {"memory": "1Mi"}},
            "limits.memory' field in target shop:deploy must not be below what the jobs ask for, 1G",
        ),
        (
            {"patch": {"Deployment": {"spec": {"selector": {"matchLabels": {"a": "b"}}}}}},
            "patch' field in target shop:deploy",
        ),
    ],
)
def test_a_wrong_setting_is_refused_with_what_is_allowed(settings: dict[str, Any], message: str) -> None:
    assert problem(**settings).startswith(message)


def test_the_order_of_what_is_declared_does_not_matter() -> None:
    settings = {**BAZEL, "clients": ["ds", "ci"], "node_selector": {"a": "1", "b": "2"}}
    turned = {
        **dict(reversed(BAZEL.items())),
        "node_selector": {"b": "2", "a": "1"},
        "clients": ["ci", "ds"],
    }

    assert rendered("remote_cache", settings) == rendered("remote_cache", turned)


@pytest.mark.skipif(not os.environ.get("WOMBAT_TEST_ALL_SYSTEMS"), reason="it installs BuildGrid; WOMBAT_TEST_ALL_SYSTEMS=1")
def test_buildgrid_starts_with_what_is_written_for_it(tmp_path: Path) -> None:
    python = environment_of_lock("3rdparty/tools/buildgrid.lock", tmp_path / "venv")
    for name in ("tls", "jwt"):
        (tmp_path / name).mkdir()
    (tmp_path / "jwt/key").write_text("a secret of the test" * 3)
    request = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-days", "2"]
    files = ["-keyout", str(tmp_path / "tls/tls.key"), "-out", str(tmp_path / "tls/tls.crt")]
    subprocess.run([*request, *files], check=True, capture_output=True)

    for options in (
        ServerOptions("1Gi"),
        ServerOptions("1Gi", has_tls=True, has_jwt=True),
        ServerOptions("1Gi", has_redis=True),
    ):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        text = buildgrid_configuration(options).replace(f"0.0.0.0:{cache_servers.GRPC_PORT}", f"127.0.0.1:{port}")
        for path, here in ((cache_servers.TLS, "tls"), (cache_servers.JWT, "jwt"), (cache_servers.DATA, "data")):
            text = text.replace(path, str(tmp_path / here))
        (tmp_path / "server.yml").write_text(text)
        command = [str(python.parent / "bgd"), "server", "start", str(tmp_path / "server.yml")]
        log = tmp_path / "log"
        with log.open("w") as output, subprocess.Popen(command, stdout=output, stderr=output) as process:
            try:
                _wait_for_port(port, process, log)
            finally:
                process.terminate()


def _wait_for_port(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except OSError:
            assert process.poll() is None and time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)
