"""The target type `kubeflow_pipeline`."""

from __future__ import annotations

from pants.engine.target import Target
from pants.util.strutil import help_text

from wombat.target_types.deployment.common import CONTAINER_FIELDS, PIPELINE_DEPLOYMENT_FIELDS
from wombat.target_types.deployment.pods import WORKFLOW_POD_FIELDS


class KubeflowPipelineTarget(Target):
    alias = "kubeflow_pipeline"
    core_fields = (
        *PIPELINE_DEPLOYMENT_FIELDS,
        *CONTAINER_FIELDS,
        *WORKFLOW_POD_FIELDS,
    )
    help = help_text(
        """
        A pipeline of Kubeflow Pipelines that runs a pipeline, for release 2.4 and newer: the compiled file that its
        user interface and its client take. `./pants generate-configs` writes `deploy/NAME.kfp.yaml` below the directory
        of the target.

        `parameters` are those of a run of Kubeflow. Where the image's tag is `{git_commit}`, the whole reference of the
        image is the parameter `image`. When runs start is for Kubeflow to say, by recurring runs, so there is no
        `schedule`. The keys of `patch` are `PipelineSpec` and `PlatformSpec`, the two documents of the file. Kubeflow
        caches nothing of the tasks, since Pants and the remote cache know better what is to be computed again.

        Example:

            kubeflow_pipeline(
                name="train",
                pipeline=":pipeline",
                image="registry.example/jobs:1.4",
                granularity="step",
                remote_cache="grpc://remote-cache.ds-prod.svc:9092",
                parameters={"max_iter": "train.max_iter"},
            )
        """
    )
