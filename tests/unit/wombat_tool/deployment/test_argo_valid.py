"""What is generated for Argo, read by models of its objects that know each field, and what those let pass found by us."""

from __future__ import annotations

import copy
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from deployment_plans import FLOW, VARIANTS, Step, rendered, rendered_yaml, wide_and_deep
from lock_environments import environment_of_lock, file_above
from wombat_tool.deployment.argo_checks import workflow_problems
from wombat_tool.deployment.yaml_text import read_yaml

IMAGE = "registry.example/jobs:1.4"
BY_STEP = {"image": IMAGE, "granularity": "step", "remote_cache": "grpc://cache.example:9092"}
EVERYTHING = {
    **BY_STEP,
    "image": "registry.example/jobs:{git_commit}",
    "namespace": "ds-prod",
    "object_name": "flights",
    "service_account": "pipelines",
    "remote_cache": "$CACHE",
    "remote_cache_token": "cache/token",
    "secrets": {"DB_PASSWORD": "database/password"},
    "config_maps": {"CACHE": "cache/address"},
    "env_vars": {"A": "{{workflow.name}}"},
    "parameters": {"max_iter": "train.max_iter", "region": "load.region"},
    "resources": {"cpu": "500m", "memory": "1Gi", "ephemeral_storage": "1Gi", "gpu": "1"},
    "limits": {"memory": "2Gi"},
    "labels": {"team": "data"},
    "annotations": {"example.com/owner": "data"},
    "node_selector": {"pool": "big"},
    "tolerations": [{"key": "batch", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 60}],
    "image_pull_secrets": ["registry"],
    "image_pull_policy": "Always",
    "retries": 2,
    "timeout_s": 900,
    "parallelism": 3,
    "semaphore": "limits/nightly",
    "notify_webhook": "chat/url",
    "schedule": "30 4 * * 1-5",
    "timezone": "Europe/Berlin",
}
KUBECTL = shutil.which("kubectl")
OVERLAY = """
resources:
  - ../base
configMapGenerator:
  - name: deploy-image
    behavior: merge
    literals: [git_commit=4f2a9c0d]
    options:
      disableNameSuffixHash: true
"""
CASES: dict[str, tuple[dict[str, Any], tuple[Step, ...]]] = {
    "one job": ({"image": IMAGE}, FLOW),
    "a job for each step": (BY_STEP, FLOW),
    "variants": (BY_STEP, VARIANTS),
    "everything": (EVERYTHING, FLOW),
    "many steps": (BY_STEP, wide_and_deep(300)),
}
CHECK = """
import json, sys
from hera.workflows import models
from pydantic import ValidationError

verdicts = []
for document in json.load(sys.stdin):
    try:
        getattr(models, document["kind"]).model_validate(document, extra="forbid")
        verdicts.append("")
    except ValidationError as error:
        verdicts.append("; ".join(".".join(map(str, one["loc"])) + ": " + one["type"] for one in error.errors()))
print(json.dumps(verdicts))
"""


def argo_objects(name: str) -> list[dict[str, Any]]:
    """The objects of Argo that are generated in a case."""
    own, steps = CASES[name]
    files = rendered_yaml("argo_workflow", own, steps=steps)
    documents = [one for documents in files.values() for one in documents]
    return [one for one in documents if one["apiVersion"] == "argoproj.io/v1alpha1"]


