"""A pipeline of GitLab CI/CD that runs a pipeline."""

from __future__ import annotations

from collections.abc import Sequence

from wombat_tool.deployment.settings import PipelineSettings, Scheduled
from wombat_tool.deployment.system import GeneratedFile, PipelineDeployment, System


class GitlabCiSettings(PipelineSettings, Scheduled):
    """The settings of `gitlab_ci`."""


def render(deployment: PipelineDeployment[GitlabCiSettings]) -> Sequence[GeneratedFile]:
    """The files of one target."""
    raise NotImplementedError


SYSTEM = System("gitlab_ci", GitlabCiSettings, render)
