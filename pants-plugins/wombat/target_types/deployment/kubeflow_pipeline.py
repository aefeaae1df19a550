"""The target type `kubeflow_pipeline`."""

from __future__ import annotations

from pants.engine.target import Target
from pants.util.strutil import help_text

from wombat.target_types.deployment.common import CONTAINER_FIELDS, PIPELINE_DEPLOYMENT_FIELDS


class KubeflowPipelineTarget(Target):
    alias = "kubeflow_pipeline"
    core_fields = (
        *PIPELINE_DEPLOYMENT_FIELDS,
        *CONTAINER_FIELDS,
    )
    help = help_text(
        """
        A pipeline of Kubeflow that runs a pipeline.
        """
    )
