"""What Kubernetes refuses and its schemas let pass is found in objects that a patch has changed."""

from __future__ import annotations

from typing import Any

import pytest

from deployment_plans import problems
from manifests import objects
from wombat_tool.deployment.kubernetes_checks import problems_of
from wombat_tool.deployment.merge_patch import merged

JOB: dict[str, Any] = {
    "image": "jobs:1",
    "schedule": "0 4 * * *",
    "cache_storage": "9Gi",
    "resources": {"cpu": "1"},
    "parameters": {"rate": "train.rate"},
}
CACHE: dict[str, Any] = {"server": "bazel-remote", "image": "b:1", "namespace": "build"}


def faults(type_name: str, patch: dict[str, Any]) -> list[str]:
    """What is found in the objects of a target, each kind with a patch on it."""
    settings = JOB if type_name == "kubernetes_job" else CACHE
    found = [
        merged(one, patch.get(kind, {})) for kind, one in objects(type_name, settings).items() if kind != "Kustomization"
    ]
    return problems_of(found)


def of_pod(**spec: Any) -> dict[str, Any]:
    """A patch on the pod of the CronJob."""
    return {"CronJob": {"spec": {"jobTemplate": {"spec": {"template": {"spec": spec}}}}}}


def of_container(**container: Any) -> dict[str, Any]:
    """A patch on the pod's container, which takes the place of it."""
    whole = {"name": "x", "image": "jobs:1", **container}
    return of_pod(containers=[whole])


