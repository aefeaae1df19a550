"""The target types of a pipeline: `dataset`, `pipeline_step`, `pipeline`, and the library of steps."""

from __future__ import annotations

import json
import re
from typing import Any, ClassVar, Dict, Iterable, Mapping, Optional, Tuple, Type, TypeVar

from pants.backend.python.target_types import InterpreterConstraintsField, PythonResolveField
from pants.core.goals.package import OutputPathField
from pants.engine.addresses import Address
from pants.engine.target import (
    COMMON_TARGET_FIELDS,
    AsyncFieldMixin,
    BoolField,
    Dependencies,
    Field,
    IntField,
    InvalidFieldException,
    InvalidFieldTypeException,
    InvalidTargetException,
    MultipleSourcesField,
    OptionalSingleSourceField,
    SingleSourceField,
    SourcesField,
    StringField,
    StringSequenceField,
    Target,
    ValidNumbers,
)
from pants.util.strutil import help_text

from wombat.compat import EnvironmentField
from wombat.graph.formats import Format, format_of_file
from wombat.graph.params import canonical_json

_F = TypeVar("_F", bound=Field)
_IDENTIFIER = re.compile(r"[^\W\d]\w*\Z")


class VariantField(StringField):
    alias = "variant"
    help = help_text(
        """
        A label that tells apart the variants of a parametrized target. Default: none.

        In `inputs`, `outputs` and `params` of the same target, `{variant}` stands for it. A parametrized step that
        names a parametrized dataset without saying which gets the one with the same label.

        Example:

            dataset(name="sales", variant=parametrize("de", "fr"), format="parquet")
            pipeline_step(
                name="make_sales",
                variant=parametrize("de", "fr"),
                entry_point="steps.py:make_sales",
                outputs=[":sales"],
                params={"country": "{variant}"},
            )
        """
    )


# -----------------------------------------------------------------------------------------------
# dataset
# -----------------------------------------------------------------------------------------------


class DatasetSourceField(OptionalSingleSourceField):
    alias = "source"
    help = help_text(
        """
        The file of the repository that is this dataset, relative to the BUILD file. Default: none, and then exactly
        one `pipeline_step` lists the dataset in its `outputs`.

        Example:

            dataset(name="airports", source="airports.csv")
        """
    )


class DatasetSourcesField(MultipleSourcesField):
    alias = "sources"
    help = help_text(
        """
        The files of the repository that are this dataset together, as file names and globs relative to the BUILD
        file. Default: none. A step gets them as a directory; files of one tabular format are read as one table.

        Example:

            dataset(name="events", sources=["events/*.parquet"])
        """
    )


class DatasetFormatField(StringField):
    alias = "format"
    valid_choices = Format
    help = help_text(
        """
        How the bytes are to be read. Default: what the ending of the source says (`.parquet`, `.csv`, `.jsonl`,
        `.json`, `.arrow`, `.txt`), `file` for another ending, `directory` for `sources` of several kinds, and
        `parquet` for the output of a step.

        `parquet`, `csv`, `jsonl` and `arrow` (an Arrow IPC file) are tables; `json` and `text` are documents in UTF-8;
        `file` is any bytes; `directory` is a tree of files.

        Example:

            dataset(name="model", format="file")
        """
    )


class DatasetDependenciesField(Dependencies):
    help = help_text(
        """
        Targets that the dataset needs besides the step that produces it, which is found by itself. Default: none.

        Example:

            dataset(name="raw", source="raw.csv", dependencies=[":schema_notes"])
        """
    )


class DatasetOutputPathField(OutputPathField):
    help = help_text(
        """
        Where the goal `package` writes the dataset, relative to `dist/`.
        Default: the directory and name of the target, with the ending of the format.

        Example:

            dataset(name="report", format="text", output_path="reports/delays.md")
        """
    )


class DatasetTarget(Target):
    alias = "dataset"
    core_fields = (
        *COMMON_TARGET_FIELDS,
        DatasetSourceField,
        DatasetSourcesField,
        DatasetFormatField,
        DatasetDependenciesField,
        DatasetOutputPathField,
        VariantField,
    )
    help = help_text(
        """
        A typed, versioned piece of data: files of the repository (`source`, `sources`), or the output of exactly one
        `pipeline_step`.

        `run` builds it and shows its columns and first rows; `package` writes it to `dist/`.

        Example:

            dataset(name="raw_flights", source="flights.csv")
            dataset(name="clean_flights", format="parquet")
        """
    )

    def validate(self) -> None:
        if self[DatasetSourceField].value is not None and self[DatasetSourcesField].value:
            raise InvalidTargetException(
                f"The target {self.address} sets both 'source' and 'sources'. "
                "Use 'source' for one file, or 'sources' for several."
            )

    # The two fields are one thing to Pants: the files that the target owns. Asked for "the sources", the target
    # answers with the field that is set, so that file arguments, `--changed-since` and `filedeps` see both.
    def get(self, field: Type[_F], *, default_raw_value: Optional[Any] = None) -> _F:  # type: ignore[misc]
        return super().get(self._in_use(field), default_raw_value=default_raw_value)

    def __getitem__(self, field: Type[_F]) -> _F:  # type: ignore[misc]
        return super().__getitem__(self._in_use(field))

    def _in_use(self, field: Type[_F]) -> Type[_F]:
        if field is not SourcesField:
            return field
        several = bool(self.field_values[DatasetSourcesField].value)
        return DatasetSourcesField if several else DatasetSourceField  # type: ignore[return-value]


