"""The pipeline graph as a document: JSON (version 1, docs/reference/documents.md), Mermaid and DOT."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from typing import Any, Dict, List, Tuple

from wombat.graph.model import PipelineGraph
from wombat.graph.spec import literal_environment, passed_environment

GRAPH_VERSION = 1

# What ends a quoted label, or would be read as HTML or Markdown in it. Mermaid has "#35;" for "#", and likewise for all
# characters: https://mermaid.js.org/syntax/flowchart.html, "Entity codes to escape characters".
_UNSAFE_IN_MERMAID = re.compile(r"""["#&<>`\\\x00-\x1f]""")


def graph_document(graph: PipelineGraph) -> Dict[str, Any]:
    """The graph as JSON-able values; nodes are sorted by address, so the same graph gives the same text."""
    return {
        "version": GRAPH_VERSION,
        "datasets": [
            {
                "address": node.address,
                "format": node.format.value,
                "sources": list(node.source_globs),
                "origin": None if node.origin is None else asdict(node.origin),
                "producer": node.producer,
                "contract": None if node.contract is None else str(node.contract),
                "description": node.description,
            }
            for _, node in sorted(graph.datasets.items())
        ],
        "steps": [
            {
                "address": node.address,
                "entry_point": node.entry_point,
                "run": node.run,
                "args": list(node.args),
                "inputs": [{"parameter": item.parameter, "dataset": item.dataset} for item in node.inputs],
                "outputs": [{"name": item.name, "dataset": item.dataset} for item in node.outputs],
                "params": json.loads(node.params_json),
                "resources": dict(node.resources),
                "timeout_s": node.timeout_s or None,
                "retries": node.retries,
                "environment": literal_environment(node),
                "environment_passed": list(passed_environment(node)),
                "cache": node.cache,
                "expects": {name: str(contract) for name, contract in node.expects},
                "description": node.description,
            }
            for _, node in sorted(graph.steps.items())
        ],
        "pipelines": [
            {
                "address": node.address,
                "outputs": list(node.outputs),
                "schedule": node.schedule,
                "description": node.description,
            }
            for _, node in sorted(graph.pipelines.items())
        ],
    }


def _edges(graph: PipelineGraph) -> List[Tuple[str, str]]:
    """From what is needed to what needs it."""
    nodes = sorted([*graph.datasets, *graph.steps, *graph.pipelines])
    return [(needed, address) for address in nodes for needed in graph.upstream(address) if needed in graph]


def mermaid(graph: PipelineGraph) -> str:
    """The graph as a Mermaid flowchart: datasets are cylinders, steps boxes, pipelines rounded boxes."""
    ids = {address: f"n{number}" for number, address in enumerate(_drawn_order(graph))}
    lines = ["flowchart LR"]
    for address, identifier in ids.items():
        label = _mermaid_text(address)
        if address in graph.datasets:
            lines.append(f'  {identifier}[("{label}")]')
        elif address in graph.steps:
            lines.append(f'  {identifier}["{label}"]')
        else:
            lines.append(f'  {identifier}(["{label}"])')
    lines += [f"  {ids[start]} --> {ids[end]}" for start, end in _edges(graph)]
    return "\n".join(lines) + "\n"


def _mermaid_text(text: str) -> str:
    return _UNSAFE_IN_MERMAID.sub(lambda match: f"#{ord(match.group())};", text)


def dot(graph: PipelineGraph) -> str:
    """The graph in the language of Graphviz."""
    shapes = [(graph.datasets, "cylinder"), (graph.steps, "box"), (graph.pipelines, "ellipse")]
    lines = ["digraph pipelines {", "  rankdir=LR;"]
    for nodes, shape in shapes:
        lines += [f"  {_dot_text(address)} [shape={shape}];" for address in sorted(nodes)]
    lines += [f"  {_dot_text(start)} -> {_dot_text(end)};" for start, end in _edges(graph)]
    return "\n".join([*lines, "}"]) + "\n"


def _dot_text(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _drawn_order(graph: PipelineGraph) -> List[str]:
    return [*sorted(graph.datasets), *sorted(graph.steps), *sorted(graph.pipelines)]
