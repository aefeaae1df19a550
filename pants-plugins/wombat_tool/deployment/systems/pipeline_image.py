"""The recipe of a container image for jobs."""

from __future__ import annotations

from collections.abc import Sequence

from wombat_tool.deployment.settings import Settings
from wombat_tool.deployment.system import Deployment, GeneratedFile, System


class PipelineImageSettings(Settings):
    """The settings of `pipeline_image`."""


def render(deployment: Deployment[PipelineImageSettings]) -> Sequence[GeneratedFile]:
    """The files of one target."""
    raise NotImplementedError


SYSTEM = System("pipeline_image", PipelineImageSettings, render)
