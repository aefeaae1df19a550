"""Workflow templates of Argo: the graph, what its containers run, and that nothing is read in them that a user wrote."""

from __future__ import annotations

import http.server
import json
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from argo_controller import pods_of
from deployment_plans import FLOW, VARIANTS, Step, problems, rendered, rendered_yaml, wide_and_deep
from pod_commands import PodCommand, command_of

IMAGE = "registry.example/jobs:1.4"
CACHE = "grpc://cache.example:9092"
BY_STEP = {"image": IMAGE, "granularity": "step", "remote_cache": CACHE}
DIRECTORY = "shop/deploy/deploy"
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
    "{{workflow.name}}",
    "{{=workflow.name}}",
    "$(HOME)",
    "$$",
    "${HOME}",
    "`id`",
]


def objects(own: Mapping[str, Any], **options: Any) -> dict[str, dict[str, Any]]:
    """The generated objects by kind."""
    files = rendered_yaml("argo_workflow", own, **options)
    return {one["kind"]: one for documents in files.values() for one in documents}


def template_spec(own: Mapping[str, Any], **options: Any) -> dict[str, Any]:
    """The specification of the workflow template."""
    spec: dict[str, Any] = objects(own, **options)["WorkflowTemplate"]["spec"]
    return spec


def tasks(spec: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The tasks of the graph by name."""
    main = next(template for template in spec["templates"] if template["name"] == spec["entrypoint"])
    return {task["name"]: task for task in main["dag"]["tasks"]}


def commands(
    own: Mapping[str, Any],
    *,
    parameters: Mapping[str, str] | None = None,
    secrets: Mapping[str, Mapping[str, str]] | None = None,
    commit: str = "0" * 40,
    **options: Any,
) -> dict[str, PodCommand]:
    """What each pod of a run would run, by the name of its task."""
    made = objects(own, **options)
    own_map = made["ConfigMap"]
    config_maps = {own_map["metadata"]["name"]: own_map["data"], "deploy-image": {"git_commit": commit}}
    pods = pods_of(made["WorkflowTemplate"], config_maps=config_maps, parameters=parameters)
    return {pod.task: command_of(pod.container, config_maps=config_maps, secrets=secrets or {}) for pod in pods}


def test_one_job_runs_the_whole_pipeline() -> None:
    (command,) = commands({"image": IMAGE}).values()

    assert command.words == ["./pants", "run", "shop:pipeline"]
    assert command.environment["PANTS_WOMBAT_ENVIRONMENT"] == "production"


def test_the_graph_of_steps_is_the_graph_of_tasks() -> None:
    found = tasks(template_spec({**BY_STEP, "group_chains": False}))

    assert {name: task.get("dependencies", []) for name, task in found.items()} == {
        "load": [],
        "clean": ["load"],
        "train": ["clean"],
        "report": ["clean"],
        "publish": ["report", "train"],
        "pipeline": ["publish"],
    }
    assert {name: command.words[2] for name, command in commands({**BY_STEP, "group_chains": False}).items()} == {
        "load": "shop:load",
        "clean": "shop:clean",
        "train": "shop:train",
        "report": "shop:report",
        "publish": "shop:publish",
        "pipeline": "shop:pipeline",
    }


def test_a_failing_job_stops_only_what_depends_on_it() -> None:
    (main,) = (one for one in template_spec(BY_STEP)["templates"] if one["name"] == "main")

    assert main["dag"]["failFast"] is False


def test_variants_of_a_step_are_tasks_of_their_own() -> None:
    found = commands(BY_STEP, steps=VARIANTS)

    assert sorted(command.words[2] for command in found.values()) == [
        "shop:compare",
        "shop:load",
        "shop:pipeline",
        "shop:train@model=linear",
        "shop:train@model=trees",
    ]


def test_jobs_ask_for_what_their_steps_ask_for() -> None:
    spec = template_spec({**BY_STEP, "limits": {"memory": "4Gi"}})
    resources = {one["name"]: one["container"].get("resources") for one in spec["templates"] if "container" in one}

    assert resources == {
        "run": {"limits": {"memory": "4Gi"}},
        "run-cpu-500m-memory-512mi": {
            "requests": {"cpu": "500m", "memory": "512Mi"},
            "limits": {"memory": "4Gi"},
        },
        "run-memory-1gi": {"requests": {"memory": "1Gi"}, "limits": {"memory": "4Gi"}},
    }
    assert {name: task["template"] for name, task in tasks(spec).items()} == {
        "clean": "run-cpu-500m-memory-512mi",
        "train": "run-memory-1gi",
        "report": "run",
        "publish": "run",
        "pipeline": "run",
    }


def test_resources_of_the_target_take_the_place_of_those_of_steps() -> None:
    spec = template_spec({**BY_STEP, "resources": {"memory": "2Gi", "gpu": "1"}, "gpu_resource": "amd.com/gpu"})
    resources = {one["name"]: one["container"]["resources"] for one in spec["templates"] if "container" in one}

    assert resources["run-gpu-1-memory-2gi"] == {
        "requests": {"amd.com/gpu": "1", "memory": "2Gi"},
        "limits": {"amd.com/gpu": "1"},
    }


def test_parameters_are_those_of_the_workflow() -> None:
    own = {**BY_STEP, "parameters": {"max_iter": "train.max_iter", "region": "load.region"}}
    spec = template_spec(own)

    assert spec["arguments"]["parameters"] == [{"name": "max_iter", "value": "80"}, {"name": "region", "value": "north"}]
    by_default = commands(own)
    assert by_default["clean"].words == ["./pants", "run", "shop:clean", "--", "shop:load.region=north"]
    assert by_default["train"].words[3:] == ["--", "shop:train.max_iter=80", "shop:load.region=north"]
    assert commands(own, parameters={"region": "south"})["clean"].words[-1] == "shop:load.region=south"


@pytest.mark.parametrize(
    "value", [*LOOK_ALIKES[:6], *LOOK_ALIKES[8:], "\x07\x7f\x1b", "\U000e0041", "a'b\"c\\d\n", "ü" * 300]
)
def test_a_value_of_a_run_arrives_as_it_is(value: str) -> None:
    found = commands({"image": IMAGE, "parameters": {"region": "load.region"}}, parameters={"region": value})

    assert found["pipeline"].words[-1] == f"shop:load.region={value}"


@given(HOSTILE)
@example("{{workflow.parameters.region}}")
@settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])
def test_a_default_arrives_as_it_is_or_is_refused(value: str) -> None:
    own = {"image": IMAGE, "parameters": {"region": "load.region"}}
    steps = [Step("load", params={"region": value})]
    found = problems("argo_workflow", own, steps=steps)

    if found:
        assert found[0].startswith("The 'parameters.region' field in target shop:deploy leads to a default with ")
        return
    (command,) = commands(own, steps=steps).values()
    text = command.words[-1].removeprefix("shop:load.region=")
    assert text == value or json.loads(text) == value


@given(st.dictionaries(st.sampled_from(["A", "B", "PATH_TO_X"]), HOSTILE | st.sampled_from(LOOK_ALIKES)))
@example({"A": "{{workflow.name}}", "B": "$(A)"})
@settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])
def test_values_of_variables_arrive_as_they_are(values: dict[str, str]) -> None:
    (command,) = commands({"image": IMAGE, "env_vars": values}).values()

    assert {name: command.environment[name] for name in values} == values


@given(st.text("ab${}()='\"\n é", min_size=1, max_size=300))
@example("a{{workflow.name}}")
@example("$(PATH)")
@settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])
def test_names_of_steps_arrive_as_they_are_or_are_refused(name: str) -> None:
    own = {**BY_STEP, "parameters": {"limit": f"shop:{name}.limit"}}
    steps = [Step(f"shop:{name}", params={"limit": 1})]
    found = problems("argo_workflow", own, steps=steps)

    if found:
        assert (
            "which would be read as something else on its way" in found[0] or "must be 'step.parameter'" in found[0]
        ), found
        return
    words = [command.words for command in commands(own, steps=steps).values()]
    assert words[0] == ["./pants", "run", f"shop:{name}", "--", f"shop:{name}.limit=1"]


def test_a_step_that_argo_would_read_a_tag_in_is_refused() -> None:
    steps = [Step("shop:a{{workflow.name}}")]

    assert problems("argo_workflow", BY_STEP, steps=steps) == [
        "The 'pipeline' field in target shop:deploy leads to a target with '{{', which would be read as something else on "
        "its way: 'shop:a{{workflow.name}}'. Rename it."
    ]


def test_secrets_and_config_maps_are_references() -> None:
    own = {
        "image": IMAGE,
        "secrets": {"DB_PASSWORD": "database/password"},
        "config_maps": {"DB_HOST": "database/host", "CACHE": "cache/address"},
        "remote_cache": "$CACHE",
        "remote_cache_token": "cache/token",
    }
    spec = template_spec(own)
    (runner,) = (one["container"] for one in spec["templates"] if "container" in one)

    assert [one for one in runner["env"] if "valueFrom" in one] == [
        {"name": "DB_PASSWORD", "valueFrom": {"secretKeyRef": {"name": "database", "key": "password"}}},
        {"name": "CACHE", "valueFrom": {"configMapKeyRef": {"name": "cache", "key": "address"}}},
        {"name": "DB_HOST", "valueFrom": {"configMapKeyRef": {"name": "database", "key": "host"}}},
        {"name": "PANTS_REMOTE_STORE_ADDRESS", "valueFrom": {"configMapKeyRef": {"name": "cache", "key": "address"}}},
    ]
    assert spec["volumes"][0]["secret"]["secretName"] == "cache"
    assert runner["volumeMounts"][0]["name"] == spec["volumes"][0]["name"]
    assert objects(own)["ConfigMap"]["data"]["PANTS_REMOTE_OAUTH_BEARER_TOKEN_PATH"] == "/run/wombat/remote-cache/token"


def test_the_commit_of_the_image_comes_from_a_config_map_of_the_deployment() -> None:
    own = {"image": "registry.example/jobs:{git_commit}", "namespace": "ds-prod"}
    made = objects(own)
    config_maps = {"deploy": made["ConfigMap"]["data"], "deploy-image": {"git_commit": "4f2a"}}
    (pod,) = pods_of(made["WorkflowTemplate"], config_maps=config_maps)

    assert pod.container["image"] == "registry.example/jobs:4f2a"
    assert made["Kustomization"]["namespace"] == "ds-prod"
    assert made["Kustomization"]["configMapGenerator"] == [
        {
            "name": "deploy-image",
            "literals": ["git_commit=git-commit-not-set"],
            "options": {
                "disableNameSuffixHash": True,
                "labels": {"workflows.argoproj.io/configmap-type": "Parameter"},
            },
        }
    ]


def test_a_schedule_makes_a_cron_workflow() -> None:
    own = {"image": IMAGE, "schedule": "30 4 * * 1-5", "timezone": "Europe/Berlin", "concurrency_policy": "Replace"}

    assert objects(own)["CronWorkflow"]["spec"] == {
        "schedules": ["30 4 * * 1-5"],
        "timezone": "Europe/Berlin",
        "concurrencyPolicy": "Replace",
        "startingDeadlineSeconds": 600,
        "workflowSpec": {"workflowTemplateRef": {"name": "deploy"}},
    }
    assert "CronWorkflow" in objects({"image": IMAGE}, schedule="0 4 * * *")
    assert "CronWorkflow" not in objects({"image": IMAGE, "schedule": "never"}, schedule="0 4 * * *")
    assert sorted(rendered("argo_workflow", own)) == [
        f"{DIRECTORY}/{name}.yaml" for name in ("config-map", "cron-workflow", "kustomization", "workflow-template")
    ]


def test_the_workflow_has_the_settings_of_the_target() -> None:
    own = {
        **BY_STEP,
        "namespace": "ds-prod",
        "object_name": "flights",
        "service_account": "pipelines",
        "retries": 2,
        "timeout_s": 900,
        "parallelism": 3,
        "semaphore": "limits/nightly",
        "ttl_s": 60,
        "labels": {"team": "data"},
        "annotations": {"example.com/owner": "data"},
        "node_selector": {"pool": "big"},
        "tolerations": [{"key": "batch", "operator": "Exists", "effect": "NoSchedule"}],
        "image_pull_secrets": ["registry"],
        "image_pull_policy": "Always",
    }
    made = objects(own, schedule="0 4 * * *")
    template, cron = made["WorkflowTemplate"], made["CronWorkflow"]
    spec = template["spec"]
    runner = next(one for one in spec["templates"] if one["name"] == "run")

    assert cron["spec"]["workflowSpec"]["workflowTemplateRef"]["name"] == template["metadata"]["name"] == "flights"
    assert template["metadata"]["namespace"] == "ds-prod"
    assert template["metadata"]["annotations"] == {"example.com/owner": "data"}
    assert spec["podMetadata"]["labels"]["team"] == "data"
    assert spec["serviceAccountName"] == "pipelines"
    assert spec["parallelism"] == 3
    assert spec["synchronization"] == {"semaphores": [{"configMapKeyRef": {"name": "limits", "key": "nightly"}}]}
    assert spec["ttlStrategy"] == {"secondsAfterCompletion": 60}
    assert spec["nodeSelector"] == {"pool": "big"}
    assert spec["tolerations"] == [{"key": "batch", "operator": "Exists", "effect": "NoSchedule"}]
    assert spec["imagePullSecrets"] == [{"name": "registry"}]
    assert runner["retryStrategy"] == {"limit": "2", "retryPolicy": "Always"}
    assert runner["activeDeadlineSeconds"] == 900
    assert runner["container"]["imagePullPolicy"] == "Always"


def test_pods_pass_the_restricted_standard() -> None:
    spec = template_spec({**BY_STEP, "notify_webhook": "chat/url"})

    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    containers = [template["container"] for template in spec["templates"] if "container" in template]
    assert len(containers) == 4
    for container in containers:
        assert container["securityContext"] == {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}


@pytest.fixture
def webhook() -> Iterator[tuple[str, list[Any]]]:
    """The address of a server, and what it was sent."""
    received: list[Any] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *arguments: Any) -> None:
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/hook", received
    server.shutdown()
    server.server_close()


def test_the_end_of_a_workflow_is_told(webhook: tuple[str, list[Any]]) -> None:
    address, received = webhook
    spec = template_spec({"image": IMAGE, "notify_webhook": "chat/url"})
    templates = {template["name"]: template for template in spec["templates"]}
    (step,) = templates[spec["onExit"]]["steps"][0]
    notify = pods_of(
        {
            "spec": {
                "entrypoint": "main",
                "templates": [
                    {"name": "main", "dag": {"tasks": [{"name": "x", "template": "notify"}]}},
                    templates[step["template"]],
                ],
            }
        },
        config_maps={},
    )
    command = command_of(notify[0].container, config_maps={}, secrets={"chat": {"url": f"{address}\n"}})
    assert command.words[0] == "python3"
    environment = {**command.environment, "STATUS": "Failed"}

    subprocess.run([sys.executable, *command.words[1:]], env=environment, check=True)

    assert step["when"] == "{{workflow.status}} != Succeeded"
    assert received == [{"text": "shop:pipeline: workflow nightly-x7k2p in ds-prod ended with Failed."}]


def test_every_end_is_told_on_request() -> None:
    spec = template_spec({"image": IMAGE, "notify_webhook": "chat/url", "notify_on": "always"})
    (on_exit,) = (template for template in spec["templates"] if template["name"] == spec["onExit"])

    assert on_exit["steps"] == [[{"name": "notify", "template": "notify"}]]


def test_the_order_of_settings_and_steps_changes_nothing() -> None:
    own = {
        **BY_STEP,
        "env_vars": {"A": "1", "B": "2"},
        "secrets": {"C": "c/c", "D": "d/d"},
        "labels": {"x": "1", "y": "2"},
        "parameters": {"max_iter": "train.max_iter", "region": "load.region"},
    }
    turned = {key: dict(reversed(value.items())) if isinstance(value, dict) else value for key, value in own.items()}

    assert rendered("argo_workflow", turned, steps=tuple(reversed(FLOW))) == rendered("argo_workflow", own)


def test_removing_a_step_removes_its_task_and_nothing_else() -> None:
    own = {**BY_STEP, "group_chains": False}
    before = template_spec(own)
    without = [Step("publish", needs=("train",)) if one.name == "publish" else one for one in FLOW if one.name != "report"]
    after = template_spec(own, steps=without)

    expected = {name: dict(task) for name, task in tasks(before).items() if name != "report"}
    expected["publish"]["dependencies"] = ["train"]
    assert tasks(after) == expected
    assert {key: value for key, value in after.items() if key != "templates"} == {
        key: value for key, value in before.items() if key != "templates"
    }
    assert after["templates"][1:] == before["templates"][1:]


def test_a_patch_sets_what_no_field_sets() -> None:
    patch = {"WorkflowTemplate": {"spec": {"archiveLogs": True, "podGC": None}}, "CronWorkflow": {"spec": {"suspend": True}}}
    made = objects({"image": IMAGE, "patch": patch}, schedule="0 4 * * *")

    assert made["WorkflowTemplate"]["spec"]["archiveLogs"] is True
    assert "podGC" not in made["WorkflowTemplate"]["spec"]
    assert made["CronWorkflow"]["spec"]["suspend"] is True


@pytest.mark.parametrize(
    ("own", "message"),
    [
        pytest.param(
            {"image": "registry.example/jobs:latest"},
            "The 'image' field in target shop:deploy must have a tag other than 'latest', or a digest, in production, but "
            "was 'registry.example/jobs:latest'. Write for instance 'registry.example/jobs:{git_commit}', or set "
            "environment='development'.",
            id="image",
        ),
        pytest.param(
            {"image": IMAGE, "granularity": "step"},
            "The 'remote_cache' field in target shop:deploy must be set with granularity='step': jobs of Argo run on "
            "machines of their own and would each compute again what the others have. Name a cache server, or set "
            "granularity='pipeline'.",
            id="no remote cache",
        ),
        pytest.param(
            {**BY_STEP, "remote_cache": "$CACHE"},
            "The 'remote_cache' field in target shop:deploy names the variable CACHE, which nothing sets. Set it in "
            "'env_vars', 'secrets' or 'config_maps', or write the address itself.",
            id="unknown variable",
        ),
        pytest.param(
            {"image": IMAGE, "secrets": {"A": "password"}},
            "The 'secrets.A' field in target shop:deploy must be 'OBJECT/KEY', such as 'database/password', but was "
            "'password'.",
            id="secret",
        ),
        pytest.param(
            {"image": IMAGE, "secrets": {"A": "a/a"}, "env_vars": {"A": "1"}},
            "The 'secrets.A' field in target shop:deploy must not be set, since 'env_vars' sets the variable, too.",
            id="twice",
        ),
        pytest.param(
            {"image": IMAGE, "secrets": {"WOMBAT_PARAMETER_REGION": "a/a"}},
            "The 'secrets.WOMBAT_PARAMETER_REGION' field in target shop:deploy must have another name: Wombat needs this one "
            "itself.",
            id="name of a variable",
        ),
        pytest.param(
            {"image": IMAGE, "concurrency_policy": "Fobid"},
            "The 'concurrency_policy' field in target shop:deploy must be 'Allow', 'Forbid' or 'Replace', but was 'Fobid'.",
            id="policy",
        ),
        pytest.param(
            {"image": IMAGE, "schedule": "0 99 * * *"},
            "The 'schedule' field in target shop:deploy must be a cron expression of five fields (minute hour day month "
            "weekday), such as '0 4 * * *': bad hour, but was '0 99 * * *'.",
            id="cron",
        ),
        pytest.param(
            {"image": IMAGE, "resources": {"memory": "1 GB"}},
            "The 'resources' field in target shop:deploy must give 'memory' in bytes, such as '512Mi' or '2Gi', but was "
            "{'memory': '1 GB'}.",
            id="quantity",
        ),
        pytest.param(
            {"image": "jobs:{git_commit}", "parameters": {"git_commit": "load.region"}},
            "The 'parameters.git_commit' field in target shop:deploy must have another name: it is that of the parameter "
            "for the image's tag.",
            id="name of a parameter",
        ),
        pytest.param(
            {"image": IMAGE, "patch": {"WorkflowTemplate": {"spec": {"entrypoint": "mian"}}}},
            "The 'patch' field in target shop:deploy makes what Argo refuses. entrypoint names the template 'mian', which "
            "is not there.",
            id="patch",
        ),
        pytest.param(
            {"image": IMAGE, "patch": {"Workflow": {}}},
            "The 'patch' field in target shop:deploy has the key 'Workflow', but must have those of objects: ConfigMap, "
            "ConfigMap/deploy, Kustomization, WorkflowTemplate, WorkflowTemplate/deploy.",
            id="kind of a patch",
        ),
    ],
)
def test_bad_settings_are_told(own: dict[str, Any], message: str) -> None:
    assert problems("argo_workflow", own) == [message]


@pytest.mark.parametrize("count", [1, 2, 100, 2000])
def test_a_graph_of_any_size_is_one_workflow(count: int) -> None:
    spec = template_spec(BY_STEP, steps=wide_and_deep(count))

    ran = {task["arguments"]["parameters"][0]["value"] for task in tasks(spec).values()}
    assert f"shop:step_{count - 1}" in ran and "shop:pipeline" in ran
    assert len(json.dumps(spec)) < 1024 * 1024


def test_what_does_not_fit_into_a_workflow_is_refused() -> None:
    steps = [Step(f"{'very_long_name_' * 15}{number}", needs=[]) for number in range(2000)]
    (message,) = problems("argo_workflow", BY_STEP, steps=steps)

    assert message.startswith("The 'granularity' field in target shop:deploy makes ")
    assert message.endswith(
        " bytes in a workflow with its status, and Argo takes at most 1048576 "
        "(https://argo-workflows.readthedocs.io/en/latest/offloading-large-workflows/). Group chains, deploy parts as "
        "pipelines of their own, or set granularity='pipeline'."
    )
