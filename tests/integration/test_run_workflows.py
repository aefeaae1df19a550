"""The pods of Argo and Kubeflow, each on a machine of its own, sharing nothing but a real cache server.

Argo's controller and Kubeflow's backend are played by tests/argo_controller.py and tests/kubeflow_backend.py: what they
make of the generated files is run.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Dict, Mapping

import pytest
import yaml

from argo_controller import pods_of
from containers import IF_CONTAINERS
from harness import Repository
from kubeflow_backend import containers_of
from pod_machines import node_at, sources_of
from remote_cache import Casd

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
            extra_env_vars=["SHOP_TOKEN", "SHOP_MOTTO"],
        )
        pipeline_step(
            name="total", entry_point="steps.py:total", inputs=[":by_shop"], outputs=[":totals"], params={{"unit": "cups"}}
        )
        pipeline(name="pipeline", outputs=[":totals"])
        SHARED = dict(
            pipeline=":pipeline",
            granularity="step",
            group_chains=False,
            secrets={{"SHOP_TOKEN": "shop/token"}},
            parameters={{"unit": "total.unit"}},
            remote_cache="grpc://127.0.0.1:{port}",
        )
        argo_workflow(
            name="argo",
            image="registry.example/jobs:{{git_commit}}",
            env_vars={{"SHOP_MOTTO": "{{{{workflow.name}}}} $(HOME)"}},
            remote_cache_token="cache/token",
            **SHARED
        )
        kubeflow_pipeline(
            name="kubeflow", image="registry.example/jobs:1.4", config_maps={{"SHOP_MOTTO": "shop/motto"}}, **SHARED
        )
    """,
    "shop/orders.csv": "shop,cups\nnorth,3\nsouth,1\nnorth,2\n",
    "shop/steps.py": """
        import os

        def count(orders: list) -> list:
            assert os.environ["SHOP_TOKEN"] == "s3cret"
            assert os.environ["SHOP_MOTTO"] == "{" "{workflow.name}" "} $(HOME)"
            shops = sorted({order["shop"] for order in orders})
            return [{"shop": s, "cups": sum(int(o["cups"]) for o in orders if o["shop"] == s)} for s in shops]

        def total(by_shop: list, *, unit: str) -> dict:
            return {unit: sum(row["cups"] for row in by_shop)}
    """,
}
SECRETS = {"shop": {"token": "s3cret"}, "cache": {"token": "abc"}}
UNIT = "'$(HOME)' $$ \"`id`\" ${HOME}"
"""Nothing of it must be read as anything but text."""
UNIT_FOR_KUBEFLOW = "'$$(HOME)' $$$$ \"`id`\" ${HOME}"
"""The same for Kubeflow, which hands values of a run to Kubernetes as they are."""
ALL = bool(os.environ.get("WOMBAT_TEST_ALL_SYSTEMS"))
"""Whether all pods of both systems run, which takes minutes."""
pytestmark = IF_CONTAINERS


@pytest.fixture
def generated(repository: Repository, server: Casd) -> Path:
    """The directory of the generated files."""
    written = {path: text.format(port=server.port) if path.endswith("BUILD") else text for path, text in FILES.items()}
    repository.write(written)
    repository.pants("generate-configs", "::").succeeded()
    return repository.path / "shop/deploy"


def documents(directory: Path) -> Dict[str, Any]:
    """The objects in the files of a directory, by kind."""
    found = (yaml.safe_load(file.read_text()) for file in directory.glob("*.yaml"))
    return {document["kind"]: document for document in found}


class Cluster:
    """Machines, one for each pod."""

    def __init__(self, directory: Path, repository: Repository, plugins: Path) -> None:
        self._directory, self._repository, self._plugins = directory, repository, plugins

    def run(self, name: str, pod: Mapping[str, Any], config_maps: Mapping[str, Mapping[str, str]]) -> Dict[str, str]:
        """Run a pod on a new machine, and return where the result of each of its steps came from."""
        directory = self._directory / name
        directory.mkdir()
        node = node_at(directory, self._repository, self._plugins)
        node.run(pod, config_maps=config_maps, secrets=SECRETS)
        (sources,) = sources_of(directory / "repo/.wombat/runs")
        return sources


@pytest.fixture
def cluster(repository: Repository, plugins: Path, tmp_path: Path) -> Cluster:
    """No machine yet."""
    return Cluster(tmp_path, repository, plugins)


def test_pods_of_argo_share_results_and_those_of_kubeflow_compute_nothing(generated: Path, cluster: Cluster) -> None:
    argo = documents(generated / "argo")
    config_maps = {"argo": argo["ConfigMap"]["data"], "argo-image": {"git_commit": "4f2a"}}
    workflow = argo["WorkflowTemplate"]
    pods = pods_of(workflow, config_maps=config_maps, parameters={"unit": UNIT})
    volumes = workflow["spec"]["volumes"]
    by_argo = {
        pod.task: cluster.run(f"argo-{pod.task}", {"volumes": volumes, "containers": [pod.container]}, config_maps)
        for pod in (pods if ALL else pods[:-1])
    }

    expected = {
        "count": {"count": "ran"},
        "total": {"count": "remote cache", "total": "ran"},
        "pipeline": {"count": "remote cache", "total": "remote cache"},
    }
    assert [pod.task for pod in pods] == list(expected)
    assert by_argo == {task: expected[task] for task in by_argo}

    spec, platform = yaml.safe_load_all((generated / "kubeflow.kfp.yaml").read_text())
    # That of the image, and what Kubeflow gives each container.
    own = {"workingDir": "/repo", "securityContext": workflow["spec"]["templates"][1]["container"]["securityContext"]}
    containers = containers_of(spec, platform, parameters={"unit": UNIT_FOR_KUBEFLOW})
    motto = {"shop": {"motto": "{{workflow.name}} $(HOME)"}}
    by_kubeflow = {
        task: cluster.run(f"kubeflow-{task}", {"containers": [{"name": task, **own, **container}]}, motto)
        for task, container in containers.items()
        if ALL or task == "pipeline"
    }

    assert list(containers) == ["count", "total", "pipeline"]
    assert {task: set(sources.values()) for task, sources in by_kubeflow.items()} == {
        task: {"remote cache"} for task in by_kubeflow
    }
