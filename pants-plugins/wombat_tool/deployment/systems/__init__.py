"""The systems that configurations are generated for, one file each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wombat_tool.deployment.system import System
from wombat_tool.deployment.systems import (
    airflow_dag,
    argo_workflow,
    github_workflow,
    gitlab_ci,
    kubeflow_pipeline,
    kubernetes_job,
    luigi_module,
    pipeline_image,
    remote_cache,
)

SYSTEMS: Mapping[str, System[Any]] = {
    system.type_name: system
    for system in (
        airflow_dag.SYSTEM,
        argo_workflow.SYSTEM,
        github_workflow.SYSTEM,
        gitlab_ci.SYSTEM,
        kubeflow_pipeline.SYSTEM,
        kubernetes_job.SYSTEM,
        luigi_module.SYSTEM,
        pipeline_image.SYSTEM,
        remote_cache.SYSTEM,
    )
}
