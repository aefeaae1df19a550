"""Builds what was asked for, and tells it as a run record and a summary."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

from pants.engine.internals.session import RunId
from pants.engine.process import ProcessResultMetadata
from pants.engine.rules import Rule, collect_rules, rule
from pants.util.docutil import bin_name
from pants.util.logging import LogLevel
from pants.version import VERSION

from wombat import compat
from wombat.graph.contracts import ContractName
from wombat.graph.errors import WombatError, raise_all
from wombat.graph.model import DatasetNode, PipelineGraph
from wombat.graph.names import split_address
from wombat.graph.params import parse_overrides, relevant_overrides
from wombat.graph.record import DatasetRun, RunFacts, StepRun, explain_steps, run_record, validation_record
from wombat.graph.summary import Style, render_summary
from wombat.rules.build import (
    DatasetRequest,
    DatasetResult,
    StepRequest,
    StepResult,
    dataset_result,
    step_result,
)
from wombat.rules.contracts import ContractRequest, DatasetContractRequest, contract_reading, dataset_contract
from wombat.rules.graph import NodesRequest, RepositoryGraph, nodes_of, planned_dataset
from wombat.rules.machine import Machine, tell_of_machine
from wombat.runs import append_summary, earlier_records, write_junit, write_record
from wombat.subsystems import ShowLogs, WombatSubsystem


@dataclass(frozen=True)
class BuildRequest:
    """Asks for everything that the nodes `roots` need.

    :param overrides: parameters for this run, as on the command line: "step.parameter=value".
    """

    roots: Tuple[str, ...]
    overrides: Tuple[str, ...] = ()


@dataclass(frozen=True)
class BuildReport:
    """What became of every step and dataset, each after what it needs."""

    graph: PipelineGraph
    steps: Tuple[StepResult, ...]
    datasets: Tuple[DatasetResult, ...]

    @property
    def is_ok(self) -> bool:
        """Whether all of it is there."""
        return all(step.is_ok for step in self.steps) and all(dataset.is_ok for dataset in self.datasets)


async def _read_all_contracts(kept: Sequence[Tuple[DatasetNode, ContractName]]) -> None:
    """Raise what is wrong with contract files, all of it at once."""
    readings = await compat.concurrently(contract_reading(ContractRequest(contract.file)) for _, contract in kept)
    problems: Dict[WombatError, None] = {}
    for (node, contract), reading in zip(kept, readings):
        try:
            facts = reading.checked(node.address, "contract", contract.file)
            facts.object_for(contract.object, split_address(node.address)[1], address=node.address)
        except WombatError as error:
            problems[error] = None
    raise_all(list(problems))


async def _with_references(graph: PipelineGraph) -> PipelineGraph:
    """The graph with what its contracts say of foreign keys.

    :raises WombatError: if a contract is wrong: before anything runs.
    """
    kept = [(node, node.contract) for node in graph.datasets.values() if node.contract is not None]
    if not kept:
        return graph
    await _read_all_contracts(kept)
    contracts = await compat.concurrently(
        dataset_contract(DatasetContractRequest(node.address, contract)) for node, contract in kept
    )
    datasets = dict(graph.datasets)
    for (node, _), contract in zip(kept, contracts):
        others = {one.dataset.node.address for one in contract.references} - {node.address}
        if others:
            datasets[node.address] = replace(node, references=tuple(sorted(others)))
    return replace(graph, datasets=datasets)


@rule(desc="Build datasets", level=LogLevel.DEBUG)
async def build_all(request: BuildRequest, repository: RepositoryGraph) -> BuildReport:
    roots = request.roots
    while True:
        nodes = await nodes_of(NodesRequest(roots))
        graph = await _with_references(nodes.graph)
        missing = {name for node in graph.datasets.values() for name in node.references} - graph.datasets.keys()
        if not missing:
            break
        # What only a foreign key refers to is made, too.
        roots = (*roots, *sorted(missing))
    order = graph.closure(nodes.order)
    steps = [address for address in order if address in graph.steps]
    datasets = [address for address in order if address in graph.datasets]
    overrides = relevant_overrides(graph, order, parse_overrides(request.overrides, graph, steps))
    step_results = await compat.concurrently(
        step_result(StepRequest(repository.addresses[address], overrides[address])) for address in steps
    )
    dataset_results = await compat.concurrently(
        dataset_result(
            DatasetRequest(
                planned_dataset(repository.graph.datasets, repository.addresses, address), overrides[address]
            )
        )
        for address in datasets
    )
    return BuildReport(graph, step_results, dataset_results)


build_report = compat.caller(build_all, BuildRequest, BuildReport)


@dataclass(frozen=True)
class FinishedRun:
    """A run that is over: its record, and what else there is to tell of it.

    :param reasons: by step, why it ran.
    :param logs: by step, what it printed.
    """

    record: Mapping[str, Any]
    reasons: Mapping[str, List[str]]
    logs: Mapping[str, str]

    @property
    def exit_code(self) -> int:
        """0 only if everything is there."""
        return 0 if self.record["ok"] else 1

    def summary(self, *, color: bool) -> str:
        """The summary for people."""
        return render_summary(
            self.record,
            reasons=self.reasons,
            logs=self.logs,
            rerun_command=f"{bin_name()} run",
            style=Style(color=color),
        )


async def finish_run(
    report: BuildReport,
    *,
    request: BuildRequest,
    run_id: RunId,
    started: float,
    options: WombatSubsystem,
    build_root: str,
) -> FinishedRun:
    """Tell what a run did, and warn of what keeps this machine from using the results of others.

    :param started: seconds since the epoch.
    """
    record = _record_of(report, request, run_id, started)
    await tell_of_machine(_machines_that_ran(report, record))
    ran = [step["address"] for step in record["steps"] if step["source"] == "ran"]
    reasons: Dict[str, List[str]] = {}
    if options.explain and ran:
        earlier = earlier_records(os.path.join(build_root, options.runs_dir))
        reasons = explain_steps(ran, record, earlier)
        for step in record["steps"]:
            if step["address"] in reasons:
                step["because"] = reasons[step["address"]]
    return FinishedRun(record, reasons, _logs_of(report, options.show_logs))


def keep_run(record: Mapping[str, Any], *, options: WombatSubsystem, build_root: str) -> None:
    """Write the record of a run, and the reports of it that the options ask for.

    :raises RunRecordError: if the record cannot be written.
    :raises SummaryFileError: if one of the reports cannot be written.
    """
    write_record(os.path.join(build_root, options.runs_dir), record, kept=options.runs_kept)
    append_summary(build_root, options.summary_file, record)
    write_junit(build_root, options.junit_file, record)


def _machines_that_ran(report: BuildReport, record: Mapping[str, Any]) -> Dict[str, Machine]:
    """By its address, what each step read of this machine whose result could have been in a cache and was not."""
    ran = {
        step["address"]
        for step in record["steps"]
        if step["source"] == "ran" and step["result"] == "ok" and step["uses_cache"]
    }
    return {step.address: step.machine for step in report.steps if step.address in ran and step.machine is not None}


def _logs_of(report: BuildReport, shown: ShowLogs) -> Dict[str, str]:
    if shown is ShowLogs.NONE:
        return {}
    steps = [step for step in report.steps if shown is ShowLogs.ALL or step.failure is not None]
    return {step.address: step.log.decode(errors="replace") for step in steps if step.log}


def _record_of(report: BuildReport, request: BuildRequest, run_id: RunId, started: float) -> Dict[str, Any]:
    moment = datetime.fromtimestamp(started, timezone.utc)
    facts = RunFacts(
        id=f"{moment:%Y%m%dT%H%M%S.%fZ}-{os.getpid()}",
        started=moment.isoformat(timespec="milliseconds"),
        seconds=round(time.time() - started, 3),
        roots=request.roots,
        overrides=request.overrides,
        pants_version=VERSION,
    )
    steps = [_step_run(step, report.graph, run_id) for step in report.steps]
    datasets = [_dataset_run(dataset, report.graph) for dataset in report.datasets]
    return run_record(facts, steps, datasets)


def _step_run(step: StepResult, graph: PipelineGraph, run_id: RunId) -> StepRun:
    uses_cache = graph.steps[step.address].cache
    source = None
    if step.process is not None:
        # Neither a failure nor a step with cache=False is ever taken from a cache. The engine hands out its first
        # result where a second one is equal, and with it says that the second did not run.
        source = _source_of(step.process, run_id) if uses_cache and step.failure is None else "ran"
    return StepRun(
        address=step.address,
        result="failed" if step.failure is not None else "skipped" if step.blocked_by else "ok",
        source=source,
        seconds=_seconds_of(step.process),
        key=step.key,
        metrics=step.metrics,
        versions=step.versions,
        failure=None if step.failure is None else (step.failure.kind, step.failure.message),
        blocked_by=step.blocked_by,
        uses_cache=uses_cache,
    )


def _source_of(process: ProcessResultMetadata, run_id: RunId) -> str:
    source = process.source(run_id)
    if source is ProcessResultMetadata.Source.RAN:
        return "ran"
    return "remote cache" if source is ProcessResultMetadata.Source.HIT_REMOTELY else "local cache"


def _seconds_of(process: Optional[ProcessResultMetadata]) -> Optional[float]:
    if process is None or process.total_elapsed_ms is None:
        return None
    return process.total_elapsed_ms / 1000


def _dataset_run(dataset: DatasetResult, graph: PipelineGraph) -> DatasetRun:
    node = graph.datasets[dataset.address]
    content = dataset.content
    validation = None if dataset.validation is None else validation_record(dataset.validation.document)
    if validation is not None and validation["problem"] is not None and content is not None:
        # The process knows no names.
        message = validation["problem"]["message"].replace(content.path_in("in"), dataset.address, 1)
        validation["problem"] = {**validation["problem"], "message": message}
    rows = None if content is None else content.rows
    if rows is None and validation is not None and node.format.is_tabular:
        rows = validation["rows"]
    return DatasetRun(
        address=dataset.address,
        format=node.format.value,
        result="ok" if dataset.is_ok else "failed" if dataset.failure is not None else "skipped",
        producer=node.producer,
        version=None if content is None else content.version,
        size_bytes=None if content is None else content.size_bytes,
        rows=rows,
        columns=None if content is None else content.columns,
        failure=None if dataset.failure is None else (dataset.failure.kind, dataset.failure.message),
        blocked_by=dataset.blocked_by,
        validation=validation,
    )


def rules() -> Iterable[Rule]:
    return collect_rules()
