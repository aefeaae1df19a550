"""From targets to the graph: names are found, and mistakes are told to those who need the node."""

from __future__ import annotations

import random
import time
from typing import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import Declared, chain, count_calls, dataset, linked, messages, pipeline, step
from strategies import acyclic_targets
from wombat.graph.document import graph_document
from wombat.graph.errors import PipelineErrors, UnknownDatasetError, raise_all
from wombat.graph.model import StepInput, StepOutput
from wombat.graph.resolve import DeclaredStep, Reference, problems_of, resolve_graph


def variants(address: str, key: str, values: Sequence[str]) -> list[Declared]:
    """The variants of a parametrized dataset."""
    return [dataset(f"{address}@{key}={value}", source="x.csv") for value in values]


# --- Names that are found ---------------------------------------------------------------------------------------------


def test_inputs_and_outputs_become_addresses_and_names() -> None:
    graph = linked(
        dataset("etl:raw", source="raw.csv"),
        dataset("ref/air:airports", source="airports.csv"),
        step("etl:clean", inputs={"flights": ":raw", "places": "ref/air:airports"}, outputs=[":flights"]),
        dataset("etl:flights"),
        pipeline("etl:pipeline", outputs=[":flights", ":clean"]),
    )

    assert graph.problems == {}
    clean = graph.steps["etl:clean"]
    assert clean.inputs == (StepInput("flights", "etl:raw"), StepInput("places", "ref/air:airports"))
    assert clean.outputs == (StepOutput(None, "etl:flights"),)
    assert graph.datasets["etl:flights"].producer == "etl:clean"
    assert graph.datasets["etl:raw"].producer is None
    assert graph.pipelines["etl:pipeline"].outputs == ("etl:flights", "etl:clean")


def test_datasets_in_a_list_have_the_names_of_their_targets() -> None:
    graph = linked(
        dataset("//:raw", source="raw.csv"),
        dataset("a/b:más", source="x.csv"),
        step("a:split", inputs=["//:raw", "a/b:más"], outputs=[":train", ":test"]),
        dataset("a:train"),
        dataset("a:test"),
    )

    assert graph.problems == {}
    assert [item.parameter for item in graph.steps["a:split"].inputs] == ["raw", "más"]
    assert [output.name for output in graph.steps["a:split"].outputs] == ["train", "test"]


def test_one_output_has_a_name_only_if_it_is_given_one_or_a_program_asks_for_it() -> None:
    graph = linked(
        step("a:function", outputs=[":one"]),
        step("a:named", outputs={"result": ":two"}),
        step("a:program", run=":binary", outputs=[":three"]),
        *(dataset(f"a:{name}") for name in ("one", "two", "three")),
    )

    assert graph.problems == {}
    names = {address: node.outputs[0].name for address, node in graph.steps.items()}
    assert names == {"a:function": None, "a:named": "result", "a:program": "three"}


@pytest.mark.parametrize(
    ("step_address", "text", "found"),
    [
        pytest.param("a:s", "a:sales@country=de", "a:sales@country=de", id="exact"),
        pytest.param("a:s@country=fr", ":sales", "a:sales@country=fr", id="shared-parameter"),
        pytest.param("a:s@country=fr", ":sales@country=de", "a:sales@country=de", id="said-parameter-wins"),
        pytest.param("a:s@country=fr,size=x", ":sales", "a:sales@country=fr", id="referrer-has-more-parameters"),
        pytest.param("a:s@size=x", ":plain", "a:plain", id="target-without-parameters"),
    ],
)
def test_a_variant_is_found_by_the_parameters_that_both_sides_share(step_address: str, text: str, found: str) -> None:
    graph = linked(
        *variants("a:sales", "country", ["de", "fr"]),
        dataset("a:plain", source="x"),
        step(step_address, inputs={"data": text}),
    )

    assert graph.problems == {}
    assert graph.steps[step_address].inputs == (StepInput("data", found),)


