"""The step spec: written by the plugin, read by `wombat_step`."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any, Dict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wombat_step import _program, _spec
from wombat_step._spec import StepSpec

from builders import dataset, graph_of, step
from schemas import undocumented
from strategies import json_values
from wombat.graph import resolve
from wombat.graph.formats import Format
from wombat.graph.model import StepNode
from wombat.graph.spec import (
    SPEC_FILE,
    SPEC_VERSION,
    captured_path,
    input_directory,
    read_result,
    step_spec,
    written_path,
)

SANDBOX = os.path.abspath("sandbox")


def written(node: StepNode, **changes: Any) -> bytes:
    """The document that the plugin writes."""
    arguments: Dict[str, Any] = {
        "module": "etl.steps",
        "function": "clean",
        "path": "src/etl/steps.py",
        "source_roots": ["src"],
        "inputs": [(item.parameter, Format.CSV, f"{input_directory(item.parameter)}/data.csv") for item in node.inputs],
        "output_formats": [Format.PARQUET] * len(node.outputs),
        "params": json.loads(node.params_json),
    }
    return step_spec(node, **{**arguments, **changes})


def read(node: StepNode, **changes: Any) -> StepSpec:
    """What `wombat_step` reads of that document."""
    return StepSpec(json.loads(written(node, **changes)), SANDBOX)


def test_both_ends_have_the_same_version_formats_and_file() -> None:
    assert SPEC_VERSION == _spec.VERSION
    assert sorted(format.value for format in Format) == sorted(_spec.FORMATS)
    assert {format.value for format in Format if format.is_tabular} == set(_spec.TABULAR_FORMATS)
    assert SPEC_FILE == "step.json"


def test_a_function_with_its_data_arrives_as_declared() -> None:
    graph = graph_of(
        dataset("a:flights", source="x"),
        dataset("a:wetter", source="x"),
        step(
            "a:s",
            inputs={"flights": ":flights", "größe": ":wetter"},
            outputs=[":one", ":two"],
            params={"limit": 600, "names": ["a", None]},
            extra_env_vars=("REGION=eu=west", "TOKEN"),
        ),
        dataset("a:one"),
        dataset("a:two"),
    )

    found = read(graph.steps["a:s"])

    assert (found.module, found.function, found.source_path) == ("etl.steps", "clean", "src/etl/steps.py")
    assert found.source_roots == ["src"]
    assert {(one.parameter, one.format, one.relpath) for one in found.inputs} == {
        ("flights", "csv", "in/flights/data.csv"),
        ("größe", "csv", "in/größe/data.csv"),
    }
    assert [(one.index, one.name, one.format) for one in found.outputs] == [
        (0, "one", "parquet"),
        (1, "two", "parquet"),
    ]
    assert found.params == {"limit": 600, "names": ["a", None]}
    assert found.env == {"REGION": "eu=west"}


def test_a_program_has_no_entry_point_and_finds_its_output_by_name() -> None:
    graph = graph_of(step("a:s", run=":binary", outputs=[":top"]), dataset("a:top"))

    found = read(graph.steps["a:s"])

    assert (found.module, found.function) == ("", "")
    assert [one.name for one in found.outputs] == ["top"]


@pytest.mark.parametrize("format", list(Format), ids=lambda format: format.value)
def test_an_output_is_written_below_what_is_captured(format: Format) -> None:
    graph = graph_of(step("a:s", outputs=[":x"]), dataset("a:x"))

    (output,) = read(graph.steps["a:s"], output_formats=[format]).outputs

    assert output.format == format.value
    relpath = Path(output.path).relative_to(SANDBOX).as_posix()
    assert relpath == written_path(0, format)
    assert f"{relpath}/".startswith(f"{captured_path(0, format)}/")


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(["limit", "größe"]), json_values()))
def test_parameters_arrive_as_they_were(params: Dict[str, Any]) -> None:
    assert read(StepNode("a:s", entry_point="x"), params=params).params == params


def test_the_page_explains_every_field() -> None:
    graph = graph_of(
        dataset("a:x", source="x"), step("a:s", inputs=[":x"], outputs=[":y"], args=("-v",)), dataset("a:y")
    )
    function = replace(graph.steps["a:s"], args=())
    program = replace(graph.steps["a:s"], entry_point=None, run=":binary")
    documents = [json.loads(written(node)) for node in (function, program)]
    tops = [{*one, *(one["entry_point"] or ())} for one in documents]
    items = [set(item) for item in (*documents[0]["inputs"], *documents[0]["outputs"])]

    assert undocumented(set().union(*tops, *items), "Step spec") == set()


@pytest.mark.parametrize(
    "argument", ["{inputs.x}", "--a={outputs.größe}:{params.n}", "{inputs}", "{other.x}", "{inputs.}", "{{inputs.a b}}"]
)
def test_both_ends_see_the_same_placeholders(argument: str) -> None:
    seen = []

    class Values(Dict[str, str]):
        def __contains__(self, name: object) -> bool:
            seen.append(name)
            return True

        def __missing__(self, name: str) -> str:
            return "value"

    _program._filled(argument, Values())

    assert resolve._PLACEHOLDER.findall(argument) == seen


def test_a_result_of_this_version_is_read() -> None:
    document = {"version": _spec.VERSION, "outputs": [], "metrics": {}, "python": "3.9.18", "packages": {}}

    assert read_result(json.dumps(document).encode()) == document
