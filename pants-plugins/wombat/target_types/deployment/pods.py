"""The fields of targets whose jobs are pods: in Jobs of Kubernetes, in Argo and in Kubeflow."""

from __future__ import annotations

from typing import Tuple, Type

from pants.engine.target import Field
from pants.util.strutil import help_text

from wombat.target_types.deployment.common import TableSetting, TablesSetting, TextSetting, TextsSetting


class PodSecretsField(TableSetting):
    alias = "secrets"
    help = help_text(
        """
        Environment variables that hold secrets: a dictionary from names to `SECRET/KEY`, the name of a Secret of the
        namespace that runs are in, and one of its keys. Default: none. A step gets those that it names in
        `extra_env_vars`.

        Example:

            argo_workflow(name="nightly", pipeline=":pipeline", image="jobs:1.4", secrets={"DB_PASSWORD": "db/password"})
        """
    )


class PodRemoteCacheTokenField(TextSetting):
    alias = "remote_cache_token"
    help = help_text(
        """
        The token of the cache server, as `SECRET/KEY`. Pods get it as a file, which holds the token and nothing else.
        Default: none, for a server that asks for no token.

        Example:

            argo_workflow(
                name="nightly",
                pipeline=":pipeline",
                image="jobs:1.4",
                remote_cache="grpcs://cache.example:443",
                remote_cache_token="remote-cache/token",
            )
        """
    )


class WorkflowConfigMapsField(TableSetting):
    alias = "config_maps"
    help = help_text(
        """
        Environment variables that hold what somebody keeps in a ConfigMap of the namespace that runs are in: a
        dictionary from names to `CONFIG_MAP/KEY`. `remote_cache="$NAME"` may name one of them. Default: none.

        Example:

            kubeflow_pipeline(name="train", pipeline=":pipeline", image="jobs:1.4", config_maps={"DB_HOST": "db/host"})
        """
    )


class PodLimitsField(TableSetting):
    alias = "limits"
    help = help_text(
        """
        What a job may use at most, in the form of `resources`. Default: no limits, but for GPUs, whose limit is what is
        asked for. A container that takes more memory than its limit is killed, and Pants itself takes about half a
        gigabyte, so leave more than a step needs. A limit of `cpu` is also how many processes Pants runs at a time;
        without one that is what the job asks for.

        Example:

            argo_workflow(name="nightly", pipeline=":pipeline", image="jobs:1.4", limits={"memory": "8Gi"})
        """
    )


class PodGpuResourceField(TextSetting):
    alias = "gpu_resource"
    help = help_text(
        """
        What a GPU, `gpu` in `resources`, is called in the cluster. Default: `nvidia.com/gpu`.

        Example:

            kubeflow_pipeline(name="train", pipeline=":pipeline", image="jobs:1.4", gpu_resource="amd.com/gpu")
        """
    )


class WorkflowLabelsField(TableSetting):
    alias = "labels"
    help = help_text(
        """
        Labels of the pods, and of the objects that are generated. Default: those that say who made them.

        Example:

            argo_workflow(name="nightly", pipeline=":pipeline", image="jobs:1.4", labels={"team": "ds"})
        """
    )


class PodNodeSelectorField(TableSetting):
    alias = "node_selector"
    help = help_text(
        """
        Labels that a node must have to run the pods. Default: none.

        Example:

            argo_workflow(name="nightly", pipeline=":pipeline", image="jobs:1.4", node_selector={"pool": "large"})
        """
    )


class PodTolerationsField(TablesSetting):
    alias = "tolerations"
    help = help_text(
        """
        Taints of nodes that the pods put up with, in the form of Kubernetes: dictionaries with `key`, `operator`
        (`Equal` or `Exists`), `value`, `effect` and `tolerationSeconds`. Default: none.

        Example:

            kubeflow_pipeline(
                name="train",
                pipeline=":pipeline",
                image="jobs:1.4",
                resources={"gpu": "1"},
                tolerations=[{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}],
            )
        """
    )


class PodImagePullSecretsField(TextsSetting):
    alias = "image_pull_secrets"
    help = help_text(
        """
        The names of the Secrets by which the cluster pulls the image. Default: none.

        Example:

            argo_workflow(name="nightly", pipeline=":pipeline", image="jobs:1.4", image_pull_secrets=["registry"])
        """
    )


class WorkflowImagePullPolicyField(TextSetting):
    alias = "image_pull_policy"
    help = help_text(
        """
        When a node pulls the image: `Always`, `IfNotPresent` or `Never`. Default: what Kubernetes does by itself, which
        is `Always` for the tag `latest` and `IfNotPresent` for others.

        Example:

            kubeflow_pipeline(name="train", pipeline=":pipeline", image="jobs:1.4", image_pull_policy="Always")
        """
    )


class ObjectNamespaceField(TextSetting):
    alias = "namespace"
    help = help_text(
        """
        The namespace of the objects. Default: none in the files, so that it is the one they are applied to.

        Example:

            kubernetes_job(name="nightly", pipeline=":pipeline", image="jobs:1.4", namespace="ds-prod")
        """
    )


class ObjectNameField(TextSetting):
    alias = "object_name"
    help = help_text(
        """
        The name of the objects, at most 52 characters. Default: the target's own, with "-" for "_"; set it where
        targets of two directories have one name and one namespace.

        Example:

            kubernetes_job(name="nightly", pipeline=":pipeline", image="jobs:1.4", object_name="flights-nightly")
        """
    )


POD_FIELDS: Tuple[Type[Field], ...] = (
    PodSecretsField,
    PodRemoteCacheTokenField,
    PodLimitsField,
    PodGpuResourceField,
    PodNodeSelectorField,
    PodTolerationsField,
    PodImagePullSecretsField,
)
"""For all systems whose jobs are pods."""

WORKFLOW_POD_FIELDS: Tuple[Type[Field], ...] = (
    *POD_FIELDS,
    WorkflowConfigMapsField,
    WorkflowLabelsField,
    WorkflowImagePullPolicyField,
)
"""For those whose pods are made by a workflow, in Argo and in Kubeflow."""

OBJECT_FIELDS: Tuple[Type[Field], ...] = (ObjectNamespaceField, ObjectNameField)
"""For those that make objects of a namespace."""
