"""The target type `dataset`."""

from __future__ import annotations

from typing import Any, Optional, Type, TypeVar

from pants.core.goals.package import OutputPathField
from pants.engine.target import (
    COMMON_TARGET_FIELDS,
    Dependencies,
    Field,
    InvalidTargetException,
    MultipleSourcesField,
    OptionalSingleSourceField,
    SourcesField,
    StringField,
    Target,
)
from pants.util.strutil import help_text

from wombat.graph.formats import Format, format_of_file
from wombat.target_types.common import VariantField
from wombat.target_types.contract import DatasetContractField

_F = TypeVar("_F", bound=Field)


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
        Targets that the dataset needs besides the step that produces it and its contract, which are found by
        themselves. Default: none.

        Example:

            dataset(name="raw", source="raw.csv", dependencies=[":schema_notes"])
        """
    )


class DatasetOutputPathField(OutputPathField):
    # Newer Pants has a template here that names no format; our own default needs to know that nobody set the field.
    default = None
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
        DatasetContractField,
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
            dataset(name="clean_flights", format="parquet", contract="clean_flights.odcs.yaml")
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


def dataset_format(target: Target) -> Format:
    """The format of a dataset, from its field or its files."""
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