@pytest.mark.parametrize(
    ("patch", "words"),
    [
        ({"CronJob": {"metadata": {"name": "x" * 53}}}, "metadata.name must be a DNS name of at most 52 characters"),
        ({"CronJob": {"metadata": {"name": "Nightly"}}}, "but was 'Nightly'"),
        ({"ConfigMap": {"metadata": {"namespace": "a.b"}}}, "metadata.namespace must be a DNS label, but was 'a.b'"),
        ({"ServiceAccount": {"metadata": {"labels": {"a b": "x"}}}}, "must have keys like 'team'"),
        ({"ServiceAccount": {"metadata": {"labels": {"a": "x y"}}}}, "metadata.labels.a must be at most 63 letters"),
        ({"ServiceAccount": {"metadata": {"annotations": {"/a": "x"}}}}, "must have keys like 'team'"),
        ({"CronJob": {"spec": {"concurrencyPolicy": "Fobid"}}}, "must be one of Allow, Forbid, Replace, but was 'Fobid'"),
        ({"CronJob": {"spec": {"schedule": "0 99 * * *"}}}, "spec.schedule must be a cron expression of five fields"),
        ({"CronJob": {"spec": {"timeZone": "Europe/Berlni"}}}, "spec.timeZone must be a time zone of the IANA database"),
        ({"PersistentVolumeClaim": {"spec": {"accessModes": ["ReadWriteTwice"]}}}, "but was 'ReadWriteTwice'"),
        (
            {"PersistentVolumeClaim": {"spec": {"resources": {"requests": {"storage": "1Gx"}}}}},
            "spec.resources.requests.storage must be a quantity, such as '500m' or '2Gi', but was '1Gx'",
        ),
        ({"NetworkPolicy": {"spec": {"policyTypes": ["Outgress"]}}}, "but was 'Outgress'"),
        ({"NetworkPolicy": {"spec": {"podSelector": {"matchLabels": {"a": "b"}}}}}, "spec.podSelector selects no pod"),
        (of_pod(restartPolicy="Always"), "restartPolicy must be one of Never, OnFailure, but was 'Always'"),
        (of_pod(serviceAccountName="other"), "a ServiceAccount is named 'other', but nothing makes it"),
        (of_pod(nodeSelector={"a": "b c"}), "nodeSelector.a must be at most 63 letters"),
        (of_pod(tolerations=[{"effect": "NoRun"}]), "must be one of NoSchedule, PreferNoSchedule, NoExecute"),
        (of_pod(tolerations=[{"operator": "Is"}]), "tolerations[0].operator must be one of Equal, Exists"),
        (of_pod(imagePullSecrets=[{"name": "x"}]), "a Secret is named 'x', but nothing makes it"),
        (of_pod(volumes=[{"name": "cache", "emptyDir": {"sizeLimit": "1 GB"}}]), "must be a quantity"),
        (of_pod(volumes=2 * [{"name": "cache", "emptyDir": {}}]), "two volumes have the name 'cache'"),
        (of_pod(volumes=[]), "volumeMounts names the volume 'cache', which the pod does not have"),
        (
            of_pod(volumes=[{"name": "cache", "persistentVolumeClaim": {"claimName": "x"}}]),
            "a PersistentVolumeClaim is named 'x', but nothing makes it",
        ),
        (of_container(name="A"), "the name of a container must be a DNS label, but was 'A'"),
        (of_container(name="prepare-cache"), "two containers have the name 'prepare-cache'"),
        (of_container(imagePullPolicy="Sometimes"), "must be one of Always, IfNotPresent, Never, but was 'Sometimes'"),
        (of_container(ports=[{"containerPort": 70000}]), "containerPort must be from 1 to 65535, but was 70000"),
        (of_container(resources={"limits": {"cpu": "2 cores"}}), "must be a quantity"),
        (
            of_container(resources={"limits": {"memory": "1Gi"}, "requests": {"memory": "2Gi"}}),
            "resources.limits.memory must not be below the request, 2Gi, but was '1Gi'",
        ),
        (of_container(args=["$(NONE)"]), "the command names the variable 'NONE', which nothing sets"),
        (of_container(env=[{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]), "two variables have the name 'A'"),
        (
            of_container(env=[{"name": "A", "valueFrom": {"secretKeyRef": {"name": "db", "key": "a"}}}]),
            "a Secret is named 'db', but nothing makes it",
        ),
        (of_container(envFrom=[{"configMapRef": {"name": "x"}}]), "a ConfigMap is named 'x', but nothing makes it"),
        (
            of_container(volumeMounts=2 * [{"name": "cache", "mountPath": "/a"}]),
            "two volumes have the mountPath '/a'",
        ),
        (of_container(readinessProbe={"tcpSocket": {"port": "http"}}), "readinessProbe names the port 'http'"),
    ],
)
def test_a_fault_of_a_job_is_found(patch: dict[str, Any], words: str) -> None:
    assert faults("kubernetes_job", {}) == []
    assert [fault for fault in faults("kubernetes_job", patch) if words in fault], faults("kubernetes_job", patch)


@pytest.mark.parametrize(
    ("patch", "words"),
    [
        ({"Service": {"metadata": {"name": "a.b"}}}, "metadata.name must be a DNS name of at most 63 characters"),
        ({"Service": {"spec": {"selector": {"a": "b"}}}}, "spec.selector selects no pod"),
        ({"Service": {"spec": {"ports": [{"port": 0}]}}}, "port must be from 1 to 65535, but was 0"),
        ({"Service": {"spec": {"ports": [{"port": 1, "protocol": "tcp"}]}}}, "must be one of TCP, UDP, SCTP"),
        ({"Deployment": {"spec": {"selector": {"matchLabels": {"a": "b"}}}}}, "must select the pods of the template"),
        ({"Deployment": {"spec": {"template": {"spec": {"restartPolicy": "Never"}}}}}, "must be one of Always"),
    ],
)
def test_a_fault_of_a_server_is_found(patch: dict[str, Any], words: str) -> None:
    assert faults("remote_cache", {}) == []
    assert [fault for fault in faults("remote_cache", patch) if words in fault], faults("remote_cache", patch)


@pytest.mark.parametrize(
    ("patch", "message"),
    [
        (
            {"CronJob": {"spec": {"concurrencyPolicy": "Fobid"}}},
            "makes what Kubernetes refuses. In the CronJob deploy, spec.concurrencyPolicy must be one of Allow, Forbid, "
            "Replace, but was 'Fobid'.",
        ),
        (
            {"Job": {}},
            "has the key 'Job', but must have those of objects: ConfigMap, ConfigMap/deploy, CronJob, CronJob/deploy, "
            "Kustomization, NetworkPolicy, NetworkPolicy/deploy, PersistentVolumeClaim, PersistentVolumeClaim/deploy-cache, "
            "ServiceAccount, ServiceAccount/deploy.",
        ),
        (
            {"CronJob": {"spec": None}},
            "makes what Kubernetes refuses. Something that must be there is missing or of another kind: 'schedule'.",
        ),
        (
            {"ServiceAccount": None},
            "makes what Kubernetes refuses. In the CronJob deploy, a ServiceAccount is named 'deploy', but nothing makes it "
            "and no setting says that it is there.",
        ),
    ],
)
def test_a_patch_that_breaks_something_is_refused(patch: dict[str, Any], message: str) -> None:
    assert problems("kubernetes_job", {**JOB, "patch": patch}) == [f"The 'patch' field in target shop:deploy {message}"]


def test_a_patch_sets_and_removes() -> None:
    patch = {
        "CronJob/deploy": {"spec": {"suspend": True}},
        "NetworkPolicy": None,
        "Kustomization": {"namePrefix": "a-"},
    }

    found = objects("kubernetes_job", {**JOB, "patch": patch})

    assert found["CronJob"]["spec"]["suspend"] is True
    assert "NetworkPolicy" not in found
    assert found["Kustomization"]["namePrefix"] == "a-"
    assert "network-policy.yaml" not in found["Kustomization"]["resources"]
    assert "Kustomization" not in objects("kubernetes_job", {**JOB, "patch": {"Kustomization": None}})