def test_of_several_parameters_those_that_are_shared_decide() -> None:
    cells = [f"a:cell@column={column},row={row}" for column in "xy" for row in "12"]
    graph = linked(
        *(dataset(address, source="x") for address in cells),
        step("a:by_both@column=y,row=1", inputs={"cell": ":cell"}),
        step("a:by_one@row=2", inputs={"cell": ":cell@column=x"}),
        step("a:by_none@row=2", inputs={"cell": ":cell"}),
    )

    assert graph.steps["a:by_both@column=y,row=1"].inputs[0].dataset == "a:cell@column=y,row=1"
    assert graph.steps["a:by_one@row=2"].inputs[0].dataset == "a:cell@column=x,row=2"
    assert messages(graph, "a:by_none@row=2") == [
        "AmbiguousDatasetError: The 'inputs' field in target a:by_none@row=2 names ':cell', which is parametrized: "
        "a:cell@column=x,row=2, a:cell@column=y,row=2. Name one of these variants."
    ]


def test_a_parametrized_target_with_the_name_of_its_directory_is_found() -> None:
    # Pants writes the address of the variants without the name.
    graph = linked(*variants("a/sales", "k", "xy"), step("a/sales:use@k=y", inputs={"data": ":sales"}))

    assert graph.problems == {}
    assert graph.steps["a/sales:use@k=y"].inputs[0].dataset == "a/sales@k=y"


def test_steps_and_datasets_with_the_same_variants_meet() -> None:
    graph = linked(
        *(step(f"a:make@v={v}", outputs=[":sales"]) for v in "xyz"),
        *(dataset(f"a:sales@v={v}") for v in "xyz"),
    )

    assert graph.problems == {}
    assert graph.datasets["a:sales@v=y"].producer == "a:make@v=y"


# --- Names that are not found -----------------------------------------------------------------------------------------


def test_an_unknown_dataset_is_told_with_what_is_there_and_the_nearest() -> None:
    graph = linked(
        dataset("etl/clean:raw_orders", source="x"),
        dataset("etl/clean:raw_users", source="x"),
        dataset("other:thing", source="x"),
        step("etl/clean:clean", inputs=[":raw_order"]),
    )

    assert messages(graph, "etl/clean:clean") == [
        "UnknownDatasetError: The 'inputs' field in target etl/clean:clean names ':raw_order', but there is no dataset "
        "etl/clean:raw_order. Known in etl/clean: raw_orders, raw_users. Did you mean 'etl/clean:raw_orders'?"
    ]


def test_an_unknown_dataset_that_is_like_no_other_is_to_be_declared() -> None:
    graph = linked(step("a/b:s", inputs=[":nowhere"], outputs=["//:out"]), pipeline("a/b:p", outputs=["c:nothing"]))

    assert messages(graph, "a/b:s") == [
        "UnknownDatasetError: The 'inputs' field in target a/b:s names ':nowhere', but there is no dataset "
        "a/b:nowhere. Known in a/b: none. Correct the name, or add `dataset(name='nowhere')` to a/b/BUILD.",
        "UnknownDatasetError: The 'outputs' field in target a/b:s names '//:out', but there is no dataset "
        "//:out. Known in //: none. Correct the name, or add `dataset(name='out')` to BUILD.",
    ]
    assert messages(graph, "a/b:p") == [
        "UnknownDatasetError: The 'outputs' field in target a/b:p names 'c:nothing', but there is no dataset, step or "
        "pipeline c:nothing. Known in c: none. Correct the name, or add `dataset(name='nothing')` to c/BUILD."
    ]


