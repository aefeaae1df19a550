"""The content of datasets that are files of the repository."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Iterable

from pants.engine.addresses import Address
from pants.engine.fs import FileEntry, PathGlobs
from pants.engine.rules import Rule, collect_rules, rule
from pants.engine.target import HydrateSourcesRequest, SourcesField, WrappedTargetRequest
from pants.util.logging import LogLevel

from wombat import compat
from wombat.graph.errors import DatasetFilesError
from wombat.rules.content import DatasetContent, content_of
from wombat.target_types import DatasetSourcesField


@dataclass(frozen=True)
class SourceDatasetRequest:
    """Asks for the content of a dataset that has a `source` or `sources`."""

    address: Address


async def _files_error(address: Address, field: SourcesField) -> DatasetFilesError:
    value = field.value if isinstance(field.value, str) else ", ".join(field.value or ())
    nearby = await compat.paths(PathGlobs([os.path.join(address.spec_path, os.path.dirname(value), "*")]))
    names = [os.path.relpath(path, address.spec_path or ".") for path in nearby.files]
    return DatasetFilesError(address.spec, field.alias, value, names)


@rule(desc="Read a dataset of the repository", level=LogLevel.DEBUG)
async def read_source_dataset(request: SourceDatasetRequest) -> DatasetContent:
    wrapped = await compat.target_at(WrappedTargetRequest(request.address, description_of_origin="the pipeline"))
    field = wrapped.target[SourcesField]
    sources = await compat.hydrate_sources(HydrateSourcesRequest(field))
    entries = await compat.digest_entries(sources.snapshot.digest)
    files = [entry for entry in entries if isinstance(entry, FileEntry)]
    if not files:
        raise await _files_error(request.address, field)
    if not isinstance(field, DatasetSourcesField):
        (file,) = files
        ending = os.path.splitext(file.path)[1]
        return content_of([FileEntry(f"data{ending}", file.file_digest)])
    directory = request.address.spec_path
    return content_of(
        [FileEntry(os.path.relpath(file.path, directory or "."), file.file_digest) for file in files], directory=True
    )


def rules() -> Iterable[Rule]:
    return collect_rules()


source_dataset = compat.caller(read_source_dataset, SourceDatasetRequest, DatasetContent)
