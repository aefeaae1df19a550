"""Pipelines of Kubeflow: the graph, what its containers run, and that nothing is read in them that a user wrote."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from deployment_plans import FLOW, VARIANTS, Step, problems, rendered, rendered_yaml, wide_and_deep
from kubeflow_backend import containers_of
from pod_commands import PodCommand, command_of

IMAGE = "registry.example/jobs:1.4"
BY_STEP = {"image": IMAGE, "granularity": "step", "remote_cache": "grpc://cache.example:9092"}
PATH = "shop/deploy/deploy.kfp.yaml"
HOSTILE = st.text("${}()=\"'\n\\ NAMEé*&!%@`:#-", max_size=300) | st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=300
)
LOOK_ALIKES = [
    "on",
    "1e3",
    "0777",
    "null",
    "~",
    "yes",
    "{{$.inputs.parameters['target']}}",
    "{{workflow.name}}",
    "$(HOME)",
    "$$",
]


def documents(own: Mapping[str, Any], **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The specification of the pipeline, and what of it is for Kubernetes."""
    (spec, platform) = rendered_yaml("kubeflow_pipeline", own, **options)[PATH]
    return spec, platform


def commands(
    own: Mapping[str, Any], *, parameters: Mapping[str, Any] | None = None, **options: Any
) -> dict[str, PodCommand]:
    """What each task of a run would run, by its name."""
    containers = containers_of(*documents(own, **options), parameters=parameters)
    return {name: command_of(one, config_maps={}, secrets={}) for name, one in containers.items()}


def test_one_task_runs_the_whole_pipeline() -> None:
    (command,) = commands({"image": IMAGE}).values()

    assert command.words == ["./pants", "run", "shop:pipeline"]
    assert command.environment["PANTS_WOMBAT_ENVIRONMENT"] == "production"


def test_the_graph_of_steps_is_the_graph_of_tasks() -> None:
    own = {**BY_STEP, "group_chains": False}
    spec, _ = documents(own)
    tasks = spec["root"]["dag"]["tasks"]

    assert {name: task.get("dependentTasks", []) for name, task in tasks.items()} == {
        "load": [],
        "clean": ["load"],
        "train": ["clean"],
        "report": ["clean"],
        "publish": ["report", "train"],
        "pipeline": ["publish"],
    }
    assert {name: command.words[2] for name, command in commands(own).items()} == {name: f"shop:{name}" for name in tasks}
    assert [task["cachingOptions"] for task in tasks.values()] == [{"enableCache": False}] * len(tasks)


def test_variants_of_a_step_are_tasks_of_their_own() -> None:
    assert sorted(command.words[2] for command in commands(BY_STEP, steps=VARIANTS).values()) == [
        "shop:compare",
        "shop:load",
        "shop:pipeline",
        "shop:train@model=linear",
        "shop:train@model=trees",
    ]


def test_parameters_have_the_types_that_kubeflow_gives_back_as_they_are() -> None:
    steps = [
        Step(
            "load",
            params={"count": 80, "big": 2**60, "rate": 80.0, "deep": False, "name": "north", "digits": "80", "tags": ["a"]},
        )
    ]
    names = ("count", "big", "rate", "deep", "name", "digits", "tags")
    own = {"image": IMAGE, "parameters": {name: f"load.{name}" for name in names}}
    spec, _ = documents(own, steps=steps)

    inputs = spec["root"]["inputDefinitions"]["parameters"]
    assert {name: (one["parameterType"], one["defaultValue"]) for name, one in inputs.items()} == {
        "big": ("STRING", str(2**60)),
        "count": ("NUMBER_INTEGER", 80),
        "deep": ("BOOLEAN", False),
        "digits": ("STRING", '"80"'),
        "name": ("STRING", "north"),
        "rate": ("STRING", "80.0"),
        "tags": ("STRING", '["a"]'),
    }
    words = commands(own, steps=steps)["pipeline"].words[4:]
    assert sorted(words) == [
        f"shop:load.big={2**60}",
        "shop:load.count=80",
        "shop:load.deep=false",
        'shop:load.digits="80"',
        "shop:load.name=north",
        "shop:load.rate=80.0",
        'shop:load.tags=["a"]',
    ]


