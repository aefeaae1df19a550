"""What is generated for Kubeflow, read by its own loader, and what that lets pass found by us."""

from __future__ import annotations

import copy
import json
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from deployment_plans import FLOW, VARIANTS, Step, rendered, rendered_yaml, wide_and_deep
from lock_environments import environment_of_lock, file_above
from wombat_tool.deployment.kubeflow_checks import pipeline_problems
from wombat_tool.deployment.yaml_text import read_yaml, yaml_text

IMAGE = "registry.example/jobs:1.4"
BY_STEP = {"image": IMAGE, "granularity": "step", "remote_cache": "grpc://cache.example:9092"}
EVERYTHING = {
    **BY_STEP,
    "image": "registry.example/jobs:{git_commit}",
    "remote_cache": "$CACHE",
    "remote_cache_token": "cache/token",
    "secrets": {"DB_PASSWORD": "database/password"},
    "config_maps": {"CACHE": "cache/address"},
    "env_vars": {"A": "$(B)"},
    "parameters": {"max_iter": "train.max_iter", "region": "load.region", "rate": "train.rate", "deep": "train.deep"},
    "resources": {"cpu": "500m", "memory": "1Gi", "gpu": "1"},
    "limits": {"memory": "2Gi"},
    "labels": {"team": "data"},
    "node_selector": {"pool": "big"},
    "tolerations": [{"key": "batch", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 60}],
    "image_pull_secrets": ["registry"],
    "image_pull_policy": "Always",
    "retries": 2,
    "timeout_s": 900,
}
CASES: dict[str, tuple[dict[str, Any], tuple[Step, ...]]] = {
    "one task": ({"image": IMAGE}, FLOW),
    "a task for each step": (BY_STEP, FLOW),
    "variants": (BY_STEP, VARIANTS),
    "everything": (EVERYTHING, FLOW),
    "many steps": (BY_STEP, wide_and_deep(300)),
}
CHECK = """
import json, sys, warnings
warnings.simplefilter("ignore")
import yaml
from google.protobuf import json_format
from kfp import components
from kfp.kubernetes import kubernetes_executor_config_pb2 as platform_pb2

verdicts = []
for path in sys.argv[1:]:
    try:
        components.load_component_from_file(path)
        _, platform = yaml.safe_load_all(open(path))
        # The loader takes anything here; the backend reads it as this message.
        for executor in platform["platforms"]["kubernetes"]["deploymentSpec"]["executors"].values():
            json_format.ParseDict(executor, platform_pb2.KubernetesExecutorConfig())
        verdicts.append("")
    except Exception as error:
        verdicts.append(f"{type(error).__name__}: {error}")
print(json.dumps(verdicts))
"""
# A pipeline with the settings of EVERYTHING, as somebody writes it in Python.
COMPILED = """
import json, sys, warnings
warnings.simplefilter("ignore")
import yaml
from kfp import compiler, dsl, kubernetes

@dsl.container_component
def run(target: str):
    return dsl.ContainerSpec(image="registry.example/jobs:1.4", command=["./pants"], args=["run", target])

@dsl.pipeline(name="deploy")
def pipeline(image: str, max_iter: int = 80, region: str = "north", deep: bool = False):
    one = run(target="shop:pipeline")
    one.set_container_image(image).set_caching_options(False).set_retry(2)
    one.set_cpu_request("500m").set_memory_request("1Gi").set_memory_limit("2Gi")
    one.set_accelerator_type("nvidia.com/gpu").set_accelerator_limit(1)
    kubernetes.use_secret_as_env(one, "database", {"password": "DB_PASSWORD"})
    kubernetes.use_config_map_as_env(one, "cache", {"address": "CACHE"})
    kubernetes.use_secret_as_volume(one, "cache", "/run/wombat/remote-cache")
    kubernetes.add_pod_label(one, "team", "data")
    kubernetes.add_node_selector(one, "pool", "big")
    kubernetes.add_toleration(one, key="batch", operator="Exists", effect="NoExecute", toleration_seconds=60)
    kubernetes.set_image_pull_secrets(one, ["registry"])
    kubernetes.set_image_pull_policy(one, "Always")
    kubernetes.set_timeout(one, 900)
    kubernetes.set_security_context(one, run_as_user=1000, run_as_group=1000, run_as_non_root=True)

compiler.Compiler().compile(pipeline, sys.argv[1])
print(json.dumps(list(yaml.safe_load_all(open(sys.argv[1])))))
"""


