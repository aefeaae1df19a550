"""The pipeline graph as a document, held against its published schema and its page."""

from __future__ import annotations

import json
from typing import Any, Callable, Dict, List

import pytest
from hypothesis import given, settings

from builders import Declared, dataset, graph_of, pipeline, step
from schemas import errors, field_names, schema, undescribed, undocumented
from strategies import acyclic_targets
from wombat.graph.contracts import ContractName
from wombat.graph.document import GRAPH_VERSION, graph_document
from wombat.graph.formats import Format

SCHEMA = schema("pipeline-graph.schema.json")


def document() -> Dict[str, Any]:
    """A document with something in every field."""
    graph = graph_of(
        dataset("etl:raw", source="raw.csv", description="As it comes."),
        step(
            "etl:clean",
            inputs={"flights": ":raw"},
            outputs={"one": ":one", "two": ":two"},
            params={"limit": 600, "nested": {"a": [None, 1.5]}},
            resources=(("cpu", "500m"),),
            timeout_s=60,
            retries=1,
            extra_env_vars=("REGION=eu", "TOKEN"),
            expects=(("flights", ContractName("etl/needs.odcs.yaml", "flights")),),
        ),
        step("etl:program", run=":binary", args=("{inputs.one}",), inputs=[":one"], cache=False),
        dataset("etl:one", format=Format.PARQUET, contract=ContractName("etl/one.odcs.yaml")),
        dataset("etl:two", format=Format.DIRECTORY),
        pipeline("etl:pipeline", outputs=[":two", ":program"], schedule="0 4 * * *"),
        pipeline("etl:all", outputs=[":pipeline"]),
    )
    result: Dict[str, Any] = json.loads(json.dumps(graph_document(graph)))
    return result


def test_the_document_is_valid_and_all_of_it_is_described() -> None:
    assert errors(document(), SCHEMA) == []
    assert undescribed(document(), SCHEMA) == set()


@settings(deadline=None, max_examples=30)
@given(acyclic_targets())
def test_the_document_of_any_graph_is_valid(declared: List[Declared]) -> None:
    found = json.loads(json.dumps(graph_document(graph_of(*declared))))

    assert errors(found, SCHEMA) == []
    assert undescribed(found, SCHEMA) == set()


def test_the_schema_is_of_this_version_and_these_formats() -> None:
    assert SCHEMA["properties"]["version"]["const"] == GRAPH_VERSION
    assert SCHEMA["$defs"]["dataset"]["properties"]["format"]["enum"] == [format.value for format in Format]


def test_the_page_explains_every_field() -> None:
    assert undocumented(field_names(SCHEMA), "Pipeline graph") == set()


def _break_version(found: Dict[str, Any]) -> None:
    found["version"] = 2


def _break_format(found: Dict[str, Any]) -> None:
    found["datasets"][0]["format"] = "excel"


def _break_input(found: Dict[str, Any]) -> None:
    del found["steps"][0]["inputs"][0]["dataset"]


def _break_timeout(found: Dict[str, Any]) -> None:
    found["steps"][0]["timeout_s"] = 0


def _break_contract(found: Dict[str, Any]) -> None:
    found["datasets"][0]["contract"] = {"file": "etl/one.odcs.yaml"}


def _break_expectation(found: Dict[str, Any]) -> None:
    found["steps"][0]["expects"] = ["flights"]


@pytest.mark.parametrize(
    "damage", [_break_version, _break_format, _break_input, _break_timeout, _break_contract, _break_expectation]
)
def test_the_schema_refuses_what_is_no_such_document(damage: Callable[[Dict[str, Any]], None]) -> None:
    found = document()
    damage(found)

    assert errors(found, SCHEMA)


def test_a_reader_lets_fields_of_later_plugins_pass() -> None:
    found = document()
    found["steps"][0]["later"] = True

    assert errors(found, SCHEMA) == []
    assert undescribed(found, SCHEMA) == {".steps[].later"}
