"""The target type `remote_cache`."""

from __future__ import annotations

from pants.engine.target import Target
from pants.util.strutil import help_text

from wombat.target_types.deployment.common import COMMON_DEPLOYMENT_FIELDS, TableSetting, TextSetting, TextsSetting


class CacheServerField(TextSetting):
    alias = "server"
    required = True
    help = help_text(
        """
        The program: `bazel-remote` (bounds its disk, can keep what the disk has no room for in a bucket of Google Cloud
        Storage, no tokens), `casd` (buildbox-casd: one program, bounds its disk, neither TLS nor tokens, and results of
        Pants' own that have nested directories are not found again) or `buildgrid` (TLS and tokens; its disk is bounded
        only by a `bgd cleanup` of your own).

        Example:

            remote_cache(name="cache", server="bazel-remote", image="registry.example/bazel-remote:2.5", namespace="build")
        """
    )


class CacheImageField(TextSetting):
    alias = "image"
    required = True
    help = help_text(
        """
        The container image of the server, with a tag other than `latest`, or a digest. For `bazel-remote` that is the
        one of its project, which is started as it is; the others need an image of yours with `buildbox-casd` or `bgd` on
        its PATH.

        Example:

            remote_cache(name="cache", server="casd", image="registry.example/buildbox:1.4", namespace="build")
        """
    )


class CacheNamespaceField(TextSetting):
    alias = "namespace"
    required = True
    help = help_text(
        """
        The namespace of the server, which is part of its address: `grpc://NAME.NAMESPACE.svc:9092`.

        Example:

            remote_cache(name="cache", server="casd", image="registry.example/buildbox:1.4", namespace="build")
        """
    )


class CacheObjectNameField(TextSetting):
    alias = "object_name"
    help = help_text(
        """
        The name of the server's objects, which is part of its address; at most 52 characters. Default: the target's own,
        with "-" for "_".

        Example:

            remote_cache(
                name="cache",
                server="casd",
                image="registry.example/buildbox:1.4",
                namespace="build",
                object_name="pants-cache",
            )
        """
    )


class CacheStorageField(TextSetting):
    alias = "storage"
    help = help_text(
        """
        The size of the server's volume, of which results take nine tenths at most (`bazel-remote` and `casd`). Default:
        `100Gi`.

        Example:

            remote_cache(
                name="cache",
                server="bazel-remote",
                image="registry.example/bazel-remote:2.5",
                namespace="build",
                storage="500Gi",
            )
        """
    )


class CacheStorageClassField(TextSetting):
    alias = "storage_class"
    help = help_text(
        """
        The StorageClass of the server's volume. Default: that of the cluster.

        Example:

            remote_cache(
                name="cache",
                server="casd",
                image="registry.example/buildbox:1.4",
                namespace="build",
                storage_class="fast-ssd",
            )
        """
    )


class CacheResourcesField(TableSetting):
    alias = "resources"
    help = help_text(
        """
        What the server asks for, in the units of Kubernetes: `cpu`, `memory`, `ephemeral_storage`. Default: `500m` and
        `1Gi` of memory.

        Example:

            remote_cache(
                name="cache",
                server="casd",
                image="registry.example/buildbox:1.4",
                namespace="build",
                resources={"cpu": "2", "memory": "4Gi"},
                limits={"memory": "8Gi"},
            )
        """
    )


class CacheLimitsField(TableSetting):
    alias = "limits"
    help = help_text(
        """
        What the server may use at most, in the form of `resources`. Default: `4Gi` of memory.

        Example:

            remote_cache(
                name="cache",
                server="casd",
                image="registry.example/buildbox:1.4",
                namespace="build",
                limits={"memory": "8Gi"},
            )
        """
    )


class CacheClientsField(TextsSetting):
    alias = "clients"
    help = help_text(
        """
        The namespaces whose pods may connect, by a NetworkPolicy, besides those of the server's own namespace. Default:
        none.

        Example:

            remote_cache(
                name="cache",
                server="casd",
                image="registry.example/buildbox:1.4",
                namespace="build",
                clients=["ds-prod", "ci"],
            )
        """
    )


class CacheImagePullSecretsField(TextsSetting):
    alias = "image_pull_secrets"
    help = help_text(
        """
        Secrets of the namespace with which the server's image is pulled. Default: none.

        Example:

            remote_cache(
                name="cache",
                server="casd",
                image="registry.example/buildbox:1.4",
                namespace="build",
                image_pull_secrets=["registry"],
            )
        """
    )


