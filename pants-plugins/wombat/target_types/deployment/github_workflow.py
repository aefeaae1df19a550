"""The target type `github_workflow`."""

from __future__ import annotations

from pants.engine.target import Target
from pants.util.strutil import help_text

from wombat.target_types.deployment.common import PIPELINE_DEPLOYMENT_FIELDS, SCHEDULE_FIELDS


class GithubWorkflowTarget(Target):
    alias = "github_workflow"
    core_fields = (
        *PIPELINE_DEPLOYMENT_FIELDS,
        *SCHEDULE_FIELDS,
    )
    help = help_text(
        """
        A workflow of GitHub Actions that runs a pipeline.
        """
    )
