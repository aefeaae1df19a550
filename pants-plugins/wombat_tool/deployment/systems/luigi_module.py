"""A module of Luigi tasks that run a pipeline."""

from __future__ import annotations

from collections.abc import Sequence

from wombat_tool.deployment.settings import PipelineSettings
from wombat_tool.deployment.system import GeneratedFile, PipelineDeployment, System


class LuigiModuleSettings(PipelineSettings):
    """The settings of `luigi_module`."""


def render(deployment: PipelineDeployment[LuigiModuleSettings]) -> Sequence[GeneratedFile]:
    """The files of one target."""
    raise NotImplementedError


SYSTEM = System("luigi_module", LuigiModuleSettings, render)
