"""From what targets say to the pipeline graph: names become addresses, mistakes become problems."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import Dict, List, Mapping, Optional, Sequence, Tuple

from wombat.graph.errors import (
    AmbiguousDatasetError,
    InvalidReferenceError,
    NoProducerError,
    SourceAndProducerError,
    TwoProducersError,
    UnknownDatasetError,
    UnknownFormatError,
    UnusableNameError,
    WombatError,
)
from wombat.graph.formats import Format
from wombat.graph.model import DatasetNode, PipelineGraph, PipelineNode, StepInput, StepNode, StepOutput

Parameters = Tuple[Tuple[str, str], ...]


@dataclass(frozen=True)
class TargetName:
    """The address of a target in its parts, for the sake of parametrized targets ("a:b@country=de").

    :param base: the address without parameters.
    """

    address: str
    base: str
    parameters: Parameters = ()


@dataclass(frozen=True)
class Reference:
    """A target named in a field: the text as written, and the address it stands for.

    :param target: None where the text is no address; `reason` then says why.
    """

    text: str
    target: Optional[TargetName]
    reason: str = ""


@dataclass(frozen=True)
class DeclaredDataset:
    """A `dataset` target, its names not yet looked up."""

    name: TargetName
    node: DatasetNode
    has_known_format: bool = True


@dataclass(frozen=True)
class DeclaredStep:
    """A `pipeline_step` target: `node` has everything but `inputs` and `outputs`."""

    name: TargetName
    node: StepNode
    inputs: Tuple[Tuple[Optional[str], Reference], ...]
    outputs: Tuple[Tuple[Optional[str], Reference], ...]


@dataclass(frozen=True)
class DeclaredPipeline:
    """A `pipeline` target: `node` has everything but `outputs`."""

    name: TargetName
    node: PipelineNode
    outputs: Tuple[Reference, ...]


class _Names:
    """Finds targets by reference, parametrized ones by the parameters that both sides share."""

    def __init__(self, names: Sequence[TargetName]) -> None:
        self.addresses = [name.address for name in names]
        self._exact = set(self.addresses)
        self._variants: Dict[str, List[TargetName]] = defaultdict(list)
        for name in names:
            self._variants[name.base].append(name)

    def find(self, reference: TargetName, referrer: TargetName) -> List[str]:
        if reference.address in self._exact:
            return [reference.address]
        wanted = dict(reference.parameters)
        context = dict(referrer.parameters)
        matching = []
        for candidate in self._variants.get(reference.base, ()):
            parameters = dict(candidate.parameters)
            named = all(parameters.get(key) == value for key, value in wanted.items())
            agrees = all(context.get(key, value) == value for key, value in parameters.items() if key not in wanted)
            if named and agrees:
                matching.append(candidate.address)
        return matching


def resolve_graph(
    datasets: Sequence[DeclaredDataset],
    steps: Sequence[DeclaredStep],
    pipelines: Sequence[DeclaredPipeline],
) -> PipelineGraph:
    """Link what targets declare; the time it takes is proportional to their number."""
    problems: Dict[str, List[WombatError]] = defaultdict(list)
    dataset_names = _Names([d.name for d in datasets])
    all_names = _Names([d.name for d in (*datasets, *steps, *pipelines)])

    def look_up(names: _Names, kind: str, field: str, referrer: TargetName, reference: Reference) -> Optional[str]:
        if reference.target is None:
            reason = reference.reason
            problems[referrer.address].append(
                InvalidReferenceError(field=field, address=referrer.address, value=reference.text, reason=reason)
            )
            return None
        found = names.find(reference.target, referrer)
        if len(found) == 1:
            return found[0]
        problem: WombatError
        if found:
            problem = AmbiguousDatasetError(field=field, address=referrer.address, value=reference.text, variants=found)
        else:
            value = reference.target.address
            known = names.addresses
            problem = UnknownDatasetError(field=field, address=referrer.address, kind=kind, value=value, known=known)
        problems[referrer.address].append(problem)
        return None

    def named(field: str, referrer: TargetName, name: Optional[str], reference: Reference) -> str:
        name = name or _parameter_name(reference)
        if not name.isidentifier():
            address = referrer.address
            problems[address].append(UnusableNameError(field=field, address=address, value=reference.text, name=name))
        return name

    producers: Dict[str, List[str]] = defaultdict(list)
    step_nodes: Dict[str, StepNode] = {}
    for step in steps:
        inputs = []
        for parameter, reference in step.inputs:
            dataset = look_up(dataset_names, "dataset", "inputs", step.name, reference)
            if dataset is not None:
                inputs.append(StepInput(named("inputs", step.name, parameter, reference), dataset))
        outputs = []
        for result_name, reference in step.outputs:
            dataset = look_up(dataset_names, "dataset", "outputs", step.name, reference)
            if dataset is not None:
                needs_name = result_name is not None or len(step.outputs) > 1 or step.node.run is not None
                name = named("outputs", step.name, result_name, reference) if needs_name else None
                outputs.append(StepOutput(name, dataset))
                if step.name.address not in producers[dataset]:
                    producers[dataset].append(step.name.address)
        step_nodes[step.name.address] = replace(step.node, inputs=tuple(inputs), outputs=tuple(outputs))

    dataset_nodes: Dict[str, DatasetNode] = {}
    for declared in datasets:
        address = declared.name.address
        made_by = producers.get(address, [])
        node = declared.node
        if len(made_by) > 1:
            problems[address].append(TwoProducersError(address, made_by))
        if made_by and node.is_source:
            problems[address].append(SourceAndProducerError(address, made_by[0]))
        if not made_by and not node.is_source:
            problems[address].append(NoProducerError(address))
        if not declared.has_known_format:
            problems[address].append(UnknownFormatError(address, [f.value for f in Format]))
        dataset_nodes[address] = replace(node, producer=made_by[0] if made_by else None)

    pipeline_nodes: Dict[str, PipelineNode] = {}
    for pipeline in pipelines:
        wanted = [
            look_up(all_names, "dataset", "outputs", pipeline.name, reference) for reference in pipeline.outputs
        ]
        delivered = tuple(address for address in wanted if address is not None)
        pipeline_nodes[pipeline.name.address] = replace(pipeline.node, outputs=delivered)

    return PipelineGraph(
        datasets=dataset_nodes,
        steps=step_nodes,
        pipelines=pipeline_nodes,
        problems={address: tuple(found) for address, found in problems.items()},
    )


def _parameter_name(reference: Reference) -> str:
    """The name that a dataset has in the code where none is given: that of its target."""
    assert reference.target is not None
    base = reference.target.base
    head, colon, name = base.rpartition(":")
    return name if colon else name.rpartition("/")[2]


def problems_of(graph: PipelineGraph, addresses: Sequence[str]) -> Tuple[WombatError, ...]:
    """What is wrong with the nodes at `addresses`, each mistake once."""
    found: Mapping[WombatError, None] = dict.fromkeys(
        problem for address in addresses for problem in graph.problems.get(address, ())
    )
    return tuple(found)
