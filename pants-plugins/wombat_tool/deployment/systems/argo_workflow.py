"""A workflow of Argo that runs a pipeline."""

from __future__ import annotations

from collections.abc import Sequence

from wombat_tool.deployment.settings import InContainers, PipelineSettings, Scheduled
from wombat_tool.deployment.system import GeneratedFile, PipelineDeployment, System


class ArgoWorkflowSettings(PipelineSettings, Scheduled, InContainers):
    """The settings of `argo_workflow`."""


def render(deployment: PipelineDeployment[ArgoWorkflowSettings]) -> Sequence[GeneratedFile]:
    """The files of one target."""
    raise NotImplementedError


SYSTEM = System("argo_workflow", ArgoWorkflowSettings, render)
