"""From what targets say to the pipeline graph: names become addresses, mistakes become problems."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Dict, FrozenSet, List, Mapping, Optional, Sequence, Set, Tuple, Union

from wombat.graph.errors import (
    AmbiguousDatasetError,
    InvalidReferenceError,
    NameClashError,
    NoProducerError,
    RepeatedOutputError,
    SourceAndProducerError,
    TwoProducersError,
    UnknownDatasetError,
    UnknownExpectationError,
    UnknownParameterReferenceError,
    UnusableNameError,
    WombatError,
)
from wombat.graph.model import DatasetNode, PipelineGraph, PipelineNode, StepInput, StepNode, StepOutput
from wombat.graph.names import KnownNames, split_address

_PLACEHOLDER = re.compile(r"\{((?:inputs|outputs|params)\.[^{}]+)\}")
"""What stands for a path or a parameter in `args`; `wombat_step` puts the values in."""

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


Declared = Union[DeclaredDataset, DeclaredStep, DeclaredPipeline]


class _Names:
    """Finds targets by reference, parametrized ones by the parameters that both sides share."""

    def __init__(self, declared: Sequence[Declared]) -> None:
        self._addresses = {one.name.address for one in declared}
        # By base, and within it by the parameters' keys; all variants of a target have the same ones.
        self._variants: Dict[str, Dict[FrozenSet[str], List[TargetName]]] = defaultdict(lambda: defaultdict(list))
        for one in declared:
            if one.name.parameters:
                keys = frozenset(key for key, _ in one.name.parameters)
                self._variants[_full_base(one.name.base)][keys].append(one.name)
        self._by_values: Dict[Tuple[str, FrozenSet[str], FrozenSet[str]], Dict[Parameters, List[str]]] = {}

    @cached_property
    def known(self) -> KnownNames:
        """All the addresses, for error messages."""
        return KnownNames(self._addresses)

    def find(self, reference: TargetName, referrer: TargetName) -> List[str]:
        """The addresses that a reference can stand for, sorted: one, unless it is ambiguous or leads nowhere.

        What the reference says of parameters must hold; of what it does not say, the referrer's own parameters hold.
        """
        if reference.address in self._addresses:
            return [reference.address]
        said = dict(reference.parameters)
        agreed = {**dict(referrer.parameters), **said}
        base = _full_base(reference.base)
        found: List[str] = []
        for keys, variants in self._variants.get(base, {}).items():
            if keys.issuperset(said):
                shared = keys.intersection(agreed)
                index = self._index(base, keys, shared, variants)
                found += index.get(tuple(sorted((key, agreed[key]) for key in shared)), ())
        return sorted(found)

    def _index(
        self, base: str, keys: FrozenSet[str], shared: FrozenSet[str], variants: Sequence[TargetName]
    ) -> Mapping[Parameters, List[str]]:
        """Addresses of variants by their values of the parameters `shared`; made once, since many steps ask alike."""
        index = self._by_values.get((base, keys, shared))
        if index is None:
            index = self._by_values[base, keys, shared] = defaultdict(list)
            for variant in variants:
                values = tuple(sorted((key, value) for key, value in variant.parameters if key in shared))
                index[values].append(variant.address)
        return index


def _full_base(base: str) -> str:
    directory, name, _ = split_address(base)
    return f"{directory}:{name}"


class _Linker:
    """Looks names up for targets, and keeps what is wrong with them."""

    def __init__(
        self,
        datasets: Sequence[DeclaredDataset],
        steps: Sequence[DeclaredStep],
        pipelines: Sequence[DeclaredPipeline],
    ) -> None:
        self.problems: Dict[str, List[WombatError]] = defaultdict(list)
        self._datasets = _Names(datasets)
        self._nodes = _Names([*datasets, *steps, *pipelines])
        self._outputs_of = {step.name.address: step.outputs for step in steps}

    def dataset(self, field: str, referrer: TargetName, reference: Reference) -> Optional[str]:
        """The dataset that an entry of `inputs` or `outputs` names; None, and a problem, if there is not one."""
        return self._look_up(self._datasets, "dataset", field, referrer, reference)

    def node(self, field: str, referrer: TargetName, reference: Reference) -> Optional[str]:
        """The dataset, step or pipeline that an entry names; None, and a problem, if there is not one."""
        return self._look_up(self._nodes, "dataset, step or pipeline", field, referrer, reference)

    def _look_up(
        self, names: _Names, kind: str, field: str, referrer: TargetName, reference: Reference
    ) -> Optional[str]:
        address, text, target = referrer.address, reference.text, reference.target
        problem: WombatError
        if target is None:
            problem = InvalidReferenceError(field=field, address=address, value=text, reason=reference.reason)
        else:
            found = names.find(target, referrer)
            if len(found) == 1:
                return found[0]
            if found:
                problem = AmbiguousDatasetError(field=field, address=address, value=text, variants=found)
            else:
                problem = UnknownDatasetError(
                    field=field,
                    address=address,
                    text=text,
                    value=target.address,
                    kind=kind,
                    known=names.known,
                    mend=self._other_kind(target, referrer),
                )
        self.problems[address].append(problem)
        return None

    def _other_kind(self, target: TargetName, referrer: TargetName) -> str:
        """What to do where something of the name is there, but no dataset."""
        found = self._nodes.find(target, referrer)
        if not found:
            return ""
        outputs = self._outputs_of.get(found[0])
        if outputs is None:
            return f"{found[0]} is a pipeline: name the dataset itself."
        made = ", ".join(repr(reference.text) for _, reference in outputs) or "none"
        return f"{found[0]} is a step: name a dataset that it makes. Its 'outputs': {made}."

    def inputs(self, step: DeclaredStep) -> Tuple[StepInput, ...]:
        """The inputs of a step as far as they can be found."""
        inputs: List[StepInput] = []
        written: Dict[str, str] = {}
        params = json.loads(step.node.params_json)
        for given, reference in step.inputs:
            dataset = self.dataset("inputs", step.name, reference)
            if dataset is None:
                continue
            name = self._name("inputs", step.name, given, reference)
            # A program finds inputs and parameters in places of their own.
            if name in params and step.node.run is None:
                self._clash(
                    step,
                    name,
                    f"{reference.text!r} of 'inputs'",
                    "a parameter of 'params'",
                    f"Name the dataset otherwise: inputs={{'{name}_data': {reference.text!r}}}.",
                )
            self._claim("inputs", step, name, reference, written)
            inputs.append(StepInput(name, dataset))
        return tuple(inputs)

    def outputs(self, step: DeclaredStep) -> Tuple[StepOutput, ...]:
        """The outputs of a step as far as they can be found."""
        outputs: List[StepOutput] = []
        written: Dict[str, str] = {}
        listed: Dict[str, str] = {}
        # A function need not know the name of its only output, but a program finds it by name.
        needs_names = len(step.outputs) > 1 or step.node.run is not None
        for given, reference in step.outputs:
            dataset = self.dataset("outputs", step.name, reference)
            if dataset is None:
                continue
            if dataset in listed:
                address, first = step.name.address, listed[dataset]
                self.problems[address].append(
                    RepeatedOutputError(address=address, dataset=dataset, first=first, second=reference.text)
                )
                continue
            listed[dataset] = reference.text
            name = None
            if given is not None or needs_names:
                name = self._name("outputs", step.name, given, reference)
                self._claim("outputs", step, name, reference, written)
            outputs.append(StepOutput(name, dataset))
        return tuple(outputs)

    def _name(self, field: str, referrer: TargetName, given: Optional[str], reference: Reference) -> str:
        """The name that a step's code has for a dataset: the one given, or that of the dataset's target."""
        assert reference.target is not None, "A reference that was found is an address."
        name = given or split_address(reference.target.base)[1]
        if not name.isidentifier():
            address = referrer.address
            self.problems[address].append(
                UnusableNameError(field=field, address=address, value=reference.text, name=name)
            )
        return name

    def _claim(self, field: str, step: DeclaredStep, name: str, reference: Reference, written: Dict[str, str]) -> None:
        if name in written:
            self._clash(
                step,
                name,
                f"{written[name]!r} of {field!r}",
                f"{reference.text!r}",
                f"Name them apart: {field}={{'{name}': {written[name]!r}, 'other_{name}': {reference.text!r}}}.",
            )
        written.setdefault(name, reference.text)

    def _clash(self, step: DeclaredStep, name: str, first: str, second: str, mend: str) -> None:
        address = step.name.address
        self.problems[address].append(NameClashError(address=address, name=name, first=first, second=second, mend=mend))

    def check_args(self, declared: DeclaredStep, step: StepNode) -> None:
        """See that a step has what its `args` refer to, unless more than that is wrong with it."""
        asked = [name for argument in step.args for name in _PLACEHOLDER.findall(argument)]
        if not asked or step.address in self.problems:
            return
        known = {
            *(f"inputs.{one.parameter}" for one in step.inputs),
            *(f"outputs.{one.name}" for one in step.outputs),
            *(f"params.{name}" for name in json.loads(step.params_json)),
        }
        for name in dict.fromkeys(asked):
            if name not in known:
                self.problems[step.address].append(UnknownParameterReferenceError(step.address, name, sorted(known)))

    def check_expects(self, declared: DeclaredStep, step: StepNode) -> None:
        """See that a step has the inputs of which it states what it needs, unless more than that is wrong with it."""
        if not step.expects or step.address in self.problems:
            return
        inputs = [one.parameter for one in step.inputs]
        for name, _ in step.expects:
            if name not in inputs:
                self.problems[step.address].append(UnknownExpectationError(step.address, name, inputs))


def resolve_graph(
    datasets: Sequence[DeclaredDataset],
    steps: Sequence[DeclaredStep],
    pipelines: Sequence[DeclaredPipeline],
) -> PipelineGraph:
    """Link what targets declare; the time it takes is proportional to their number."""
    linker = _Linker(datasets, steps, pipelines)
    producers: Dict[str, Set[str]] = defaultdict(set)
    step_nodes: Dict[str, StepNode] = {}
    for step in steps:
        node = replace(step.node, inputs=linker.inputs(step), outputs=linker.outputs(step))
        linker.check_args(step, node)
        linker.check_expects(step, node)
        step_nodes[node.address] = node
        for output in node.outputs:
            producers[output.dataset].add(node.address)

    dataset_nodes: Dict[str, DatasetNode] = {}
    for dataset in datasets:
        made_by = sorted(producers.get(dataset.node.address, ()))
        linker.problems[dataset.node.address] += _problems_with(dataset, made_by)
        dataset_nodes[dataset.node.address] = replace(dataset.node, producer=made_by[0] if made_by else None)

    pipeline_nodes: Dict[str, PipelineNode] = {}
    for pipeline in pipelines:
        wanted = [linker.node("outputs", pipeline.name, reference) for reference in pipeline.outputs]
        delivered = tuple(address for address in wanted if address is not None)
        pipeline_nodes[pipeline.node.address] = replace(pipeline.node, outputs=delivered)

    return PipelineGraph(
        datasets=dataset_nodes,
        steps=step_nodes,
        pipelines=pipeline_nodes,
        problems={address: tuple(found) for address, found in linker.problems.items() if found},
    )


def _problems_with(dataset: DeclaredDataset, made_by: Sequence[str]) -> List[WombatError]:
    address = dataset.node.address
    problems: List[WombatError] = []
    if len(made_by) > 1:
        problems.append(TwoProducersError(address, made_by))
    if made_by and dataset.node.is_source:
        problems.append(SourceAndProducerError(address, made_by[0]))
    if not made_by and not dataset.node.is_source:
        problems.append(NoProducerError(address))
    return problems


def problems_of(graph: PipelineGraph, addresses: Sequence[str]) -> Tuple[WombatError, ...]:
    """What is wrong with the nodes at `addresses`, each mistake once."""
    return tuple(dict.fromkeys(problem for address in addresses for problem in graph.problems.get(address, ())))
