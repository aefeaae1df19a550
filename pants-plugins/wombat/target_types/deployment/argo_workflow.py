"""The target type `argo_workflow`."""

from __future__ import annotations

from pants.engine.target import Target
from pants.util.strutil import help_text

from wombat.target_types.deployment.common import (
    CONTAINER_FIELDS,
    PIPELINE_DEPLOYMENT_FIELDS,
    SCHEDULE_FIELDS,
    NumberSetting,
    TableSetting,
    TextSetting,
)
from wombat.target_types.deployment.pods import OBJECT_FIELDS, WORKFLOW_POD_FIELDS


class ArgoAnnotationsField(TableSetting):
    alias = "annotations"
    help = help_text(
        """
        Annotations of the objects. Default: none.

        Example:

            argo_workflow(
                name="nightly", pipeline=":pipeline", image="jobs:1.4", annotations={"example.com/owner": "data team"}
            )
        """
    )


class ArgoServiceAccountField(TextSetting):
    alias = "service_account"
    help = help_text(
        """
        The ServiceAccount of the pods. It must be allowed to `create` and `patch` the `workflowtaskresults` of
        `argoproj.io`, by which Argo learns how a pod ended. Default: that of the namespace, which Argo advises against.

        Example:

            argo_workflow(name="nightly", pipeline=":pipeline", image="jobs:1.4", service_account="pipelines")
        """
    )


class ArgoParallelismField(NumberSetting):
    alias = "parallelism"
    help = help_text(
        """
        How many jobs of one run may run at a time. Default: all that are ready.

        Example:

            argo_workflow(name="nightly", pipeline=":pipeline", image="jobs:1.4", granularity="step", parallelism=4)
        """
    )


class ArgoSemaphoreField(TextSetting):
    alias = "semaphore"
    help = help_text(
        """
        Where the number stands of the workflows that may run at a time, of all that name it: `CONFIG_MAP/KEY`, a
        ConfigMap of the namespace and one of its keys. Others wait. Default: none.

        Example:

            argo_workflow(name="nightly", pipeline=":pipeline", image="jobs:1.4", semaphore="limits/warehouse")
        """
    )


class ArgoConcurrencyPolicyField(TextSetting):
    alias = "concurrency_policy"
    help = help_text(
        """
        What happens when a scheduled run is due and the one before still runs: `Forbid` leaves it out, `Replace` stops
        the other, `Allow` starts it beside the other. Default: `Forbid`.

        Example:

            argo_workflow(name="nightly", pipeline=":pipeline", image="jobs:1.4", concurrency_policy="Replace")
        """
    )


class ArgoTtlField(NumberSetting):
    alias = "ttl_s"
    help = help_text(
        """
        Seconds after its end in which a workflow, with what is left of its pods and their logs, can be looked at.
        Pods that succeeded go away at once. Default: 604800, a week.

        Example:

            argo_workflow(name="nightly", pipeline=":pipeline", image="jobs:1.4", ttl_s=86400)
        """
    )


class ArgoNotifyWebhookField(TextSetting):
    alias = "notify_webhook"
    help = help_text(
        """
        Where the end of a workflow is told: `SECRET/KEY`, a Secret that holds the address of a webhook. It gets
        `{"text": "..."}`, which Slack, Mattermost, Google Chat and others show as a message. Default: nowhere.

        Example:

            argo_workflow(name="nightly", pipeline=":pipeline", image="jobs:1.4", notify_webhook="chat/webhook")
        """
    )


class ArgoNotifyOnField(TextSetting):
    alias = "notify_on"
    help = help_text(
        """
        Which ends `notify_webhook` is told of: `failure`, or `always`. Default: `failure`.

        Example:

            argo_workflow(
                name="nightly", pipeline=":pipeline", image="jobs:1.4", notify_webhook="chat/webhook", notify_on="always"
            )
        """
    )


class ArgoWorkflowTarget(Target):
    alias = "argo_workflow"
    core_fields = (
        *PIPELINE_DEPLOYMENT_FIELDS,
        *SCHEDULE_FIELDS,
        *CONTAINER_FIELDS,
        *WORKFLOW_POD_FIELDS,
        *OBJECT_FIELDS,
        ArgoAnnotationsField,
        ArgoServiceAccountField,
        ArgoParallelismField,
        ArgoSemaphoreField,
        ArgoConcurrencyPolicyField,
        ArgoTtlField,
        ArgoNotifyWebhookField,
        ArgoNotifyOnField,
    )
    help = help_text(
        """
        A WorkflowTemplate of Argo Workflows that runs a pipeline, and with a schedule a CronWorkflow that starts it,
        for Argo 3.6 and newer. `./pants generate-configs` writes them into `deploy/NAME` below the directory of the
        target, as files that `kubectl apply -k` and kustomize take.

        Jobs share results by the remote cache, and not by artifacts of Argo. `parameters` are those of the workflow.
        Where the image's tag is `{git_commit}`, the commit comes from the ConfigMap `NAME-image`, which a deployment
        sets by kustomize, or from the parameter `git_commit` of a run.

        Example:

            argo_workflow(
                name="nightly",
                pipeline=":pipeline",
                image="registry.example/jobs:{git_commit}",
                granularity="step",
                namespace="ds-prod",
                schedule="0 4 * * *",
                remote_cache="grpc://remote-cache.ds-prod.svc:9092",
            )
        """
    )
