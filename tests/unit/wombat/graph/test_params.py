"""Parameters: canonical text, and what the command line may set for one run."""

from __future__ import annotations

import json
from typing import Any, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import Declared, chain, count_calls, dataset, graph_of, pipeline, step
from strategies import acyclic_targets, json_values
from wombat.graph.errors import PipelineErrors, UnknownOverrideError
from wombat.graph.model import PipelineGraph, StepNode
from wombat.graph.params import (
    Override,
    canonical_json,
    name_of,
    params_with,
    parse_overrides,
    relevant_overrides,
)

STEPS = (
    step("etl:train", params={"max_iter": 100, "url": ""}),
    step("etl/deep:deep", params={"rate": 0.1}),
    step("//:root", params={"n": 1}),
    step("my.dir:clean", params={"n": 1}),
    step("a:same", params={"n": 1}),
    step("b:same", params={"n": 1}),
    step("a:fit@k=v", params={"param": 0, "k": 1}),
    step("a:fit@k=w.x", params={"param": 0}),
    step("a/sales@k=v", params={"n": 1}),
    step("a:it's 1", params={"n": 1}),
)


def parsed(*arguments: str, steps: Sequence[str] | None = None) -> list[tuple[str, str, Any]]:
    """The overrides that arguments stand for, as step, parameter and value."""
    graph = graph_of(*STEPS)
    found = parse_overrides(arguments, graph, list(graph.steps) if steps is None else steps)
    return [(override.step, override.parameter, json.loads(override.value_json)) for override in found]


def refused(argument: str, steps: Sequence[str] | None = None) -> str:
    """What the user reads about an argument that cannot be applied."""
    with pytest.raises(UnknownOverrideError) as caught:
        parsed(argument, steps=steps)
    return str(caught.value)


# --- Canonical JSON ---------------------------------------------------------------------------------------------------


def test_canonical_json_has_sorted_keys_no_blanks_and_text_as_it_is() -> None:
    assert (
        canonical_json({"b": [1, 2.5, None, True], "a": "größe \"'\n"})
        == '{"a":"größe \\"\'\\n","b":[1,2.5,null,true]}'
    )