def dataset_format(target: Target) -> Optional[Format]:
    """The format of a dataset, from its field or its files; None where neither tells."""
    named = target[DatasetFormatField].value
    if named is not None:
        return Format(named)
    source = target[DatasetSourceField].value
    if source is not None:
        return format_of_file(source) or Format.FILE
    sources = target[DatasetSourcesField].value
    if sources:
        formats = {format_of_file(glob) for glob in sources if not glob.startswith("!")}
        only = formats.pop() if len(formats) == 1 else None
        return only if only is not None and only.is_tabular else Format.DIRECTORY
    return Format.PARQUET


# -----------------------------------------------------------------------------------------------
# pipeline_step
# -----------------------------------------------------------------------------------------------


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


class _NamedReferencesField(AsyncFieldMixin, Field):
    """Addresses, each with the name that the code knows it by, or none: a dict or a list in the BUILD file."""

    value: Tuple[Tuple[Optional[str], str], ...]
    default: ClassVar[Tuple[Tuple[Optional[str], str], ...]] = ()

    @classmethod
    def compute_value(cls, raw_value: Any, address: Address) -> Tuple[Tuple[Optional[str], str], ...]:
        value = super().compute_value(raw_value, address)
        if value is None or value == ():
            return ()
        if isinstance(value, Mapping):
            pairs = [(name, reference) for name, reference in value.items()]
        elif isinstance(value, (list, tuple)):
            pairs = [(None, reference) for reference in value]
        else:
            raise cls._wrong_type(raw_value, address)
        for name, reference in pairs:
            if not isinstance(reference, str) or not (name is None or isinstance(name, str)):
                raise cls._wrong_type(raw_value, address)
            if name is not None and not _IDENTIFIER.match(name):
                raise InvalidFieldException(
                    f"The {cls.alias!r} field in target {address} must have names that Python can use, "
                    f"but has {name!r}. Use letters, digits and '_'."
                )
        references = [reference for _, reference in pairs]
        for reference in references:
            if references.count(reference) > 1 and cls is StepOutputsField:
                raise InvalidFieldException(
                    f"The {cls.alias!r} field in target {address} names {reference!r} twice. Remove one."
                )
        return tuple(pairs)

    @classmethod
    def _wrong_type(cls, raw_value: Any, address: Address) -> InvalidFieldTypeException:
        return InvalidFieldTypeException(
            address,
            cls.alias,
            raw_value,
            expected_type="a list of addresses, or a dictionary from names to addresses",
        )


class StepInputsField(_NamedReferencesField):
    alias = "inputs"
    help = help_text(
        """
        The datasets that the step reads: a dictionary from the function's parameters to addresses, or a list of
        addresses where parameter and dataset have the same name. Default: none.

        Each one becomes a dependency of the step. The parameter's annotation says in what form the function gets the
        data; docs/reference/step-functions.md has the table.

        Example:

            pipeline_step(name="join", entry_point="steps.py:join", inputs={"left": ":flights", "right": ":weather"})
        """
    )


class StepOutputsField(_NamedReferencesField):
    alias = "outputs"
    help = help_text(
        """
        The datasets that the step makes, each of them by this step only: a list of addresses, or a dictionary from
        the names that the code uses to addresses. Default: none.

        One output is what the function returns. Several are returned as a tuple in this order or as a dictionary by
        name, or written to a parameter of that name annotated as `wombat_step.OutputPath`.

        Example:

            pipeline_step(name="split", entry_point="steps.py:split", inputs=[":rows"], outputs=[":train", ":test"])
        """
    )


class StepParamsField(Field):
    alias = "params"
    value: str
    default = None
    help = help_text(
        """
        Values for the function's other parameters: text, numbers, booleans, None, lists and dictionaries.
        Default: none. They are part of the step's key, and are checked against the function's annotations before it
        runs.

        One run can use other values: `./pants run path:pipeline -- train.max_iter=20`.

        Example:

            pipeline_step(name="train", entry_point="steps.py:train", params={"max_iter": 100, "features": ["a", "b"]})
        """
    )

    @classmethod
    def compute_value(cls, raw_value: Any, address: Address) -> str:
        value = super().compute_value(raw_value, address)
        if value is None:
            return "{}"
        if not isinstance(value, Mapping):
            raise InvalidFieldTypeException(
                address, cls.alias, raw_value, expected_type="a dictionary from parameter names to values"
            )
        for name in value:
            if not isinstance(name, str) or not _IDENTIFIER.match(name):
                raise InvalidFieldException(
                    f"The {cls.alias!r} field in target {address} must have names that Python can use, "
                    f"but has {name!r}. Use letters, digits and '_'."
                )
        return canonical_json(_plain(value, cls.alias, address))


