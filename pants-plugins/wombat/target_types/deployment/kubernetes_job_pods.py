"""Fields of `kubernetes_job` about its pods: what they hold, where they run, and what they may do."""

from __future__ import annotations

from typing import Tuple, Type

from pants.engine.target import Field
from pants.util.strutil import help_text

from wombat.target_types.deployment.common import SwitchSetting, TableSetting, TablesSetting, TextSetting
from wombat.target_types.deployment.pods import OBJECT_FIELDS, POD_FIELDS


class KubernetesJobConfigMapsField(TableSetting):
    alias = "config_maps"
    help = help_text(
        """
        Environment variables that hold what somebody else keeps in a ConfigMap: a dictionary from names to
        `CONFIG_MAP/KEY`. Default: none.

        Example:

            kubernetes_job(name="try", pipeline=":pipeline", image="jobs:1.4", config_maps={"DB_HOST": "db/host"})
        """
    )


class KubernetesJobSecretFilesField(TableSetting):
    alias = "secret_files"
    help = help_text(
        """
        Files with secrets: a dictionary from absolute paths in the containers to `SECRET/KEY`. Default: none.

        Example:

            kubernetes_job(
                name="try",
                pipeline=":pipeline",
                image="jobs:1.4",
                secret_files={"/secrets/gcp.json": "gcp/key.json"},
                env_vars={"GOOGLE_APPLICATION_CREDENTIALS": "/secrets/gcp.json"},
            )
        """
    )


class KubernetesJobLabelsField(TableSetting):
    alias = "labels"
    help = help_text(
        """
        Labels of all objects and of the pods, besides `app.kubernetes.io/name` and `app.kubernetes.io/managed-by`.
        Default: none.

        Example:

            kubernetes_job(name="nightly", pipeline=":pipeline", image="jobs:1.4", labels={"team": "ds"})
        """
    )


class KubernetesJobAnnotationsField(TableSetting):
    alias = "annotations"
    help = help_text(
        """
        Annotations of the Job or CronJob and of the pods. Default: none.

        Example:

            kubernetes_job(
                name="nightly", pipeline=":pipeline", image="jobs:1.4", annotations={"example.com/owner": "data team"}
            )
        """
    )


class KubernetesJobPriorityClassField(TextSetting):
    alias = "priority_class"
    help = help_text(
        """
        The PriorityClass of the pods. Default: none.

        Example:

            kubernetes_job(name="nightly", pipeline=":pipeline", image="jobs:1.4", priority_class="batch-low")
        """
    )


class KubernetesJobServiceAccountField(TextSetting):
    alias = "service_account"
    help = help_text(
        """
        A ServiceAccount that is there for the pods. Default: one is made that can do nothing in the cluster.

        Example:

            kubernetes_job(name="nightly", pipeline=":pipeline", image="jobs:1.4", service_account="pipelines")
        """
    )


class KubernetesJobServiceAccountAnnotationsField(TableSetting):
    alias = "service_account_annotations"
    help = help_text(
        """
        Annotations of the ServiceAccount that is made, by which a cloud gives it an account of its own. Default: none.

        Example:

            kubernetes_job(
                name="nightly",
                pipeline=":pipeline",
                image="jobs:1.4",
                service_account_annotations={"iam.gke.io/gcp-service-account": "jobs@project.example"},
            )
        """
    )


class KubernetesJobImagePullPolicyField(TextSetting):
    alias = "image_pull_policy"
    help = help_text(
        """
        When a node pulls the image: `IfNotPresent`, `Always` or `Never`. Default: `IfNotPresent`.

        Example:

            kubernetes_job(name="try", pipeline=":pipeline", image="jobs:dev", image_pull_policy="Always")
        """
    )


class KubernetesJobEgressField(TablesSetting):
    alias = "egress"
    help = help_text(
        """
        Whom the pods may connect to, by a NetworkPolicy: dictionaries with `cidr` or `namespace`, and `ports` or all of
        them. Name servers and a cache server of the same cluster are always among them. Default: anybody. Nobody may
        connect to the pods in any case.

        Example:

            kubernetes_job(
                name="nightly",
                pipeline=":pipeline",
                image="jobs:1.4",
                egress=[{"cidr": "10.20.0.0/16", "ports": [5432]}, {"namespace": "warehouse"}],
            )
        """
    )


class KubernetesJobReadOnlyRootField(SwitchSetting):
    alias = "read_only_root_filesystem"
    help = help_text(
        """
        Whether containers can write to volumes only: for Pants' cache, its working directory and `/tmp`. Default:
        False, as the restricted Pod Security Standard asks for no more. The caches of the image are then copied to the
        volume when a pod starts.

        Example:

            kubernetes_job(name="nightly", pipeline=":pipeline", image="jobs:1.4", read_only_root_filesystem=True)
        """
    )


class KubernetesJobCacheClaimField(TextSetting):
    alias = "cache_claim"
    help = help_text(
        """
        The PersistentVolumeClaim of a volume on which Pants' cache is kept from run to run. It must be a disk, no
        network file system, and of one pod at a time. Default: none. See `cache_storage` for a claim that is made.

        Example:

            kubernetes_job(name="nightly", pipeline=":pipeline", image="jobs:1.4", cache_claim="pants-cache")
        """
    )


class KubernetesJobCacheStorageField(TextSetting):
    alias = "cache_storage"
    help = help_text(
        """
        The size of a volume on which Pants' cache is kept from run to run; its claim is made, with the access mode
        `ReadWriteOncePod`, which takes Kubernetes 1.29. Default: none, so that only `remote_cache` keeps results.

        Example:

            kubernetes_job(name="nightly", pipeline=":pipeline", image="jobs:1.4", cache_storage="50Gi")
        """
    )


class KubernetesJobCacheStorageClassField(TextSetting):
    alias = "cache_storage_class"
    help = help_text(
        """
        The StorageClass of the volume that `cache_storage` asks for. Default: that of the cluster.

        Example:

            kubernetes_job(
                name="nightly",
                pipeline=":pipeline",
                image="jobs:1.4",
                cache_storage="50Gi",
                cache_storage_class="fast-ssd",
            )
        """
    )


class KubernetesJobCacheSizeField(TextSetting):
    alias = "cache_size"
    help = help_text(
        """
        How large Pants' cache may get where it goes with the pod; the pod is evicted if it gets larger. Default: as
        large as the node has room.

        Example:

            kubernetes_job(name="nightly", pipeline=":pipeline", image="jobs:1.4", cache_size="20Gi")
        """
    )


KUBERNETES_POD_FIELDS: Tuple[Type[Field], ...] = (
    *POD_FIELDS,
    *OBJECT_FIELDS,
    KubernetesJobConfigMapsField,
    KubernetesJobSecretFilesField,
    KubernetesJobLabelsField,
    KubernetesJobAnnotationsField,
    KubernetesJobPriorityClassField,
    KubernetesJobServiceAccountField,
    KubernetesJobServiceAccountAnnotationsField,
    KubernetesJobImagePullPolicyField,
    KubernetesJobEgressField,
    KubernetesJobReadOnlyRootField,
    KubernetesJobCacheClaimField,
    KubernetesJobCacheStorageField,
    KubernetesJobCacheStorageClassField,
    KubernetesJobCacheSizeField,
)
