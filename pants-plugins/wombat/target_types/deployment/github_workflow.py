"""The target type `github_workflow`."""

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


class GithubSecretsField(TableSetting):
    alias = "secrets"
    help = help_text(
        """
        Environment variables whose values GitHub keeps: a dictionary from the name of the variable to the name of a
        secret of the repository, the organisation or the environment; `vars.NAME` for a configuration variable that is
        no secret. A variable that steps name in `extra_env_vars` is given to the jobs that need one of these steps, any
        other to all jobs. GitHub gives no secrets to pull requests from forks. Default: none.

        Example:

            github_workflow(
                name="ci",
                pipeline=":pipeline",
                secrets={"DB_PASSWORD": "PRODUCTION_DB_PASSWORD", "DB_HOST": "vars.DB_HOST"},
            )
        """
    )


class GithubRemoteCacheTokenField(TextSetting):
    alias = "remote_cache_token"
    help = help_text(
        """
        The name of the secret that holds the token of the cache server. A file that nobody else can read takes it to
        Pants. Default: none, for a server that asks for no token.

        Example:

            github_workflow(
                name="ci", pipeline=":pipeline", remote_cache="$REMOTE_CACHE", remote_cache_token="REMOTE_CACHE_TOKEN"
            )
        """
    )


class GithubWorkflowNameField(TextSetting):
    alias = "workflow_name"
    help = help_text(
        """
        What GitHub calls the workflow. Default: the address of the target.

        Example:

            github_workflow(name="ci", pipeline=":pipeline", workflow_name="Nightly flights")
        """
    )


class GithubTriggersField(TextsSetting):
    alias = "triggers"
    help = help_text(
        """
        What starts a run, out of `push`, `pull_request`, `schedule` and `manual`. Runs of pull requests run the
        pipeline in one job, if the change can reach it, and read the remote cache without writing to it. Default: all
        of them, without `schedule` where there is none.

        Example:

            github_workflow(name="nightly", pipeline=":pipeline", triggers=["schedule", "manual"])
        """
    )


class GithubBranchesField(TextsSetting):
    alias = "branches"
    help = help_text(
        """
        The branches whose pushes start runs, and to which pull requests go that do; patterns as GitHub has them.
        Default: `main`.

        Example:

            github_workflow(name="ci", pipeline=":pipeline", branches=["main", "release/**"])
        """
    )


class GithubRunsOnField(TextsSetting):
    alias = "runs_on"
    help = help_text(
        """
        The labels that a machine must have to run the jobs. Default: `ubuntu-24.04`.

        Example:

            github_workflow(name="ci", pipeline=":pipeline", runs_on=["self-hosted", "linux"])
        """
    )


class GithubStepRunsOnField(TableSetting):
    alias = "step_runs_on"
    help = help_text(
        """
        With `granularity="step"`: the labels of machines for single steps, in place of `runs_on`, such as machines with
        a GPU. A step is named as in `parameters`. Steps that are one job need the same machine. Default: none.

        Example:

            github_workflow(
                name="ci",
                pipeline=":pipeline",
                granularity="step",
                remote_cache="$REMOTE_CACHE",
                step_runs_on={"train": ["self-hosted", "gpu"]},
            )
        """
    )


class GithubPythonVersionsField(TextsSetting):
    alias = "python_versions"
    help = help_text(
        """
        The versions of Python that a job sets up, the one that `python` shall mean first: 3.9 for the launcher of Pants
        2.17, 3.11 or newer for contracts, and those of the steps. An empty list sets none up, for machines that have
        them. Default: 3.9 and 3.11.

        Example:

            github_workflow(name="ci", pipeline=":pipeline", python_versions=["3.9", "3.11", "3.12"])
        """
    )


class GithubActionVersionsField(TableSetting):
    alias = "action_versions"
    help = help_text(
        """
        The versions of the actions that jobs use, as a tag or the SHA of a commit: `actions/checkout`,
        `actions/setup-python`, `actions/cache`, and `pantsbuild/actions` where the repository has no launcher of its
        own. Default: the tag of a major version of each.

        Example:

            github_workflow(
                name="ci",
                pipeline=":pipeline",
                action_versions={"actions/checkout": "08c6903cd8c0fde910a37f88322edcfb5dd907a8"},
            )
        """
    )


