"""The target type `gitlab_ci`."""

from __future__ import annotations

from pants.engine.target import Target
from pants.util.strutil import help_text

from wombat.target_types.deployment.common import PIPELINE_DEPLOYMENT_FIELDS, SCHEDULE_FIELDS


class GitlabCiTarget(Target):
    alias = "gitlab_ci"
    core_fields = (
        *PIPELINE_DEPLOYMENT_FIELDS,
        *SCHEDULE_FIELDS,
    )
    help = help_text(
        """
        A pipeline of GitLab CI/CD that runs a pipeline.
        """
    )