@pytest.fixture(scope="module")
def hera(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python with the models."""
    return environment_of_lock("3rdparty/tools/hera.lock", tmp_path_factory.mktemp("hera") / "venv")


def verdicts(python: Path, documents: list[dict[str, Any]]) -> list[str]:
    """What the models say of each document, "" for nothing."""
    finished = subprocess.run(
        [str(python), "-c", CHECK], input=json.dumps(documents), capture_output=True, text=True, env={"PATH": ""}
    )
    assert finished.returncode == 0, finished.stderr
    found: list[str] = json.loads(finished.stdout)
    return found


def test_the_models_take_what_is_generated(hera: Path) -> None:
    documents = [one for name in CASES for one in argo_objects(name)]

    assert [one["kind"] for one in documents].count("CronWorkflow") == 1
    assert verdicts(hera, documents) == [""] * (len(CASES) + 1)


def test_the_models_refuse_unknown_fields_and_other_types(hera: Path) -> None:
    cron, template = argo_objects("everything")
    misspelt, number, deep = copy.deepcopy(cron), copy.deepcopy(template), copy.deepcopy(template)
    misspelt["spec"]["concurencyPolicy"] = "Forbid"
    number["spec"]["entrypoint"] = 7
    deep["spec"]["templates"][1]["container"]["securityContext"]["allowPrivilegesEscalation"] = False

    assert verdicts(hera, [misspelt, number, deep]) == [
        "spec.concurencyPolicy: extra_forbidden",
        "spec.entrypoint: string_type",
        "spec.templates.1.container.securityContext.allowPrivilegesEscalation: extra_forbidden",
    ]


@pytest.mark.parametrize("name", CASES)
def test_our_checks_find_nothing_in_what_is_generated(name: str) -> None:
    for document in argo_objects(name):
        assert document["kind"] == "CronWorkflow" or workflow_problems(document) == []


def test_what_is_generated_for_the_example_is_right(hera: Path) -> None:
    files = file_above("examples/flights/deploy/argo").rglob("*.yaml")
    found = [one for file in sorted(files) for one in read_yaml(file.read_text())]
    ours = [one for one in found if one["apiVersion"] == "argoproj.io/v1alpha1"]

    assert [one["kind"] for one in ours] == ["CronWorkflow", "WorkflowTemplate"] * 2
    assert verdicts(hera, ours) == [""] * 4
    assert [problem for one in ours if one["kind"] == "WorkflowTemplate" for problem in workflow_problems(one)] == []


@pytest.mark.skipif(KUBECTL is None, reason="kustomize comes with kubectl, which is not on PATH")
@pytest.mark.parametrize("namespace", [None, "ds-prod"])
def test_an_overlay_says_which_commit_is_deployed(namespace: str | None, tmp_path: Path) -> None:
    own = {"image": "registry.example/jobs:{git_commit}", "schedule": "0 4 * * *", "output": "deploy/base"}
    own |= {} if namespace is None else {"namespace": namespace}
    for path, text in rendered("argo_workflow", own).items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    (tmp_path / "deploy/production").mkdir()
    (tmp_path / "deploy/production/kustomization.yaml").write_text(OVERLAY)

    made = subprocess.run([str(KUBECTL), "kustomize", str(tmp_path / "deploy/production")], capture_output=True, text=True)

    assert made.returncode == 0, made.stderr
    found = {(one["kind"], one["metadata"]["name"]): one for one in read_yaml(made.stdout)}
    assert found["ConfigMap", "deploy-image"]["data"] == {"git_commit": "4f2a9c0d"}
    assert found["ConfigMap", "deploy-image"]["metadata"]["labels"] == {"workflows.argoproj.io/configmap-type": "Parameter"}
    parameters = found["WorkflowTemplate", "deploy"]["spec"]["arguments"]["parameters"]
    assert parameters[0]["valueFrom"]["configMapKeyRef"] == {"name": "deploy-image", "key": "git_commit"}
    assert {one["metadata"].get("namespace") for one in found.values()} == {namespace}


def _task(document: dict[str, Any], number: int) -> dict[str, Any]:
    task: dict[str, Any] = document["spec"]["templates"][0]["dag"]["tasks"][number]
    return task


def _container(document: dict[str, Any]) -> dict[str, Any]:
    container: dict[str, Any] = document["spec"]["templates"][1]["container"]
    return container


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        pytest.param(
            lambda document: document["spec"].update(onExit="bye"),
            "onExit names the template 'bye', which is not there.",
            id="exit handler",
        ),
        pytest.param(lambda document: document["spec"].pop("entrypoint"), "There is no entrypoint.", id="no entrypoint"),
        pytest.param(
            lambda document: _task(document, 1).update(dependencies=["claen"]),
            "In the template main: The task report depends on 'claen', which is not there.",
            id="dependency",
        ),
        pytest.param(
            lambda document: _task(document, 0).update(dependencies=["pipeline"]),
            "In the template main: Tasks wait for each other: clean -> pipeline -> publish -> train -> clean.",
            id="cycle",
        ),
        pytest.param(
            lambda document: _task(document, 0).update(template="walk"),
            "In the template main: The task clean names the template 'walk', which is not there.",
            id="template",
        ),
        pytest.param(
            lambda document: _task(document, 0).pop("arguments"),
            "In the template main: The task clean does not give the parameter 'target' of run-",
            id="argument",
        ),
        pytest.param(
            lambda document: _task(document, 1).update(name="clean"),
            "In the template main: Two tasks have the name 'clean'.",
            id="two tasks",
        ),
        pytest.param(
            lambda document: _container(document).update(args=["{{workflow.parameters.reigon}}"]),
            "workflow.parameters.reigon is used, but nothing declares it.",
            id="parameter of the run",
        ),
        pytest.param(
            lambda document: _container(document).update(args=["{{=sprig.trim(inputs.parameters.targte)}}"]),
            "inputs.parameters.targte is used, but nothing declares it.",
            id="parameter of the template",
        ),
        pytest.param(
            lambda document: document["spec"].pop("volumes"),
            "volumeMounts names the volume 'remote-cache-token', which is not there.",
            id="volume",
        ),
        pytest.param(
            lambda document: document["spec"]["templates"][1].pop("container"),
            "There must be exactly one of container, dag, script",
            id="nothing to run",
        ),
        pytest.param(
            lambda document: document["spec"]["templates"][0].update(dag=[]),
            "Something that must be there is missing or of another kind: ",
            id="another kind",
        ),
    ],
)
def test_our_checks_find_what_the_models_let_pass(spoil: Callable[[dict[str, Any]], Any], problem: str) -> None:
    document = argo_objects("everything")[1]
    spoil(document)

    found = " ".join(workflow_problems(document))
    assert problem.removesuffix(" of run-") in found