class GithubChangedSinceField(TextSetting):
    alias = "changed_since"
    help = help_text(
        """
        The git revision that a pull request is compared with. Default: `HEAD^1`, which in the merge commit that GitHub
        checks out is the branch that the pull request goes to.

        Example:

            github_workflow(name="ci", pipeline=":pipeline", changed_since="origin/main")
        """
    )


class GithubFetchDepthField(NumberSetting):
    alias = "fetch_depth"
    help = help_text(
        """
        How many commits of the history the job of a pull request fetches, 0 for all. Default: 2, or 0 where
        `changed_since` is set.

        Example:

            github_workflow(name="ci", pipeline=":pipeline", changed_since="origin/main", fetch_depth=200)
        """
    )


class GithubCacheField(SwitchSetting):
    alias = "github_cache"
    help = help_text(
        """
        Whether GitHub's cache keeps what Pants has set up and installed, by the content of the launcher's lock file and
        of `lock_files`. Pull requests read it and write nothing. Machines of your own that keep their home directory
        need it not. Default: True.

        Example:

            github_workflow(name="ci", pipeline=":pipeline", runs_on=["self-hosted"], github_cache=False)
        """
    )


class GithubLockFilesField(TextsSetting):
    alias = "lock_files"
    help = help_text(
        """
        Patterns of the files that decide what Pants installs, for the key of its cache. Default: `**/*.lock`.

        Example:

            github_workflow(name="ci", pipeline=":pipeline", lock_files=["3rdparty/**/*.lock", "pants.toml"])
        """
    )


class GithubResultCacheField(NumberSetting):
    alias = "result_cache_mib"
    help = help_text(
        """
        Without `remote_cache`: GitHub's cache takes the results of steps from run to run, as one store. When the store
        is larger than this many MiB it is begun anew; 0 keeps no results. A remote cache does better, since jobs take
        from it what they need and no more. Default: 4000. It needs `github_cache`.

        Example:

            github_workflow(name="ci", pipeline=":pipeline", result_cache_mib=1000)
        """
    )


class GithubDeploymentEnvironmentField(TextSetting):
    alias = "deployment_environment"
    help = help_text(
        """
        The environment of GitHub that the jobs run in, with its secrets and rules of protection; pull requests run
        outside of it. Default: none.

        Example:

            github_workflow(name="nightly", pipeline=":pipeline", deployment_environment="production")
        """
    )


class GithubWorkflowTarget(Target):
    alias = "github_workflow"
    core_fields = (
        *PIPELINE_DEPLOYMENT_FIELDS,
        *SCHEDULE_FIELDS,
        GithubSecretsField,
        GithubRemoteCacheTokenField,
        GithubWorkflowNameField,
        GithubTriggersField,
        GithubBranchesField,
        GithubRunsOnField,
        GithubStepRunsOnField,
        GithubPythonVersionsField,
        GithubActionVersionsField,
        GithubChangedSinceField,
        GithubFetchDepthField,
        GithubCacheField,
        GithubLockFilesField,
        GithubResultCacheField,
        GithubDeploymentEnvironmentField,
    )
    help = help_text(
        """
        A workflow of GitHub Actions that runs a pipeline: on pushes, on pull requests if they can change what it
        delivers, by schedule, and by hand with `parameters`. It is the file `.github/workflows/NAME.yml`, with the
        action `.github/actions/NAME/action.yml` by which its jobs set Pants up. Each job shows a table of its run.
        Where `output` is another place than `.github/workflows`, which is the only one that GitHub looks at, the action
        is beside the workflow.

        GitHub does not try a job again, so `retries` calls Pants again on the same machine, where what succeeded is
        kept. `timeout_s` counts for all attempts together, in whole minutes.

        Example:

            github_workflow(
                name="ci",
                pipeline=":pipeline",
                granularity="step",
                remote_cache="$WOMBAT_REMOTE_CACHE",
                remote_cache_token="WOMBAT_REMOTE_CACHE_TOKEN",
                parameters={"max_iter": "train.max_iter"},
            )
        """
    )
