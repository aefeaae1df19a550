"""The graph as JSON, Mermaid and DOT."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given, settings

from builders import Declared, chain, count_calls, dataset, graph_of, linked, pipeline, step
from strategies import acyclic_targets
from wombat.graph.contracts import ContractName
from wombat.graph.document import dot, graph_document, mermaid
from wombat.graph.formats import Format
from wombat.graph.model import PipelineGraph

FLIGHTS: tuple[Declared, ...] = (
    pipeline("etl:pipeline", outputs=[":clean_flights"], schedule="0 4 * * *", description="Every night."),
    dataset("etl:raw", source="raw.csv", description="As it comes."),
    step(
        "etl:clean",
        inputs={"flights": ":raw"},
        outputs=[":clean_flights"],
        expects=(("flights", ContractName("etl/needs.odcs.yaml")),),
        params={"limit": 600},
        resources=(("cpu", "500m"),),
        timeout_s=60,
        retries=1,
        extra_env_vars=("REGION=eu", "TOKEN"),
        cache=False,
        description="Cleans.",
    ),
    dataset("etl:clean_flights", format=Format.PARQUET, contract=ContractName("etl/all.odcs.yaml", "flights")),
)
HOSTILE = (
    'a:it\'s "so"',
    "a:back\\slash",
    "a:tail\\",
    "a:<b>&amp;",
    "a:`code`",
    "a:größe 漢 🎉",
    "a:x#35;",
    "a:two\nlines",
)


def test_the_document_of_a_graph() -> None:
    assert graph_document(graph_of(*FLIGHTS)) == {
        "version": 1,
        "datasets": [
            {
                "address": "etl:clean_flights",
                "format": "parquet",
                "sources": [],
                "origin": None,
                "producer": "etl:clean",
                "contract": "etl/all.odcs.yaml#flights",
                "description": "",
            },
            {
                "address": "etl:raw",
                "format": "csv",
                "sources": ["raw.csv"],
                "origin": None,
                "producer": None,
                "contract": None,
                "description": "As it comes.",
            },
        ],
        "steps": [
            {
                "address": "etl:clean",
                "entry_point": "steps.py:f",
                "run": None,
                "args": [],
                "inputs": [{"parameter": "flights", "dataset": "etl:raw"}],
                "outputs": [{"name": None, "dataset": "etl:clean_flights"}],
                "params": {"limit": 600},
                "resources": {"cpu": "500m"},
                "timeout_s": 60,
                "retries": 1,
                "environment": {"REGION": "eu"},
                "environment_passed": ["TOKEN"],
                "cache": False,
                "expects": {"flights": "etl/needs.odcs.yaml"},
                "description": "Cleans.",
            }
        ],
        "pipelines": [
            {
                "address": "etl:pipeline",
                "outputs": ["etl:clean_flights"],
                "schedule": "0 4 * * *",
                "description": "Every night.",
            }
        ],
    }


def test_the_documents_of_an_empty_graph() -> None:
    assert graph_document(PipelineGraph()) == {"version": 1, "datasets": [], "steps": [], "pipelines": []}
    assert mermaid(PipelineGraph()) == "flowchart LR\n"
    assert dot(PipelineGraph()) == "digraph pipelines {\n  rankdir=LR;\n}\n"


def test_a_program_and_a_step_without_limits() -> None:
    (document,) = graph_document(graph_of(step("a:s", run=":binary", args=("-v",))))["steps"]

    assert (document["entry_point"], document["run"], document["args"]) == (None, ":binary", ["-v"])
    assert (document["timeout_s"], document["retries"], document["cache"]) == (None, 0, True)


def test_mermaid_draws_each_kind_of_node() -> None:
    assert mermaid(graph_of(*FLIGHTS)) == (
        "flowchart LR\n"
        '  n0[("etl:clean_flights")]\n'
        '  n1[("etl:raw")]\n'
        '  n2["etl:clean"]\n'
        '  n3(["etl:pipeline"])\n'
        "  n1 --> n2\n"
        "  n2 --> n0\n"
        "  n0 --> n3\n"
    )


def test_dot_draws_each_kind_of_node() -> None:
    assert dot(graph_of(*FLIGHTS)) == (
        "digraph pipelines {\n"
        "  rankdir=LR;\n"
        '  "etl:clean_flights" [shape=cylinder];\n'
        '  "etl:raw" [shape=cylinder];\n'
        '  "etl:clean" [shape=box];\n'
        '  "etl:pipeline" [shape=ellipse];\n'
        '  "etl:raw" -> "etl:clean";\n'
        '  "etl:clean" -> "etl:clean_flights";\n'
        '  "etl:clean_flights" -> "etl:pipeline";\n'
        "}\n"
    )


@pytest.mark.parametrize("address", HOSTILE)
def test_mermaid_quotes_what_would_end_a_label_or_be_read_as_markup(address: str) -> None:
    text = mermaid(graph_of(dataset(address, source="x")))

    _, node = text.splitlines()
    label = re.fullmatch(r'  n0\[\("([^"]*)"\)\]', node)
    assert label is not None
    assert not re.search(r"[<>&`\\]", label.group(1))
    assert re.sub(r"#(\d+);", lambda code: chr(int(code.group(1))), label.group(1)) == address


@pytest.mark.parametrize("address", HOSTILE)
def test_dot_quotes_what_would_end_a_name(address: str) -> None:
    text = dot(graph_of(dataset(address, source="x")))

    # Graphviz, "The DOT language": a quoted string ends at the first quote that no backslash stands before.
    quoted = re.findall(r'"((?:[^"\\]|\\.)*)"', text, flags=re.DOTALL)
    assert [re.sub(r"\\(.)", r"\1", name) for name in quoted] == [address]


def test_what_is_not_part_of_the_graph_is_not_drawn() -> None:
    part = linked(*chain(2)).restricted_to(["e:s1", "e:d2"])

    assert "e:d1" not in dot(part)
    assert mermaid(part).count("-->") == 1
    assert graph_document(part)["steps"][0]["inputs"] == [{"parameter": "d1", "dataset": "e:d1"}]


@settings(deadline=None, max_examples=30)
@given(acyclic_targets())
def test_every_edge_is_drawn_and_the_document_is_json(declared: list[Declared]) -> None:
    graph = graph_of(*declared)

    edges = sum(len(graph.upstream(a)) for a in (*graph.datasets, *graph.steps, *graph.pipelines))
    assert dot(graph).count(" -> ") == mermaid(graph).count(" --> ") == edges
    document = graph_document(graph)
    assert json.loads(json.dumps(document)) == document
    for kind in ("datasets", "steps", "pipelines"):
        listed = [node["address"] for node in document[kind]]
        assert listed == sorted(listed)


def test_the_cost_is_proportional_to_the_graph() -> None:
    def cost(length: int) -> int:
        graph = graph_of(*chain(length))
        return count_calls(lambda: (graph_document(graph), mermaid(graph), dot(graph)))

    assert cost(2_000) < 4.4 * cost(500)
