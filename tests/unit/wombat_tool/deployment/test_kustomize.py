"""The real kustomize takes the generated directories, and overlays of them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from deployment_plans import rendered
from manifests import objects
from wombat_tool.deployment.yaml_text import read_yaml

KUBECTL = shutil.which("kubectl")
OVERLAY = """
resources:
  - {directory}
namespace: ds-prod
images:
  - name: registry.example/jobs
    newTag: 3f2c1d0
"""
JOB: dict[str, Any] = {
    "image": "registry.example/jobs:{git_commit}",
    "granularity": "step",
    "cache_storage": "9Gi",
    "parameters": {"rate": "train.rate"},
    "env_vars": {"A": "$(B)", "C": "on\n- 'x': \"y\""},
}
CACHE: dict[str, Any] = {"server": "buildgrid", "image": "registry.example/buildgrid:1", "namespace": "build"}

pytestmark = pytest.mark.skipif(KUBECTL is None, reason="kustomize comes with kubectl, which is not on PATH")


def built(directory: Path) -> dict[str, Any]:
    """What kustomize makes of a directory, by kind."""
    made = subprocess.run([str(KUBECTL), "kustomize", str(directory)], capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    return {document["kind"]: document for document in read_yaml(made.stdout)}


def written(type_name: str, settings: dict[str, Any], base: Path) -> Path:
    """The directory of the generated files."""
    for path, text in rendered(type_name, settings).items():
        (base / path).parent.mkdir(parents=True, exist_ok=True)
        (base / path).write_text(f"# Generated.\n{text}")
    return base / "shop/deploy/deploy"


@pytest.mark.parametrize(("type_name", "settings"), [("kubernetes_job", JOB), ("remote_cache", CACHE)])
def test_kustomize_gives_back_the_objects(type_name: str, settings: dict[str, Any], tmp_path: Path) -> None:
    found = objects(type_name, settings)
    del found["Kustomization"]

    assert built(written(type_name, settings, tmp_path)) == found


def test_an_overlay_sets_commit_and_namespace(tmp_path: Path) -> None:
    directory = written("kubernetes_job", JOB, tmp_path)
    overlay = tmp_path / "production"
    overlay.mkdir()
    (overlay / "kustomization.yaml").write_text(OVERLAY.format(directory="../shop/deploy/deploy"))

    found = built(overlay)

    spec = found["Job"]["spec"]["template"]["spec"]
    assert {one["image"] for one in (*spec["initContainers"], *spec["containers"])} == {"registry.example/jobs:3f2c1d0"}
    assert {one["metadata"]["namespace"] for one in found.values()} == {"ds-prod"}
    assert directory.exists()


def test_kustomize_refuses_a_file_that_is_not_there(tmp_path: Path) -> None:
    directory = written("kubernetes_job", JOB, tmp_path)
    (directory / "job.yaml").unlink()

    with pytest.raises(AssertionError, match=r"job\.yaml"):
        built(directory)
