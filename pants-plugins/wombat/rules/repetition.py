"""Runs a step again from scratch, to see whether it makes the same once more."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Iterable, List, Tuple

from pants.engine.addresses import Address
from pants.engine.fs import CreateDigest, FileEntry
from pants.engine.process import ProcessCacheScope
from pants.engine.rules import Rule, collect_rules, rule
from pants.option.global_options import GlobalOptions, KeepSandboxes
from pants.util.logging import LogLevel

from wombat import compat
from wombat.graph.errors import WombatError
from wombat.graph.formats import Format
from wombat.graph.params import params_with
from wombat.graph.spec import REPETITION_VARIABLE, read_result
from wombat.rules.build import DatasetRequest, dataset_result, outputs_of
from wombat.rules.content import DatasetContent
from wombat.rules.contracts import DatasetContractRequest, dataset_contract
from wombat.rules.plan import StepPlanRequest, step_plan
from wombat.rules.step_library import StepLibraryRequest, step_library
from wombat.rules.step_process import step_process
from wombat.rules.tool import ToolRequest, tool_of


@dataclass(frozen=True)
class RepetitionRequest:
    """Asks for two runs of a step on the same inputs."""

    address: Address


@dataclass(frozen=True)
class OutputDifference:
    """A dataset that came out otherwise the second time, and what differs."""

    dataset: str
    text: str


@dataclass(frozen=True)
class Repetition:
    """What two runs of a step made.

    :param problem: why there is nothing to compare; "" if there is.
    """

    address: str
    differences: Tuple[OutputDifference, ...] = ()
    problem: str = ""


@dataclass(frozen=True)
class DifferenceRequest:
    """Asks what differs between two contents of one dataset."""

    left: DatasetContent
    right: DatasetContent
    format: Format
    hidden: Tuple[str, ...] = ()


@dataclass(frozen=True)
class Difference:
    """What differs, in words."""

    text: str


@rule(desc="Compare two contents of a dataset", level=LogLevel.DEBUG)
async def find_difference(request: DifferenceRequest) -> Difference:
    tool = await tool_of(ToolRequest())
    files: List[FileEntry] = [*request.left.placed_at("first"), *request.right.placed_at("second")]
    arguments = ["store-difference", "--format", request.format.value]
    for column in request.hidden:
        arguments += ["--mask", column]
    arguments += [request.left.path_in("first"), request.right.path_in("second")]
    digest = await compat.create_digest(CreateDigest(files))
    result = await compat.fallible_process(
        tool.process(*arguments, description="Compare two contents of a dataset", input_digest=digest)
    )
    text = result.stdout.decode(errors="replace").strip() or result.stderr.decode(errors="replace").strip()
    return Difference(text)


difference_of = compat.caller(find_difference, DifferenceRequest, Difference)


@rule(desc="Run a pipeline step twice", level=LogLevel.DEBUG)
async def repeat_step(
    request: RepetitionRequest, keep_sandboxes: KeepSandboxes, global_options: GlobalOptions
) -> Repetition:
    name = request.address.spec
    try:
        plan = await step_plan(StepPlanRequest(request.address))
    except WombatError as error:
        return Repetition(name, problem=str(error))
    inputs = await compat.concurrently(dataset_result(DatasetRequest(dataset)) for dataset in plan.inputs)
    lacking = [result.address for result in inputs if not result.is_ok]
    if lacking:
        return Repetition(name, problem=f"its inputs are not there: {', '.join(lacking)}.")
    contents = {item.parameter: result.content for item, result in zip(plan.node.inputs, inputs)}
    library = await step_library(StepLibraryRequest())
    process = await step_process(
        plan, contents, params_with(plan.node, ()), library, keep_sandboxes, global_options.pants_workdir
    )
    # A variable that no step knows makes them two processes, and neither is taken from a cache.
    runs = [
        replace(
            process,
            env={**process.env, REPETITION_VARIABLE: str(number)},
            cache_scope=ProcessCacheScope.PER_SESSION,
        )
        for number in (1, 2)
    ]
    if plan.environment is not None:
        environment = plan.environment
        results = await compat.concurrently(compat.fallible_process_in(run, environment) for run in runs)
    else:
        results = await compat.concurrently(compat.fallible_process(run) for run in runs)
    made: List[Tuple[DatasetContent, ...]] = []
    for result in results:
        document = read_result(result.stdout)
        if document is None or result.exit_code != 0:
            told = document["error"]["message"] if document is not None else f"it ended with {result.exit_code}."
            return Repetition(name, problem=f"it failed: {told}")
        entries = await compat.digest_entries(result.output_digest)
        made.append(outputs_of(plan, document, [entry for entry in entries if isinstance(entry, FileEntry)]))
    differing = [
        (dataset.node, left, right)
        for dataset, left, right in zip(plan.outputs, made[0], made[1])
        if left.version != right.version
    ]
    differences: List[OutputDifference] = []
    for node, left, right in differing:
        hidden: Tuple[str, ...] = ()
        if node.contract is not None:
            contract = await dataset_contract(DatasetContractRequest(node.address, node.contract))
            hidden = contract.object.sensitive_columns
        difference = await difference_of(DifferenceRequest(left, right, node.format, hidden))
        # The process knows no names.
        differences.append(OutputDifference(node.address, difference.text))
    return Repetition(name, tuple(differences))


repetition_of = compat.caller(repeat_step, RepetitionRequest, Repetition)


def rules() -> Iterable[Rule]:
    return collect_rules()
