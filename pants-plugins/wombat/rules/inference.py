"""The data graph as Pants' dependency graph: inputs, producers, code and contracts become dependencies."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Iterable, List, Optional, Tuple

from pants.backend.python.dependency_inference.module_mapper import PythonModuleOwnersRequest
from pants.backend.python.subsystems.setup import PythonSetup
from pants.backend.python.target_types import PythonResolveField, PythonSourceField
from pants.engine.addresses import Address, Addresses, UnparsedAddressInputs
from pants.engine.fs import PathGlobs
from pants.engine.rules import Rule, collect_rules, rule
from pants.engine.target import (
    Dependencies,
    DependenciesRequest,
    FieldSet,
    InferDependenciesRequest,
    InferredDependencies,
)
from pants.engine.unions import UnionRule
from pants.source.source_root import SourceRootRequest
from pants.util.logging import LogLevel

from wombat import compat
from wombat.graph.errors import EntryPointError, raise_all
from wombat.graph.resolve import problems_of
from wombat.rules.contract_targets import AllContractsRequest, all_contracts
from wombat.rules.graph import RepositoryGraph
from wombat.target_types import (
    DatasetContractField,
    DatasetDependenciesField,
    DatasetFormatField,
    PipelineDependenciesField,
    PipelineOutputsField,
    StepDependenciesField,
    StepEntryPointField,
    StepExpectsField,
    StepInputsField,
    StepRunField,
)


@dataclass(frozen=True)
class EntryPointRequest:
    """Asks what code an entry point names.

    Without the step's own address, so that the many steps of one file share one answer.

    :param where: `file.py`, relative to `directory`, or a module.
    """

    directory: str
    where: str
    resolve: str


@dataclass(frozen=True)
class EntryPoint:
    """The code that an entry point names.

    :param path: the file relative to the build root, or "" for a module of a third-party package.
    :param problem: why there is no such code, or "".
    """

    module: str = ""
    path: str = ""
    owners: Tuple[Address, ...] = ()
    ambiguous: Tuple[Address, ...] = ()
    problem: str = ""


def split_entry_point(value: str) -> Tuple[str, str]:
    """("steps.py", "clean") for "steps.py:clean"."""
    where, _, function = value.rpartition(":")
    return where, function


@rule(desc="Find the code of an entry point", level=LogLevel.DEBUG)
async def find_entry_point(request: EntryPointRequest, python_setup: PythonSetup) -> EntryPoint:
    path = ""
    module = request.where
    locality: Optional[str] = None
    if request.where.endswith(".py"):
        path = os.path.normpath(os.path.join(request.directory, request.where))
        found = await compat.paths(PathGlobs([path]))
        if not found.files:
            nearby = await compat.paths(PathGlobs([os.path.join(os.path.dirname(path), "*.py")]))
            names = ", ".join(os.path.basename(file) for file in nearby.files) or "none"
            return EntryPoint(
                problem=f"there is no file {path}. Python files in that directory: {names}. Correct the file's name."
            )
        root = await compat.source_root(SourceRootRequest.for_file(path))
        locality = root.path
        module = os.path.relpath(path, root.path)[: -len(".py")].replace(os.sep, ".")
        if module.endswith(".__init__"):
            module = module[: -len(".__init__")]
    resolve = request.resolve if python_setup.enable_resolves else None
    owners = await compat.module_owners(PythonModuleOwnersRequest(module, resolve=resolve, locality=locality))
    if owners.unambiguous:
        if not path:
            targets = await compat.targets_at(Addresses(owners.unambiguous))
            sources = [t[PythonSourceField].file_path for t in targets if t.has_field(PythonSourceField)]
            path = next((source for source in sources if source.endswith(".py")), "")
        return EntryPoint(module, path, owners=owners.unambiguous)
    if owners.ambiguous:
        return EntryPoint(module, path, ambiguous=owners.ambiguous)
    in_resolve = f" in the resolve {resolve!r}" if resolve else ""
    what = path or f"the module {module!r}"
    mend = (
        f"Add `python_sources()` to {os.path.join(os.path.dirname(path), 'BUILD')}"
        if path
        else "Correct the module's name, or add a `python_sources` target for it"
    )
    other = ", or set the step's 'resolve' to that of the target" if resolve else ""
    return EntryPoint(module, path, problem=f"no target{in_resolve} owns {what}. {mend}{other}.")


entry_point_of = compat.caller(find_entry_point, EntryPointRequest, EntryPoint)


@dataclass(frozen=True)
class StepInferenceFieldSet(FieldSet):
    required_fields = (
        StepDependenciesField,
        StepEntryPointField,
        StepRunField,
        StepInputsField,
        StepExpectsField,
        PythonResolveField,
    )

    dependencies: StepDependenciesField
    entry_point: StepEntryPointField
    run: StepRunField
    inputs: StepInputsField
    expects: StepExpectsField
    resolve: PythonResolveField


class InferStepDependencies(InferDependenciesRequest):
    infer_from = StepInferenceFieldSet


@dataclass(frozen=True)
class DatasetInferenceFieldSet(FieldSet):
    required_fields = (DatasetDependenciesField, DatasetFormatField, DatasetContractField)

    dependencies: DatasetDependenciesField
    contract: DatasetContractField


class InferDatasetDependencies(InferDependenciesRequest):
    infer_from = DatasetInferenceFieldSet


@dataclass(frozen=True)
class PipelineInferenceFieldSet(FieldSet):
    required_fields = (PipelineDependenciesField, PipelineOutputsField)

    dependencies: PipelineDependenciesField


class InferPipelineDependencies(InferDependenciesRequest):
    infer_from = PipelineInferenceFieldSet


@dataclass(frozen=True)
class StepCodeRootsRequest:
    """Asks for the targets that are a step's own code: what its entry point and `dependencies` name."""

    address: Address
    entry_point: Optional[str]
    resolve: str
    dependencies: Dependencies


