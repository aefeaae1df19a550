"""The target type `gitlab_ci`."""

from __future__ import annotations

from pants.engine.target import Target
from pants.util.strutil import help_text

from wombat.target_types.deployment.common import (
    PIPELINE_DEPLOYMENT_FIELDS,
    SCHEDULE_FIELDS,
    NumberSetting,
    SwitchSetting,
    TableSetting,
    TextSetting,
    TextsSetting,
)


class GitlabSecretsField(TableSetting):
    alias = "secrets"
    help = help_text(
        """
        Environment variables of the jobs that hold secrets, each with the name of the CI/CD variable of the project or
        its group that has the value, best a masked one. A step gets those that it names in `extra_env_vars`; one whose
        CI/CD variable is not there fails and says so. Default: none.

        All variables of a project are in all its jobs anyway; this gives them the names that steps read.

        Example:

            gitlab_ci(name="ci", pipeline=":pipeline", secrets={"DB_PASSWORD": "PROD_DB_PASSWORD"})
        """
    )


class GitlabRemoteCacheTokenField(TextSetting):
    alias = "remote_cache_token"
    help = help_text(
        """
        The name of the CI/CD variable that holds the token of the cache server. It must be of type File: jobs get the
        path of a file and never the token itself. A job without the variable fails before it does anything. Default:
        none, for a server that asks for none.

        Example:

            gitlab_ci(
                name="ci",
                pipeline=":pipeline",
                remote_cache="$WOMBAT_REMOTE_CACHE",
                remote_cache_token="WOMBAT_REMOTE_CACHE_TOKEN",
            )
        """
    )


class GitlabRetryWhenField(TextsSetting):
    alias = "retry_when"
    help = help_text(
        """
        For what reasons of GitLab's a job is tried again, if `retries` is 1 or 2, such as `runner_system_failure`,
        `stuck_or_timeout_failure` or `script_failure`. Default: whatever the reason.

        Example:

            gitlab_ci(name="ci", pipeline=":pipeline", retries=2, retry_when=["runner_system_failure"])
        """
    )


class GitlabImageField(TextSetting):
    alias = "image"
    help = help_text(
        """
        The container image of the jobs, for runners that run containers. It needs git and what the launcher needs;
        the Dockerfile of a `pipeline_image` makes one. `{git_commit}` in its tag stands for the commit that is run. In
        production it needs a tag or a digest, and the tag must not be `latest`. Default: that of the runner.

        Example:

            gitlab_ci(name="ci", pipeline=":pipeline", image="registry.example/python:3.9")
        """
    )


class GitlabTagsField(TextsSetting):
    alias = "runner_tags"
    help = help_text(
        """
        The tags that a runner must have to run the jobs. Default: none, so that any runner will do that runs jobs
        without tags.

        Example:

            gitlab_ci(name="ci", pipeline=":pipeline", runner_tags=["linux", "large"])
        """
    )


class GitlabStepTagsField(TableSetting):
    alias = "step_runner_tags"
    help = help_text(
        """
        With `granularity="step"`: more tags for the jobs of some steps, such as for machines with a GPU. A step is
        named as in `parameters`, without the parameter. Default: none.

        Example:

            gitlab_ci(
                name="ci",
                pipeline=":pipeline",
                granularity="step",
                remote_cache="$WOMBAT_REMOTE_CACHE",
                step_runner_tags={"train": ["gpu"]},
            )
        """
    )


class GitlabOnPushField(SwitchSetting):
    alias = "on_push"
    help = help_text(
        """
        Whether a push to the default branch starts the pipeline. Default: True.

        Example:

            gitlab_ci(name="nightly", pipeline=":pipeline", on_push=False)
        """
    )


class GitlabOnMergeRequestField(SwitchSetting):
    alias = "on_merge_request"
    help = help_text(
        """
        Whether a merge request starts the pipeline. Jobs whose target the merge request does not change, itself or by
        something that it depends on, then end at once. Default: True.

        Example:

            gitlab_ci(name="nightly", pipeline=":pipeline", on_merge_request=False)
        """
    )


class GitlabInterruptibleField(SwitchSetting):
    alias = "interruptible"
    help = help_text(
        """
        Whether a new commit in a merge request stops the pipeline of the one before. Others are never stopped. Default:
        True.

        Example:

            gitlab_ci(name="ci", pipeline=":pipeline", interruptible=False)
        """
    )