def test_a_step_named_in_place_of_a_dataset_is_told_by_what_it_makes() -> None:
    graph = linked(
        step("a:make", outputs=[":one", ":two"]),
        dataset("a:one"),
        dataset("a:two"),
        pipeline("a:all", outputs=[":one"]),
        step("a:use", inputs=[":make", ":all"]),
    )

    first, second = messages(graph, "a:use")
    assert first.endswith(
        "there is no dataset a:make. Known in a: one, two. a:make is a step: name a dataset that it "
        "makes. Its 'outputs': ':one', ':two'."
    )
    assert second.endswith("a:all is a pipeline: name the dataset itself.")


def test_text_that_is_no_address_is_told_with_the_reason() -> None:
    declared = DeclaredStep(
        step("a:s").name, step("a:s").node, ((None, Reference("a::b:", None, "it has two colons.")),), ()
    )

    graph = resolve_graph([], [declared], [])

    assert messages(graph, "a:s") == [
        "InvalidReferenceError: The 'inputs' field in target a:s holds 'a::b:', which is not an address: it has two "
        "colons. Write ':name' for a target of the same BUILD file, or 'directory:name'."
    ]


def test_a_variant_that_is_not_there_is_unknown() -> None:
    graph = linked(*variants("a:sales", "country", "df"), step("a:s@country=x", inputs={"sales": ":sales"}))

    (message,) = messages(graph, "a:s@country=x")
    assert "there is no dataset a:sales. Known in a: sales@country=d, sales@country=f. " in message


def test_a_parameter_that_the_target_does_not_have_leads_nowhere() -> None:
    graph = linked(*variants("a:sales", "country", ["de"]), step("a:s", inputs={"sales": ":sales@size=x"}))

    (message,) = messages(graph, "a:s")
    assert "there is no dataset a:sales@size=x. Known in a: sales@country=de. " in message


# --- Names for the code -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "quoted"),
    [
        pytest.param("raw-orders", "':raw-orders'", id="hyphen"),
        pytest.param("raw orders", "':raw orders'", id="blank"),
        pytest.param("it's", '":it\'s"', id="quote"),
        pytest.param("2024", "':2024'", id="digits"),
    ],
)
def test_a_name_that_code_cannot_use_must_be_replaced(name: str, quoted: str) -> None:
    graph = linked(
        dataset(f"a:{name}", source="x"),
        step("a:listed", inputs=[f":{name}"]),
        step("a:named", inputs={"orders": f":{name}"}),
    )

    assert messages(graph, "a:named") == []
    (message,) = messages(graph, "a:listed")
    assert message.startswith(f"UnusableNameError: The 'inputs' field in target a:listed lists {quoted}, but ")
    assert message.endswith(f"is no name that code can use. Give it one: inputs={{'some_name': {quoted}}}.")


def test_the_only_output_of_a_function_may_have_any_name() -> None:
    graph = linked(
        step("a:one", outputs=[":a b"]),
        dataset("a:a b"),
        step("a:several", outputs=[":c d", ":e"]),
        dataset("a:c d"),
        dataset("a:e"),
    )

    assert messages(graph, "a:one") == []
    assert messages(graph, "a:several")[0].startswith("UnusableNameError: The 'outputs' field in target a:several")


def test_two_datasets_that_code_would_know_by_one_name_must_be_named_apart() -> None:
    graph = linked(
        dataset("a:flights", source="x"),
        dataset("b:flights", source="x"),
        step("a:s", inputs=[":flights", "b:flights"]),
        step("a:t", outputs=[":x", "c:x"]),
        dataset("a:x"),
        dataset("c:x"),
    )

    assert messages(graph, "a:s") == [
        "NameClashError: In target a:s, the code would know ':flights' of 'inputs' and 'b:flights' both as 'flights'. "
        "Name them apart: inputs={'flights': ':flights', 'other_flights': 'b:flights'}."
    ]
    assert messages(graph, "a:t") == [
        "NameClashError: In target a:t, the code would know ':x' of 'outputs' and 'c:x' both as 'x'. "
        "Name them apart: outputs={'x': ':x', 'other_x': 'c:x'}."
    ]