@given(json_values(), st.randoms(use_true_random=False))
def test_equal_values_give_equal_text(value: Any, shuffler: Any) -> None:
    def shuffled(item: Any) -> Any:
        if isinstance(item, dict):
            pairs = [(key, shuffled(inner)) for key, inner in item.items()]
            shuffler.shuffle(pairs)
            return dict(pairs)
        return [shuffled(inner) for inner in item] if isinstance(item, list) else item

    text = canonical_json(value)

    assert canonical_json(shuffled(value)) == text
    assert json.loads(text) == value


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_a_number_that_json_cannot_write_is_refused(number: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical_json({"a": [number]})


# --- Overrides that are understood ------------------------------------------------------------------------------------


def test_without_arguments_nothing_is_overridden() -> None:
    assert parse_overrides([], PipelineGraph(), ["not even looked at"]) == ()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("20", 20, id="integer"),
        pytest.param("-2.5e-3", -0.0025, id="float"),
        pytest.param("true", True, id="boolean"),
        pytest.param("null", None, id="null"),
        pytest.param('["a",1]', ["a", 1], id="list"),
        pytest.param('{"a": {"b": 1}}', {"a": {"b": 1}}, id="dictionary"),
        pytest.param('"20"', "20", id="quoted-text"),
        pytest.param('"it\'s \\u00e9"', "it's é", id="quoted-text-with-escapes"),
        pytest.param("eu-west", "eu-west", id="text"),
        pytest.param('it\'s "so" été\n', 'it\'s "so" été\n', id="text-with-quotes"),
        pytest.param("", "", id="empty"),
        pytest.param("True", "True", id="python-is-not-json"),
        pytest.param("[1,", "[1,", id="broken-json-is-text"),
        pytest.param("2024-01-01", "2024-01-01", id="date"),
        pytest.param("007", "007", id="leading-zeros"),
        pytest.param("http://host/?a=b&c=d.e", "http://host/?a=b&c=d.e", id="text-with-equals-and-dots"),
        pytest.param("NaN", "NaN", id="not-a-number-is-text"),
        pytest.param("-Infinity", "-Infinity", id="infinity-is-text"),
        pytest.param("[1e999]", "[1e999]", id="too-large-is-text"),
        pytest.param("[" * 100_000, "[" * 100_000, id="too-deep-is-text"),
        pytest.param("\udcff", "\udcff", id="byte-that-is-no-text"),
    ],
)
def test_a_value_is_json_or_else_text(text: str, value: Any) -> None:
    assert parsed(f"train.url={text}") == [("etl:train", "url", value)]


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        pytest.param("train.max_iter=20", ("etl:train", "max_iter", 20), id="name"),
        pytest.param("etl:train.max_iter=20", ("etl:train", "max_iter", 20), id="address"),
        pytest.param("//etl:train.max_iter=20", ("etl:train", "max_iter", 20), id="address-from-the-root"),
        pytest.param("etl/deep:deep.rate=1", ("etl/deep:deep", "rate", 1), id="whole-address"),
        pytest.param("etl/deep.rate=1", ("etl/deep:deep", "rate", 1), id="address-in-short"),
        pytest.param("//etl/deep.rate=1", ("etl/deep:deep", "rate", 1), id="address-in-short-from-the-root"),
        pytest.param("root.n=2", ("//:root", "n", 2), id="name-at-the-root"),
        pytest.param("//:root.n=2", ("//:root", "n", 2), id="address-at-the-root"),
        pytest.param(":root.n=2", ("//:root", "n", 2), id="address-at-the-root-in-short"),
        pytest.param("my.dir:clean.n=2", ("my.dir:clean", "n", 2), id="directory-with-a-dot"),
        pytest.param("a:same.n=2", ("a:same", "n", 2), id="address-where-names-are-alike"),
        pytest.param("a:fit@k=v.param=1", ("a:fit@k=v", "param", 1), id="parametrized-address"),
        pytest.param("fit@k=v.param=1", ("a:fit@k=v", "param", 1), id="parametrized-name"),
        pytest.param("//a:fit@k=v.param=k=v", ("a:fit@k=v", "param", "k=v"), id="parametrized-and-equals-in-the-value"),
        pytest.param("a:fit@k=w.x.param=1", ("a:fit@k=w.x", "param", 1), id="parametrized-by-a-value-with-a-dot"),
        pytest.param("a/sales@k=v.n=5", ("a/sales@k=v", "n", 5), id="parametrized-and-named-like-its-directory"),
        pytest.param("a/sales:sales@k=v.n=5", ("a/sales@k=v", "n", 5), id="the-same-with-its-name"),
        pytest.param("sales.n=5", ("a/sales@k=v", "n", 5), id="only-variant-by-name"),
        pytest.param("it's 1.n=5", ("a:it's 1", "n", 5), id="name-with-quote-and-blank"),
    ],
)
def test_a_step_is_named_by_address_or_name(argument: str, expected: tuple[str, str, Any]) -> None:
    assert parsed(argument) == [expected]


def test_a_step_named_like_its_directory_is_one_step() -> None:
    graph = graph_of(step("train:train", params={"n": 1}))

    for spelling in ("train", "train:train", "//train", "//train:train"):
        assert parse_overrides([f"{spelling}.n=2"], graph, ["train:train"]) == (Override("train:train", "n", "2"),)


def test_a_parameter_set_twice_has_the_later_value() -> None:
    assert parsed("train.max_iter=1", "train.url=x", "etl:train.max_iter=2") == [
        ("etl:train", "max_iter", 2),
        ("etl:train", "url", "x"),
    ]


def test_the_order_of_arguments_does_not_matter() -> None:
    assert parsed("train.url=x", "root.n=2", "train.max_iter=1") == parsed(
        "train.max_iter=1", "train.url=x", "root.n=2"
    )


