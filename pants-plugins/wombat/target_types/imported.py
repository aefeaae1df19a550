"""The target type `imported_dataset`."""

from __future__ import annotations

import re
from typing import Optional

from pants.engine.addresses import Address
from pants.engine.target import COMMON_TARGET_FIELDS, InvalidFieldException, StringField, Target
from pants.util.strutil import help_text

from wombat.target_types.common import VariantField
from wombat.target_types.contract import DatasetContractField
from wombat.target_types.dataset import DatasetDependenciesField, DatasetFormatField, DatasetOutputPathField


class ImportedDatasetField(StringField):
    alias = "dataset"
    required = True
    value: str
    help = help_text(
        """
        The dataset to import, as `project//path:name`, the way `list-versions` prints it.

        Example:

            imported_dataset(name="airports", dataset="reference//airports:airports", version="production")
        """
    )

    @classmethod
    def compute_value(cls, raw_value: Optional[str], address: Address) -> str:
        value = super().compute_value(raw_value, address)
        project, separator, name = (value or "").partition("//")
        if not separator or not project or not re.fullmatch(r"[^:\s]*:[^:\s]+", name):
            raise InvalidFieldException(
                f"The {cls.alias!r} field in target {address} must be 'project//path:name', as `list-versions` prints "
                f"it, but was {value!r}."
            )
        return value or ""


class ImportedVersionField(StringField):
    alias = "version"
    required = True
    value: str
    help = help_text(
        """
        Which version to import: its 64 hexadecimal digits; or a label such as `production`, or `latest`, which
        `update-imports` pins in the lock file of imports.

        With a label the repository says in one place what is meant, and in the lock file what that was when somebody
        looked: an update is a change of the lock file that is reviewed like any other.

        Example:

            imported_dataset(name="airports", dataset="reference//airports:airports", version="production")
        """
    )

    @classmethod
    def compute_value(cls, raw_value: Optional[str], address: Address) -> str:
        value = super().compute_value(raw_value, address) or ""
        if not re.fullmatch(r"[0-9a-f]{64}|[A-Za-z][A-Za-z0-9._-]{0,62}", value):
            raise InvalidFieldException(
                f"The {cls.alias!r} field in target {address} must be a version of 64 hexadecimal digits or a label, "
                f"but was {value!r}. `list-versions` with `--output json` shows whole versions."
            )
        return value


class ImportedStoreField(StringField):
    alias = "store"
    help = help_text(
        """
        The artifact store that the version is in: a directory, absolute or relative to the build root, or
        `gs://bucket/prefix`. Default: that of this repository, the option `url` in [wombat-store].

        Example:

            imported_dataset(
                name="airports",
                dataset="reference//airports:airports",
                version="production",
                store="gs://reference-data/wombat",
            )
        """
    )


class ImportedFormatField(DatasetFormatField):
    default = "parquet"
    help = help_text(
        """
        How the bytes are to be read, as of a `dataset`. Default: `parquet`. It must be the format that the version was
        published with.

        Example:

            imported_dataset(name="model", dataset="ml//models:delay", version="production", format="file")
        """
    )


class ImportedDatasetTarget(Target):
    alias = "imported_dataset"
    core_fields = (
        *COMMON_TARGET_FIELDS,
        ImportedDatasetField,
        ImportedVersionField,
        ImportedStoreField,
        ImportedFormatField,
        DatasetContractField,
        DatasetDependenciesField,
        DatasetOutputPathField,
        VariantField,
    )
    help = help_text(
        """
        A published version of a dataset, of another project or of this one, out of the artifact store. Steps read it
        like any dataset, and its contract here says what this project needs of it.

        The version is in the repository, in the BUILD file or in the lock file of imports, so that the same commit
        always reads the same data.

        Example:

            imported_dataset(name="airports", dataset="reference//airports:airports", version="production")
        """
    )
