"""The goal `run` for one pipeline, step or dataset.

Pants runs a process in the foreground at the end. Here the work is done before it, cached and in parallel, and the
process only shows the outcome: it picks colours or not, and ends with the exit code.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Iterable, Optional

from pants.base.build_root import BuildRoot
from pants.core.goals.run import RunFieldSet, RunInSandboxBehavior, RunRequest, RunSubsystem
from pants.engine.fs import CreateDigest, FileContent
from pants.engine.internals.session import RunId
from pants.engine.rules import Rule, collect_rules, rule
from pants.engine.unions import UnionRule

from wombat import compat
from wombat.graph.formats import Format
from wombat.rules.graph import RepositoryGraph
from wombat.rules.preview import PreviewRequest, preview_of
from wombat.rules.report import BuildRequest, build_report, finish_run, keep_run
from wombat.rules.validation import (
    ValidationRequest,
    ValidationSettingsRequest,
    validation_of,
    validation_settings,
)
from wombat.subsystems import OutputFormat, WombatSubsystem
from wombat.target_types import DatasetFormatField, PipelineOutputsField, StepInputsField


@dataclass(frozen=True)
class PipelineRunFieldSet(RunFieldSet):
    required_fields = (PipelineOutputsField,)
    run_in_sandbox_behavior = RunInSandboxBehavior.NOT_SUPPORTED


@dataclass(frozen=True)
class StepRunFieldSet(RunFieldSet):
    required_fields = (StepInputsField,)
    run_in_sandbox_behavior = RunInSandboxBehavior.NOT_SUPPORTED


@dataclass(frozen=True)
class DatasetRunFieldSet(RunFieldSet):
    required_fields = (DatasetFormatField,)
    run_in_sandbox_behavior = RunInSandboxBehavior.NOT_SUPPORTED


_SHOW = """\
#!/bin/sh
# Shows the outcome of a run, with colours where people read it.
here=$(dirname "$0")
if [ -t 1 ] && [ -z "${{NO_COLOR:-}}" ]; then cat "$here/colored.txt"; else cat "$here/plain.txt"; fi
exit {exit_code}
"""


async def _outcome(
    address: str,
    run_options: RunSubsystem,
    options: WombatSubsystem,
    build_root: BuildRoot,
    run_id: RunId,
    dataset_format: Optional[Format] = None,
) -> RunRequest:
    """Build what the node at `address` needs, and make the process that shows it.

    :param dataset_format: of the dataset at `address`, whose first rows are to be shown; None for other nodes.
    """
    started = time.time()
    request = BuildRequest((address,), tuple(run_options.args))
    report = await build_report(request)
    finished = await finish_run(
        report, request=request, run_id=run_id, started=started, options=options, build_root=build_root.path
    )
    # The goal `run` leaves its rule nothing to write with, and runs it once in every run; the record is a log of that.
    keep_run(finished.record, options=options, build_root=build_root.path)
    as_json = options.output_format is OutputFormat.JSON
    exit_code = finished.exit_code
    preview = None
    shown = next((dataset for dataset in report.datasets if dataset.address == address), None)
    content = None if shown is None else shown.content
    # Data that violates its contract is shown, too: that is when people want to look at it.
    if dataset_format is not None and shown is not None and content is not None:
        validation = shown.validation
        if validation is None and shown.failure is None:
            settings = await validation_settings(ValidationSettingsRequest())
            validation = await validation_of(ValidationRequest(content, dataset_format, settings))
        if validation is not None:
            preview = await preview_of(
                PreviewRequest(
                    content,
                    dataset_format,
                    options.preview_rows,
                    as_json,
                    validation.report,
                    hidden=() if shown.contract is None else shown.contract.object.sensitive_columns,
                )
            )
            exit_code = exit_code if preview.is_ok else 1
    # The process that makes the preview is shared by all datasets of the same content, and knows no names.
    text = "" if preview is None or content is None else preview.text.replace(content.path_in("in"), address, 1)
    if as_json:
        document = dict(finished.record)
        if preview is not None and preview.is_ok:
            document["preview"] = json.loads(preview.text)
        plain = colored = json.dumps(document, ensure_ascii=False) + "\n"
    else:
        tail = f"\n{text}" if text else ""
        plain, colored = finished.summary(color=False) + tail, finished.summary(color=True) + tail
    files = [
        FileContent("show.sh", _SHOW.format(exit_code=exit_code).encode(), is_executable=True),
        FileContent("plain.txt", plain.encode(errors="backslashreplace")),
        FileContent("colored.txt", colored.encode(errors="backslashreplace")),
    ]
    return RunRequest(digest=await compat.create_digest(CreateDigest(files)), args=["{chroot}/show.sh"])


@rule(desc="Run a pipeline")
async def run_pipeline(
    field_set: PipelineRunFieldSet,
    run_options: RunSubsystem,
    options: WombatSubsystem,
    build_root: BuildRoot,
    run_id: RunId,
) -> RunRequest:
    return await _outcome(field_set.address.spec, run_options, options, build_root, run_id)


@rule(desc="Run a pipeline step")
async def run_step(
    field_set: StepRunFieldSet,
    run_options: RunSubsystem,
    options: WombatSubsystem,
    build_root: BuildRoot,
    run_id: RunId,
) -> RunRequest:
    return await _outcome(field_set.address.spec, run_options, options, build_root, run_id)


@rule(desc="Build and show a dataset")
async def run_dataset(
    field_set: DatasetRunFieldSet,
    repository: RepositoryGraph,
    run_options: RunSubsystem,
    options: WombatSubsystem,
    build_root: BuildRoot,
    run_id: RunId,
) -> RunRequest:
    address = field_set.address.spec
    dataset_format = repository.graph.datasets[address].format
    return await _outcome(address, run_options, options, build_root, run_id, dataset_format)


def rules() -> Iterable[Rule | UnionRule]:
    return (
        *collect_rules(),
        *PipelineRunFieldSet.rules(),
        *StepRunFieldSet.rules(),
        *DatasetRunFieldSet.rules(),
    )
