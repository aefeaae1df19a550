"""A workflow of GitHub Actions that runs a pipeline."""

from __future__ import annotations

from collections.abc import Sequence

from wombat_tool.deployment.settings import PipelineSettings, Scheduled
from wombat_tool.deployment.system import GeneratedFile, PipelineDeployment, System


class GithubWorkflowSettings(PipelineSettings, Scheduled):
    """The settings of `github_workflow`."""


def render(deployment: PipelineDeployment[GithubWorkflowSettings]) -> Sequence[GeneratedFile]:
    """The files of one target."""
    raise NotImplementedError


SYSTEM = System("github_workflow", GithubWorkflowSettings, render)
