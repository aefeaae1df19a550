"""The pipeline graph: datasets, the steps between them, and the pipelines that deliver them.

Nodes are named by the address of their target, as Pants writes it ("etl/clean:clean").
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Dict, List, Mapping, Optional, Sequence, Set, Tuple, Union

from wombat.graph.contracts import ContractName
from wombat.graph.errors import PipelineCycleError, WombatError
from wombat.graph.formats import Format


@dataclass(frozen=True)
class ImportedVersion:
    """A published version of a dataset, of this or of another project.

    :param dataset: as `project//path:name`.
    :param version: 64 hexadecimal digits, or a label that the lock file of imports pins.
    :param store: the artifact store that it is in; None for that of this repository.
    """

    dataset: str
    version: str
    store: Optional[str] = None


@dataclass(frozen=True)
class ExternalFile:
    """A file somewhere else, pinned by what it holds.

    :param sha256: of its content; None where `generation` pins it, or nothing does yet.
    :param generation: of an object in Google Cloud Storage.
    """

    uri: str
    sha256: Optional[str] = None
    generation: Optional[int] = None

    @property
    def is_pinned(self) -> bool:
        """Whether it is the same file for ever."""
        return self.sha256 is not None or self.generation is not None


Origin = Union[ImportedVersion, ExternalFile]
"""Where data comes from that is neither in the repository nor made by a step."""


@dataclass(frozen=True)
class DatasetNode:
    """A dataset: files of the repository, data from elsewhere, or what exactly one step produces.

    :param origin: where it is fetched from; None for files of the repository and for what a step makes.
    :param output_path: where `package` writes it, relative to `dist/`; None for the default.
    :param contract: what is promised of the data; None for nothing.
    :param references: the datasets that its foreign keys refer to, once its contract was read.
    """

    address: str
    format: Format
    source_globs: Tuple[str, ...] = ()
    is_directory: bool = False
    origin: Optional[Origin] = None
    producer: Optional[str] = None
    output_path: Optional[str] = None
    contract: Optional[ContractName] = None
    references: Tuple[str, ...] = ()
    description: str = ""

    @property
    def is_source(self) -> bool:
        """Whether it is there without any step: as files of the repository, or fetched from elsewhere."""
        return bool(self.source_globs) or self.origin is not None


@dataclass(frozen=True)
class StepInput:
    """One input of a step: the name that the code knows it by, and the dataset."""

    parameter: str
    dataset: str


@dataclass(frozen=True)
class StepOutput:
    """One output of a step; `name` is None where the code has no need of one (a single output in a list)."""

    name: Optional[str]
    dataset: str


@dataclass(frozen=True)
class StepNode:
    """A step: a function or a runnable target, with what it reads and what it makes.

    :param params_json: the parameters as canonical JSON (`wombat.graph.params`), so that nodes are hashable.
    :param expects: for inputs, by parameter, the contract that the step needs their data to keep.
    """

    address: str
    entry_point: Optional[str] = None
    run: Optional[str] = None
    args: Tuple[str, ...] = ()
    inputs: Tuple[StepInput, ...] = ()
    outputs: Tuple[StepOutput, ...] = ()
    params_json: str = "{}"
    resources: Tuple[Tuple[str, str], ...] = ()
    timeout_s: int = 0
    retries: int = 0
    extra_env_vars: Tuple[str, ...] = ()
    cache: bool = True
    expects: Tuple[Tuple[str, ContractName], ...] = ()
    description: str = ""


@dataclass(frozen=True)
class PipelineNode:
    """A pipeline: the datasets, steps and pipelines that it delivers."""

    address: str
    outputs: Tuple[str, ...] = ()
    schedule: Optional[str] = None
    description: str = ""


Node = Union[DatasetNode, StepNode, PipelineNode]


@dataclass(frozen=True)
class PipelineGraph:
    """All datasets, steps and pipelines of a repository, with what is wrong with some of them.

    :param problems: by address; a problem matters only to those who need the node it belongs to, so one
        team's broken BUILD file does not stop another team's pipeline.
    """

    datasets: Mapping[str, DatasetNode] = field(default_factory=dict)
    steps: Mapping[str, StepNode] = field(default_factory=dict)
    pipelines: Mapping[str, PipelineNode] = field(default_factory=dict)
    problems: Mapping[str, Tuple[WombatError, ...]] = field(default_factory=dict)

    def node(self, address: str) -> Node:
        """The node at `address`.

        :raises KeyError: if there is none.
        """
        for nodes in (self.datasets, self.steps, self.pipelines):
            if address in nodes:
                return nodes[address]
        raise KeyError(address)

    def __contains__(self, address: str) -> bool:
        return address in self.datasets or address in self.steps or address in self.pipelines

    def upstream(self, address: str) -> Tuple[str, ...]:
        """The addresses that the node at `address` needs directly, in the order of its declaration.

        :raises KeyError: if there is no such node.
        """
        step = self.steps.get(address)
        if step is not None:
            return tuple(item.dataset for item in step.inputs)
        dataset = self.datasets.get(address)
        if dataset is not None:
            own = (dataset.producer,) if dataset.producer else ()
            return self._with_referenced(dataset, own) if dataset.references else own
        return self.pipelines[address].outputs

    def _with_referenced(self, dataset: DatasetNode, own: Tuple[str, ...]) -> Tuple[str, ...]:
        # What a foreign key refers to need only be made, and not be valid, before the dataset is validated.
        referenced = (self.datasets[name].producer for name in dataset.references if name in self.datasets)
        return tuple(dict.fromkeys((*own, *(producer for producer in referenced if producer))))

    def closure(self, roots: Sequence[str]) -> Tuple[str, ...]:
        """Everything that `roots` need or deliver, themselves included, each after all that it needs.

        A step that is asked for, as a root or by a pipeline, brings its outputs along; any other step is there for
        what needs it.

        Iterative, since a chain of thousands of steps is deeper than Python's stack.

        :raises KeyError: if one of `roots` is no node.
        :raises PipelineCycleError: naming the path, if something needs itself.
        """
        done: Dict[str, None] = {}
        on_path: Dict[str, None] = {}
        for root in self._with_outputs(roots):
            if root in done:
                continue
            on_path[root] = None
            stack: List[Tuple[str, List[str]]] = [(root, self._pending(root))]
            while stack:
                address, pending = stack[-1]
                if not pending:
                    stack.pop()
                    del on_path[address]
                    done[address] = None
                    continue
                needed = pending.pop()
                if needed in on_path:
                    path = list(on_path)
                    raise self._cycle([*path[path.index(needed) :], needed])
                if needed not in done:
                    on_path[needed] = None
                    stack.append((needed, self._pending(needed)))
        return tuple(done)

    def _cycle(self, path: Sequence[str]) -> PipelineCycleError:
        keys = [
            (address, needed)
            for address, needed in zip(path, path[1:])
            if address in self.datasets and self.datasets[address].producer != needed
        ]
        return PipelineCycleError(path, of_pipelines=path[0] in self.pipelines, keys=keys)

    def _pending(self, address: str) -> List[str]:
        """What a node needs, the last first, without what has no node: that is a problem of its own."""
        needed = self.upstream(address)
        if address in self.pipelines:
            needed = self._with_outputs(needed)
        return [known for known in reversed(needed) if known in self]

    def _with_outputs(self, addresses: Sequence[str]) -> Tuple[str, ...]:
        """The addresses, each step's outputs after it."""
        found: Dict[str, None] = {}
        for address in addresses:
            found[address] = None
            if address in self.steps:
                outputs = self.delivered_by(address)
                found.update(dict.fromkeys(dataset for dataset in outputs if dataset in self.datasets))
        return tuple(found)

    def delivered_by(self, address: str) -> Tuple[str, ...]:
        """The datasets that the node at `address` delivers: itself, a step's outputs, or those of a pipeline.

        :raises KeyError: if there is no such node.
        """
        self.node(address)
        found: Dict[str, None] = {}
        seen: Set[str] = set()
        pending = [address]
        while pending:
            part = pending.pop()
            if part in seen:
                continue
            seen.add(part)
            if part in self.datasets:
                found[part] = None
            elif part in self.steps:
                found.update(dict.fromkeys(output.dataset for output in self.steps[part].outputs))
            elif part in self.pipelines:
                pending.extend(reversed(self.pipelines[part].outputs))
        return tuple(found)

    def restricted_to(self, addresses: Sequence[str]) -> PipelineGraph:
        """The part of the graph that has only the nodes at `addresses`, in that order.

        What they name beside these nodes stays named, as the other outputs of a step.
        """
        return PipelineGraph(
            datasets={a: self.datasets[a] for a in addresses if a in self.datasets},
            steps={a: self.steps[a] for a in addresses if a in self.steps},
            pipelines={a: self.pipelines[a] for a in addresses if a in self.pipelines},
            problems={a: self.problems[a] for a in addresses if a in self.problems},
        )
