"""Jobs and CronJobs of Kubernetes: what is generated from plans, and what is refused."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from deployment_plans import FLOW, Step, graph_document, problems, rendered, wide_and_deep
from manifests import objects, pod_of, variables_of
from wombat_tool.deployment import pods
from wombat_tool.deployment.kubernetes_objects import LARGEST_OBJECT, NO_COMMIT

IMAGE = "registry.example/jobs:{git_commit}"
CACHE = {
    "address": "infra:cache",
    "type": "remote_cache",
    "directory": "infra",
    "settings": {"server": "casd", "image": "casd:1", "namespace": "build"},
}


def job(**settings: Any) -> dict[str, Any]:
    """The objects of a target."""
    return objects("kubernetes_job", {"image": IMAGE, **settings})


def problem(**settings: Any) -> str:
    """What is said of the only mistake of a target."""
    (message,) = problems("kubernetes_job", {"image": IMAGE, **settings})
    return message.removeprefix("The '").removesuffix(".")


def test_without_a_schedule_it_is_a_job_that_goes_away() -> None:
    found = job(retries=2, timeout_s=3600)

    assert found.keys() == {"Job", "ServiceAccount", "ConfigMap", "NetworkPolicy", "Kustomization"}
    spec = {key: value for key, value in found["Job"]["spec"].items() if key != "template"}
    assert spec == {"backoffLimit": 2, "activeDeadlineSeconds": 3600, "ttlSecondsAfterFinished": 604800}
    (container,) = pod_of(found)["containers"]
    assert container["command"] + container["args"] == ["./pants", "run", "shop:pipeline"]
    assert "initContainers" not in pod_of(found) and "volumes" not in pod_of(found)


def test_with_a_schedule_it_is_a_cron_job() -> None:
    found = job(
        schedule="30 4 * * 1-5", timezone="Europe/Berlin", starting_deadline_s=600, failed_history=9, suspend=True, retries=1
    )

    spec = found["CronJob"]["spec"]
    assert {key: value for key, value in spec.items() if key != "jobTemplate"} == {
        "schedule": "30 4 * * 1-5",
        "timeZone": "Europe/Berlin",
        "concurrencyPolicy": "Forbid",
        "startingDeadlineSeconds": 600,
        "suspend": True,
        "successfulJobsHistoryLimit": 3,
        "failedJobsHistoryLimit": 9,
    }
    assert spec["jobTemplate"]["spec"].keys() == {"backoffLimit", "template"}


def test_the_schedule_of_the_pipeline_counts_unless_it_is_never() -> None:
    settings = {"image": IMAGE}

    assert objects("kubernetes_job", settings, schedule="@daily")["CronJob"]["spec"]["schedule"] == "0 0 * * *"
    assert "Job" in objects("kubernetes_job", {**settings, "schedule": "never"}, schedule="@daily")


def test_all_objects_have_names_labels_and_a_namespace() -> None:
    found = job(schedule="@daily", namespace="ds", object_name="flights", labels={"team": "ds"}, annotations={"x/y": "z"})

    del found["Kustomization"]
    for one in found.values():
        assert one["metadata"]["name"] == "flights" and one["metadata"]["namespace"] == "ds"
        assert one["metadata"]["labels"] == {
            "app.kubernetes.io/managed-by": "wombat",
            "app.kubernetes.io/name": "flights",
            "team": "ds",
        }
    assert found["CronJob"]["metadata"]["annotations"] == {"x/y": "z"}


def test_steps_are_containers_one_after_the_other_with_their_own_resources() -> None:
    found = job(granularity="step", limits={"memory": "4Gi"})

    spec = pod_of(found)
    assert [one["name"] for one in spec["initContainers"]] == ["prepare-cache", "clean", "report", "train", "publish"]
    (last,) = spec["containers"]
    assert last["name"] == "pipeline" and last["args"] == ["run", "shop:pipeline"]
    by_name = {one["name"]: one for one in spec["initContainers"]}
    assert by_name["clean"]["args"] == ["run", "shop:clean"], "the last of a chain runs those before it"
    assert by_name["train"]["resources"] == {"requests": {"memory": "1Gi"}, "limits": {"memory": "4Gi"}}
    assert by_name["clean"]["resources"]["requests"] == {"cpu": "500m", "memory": "512Mi"}
    assert {one["name"] for one in spec["volumes"]} == {"cache"}
    for one in [*spec["initContainers"][1:], last]:
        assert one["volumeMounts"] == [{"name": "cache", "mountPath": "/home/wombat/.cache/pants", "subPath": "pants"}]


def test_a_step_may_have_the_name_of_the_container_that_prepares() -> None:
    steps = (Step("prepare_cache"), Step("train", needs=("prepare_cache",)))

    found = objects("kubernetes_job", {"image": IMAGE, "granularity": "step", "group_chains": False}, steps=steps)

    assert [one["name"] for one in pod_of(found)["initContainers"]] == ["prepare-cache-0", "prepare-cache", "train"]


def test_parameters_are_variables_that_kubernetes_puts_in() -> None:
    found = job(granularity="step", parameters={"rate": "train.rate", "region": "load.region"})

    spec = pod_of(found)
    by_name = {one["name"]: one for one in (*spec["initContainers"], *spec["containers"])}
    region, rate = "shop:load.region=$(WOMBAT_PARAMETER_REGION)", "shop:train.rate=$(WOMBAT_PARAMETER_RATE)"
    assert by_name["report"]["args"] == ["run", "shop:report", "--", region]
    assert by_name["pipeline"]["args"] == ["run", "shop:pipeline", "--", rate, region]
    variables = variables_of(by_name["train"], found)
    assert (variables["WOMBAT_PARAMETER_RATE"], variables["WOMBAT_PARAMETER_REGION"]) == ("0.5", "north")


def test_secrets_and_config_maps_are_referred_to() -> None:
    found = job(
        secrets={"PASSWORD": "db/password"},
        config_maps={"HOST": "db/host"},
        secret_files={"/secrets/key.json": "gcp/key"},
        image_pull_secrets=["registry"],
    )

    spec = pod_of(found)
    (container,) = spec["containers"]
    variables = variables_of(container, found)
    assert variables["PASSWORD"] == {"secretKeyRef": {"name": "db", "key": "password"}}
    assert variables["HOST"] == {"configMapKeyRef": {"name": "db", "key": "host"}}
    assert spec["imagePullSecrets"] == [{"name": "registry"}]
    (mount,) = container["volumeMounts"]
    (volume,) = spec["volumes"]
    assert mount == {"name": volume["name"], "mountPath": "/secrets/key.json", "subPath": "file", "readOnly": True}
    assert volume["secret"]["items"] == [{"key": "key", "path": "file"}] and volume["secret"]["secretName"] == "gcp"


def test_a_cache_server_and_its_token_reach_pants() -> None:
    found = objects(
        "kubernetes_job",
        {"image": IMAGE, "remote_cache": "infra:cache", "remote_cache_token": "cache/token", "egress": []},
        others=[CACHE],
    )

    (container,) = pod_of(found)["containers"]
    variables = variables_of(container, found)
    assert variables["PANTS_REMOTE_STORE_ADDRESS"] == "grpc://cache.build.svc:9092"
    assert variables["PANTS_REMOTE_CACHE_WRITE"] == "true"
    assert variables["PANTS_REMOTE_OAUTH_BEARER_TOKEN_PATH"] == pods.TOKEN_PATH
    assert container["volumeMounts"] == [pods.token_mount()]
    namespaces = [rule["to"][0]["namespaceSelector"]["matchLabels"] for rule in found["NetworkPolicy"]["spec"]["egress"]]
    assert namespaces == [{"kubernetes.io/metadata.name": "kube-system"}, {"kubernetes.io/metadata.name": "build"}]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"config_maps": {"CACHE": "cache/address"}}, {"configMapKeyRef": {"name": "cache", "key": "address"}}),
        ({"secrets": {"CACHE": "cache/address"}}, {"secretKeyRef": {"name": "cache", "key": "address"}}),
        ({"env_vars": {"CACHE": "grpc://cache:1"}}, "grpc://cache:1"),
    ],
)
def test_the_address_of_the_cache_may_come_from_a_variable(settings: dict[str, Any], expected: Any) -> None:
    found = job(remote_cache="$CACHE", **settings)

    (container,) = pod_of(found)["containers"]
    assert variables_of(container, found)["PANTS_REMOTE_STORE_ADDRESS"] == expected


def test_where_pods_run_and_on_what() -> None:
    toleration = {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}

    spec = pod_of(
        job(
            resources={"gpu": "1", "cpu": "2500m", "memory": "4K"},
            gpu_resource="amd.com/gpu",
            node_selector={"pool": "gpu", "arch": "amd64"},
            tolerations=[toleration],
            priority_class="low",
            service_account="jobs",
        )
    )

    (container,) = spec["containers"]
    assert container["resources"] == {
        "requests": {"cpu": "2500m", "amd.com/gpu": "1", "memory": "4k"},
        "limits": {"amd.com/gpu": "1"},
    }
    assert container["env"] == [{"name": "PANTS_PROCESS_EXECUTION_LOCAL_PARALLELISM", "value": "3"}]
    assert list(spec["nodeSelector"].items()) == [("arch", "amd64"), ("pool", "gpu")]
    assert spec["tolerations"] == [toleration]
    assert (spec["priorityClassName"], spec["serviceAccountName"]) == ("low", "jobs")


def test_egress_is_named_or_free() -> None:
    free = job()["NetworkPolicy"]["spec"]
    named = job(egress=[{"cidr": "10.0.0.0/8", "ports": [5432]}, {"namespace": "warehouse"}])["NetworkPolicy"]["spec"]

    assert (free["policyTypes"], free["ingress"]) == (["Ingress"], []) and "egress" not in free
    assert named["policyTypes"] == ["Ingress", "Egress"] and named["ingress"] == []
    assert named["egress"][1:] == [
        {"to": [{"ipBlock": {"cidr": "10.0.0.0/8"}}], "ports": [{"protocol": "TCP", "port": 5432}]},
        {"to": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "warehouse"}}}]},
    ]


def test_a_cache_that_is_kept_is_a_volume_of_one_pod() -> None:
    found = job(schedule="@daily", cache_storage="50Gi", cache_storage_class="ssd")

    claim = found["PersistentVolumeClaim"]
    assert claim["spec"] == {
        "accessModes": ["ReadWriteOncePod"],
        "resources": {"requests": {"storage": "50Gi"}},
        "storageClassName": "ssd",
    }
    spec = pod_of(found)
    assert spec["volumes"] == [{"name": "cache", "persistentVolumeClaim": {"claimName": claim["metadata"]["name"]}}]
    assert pod_of(job(cache_claim="disk"))["volumes"] == [{"name": "cache", "persistentVolumeClaim": {"claimName": "disk"}}]
    assert pod_of(job(cache_size="9Gi"))["volumes"] == [{"name": "cache", "emptyDir": {"sizeLimit": "9Gi"}}]


def test_the_volume_is_filled_once_and_cleared_of_sandboxes(tmp_path: Path) -> None:
    home, volume = tmp_path / "home", tmp_path / "volume"
    (home / ".cache/pants/named_caches").mkdir(parents=True)
    (home / ".cache/pants/named_caches/wheel").write_text("of the image")
    # What a pod left that went away while it copied.
    (volume / "filling/named_caches").mkdir(parents=True)
    prepare = pod_of(job(granularity="step"))["initContainers"][0]
    assert [mount["mountPath"] for mount in prepare["volumeMounts"]] == ["/cache"]
    command = [word.replace("/cache\n", f"{volume}\n") for word in prepare["command"] + prepare["args"]]

    def run() -> None:
        subprocess.run(command, check=True, env={"HOME": str(home), "PATH": os.environ["PATH"]})

    run()
    kept = volume / "pants/named_caches/wheel"
    assert kept.read_text() == "of the image" and not (volume / "filling").exists()

    kept.write_text("of an earlier run")
    kept.chmod(0o555)
    closed = volume / "pants/sandboxes/one/inputs"
    closed.mkdir(parents=True)
    os.link(kept, closed / "link")
    closed.chmod(0o555)
    run()
    assert kept.read_text() == "of an earlier run" and kept.stat().st_mode & 0o777 == 0o555
    assert list((volume / "pants/sandboxes").iterdir()) == []


def test_with_a_read_only_root_all_that_is_written_is_on_volumes() -> None:
    found = job(read_only_root_filesystem=True)

    spec = pod_of(found)
    for container in (*spec["initContainers"], *spec["containers"]):
        assert container["securityContext"]["readOnlyRootFilesystem"] is True
    (container,) = spec["containers"]
    written = [mount["mountPath"] for mount in container["volumeMounts"]]
    assert written == ["/home/wombat/.cache/pants", "/work", "/tmp"]
    variables = variables_of(container, found)
    names = ("PANTS_WORKDIR", "PANTS_SUBPROCESSDIR", "PANTS_DISTDIR", "PANTS_WOMBAT_RUNS_DIR")
    assert all(variables[name].startswith("/work/") for name in names)
    assert variables["PANTS_LOCAL_EXECUTION_ROOT_DIR"].startswith("/home/wombat/.cache/pants/")


def test_the_commit_of_the_image_is_set_when_it_is_deployed() -> None:
    found = job(granularity="step")

    assert found["Kustomization"]["images"] == [{"name": "registry.example/jobs", "newTag": NO_COMMIT}]
    spec = pod_of(found)
    images = {one["image"] for one in (*spec["initContainers"], *spec["containers"])}
    assert images == {f"registry.example/jobs:{NO_COMMIT}"}
    assert "images" not in objects("kubernetes_job", {"image": "jobs:1.4"})["Kustomization"]


def test_kustomize_is_told_of_every_file() -> None:
    files = rendered("kubernetes_job", {"image": IMAGE, "output": "ops/nightly", "cache_storage": "5Gi"})
    (found,) = (text for path, text in files.items() if path.endswith("kustomization.yaml"))

    assert {path.rpartition("/")[0] for path in files} == {"ops/nightly"}
    listed = set(re.findall(r"- (\S+\.yaml)", found))
    assert listed == {path.rpartition("/")[2] for path in files} - {"kustomization.yaml"}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"image": "registry.example/jobs"}, "image' field in target shop:deploy must have a tag other than 'latest', or a"),
        ({"timezone": "Mars"}, "timezone' field in target shop:deploy must be a time zone of the IANA database"),
        ({"schedule": "0 99 * * *"}, "schedule' field in target shop:deploy must be a cron expression of five fields"),
        ({"schedule": "@daily", "starting_deadline_s": 5}, "starting_deadline_s' field in target shop:deploy must be 10 or"),
        ({"concurrency_policy": "Allow"}, "concurrency_policy' field in target shop:deploy must not be set without a sched"),
        (
            {"schedule": "@daily", "concurrency_policy": "Sometimes"},
            "concurrency_policy' field in target shop:deploy must be 'Allow', 'Forbid' or 'Replace', but was 'Sometimes'",
        ),
        (
            {"schedule": "@daily", "concurrency_policy": "Allow", "cache_storage": "9Gi"},
            "concurrency_policy' field in target shop:deploy must not be 'Allow' with a volume that is kept",
        ),
        (
            {"cache_storage": "1 GB"},
            "cache_storage' field in target shop:deploy must be a size of 1Gi or more, such as '100Gi'",
        ),
        ({"cache_storage_class": "x"}, "cache_storage_class' field in target shop:deploy needs `cache_storage`"),
        (
            {"cache_storage": "9Gi", "cache_claim": "x"},
            "cache_claim' field in target shop:deploy must not be set together with `cache_storage`",
        ),
        ({"cache_claim": "x", "cache_size": "9Gi"}, "cache_size' field in target shop:deploy must not be set with a volume"),
        ({"resources": {"memory": "1 GB"}}, "resources' field in target shop:deploy must give 'memory' in bytes"),
        ({"resources": {"disk": "1"}}, "resources' field in target shop:deploy must have keys out of cpu, memory"),
        (
            {"limits": {"memory": "512Mi"}},
            "limits.memory' field in target shop:deploy must not be below what the jobs ask for, 1Gi, but was '512Mi'",
        ),
        (
            {"secrets": {"A": "db"}},
            "secrets.A' field in target shop:deploy must be 'OBJECT/KEY', such as 'database/password'",
        ),
        (
            {"secrets": {"A-B": "db/x"}},
            "secrets.A-B' field in target shop:deploy must be the name of an environment variable",
        ),
        ({"config_maps": {"A": "DB/x"}}, "config_maps.A' field in target shop:deploy must be the name of an object"),
        (
            {"secrets": {"A": "db/x"}, "env_vars": {"A": "1"}},
            "secrets.A' field in target shop:deploy must have another name, since `env_vars` sets it, too",
        ),
        (
            {"secrets": {"HOME": "db/x"}},
            "secrets.HOME' field in target shop:deploy must have another name, since Wombat sets it, too",
        ),
        ({"remote_cache": "$X"}, "remote_cache' field in target shop:deploy names the variable 'X', which pods do not have"),
        ({"secret_files": {"key": "a/b"}}, "secret_files' field in target shop:deploy must have absolute paths"),
        ({"labels": {"a b": "c"}}, "labels.a b' field in target shop:deploy must be a name of letters, digits"),
        ({"labels": {"a": "b c"}}, "labels.a' field in target shop:deploy must be at most 63 letters, digits"),
        ({"namespace": "a.b"}, "namespace' field in target shop:deploy must be small letters, digits and '-'"),
        ({"object_name": "x" * 53}, "object_name' field in target shop:deploy must be at most 52 characters"),
        ({"tolerations": [{"operator": "Is"}]}, "tolerations.0.operator' field in target shop:deploy must be 'Equal' or"),
        (
            {"tolerations": [{"key": "a", "operator": "Exists", "value": "b"}]},
            "tolerations.0' field in target shop:deploy must have no 'value' with the operator 'Exists'",
        ),
        ({"egress": [{"ports": [1]}]}, "egress.0' field in target shop:deploy must have either 'cidr' or 'namespace'"),
        (
            {"egress": [{"cidr": "10.0.0.0/99"}]},
            "egress.0' field in target shop:deploy must have a 'cidr' such as '10.0.0.0/8'",
        ),
        ({"replicas": 3}, "replicas' field in target shop:deploy is not known here. Remove it, or set it by `patch`"),
        (
            {"service_account": "a", "service_account_annotations": {"b": "c"}},
            "service_account_annotations' field in target",
        ),
    ],
)
def test_a_wrong_setting_is_refused_with_what_is_allowed(settings: dict[str, Any], message: str) -> None:
    assert problem(**settings).startswith(message)


HOSTILE = st.text("$({})\"'\n\t\\#&*!|>%@` \u00e9\u2028NAMEon1e30777~:-", max_size=300) | st.text(
    st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=300
)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.from_regex(r"[A-Z][A-Z0-9_]{0,8}", fullmatch=True), HOSTILE, max_size=3))
@example({"X": "$(HOME)", "Y": "on", "Z": "1e3"})
@example({"X": "0777", "Y": "${{ github.token }}", "Z": "{{ x }}\n- a: b"})
def test_values_of_variables_read_back_equal(values: dict[str, str]) -> None:
    # The data of a config map is taken as it is; only what stands in the pod itself is looked through for variables.
    values.pop("HOME", None)

    found = job(env_vars=values)

    data = found["ConfigMap"]["data"]
    assert {name: data[name] for name in values} == values


@settings(max_examples=40, deadline=None)
@given(HOSTILE.filter(lambda text: "\n" not in text), HOSTILE)
def test_parameters_cannot_break_out_of_their_argument(region: str, other: str) -> None:
    steps = (Step("load", params={"region": region, "other": other}),)

    found = objects("kubernetes_job", {"image": IMAGE, "parameters": {"region": "load.region"}}, steps=steps)

    (container,) = pod_of(found)["containers"]
    assert container["args"] == ["run", "shop:pipeline", "--", "shop:load.region=$(WOMBAT_PARAMETER_REGION)"]


@pytest.mark.parametrize("granularity", ["pipeline", "step"])
def test_the_order_of_what_is_declared_does_not_matter(granularity: str) -> None:
    settings = {
        "image": IMAGE,
        "granularity": granularity,
        "env_vars": {"A": "1", "B": "2"},
        "secrets": {"C": "s/c", "D": "s/d"},
        "labels": {"x": "1", "y": "2"},
        "node_selector": {"x": "1", "y": "2"},
        "parameters": {"rate": "train.rate", "region": "load.region"},
    }
    turned = {
        key: dict(reversed(value.items())) if isinstance(value, dict) else value for key, value in reversed(settings.items())
    }

    assert rendered("kubernetes_job", settings) == rendered("kubernetes_job", turned, steps=tuple(reversed(FLOW)))


def test_removing_a_step_removes_its_container_and_nothing_else() -> None:
    settings = {"image": IMAGE, "granularity": "step", "group_chains": False}
    without = tuple(step for step in FLOW if step.name not in ("report", "publish")) + (Step("publish", needs=("train",)),)

    before = pod_of(objects("kubernetes_job", settings))["initContainers"]
    after = pod_of(objects("kubernetes_job", settings, steps=without))["initContainers"]

    assert [one for one in before if one["name"] != "report"] == after


def test_one_step_and_the_most_that_a_pod_holds() -> None:
    settings = {"image": IMAGE, "granularity": "step", "group_chains": False}

    one = pod_of(objects("kubernetes_job", settings, steps=wide_and_deep(1)))
    many = pod_of(objects("kubernetes_job", settings, steps=wide_and_deep(500)))
    (message,) = problems("kubernetes_job", settings, steps=wide_and_deep(2000))

    assert [container["name"] for container in one["initContainers"]] == ["prepare-cache", "step-0"]
    names = [container["name"] for container in many["initContainers"]]
    assert len(set(names)) == 501
    assert re.fullmatch(
        rf"The 'granularity' field in target shop:deploy makes \d+ bytes of Job, and Kubernetes takes at most "
        rf"{LARGEST_OBJECT} \(https://etcd\.io/docs/v3\.5/dev-guide/limit/\)\. Set granularity='pipeline', or deploy parts of "
        r"the pipeline by targets of their own\.",
        message,
    )
    assert rendered("kubernetes_job", {"image": IMAGE}, steps=wide_and_deep(2000))


def test_containers_come_in_an_order_in_which_they_can_run() -> None:
    steps = wide_and_deep(60)
    document = graph_document(steps)
    made = {step["outputs"][0]["dataset"]: step["address"] for step in document["steps"]}
    found = objects("kubernetes_job", {"image": IMAGE, "granularity": "step", "group_chains": False}, steps=steps)

    order = [one["args"][1] for one in pod_of(found)["initContainers"][1:]]

    assert len(order) == 60
    for step in document["steps"]:
        needs = [made[item["dataset"]] for item in step["inputs"]]
        assert all(order.index(need) < order.index(step["address"]) for need in needs)
