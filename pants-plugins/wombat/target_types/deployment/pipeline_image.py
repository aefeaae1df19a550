"""The target type `pipeline_image`."""

from __future__ import annotations

from pants.engine.target import Target
from pants.util.strutil import help_text

from wombat.target_types.deployment.common import COMMON_DEPLOYMENT_FIELDS


class PipelineImageTarget(Target):
    alias = "pipeline_image"
    core_fields = (*COMMON_DEPLOYMENT_FIELDS,)
    help = help_text(
        """
        The recipe of a container image for jobs.
        """
    )
