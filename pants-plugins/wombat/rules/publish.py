"""The goal `publish` for datasets and pipelines: versions in the artifact store."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any, Dict, Iterable, List, Optional, Tuple

from pants.base.build_root import BuildRoot
from pants.core.goals.publish import PublishFieldSet, PublishPackages, PublishProcesses, PublishRequest
from pants.engine.fs import CreateDigest, FileContent, FileEntry
from pants.engine.internals.session import RunId
from pants.engine.process import InteractiveProcess
from pants.engine.rules import Rule, collect_rules, rule
from pants.engine.unions import UnionRule
from pants.util.logging import LogLevel

from wombat import compat
from wombat.graph.artifacts import lineage_document, project_name, publish_plan, published_dataset
from wombat.graph.errors import NotPublishedError
from wombat.graph.formats import Format
from wombat.rules.content import DatasetContent
from wombat.rules.report import BuildRequest, build_report, finish_run
from wombat.rules.store import AccessRequest, CheckoutRequest, access_to, checkout_of
from wombat.rules.tool import ToolRequest, tool_of
from wombat.rules.validation import (
    Validation,
    ValidationRequest,
    ValidationSettingsRequest,
    validation_of,
    validation_settings,
)
from wombat.subsystems import StoreSubsystem, WombatSubsystem
from wombat.target_types import DatasetFormatField, DatasetKeepLastField, PipelineOutputsField

_PLAN_FILE = "publish.json"


class PublishDatasetRequest(PublishRequest):
    """Asks for a dataset in the store."""


@dataclass(frozen=True)
class DatasetPublishFieldSet(PublishFieldSet):
    publish_request_type = PublishDatasetRequest
    required_fields = (DatasetFormatField, DatasetKeepLastField)


class PublishPipelineRequest(PublishRequest):
    """Asks for all that a pipeline delivers in the store."""


@dataclass(frozen=True)
class PipelinePublishFieldSet(PublishFieldSet):
    publish_request_type = PublishPipelineRequest
    required_fields = (PipelineOutputsField,)


@dataclass(frozen=True)
class StorePublicationRequest:
    """Asks for the process that publishes what a target delivers."""

    address: str


@dataclass(frozen=True)
class StorePublication:
    """The process, and what it publishes."""

    names: Tuple[str, ...]
    process: InteractiveProcess
    store: str


@dataclass(frozen=True)
class ProfileRequest:
    """Asks for the profile of a dataset that has no contract."""

    content: DatasetContent
    format: Format


@rule(desc="Profile a dataset", level=LogLevel.DEBUG)
async def profile_dataset(request: ProfileRequest) -> Validation:
    settings = await validation_settings(ValidationSettingsRequest())
    return await validation_of(ValidationRequest(request.content, request.format, settings))


profile_of = compat.caller(profile_dataset, ProfileRequest, Validation)


@rule(desc="Prepare a publication", level=LogLevel.DEBUG)
async def prepare_publication(
    request: StorePublicationRequest,
    options: WombatSubsystem,
    store_options: StoreSubsystem,
    build_root: BuildRoot,
    run_id: RunId,
) -> StorePublication:
    started = time.time()
    wanted = BuildRequest((request.address,))
    report = await build_report(wanted)
    if not report.is_ok:
        failed = [
            *((one.address, one.failure) for one in report.datasets),
            *((one.address, one.failure) for one in report.steps),
        ]
        raise NotPublishedError([(name, failure.message) for name, failure in failed if failure is not None])
    finished = await finish_run(
        report, request=wanted, run_id=run_id, started=started, options=options, build_root=build_root.path
    )
    record = finished.record
    checkout = await checkout_of(CheckoutRequest())
    access = await access_to(AccessRequest())
    tool = await tool_of(ToolRequest())
    project = project_name(store_options.project, checkout.remote, build_root.path)
    git = None if checkout.commit is None else {"commit": checkout.commit, "is_clean": checkout.is_clean}
    results = {one.address: one for one in report.datasets}
    names = [name for name in report.graph.delivered_by(request.address)]
    bare = [name for name in names if results[name].validation is None]
    profiled = await compat.concurrently(
        profile_of(ProfileRequest(_content(results[name].content), report.graph.datasets[name].format))
        for name in bare
    )
    profiles = {**{name: results[name].validation for name in names}, **dict(zip(bare, profiled))}
    files: List[FileEntry | FileContent] = []
    datasets: List[Dict[str, Any]] = []
    for number, name in enumerate(names):
        content = _content(results[name].content)
        directory = f"data/{number}"
        files.extend(content.placed_at(directory))
        facts = published_dataset(
            record, report.graph, name, project=project, git=git, environment=options.environment.value
        )
        validation = profiles[name]
        datasets.append(
            {
                **facts,
                "path": directory,
                "is_directory": content.is_directory,
                "files": [
                    {
                        "path": file.path,
                        "sha256": file.file_digest.fingerprint,
                        "size_bytes": file.file_digest.serialized_bytes_length,
                    }
                    for file in content.files
                ],
                "profile": None if validation is None else validation.document["profile"],
            }
        )
    plan = publish_plan(datasets, lineage_document(record, report.graph))
    digest = await compat.create_digest(CreateDigest([*files, FileContent(_PLAN_FILE, plan)]))
    process = tool.process(
        "store-publish",
        "--store",
        access.uri,
        "--plan",
        _PLAN_FILE,
        description=f"Publish {request.address}",
        input_digest=digest,
    )
    process = replace(process, env={**process.env, **access.environment})
    published = tuple(f"{project}//{name}" for name in names)
    return StorePublication(published, InteractiveProcess.from_process(process), access.uri)


store_publication = compat.caller(prepare_publication, StorePublicationRequest, StorePublication)


def _content(content: Optional[DatasetContent]) -> DatasetContent:
    assert content is not None, "A report that is ok has every dataset."
    return content


def _processes(publication: StorePublication) -> PublishProcesses:
    package = PublishPackages(publication.names, publication.process, description=publication.store)
    return PublishProcesses([package])


@rule(desc="Publish a dataset", level=LogLevel.DEBUG)
async def publish_dataset(request: PublishDatasetRequest) -> PublishProcesses:
    return _processes(await store_publication(StorePublicationRequest(request.field_set.address.spec)))


@rule(desc="Publish a pipeline", level=LogLevel.DEBUG)
async def publish_pipeline(request: PublishPipelineRequest) -> PublishProcesses:
    return _processes(await store_publication(StorePublicationRequest(request.field_set.address.spec)))


def rules() -> Iterable[Rule | UnionRule]:
    return (*collect_rules(), *DatasetPublishFieldSet.rules(), *PipelinePublishFieldSet.rules())
