"""A DAG of Airflow that runs a pipeline."""

from __future__ import annotations

from collections.abc import Sequence

from wombat_tool.deployment.settings import PipelineSettings, Scheduled
from wombat_tool.deployment.system import GeneratedFile, PipelineDeployment, System


class AirflowDagSettings(PipelineSettings, Scheduled):
    """The settings of `airflow_dag`."""


def render(deployment: PipelineDeployment[AirflowDagSettings]) -> Sequence[GeneratedFile]:
    """The files of one target."""
    raise NotImplementedError


SYSTEM = System("airflow_dag", AirflowDagSettings, render)
