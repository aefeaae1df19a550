"""A Job of Kubernetes that runs a pipeline, or a CronJob with a schedule."""

from __future__ import annotations

from collections.abc import Sequence

from wombat_tool.deployment.settings import InContainers, PipelineSettings, Scheduled
from wombat_tool.deployment.system import GeneratedFile, PipelineDeployment, System


class KubernetesJobSettings(PipelineSettings, Scheduled, InContainers):
    """The settings of `kubernetes_job`."""


def render(deployment: PipelineDeployment[KubernetesJobSettings]) -> Sequence[GeneratedFile]:
    """The files of one target."""
    raise NotImplementedError


SYSTEM = System("kubernetes_job", KubernetesJobSettings, render)
