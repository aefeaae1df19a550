"""A cache server in a cluster, and the configuration by which Pants uses it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal, Optional

from wombat_tool.deployment import cache_servers, pods
from wombat_tool.deployment import kubernetes_objects as kubernetes
from wombat_tool.deployment.cache_servers import SERVERS, ServerOptions, ServerProgram
from wombat_tool.deployment.kubernetes_checks import Reference
from wombat_tool.deployment.kubernetes_values import (
    AnnotationTable,
    BucketName,
    LabelTable,
    ShortObjectName,
    StorageSize,
)
from wombat_tool.deployment.names import name_for, split_address
from wombat_tool.deployment.problems import DeploymentProblem
from wombat_tool.deployment.settings import Settings
from wombat_tool.deployment.system import Deployment, GeneratedFile, System
from wombat_tool.deployment.values import DnsLabel, Image, KeyReference, ObjectName, Resources

Document = dict[str, Any]
_ONLY_FOR = {"gcs_bucket": ("bazel-remote",), "jwt_secret": ("buildgrid",), "redis_image": ("buildgrid",)}
_TLS_FOR = ("bazel-remote", "buildgrid")


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
    return f"{scheme}://{object_name(address, settings)}.{settings.namespace}.svc:{cache_servers.GRPC_PORT}"


def render(deployment: Deployment[RemoteCacheSettings]) -> Sequence[GeneratedFile]:
    """The files of one target."""
    settings = deployment.settings
    _check_together(settings)
    directory = settings.output or deployment.path("deploy", deployment.name)
    options = ServerOptions(
        settings.storage,
        has_tls=settings.tls_secret is not None,
        has_jwt=settings.jwt_secret is not None,
        has_redis=settings.redis_image is not None,
        gcs_bucket=settings.gcs_bucket,
    )
    objects = list(_objects(deployment, SERVERS[settings.server](options)))
    files = kubernetes.manifests(deployment, directory, objects, outside=_outside(settings))
    return [*files, GeneratedFile(f"{directory}/pants.ci.toml", _pants_toml(deployment))]


def _check_together(settings: RemoteCacheSettings) -> None:
    for field, servers in {**_ONLY_FOR, "tls_secret": _TLS_FOR}.items():
        if getattr(settings, field) is not None and settings.server not in servers:
            message = f"must not be set with server={settings.server!r}: only {' and '.join(servers)} can do that."
            raise DeploymentProblem(field, message)
    for field in ("image", "redis_image"):
        image = getattr(settings, field)
        if image is not None and pods.GIT_COMMIT in image:
            raise DeploymentProblem(field, f"must name a release of the program, not a commit, but was {image!r}.")
    try:
        pods.check_image(settings.image, environment="production")
    except DeploymentProblem:
        message = f"must have a tag other than 'latest', or a digest, but was {settings.image!r}."
        raise DeploymentProblem("image", message) from None


def _outside(settings: RemoteCacheSettings) -> Iterator[Reference]:
    yield from (("Secret", name) for name in (*settings.image_pull_secrets, settings.tls_secret or ""))
    yield "Secret", (settings.jwt_secret or "").partition("/")[0]


def _objects(deployment: Deployment[RemoteCacheSettings], program: ServerProgram) -> Iterator[Document]:
    settings = deployment.settings
    name = object_name(deployment.address, settings)
    labels = {"app.kubernetes.io/name": name, "app.kubernetes.io/managed-by": "wombat"}

    def metadata(what: str = name, **more: dict[str, str]) -> Document:
        return kubernetes.metadata(what, namespace=settings.namespace, labels=labels, **more)

    yield kubernetes.service_account(metadata(annotations=settings.service_account_annotations))
    yield kubernetes.volume_claim(metadata(), size=settings.storage, storage_class=settings.storage_class)
    if program.files:
        yield kubernetes.config_map(metadata(), program.files)
    yield kubernetes.network_policy(metadata(), labels, ingress=[_ingress(settings)])
    port = {"name": "grpc", "port": cache_servers.GRPC_PORT, "targetPort": "grpc", "protocol": "TCP"}
    service = {"type": "ClusterIP", "selector": labels, "ports": [port]}
    yield {"apiVersion": "v1", "kind": "Service", "metadata": metadata(), "spec": service}
    spec = {
        "replicas": 1,
        # The volume is for one pod at a time.
        "strategy": {"type": "Recreate"},
        "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": labels}, "spec": _pod(settings, program, name)},
    }
    yield {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata(), "spec": spec}


def _ingress(settings: RemoteCacheSettings) -> Document:
    """Who may connect: the pods of the server's own namespace and of those that settings name."""
    namespaces = sorted(set(settings.clients) - {settings.namespace})
    others = [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": one}}} for one in namespaces]
    return {"from": [{"podSelector": {}}, *others], "ports": [{"protocol": "TCP", "port": cache_servers.GRPC_PORT}]}


def _pod(settings: RemoteCacheSettings, program: ServerProgram, name: str) -> Document:
    spec: Document = {
        "serviceAccountName": name,
        "automountServiceAccountToken": False,
        # The variables of links are named after services, and bazel-remote takes some of them for its own options.
        "enableServiceLinks": False,
        # Time to finish what is on its way.
        "terminationGracePeriodSeconds": 60,
        "securityContext": pods.pod_security(),
    }
    if settings.node_selector:
        spec["nodeSelector"] = dict(sorted(settings.node_selector.items()))
    if settings.image_pull_secrets:
        spec["imagePullSecrets"] = [{"name": one} for one in settings.image_pull_secrets]
    mounts = {"data": cache_servers.DATA, "tmp": "/tmp"}
    volumes: list[Document] = [
        {"name": "data", "persistentVolumeClaim": {"claimName": name}},
        {"name": "tmp", "emptyDir": {}},
    ]
    if program.files:
        mounts["configuration"] = cache_servers.CONFIGURATION
        volumes.append({"name": "configuration", "configMap": {"name": name}})
    if settings.tls_secret is not None:
        mounts["tls"] = cache_servers.TLS
        volumes.append({"name": "tls", "secret": {"secretName": settings.tls_secret, "defaultMode": 0o440}})
    if settings.jwt_secret is not None:
        secret, _, key = settings.jwt_secret.partition("/")
        mounts["jwt"] = cache_servers.JWT
        items = [{"key": key, "path": "key"}]
        volumes.append({"name": "jwt", "secret": {"secretName": secret, "defaultMode": 0o440, "items": items}})
    spec["containers"] = [_server(settings, program, mounts)]
    if settings.redis_image is not None:
        spec["containers"].append(_redis(settings.redis_image))
    return {**spec, "volumes": volumes}


def _server(settings: RemoteCacheSettings, program: ServerProgram, mounts: dict[str, str]) -> Document:
    server: Document = {"name": "server", "image": settings.image}
    if program.command is not None:
        server["command"] = [pods.escaped(word) for word in program.command]
    return server | {
        "args": [pods.escaped(word) for word in program.args],
        "ports": [{"name": name, "containerPort": port} for name, port in program.ports.items()],
        # A server looks through its whole disk before it listens: half an hour at most.
        "startupProbe": {**program.probe, "periodSeconds": 5, "failureThreshold": 360},
        "readinessProbe": {**program.probe, "periodSeconds": 10},
        "livenessProbe": {**program.probe, "periodSeconds": 30, "timeoutSeconds": 10, "failureThreshold": 5},
        "resources": pods.resource_requirements(settings.resources, settings.limits),
        "volumeMounts": [
            # Redis has a directory of its own on the volume.
            {"name": name, "mountPath": path, **({"subPath": "blobs"} if name == "data" else {})}
            for name, path in mounts.items()
        ],
        "securityContext": pods.container_security(read_only=True),
    }


def _redis(image: str) -> Document:
    command, *args = cache_servers.redis_command()
    return {
        "name": "redis",
        "image": image,
        "command": [command],
        "args": args,
        "resources": pods.resource_requirements({"cpu": "100m", "memory": "256Mi"}, {"memory": "1Gi"}),
        "volumeMounts": [{"name": "data", "mountPath": cache_servers.REDIS_DATA, "subPath": "results"}],
        "securityContext": pods.container_security(read_only=True),
    }


def _pants_toml(deployment: Deployment[RemoteCacheSettings]) -> str:
    """What `PANTS_CONFIG_FILES` adds to pants.toml, for who reads and writes."""
    settings = deployment.settings
    lines = [
        "# For CI and others that write to the cache: PANTS_CONFIG_FILES=<this file> ./pants ...",
        "",
        "[GLOBAL]",
        "remote_cache_read = true",
        "remote_cache_write = true",
        f'remote_store_address = "{service_address(deployment.address, settings)}"',
    ]
    if settings.jwt_secret is not None:
        lines += ["# The path of a file with the token and nothing else."]
        lines += ['remote_oauth_bearer_token_path = "%(env.WOMBAT_REMOTE_CACHE_TOKEN_FILE)s"']
    if settings.tls_secret is not None:
        lines += ['# Where an authority of your own signed the certificate, add: remote_ca_certs_path = "/path/to/ca.pem"']
    lines += [
        "# Pants waits three seconds for uploads unless it is told otherwise, and then drops what is left.",
        "session_end_tasks_timeout = 3600",
        "# A job that calls Pants once has no use for a daemon.",
        "pantsd = false",
        "dynamic_ui = false",
        "",
    ]
    return "\n".join(lines)


SYSTEM = System("remote_cache", RemoteCacheSettings, render)
