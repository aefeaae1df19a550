"""The target type `kubernetes_job`."""

from __future__ import annotations

from pants.engine.target import Target
from pants.util.strutil import help_text

from wombat.target_types.deployment.common import (
    CONTAINER_FIELDS,
    PIPELINE_DEPLOYMENT_FIELDS,
    SCHEDULE_FIELDS,
    NumberSetting,
    SwitchSetting,
    TextSetting,
)
from wombat.target_types.deployment.kubernetes_job_pods import KUBERNETES_POD_FIELDS


class KubernetesJobTtlField(NumberSetting):
    alias = "ttl_s"
    help = help_text(
        """
        Seconds after which a Job that is finished goes away, with its pods and their logs. Default: a week for a Job;
        the Jobs of a CronJob go by `successful_history` and `failed_history`.

        Example:

            kubernetes_job(name="backfill", pipeline=":pipeline", image="jobs:1.4", schedule="never", ttl_s=3600)
        """
    )


class KubernetesJobSuspendField(SwitchSetting):
    alias = "suspend"
    help = help_text(
        """
        Whether no run starts until somebody resumes the Job or CronJob. Default: False.

        Example:

            kubernetes_job(name="nightly", pipeline=":pipeline", image="jobs:1.4", suspend=True)
        """
    )


class KubernetesJobConcurrencyPolicyField(TextSetting):
    alias = "concurrency_policy"
    help = help_text(
        """
        What happens when a run is due while another is not done: `Forbid` leaves it out, `Replace` ends the other one,
        `Allow` starts it beside. Default: `Forbid`.

        Example:

            kubernetes_job(name="nightly", pipeline=":pipeline", image="jobs:1.4", concurrency_policy="Replace")
        """
    )


class KubernetesJobStartingDeadlineField(NumberSetting):
    alias = "starting_deadline_s"
    help = help_text(
        """
        Seconds after its time within which a scheduled run may still start; later it is left out. At least 10.
        Default: no such limit.

        Example:

            kubernetes_job(name="nightly", pipeline=":pipeline", image="jobs:1.4", starting_deadline_s=3600)
        """
    )


class KubernetesJobSuccessfulHistoryField(NumberSetting):
    alias = "successful_history"
    help = help_text(
        """
        How many Jobs that succeeded a CronJob keeps. Default: 3.

        Example:

            kubernetes_job(name="nightly", pipeline=":pipeline", image="jobs:1.4", successful_history=1)
        """
    )


class KubernetesJobFailedHistoryField(NumberSetting):
    alias = "failed_history"
    help = help_text(
        """
        How many Jobs that failed a CronJob keeps. Default: 3.

        Example:

            kubernetes_job(name="nightly", pipeline=":pipeline", image="jobs:1.4", failed_history=10)
        """
    )


class KubernetesJobTarget(Target):
    alias = "kubernetes_job"
    core_fields = (
        *PIPELINE_DEPLOYMENT_FIELDS,
        *SCHEDULE_FIELDS,
        *CONTAINER_FIELDS,
        *KUBERNETES_POD_FIELDS,
        KubernetesJobTtlField,
        KubernetesJobSuspendField,
        KubernetesJobConcurrencyPolicyField,
        KubernetesJobStartingDeadlineField,
        KubernetesJobSuccessfulHistoryField,
        KubernetesJobFailedHistoryField,
    )
    help = help_text(
        """
        A Job of Kubernetes that runs a pipeline, or a CronJob with a schedule, with all that it needs: a ServiceAccount,
        a ConfigMap with its environment variables, a NetworkPolicy, and a claim of a volume where one is asked for. The
        files are in `deploy/NAME` beside the BUILD file, with one for kustomize; `kubectl apply -k` takes the directory.

        The pods pass the restricted Pod Security Standard. With `granularity="step"` there is one pod in which the steps
        are init containers, one after the other, each with the resources that its step asks for.

        Example:

            kubernetes_job(
                name="nightly",
                pipeline=":pipeline",
                image="registry.example/jobs:{git_commit}",
                schedule="0 4 * * *",
                secrets={"DB_PASSWORD": "db/password"},
                remote_cache="//infra:cache",
            )
        """
    )
