"""The target type `luigi_module`."""

from __future__ import annotations

from pants.engine.target import Target
from pants.util.strutil import help_text

from wombat.target_types.deployment.common import PIPELINE_DEPLOYMENT_FIELDS


class LuigiModuleTarget(Target):
    alias = "luigi_module"
    core_fields = (*PIPELINE_DEPLOYMENT_FIELDS,)
    help = help_text(
        """
        A module of Luigi tasks that run a pipeline.
        """
    )