# --- Overrides that are refused ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "argument",
    ["train", "train.max_iter", "max_iter=3", "train=3", ".max_iter=3", "train.=3", "=3", "", "."],
)
def test_text_of_another_form_is_refused(argument: str) -> None:
    assert refused(argument).startswith(
        f"Cannot apply {argument!r} from the command line: it is not of the form step.parameter=value. "
    )


def test_an_unknown_step_is_told_with_the_nearest_and_all_parameters() -> None:
    assert refused("trian.max_iter=3", steps=["etl:train", "//:root"]) == (
        "Cannot apply 'trian.max_iter=3' from the command line: no step 'trian' is part of this run. "
        "Did you mean 'train.max_iter'? Parameters of these pipelines: root.n, train.max_iter, train.url."
    )


def test_an_address_is_answered_with_an_address() -> None:
    assert refused("elt:train.max_iter=3", steps=["etl:train"]) == (
        "Cannot apply 'elt:train.max_iter=3' from the command line: no step 'elt:train' is part of this run. "
        "Did you mean 'etl:train.max_iter'? Parameters of these pipelines: etl:train.max_iter, etl:train.url."
    )


def test_a_step_that_does_not_run_is_refused() -> None:
    assert "no step 'root' is part of this run. Parameters of these pipelines: " in refused(
        "root.n=3", steps=["etl:train"]
    )


def test_an_unknown_parameter_is_told_with_the_nearest() -> None:
    assert refused("train.max_itre=3", steps=["etl:train"]).startswith(
        "Cannot apply 'train.max_itre=3' from the command line: the 'params' field of etl:train has no 'max_itre'. "
        "Did you mean 'train.max_iter'? "
    )


def test_an_unknown_parameter_of_a_parametrized_step_is_told() -> None:
    assert refused("a:fit@k=v.parm=3").startswith(
        "Cannot apply 'a:fit@k=v.parm=3' from the command line: the 'params' field of a:fit@k=v has no 'parm'. "
        "Did you mean 'a:fit@k=v.param'? "
    )


def test_a_name_of_several_steps_needs_an_address() -> None:
    assert "'same' is the name of several steps: a:same, b:same; write the whole address." in refused("same.n=2")


def test_a_name_of_several_variants_needs_an_address() -> None:
    reason = "is the name of several steps: a:fit@k=v, a:fit@k=w.x; write the whole address."
    assert f"'fit' {reason}" in refused("fit.param=2")
    assert f"'a:fit' {reason}" in refused("a:fit.param=2")


def test_where_there_are_no_parameters_it_says_so() -> None:
    graph = graph_of(step("a:s"))

    with pytest.raises(UnknownOverrideError, match="Parameters of these pipelines: none."):
        parse_overrides(["s.n=1"], graph, ["a:s"])


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(PipelineErrors, match=r"(?s)^2 mistakes in the pipeline\.\n1\. .*'x\.y=1'.*\n2\. .*'nothing'"):
        parsed("x.y=1", "train.max_iter=3", "nothing")


@settings(deadline=None)
@given(st.sampled_from(STEPS), st.booleans(), json_values())
def test_any_value_of_any_step_can_be_set(declared: Any, from_root: bool, value: Any) -> None:
    address = declared.node.address
    parameter = next(iter(json.loads(declared.node.params_json)))
    spelled = f"//{address}" if from_root and not address.startswith("//") else address

    assert parsed(f"{spelled}.{parameter}={json.dumps(value)}") == [(address, parameter, value)]


# --- Whom overrides reach ---------------------------------------------------------------------------------------------


def override(address: str, value: int = 0, parameter: str = "n") -> Override:
    """An override of a step."""
    return Override(address, parameter, str(value))


