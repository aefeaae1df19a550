"""The target type `pipeline`."""

from __future__ import annotations

import re
from typing import Optional

from pants.engine.addresses import Address
from pants.engine.target import (
    COMMON_TARGET_FIELDS,
    AsyncFieldMixin,
    Dependencies,
    InvalidFieldException,
    StringField,
    StringSequenceField,
    Target,
)
from pants.util.strutil import help_text

from wombat.target_types.common import VariantField


class PipelineOutputsField(StringSequenceField, AsyncFieldMixin):
    alias = "outputs"
    required = True
    help = help_text(
        """
        What the pipeline delivers: addresses of datasets, steps or other pipelines. Everything that they need belongs
        to the pipeline.

        Example:

            pipeline(name="pipeline", outputs=[":delay_model", ":delay_report"])
        """
    )


class PipelineScheduleField(StringField):
    alias = "schedule"
    help = help_text(
        """
        When the pipeline is to run, as a cron expression of five parts: minute, hour, day of month, month, day of
        week. Default: only when asked. It is used by generated configurations; Pants itself runs no schedules.

        Example:

            pipeline(name="nightly", outputs=[":report"], schedule="0 4 * * *")
        """
    )

    @classmethod
    def compute_value(cls, raw_value: Optional[str], address: Address) -> Optional[str]:
        value = super().compute_value(raw_value, address)
        if value is not None and not re.fullmatch(r"(\S+\s+){4}\S+|@\w+", value.strip()):
            raise InvalidFieldException(
                f"The {cls.alias!r} field in target {address} must be a cron expression of five parts such as "
                f"'0 4 * * *', but was {value!r}."
            )
        return value


class PipelineDependenciesField(Dependencies):
    help = help_text(
        """
        Targets that the pipeline needs besides its `outputs`. Default: none.

        Example:

            pipeline(name="nightly", outputs=[":report"], dependencies=[":runbook"])
        """
    )


class PipelineTarget(Target):
    alias = "pipeline"
    core_fields = (
        *COMMON_TARGET_FIELDS,
        PipelineOutputsField,
        PipelineScheduleField,
        PipelineDependenciesField,
        VariantField,
    )
    help = help_text(
        """
        A pipeline: the datasets that it delivers, with everything they need. `./pants run path:name` builds it.

        Example:

            pipeline(name="pipeline", outputs=[":delay_model", ":delay_report"], schedule="0 4 * * *")
        """
    )
