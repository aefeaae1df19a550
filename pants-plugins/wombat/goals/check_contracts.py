"""The part of the goal `check` that holds contracts against each other; nothing is built for it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import AbstractSet, DefaultDict, Dict, Iterable, List, Optional, Sequence, Set, Tuple

from pants.base.build_root import BuildRoot
from pants.core.goals.check import CheckRequest, CheckResult, CheckResults
from pants.engine.fs import CreateDigest, FileContent
from pants.engine.rules import Rule, collect_rules, rule
from pants.engine.target import FieldSet
from pants.engine.unions import UnionRule
from pants.util.logging import LogLevel
from pants.vcs.git import GitWorktreeRequest

from wombat import compat
from wombat.graph.contract_check import (
    Comparison,
    Consumer,
    Finding,
    change_findings,
    mismatch_findings,
    no_promise_finding,
    removal_finding,
    report_text,
)
from wombat.graph.contracts import CONTRACT_ENDINGS, ContractFacts, ContractName
from wombat.graph.errors import ContractBaseError, WombatError
from wombat.graph.model import DatasetNode, PipelineGraph
from wombat.graph.names import split_address
from wombat.rules.comparison import (
    ChangesRequest,
    ImplicationRequest,
    RowNeedsRequest,
    contract_changes,
    implication,
    row_needs,
)
from wombat.rules.contract_targets import AllContractsRequest, all_contracts
from wombat.rules.contracts import (
    CONTRACT_FILE,
    ContractReading,
    ContractRequest,
    DatasetContractRequest,
    FormerContractRequest,
    contract_reading,
    dataset_contract,
    former_contract_reading,
)
from wombat.rules.graph import RepositoryGraph
from wombat.subsystems import ContractsSubsystem
from wombat.target_types import ContractBearingField
from wombat.vcs import changed_since


@dataclass(frozen=True)
class ContractsFieldSet(FieldSet):
    required_fields = (ContractBearingField,)


class ContractsCheckRequest(CheckRequest):
    field_set_type = ContractsFieldSet
    tool_name = "contracts"


@dataclass(frozen=True)
class FormerContractsRequest:
    """Asks for the contracts that are different from what they were at a revision, or gone.

    :param files: contract files with endings of their own.
    """

    base: str
    files: Tuple[str, ...]


@dataclass(frozen=True)
class FormerContracts:
    """Contract files as they were, by path."""

    contents: Tuple[Tuple[str, bytes], ...]


@rule(desc="Read former data contracts", level=LogLevel.DEBUG)
async def read_former_contracts(request: FormerContractsRequest, build_root: BuildRoot) -> FormerContracts:
    # The worktree is never taken from a cache, so this runs in every session and sees where a branch is now.
    worktree = await compat.git_worktree(GitWorktreeRequest())
    if worktree.git_worktree is None:
        raise ContractBaseError(request.base, "this is no git repository, or there is no git.")
    git = worktree.git_worktree._git_binary.path
    found = changed_since(git, build_root.path, request.base, CONTRACT_ENDINGS, request.files)
    return FormerContracts(tuple(found.items()))


former_contracts = compat.caller(read_former_contracts, FormerContractsRequest, FormerContracts)


Need = Tuple[str, str]
"""A step and one of its inputs."""


@dataclass
class _Scope:
    """What is looked at: the datasets and steps that were asked for, and what reads or makes those."""

    graph: PipelineGraph
    readings: Dict[str, ContractReading]
    datasets: List[Tuple[DatasetNode, ContractName]]
    inputs: List[Tuple[str, str, str]]
    findings: List[Finding] = field(default_factory=list)

    def promise_of(self, dataset: str) -> Optional[Tuple[ContractReading, ContractFacts, str]]:
        """The contract of a dataset and the object that it keeps; None without one, or for a wrong one."""
        contract = self.graph.datasets[dataset].contract
        reading = None if contract is None else self.readings.get(contract.file)
        if contract is None or reading is None or reading.facts is None or reading.facts.errors:
            return None
        try:
            kept = reading.facts.object_for(contract.object, split_address(dataset)[1], address=dataset)
            return reading, reading.facts, kept.name
        except WombatError:
            return None

    def expected(self, step: str, parameter: str) -> Optional[ContractName]:
        """The contract that a step names for an input."""
        return dict(self.graph.steps[step].expects).get(parameter)


def _see_that_all_are_contracts(scope: _Scope) -> None:
    for reading in scope.readings.values():
        if reading.facts is not None:
            scope.findings += map(Finding, reading.facts.problems)
            scope.findings += [
                Finding(f"{reading.facts.file}:{note.line}: {note.message}", fails=False)
                for note in reading.facts.notes
            ]
    named = [(node.address, "contract", contract, split_address(node.address)[1]) for node, contract in scope.datasets]
    for step in dict.fromkeys(step for step, _, _ in scope.inputs):
        named += [(step, "expects", contract, parameter) for parameter, contract in scope.graph.steps[step].expects]
    for address, alias, contract, name in named:
        reading = scope.readings[contract.file]
        if reading.facts is not None and reading.facts.errors:
            continue
        try:
            facts = reading.checked(address, alias, contract.file)
            facts.object_for(contract.object, name, address=address, field=alias)
        except WombatError as error:
            scope.findings.append(Finding(f"{type(error).__name__}: {error}"))


async def _find_relationships(scope: _Scope) -> None:
    """See that what foreign keys refer to can be told."""
    for node, contract in scope.datasets:
        promise = scope.promise_of(node.address)
        if promise is None:
            continue
        kept = next(one for one in promise[1].objects if one.name == promise[2])
        if not kept.relationships:
            continue
        try:
            found = await dataset_contract(DatasetContractRequest(node.address, contract))
        except WombatError as error:
            scope.findings.append(Finding(f"{type(error).__name__}: {error}"))
            continue
        keys = {one.key for one in found.references}
        for relationship in kept.relationships:
            if relationship.key not in keys:
                place = f"{contract.file}:{relationship.line}"
                text = f"{place}: not checked: no dataset of the repository keeps {relationship.key!r}."
                scope.findings.append(Finding(text, fails=False))


async def _compare_with_needs(scope: _Scope, repository: RepositoryGraph) -> Tuple[Set[Need], Set[Need]]:
    """Compare each stated need with the promise; returns those stated, and of them those that are not met."""
    steps = list(dict.fromkeys(step for step, _, _ in scope.inputs))
    found = await compat.concurrently(row_needs(RowNeedsRequest(repository.addresses[step])) for step in steps)
    code = {(step, need.parameter): need for step, needs in zip(steps, found) for need in needs.needs}
    comparisons: List[Comparison] = []
    requests: List[ImplicationRequest] = []
    stated: Set[Need] = set()
    harmed: Set[Need] = set()
    for step, parameter, dataset in scope.inputs:
        expected = scope.expected(step, parameter)
        in_code = code.get((step, parameter))
        promise = scope.promise_of(dataset)
        if expected is not None:
            stated.add((step, parameter))
            if scope.graph.datasets[dataset].contract is None:
                scope.findings.append(no_promise_finding(step, parameter, dataset, str(expected)))
        if promise is None:
            continue
        reading, facts, name = promise
        producer = scope.graph.datasets[dataset].producer
        if expected is not None:
            need = scope.readings[expected.file]
            if need.facts is None or need.facts.errors:
                continue
            try:
                needed = need.facts.object_for(expected.object, parameter, address=step, field="expects").name
            except WombatError:
                continue
            comparisons.append(Comparison(dataset, producer, facts.file, step, parameter, expected.file))
            requests.append(
                ImplicationRequest(reading.digest, facts.file, name, need.digest, expected.file, needed)
            )
        if in_code is not None:
            comparisons.append(Comparison(dataset, producer, facts.file, step, parameter, ""))
            requests.append(ImplicationRequest(reading.digest, facts.file, name, code=(in_code,)))
    documents = await compat.concurrently(implication(one) for one in requests)
    for comparison, document in zip(comparisons, documents):
        mismatches = mismatch_findings(comparison, document.content)
        if document.is_stated:
            stated.add((comparison.consumer, comparison.parameter))
        if any(mismatch.fails for mismatch in mismatches):
            harmed.add((comparison.consumer, comparison.parameter))
        scope.findings += mismatches
    return stated, harmed


def _consumers_of(scope: _Scope, file: str, objects: Sequence[str], stated: Set[Need]) -> List[Consumer]:
    """The inputs of all steps that read what keeps one of the objects."""
    keeping: DefaultDict[str, bool] = defaultdict(bool)
    for address, node in scope.graph.datasets.items():
        if node.contract is not None and node.contract.file == file:
            promise = scope.promise_of(address)
            keeping[address] = promise is not None and promise[2] in objects
    return [
        Consumer(step.address, item.parameter, (step.address, item.parameter) in stated)
        for step in scope.graph.steps.values()
        for item in step.inputs
        if keeping[item.dataset]
    ]


async def _compare_with_base(
    scope: _Scope, base: str, files: AbstractSet[str], declared: Sequence[str], stated: Set[Need], harmed: Set[Need]
) -> int:
    """Compare contracts with what they were; returns how many have changed.

    :param files: those to compare, all of whose consumers are looked at.
    """
    own_endings = tuple(file for file in declared if not file.endswith(CONTRACT_ENDINGS))
    former = await former_contracts(FormerContractsRequest(base, own_endings))
    digests = await compat.concurrently(
        compat.create_digest(CreateDigest([FileContent(CONTRACT_FILE, content)])) for _, content in former.contents
    )
    readings = {file: reading for file, reading in scope.readings.items() if file in files}
    by_id = {reading.facts.id: reading for reading in readings.values() if reading.facts is not None and reading.facts.id}
    requests: List[ChangesRequest] = []
    for (file, _), digest in zip(former.contents, digests):
        reading = readings.get(file)
        if file not in declared:
            # Gone; but perhaps only to another place.
            old = (await former_contract_reading(FormerContractRequest(file, digest))).facts
            reading = by_id.get(old.id) if old is not None and old.id else None
            if reading is None:
                title = f"{old.name} {old.version}" if old is not None else file
                scope.findings.append(removal_finding(file, base, title))
        if reading is not None and reading.facts is not None and not reading.facts.errors:
            requests.append(ChangesRequest(reading.facts.file, digest, reading.digest))
    documents = await compat.concurrently(contract_changes(one) for one in requests)
    for changes, document in zip(requests, documents):
        consumers = _consumers_of(scope, changes.file, document.broken_objects, stated)
        scope.findings += change_findings(changes.file, document.content, base, consumers, harmed)
    return len(requests)


@rule(desc="Check data contracts", level=LogLevel.DEBUG)
async def check_contracts(
    request: ContractsCheckRequest,
    repository: RepositoryGraph,
    options: ContractsSubsystem,
) -> CheckResults:
    asked = {field_set.address.spec for field_set in request.field_sets}
    graph = repository.graph
    contracts = await all_contracts(AllContractsRequest())
    files: Set[str] = {file for file, address in contracts.by_file.items() if address.spec in asked}
    kept = [(node, node.contract) for node in graph.datasets.values() if node.contract is not None]
    files.update(contract.file for node, contract in kept if node.address in asked)
    # A contract is looked at with all that keep it, and all that read those.
    compared = frozenset(files)
    looked_at = asked.union(node.address for node, contract in kept if contract.file in compared)
    inputs = [
        (step.address, item.parameter, item.dataset)
        for step in graph.steps.values()
        for item in step.inputs
        if (step.address in asked or item.dataset in looked_at) and item.dataset in graph.datasets
    ]
    looked_at.update(dataset for _, _, dataset in inputs)
    datasets = sorted((one for one in kept if one[0].address in looked_at), key=lambda one: one[0].address)
    files.update(contract.file for _, contract in datasets)
    files.update(contract.file for step, _, _ in inputs for _, contract in graph.steps[step].expects)
    if not files:
        return CheckResults([], checker_name=request.tool_name)
    ordered = sorted(files)
    read = await compat.concurrently(contract_reading(ContractRequest(file)) for file in ordered)
    scope = _Scope(graph, dict(zip(ordered, read)), datasets, sorted(inputs))
    _see_that_all_are_contracts(scope)
    await _find_relationships(scope)
    stated, harmed = await _compare_with_needs(scope, repository)
    changed = 0
    if options.base:
        changed = await _compare_with_base(scope, options.base, compared, tuple(contracts.by_file), stated, harmed)
    text = report_text(scope.findings, (len(files), len(stated), changed))
    failed = any(finding.fails for finding in scope.findings)
    result = CheckResult(1 if failed else 0, text, "")
    return CheckResults([result], checker_name=request.tool_name)


def rules() -> Iterable[Rule | UnionRule]:
    return (*collect_rules(), UnionRule(CheckRequest, ContractsCheckRequest))
