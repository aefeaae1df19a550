"""The example in pods of Kubernetes, Argo and Kubeflow, of the image that the generated recipe makes of a fresh clone.

Each pod has a machine of its own, and shares results by a real cache server. Each step runs once, in a pod or container
of its own; then, as one pod, none does. It takes a checkout of the project and some minutes a system, so it runs only if
WOMBAT_TEST_ALL_SYSTEMS is set, and by pytest itself (CONTRIBUTING.md).
"""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any, Dict, List, Mapping

import pytest
import yaml

from argo_controller import pods_of
from containers import IF_CONTAINERS
from flights_example import AS_ONE, BY_STEP, DEPLOY, IF_ALL, STEPS, clone_at, ran_in
from image_build import Image, base_image, built, ignored
from kubeflow_backend import containers_of
from remote_cache import Casd

pytestmark = [IF_ALL, IF_CONTAINERS]
ADDRESS = "grpc://cache.wombat.svc:9092"
"""Of the server, in the cluster."""


@pytest.fixture(scope="module")
def image(pythons: List[Path], tmp_path_factory: pytest.TempPathFactory) -> Image:
    """The image of the jobs."""
    base = tmp_path_factory.mktemp("image")
    clone_at(base / "clone")
    recipe = base / "clone" / DEPLOY / "image/Dockerfile"
    kept_out = recipe.with_name("Dockerfile.dockerignore").read_text()
    context = base / "context"
    shutil.copytree(base / "clone", context, symlinks=True, ignore=ignored(kept_out, base / "clone"))
    empty = base_image(base / "image", pythons)
    # What this machine needs to reach a package index, the base image of a company would have.
    certificates = {name: os.environ[name] for name in ("PIP_CERT",) if name in os.environ}
    empty = replace(empty, variables={**empty.variables, **certificates})
    return built(recipe.read_text(), empty, context, arguments={}, before=lambda _, __: None)


class Cluster:
    """Machines that have the image, one for each pod, and a server of theirs."""

    def __init__(self, image: Image, server: Casd, directory: Path) -> None:
        self._image, self._server, self._directory = image, server, directory
        self._pods = 0

    def documents(self, relpath: str) -> List[Any]:
        """Generated documents, with the address of the server that there is.

        :param relpath: of a file or a directory of files, below that of what is generated.
        """
        path = self._image.path(f"/repo/{DEPLOY}") / relpath
        files = sorted(path.glob("*.yaml")) if path.is_dir() else [path]
        here = f"grpc://127.0.0.1:{self._server.port}"
        return [document for file in files for document in yaml.safe_load_all(file.read_text().replace(ADDRESS, here))]

    def run(self, pod: Mapping[str, Any], config_maps: Mapping[str, Mapping[str, str]] = {}) -> List[str]:
        """Run a pod on a new machine, and return the addresses of the steps that ran."""
        self._pods += 1
        machine = self._image.machine(self._directory / f"machine-{self._pods}")
        machine.run(pod, config_maps=config_maps, secrets={})
        ran = ran_in((machine.image["/repo"] / ".wombat/runs").glob("*.json"))
        shutil.rmtree(machine.directory)
        return ran


@pytest.fixture
def cluster(image: Image, empty_server: Casd, tmp_path: Path) -> Cluster:
    """Nothing has run in it."""
    return Cluster(image, empty_server, tmp_path)


def by_kind(documents: List[Any]) -> Dict[str, Any]:
    """Objects by their kind."""
    return {document["kind"]: document for document in documents}


def test_kubernetes_runs_the_example(cluster: Cluster) -> None:
    ran = {}
    for granularity in (BY_STEP, AS_ONE):
        objects = by_kind(cluster.documents(f"kubernetes/{granularity}"))
        pod = objects["CronJob"]["spec"]["jobTemplate"]["spec"]["template"]["spec"]
        config_map = objects["ConfigMap"]
        ran[granularity] = cluster.run(pod, {config_map["metadata"]["name"]: config_map["data"]})

    assert ran == {BY_STEP: STEPS, AS_ONE: []}


def test_argo_runs_the_example(cluster: Cluster) -> None:
    ran, pods = {}, {}
    for granularity in (BY_STEP, AS_ONE):
        objects = by_kind(cluster.documents(f"argo/{granularity}"))
        name = objects["ConfigMap"]["metadata"]["name"]
        config_maps = {name: objects["ConfigMap"]["data"], f"{name}-image": {"git_commit": "4f2a"}}
        pods[granularity] = pods_of(objects["WorkflowTemplate"], config_maps=config_maps)
        steps = [cluster.run({"containers": [pod.container]}, config_maps) for pod in pods[granularity]]
        ran[granularity] = sorted(address for addresses in steps for address in addresses)

    assert ran == {BY_STEP: STEPS, AS_ONE: []}
    assert len(pods[BY_STEP]) > len(pods[AS_ONE]) == 1


def test_kubeflow_runs_the_example(cluster: Cluster) -> None:
    # That of the image, and what Kubeflow gives each container.
    own = {
        "workingDir": "/repo",
        "securityContext": {"capabilities": {"drop": ["ALL"]}, "allowPrivilegeEscalation": False},
    }
    ran, tasks = {}, {}
    for granularity in (BY_STEP, AS_ONE):
        spec, platform = cluster.documents(f"kubeflow/{granularity}.kfp.yaml")
        tasks[granularity] = containers_of(spec, platform)
        steps = [
            cluster.run({"containers": [{"name": task, **own, **container}]})
            for task, container in tasks[granularity].items()
        ]
        ran[granularity] = sorted(address for addresses in steps for address in addresses)

    assert ran == {BY_STEP: STEPS, AS_ONE: []}
    assert len(tasks[BY_STEP]) > len(tasks[AS_ONE]) == 1
