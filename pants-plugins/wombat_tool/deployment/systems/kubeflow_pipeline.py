"""A pipeline of Kubeflow that runs a pipeline."""

from __future__ import annotations

from collections.abc import Sequence

from wombat_tool.deployment.settings import InContainers, PipelineSettings
from wombat_tool.deployment.system import GeneratedFile, PipelineDeployment, System


class KubeflowPipelineSettings(PipelineSettings, InContainers):
    """The settings of `kubeflow_pipeline`."""


def render(deployment: PipelineDeployment[KubeflowPipelineSettings]) -> Sequence[GeneratedFile]:
    """The files of one target."""
    raise NotImplementedError


SYSTEM = System("kubeflow_pipeline", KubeflowPipelineSettings, render)
