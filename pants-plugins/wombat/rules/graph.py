"""The pipeline graph of the repository, from its targets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterable, List, Mapping, Optional, Tuple

from pants.engine.addresses import Address, AddressInput
from pants.engine.rules import Rule, collect_rules, rule
from pants.engine.target import AllTargets, DescriptionField, Target
from pants.util.logging import LogLevel

from wombat import compat
from wombat.graph.errors import raise_all
from wombat.graph.formats import Format
from wombat.graph.model import (
    DatasetNode,
    ExternalFile,
    ImportedVersion,
    Origin,
    PipelineGraph,
    PipelineNode,
    StepNode,
)
from wombat.graph.resolve import (
    DeclaredDataset,
    DeclaredPipeline,
    DeclaredStep,
    Reference,
    TargetName,
    problems_of,
    resolve_graph,
)
from wombat.target_types import (
    DatasetContractField,
    DatasetFormatField,
    DatasetGenerationField,
    DatasetOutputPathField,
    DatasetSha256Field,
    DatasetSourceField,
    DatasetSourcesField,
    DatasetUriField,
    ImportedDatasetField,
    ImportedStoreField,
    ImportedVersionField,
    PipelineOutputsField,
    PipelineScheduleField,
    StepArgsField,
    StepCacheField,
    StepEntryPointField,
    StepExpectsField,
    StepExtraEnvVarsField,
    StepInputsField,
    StepOutputsField,
    StepParamsField,
    StepResourcesField,
    StepRetriesField,
    StepRunField,
    StepTimeoutField,
    VariantField,
    dataset_format,
)


@dataclass(frozen=True)
class RepositoryGraph:
    """The pipeline graph with the way back from its names to Pants' addresses."""

    graph: PipelineGraph
    addresses: Mapping[str, Address]


@dataclass(frozen=True)
class PlannedDataset:
    """A dataset next to a step, with the addresses that lead on from it."""

    node: DatasetNode
    address: Address
    producer: Optional[Address]


@dataclass(frozen=True)
class NodesRequest:
    """Asks for nodes that are about to be built or packaged, with all that they need."""

    roots: Tuple[str, ...]


@dataclass(frozen=True)
class Nodes:
    """The part of the graph that was asked for, free of problems.

    :param order: the addresses of its nodes, each after all that it needs.
    """

    graph: PipelineGraph
    order: Tuple[str, ...]


def target_name(address: Address) -> TargetName:
    """The address of a target in its parts."""
    if not address.is_parametrized:
        return TargetName(address.spec, address.spec)
    base = Address(address.spec_path, target_name=address.target_name).spec
    return TargetName(address.spec, base, tuple(sorted(address.parameters.items())))


def _reference(text: str, target: Target) -> Reference:
    variant = target[VariantField].value
    if variant is not None:
        text = text.replace("{variant}", variant)
    try:
        parsed = AddressInput.parse(text, relative_to=target.address.spec_path, description_of_origin="a field")
        return Reference(text, target_name(parsed.dir_to_address()))
    except Exception as error:
        # The parser has a class of error for each way to be wrong, and they share no base class.
        return Reference(text, None, f"{' '.join(str(error).split())}.".replace("..", "."))


def _declared_import(target: Target) -> DeclaredDataset:
    found = Format(target[DatasetFormatField].value)
    node = DatasetNode(
        address=target.address.spec,
        format=found,
        is_directory=found is Format.DIRECTORY,
        origin=ImportedVersion(
            target[ImportedDatasetField].value, target[ImportedVersionField].value, target[ImportedStoreField].value
        ),
        output_path=target[DatasetOutputPathField].value,
        contract=target[DatasetContractField].name,
        description=target[DescriptionField].value or "",
    )
    return DeclaredDataset(target_name(target.address), node)


def _origin_of(target: Target) -> Optional[Origin]:
    uri = target[DatasetUriField].value
    if uri is None:
        return None
    return ExternalFile(uri, target[DatasetSha256Field].value, target[DatasetGenerationField].value)


def _declared_dataset(target: Target) -> DeclaredDataset:
    found = dataset_format(target)
    source = target[DatasetSourceField].value
    sources = tuple(target[DatasetSourcesField].value or ())
    node = DatasetNode(
        address=target.address.spec,
        format=found,
        source_globs=(source,) if source is not None else sources,
        is_directory=bool(sources) or found is Format.DIRECTORY,
        origin=_origin_of(target),
        output_path=target[DatasetOutputPathField].value,
        contract=target[DatasetContractField].name,
        description=target[DescriptionField].value or "",
    )
    return DeclaredDataset(target_name(target.address), node)


def _declared_step(target: Target) -> DeclaredStep:
    variant: Optional[str] = target[VariantField].value
    params = target[StepParamsField].json_for(variant)
    node = StepNode(
        address=target.address.spec,
        entry_point=target[StepEntryPointField].value,
        run=target[StepRunField].value,
        args=tuple(target[StepArgsField].value or ()),
        params_json=params,
        resources=tuple(target[StepResourcesField].value.items()),
        timeout_s=target[StepTimeoutField].value or 0,
        retries=target[StepRetriesField].value or 0,
        extra_env_vars=tuple(target[StepExtraEnvVarsField].value or ()),
        cache=bool(target[StepCacheField].value),
        expects=target[StepExpectsField].names,
        description=target[DescriptionField].value or "",
    )
    return DeclaredStep(
        target_name(target.address),
        node,
        inputs=tuple((name, _reference(text, target)) for name, text in target[StepInputsField].pairs),
        outputs=tuple((name, _reference(text, target)) for name, text in target[StepOutputsField].pairs),
    )


def _declared_pipeline(target: Target) -> DeclaredPipeline:
    node = PipelineNode(
        address=target.address.spec,
        schedule=target[PipelineScheduleField].value,
        description=target[DescriptionField].value or "",
    )
    outputs = target[PipelineOutputsField].value or ()
    return DeclaredPipeline(target_name(target.address), node, tuple(_reference(text, target) for text in outputs))


def planned_dataset(graph: Mapping[str, DatasetNode], addresses: Mapping[str, Address], name: str) -> PlannedDataset:
    """The dataset of that name, with its addresses."""
    node = graph[name]
    return PlannedDataset(node, addresses[name], addresses[node.producer] if node.producer else None)


@rule(desc="Find all datasets, steps and pipelines", level=LogLevel.DEBUG)
def find_repository_graph(all_targets: AllTargets) -> RepositoryGraph:
    datasets: List[DeclaredDataset] = []
    steps: List[DeclaredStep] = []
    pipelines: List[DeclaredPipeline] = []
    addresses = {}
    for target in all_targets:
        if target.has_field(StepInputsField):
            steps.append(_declared_step(target))
        elif target.has_field(ImportedDatasetField):
            datasets.append(_declared_import(target))
        elif target.has_field(DatasetFormatField):
            datasets.append(_declared_dataset(target))
        elif target.has_field(PipelineOutputsField):
            pipelines.append(_declared_pipeline(target))
        else:
            continue
        addresses[target.address.spec] = target.address
    return RepositoryGraph(resolve_graph(datasets, steps, pipelines), addresses)


@rule(desc="Check the pipeline graph", level=LogLevel.DEBUG)
def check_nodes(request: NodesRequest, repository: RepositoryGraph) -> Nodes:
    graph = repository.graph
    order = graph.closure(request.roots)
    raise_all(problems_of(graph, order))
    return Nodes(graph.restricted_to(order), order)


nodes_of = compat.caller(check_nodes, NodesRequest, Nodes)


def rules() -> Iterable[Rule]:
    return collect_rules()
