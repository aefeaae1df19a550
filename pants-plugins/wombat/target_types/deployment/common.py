"""What the target types share that deploy pipelines: kinds of settings, and the settings that all systems have.

The plugin says what a setting is called and what it is for. What values it may have is checked where configurations
are made, in `wombat_tool`, all mistakes of all targets at once.
"""

from __future__ import annotations

from typing import Any, ClassVar, Dict, Mapping, Optional, Tuple, Type

from pants.engine.addresses import Address
from pants.engine.target import (
    COMMON_TARGET_FIELDS,
    AsyncFieldMixin,
    Dependencies,
    Field,
    IntField,
    InvalidFieldTypeException,
    StringField,
    StringSequenceField,
    TriBoolField,
)
from pants.util.frozendict import FrozenDict
from pants.util.strutil import help_text

from wombat.target_types.step_values import plain_value


class SettingField(Field):
    """A field that is a setting of a deployment; None stands for a setting that is not made."""

    def as_json(self) -> Any:
        """The value as JSON knows it."""
        return list(self.value) if isinstance(self.value, tuple) else self.value


class TextSetting(SettingField, StringField):
    """One text."""


class NumberSetting(SettingField, IntField):
    """A whole number."""


class SwitchSetting(SettingField, TriBoolField):
    """True or False."""


class TextsSetting(SettingField, StringSequenceField):
    """A list of texts."""


class AddressSetting(TextSetting, AsyncFieldMixin):
    """The address of a target, as it may be written in the BUILD file."""


class TableSetting(SettingField):
    """A dictionary of anything that JSON knows."""

    value: Optional[FrozenDict[str, Any]]
    default: ClassVar[Optional[FrozenDict[str, Any]]] = None
    expected: ClassVar[str] = "a dictionary"

    @classmethod
    def compute_value(cls, raw_value: Any, address: Address) -> Optional[FrozenDict[str, Any]]:
        value = super().compute_value(raw_value, address)
        if value is None:
            return None
        if not isinstance(value, Mapping):
            raise InvalidFieldTypeException(address, cls.alias, raw_value, expected_type=cls.expected)
        return FrozenDict.deep_freeze(plain_value(value, cls.alias, address))

    def as_json(self) -> Any:
        return _thawed(self.value)


class TablesSetting(SettingField):
    """A list of dictionaries of anything that JSON knows."""

    value: Optional[Tuple[FrozenDict[str, Any], ...]]
    default: ClassVar[Optional[Tuple[FrozenDict[str, Any], ...]]] = None
    expected: ClassVar[str] = "a list of dictionaries"

    @classmethod
    def compute_value(cls, raw_value: Any, address: Address) -> Optional[Tuple[FrozenDict[str, Any], ...]]:
        value = super().compute_value(raw_value, address)
        if value is None:
            return None
        if not isinstance(value, (list, tuple)) or any(not isinstance(item, Mapping) for item in value):
            raise InvalidFieldTypeException(address, cls.alias, raw_value, expected_type=cls.expected)
        return tuple(FrozenDict.deep_freeze(plain_value(item, cls.alias, address)) for item in value)

    def as_json(self) -> Any:
        return _thawed(self.value)


def _thawed(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _thawed(item) for key, item in value.items()}
    return [_thawed(item) for item in value] if isinstance(value, tuple) else value


class DeploymentOutputField(TextSetting):
    """Marks the deployment targets: each has it."""

    alias = "output"
    help = help_text(
        """
        Where the generated file goes, or the directory for several files, as a path from the build root. Of hidden
        directories only `.github`, `.gitlab` and `.gitlab-ci` are allowed, and not `dist`: elsewhere a file would not
        be found when nothing generates it any more. Default: see the target type.

        Example:

            argo_workflow(name="nightly", pipeline=":pipeline", image="jobs:1.4", output="deploy/nightly")
        """
    )