def test_an_input_and_a_parameter_of_one_name_clash_in_a_function_but_not_in_a_program() -> None:
    graph = linked(
        dataset("a:limit", source="x"),
        step("a:function", inputs=[":limit"], params={"limit": 3}),
        step("a:program", run=":binary", inputs=[":limit"], params={"limit": 3}),
    )

    assert messages(graph, "a:program") == []
    assert messages(graph, "a:function") == [
        "NameClashError: In target a:function, the code would know ':limit' of 'inputs' and a parameter of 'params' "
        "both as 'limit'. Name the dataset otherwise: inputs={'limit_data': ':limit'}."
    ]


def test_an_output_is_listed_once() -> None:
    graph = linked(step("a:s", outputs={"x": ":out", "y": "a:out"}), dataset("a:out"))

    assert messages(graph, "a:s") == [
        "RepeatedOutputError: The 'outputs' field in target a:s lists the dataset a:out twice, as ':out' and 'a:out'. "
        "Remove one."
    ]
    assert graph.steps["a:s"].outputs == (StepOutput("x", "a:out"),)
    assert messages(graph, "a:out") == []


def test_the_same_dataset_may_be_read_by_two_names() -> None:
    graph = linked(dataset("a:x", source="x"), step("a:s", inputs={"left": ":x", "right": ":x"}))

    assert graph.problems == {}


# --- Arguments of programs --------------------------------------------------------------------------------------------


def test_arguments_refer_to_what_the_step_has() -> None:
    graph = linked(
        dataset("a:x", source="x"),
        dataset("a:y"),
        step(
            "a:good",
            run=":binary",
            inputs=[":x"],
            outputs=[":y"],
            params={"n": 1},
            args=("--in={inputs.x}", "{outputs.y}:{params.n}", "{inputs}", "{other.x}", "${{inputs.x}}"),
        ),
        step("a:bad", run=":binary", inputs=[":x"], args=("{inputs.y}", "{inputs.y}", "{params.x}")),
    )

    assert messages(graph, "a:good") == []
    assert messages(graph, "a:bad") == [
        "UnknownParameterReferenceError: The 'args' field in target a:bad refers to {inputs.y}, which the step does "
        "not have. It can use: {inputs.x}. Did you mean {inputs.x}?",
        "UnknownParameterReferenceError: The 'args' field in target a:bad refers to {params.x}, which the step does "
        "not have. It can use: {inputs.x}.",
    ]


def test_arguments_are_not_blamed_for_an_input_that_is_not_found() -> None:
    graph = linked(step("a:s", run=":binary", inputs=[":x"], args=("{inputs.x}",)))

    assert [message.split(":")[0] for message in messages(graph, "a:s")] == ["UnknownDatasetError"]


# --- Who makes a dataset ----------------------------------------------------------------------------------------------


def test_a_dataset_without_files_and_producer_says_so() -> None:
    graph = linked(dataset("a:x"))

    assert messages(graph, "a:x") == [
        "NoProducerError: The dataset a:x has no 'source' and no step produces it. Give it a 'source' (or 'sources', or 'uri'), "
        "or list it in the 'outputs' field of the pipeline_step that makes it."
    ]


def test_a_dataset_with_two_producers_names_them() -> None:
    graph = linked(dataset("a:x"), step("b:second", outputs=["a:x"]), step("a:first", outputs=[":x"]))

    assert messages(graph, "a:x") == [
        "TwoProducersError: The dataset a:x has more than one producer: a:first and b:second. Exactly one may list it "
        "in 'outputs': declare a second dataset for the other."
    ]
    assert graph.datasets["a:x"].producer == "a:first"


def test_a_dataset_with_files_and_a_producer_must_give_up_one() -> None:
    graph = linked(dataset("a:x", source="x.csv"), step("a:s", outputs=[":x"]))

    assert messages(graph, "a:x") == [
        "SourceAndProducerError: The dataset a:x has a 'source' and is also an output of a:s. Remove one: a dataset is "
        "either files of the repository or the output of one step."
    ]


