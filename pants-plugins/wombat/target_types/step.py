"""The target type `pipeline_step`."""

from __future__ import annotations

import re
from typing import Iterable, Optional, Tuple

from pants.backend.python.target_types import InterpreterConstraintsField, PythonResolveField
from pants.engine.addresses import Address
from pants.engine.target import (
    COMMON_TARGET_FIELDS,
    AsyncFieldMixin,
    BoolField,
    Dependencies,
    IntField,
    InvalidFieldException,
    InvalidTargetException,
    StringField,
    StringSequenceField,
    Target,
    ValidNumbers,
)
from pants.util.strutil import help_text

from wombat.compat import EnvironmentField
from wombat.target_types.common import VariantField
from wombat.target_types.contract import StepExpectsField
from wombat.target_types.step_values import (
    StepInputsField,
    StepOutputsField,
    StepParamsField,
    StepResourcesField,
)

_IDENTIFIER = re.compile(r"[^\W\d]\w*\Z")


class StepEntryPointField(StringField, AsyncFieldMixin):
    alias = "entry_point"
    help = help_text(
        """
        The Python function that is the step: `file.py:function`, the file relative to the BUILD file, or
        `module:function`. Default: none, and then `run` names a target to run.

        The file's own imports decide which code and requirements the step gets.

        Example:

            pipeline_step(name="clean", entry_point="steps.py:clean", inputs=[":raw"], outputs=[":clean_rows"])
        """
    )

    @classmethod
    def compute_value(cls, raw_value: Optional[str], address: Address) -> Optional[str]:
        value = super().compute_value(raw_value, address)
        if value is None:
            return None
        where, colon, function = value.rpartition(":")
        if not colon or not where or not _IDENTIFIER.match(function):
            raise InvalidFieldException(
                f"The {cls.alias!r} field in target {address} must name a function, as 'file.py:function' or "
                f"'module:function', but was {value!r}."
            )
        return value


class StepRunField(StringField, AsyncFieldMixin):
    alias = "run"
    help = help_text(
        """
        The address of a target that is the step, in place of an `entry_point`: anything that the goal `run` can run
        (`pex_binary`, `python_source`, `shell_command`, `run_shell_command`, a JVM or Go binary). Default: none.

        The program finds its data through its environment: `WOMBAT_INPUT_<NAME>` and `WOMBAT_OUTPUT_<NAME>` hold
        absolute paths to read and to write, `WOMBAT_PARAM_<NAME>` a parameter (text as it is, anything else as
        JSON), `WOMBAT_STEP_SPEC` the path of a JSON document with all of it. Names are in upper case, with `_` for
        every character that is no letter or digit. Arguments are in the field `args`.

        Example:

            pipeline_step(name="top", run=":top_carriers", inputs=[":flights"], outputs=[":top_table"])
        """
    )


class StepArgsField(StringSequenceField):
    alias = "args"
    help = help_text(
        """
        Arguments for the program of a `run` step. Default: none. `{inputs.name}` and `{outputs.name}` stand for
        paths, `{params.name}` for a parameter.

        Example:

            pipeline_step(name="top", run=":top", args=["--limit={params.limit}", "{inputs.flights}", "{outputs.top}"])
        """
    )


class StepTimeoutField(IntField):
    alias = "timeout_s"
    valid_numbers = ValidNumbers.positive_only
    help = help_text(
        """
        Seconds that the step may run before it is stopped; an attempt that is stopped leaves no output. Default: no
        limit. Not part of the step's key: changing it recomputes nothing.

        Example:

            pipeline_step(name="train", timeout_s=900)
        """
    )


class StepRetriesField(IntField):
    alias = "retries"
    default = 0
    valid_numbers = ValidNumbers.positive_and_zero
    help = help_text(
        """
        How often the step is tried again after it raised, ran into its timeout or was killed. Default: 0. Each
        attempt starts afresh, without what the one before wrote. Not part of the step's key.

        Example:

            pipeline_step(name="download", retries=2)
        """
    )


class StepExtraEnvVarsField(StringSequenceField):
    alias = "extra_env_vars"
    help = help_text(
        """
        Environment variables of the step, besides the few that every step gets. Default: none.

        `NAME=value` sets a value that is part of the step's key. `NAME` alone passes on the value that Pants was
        started with; it is meant for secrets: it is not part of the key, is not stored with results, and is
        masked in logs. A step that must run again when a value changes gets it as `NAME=value` or in `params`.

        Example:

            pipeline_step(name="download", extra_env_vars=["API_TOKEN", "REGION=eu"])
        """
    )

    @classmethod
    def compute_value(cls, raw_value: Optional[Iterable[str]], address: Address) -> Optional[Tuple[str, ...]]:
        value = super().compute_value(raw_value, address)
        for item in value or ():
            if not re.match(r"[A-Za-z_]\w*(=|\Z)", item):
                raise InvalidFieldException(
                    f"The {cls.alias!r} field in target {address} must have items 'NAME' or 'NAME=value', "
                    f"but has {item!r}."
                )
        return value


class StepCacheField(BoolField):
    alias = "cache"
    default = True
    help = help_text(
        """
        Whether the step's result is kept and used again. Default: True. With False the step runs once in every run
        that needs it, for steps that read what Pants cannot see, such as today's rows of a database. What comes
        after it still runs only if its output changed.

        Example:

            pipeline_step(name="download", cache=False)
        """
    )


class StepDependenciesField(Dependencies):
    help = help_text(
        """
        Code and files that the step needs besides those that are found by themselves: the datasets in `inputs`, the
        target that `run` names, and what the entry point imports. Default: none.

        Example:

            pipeline_step(name="train", entry_point="train.py:train", dependencies=[":stop_words"])
        """
    )


class PipelineStepTarget(Target):
    alias = "pipeline_step"
    core_fields = (
        *COMMON_TARGET_FIELDS,
        StepEntryPointField,
        StepRunField,
        StepArgsField,
        StepInputsField,
        StepOutputsField,
        StepParamsField,
        StepExpectsField,
        StepResourcesField,
        StepTimeoutField,
        StepRetriesField,
        StepExtraEnvVarsField,
        StepCacheField,
        StepDependenciesField,
        PythonResolveField,
        InterpreterConstraintsField,
        EnvironmentField,
        VariantField,
    )
    help = help_text(
        """
        A step of a pipeline: a Python function, or any target that can be run, with the datasets it reads and makes.

        It runs in a sandbox that holds its code, its requirements and its inputs, and runs again only when one of
        these, a parameter or the interpreter changes.

        Example:

            pipeline_step(
                name="clean",
                entry_point="steps.py:clean",
                inputs={"flights": ":raw_flights"},
                outputs=[":clean_flights"],
                params={"max_delay_minutes": 600},
            )
        """
    )

    def validate(self) -> None:
        entry_point = self[StepEntryPointField].value
        run = self[StepRunField].value
        if (entry_point is None) == (run is None):
            raise InvalidTargetException(
                f"The target {self.address} must set exactly one of 'entry_point' and 'run', but sets "
                f"{'none' if run is None else 'both'}. A Python function is an 'entry_point'; a target that can be "
                "run is named by 'run'."
            )
        if self[StepArgsField].value and run is None:
            raise InvalidTargetException(
                f"The target {self.address} sets 'args', which only a step with 'run' has. "
                "Use 'params' to pass values to a function."
            )
        names = [name for name, _ in self[StepInputsField].pairs if name]
        both = sorted(set(names).intersection(self[StepParamsField].value))
        if both:
            raise InvalidTargetException(
                f"The target {self.address} has {both[0]!r} both in 'inputs' and in 'params'. Rename one of them."
            )