class DeploymentPatchField(TableSetting):
    alias = "patch"
    help = help_text(
        """
        What is to be set in the generated configuration whatever else it says: a JSON merge patch (RFC 7396). None
        removes a key, dictionaries are merged, anything else takes the place of what was there. Where a target makes
        several objects of Kubernetes, the keys are their kinds: "CronJob", or "ConfigMap/name" if there are several.
        Default: nothing.

        Example:

            github_workflow(name="ci", pipeline=":pipeline", patch={"defaults": {"run": {"shell": "bash"}}})
        """
    )


class DeployedPipelineField(AddressSetting):
    alias = "pipeline"
    required = True
    value: str
    help = help_text(
        """
        The pipeline to deploy.

        Example:

            github_workflow(name="ci", pipeline=":pipeline")
        """
    )


class GranularityField(TextSetting):
    alias = "granularity"
    help = help_text(
        """
        What becomes one job. `pipeline`: all of it is one job, in which Pants runs what is independent in parallel.
        `step`: each step is a job, in the order of the graph, and the last job runs the pipeline as a whole, which
        checks everything and computes nothing again. Jobs on machines of their own share results by `remote_cache`.
        Default: `pipeline`.

        A start of Pants takes about ten seconds, so `step` is for steps that run for minutes, need different machines,
        or are to be seen one by one.

        Example:

            argo_workflow(name="nightly", pipeline=":pipeline", image="jobs:1.4", granularity="step")
        """
    )


class GroupChainsField(SwitchSetting):
    alias = "group_chains"
    help = help_text(
        """
        With `granularity="step"`: whether steps that can only run one after the other become one job, named after the
        last of them. Default: True.

        Example:

            gitlab_ci(name="ci", pipeline=":pipeline", granularity="step", group_chains=False)
        """
    )


class DeploymentEnvironmentField(TextSetting):
    alias = "environment"
    help = help_text(
        """
        How strictly contracts are enforced in the jobs: `development` or `production`. Default: `production`.

        Example:

            kubernetes_job(name="try", pipeline=":pipeline", image="jobs:1.4", environment="development")
        """
    )


class DeploymentParametersField(TableSetting):
    alias = "parameters"
    help = help_text(
        """
        What may be set when a run is started by hand: a dictionary from names to parameters of steps, each
        `step.parameter`, with the whole address where the step is of another directory; a list sets several to one
        value. The default of each is what the step declares. Default: nothing.

        Example:

            github_workflow(
                name="ci",
                pipeline=":pipeline",
                parameters={"max_iter": "train.max_iter", "region": ["load.region", "//reports:render.region"]},
            )
        """
    )


class DeploymentEnvVarsField(TableSetting):
    alias = "env_vars"
    help = help_text(
        """
        Environment variables of the jobs, with their values. A step gets those that it names in `extra_env_vars`.
        Default: none. For passwords and the like there is `secrets`.

        Example:

            github_workflow(name="ci", pipeline=":pipeline", env_vars={"DB_HOST": "db.example"})
        """
    )


class DeploymentRetriesField(NumberSetting):
    alias = "retries"
    help = help_text(
        """
        How often a job that failed is tried again, for instance since its machine went away. Default: 0. What a step
        itself may need is said by the step's own `retries`, inside a job.

        Example:

            gitlab_ci(name="ci", pipeline=":pipeline", retries=1)
        """
    )


class DeploymentTimeoutField(NumberSetting):
    alias = "timeout_s"
    help = help_text(
        """
        Seconds after which a job is stopped. Default: the limit of the system. A step has a limit of its own.

        Example:

            gitlab_ci(name="ci", pipeline=":pipeline", timeout_s=7200)
        """
    )


class DeploymentRemoteCacheField(AddressSetting):
    alias = "remote_cache"
    help = help_text(
        """
        The cache server by which jobs share results: `grpcs://HOST:PORT` (`grpc://` without TLS), `$NAME` for a
        variable of the CI system that holds such an address, or the address of a `remote_cache` target. Default:
        none, so that each job keeps its results to itself.

        Example:

            github_workflow(name="ci", pipeline=":pipeline", granularity="step", remote_cache="$WOMBAT_REMOTE_CACHE")
        """
    )