# --- Whose problems they are ------------------------------------------------------------------------------------------


def test_problems_matter_only_to_those_who_need_the_node() -> None:
    graph = linked(
        *chain(2),
        step("other:broken", inputs=[":nowhere"], outputs=[":made"]),
        dataset("other:made"),
        step("other:twice", outputs=[":made"]),
        pipeline("other:p", outputs=[":made"]),
    )

    assert problems_of(graph, graph.closure(["e:p"])) == ()
    found = problems_of(graph, graph.closure(["other:p"]))
    assert sorted(type(problem).__name__ for problem in found) == ["TwoProducersError", "UnknownDatasetError"]


def test_a_mistake_that_several_nodes_share_is_told_once() -> None:
    graph = linked(dataset("a:x"), step("a:s", inputs={"one": ":y", "two": ":y"}))

    assert len(graph.problems["a:s"]) == 2
    assert len(problems_of(graph, ["a:s", "a:x", "a:s"])) == 2


def test_independent_mistakes_are_raised_together() -> None:
    graph = linked(dataset("a:x"), step("a:s", inputs=[":x", ":y"], outputs=[":z"]), dataset("a:z"))

    with pytest.raises(PipelineErrors) as caught:
        raise_all(problems_of(graph, graph.closure(["a:z"])))

    lines = str(caught.value).splitlines()
    assert lines[0] == "2 mistakes in the pipeline."
    assert lines[1].startswith("1. NoProducerError: The dataset a:x")
    assert lines[2].startswith("2. UnknownDatasetError: The 'inputs' field in target a:s")


# --- Determinism and cost ---------------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=30)
@given(acyclic_targets(), st.randoms(use_true_random=False))
def test_the_order_of_declarations_does_not_change_the_graph(declared: list[Declared], shuffler: random.Random) -> None:
    shuffled = list(declared)
    shuffler.shuffle(shuffled)

    graph, other = linked(*declared), linked(*shuffled)

    assert graph == other
    assert graph_document(graph) == graph_document(other)


def test_the_order_of_declarations_does_not_change_what_is_told() -> None:
    declared: list[Declared] = [
        dataset("a:x"),
        dataset("a:sales@k=1", source="x"),
        dataset("a:sales@k=2", source="x"),
        *(step(f"a:s{number}", inputs=[":sales", ":salse"], outputs=[":x"]) for number in range(3)),
    ]

    assert linked(*declared) == linked(*reversed(declared))


def test_the_cost_is_proportional_to_the_number_of_targets() -> None:
    def cost(length: int) -> int:
        declared = chain(length)
        return count_calls(lambda: linked(*declared))

    assert cost(2_000) < 4.4 * cost(500)


def test_the_cost_of_variants_is_proportional_to_their_number() -> None:
    def cost(count: int) -> int:
        declared: list[Declared] = [dataset(f"a:d@v={number}") for number in range(count)]
        declared += [step(f"a:s@v={number}", outputs=[":d"]) for number in range(count)]
        return count_calls(lambda: linked(*declared))

    assert cost(2_000) < 4.4 * cost(500)


def test_a_mistake_in_each_of_many_steps_is_told_in_reasonable_time() -> None:
    declared: list[Declared] = [dataset(f"a:data{number:05}", source="x") for number in range(3_000)]
    declared += [step(f"a:s{number}", inputs=[f":dtaa{number:05}"]) for number in range(300)]
    started = time.perf_counter()

    graph = linked(*declared)

    # Comparing each name with all the others would take minutes.
    assert time.perf_counter() - started < 10
    problem = graph.problems["a:s7"][0]
    assert isinstance(problem, UnknownDatasetError)
    assert str(problem).endswith("and 2988 more. Did you mean 'a:data00007'?")
