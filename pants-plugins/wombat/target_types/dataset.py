"""The target type `dataset`."""

from __future__ import annotations

import re
from typing import Any, Optional, Type, TypeVar
from urllib.parse import urlsplit

from pants.core.goals.package import OutputPathField
from pants.engine.addresses import Address
from pants.engine.target import (
    COMMON_TARGET_FIELDS,
    Dependencies,
    Field,
    IntField,
    InvalidFieldException,
    InvalidTargetException,
    MultipleSourcesField,
    OptionalSingleSourceField,
    SourcesField,
    StringField,
    Target,
    ValidNumbers,
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


_SCHEMES = ("https", "gs", "file")


class DatasetUriField(StringField):
    alias = "uri"
    help = help_text(
        """
        Where the one file of this dataset is fetched from: `https://...`, `gs://bucket/object` or `file:///...`.
        Default: none.

        What it holds must be pinned, by `sha256` or `generation`; `update-imports` writes the pin. The file is fetched
        once, verified, and then comes from the cache like the result of a step.

        Example:

            dataset(name="codes", uri="https://example.org/codes.csv", sha256="9f86d081884c7d65...")
        """
    )

    @classmethod
    def compute_value(cls, raw_value: Optional[str], address: Address) -> Optional[str]:
        value = super().compute_value(raw_value, address)
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme not in _SCHEMES or not parts.path.strip("/") or (parts.scheme != "file" and not parts.netloc):
            raise InvalidFieldException(
                f"The {cls.alias!r} field in target {address} must be 'https://host/path', 'gs://bucket/object' or "
                f"'file:///path', but was {value!r}."
            )
        if parts.username is not None or parts.password is not None:
            raise InvalidFieldException(
                f"The {cls.alias!r} field in target {address} holds a user name or a password, which do not belong into "
                "a BUILD file. Remove it, and change the password."
            )
        return value


class DatasetSha256Field(StringField):
    alias = "sha256"
    help = help_text(
        """
        The SHA-256 of what `uri` holds, as 64 hexadecimal digits. Default: none, and then `generation` is needed.

        A file of another content is refused. `update-imports` fetches the file and writes this field.

        Example:

            dataset(name="codes", uri="https://example.org/codes.csv", sha256="9f86d081884c7d65...")
        """
    )

    @classmethod
    def compute_value(cls, raw_value: Optional[str], address: Address) -> Optional[str]:
        value = super().compute_value(raw_value, address)
        if value is not None and not re.fullmatch(r"[0-9a-f]{64}", value):
            raise InvalidFieldException(
                f"The {cls.alias!r} field in target {address} must be 64 hexadecimal digits in lower case, but was "
                f"{value!r}. `sha256sum FILE` prints them."
            )
        return value


class DatasetGenerationField(IntField):
    alias = "generation"
    valid_numbers = ValidNumbers.positive_only
    help = help_text(
        """
        The generation of an object in Google Cloud Storage, of a dataset whose `uri` begins with `gs://`: a number that
        the service gives to each content of an object. Default: none, and then `sha256` is needed.

        The bucket must keep old generations (object versioning) for the dataset to outlive the next upload.

        Example:

            dataset(name="codes", uri="gs://public/codes.csv", generation=1735689600000000)
        """
    )


class DatasetKeepLastField(IntField):
    alias = "keep_last"
    valid_numbers = ValidNumbers.positive_and_zero
    help = help_text(
        """
        How many of the dataset's published versions `collect-garbage` keeps at least, the newest ones.
        Default: the option `keep_last` in [wombat-store].

        Example:

            dataset(name="model", keep_last=50)
        """
    )


class DatasetKeepDaysField(IntField):
    alias = "keep_days"
    valid_numbers = ValidNumbers.positive_and_zero
    help = help_text(
        """
        How many days after its publication `collect-garbage` keeps a version of the dataset at least.
        Default: the option `keep_days` in [wombat-store].

        Example:

            dataset(name="model", keep_days=365)
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
        DatasetUriField,
        DatasetSha256Field,
        DatasetGenerationField,
        DatasetFormatField,
        DatasetContractField,
        DatasetDependenciesField,
        DatasetOutputPathField,
        DatasetKeepLastField,
        DatasetKeepDaysField,
        VariantField,
    )
    help = help_text(
        """
        A typed, versioned piece of data: files of the repository (`source`, `sources`), a file from elsewhere (`uri`),
        or the output of exactly one `pipeline_step`.

        `run` builds it and shows its columns and first rows; `package` writes it to `dist/`; `publish` keeps it in the
        artifact store.

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
        uri, sha256 = self[DatasetUriField].value, self[DatasetSha256Field].value
        generation = self[DatasetGenerationField].value
        if uri is None and (sha256 is not None or generation is not None):
            pin = DatasetSha256Field.alias if sha256 is not None else DatasetGenerationField.alias
            raise InvalidTargetException(
                f"The target {self.address} sets {pin!r}, which pins what is at a 'uri', but has none. "
                f"Give it a 'uri', or remove {pin!r}."
            )
        if uri is not None and (self[DatasetSourceField].value is not None or self[DatasetSourcesField].value):
            raise InvalidTargetException(
                f"The target {self.address} sets both 'uri' and 'source' (or 'sources'). Keep one of them: a dataset is "
                "either fetched or in the repository."
            )
        if generation is not None and uri is not None and not uri.startswith("gs://"):
            raise InvalidTargetException(
                f"The target {self.address} sets 'generation', which only objects of Google Cloud Storage have, but its "
                f"'uri' is {uri!r}. Pin it by 'sha256'."
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
    uri = target[DatasetUriField].value
    if uri is not None:
        return format_of_file(urlsplit(uri).path) or Format.FILE
    sources = target[DatasetSourcesField].value
    if sources:
        formats = {format_of_file(glob) for glob in sources if not glob.startswith("!")}
        only = formats.pop() if len(formats) == 1 else None
        return only if only is not None and only.is_tabular else Format.DIRECTORY
    return Format.PARQUET