@dataclass(frozen=True)
class StepCodeRoots:
    """The step's code, before what that code itself depends on."""

    addresses: Tuple[Address, ...]
    entry_point: EntryPoint


@rule(desc="Find the code of a step", level=LogLevel.DEBUG)
async def find_step_code_roots(request: StepCodeRootsRequest, repository: RepositoryGraph) -> StepCodeRoots:
    code: List[Address] = []
    explicit = None
    if request.dependencies.value:
        explicit = await compat.explicit_dependencies(DependenciesRequest(request.dependencies))
        code.extend(a for a in explicit.includes if a.spec not in repository.graph and a not in explicit.ignores)
    entry_point = EntryPoint()
    if request.entry_point is not None:
        where, _ = split_entry_point(request.entry_point)
        entry_point = await entry_point_of(
            EntryPointRequest(request.address.spec_path, where, request.resolve)
        )
        owners = entry_point.owners
        if entry_point.ambiguous:
            chosen = explicit.disambiguated(entry_point.ambiguous) if explicit is not None else None
            owners = (chosen,) if chosen is not None else ()
            if not owners:
                names = ", ".join(sorted(a.spec for a in entry_point.ambiguous))
                raise EntryPointError(
                    request.address.spec,
                    request.entry_point,
                    reason=f"several targets own that code: {names}. Name one of them in 'dependencies'.",
                )
        if entry_point.problem:
            raise EntryPointError(request.address.spec, request.entry_point, reason=entry_point.problem)
        code.extend(a for a in owners if explicit is None or a not in explicit.ignores)
    return StepCodeRoots(tuple(sorted(set(code))), entry_point)


step_code_roots = compat.caller(find_step_code_roots, StepCodeRootsRequest, StepCodeRoots)


async def _contract_targets(files: Tuple[str, ...]) -> List[Address]:
    """The targets of contract files; one that is not there is a mistake for those to tell who read it."""
    contracts = await all_contracts(AllContractsRequest())
    return [contracts.by_file[file] for file in files if file in contracts.by_file]


@rule(desc="Infer the dependencies of a pipeline step", level=LogLevel.DEBUG)
async def infer_step_dependencies(
    request: InferStepDependencies, repository: RepositoryGraph, python_setup: PythonSetup
) -> InferredDependencies:
    field_set = request.field_set
    address = field_set.address
    raise_all(problems_of(repository.graph, [address.spec]))
    step = repository.graph.steps[address.spec]
    found = [repository.addresses[item.dataset] for item in step.inputs]
    if field_set.entry_point.value is not None:
        resolve = field_set.resolve.normalized_value(python_setup)
        code = await step_code_roots(
            StepCodeRootsRequest(address, field_set.entry_point.value, resolve, field_set.dependencies)
        )
        found.extend(code.addresses)
    if field_set.run.value is not None:
        runnable = await compat.addresses_of(run_field_inputs(field_set.run))
        found.extend(runnable)
    if field_set.expects.value:
        found.extend(await _contract_targets(tuple(contract.file for _, contract in field_set.expects.names)))
    return InferredDependencies(a for a in found if a != address)


def run_field_inputs(field: StepRunField) -> UnparsedAddressInputs:
    """The address in a `run` field, for the engine to look up."""
    return UnparsedAddressInputs(
        [field.value or ""],
        owning_address=field.address,
        description_of_origin=f"the `{field.alias}` field in the target {field.address}",
    )


@rule(desc="Infer the producer and the contract of a dataset", level=LogLevel.DEBUG)
async def infer_dataset_dependencies(
    request: InferDatasetDependencies, repository: RepositoryGraph
) -> InferredDependencies:
    address = request.field_set.address.spec
    raise_all(problems_of(repository.graph, [address]))
    found = [repository.addresses[needed] for needed in repository.graph.upstream(address)]
    contract = request.field_set.contract.name
    if contract is not None:
        found += await _contract_targets((contract.file,))
    return InferredDependencies(found)


@rule(desc="Infer what a pipeline delivers", level=LogLevel.DEBUG)
async def infer_pipeline_dependencies(
    request: InferPipelineDependencies, repository: RepositoryGraph
) -> InferredDependencies:
    address = request.field_set.address.spec
    raise_all(problems_of(repository.graph, [address]))
    return InferredDependencies(repository.addresses[needed] for needed in repository.graph.upstream(address))


def rules() -> Iterable[Rule | UnionRule]:
    return (
        *collect_rules(),
        UnionRule(InferDependenciesRequest, InferStepDependencies),
        UnionRule(InferDependenciesRequest, InferDatasetDependencies),
        UnionRule(InferDependenciesRequest, InferPipelineDependencies),
    )