def test_a_task_takes_the_parameters_that_its_target_needs() -> None:
    own = {**BY_STEP, "parameters": {"max_iter": "train.max_iter", "region": "load.region"}}
    found = commands(own, parameters={"max_iter": 5, "region": "so uth"})

    assert found["clean"].words == ["./pants", "run", "shop:clean", "--", "shop:load.region=so uth"]
    assert found["train"].words[3:] == ["--", "shop:train.max_iter=5", "shop:load.region=so uth"]


@given(HOSTILE)
@example("{{$.inputs.parameters['target']}}")
@example("$(PANTS_PANTSD)")
@settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])
def test_a_default_arrives_as_it_is_or_is_refused(value: str) -> None:
    own = {"image": IMAGE, "parameters": {"region": "load.region"}}
    steps = [Step("load", params={"region": value})]
    found = problems("kubeflow_pipeline", own, steps=steps)

    if found:
        assert found[0].startswith("The 'parameters.region' field in target shop:deploy leads to a default with ")
        return
    (command,) = commands(own, steps=steps).values()
    text = command.words[-1].removeprefix("shop:load.region=")
    assert text == value or json.loads(text) == value


@given(st.dictionaries(st.sampled_from(["A", "B", "PATH_TO_X"]), HOSTILE | st.sampled_from(LOOK_ALIKES)))
@example({"A": "$(B)", "B": "$$(A)"})
@settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])
def test_values_of_variables_arrive_as_they_are_or_are_refused(values: dict[str, str]) -> None:
    found = problems("kubeflow_pipeline", {"image": IMAGE, "env_vars": values})

    if found:
        assert "leads to a value with " in found[0] and found[0].endswith("Keep it in a config map, and use 'config_maps'.")
        return
    (command,) = commands({"image": IMAGE, "env_vars": values}).values()
    assert {name: command.environment[name] for name in values} == values


@given(st.text("ab${}()='\"\n é", min_size=1, max_size=300))
@example("a{{workflow.name}}")
@example("$(PATH)")
@settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])
def test_names_of_steps_arrive_as_they_are_or_are_refused(name: str) -> None:
    own = {**BY_STEP, "parameters": {"limit": f"shop:{name}.limit"}}
    steps = [Step(f"shop:{name}", params={"limit": 1})]
    found = problems("kubeflow_pipeline", own, steps=steps)

    if found:
        assert "which would be read as something else on its way" in found[0], found
        return
    words = [command.words for command in commands(own, steps=steps).values()]
    assert words[0] == ["./pants", "run", f"shop:{name}", "--", f"shop:{name}.limit=1"]


def test_an_image_of_a_commit_is_a_parameter_of_the_run() -> None:
    spec, _ = documents({**BY_STEP, "image": "registry.example/jobs:{git_commit}"})

    assert spec["root"]["inputDefinitions"]["parameters"] == {
        "image": {"description": "The image of the jobs: registry.example/jobs:{git_commit}", "parameterType": "STRING"}
    }
    for executor in spec["deploymentSpec"]["executors"].values():
        assert executor["container"]["image"] == "{{$.inputs.parameters['pipelinechannel--image']}}"
    for task in spec["root"]["dag"]["tasks"].values():
        given = task["inputs"]["parameters"]["pipelinechannel--image"]
        assert given == {"componentInputParameter": "image"}


