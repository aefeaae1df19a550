"""The target type `airflow_dag`."""

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


class AirflowSecretsField(TableSetting):
    alias = "secrets"
    help = help_text(
        """
        Environment variables of the tasks whose values Airflow keeps, each with a reference that Airflow evaluates when
        a task starts: `{{ var.value.NAME }}` for a variable, `{{ conn.ID.password }}` (or `host`, `login`, `schema`,
        `extra`, `extra_dejson.KEY`) for a connection, and `get('ID')` in place of an ID that is no plain name. They are
        in the environment of the task and never in its command. Default: none.

        Airflow hides passwords of connections, and variables with names such as `shop_token` or `db_password`, in its
        logs and pages; other variables it shows to those who may see the DAG.

        Example:

            airflow_dag(name="nightly", pipeline=":pipeline", secrets={"DB_PASSWORD": "{{ conn.shop_db.password }}"})
        """
    )


class AirflowRemoteCacheTokenField(TextSetting):
    alias = "remote_cache_token"
    help = help_text(
        """
        The token of the cache server: the absolute path of a file on the workers, or a reference as in `secrets`, which
        a task then writes to a file of its own. Default: none.

        Example:

            airflow_dag(
                name="nightly",
                pipeline=":pipeline",
                remote_cache="grpcs://cache.example:443",
                remote_cache_token="{{ var.value.cache_token }}",
            )
        """
    )


class AirflowDagIdField(TextSetting):
    alias = "dag_id"
    help = help_text(
        """
        The name of the DAG, unique in Airflow. Default: the directory and the name of the target, with dots:
        `examples.flights.nightly`.

        Example:

            airflow_dag(name="nightly", pipeline=":pipeline", dag_id="flights_nightly")
        """
    )


class AirflowRepositoryField(TextSetting):
    alias = "repository"
    help = help_text(
        """
        Where the workers have the checkout in which tasks run Pants: an absolute path, or `{{ var.value.NAME }}` for a
        variable of Airflow that holds it. Default: the checkout that the DAG's file is in.

        Example:

            airflow_dag(name="nightly", pipeline=":pipeline", repository="/srv/checkouts/monorepo")
        """
    )


class AirflowStartDateField(TextSetting):
    alias = "start_date"
    help = help_text(
        """
        The first day of the schedule, as YYYY-MM-DD; it matters with `catchup`. Default: `2024-01-01`.

        Example:

            airflow_dag(name="nightly", pipeline=":pipeline", start_date="2026-03-01", catchup=True)
        """
    )


class AirflowCatchupField(SwitchSetting):
    alias = "catchup"
    help = help_text(
        """
        Whether Airflow makes up for runs of the schedule that were missed since `start_date`. What a run delivers does
        not depend on its date, so that all but one of them would find everything in the cache. Default: False.

        Example:

            airflow_dag(name="nightly", pipeline=":pipeline", catchup=True)
        """
    )


class AirflowMaxActiveRunsField(NumberSetting):
    alias = "max_active_runs"
    help = help_text(
        """
        How many runs of the DAG there may be at a time. Default: 1.

        Example:

            airflow_dag(name="nightly", pipeline=":pipeline", max_active_runs=2)
        """
    )


class AirflowMaxActiveTasksField(NumberSetting):
    alias = "max_active_tasks"
    help = help_text(
        """
        How many tasks of a run there may be at a time; each is a Pants, which itself runs steps in parallel. Default:
        that of Airflow, 16.

        Example:

            airflow_dag(name="nightly", pipeline=":pipeline", granularity="step", max_active_tasks=2)
        """
    )


class AirflowRetryDelayField(NumberSetting):
    alias = "retry_delay_s"
    help = help_text(
        """
        Seconds until a task that failed is tried again, with `retries`. Default: 300.

        Example:

            airflow_dag(name="nightly", pipeline=":pipeline", retries=2, retry_delay_s=60)
        """
    )


class AirflowRunTimeoutField(NumberSetting):
    alias = "run_timeout_s"
    help = help_text(
        """
        Seconds after which a run that the schedule started is stopped as a whole; `timeout_s` is for each task. Default:
        no limit.

        Example:

            airflow_dag(name="nightly", pipeline=":pipeline", timeout_s=3600, run_timeout_s=14400)
        """
    )