class CacheNodeSelectorField(TableSetting):
    alias = "node_selector"
    help = help_text(
        """
        Labels that a node must have to run the server. Default: none.

        Example:

            remote_cache(
                name="cache",
                server="casd",
                image="registry.example/buildbox:1.4",
                namespace="build",
                node_selector={"disk": "ssd"},
            )
        """
    )


class CacheServiceAccountAnnotationsField(TableSetting):
    alias = "service_account_annotations"
    help = help_text(
        """
        Annotations of the server's ServiceAccount, by which a cloud gives it an account of its own, as `gcs_bucket`
        needs it. Default: none.

        Example:

            remote_cache(
                name="cache",
                server="bazel-remote",
                image="registry.example/bazel-remote:2.5",
                namespace="build",
                gcs_bucket="team-cache",
                service_account_annotations={"iam.gke.io/gcp-service-account": "cache@project.example"},
            )
        """
    )


class CacheGcsBucketField(TextSetting):
    alias = "gcs_bucket"
    help = help_text(
        """
        With `server="bazel-remote"`: the bucket of Google Cloud Storage that has all results, while the disk has those
        used last. Set a lifecycle for it, as nothing else removes old ones. Default: none.

        Example:

            remote_cache(
                name="cache",
                server="bazel-remote",
                image="registry.example/bazel-remote:2.5",
                namespace="build",
                gcs_bucket="team-cache",
            )
        """
    )


class CacheTlsSecretField(TextSetting):
    alias = "tls_secret"
    help = help_text(
        """
        With `bazel-remote` or `buildgrid`: a Secret of type `kubernetes.io/tls` with the server's certificate and key; the
        address is then `grpcs://`. Default: none, so that what goes over the network can be read there.

        Example:

            remote_cache(
                name="cache",
                server="buildgrid",
                image="registry.example/buildgrid:0.9.1",
                namespace="build",
                tls_secret="cache-tls",
            )
        """
    )


class CacheJwtSecretField(TextSetting):
    alias = "jwt_secret"
    help = help_text(
        """
        With `server="buildgrid"`: the key (HS256) that the clients' tokens are signed with, as `SECRET/KEY`. A client
        without such a token is refused. Default: none, so that the NetworkPolicy alone says who may connect.

        Example:

            remote_cache(
                name="cache",
                server="buildgrid",
                image="registry.example/buildgrid:0.9.1",
                namespace="build",
                tls_secret="cache-tls",
                jwt_secret="cache-jwt/key",
            )
        """
    )


class CacheRedisImageField(TextSetting):
    alias = "redis_image"
    help = help_text(
        """
        With `server="buildgrid"`: the image of a Redis beside the server, which keeps the list of results on the volume.
        Default: none, so that a restart of the server forgets all results.

        Example:

            remote_cache(
                name="cache",
                server="buildgrid",
                image="registry.example/buildgrid:0.9.1",
                namespace="build",
                redis_image="redis:7.4",
            )
        """
    )


class RemoteCacheTarget(Target):
    alias = "remote_cache"
    core_fields = (
        *COMMON_DEPLOYMENT_FIELDS,
        CacheServerField,
        CacheImageField,
        CacheNamespaceField,
        CacheObjectNameField,
        CacheStorageField,
        CacheStorageClassField,
        CacheResourcesField,
        CacheLimitsField,
        CacheClientsField,
        CacheImagePullSecretsField,
        CacheNodeSelectorField,
        CacheServiceAccountAnnotationsField,
        CacheGcsBucketField,
        CacheTlsSecretField,
        CacheJwtSecretField,
        CacheRedisImageField,
    )
    help = help_text(
        """
        A cache server in a cluster of Kubernetes, by which jobs, CI and people share results: a Deployment with a volume, a
        Service, a NetworkPolicy, and `pants.ci.toml`, by which Pants uses it. The files are in `deploy/NAME` beside the
        BUILD file; `kubectl apply -k` takes the directory.

        Deployments name the target in `remote_cache`. Who else writes to the cache sets
        `PANTS_CONFIG_FILES=deploy/NAME/pants.ci.toml`.

        Example:

            remote_cache(name="cache", server="bazel-remote", image="registry.example/bazel-remote:2.5", namespace="build")
        """
    )
