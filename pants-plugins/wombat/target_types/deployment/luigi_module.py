"""The target type `luigi_module`."""

from __future__ import annotations

from pants.engine.target import Target
from pants.util.strutil import help_text

from wombat.target_types.deployment.common import (
    PIPELINE_DEPLOYMENT_FIELDS,
    NumberSetting,
    TableSetting,
    TextSetting,
    TextsSetting,
)


class LuigiScheduleField(TextSetting):
    alias = "schedule"
    help = help_text(
        """
        Luigi has no schedules, so that this can only be `never`. Default: none; then the generated module has a
        line for cron as a comment where the pipeline has a schedule; `never` leaves that out.

        Example:

            luigi_module(name="nightly", pipeline=":pipeline", schedule="never")
        """
    )


class LuigiSecretsField(TableSetting):
    alias = "secrets"
    help = help_text(
        """
        Environment variables of the tasks whose values are found when a task starts: `$NAME` is an environment variable
        of Luigi, and an absolute path a file that holds the value. Default: none.

        Example:

            luigi_module(
                name="nightly",
                pipeline=":pipeline",
                secrets={"DB_PASSWORD": "/run/secrets/shop-db", "DB_HOST": "$SHOP_DB_HOST"},
            )
        """
    )


class LuigiRemoteCacheTokenField(TextSetting):
    alias = "remote_cache_token"
    help = help_text(
        """
        The file that holds the token of the cache server: its absolute path, or `$NAME` for an environment variable of
        Luigi that holds the path. Default: none.

        Example:

            luigi_module(
                name="nightly",
                pipeline=":pipeline",
                remote_cache="grpcs://cache.example:443",
                remote_cache_token="/run/secrets/cache-token",
            )
        """
    )


class LuigiTaskNamespaceField(TextSetting):
    alias = "task_namespace"
    help = help_text(
        """
        The namespace of the tasks, by which Luigi's scheduler tells them from those of other pipelines. Default: the
        directory and the name of the target, with dots: `examples.flights.nightly`.

        Example:

            luigi_module(name="nightly", pipeline=":pipeline", task_namespace="flights")
        """
    )


class LuigiRepositoryField(TextSetting):
    alias = "repository"
    help = help_text(
        """
        The checkout in which tasks run Pants, an absolute path. Default: the one that the module is in.

        Example:

            luigi_module(name="nightly", pipeline=":pipeline", repository="/srv/checkouts/monorepo")
        """
    )


class LuigiMarkersDirField(TextSetting):
    alias = "markers_dir"
    help = help_text(
        """
        The directory in which each task that is done leaves a small file, an absolute path. Such a file counts for one
        run only, and may be removed when the run is over. Workers on several machines need one that they share. Default:
        `.wombat/luigi` in the checkout.

        Example:

            luigi_module(name="nightly", pipeline=":pipeline", markers_dir="/mnt/shared/luigi")
        """
    )


class LuigiResourcesField(TableSetting):
    alias = "luigi_resources"
    help = help_text(
        """
        How much each task takes of the resources that Luigi's scheduler counts, as its configuration names them in
        `[resources]`: names with whole numbers. What a step asks of a machine is said by its own `resources`. Default:
        nothing.

        Example:

            luigi_module(name="nightly", pipeline=":pipeline", luigi_resources={"pants": 1})
        """
    )


class LuigiPriorityField(NumberSetting):
    alias = "priority"
    help = help_text(
        """
        The priority of the tasks among all that Luigi could start. Default: that of Luigi, 0.

        Example:

            luigi_module(name="nightly", pipeline=":pipeline", priority=10)
        """
    )


class LuigiNotifyEmailsField(TextsSetting):
    alias = "notify_emails"
    help = help_text(
        """
        Addresses to which Luigi mails errors, as owners of the tasks, besides the `receiver` in the `[email]` section of
        its configuration, which says how mails are sent. Default: none.

        Example:

            luigi_module(name="nightly", pipeline=":pipeline", notify_emails=["team-flights@example.org"])
        """
    )


class LuigiModuleTarget(Target):
    alias = "luigi_module"
    core_fields = (
        *PIPELINE_DEPLOYMENT_FIELDS,
        LuigiScheduleField,
        LuigiSecretsField,
        LuigiRemoteCacheTokenField,
        LuigiTaskNamespaceField,
        LuigiRepositoryField,
        LuigiMarkersDirField,
        LuigiResourcesField,
        LuigiPriorityField,
        LuigiNotifyEmailsField,
    )
    help = help_text(
        """
        A module of Luigi tasks that run a pipeline, for teams that keep Luigi. Each task is a call of Pants in a
        checkout of the repository: steps run in the same sandboxes, with the same cache and the same contracts as
        anywhere else.

        `generate-configs` writes it to `deploy/NAME_luigi.py` below the directory of the target; `output` is another
        path that ends in `_luigi.py`. The module says in a comment how it is started.

        Luigi takes a task for done when its output is there. Here that is a marker for one run, named by the parameter
        `run_id`, which is new at each start. So a new run asks Pants for everything, and Pants computes what its cache
        does not have; a run that is started again under its old `run_id` asks for what is not done.

        Luigi tries a failed task again, with `retries`, only where its worker waits for that: `--worker-keep-alive`
        and `--scheduler-retry-delay SECONDS`. `$NAME` in `remote_cache` is an environment variable of Luigi.

        In `patch` there are `environment`, the environment variables of the tasks, `all_tasks`, attributes of all
        tasks, and `tasks`, attributes of each task by the name of its class.

        Example:

            luigi_module(
                name="nightly",
                pipeline=":pipeline",
                granularity="step",
                timeout_s=3600,
                patch={"tasks": {"TrainTrees": {"priority": 10}}},
            )
        """
    )
