"""The step spec: what it holds, what it does not hold, and what is read from a step's process."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import dataset, graph_of, step
from strategies import addresses, identifiers, json_values
from wombat.graph.formats import Format
from wombat.graph.model import StepInput, StepNode, StepOutput
from wombat.graph.seal import SealKey
from wombat.graph.spec import (
    LIMITS_VARIABLE_PREFIX,
    captured_path,
    input_directory,
    limits_variable,
    literal_environment,
    passed_environment,
    read_result,
    step_spec,
    written_path,
)

STEP = StepNode(
    "etl:clean",
    entry_point="steps.py:clean",
    inputs=(StepInput("flights", "etl:raw_flights"),),
    outputs=(StepOutput(None, "etl:clean_flights"),),
    params_json='{"limit":600}',
    timeout_s=60,
    retries=2,
    extra_env_vars=("REGION=eu=west", "TOKEN"),
)


def spec_of(step: StepNode, params: Mapping[str, Any] | None = None, format: Format = Format.PARQUET) -> bytes:
    """The document of a step whose inputs are all CSV and whose outputs are all of `format`."""
    return step_spec(
        step,
        module="etl.steps",
        function="clean",
        path="src/etl/steps.py",
        source_roots=["src"],
        inputs=[(item.parameter, Format.CSV, f"{input_directory(item.parameter)}/data.csv") for item in step.inputs],
        output_formats=[format] * len(step.outputs),
        params={"limit": 600} if params is None else params,
    )


def test_the_document_of_a_function() -> None:
    assert json.loads(spec_of(STEP)) == {
        "version": 1,
        "entry_point": {"module": "etl.steps", "function": "clean", "path": "src/etl/steps.py"},
        "source_roots": ["src"],
        "inputs": [{"parameter": "flights", "format": "csv", "path": "in/flights/data.csv"}],
        "outputs": [{"name": None, "format": "parquet", "path": "out/0/data.parquet"}],
        "params": {"limit": 600},
        "env": {"REGION": "eu=west"},
    }


def test_the_document_of_a_program_has_its_arguments() -> None:
    program = replace(STEP, entry_point=None, run=":binary", args=("--limit={params.limit}",))

    document = json.loads(spec_of(program))

    assert document["entry_point"] is None
    assert document["args"] == ["--limit={params.limit}"]


def test_the_bytes_are_canonical() -> None:
    assert (
        spec_of(STEP)
        == json.dumps(json.loads(spec_of(STEP)), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    )


def test_limits_secrets_and_resources_are_not_part_of_it() -> None:
    other = replace(STEP, timeout_s=1, retries=0, resources=(("cpu", "1"),), extra_env_vars=("REGION=eu=west", "KEY"))

    assert spec_of(other) == spec_of(STEP)
    assert b"TOKEN" not in spec_of(STEP)


def test_the_order_of_declaration_does_not_matter() -> None:
    first = replace(STEP, inputs=(StepInput("a", "x:a"), StepInput("b", "x:b")), extra_env_vars=("A=1", "B=2"))
    second = replace(STEP, inputs=first.inputs[::-1], extra_env_vars=("B=2", "A=1"))

    assert spec_of(first, {"m": 1, "n": {"x": 1, "y": 2}}) == spec_of(second, {"n": {"y": 2, "x": 1}, "m": 1})


def test_the_order_of_outputs_does_matter() -> None:
    outputs = (StepOutput("a", "x:a"), StepOutput("b", "x:b"))

    assert spec_of(replace(STEP, outputs=outputs)) != spec_of(replace(STEP, outputs=outputs[::-1]))


def test_half_a_surrogate_pair_arrives_as_it_was() -> None:
    # As Python decodes an argument or variable that is not UTF-8.
    assert json.loads(spec_of(STEP, {"name": "caf\udce9"}).decode())["params"] == {"name": "caf\udce9"}


@settings(deadline=None, max_examples=30)
@given(addresses(), addresses(), addresses(), json_values())
def test_nothing_of_names_is_in_it(step_address: str, read: str, made: str, value: Any) -> None:
    def document(*, step_name: str, read_name: str, made_name: str) -> bytes:
        graph = graph_of(
            dataset(read_name, source="x.csv"),
            step(step_name, inputs={"flights": read_name}, outputs=[made_name], params={"p": value}),
            dataset(made_name),
        )
        return spec_of(graph.steps[step_name], {"p": value})

    if len({step_address, read, made}) == 3:
        assert document(step_name=step_address, read_name=read, made_name=made) == document(
            step_name="a:s", read_name="a:read", made_name="a:made"
        )


@given(identifiers(), json_values(), json_values())
def test_another_parameter_makes_another_document(name: str, value: Any, other: Any) -> None:
    same = json.dumps(value, sort_keys=True) == json.dumps(other, sort_keys=True)

    assert (spec_of(STEP, {name: value}) == spec_of(STEP, {name: other})) is same


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"inputs": (StepInput("other", "etl:raw_flights"),)}, id="parameter-of-an-input"),
        pytest.param({"outputs": (StepOutput("x", "etl:clean_flights"),)}, id="name-of-an-output"),
        pytest.param({"outputs": ()}, id="no-output"),
        pytest.param({"extra_env_vars": ("REGION=us",)}, id="variable"),
        pytest.param({"entry_point": None, "run": ":binary"}, id="program"),
    ],
)
def test_another_declaration_makes_another_document(change: dict[str, Any]) -> None:
    assert spec_of(replace(STEP, **change)) != spec_of(STEP)


def test_formats_make_other_documents() -> None:
    assert len({spec_of(STEP, format=format) for format in Format}) == len(Format)


def test_paths_in_the_sandbox() -> None:
    assert input_directory("flights") == "in/flights"
    assert captured_path(0, Format.CSV) == written_path(0, Format.CSV) == "out/0/data.csv"
    assert captured_path(1, Format.FILE) == written_path(1, Format.FILE) == "out/1/data"
    assert written_path(12, Format.DIRECTORY) == "out/12/data"
    assert captured_path(12, Format.DIRECTORY) == "out/12"


def test_variables_with_a_value_are_told_from_those_passed_on() -> None:
    node = replace(STEP, extra_env_vars=("A=1", "B", "EMPTY=", "C=x=y"))

    assert literal_environment(node) == {"A": "1", "EMPTY": "", "C": "x=y"}
    assert passed_environment(node) == ("B",)


def test_a_step_without_bounds_needs_no_variable() -> None:
    assert limits_variable(replace(STEP, timeout_s=0, retries=0, extra_env_vars=("A=1",)), {}) is None


@given(st.integers(0, 10**6), st.integers(0, 100), st.dictionaries(identifiers(), st.text(max_size=20), max_size=4))
def test_the_variable_has_a_name_that_an_environment_can_hold(
    timeout_s: int, retries: int, secrets: dict[str, str]
) -> None:
    node = replace(STEP, timeout_s=timeout_s, retries=retries, extra_env_vars=tuple(secrets))

    name = limits_variable(node, secrets, SealKey("/key", b"k" * 32))

    assert (name is None) is (not timeout_s and not retries and not secrets)
    if name is not None:
        assert name.startswith(LIMITS_VARIABLE_PREFIX)
        assert all(character.isascii() and (character.isalnum() or character in "_-") for character in name)


@pytest.mark.parametrize(
    "stdout",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"Traceback (most recent call last):", id="text"),
        pytest.param(b"\xff\xfe\x00", id="bytes"),
        pytest.param(b"[]", id="no-object"),
        pytest.param(b"null", id="null"),
        pytest.param(b"{}", id="no-version"),
        pytest.param(b'{"version": 2}', id="newer-version"),
        pytest.param(b'{"version": 1} trailing', id="more-than-the-document"),
        pytest.param(b'{"version": 1', id="cut-off"),
        pytest.param(b"[" * 100_000, id="too-deep"),
    ],
)
def test_a_process_that_printed_no_result_has_none(stdout: bytes) -> None:
    assert read_result(stdout) is None


def test_the_result_is_what_the_process_printed() -> None:
    assert read_result('{"version": 1, "metrics": {"größe": 1}}\n'.encode()) == {"version": 1, "metrics": {"größe": 1}}
