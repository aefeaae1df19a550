"""The target type `argo_workflow`."""

from __future__ import annotations

from pants.engine.target import Target
from pants.util.strutil import help_text

from wombat.target_types.deployment.common import CONTAINER_FIELDS, PIPELINE_DEPLOYMENT_FIELDS, SCHEDULE_FIELDS


class ArgoWorkflowTarget(Target):
    alias = "argo_workflow"
    core_fields = (
        *PIPELINE_DEPLOYMENT_FIELDS,
        *SCHEDULE_FIELDS,
        *CONTAINER_FIELDS,
    )
    help = help_text(
        """
        A workflow of Argo that runs a pipeline.
        """
    )