class DeploymentRemoteCacheInstanceField(TextSetting):
    alias = "remote_cache_instance"
    help = help_text(
        """
        The instance name that the cache server asks for. Default: none.

        Example:

            github_workflow(name="ci", pipeline=":pipeline", remote_cache="$CACHE", remote_cache_instance="main")
        """
    )


class DeploymentScheduleField(TextSetting):
    alias = "schedule"
    help = help_text(
        """
        When runs start by themselves: a cron expression of five fields, or `never`. Default: the schedule of the
        pipeline.

        Example:

            kubernetes_job(name="nightly", pipeline=":pipeline", image="jobs:1.4", schedule="30 4 * * 1-5")
        """
    )


class DeploymentTimezoneField(TextSetting):
    alias = "timezone"
    help = help_text(
        """
        The time zone of `schedule`, a name of the IANA database. Default: `UTC`.

        Example:

            kubernetes_job(name="nightly", pipeline=":pipeline", image="jobs:1.4", timezone="Europe/Berlin")
        """
    )


class DeploymentImageField(TextSetting):
    alias = "image"
    required = True
    help = help_text(
        """
        The container image of the jobs: the repository at one commit with Pants set up in it, as the Dockerfile of a
        `pipeline_image` makes it. `{git_commit}` in its tag stands for the commit that is deployed. In production it
        needs a tag or a digest, and the tag must not be `latest`.

        Example:

            argo_workflow(name="nightly", pipeline=":pipeline", image="registry.example/jobs:{git_commit}")
        """
    )


class DeploymentResourcesField(TableSetting):
    alias = "resources"
    help = help_text(
        """
        What a job asks of a machine, in the units of Kubernetes: `cpu`, `memory`, `ephemeral_storage`, `gpu`. Default:
        of each the most that one of its steps asks for.

        Example:

            kubernetes_job(name="nightly", pipeline=":pipeline", image="jobs:1.4", resources={"memory": "4Gi"})
        """
    )


class DeploymentDependenciesField(Dependencies):
    help = help_text(
        """
        Targets that the deployment needs besides its pipeline, which is found by itself. Default: none.

        Example:

            github_workflow(name="ci", pipeline=":pipeline", dependencies=[":runbook"])
        """
    )


COMMON_DEPLOYMENT_FIELDS: Tuple[Type[Field], ...] = (
    *COMMON_TARGET_FIELDS,
    DeploymentOutputField,
    DeploymentPatchField,
    DeploymentDependenciesField,
)
"""The fields of all deployment targets."""

PIPELINE_DEPLOYMENT_FIELDS: Tuple[Type[Field], ...] = (
    *COMMON_DEPLOYMENT_FIELDS,
    DeployedPipelineField,
    GranularityField,
    GroupChainsField,
    DeploymentEnvironmentField,
    DeploymentParametersField,
    DeploymentEnvVarsField,
    DeploymentRetriesField,
    DeploymentTimeoutField,
    DeploymentRemoteCacheField,
    DeploymentRemoteCacheInstanceField,
)
"""The fields of all targets that deploy a pipeline; `secrets` and `remote_cache_token` each system has in its own form."""

SCHEDULE_FIELDS: Tuple[Type[Field], ...] = (DeploymentScheduleField, DeploymentTimezoneField)
"""For systems that start runs by themselves."""

CONTAINER_FIELDS: Tuple[Type[Field], ...] = (DeploymentImageField, DeploymentResourcesField)
"""For systems that run containers."""


def settings_of(fields: Mapping[Type[Field], Field]) -> Dict[str, Any]:
    """The settings that a target makes, by alias."""
    return {
        field.alias: field.as_json()
        for field in fields.values()
        if isinstance(field, SettingField) and field.value is not None
    }