def _plain(value: Any, alias: str, address: Address) -> Any:
    """The value as JSON knows it, whatever Pants made of it to freeze it."""
    if isinstance(value, Mapping):
        if any(not isinstance(key, str) for key in value):
            raise InvalidFieldException(
                f"The {alias!r} field in target {address} must have text as keys of dictionaries, but has {value!r}."
            )
        return {key: _plain(item, alias, address) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item, alias, address) for item in value]
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        raise InvalidFieldException(
            f"The {alias!r} field in target {address} must have finite numbers, but has {value!r}. "
            "Pass such a value as text, and convert it in the step."
        )
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    raise InvalidFieldException(
        f"The {alias!r} field in target {address} must have text, numbers, booleans, None, lists and dictionaries, "
        f"but has {value!r} of type {type(value).__name__}."
    )


_QUANTITIES: Dict[str, Tuple[str, str]] = {
    "cpu": (r"\d+(\.\d+)?|\d+m", "cores, such as '2', '0.5' or '500m'"),
    "memory": (r"\d+(\.\d+)?([KMGT]i?)?", "bytes, such as '512Mi' or '2Gi'"),
    "ephemeral_storage": (r"\d+(\.\d+)?([KMGT]i?)?", "bytes, such as '10Gi'"),
    "gpu": (r"\d+", "a whole number, such as '1'"),
}


class StepResourcesField(Field):
    alias = "resources"
    value: Tuple[Tuple[str, str], ...]
    default: ClassVar[Tuple[Tuple[str, str], ...]] = ()
    help = help_text(
        f"""
        What the step asks of the machine it runs on in generated configurations, in the units of Kubernetes. Default:
        nothing in particular. Keys: {"; ".join(f"`{key}` ({what})" for key, (_, what) in _QUANTITIES.items())}.

        Not part of the step's key: changing it recomputes nothing.

        Example:

            pipeline_step(name="train", resources={{"cpu": "2", "memory": "4Gi"}})
        """
    )

    @classmethod
    def compute_value(cls, raw_value: Any, address: Address) -> Tuple[Tuple[str, str], ...]:
        value = super().compute_value(raw_value, address)
        if value is None or value == ():
            return ()
        if not isinstance(value, Mapping):
            raise InvalidFieldTypeException(
                address, cls.alias, raw_value, expected_type="a dictionary such as {'cpu': '500m', 'memory': '1Gi'}"
            )
        for key, quantity in value.items():
            if key not in _QUANTITIES:
                raise InvalidFieldException(
                    f"The {cls.alias!r} field in target {address} must have keys out of {sorted(_QUANTITIES)}, "
                    f"but has {key!r}."
                )
            pattern, what = _QUANTITIES[key]
            if not re.fullmatch(pattern, str(quantity)):
                raise InvalidFieldException(
                    f"The {cls.alias!r} field in target {address} must give {key!r} as {what}, but was {quantity!r}."
                )
        return tuple(sorted((key, str(quantity)) for key, quantity in value.items()))


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
    def compute_value(
        cls, raw_value: Optional[Iterable[str]], address: Address
    ) -> Optional[Tuple[str, ...]]:
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
        names = [name for name, _ in self[StepInputsField].value if name]
        both = sorted(set(names).intersection(_names_in_json(self[StepParamsField].value)))
        if both:
            raise InvalidTargetException(
                f"The target {self.address} has {both[0]!r} both in 'inputs' and in 'params'. Rename one of them."
            )


def _names_in_json(text: str) -> Iterable[str]:
    return tuple(json.loads(text))


# -----------------------------------------------------------------------------------------------
# pipeline
# -----------------------------------------------------------------------------------------------


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


# -----------------------------------------------------------------------------------------------
# wombat_step_library
# -----------------------------------------------------------------------------------------------


class StepLibrarySourceField(SingleSourceField):
    # No file of the repository: the source is the plugin's own copy of the package (see rules/step_library.py).
    required = False
    default = None
    expected_num_files = range(0, 1)
    help = "No file: the plugin generates the package."


class StepLibraryTarget(Target):
    alias = "wombat_step_library"
    core_fields = (*COMMON_TARGET_FIELDS, StepLibrarySourceField)
    help = help_text(
        """
        The package `wombat_step` that steps can import. The plugin declares this target by itself, in the root of
        the repository, so that imports are found and types are checked; nobody writes it in a BUILD file.
        """
    )


def target_types() -> Iterable[Type[Target]]:
    """All target types of the plugin."""
    return (DatasetTarget, PipelineStepTarget, PipelineTarget, StepLibraryTarget)