def test_an_override_reaches_its_step_and_what_comes_after_it() -> None:
    graph = graph_of(
        *chain(3),
        step("e:side", inputs=[":d1"], outputs=[":other"]),
        dataset("e:other"),
        pipeline("e:q", outputs=[":other"]),
    )
    order = graph.closure(["e:p", "e:q"])
    first, last = override("e:s0"), override("e:s2")

    reaching = relevant_overrides(graph, order, (last, first))

    assert {address: found for address, found in reaching.items() if not found} == {"e:d0": ()}
    assert reaching["e:s0"] == reaching["e:d1"] == reaching["e:s1"] == reaching["e:d2"] == (first,)
    assert reaching["e:side"] == reaching["e:other"] == reaching["e:q"] == (first,)
    assert reaching["e:s2"] == reaching["e:d3"] == reaching["e:p"] == (first, last)


def test_where_branches_meet_the_overrides_of_both_arrive() -> None:
    graph = graph_of(
        step("a:left", outputs=[":x"]),
        dataset("a:x"),
        step("a:right", outputs=[":y"]),
        dataset("a:y"),
        step("a:join", inputs=[":x", ":y"], outputs=[":z"]),
        dataset("a:z"),
    )
    left, right = override("a:left"), override("a:right")

    reaching = relevant_overrides(graph, graph.closure(["a:z"]), (right, left))

    assert (reaching["a:x"], reaching["a:y"]) == ((left,), (right,))
    assert reaching["a:join"] == reaching["a:z"] == (left, right)


def test_an_override_reaches_what_has_foreign_keys_to_what_its_step_makes() -> None:
    graph = graph_of(
        step("a:register", outputs=[":users"]),
        dataset("a:users"),
        step("a:take", outputs=[":orders"]),
        dataset("a:orders", references=("a:users",)),
        step("a:report", inputs=[":orders"], outputs=[":text"]),
        dataset("a:text"),
    )
    register = override("a:register")

    reaching = relevant_overrides(graph, graph.closure(["a:text", "a:users"]), (register,))

    assert reaching["a:take"] == ()
    assert reaching["a:orders"] == reaching["a:report"] == reaching["a:text"] == reaching["a:users"] == (register,)


def test_without_overrides_every_node_has_none() -> None:
    assert relevant_overrides(PipelineGraph(), ["a:b"], ()) == {"a:b": ()}


@settings(deadline=None, max_examples=30)
@given(acyclic_targets(), st.data())
def test_an_override_reaches_exactly_those_whose_closure_has_its_step(
    declared: list[Declared], data: st.DataObject
) -> None:
    graph = graph_of(*declared)
    order = graph.closure([*graph.datasets, *graph.steps, *graph.pipelines])
    chosen = data.draw(st.lists(st.sampled_from(list(graph.steps)), unique=True)) if graph.steps else []
    overrides = tuple(override(address) for address in chosen)

    reaching = relevant_overrides(graph, order, overrides)

    for address in order:
        needed = {address}
        pending = [address]
        while pending:
            new = set(graph.upstream(pending.pop())) - needed
            needed |= new
            pending += new
        assert {found.step for found in reaching[address]} == needed.intersection(chosen)


def test_nodes_that_the_same_overrides_reach_share_one_tuple() -> None:
    graph = graph_of(*chain(3_000))
    order = graph.closure(["e:p"])
    overrides = tuple(override(f"e:s{number}") for number in range(0, 3_000, 300))

    reaching = relevant_overrides(graph, order, overrides)

    assert len({id(found) for found in reaching.values() if found}) == len(overrides)
    cost = count_calls(lambda: relevant_overrides(graph, order, overrides))
    assert cost < 10 * len(order)


def test_a_step_has_its_own_overrides_only() -> None:
    node = StepNode("a:s", params_json='{"n":1,"m":2}')
    overrides = (Override("a:s", "n", "[5]"), Override("b:s", "m", "7"))

    assert params_with(node, overrides) == {"n": [5], "m": 2}


def test_the_name_of_a_step_has_its_parameters() -> None:
    assert name_of("a/b:train@k=v") == "train@k=v"