class GitlabResourceGroupField(TextSetting):
    alias = "resource_group"
    help = help_text(
        """
        The group of GitLab's of which one run goes on at a time, such as all those that write to one database. With
        `granularity="step"` the jobs are then in a child pipeline, which is in the group as a whole. Default: none.

        Example:

            gitlab_ci(name="nightly", pipeline=":pipeline", resource_group="warehouse")
        """
    )


class GitlabEnvironmentField(TextSetting):
    alias = "gitlab_environment"
    help = help_text(
        """
        The environment of GitLab's whose CI/CD variables jobs get. They do not count as deployments to it. Default:
        none, so that jobs get the variables that are of no environment.

        Example:

            gitlab_ci(name="nightly", pipeline=":pipeline", gitlab_environment="production")
        """
    )


class GitlabKubernetesResourcesField(SwitchSetting):
    alias = "kubernetes_resources"
    help = help_text(
        """
        Whether jobs ask GitLab's Kubernetes executor for the processors, memory and disk that their steps declare. The
        runner must allow that (`cpu_request_overwrite_max_allowed` and its like). Default: False.

        Example:

            gitlab_ci(name="ci", pipeline=":pipeline", kubernetes_resources=True)
        """
    )


class GitlabCacheField(SwitchSetting):
    alias = "cache"
    help = help_text(
        """
        Whether jobs keep Pants' set-up and tools in GitLab's cache and, without `remote_cache`, results too. With
        `granularity="step"` all jobs read it and the last one writes it. Turn it off where the image has them. Default:
        True.

        Example:

            gitlab_ci(name="ci", pipeline=":pipeline", image="registry.example/jobs:1.4", cache=False)
        """
    )


class GitlabExpireInField(TextSetting):
    alias = "expire_in"
    help = help_text(
        """
        How long GitLab keeps the run records and reports of jobs: a number and a unit, or `never`. Default: `30 days`.

        Example:

            gitlab_ci(name="ci", pipeline=":pipeline", expire_in="1 week")
        """
    )


class GitlabJobsPerPipelineField(NumberSetting):
    alias = "jobs_per_pipeline"
    help = help_text(
        """
        The most jobs of one pipeline, 10 to 1000. If `granularity="step"` makes more, they are divided among child
        pipelines in files of their own, beside the main one in a directory of its name. Default: 400, as the free tier
        of GitLab.com runs 500 at a time.

        Example:

            gitlab_ci(
                name="ci",
                pipeline=":pipeline",
                granularity="step",
                remote_cache="$WOMBAT_REMOTE_CACHE",
                jobs_per_pipeline=200,
            )
        """
    )


class GitlabCiTarget(Target):
    alias = "gitlab_ci"
    core_fields = (
        *PIPELINE_DEPLOYMENT_FIELDS,
        *SCHEDULE_FIELDS,
        GitlabSecretsField,
        GitlabRemoteCacheTokenField,
        GitlabRetryWhenField,
        GitlabImageField,
        GitlabTagsField,
        GitlabStepTagsField,
        GitlabOnPushField,
        GitlabOnMergeRequestField,
        GitlabInterruptibleField,
        GitlabResourceGroupField,
        GitlabEnvironmentField,
        GitlabKubernetesResourcesField,
        GitlabCacheField,
        GitlabExpireInField,
        GitlabJobsPerPipelineField,
    )
    help = help_text(
        """
        A configuration of GitLab CI/CD that runs a pipeline; `generate-configs` writes it to `.gitlab-ci.yml`, or where
        `output` says.

        The pipeline starts for pushes to the default branch, for merge requests (and then runs only what they change),
        by a schedule, and by hand, where each of the `parameters` is a field of the form: `max_iter` is the variable
        WOMBAT_PARAMETER_MAX_ITER. Another pipeline may start it as its child. GitLab keeps schedules in the project's
        settings: the first lines of the file say what to enter there.

        Each job leaves its run record, and a JUnit report that GitLab shows with the merge request. It needs GitLab
        16.10 or newer.

        Example:

            gitlab_ci(
                name="ci",
                pipeline=":pipeline",
                granularity="step",
                remote_cache="$WOMBAT_REMOTE_CACHE",
                remote_cache_token="WOMBAT_REMOTE_CACHE_TOKEN",
                parameters={"max_iter": "train.max_iter"},
                schedule="0 4 * * 1-5",
                timezone="Europe/Berlin",
            )
        """
    )
