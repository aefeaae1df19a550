"""Pods as `kubernetes_job` makes them, run container by container: they share results by a volume and by a real server."""

from __future__ import annotations

import os
import socket
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Dict, Iterator

import pytest
import yaml

from containers import IF_CONTAINERS
from harness import Repository, wait_for
from pod_machines import node_at, sources_of

FILES = {
    "shop/BUILD": """
        python_sources()
        dataset(name="orders", source="orders.csv")
        dataset(name="by_shop", format="jsonl")
        dataset(name="totals", format="json")
        pipeline_step(
            name="count",
            entry_point="steps.py:count",
            inputs=[":orders"],
            outputs=[":by_shop"],
            extra_env_vars=["SHOP_TOKEN"],
        )
        pipeline_step(
            name="total", entry_point="steps.py:total", inputs=[":by_shop"], outputs=[":totals"], params={{"unit": "$(HOME)"}}
        )
        pipeline(name="pipeline", outputs=[":totals"])
        SHARED = dict(
            pipeline=":pipeline",
            image="registry.example/jobs:{{git_commit}}",
            secrets={{"SHOP_TOKEN": "shop/token"}},
            parameters={{"unit": "total.unit"}},
            remote_cache="grpc://127.0.0.1:{port}",
            remote_cache_token="cache/token",
        )
        kubernetes_job(
            name="steps", granularity="step", group_chains=False, read_only_root_filesystem=True, schedule="@daily", **SHARED
        )
        kubernetes_job(name="whole", **SHARED)
        remote_cache(name="cache", server="casd", image="registry.example/buildbox:1.4", namespace="build", storage="1Gi")
    """,
    "shop/orders.csv": "shop,cups\nnorth,3\nsouth,1\nnorth,2\n",
    "shop/steps.py": """
        import os

        def count(orders: list) -> list:
            assert os.environ["SHOP_TOKEN"] == "s3cret"
            shops = sorted({order["shop"] for order in orders})
            return [{"shop": s, "cups": sum(int(o["cups"]) for o in orders if o["shop"] == s)} for s in shops]

        def total(by_shop: list, *, unit: str) -> dict:
            return {unit: sum(row["cups"] for row in by_shop)}
    """,
}
pytestmark = pytest.mark.skipif(
    not os.environ.get("WOMBAT_TEST_ALL_SYSTEMS"), reason="it starts Pants four times; WOMBAT_TEST_ALL_SYSTEMS=1"
)
SECRETS = {"shop": {"token": "s3cret"}, "cache": {"token": "abc"}}


@contextmanager
def server_of(deployment: Dict[str, Any], casd: Path, *, port: int, data: Path) -> Iterator[None]:
    """The cache server, by the command of its pod, on a port of this machine alone."""
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    assert container["command"] == ["buildbox-casd"]
    here = {"/data": str(data), "--bind=0.0.0.0:9092": f"--bind=127.0.0.1:{port}"}
    with subprocess.Popen([str(casd), *(here.get(word, word) for word in container["args"])]) as process:
        try:
            wait_for(lambda: process.poll() is not None or is_open(port), "the cache server")
            yield
        finally:
            process.kill()


def is_open(port: int) -> bool:
    """Whether something listens."""
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


def objects_of(repository: Repository, name: str) -> Dict[str, Any]:
    """The generated objects of a target, by kind."""
    files = (repository.path / "shop/deploy" / name).glob("*.yaml")
    return {document["kind"]: document for document in map(yaml.safe_load, (file.read_text() for file in files))}


@IF_CONTAINERS
def test_the_containers_of_steps_share_a_volume_and_another_machine_computes_nothing(
    repository: Repository, plugins: Path, casd: Path, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    repository.write({path: text.format(port=port) if path.endswith("BUILD") else text for path, text in FILES.items()})
    repository.pants("generate-configs", "::").succeeded()
    by_step, whole = objects_of(repository, "steps"), objects_of(repository, "whole")
    (tmp_path / "first").mkdir()
    (tmp_path / "second").mkdir()
    first = node_at(tmp_path / "first", repository, plugins)
    second = node_at(tmp_path / "second", repository, plugins)
    # The second one is told of the cache by what is generated for CI, but for its address, which is one of the cluster.
    second.variables["PANTS_CONFIG_FILES"] = "/repo/shop/deploy/cache/pants.ci.toml"
    values = whole["ConfigMap"]["data"]
    told = {name: value for name, value in values.items() if not name.startswith(("PANTS_REMOTE_CACHE_", "PANTS_SESSION_"))}

    with server_of(objects_of(repository, "cache")["Deployment"], casd, port=port, data=tmp_path / "data"):
        pod = by_step["CronJob"]["spec"]["jobTemplate"]["spec"]["template"]["spec"]
        printed = first.run(pod, config_maps={"steps": by_step["ConfigMap"]["data"]}, secrets=SECRETS)
        second.run(whole["Job"]["spec"]["template"]["spec"], config_maps={"whole": told}, secrets=SECRETS)

    assert [name for name, _ in printed] == ["prepare-cache", "count", "total", "pipeline"]
    ran, cached = "ran", "local cache"
    assert sources_of(first.volume("work") / "runs") == [
        {"count": ran},
        {"count": cached, "total": ran},
        {"count": cached, "total": cached},
    ]
    assert (first.volume("cache") / "pants/named_caches/of_the_image").exists()
    assert not (first.image["/repo"] / ".pants.d").exists(), "the image is read-only"
    assert len(told) == len(values) - 3
    assert sources_of(second.image["/repo"] / ".wombat/runs") == [{"count": "remote cache", "total": "remote cache"}]
