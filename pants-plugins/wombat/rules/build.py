"""Builds datasets: each step once, as soon as what it reads is there and valid, and only if its key is new."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, Iterable, Mapping, Optional, Tuple

from pants.engine.addresses import Address
from pants.engine.fs import FileEntry
from pants.engine.process import (
    ProcessResultMetadata,
)
from pants.engine.rules import Rule, collect_rules, rule
from pants.option.global_options import GlobalOptions, KeepSandboxes
from pants.util.docutil import bin_name
from pants.util.logging import LogLevel

from wombat import compat
from wombat.graph.errors import ContractViolationError, UnreadableResultError, WombatError
from wombat.graph.formats import Format
from wombat.graph.params import Overrides, canonical_json, params_with
from wombat.graph.record import StepKey
from wombat.graph.spec import (
    captured_path,
    literal_environment,
    read_result,
)
from wombat.rules.content import DatasetContent, content_of
from wombat.rules.contracts import DatasetContract, DatasetContractRequest, dataset_contract
from wombat.rules.graph import PlannedDataset
from wombat.rules.machine import Machine, machine_of
from wombat.rules.origin import OriginRequest, origin_content
from wombat.rules.plan import StepPlan, StepPlanRequest, step_plan
from wombat.rules.sources import SourceDatasetRequest, source_dataset
from wombat.rules.step_library import StepLibrary, StepLibraryRequest, step_library
from wombat.rules.step_process import step_process
from wombat.rules.validation import (
    ReferencedData,
    Validation,
    ValidationRequest,
    ValidationSettingsRequest,
    validation_of,
    validation_settings,
)


@dataclass(frozen=True)
class DatasetRequest:
    """Asks for a dataset, made if need be.

    :param overrides: parameters set for this run, those only that reach the dataset.
    """

    dataset: PlannedDataset
    overrides: Overrides = ()


@dataclass(frozen=True)
class ReferenceRequest:
    """Asks for a dataset that a foreign key refers to: made, and not validated itself."""

    dataset: PlannedDataset
    overrides: Overrides = ()


@dataclass(frozen=True)
class StepRequest:
    """Asks for the outputs of the step at an address."""

    address: Address
    overrides: Overrides = ()


@dataclass(frozen=True)
class StepFailure:
    """Why a step has no outputs."""

    kind: str
    message: str

    @classmethod
    def of(cls, error: WombatError) -> StepFailure:
        """A mistake found before anything ran: it stops what depends on it, and nothing else."""
        return cls(type(error).__name__, str(error))


@dataclass(frozen=True)
class StepResult:
    """What became of a step: outputs, a failure of its own, or a failure of something that it needs.

    :param outputs: in the order of the step's `outputs` field; empty unless the step succeeded.
    :param blocked_by: addresses of the failed steps (or datasets) for lack of which this one did not run.
    :param log: what the step printed.
    :param machine: what it read of this machine; None where it ran elsewhere or not at all.
    :param process: None for a step that did not run; not part of what makes two results equal.
    """

    address: str
    outputs: Tuple[DatasetContent, ...] = ()
    failure: Optional[StepFailure] = None
    blocked_by: Tuple[str, ...] = ()
    metrics: Tuple[Tuple[str, float], ...] = ()
    key: Optional[StepKey] = None
    log: bytes = b""
    versions: Tuple[Tuple[str, str], ...] = ()
    machine: Optional[Machine] = None
    process: Optional[ProcessResultMetadata] = field(default=None, compare=False)

    @property
    def is_ok(self) -> bool:
        """Whether the outputs are there."""
        return self.failure is None and not self.blocked_by


@dataclass(frozen=True)
class DatasetResult:
    """A dataset, a failure of its own (its files are missing, it violates its contract), or the failures for lack of
    which there is none.

    :param content: what was made; with a failure, for looking at it only.
    :param contract: what people call the contract that it was held against, with `validation`.
    """

    address: str
    content: Optional[DatasetContent] = None
    failure: Optional[StepFailure] = None
    blocked_by: Tuple[str, ...] = ()
    contract: Optional[DatasetContract] = None
    validation: Optional[Validation] = None

    @property
    def is_ok(self) -> bool:
        """Whether steps may read it."""
        return self.content is not None and self.failure is None


@dataclass(frozen=True)
class ReferenceResult:
    """A dataset that a foreign key refers to, as far as it could be made."""

    result: DatasetResult


# A dataset asks for its step and a step for its datasets: rules that call each other. These functions stand
# above them and are the only ones that name a version of Pants outside of compat: a recursive call by name must be
# written in the module of the rules.
if compat.BY_NAME:
    from pants.engine.rules import implicitly  # type: ignore[attr-defined]

    async def dataset_result(request: DatasetRequest) -> DatasetResult:
        return await build_dataset(request, **implicitly())

    async def reference_result(request: ReferenceRequest) -> ReferenceResult:
        return await build_reference(request, **implicitly())

    async def step_result(request: StepRequest) -> StepResult:
        return await build_step(request, **implicitly())

else:
    from pants.engine.rules import Get

    def dataset_result(request: DatasetRequest) -> Get:  # type: ignore[misc]
        """The dataset: `DatasetResult`."""
        return Get(DatasetResult, DatasetRequest, request)

    def reference_result(request: ReferenceRequest) -> Get:  # type: ignore[misc]
        """The dataset, not validated: `ReferenceResult`."""
        return Get(ReferenceResult, ReferenceRequest, request)

    def step_result(request: StepRequest) -> Get:  # type: ignore[misc]
        """The step: `StepResult`."""
        return Get(StepResult, StepRequest, request)


async def _produced(dataset: PlannedDataset, overrides: Overrides) -> DatasetResult:
    """The dataset as its files or its step have it."""
    name = dataset.node.address
    if dataset.producer is None:
        try:
            if dataset.node.origin is not None:
                request = OriginRequest(name, dataset.node.format, dataset.node.origin)
                return DatasetResult(name, await origin_content(request))
            return DatasetResult(name, await source_dataset(SourceDatasetRequest(dataset.address)))
        except WombatError as error:
            return DatasetResult(name, failure=StepFailure.of(error))
    step = await step_result(StepRequest(dataset.producer, overrides))
    if not step.is_ok:
        return DatasetResult(name, blocked_by=step.blocked_by or (step.address,))
    assert step.key is not None, "A step that succeeded has a key."
    return DatasetResult(name, step.outputs[step.key.outputs.index(name)])


@rule(desc="Build what a foreign key refers to", level=LogLevel.DEBUG)
async def build_reference(request: ReferenceRequest) -> ReferenceResult:
    return ReferenceResult(await _produced(request.dataset, request.overrides))


@rule(desc="Build a dataset", level=LogLevel.DEBUG)
async def build_dataset(request: DatasetRequest) -> DatasetResult:
    node = request.dataset.node
    produced = await _produced(request.dataset, request.overrides)
    if produced.content is None or node.contract is None:
        return produced
    try:
        settings = await validation_settings(ValidationSettingsRequest())
        contract = await dataset_contract(DatasetContractRequest(node.address, node.contract))
        # A key may refer to the dataset itself.
        others = [one.dataset for one in contract.references if one.dataset.node.address != node.address]
        referenced = await compat.concurrently(
            reference_result(ReferenceRequest(other, request.overrides)) for other in others
        )
        blocked_by = tuple(sorted({address for one in referenced for address in _failed_for(one.result)}))
        if blocked_by:
            return DatasetResult(node.address, blocked_by=blocked_by)
        contents = {one.result.address: one.result.content for one in referenced}
        contents[node.address] = produced.content
        validation = await validation_of(
            ValidationRequest(
                produced.content,
                node.format,
                settings,
                contract=contract.digest,
                file=contract.facts.file,
                object=contract.object.name,
                references=tuple(
                    ReferencedData(
                        one.key, one.dataset.node.format, contents[one.dataset.node.address], one.contract, one.object
                    )
                    for one in contract.references
                ),
            )
        )
    except WombatError as error:
        return DatasetResult(node.address, produced.content, failure=StepFailure.of(error))
    failure = None
    if validation.stops:
        title = f"{contract.title} {contract.facts.version}"
        # The process knows no names.
        messages = [
            message.replace(produced.content.path_in("in"), node.address, 1) for message in validation.stopping_messages()
        ]
        failure = StepFailure.of(
            ContractViolationError(node.address, title, messages, rerun_command=f"{bin_name()} run")
        )
    return DatasetResult(node.address, produced.content, failure=failure, contract=contract, validation=validation)


@rule(desc="Build a pipeline step", level=LogLevel.DEBUG)
async def build_step(
    request: StepRequest, keep_sandboxes: KeepSandboxes, global_options: GlobalOptions
) -> StepResult:
    try:
        plan = await step_plan(StepPlanRequest(request.address))
    except WombatError as error:
        return StepResult(request.address.spec, failure=StepFailure.of(error))
    step = plan.node
    inputs = await compat.concurrently(
        dataset_result(DatasetRequest(dataset, request.overrides)) for dataset in plan.inputs
    )
    blocked_by = tuple(sorted({address for result in inputs for address in _failed_for(result)}))
    if blocked_by:
        return StepResult(step.address, blocked_by=blocked_by)
    contents = {item.parameter: result.content for item, result in zip(step.inputs, inputs)}
    params = params_with(step, request.overrides)
    library = await step_library(StepLibraryRequest())
    process = await step_process(plan, contents, params, library, keep_sandboxes, global_options.pants_workdir)
    if plan.environment is not None:
        result = await compat.fallible_process_in(process, plan.environment)
    else:
        result = await compat.fallible_process(process)
    key = _key_of(plan, contents, params, library)
    document = read_result(result.stdout)
    if document is None:
        unreadable = UnreadableResultError(step.address, result.exit_code, result.stderr.decode(errors="replace"))
        return StepResult(step.address, failure=StepFailure.of(unreadable), key=key, process=result.metadata)
    if result.exit_code != 0:
        failure = StepFailure(document["error"]["kind"], document["error"]["message"])
        return StepResult(step.address, failure=failure, key=key, log=result.stderr, process=result.metadata)
    entries = await compat.digest_entries(result.output_digest)
    return StepResult(
        step.address,
        outputs=outputs_of(plan, document, [entry for entry in entries if isinstance(entry, FileEntry)]),
        metrics=tuple(sorted((document.get("metrics") or {}).items())),
        key=key,
        log=result.stderr,
        versions=tuple(sorted({"python": document.get("python", ""), **(document.get("packages") or {})}.items())),
        machine=machine_of(plan, library) if plan.environment is None else None,
        process=result.metadata,
    )


def _failed_for(result: DatasetResult) -> Tuple[str, ...]:
    return result.blocked_by or ((result.address,) if result.failure is not None else ())


def outputs_of(
    plan: StepPlan, document: Mapping[str, Any], entries: Iterable[FileEntry]
) -> Tuple[DatasetContent, ...]:
    by_path: Dict[str, FileEntry] = {entry.path: entry for entry in entries}
    outputs = []
    for position, (dataset, found) in enumerate(zip(plan.outputs, document["outputs"])):
        where = captured_path(position, dataset.node.format)
        is_directory = dataset.node.format is Format.DIRECTORY
        if is_directory:
            # A directory leaves the sandbox flat, as numbered files: some cache servers lose nested trees.
            files = [
                FileEntry(name, by_path[f"{where}/{number:06}"].file_digest)
                for number, name in enumerate(found["files"])
            ]
        else:
            files = [FileEntry(where.rpartition("/")[2], by_path[where].file_digest)]
        outputs.append(
            content_of(files, directory=is_directory, rows=found.get("rows"), columns=found.get("columns"))
        )
    return tuple(outputs)


def _key_of(
    plan: StepPlan, contents: Mapping[str, DatasetContent], params: Mapping[str, Any], library: StepLibrary
) -> StepKey:
    step = plan.node
    runs_with = plan.code.venv if plan.code is not None else plan.program
    assert runs_with is not None, "A plan has code or a program."
    interpreter = runs_with.interpreter
    return StepKey(
        entry_point=f"{plan.module}:{plan.function}" if plan.code is not None else f"run {step.run}",
        files=plan.code.files if plan.code is not None else (),
        program=plan.program.digest.fingerprint if plan.program is not None else "",
        requirements=plan.code.requirements if plan.code is not None else (),
        requirements_fingerprint=plan.code.venv.pex.fingerprint if plan.code is not None else "",
        interpreter=interpreter.path,
        interpreter_fingerprint=interpreter.fingerprint,
        params=tuple(sorted((name, canonical_json(value)) for name, value in params.items())),
        environment=tuple(sorted(literal_environment(step).items())),
        inputs=tuple(sorted((name, content.version) for name, content in contents.items())),
        outputs=tuple(output.dataset for output in step.outputs),
        output_formats=tuple(dataset.node.format.value for dataset in plan.outputs),
        step_library=library.digest.fingerprint,
        args=step.args,
        input_formats=tuple(
            sorted((item.parameter, dataset.node.format.value) for item, dataset in zip(step.inputs, plan.inputs))
        ),
        output_names=tuple(output.name for output in step.outputs),
        source_roots=plan.code.source_roots if plan.code is not None else (),
        runs_in=plan.environment.val or "" if plan.environment is not None else "",
    )


def rules() -> Iterable[Rule]:
    return collect_rules()
