"""The target type `airflow_dag`."""

from __future__ import annotations

from pants.engine.target import Target
from pants.util.strutil import help_text

from wombat.target_types.deployment.common import PIPELINE_DEPLOYMENT_FIELDS, SCHEDULE_FIELDS


class AirflowDagTarget(Target):
    alias = "airflow_dag"
    core_fields = (
        *PIPELINE_DEPLOYMENT_FIELDS,
        *SCHEDULE_FIELDS,
    )
    help = help_text(
        """
        A DAG of Airflow that runs a pipeline.
        """
    )
