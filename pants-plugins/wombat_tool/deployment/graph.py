"""What of the pipeline graph document (docs/reference/documents.md) configurations are made from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Optional

from pydantic import BaseModel, ConfigDict


class _Node(BaseModel):
    # A reader of the document ignores what it does not know.
    model_config = ConfigDict(extra="ignore", frozen=True)

    address: str
    description: str


class DatasetNode(_Node):
    """A dataset; `producer` is the address of its step."""

    producer: Optional[str]


class StepInput(BaseModel):
    """An input of a step."""

    dataset: str


class StepNode(_Node):
    """A step, with what a machine must know to run it."""

    inputs: tuple[StepInput, ...]
    params: dict[str, Any]
    resources: dict[str, str]
    environment_passed: tuple[str, ...]


class PipelineNode(_Node):
    """A pipeline; `outputs` are addresses of datasets, steps and pipelines."""

    outputs: tuple[str, ...]
    schedule: Optional[str]


class GraphDocument(BaseModel):
    """The document."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    version: int
    datasets: tuple[DatasetNode, ...]
    steps: tuple[StepNode, ...]
    pipelines: tuple[PipelineNode, ...]


@dataclass(frozen=True)
class PipelineSteps:
    """The steps of one pipeline.

    :param steps: by address, in the order of addresses.
    :param needs: for each step the steps that make its inputs, in the order of addresses.
    """

    pipeline: PipelineNode
    steps: Mapping[str, StepNode]
    needs: Mapping[str, tuple[str, ...]]

    def closure(self, step: str) -> frozenset[str]:
        """The step and all steps that it needs, directly or not."""
        found: set[str] = set()
        waiting = [step]
        while waiting:
            address = waiting.pop()
            if address not in found:
                found.add(address)
                waiting += self.needs[address]
        return frozenset(found)


class Graph:
    """The graph, by address."""

    def __init__(self, document: GraphDocument) -> None:
        self._document = document

    @cached_property
    def pipelines(self) -> Mapping[str, PipelineNode]:
        """The pipelines by address."""
        return {node.address: node for node in self._document.pipelines}

    @cached_property
    def _producers(self) -> Mapping[str, Optional[str]]:
        return {node.address: node.producer for node in self._document.datasets}

    @cached_property
    def _steps(self) -> Mapping[str, StepNode]:
        return {node.address: node for node in self._document.steps}

    def steps_of(self, pipeline: str) -> PipelineSteps:
        """All steps that a pipeline needs.

        :raises KeyError: if there is no such pipeline.
        """
        node = self.pipelines[pipeline]
        needs: dict[str, tuple[str, ...]] = {}
        waiting = list(self._steps_behind(node.outputs))
        while waiting:
            address = waiting.pop()
            if address not in needs:
                inputs = (item.dataset for item in self._steps[address].inputs)
                needs[address] = tuple(sorted(self._steps_behind(inputs)))
                waiting += needs[address]
        return PipelineSteps(node, {one: self._steps[one] for one in sorted(needs)}, needs)

    def _steps_behind(self, addresses: Iterable[str]) -> set[str]:
        """The steps that make what the addresses stand for."""
        found: set[str] = set()
        seen: set[str] = set()
        waiting = list(addresses)
        while waiting:
            address = waiting.pop()
            if address in seen:
                continue
            seen.add(address)
            if address in self._steps:
                found.add(address)
            elif address in self.pipelines:
                waiting += self.pipelines[address].outputs
            else:
                producer = self._producers[address]
                if producer is not None:
                    found.add(producer)
        return found
