"""The settings of `kubernetes_job`."""

from __future__ import annotations

import ipaddress
from typing import Annotated, Literal, Optional

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, NonNegativeInt, PositiveInt, model_validator

from wombat_tool.deployment import pods
from wombat_tool.deployment.kubernetes_values import (
    AnnotationTable,
    LabelKey,
    LabelTable,
    ShortObjectName,
    StorageSize,
    Toleration,
)
from wombat_tool.deployment.settings import InContainers, PipelineSettings, Scheduled
from wombat_tool.deployment.values import DnsLabel, KeyReference, ObjectName, Resources, VariableName


class EgressRule(BaseModel):
    """Whom the pods may connect to: a range of addresses or the pods of a namespace, on all ports unless some are named."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    cidr: Optional[str] = None
    namespace: Optional[DnsLabel] = None
    ports: tuple[Annotated[int, Field(ge=1, le=65535)], ...] = ()

    @model_validator(mode="after")
    def _is_one_of_two(self) -> EgressRule:
        if (self.cidr is None) == (self.namespace is None):
            raise ValueError("must have either 'cidr' or 'namespace'")
        try:
            ipaddress.ip_network(self.cidr or "0.0.0.0/0")
        except ValueError:
            raise ValueError("must have a 'cidr' such as '10.0.0.0/8'") from None
        return self


def _deadline(seconds: int) -> int:
    if seconds < 10:
        raise ValueError("must be 10 or more, since Kubernetes looks for runs that are due every ten seconds")
    return seconds


class KubernetesJobSettings(PipelineSettings, Scheduled, InContainers):
    """The settings of `kubernetes_job`.

    :param object_name: of the objects in the cluster, in place of the target's own.
    :param secrets: environment variables, each with "secret/key".
    :param config_maps: environment variables, each with "config-map/key".
    :param secret_files: files in the containers, by path, each with "secret/key".
    :param limits: what a container may use at most.
    :param gpu_resource: what a GPU is called in the cluster.
    :param service_account: one that is there, in place of one that is made.
    :param egress: whom the pods may connect to; None for anybody.
    :param cache_storage: the size of a volume for Pants' cache that outlives the pods.
    :param cache_claim: the claim of such a volume that is there.
    :param cache_size: how large the cache may get that lives as long as the pod.
    :param ttl_s: seconds after which a finished Job goes away, pods and logs with it.
    """

    secrets: dict[VariableName, KeyReference] = {}
    remote_cache_token: Optional[KeyReference] = None
    config_maps: dict[VariableName, KeyReference] = {}
    secret_files: dict[str, KeyReference] = {}
    namespace: Optional[DnsLabel] = None
    object_name: Optional[ShortObjectName] = None
    labels: LabelTable = {}
    annotations: AnnotationTable = {}
    limits: Resources = {}
    gpu_resource: LabelKey = pods.GPU
    node_selector: LabelTable = {}
    tolerations: tuple[Toleration, ...] = ()
    priority_class: Optional[ObjectName] = None
    service_account: Optional[ObjectName] = None
    service_account_annotations: AnnotationTable = {}
    image_pull_secrets: tuple[ObjectName, ...] = ()
    image_pull_policy: Literal["Always", "IfNotPresent", "Never"] = "IfNotPresent"
    egress: Optional[tuple[EgressRule, ...]] = None
    read_only_root_filesystem: bool = False
    cache_claim: Optional[ObjectName] = None
    cache_storage: Optional[StorageSize] = None
    cache_storage_class: Optional[ObjectName] = None
    cache_size: Optional[StorageSize] = None
    ttl_s: Optional[NonNegativeInt] = None
    suspend: bool = False
    concurrency_policy: Literal["Allow", "Forbid", "Replace"] = "Forbid"
    starting_deadline_s: Optional[Annotated[PositiveInt, AfterValidator(_deadline)]] = None
    successful_history: NonNegativeInt = 3
    failed_history: NonNegativeInt = 3