def test_resources_stand_in_both_forms() -> None:
    own = {"image": IMAGE, "resources": {"cpu": "500m", "memory": "1Gi", "gpu": "2"}, "limits": {"memory": "2G"}}
    spec, _ = documents(own)
    (executor,) = spec["deploymentSpec"]["executors"].values()

    assert executor["container"]["resources"] == {
        "accelerator": {
            "count": "2",
            "resourceCount": "2",
            "resourceType": "nvidia.com/gpu",
            "type": "nvidia.com/gpu",
        },
        "cpuRequest": 0.5,
        "memoryLimit": 2.0,
        "memoryRequest": 1.073741824,
        "resourceCpuRequest": "500m",
        "resourceMemoryLimit": "2G",
        "resourceMemoryRequest": "1Gi",
    }


def test_what_is_for_kubernetes_stands_in_the_second_document() -> None:
    own = {
        "image": IMAGE,
        "secrets": {"DB_PASSWORD": "database/password", "DB_USER": "database/user"},
        "config_maps": {"DB_HOST": "database/host", "CACHE": "cache/address"},
        "remote_cache": "$CACHE",
        "remote_cache_token": "cache/token.txt",
        "labels": {"team": "data"},
        "node_selector": {"pool": "big"},
        "tolerations": [{"key": "batch", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 60}],
        "image_pull_secrets": ["registry"],
        "image_pull_policy": "Always",
        "timeout_s": 900,
        "retries": 2,
    }
    steps = [Step("load", params={"region": "north"})]
    spec, platform = documents(own, steps=steps)
    executors = platform["platforms"]["kubernetes"]["deploymentSpec"]["executors"]

    assert executors == {
        "exec-run": {
            "activeDeadlineSeconds": "900",
            "configMapAsEnv": [
                {
                    "configMapName": "cache",
                    "keyToEnv": [
                        {"configMapKey": "address", "envVar": "CACHE"},
                        {"configMapKey": "address", "envVar": "PANTS_REMOTE_STORE_ADDRESS"},
                    ],
                    "optional": False,
                },
                {
                    "configMapName": "database",
                    "keyToEnv": [{"configMapKey": "host", "envVar": "DB_HOST"}],
                    "optional": False,
                },
            ],
            "imagePullPolicy": "Always",
            "imagePullSecret": [{"secretName": "registry"}],
            "nodeSelector": {"labels": {"pool": "big"}},
            "podMetadata": {"labels": {"team": "data"}},
            "secretAsEnv": [
                {
                    "secretName": "database",
                    "keyToEnv": [
                        {"secretKey": "password", "envVar": "DB_PASSWORD"},
                        {"secretKey": "user", "envVar": "DB_USER"},
                    ],
                    "optional": False,
                }
            ],
            "secretAsVolume": [{"secretName": "cache", "mountPath": "/run/wombat/remote-cache", "optional": False}],
            "securityContext": {"runAsUser": "1000", "runAsGroup": "1000", "runAsNonRoot": True},
            "tolerations": [{"key": "batch", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": "60"}],
        }
    }
    (executor,) = spec["deploymentSpec"]["executors"].values()
    environment = {one["name"]: one["value"] for one in executor["container"]["env"]}
    assert environment["PANTS_REMOTE_OAUTH_BEARER_TOKEN_PATH"] == "/run/wombat/remote-cache/token.txt"
    (task,) = spec["root"]["dag"]["tasks"].values()
    assert task["retryPolicy"]["maxRetryCount"] == 2


def test_the_order_of_settings_and_steps_changes_nothing() -> None:
    own = {
        **BY_STEP,
        "env_vars": {"A": "1", "B": "2"},
        "secrets": {"C": "c/c", "D": "d/d"},
        "labels": {"x": "1", "y": "2"},
        "parameters": {"max_iter": "train.max_iter", "region": "load.region"},
    }
    turned = {key: dict(reversed(value.items())) if isinstance(value, dict) else value for key, value in own.items()}

    assert rendered("kubeflow_pipeline", turned, steps=tuple(reversed(FLOW))) == rendered("kubeflow_pipeline", own)


def test_removing_a_step_removes_its_task_and_nothing_else() -> None:
    own = {**BY_STEP, "group_chains": False}
    without = [Step("publish", needs=("train",)) if one.name == "publish" else one for one in FLOW if one.name != "report"]
    (before, platform), (after, platform_after) = documents(own), documents(own, steps=without)

    expected = before["root"]["dag"]["tasks"]
    del expected["report"]
    expected["publish"]["dependentTasks"] = ["train"]
    assert after == before
    assert platform_after == platform


@pytest.mark.parametrize(
    ("own", "message"),
    [
        pytest.param(
            {"image": "registry.example/jobs"},
            "The 'image' field in target shop:deploy must have a tag other than 'latest', or a digest, in production, but "
            "was 'registry.example/jobs'. Write for instance 'registry.example/jobs:{git_commit}', or set "
            "environment='development'.",
            id="image",
        ),
        pytest.param(
            {"image": IMAGE, "granularity": "step"},
            "The 'remote_cache' field in target shop:deploy must be set with granularity='step': jobs of Kubeflow run on "
            "machines of their own and would each compute again what the others have. Name a cache server, or set "
            "granularity='pipeline'.",
            id="no remote cache",
        ),
        pytest.param(
            {"image": IMAGE, "schedule": "0 4 * * *"},
            "The 'schedule' field in target shop:deploy is not known here. Remove it, or set it by `patch`.",
            id="no schedules",
        ),
        pytest.param(
            {"image": IMAGE, "resources": {"ephemeral_storage": "1Gi"}},
            "The 'resources' field in target shop:deploy must not have 'ephemeral_storage': a pipeline of Kubeflow has no "
            "way to ask for it. Remove it.",
            id="ephemeral storage",
        ),
        pytest.param(
            {"image": IMAGE, "parameters": {"target": "load.region"}},
            "The 'parameters' field in target shop:deploy must not have the name 'target', which the pipeline itself needs. "
            "Choose another.",
            id="name of a parameter",
        ),
        pytest.param(
            {"image": IMAGE, "env_vars": {"A": "{{workflow.name}}"}},
            "The 'env_vars.A' field in target shop:deploy leads to a value with '{{', which would be read as something "
            "else on its way: '{{workflow.name}}'. Keep it in a config map, and use 'config_maps'.",
            id="tag",
        ),
        pytest.param(
            {
                "image": IMAGE,
                "patch": {"PipelineSpec": {"root": {"dag": {"tasks": {"x": {"componentRef": {"name": "y"}}}}}}},
            },
            "The 'patch' field in target shop:deploy makes what Kubeflow refuses. The task x names the component 'y', which "
            "is not there.",
            id="patch",
        ),
        pytest.param(
            {"image": IMAGE, "patch": {"Pipeline": {}}},
            "The 'patch' field in target shop:deploy must have keys out of PipelineSpec, PlatformSpec here, but had "
            "Pipeline.",
            id="kind of a patch",
        ),
    ],
)
def test_bad_settings_are_told(own: dict[str, Any], message: str) -> None:
    assert problems("kubeflow_pipeline", own) == [message]


@pytest.mark.parametrize("count", [1, 2, 100, 400])
def test_a_graph_of_hundreds_of_steps_is_one_pipeline(count: int) -> None:
    spec, _ = documents(BY_STEP, steps=wide_and_deep(count))
    targets = {
        task["inputs"]["parameters"]["target"]["runtimeValue"]["constant"] for task in spec["root"]["dag"]["tasks"].values()
    }

    assert f"shop:step_{count - 1}" in targets and "shop:pipeline" in targets


def test_what_does_not_fit_into_a_workflow_is_refused() -> None:
    (message,) = problems("kubeflow_pipeline", BY_STEP, steps=wide_and_deep(2000))

    assert message.startswith("The 'granularity' field in target shop:deploy makes ")
    assert message.endswith(
        " bytes in the workflow that Kubeflow makes of the pipeline, and Kubeflow takes at most 700000 "
        "(backend/src/apiserver/model/pipeline_version.go in https://github.com/kubeflow/pipelines). Group chains, deploy "
        "parts as pipelines of their own, or set granularity='pipeline'."
    )
