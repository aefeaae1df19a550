"""The target types that deploy pipelines, one a system."""

from __future__ import annotations

from typing import Tuple, Type

from pants.engine.target import Target

from wombat.target_types.deployment.airflow_dag import AirflowDagTarget
from wombat.target_types.deployment.argo_workflow import ArgoWorkflowTarget
from wombat.target_types.deployment.github_workflow import GithubWorkflowTarget
from wombat.target_types.deployment.gitlab_ci import GitlabCiTarget
from wombat.target_types.deployment.kubeflow_pipeline import KubeflowPipelineTarget
from wombat.target_types.deployment.kubernetes_job import KubernetesJobTarget
from wombat.target_types.deployment.luigi_module import LuigiModuleTarget
from wombat.target_types.deployment.pipeline_image import PipelineImageTarget
from wombat.target_types.deployment.remote_cache import RemoteCacheTarget

DEPLOYMENT_TARGET_TYPES: Tuple[Type[Target], ...] = (
    AirflowDagTarget,
    ArgoWorkflowTarget,
    GithubWorkflowTarget,
    GitlabCiTarget,
    KubeflowPipelineTarget,
    KubernetesJobTarget,
    LuigiModuleTarget,
    PipelineImageTarget,
    RemoteCacheTarget,
)
