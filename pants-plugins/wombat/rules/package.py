"""The goal `package` for datasets and pipelines: their files in `dist/`."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Iterable, List

from pants.core.goals.package import BuiltPackage, BuiltPackageArtifact, PackageFieldSet
from pants.engine.fs import CreateDigest, FileEntry
from pants.engine.rules import Rule, collect_rules, rule
from pants.engine.unions import UnionRule
from pants.util.logging import LogLevel

from wombat import compat
from wombat.graph.errors import BuildFailedError
from wombat.graph.model import PipelineGraph
from wombat.graph.names import split_address
from wombat.graph.summary import size_text
from wombat.rules.content import DatasetContent
from wombat.rules.graph import RepositoryGraph
from wombat.rules.report import BuildRequest, build_report
from wombat.target_types import DatasetFormatField, DatasetOutputPathField, PipelineOutputsField


@dataclass(frozen=True)
class DatasetPackageFieldSet(PackageFieldSet):
    required_fields = (DatasetFormatField, DatasetOutputPathField)

    output_path: DatasetOutputPathField


@dataclass(frozen=True)
class PipelinePackageFieldSet(PackageFieldSet):
    required_fields = (PipelineOutputsField,)

    outputs: PipelineOutputsField


async def _package(address: str, graph: PipelineGraph) -> BuiltPackage:
    report = await build_report(BuildRequest((address,)))
    if not report.is_ok:
        missing = [(dataset.address, dataset.failure) for dataset in report.datasets]
        failed = [(step.address, step.failure) for step in report.steps]
        failures = [(name, failure.message) for name, failure in (*missing, *failed) if failure is not None]
        raise BuildFailedError(failures)
    contents = {dataset.address: dataset.content for dataset in report.datasets}
    files: List[FileEntry] = []
    artifacts: List[BuiltPackageArtifact] = []
    for dataset in graph.delivered_by(address):
        content = contents[dataset]
        assert content is not None, "A report that is ok has every dataset."
        relpath = graph.datasets[dataset].output_path or _default_path(dataset, content)
        if content.is_directory:
            files.extend(content.placed_at(relpath))
        else:
            files.append(FileEntry(relpath, content.files[0].file_digest))
        facts = f"  {size_text(content.size_bytes)}, version {content.version}"
        artifacts.append(BuiltPackageArtifact(relpath, extra_log_lines=(facts,)))
    return BuiltPackage(await compat.create_digest(CreateDigest(files)), tuple(artifacts))


def _default_path(dataset: str, content: DatasetContent) -> str:
    """As Pants names packages: "examples.flights/report.txt" for examples/flights:report."""
    directory, name, parameters = split_address(dataset)
    ending = "" if content.is_directory else os.path.splitext(content.files[0].path)[1]
    file = (name + parameters).replace(os.sep, ".") + ending
    return os.path.join(directory.strip("/").replace(os.sep, "."), file)


@rule(desc="Package a dataset", level=LogLevel.DEBUG)
async def package_dataset(field_set: DatasetPackageFieldSet, repository: RepositoryGraph) -> BuiltPackage:
    return await _package(field_set.address.spec, repository.graph)


@rule(desc="Package a pipeline", level=LogLevel.DEBUG)
async def package_pipeline(field_set: PipelinePackageFieldSet, repository: RepositoryGraph) -> BuiltPackage:
    return await _package(field_set.address.spec, repository.graph)


def rules() -> Iterable[Rule | UnionRule]:
    return (
        *collect_rules(),
        UnionRule(PackageFieldSet, DatasetPackageFieldSet),
        UnionRule(PackageFieldSet, PipelinePackageFieldSet),
    )