@pytest.fixture(scope="module")
def kfp(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python with the loader and the compiler."""
    return environment_of_lock("3rdparty/tools/kfp.lock", tmp_path_factory.mktemp("kfp") / "venv")


def output(python: Path, program: str, *arguments: str) -> Any:
    """The JSON that a program prints."""
    finished = subprocess.run(
        [str(python), "-c", program, *arguments], capture_output=True, text=True, env={"PATH": "", "HOME": "/nonexistent"}
    )
    assert finished.returncode == 0, finished.stderr
    return json.loads(finished.stdout)


def verdicts(python: Path, directory: Path, texts: Sequence[str]) -> list[str]:
    """What the loader says of each file, "" for nothing."""
    paths = [directory / f"{number}.yaml" for number in range(len(texts))]
    for path, text in zip(paths, texts):
        path.write_text(f"# Generated.\n{text}")
    found: list[str] = output(python, CHECK, *map(str, paths))
    return found


def pipeline_of(name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The two documents that are generated in a case."""
    own, steps = CASES[name]
    ((spec, platform),) = rendered_yaml("kubeflow_pipeline", own, steps=steps).values()
    return spec, platform


def test_the_loader_takes_what_is_generated(kfp: Path, tmp_path: Path) -> None:
    texts = [text for own, steps in CASES.values() for text in rendered("kubeflow_pipeline", own, steps=steps).values()]

    assert verdicts(kfp, tmp_path, texts) == [""] * len(CASES)


def test_the_loader_refuses_unknown_fields_and_other_types(kfp: Path, tmp_path: Path) -> None:
    spec, platform = pipeline_of("everything")
    misspelt, other_type, secret = (copy.deepcopy((spec, platform)) for _ in range(3))
    misspelt[0]["root"]["dag"]["tasks"]["clean"]["dependantTasks"] = []
    other_type[0]["root"]["inputDefinitions"]["parameters"]["region"]["parameterType"] = "TEXT"
    executors = secret[1]["platforms"]["kubernetes"]["deploymentSpec"]["executors"]
    next(iter(executors.values()))["secretAsEnv"][0]["name"] = "x"

    found = verdicts(kfp, tmp_path, [yaml_text(*pair) for pair in (misspelt, other_type, secret)])
    assert 'no field named "dependantTasks"' in found[0]
    assert "TEXT" in found[1]
    assert 'no field named "name"' in found[2]


def test_the_compiler_writes_the_same_fields(kfp: Path, tmp_path: Path) -> None:
    compiled, compiled_platform = output(kfp, COMPILED, str(tmp_path / "compiled.yaml"))
    own = {**EVERYTHING, "granularity": "pipeline", "remote_cache": None, "parameters": {}, "env_vars": {}}
    own = {key: value for key, value in own.items() if value is not None}
    ((spec, platform),) = rendered_yaml("kubeflow_pipeline", own).values()

    def only(mapping: dict[str, Any]) -> dict[str, Any]:
        (value,) = mapping.values()
        assert isinstance(value, dict)
        return value

    ours, theirs = only(spec["deploymentSpec"]["executors"]), only(compiled["deploymentSpec"]["executors"])
    assert ours["container"]["resources"] == theirs["container"]["resources"]
    assert ours["container"]["image"] == theirs["container"]["image"]
    assert ours["container"]["args"] == theirs["container"]["args"]
    our_task, their_task = only(spec["root"]["dag"]["tasks"]), only(compiled["root"]["dag"]["tasks"])
    assert our_task["retryPolicy"] == their_task["retryPolicy"]
    # The compiler writes no field that has its default.
    assert (our_task["cachingOptions"], their_task["cachingOptions"]) == ({"enableCache": False}, {})
    for name, given in our_task["inputs"]["parameters"].items():
        assert their_task["inputs"]["parameters"][name] == given
    our_pods = only(platform["platforms"]["kubernetes"]["deploymentSpec"]["executors"])
    their_pods = only(compiled_platform["platforms"]["kubernetes"]["deploymentSpec"]["executors"])
    assert our_pods == _without_new_spelling(their_pods)


def _without_new_spelling(value: Any) -> Any:
    """Names of secrets and config maps stand there in an older way, too, which all releases read."""
    if isinstance(value, dict):
        new = ("secretNameParameter", "configMapNameParameter")
        return {key: _without_new_spelling(item) for key, item in value.items() if key not in new}
    return [_without_new_spelling(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("name", CASES)
def test_our_checks_find_nothing_in_what_is_generated(name: str) -> None:
    assert pipeline_problems(*pipeline_of(name)) == []


def test_what_is_generated_for_the_example_is_right(kfp: Path, tmp_path: Path) -> None:
    files = sorted(file_above("examples/flights/deploy/kubeflow").glob("*.kfp.yaml"))
    texts = [file.read_text() for file in files]

    assert [file.name for file in files] == ["pipeline.kfp.yaml", "step.kfp.yaml"]
    assert verdicts(kfp, tmp_path, texts) == ["", ""]
    assert [problem for text in texts for problem in pipeline_problems(*read_yaml(text))] == []


def _task(spec: dict[str, Any], name: str) -> dict[str, Any]:
    task: dict[str, Any] = spec["root"]["dag"]["tasks"][name]
    return task


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        pytest.param(
            lambda spec: spec.update(schemaVersion="9.9.9"), "schemaVersion must be 2.1.0, but was '9.9.9'.", id="version"
        ),
        pytest.param(
            lambda spec: _task(spec, "clean")["componentRef"].update(name="comp-walk"),
            "The task clean names the component 'comp-walk', which is not there.",
            id="component",
        ),
        pytest.param(
            lambda spec: _task(spec, "train").update(dependentTasks=["claen"]),
            "The task train depends on 'claen', which is not there.",
            id="dependency",
        ),
        pytest.param(
            lambda spec: _task(spec, "clean").update(dependentTasks=["pipeline"]),
            "Tasks wait for each other: ",
            id="cycle",
        ),
        pytest.param(
            lambda spec: _task(spec, "clean")["inputs"]["parameters"].pop("target"),
            "The task clean does not give the parameter 'target' of comp-run-",
            id="missing parameter",
        ),
        pytest.param(
            lambda spec: _task(spec, "clean")["inputs"]["parameters"].update(x={"runtimeValue": {"constant": "1"}}),
            "The task clean gives the parameter 'x', which comp-run-",
            id="unknown parameter",
        ),
        pytest.param(
            lambda spec: spec["root"]["inputDefinitions"]["parameters"].pop("region"),
            "takes the parameter 'region' of the pipeline, which is not there.",
            id="parameter of the pipeline",
        ),
        pytest.param(
            lambda spec: spec["deploymentSpec"]["executors"].popitem(), "names the executor 'exec-run-", id="executor"
        ),
        pytest.param(
            lambda spec: [one["inputDefinitions"]["parameters"].pop("target") for one in spec["components"].values()],
            "uses the parameter 'target', which the component comp-run-",
            id="undeclared parameter",
        ),
        pytest.param(
            lambda spec: spec.pop("root"),
            "Something that must be there is missing or of another kind: 'root'.",
            id="no root",
        ),
    ],
)
def test_our_checks_find_what_the_loader_lets_pass(spoil: Callable[[dict[str, Any]], Any], problem: str) -> None:
    spec, platform = pipeline_of("everything")
    spoil(spec)

    assert problem in " ".join(pipeline_problems(spec, platform))
