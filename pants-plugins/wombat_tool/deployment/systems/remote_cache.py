"""A cache server in a cluster."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Optional

from wombat_tool.deployment.kubernetes_values import (
    AnnotationTable,
    BucketName,
    LabelTable,
    ShortObjectName,
    StorageSize,
)
from wombat_tool.deployment.names import name_for, split_address
from wombat_tool.deployment.settings import Settings
from wombat_tool.deployment.system import Deployment, GeneratedFile, System
from wombat_tool.deployment.values import DnsLabel, Image, KeyReference, ObjectName, Resources

GRPC_PORT = 9092


class RemoteCacheSettings(Settings):
    """The settings of `remote_cache`.

    :param server: the program; all of them speak the Remote Execution API.
    :param object_name: of the objects in the cluster, in place of the target's own.
    :param storage: the size of the volume, of which the cache takes nine tenths.
    :param clients: the namespaces whose pods may connect, besides the server's own.
    :param gcs_bucket: of `bazel-remote`: what its disk has forgotten is there.
    :param tls_secret: a secret of type kubernetes.io/tls.
    :param jwt_secret: of `buildgrid`: the key that signs the tokens of clients.
    :param redis_image: of `buildgrid`: keeps the list of results over a restart.
    """

    server: Literal["bazel-remote", "buildgrid", "casd"]
    image: Image
    namespace: DnsLabel
    object_name: Optional[ShortObjectName] = None
    storage: StorageSize = "100Gi"
    storage_class: Optional[ObjectName] = None
    resources: Resources = {"cpu": "500m", "memory": "1Gi"}
    limits: Resources = {"memory": "4Gi"}
    clients: tuple[DnsLabel, ...] = ()
    image_pull_secrets: tuple[ObjectName, ...] = ()
    node_selector: LabelTable = {}
    service_account_annotations: AnnotationTable = {}
    gcs_bucket: Optional[BucketName] = None
    tls_secret: Optional[ObjectName] = None
    jwt_secret: Optional[KeyReference] = None
    redis_image: Optional[Image] = None


def object_name(address: str, settings: RemoteCacheSettings) -> str:
    """The name of the server's objects."""
    return settings.object_name or name_for(address, directory=split_address(address)[0])


def service_address(address: str, settings: RemoteCacheSettings) -> str:
    """Where jobs of the cluster reach the server."""
    scheme = "grpcs" if settings.tls_secret is not None else "grpc"
    return f"{scheme}://{object_name(address, settings)}.{settings.namespace}.svc:{GRPC_PORT}"


def render(deployment: Deployment[RemoteCacheSettings]) -> Sequence[GeneratedFile]:
    """The files of one target."""
    raise NotImplementedError


SYSTEM = System("remote_cache", RemoteCacheSettings, render)