class AirflowPoolField(TextSetting):
    alias = "pool"
    help = help_text(
        """
        The pool whose slots the tasks take, which must be there in Airflow. A pool of one slot keeps large tasks of
        several DAGs apart. Default: that of Airflow, `default_pool`.

        Example:

            airflow_dag(name="nightly", pipeline=":pipeline", pool="pants")
        """
    )


class AirflowQueueField(TextSetting):
    alias = "queue"
    help = help_text(
        """
        The queue of the workers that run the tasks, for executors that have queues: those with the checkout. Default:
        that of Airflow.

        Example:

            airflow_dag(name="nightly", pipeline=":pipeline", queue="monorepo")
        """
    )


class AirflowOwnerField(TextSetting):
    alias = "owner"
    help = help_text(
        """
        Whom Airflow shows as the owner of the tasks. Default: that of Airflow.

        Example:

            airflow_dag(name="nightly", pipeline=":pipeline", owner="team-flights")
        """
    )


class AirflowDagTagsField(TextsSetting):
    # `tags` is a field that all targets of Pants have.
    alias = "dag_tags"
    help = help_text(
        """
        Tags by which people find the DAG in Airflow. Default: none.

        Example:

            airflow_dag(name="nightly", pipeline=":pipeline", dag_tags=["flights", "production"])
        """
    )


class AirflowNotifyEmailsField(TextsSetting):
    alias = "notify_emails"
    help = help_text(
        """
        Addresses that get a mail when a run failed, by the `SmtpNotifier` of the package
        `apache-airflow-providers-smtp`, whose connection must be there in Airflow. Default: none.

        Example:

            airflow_dag(name="nightly", pipeline=":pipeline", notify_emails=["team-flights@example.org"])
        """
    )


class AirflowOnFailureCallbackField(TextSetting):
    alias = "on_failure_callback"
    help = help_text(
        """
        A function that Airflow calls with the context when a run failed, as `package.module.function`; Airflow must be
        able to import it. Default: none.

        Example:

            airflow_dag(name="nightly", pipeline=":pipeline", on_failure_callback="company.alerts.page_on_call")
        """
    )


class AirflowDagTarget(Target):
    alias = "airflow_dag"
    core_fields = (
        *PIPELINE_DEPLOYMENT_FIELDS,
        *SCHEDULE_FIELDS,
        AirflowSecretsField,
        AirflowRemoteCacheTokenField,
        AirflowDagIdField,
        AirflowRepositoryField,
        AirflowStartDateField,
        AirflowCatchupField,
        AirflowMaxActiveRunsField,
        AirflowMaxActiveTasksField,
        AirflowRetryDelayField,
        AirflowRunTimeoutField,
        AirflowPoolField,
        AirflowQueueField,
        AirflowOwnerField,
        AirflowDagTagsField,
        AirflowNotifyEmailsField,
        AirflowOnFailureCallbackField,
    )
    help = help_text(
        """
        A DAG of Airflow 3 (or 2.9 and newer) that runs a pipeline, for teams that keep Airflow as their scheduler. Each
        task is a call of Pants in a checkout of the repository on the worker, by a `BashOperator`: steps run in the same
        sandboxes, with the same cache and the same contracts as anywhere else.

        `generate-configs` writes it to `deploy/NAME_dag.py` below the directory of the target; `output` is another path
        that ends in `_dag.py`. Airflow finds it as a file of its DAG bundle or directory.

        With `granularity="step"` tasks on one worker share results by the cache of that worker; where they run on
        several, set `remote_cache`, too. `$NAME` in `remote_cache` is a variable of Airflow.

        The parameters of a run are `params` of the DAG, with the types of their defaults.

        In `patch` there are `dag`, the arguments of the DAG with its `params` and `default_args`, and `tasks`, the
        arguments of each task by its `task_id`. Durations are seconds, and texts are left to Airflow as they are, with
        what it evaluates in them.

        Example:

            airflow_dag(
                name="nightly",
                pipeline=":pipeline",
                granularity="step",
                repository="/srv/checkouts/monorepo",
                retries=1,
                patch={"dag": {"default_args": {"priority_weight": 5}}, "tasks": {"train-trees": {"pool": "large"}}},
            )
        """
    )
