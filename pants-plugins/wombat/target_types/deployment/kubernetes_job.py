"""The target type `kubernetes_job`."""

from __future__ import annotations

from pants.engine.target import Target
from pants.util.strutil import help_text

from wombat.target_types.deployment.common import CONTAINER_FIELDS, PIPELINE_DEPLOYMENT_FIELDS, SCHEDULE_FIELDS


class KubernetesJobTarget(Target):
    alias = "kubernetes_job"
    core_fields = (
        *PIPELINE_DEPLOYMENT_FIELDS,
        *SCHEDULE_FIELDS,
        *CONTAINER_FIELDS,
    )
    help = help_text(
        """
        A Job of Kubernetes that runs a pipeline, or a CronJob with a schedule.
        """
    )
