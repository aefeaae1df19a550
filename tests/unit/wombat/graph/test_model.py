"""What the pipeline graph answers: order, cycles, what is delivered."""

from __future__ import annotations

from typing import Any, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import Declared, chain, count_calls, dataset, graph_of, linked, pipeline, step
from strategies import acyclic_targets
from wombat.graph.errors import PipelineCycleError
from wombat.graph.formats import Format
from wombat.graph.model import DatasetNode, PipelineGraph, PipelineNode, StepInput, StepNode, StepOutput


def test_a_node_is_found_whatever_its_kind() -> None:
    graph = graph_of(*chain(1))

    assert isinstance(graph.node("e:d0"), DatasetNode)
    assert isinstance(graph.node("e:s0"), StepNode)
    assert isinstance(graph.node("e:p"), PipelineNode)
    assert "e:s0" in graph
    assert "e:s1" not in graph
    with pytest.raises(KeyError, match="e:s1"):
        graph.node("e:s1")


def test_a_dataset_is_a_source_if_its_files_lie_in_the_repository() -> None:
    graph = graph_of(*chain(1))

    assert graph.datasets["e:d0"].is_source
    assert not graph.datasets["e:d1"].is_source


def test_upstream_is_what_a_node_needs_directly_in_the_order_of_its_declaration() -> None:
    graph = graph_of(
        dataset("a:z", source="z.csv"),
        dataset("a:b", source="b.csv"),
        step("a:join", inputs=[":z", ":b"], outputs=[":both"]),
        dataset("a:both"),
        pipeline("a:p", outputs=[":both", ":b"]),
    )

    assert graph.upstream("a:join") == ("a:z", "a:b")
    assert graph.upstream("a:both") == ("a:join",)
    assert graph.upstream("a:z") == ()
    assert graph.upstream("a:p") == ("a:both", "a:b")
    assert graph.closure(["a:p"]) == ("a:z", "a:b", "a:join", "a:both", "a:p")


def test_everything_comes_after_what_it_needs() -> None:
    graph = graph_of(*chain(2))

    assert graph.closure(["e:p"]) == ("e:d0", "e:s0", "e:d1", "e:s1", "e:d2", "e:p")
    assert graph.closure(["e:d1", "e:d0"]) == ("e:d0", "e:s0", "e:d1")


def test_a_step_that_is_asked_for_brings_its_outputs_along() -> None:
    graph = graph_of(
        step("a:make", outputs=[":one", ":two"]),
        dataset("a:one"),
        dataset("a:two"),
        step("a:use", inputs=[":one"], outputs=[":three"]),
        dataset("a:three"),
        pipeline("a:by_step", outputs=[":use"]),
        pipeline("a:outer", outputs=[":by_step"]),
    )

    assert graph.closure(["a:make"]) == ("a:make", "a:one", "a:two")
    assert graph.closure(["a:use"]) == ("a:make", "a:one", "a:use", "a:three")
    assert graph.closure(["a:by_step"]) == ("a:make", "a:one", "a:use", "a:three", "a:by_step")
    assert graph.closure(["a:outer"])[-3:] == ("a:three", "a:by_step", "a:outer")


def test_every_dataset_that_is_delivered_is_part_of_the_closure() -> None:
    graph = graph_of(
        step("a:make", outputs=[":one", ":two"]),
        dataset("a:one"),
        dataset("a:two"),
        pipeline("a:inner", outputs=[":make"]),
        pipeline("a:outer", outputs=[":inner", ":two"]),
    )

    for root in ("a:make", "a:inner", "a:outer"):
        assert graph.delivered_by(root) == ("a:one", "a:two")
        assert set(graph.delivered_by(root)) <= set(graph.closure([root]))


def test_what_has_no_node_is_left_out_of_the_order() -> None:
    graph = linked(
        step("a:make", inputs=[":nowhere"], outputs=[":one"]), dataset("a:one"), pipeline("a:p", outputs=[":one", ":x"])
    )

    assert graph.closure(["a:p"]) == ("a:make", "a:one", "a:p")


def test_an_unknown_root_is_an_error() -> None:
    with pytest.raises(KeyError, match="a:x"):
        PipelineGraph().closure(["a:x"])
    with pytest.raises(KeyError, match="a:x"):
        PipelineGraph().delivered_by("a:x")


def test_a_cycle_is_printed_in_order() -> None:
    graph = graph_of(
        dataset("a:start", source="start.csv"),
        step("a:first", inputs=[":start", ":y"], outputs=[":x"]),
        dataset("a:x"),
        step("a:second", inputs=[":x"], outputs=[":y"]),
        dataset("a:y"),
        step("a:report", inputs=[":y"], outputs=[":text"]),
        dataset("a:text"),
    )

    with pytest.raises(PipelineCycleError) as caught:
        graph.closure(["a:text"])

    assert caught.value.path == ("a:y", "a:second", "a:x", "a:first", "a:y")
    assert str(caught.value) == (
        "The pipeline has a cycle: a:y -> a:second -> a:x -> a:first -> a:y (each needs the one after it). "
        "Remove one of these datasets from the 'inputs' of the step that reads it."
    )


def test_a_step_that_reads_what_it_makes_is_a_cycle() -> None:
    graph = graph_of(step("a:loop", inputs=[":x"], outputs={"x2": ":x"}), dataset("a:x"))

    with pytest.raises(PipelineCycleError, match=r"a:x -> a:loop -> a:x \("):
        graph.closure(["a:x"])
    with pytest.raises(PipelineCycleError, match=r"a:loop -> a:x -> a:loop \("):
        graph.closure(["a:loop"])


def test_a_cycle_of_pipelines_is_printed_with_what_mends_it() -> None:
    graph = graph_of(
        pipeline("a:p", outputs=[":q"]), pipeline("a:q", outputs=["b:r"]), pipeline("b:r", outputs=["a:p"])
    )

    with pytest.raises(PipelineCycleError) as caught:
        graph.closure(["a:p"])

    assert str(caught.value) == (
        "The pipeline has a cycle: a:p -> a:q -> b:r -> a:p (each needs the one after it). "
        "Remove one of these pipelines from the 'outputs' of the one before it."
    )


def test_a_pipeline_that_delivers_itself_is_a_cycle_and_delivers_what_else_it_has() -> None:
    graph = graph_of(dataset("a:x", source="x.csv"), pipeline("a:p", outputs=[":p", ":x"]))

    with pytest.raises(PipelineCycleError, match=r"a:p -> a:p \(.*'outputs'"):
        graph.closure(["a:p"])
    assert graph.delivered_by("a:p") == ("a:x",)


def referring(address: str, *, to: Sequence[str], **fields: Any) -> Declared:
    """A dataset whose contract has foreign keys to others."""
    return dataset(address, references=tuple(to), **fields)


def test_a_dataset_comes_after_the_step_that_makes_what_its_foreign_keys_refer_to() -> None:
    graph = graph_of(
        referring("a:orders", to=["a:users", "a:places", "a:items"]),
        step("a:take", outputs=[":orders"]),
        step("a:register", outputs=[":users", ":items"]),
        dataset("a:users"),
        dataset("a:items"),
        dataset("a:places", source="places.csv"),
    )

    assert graph.upstream("a:orders") == ("a:take", "a:register")
    assert graph.closure(["a:orders"]) == ("a:take", "a:register", "a:orders")


def test_a_source_comes_after_the_step_that_makes_what_its_foreign_keys_refer_to() -> None:
    graph = graph_of(
        referring("a:orders", to=["a:users"], source="orders.csv"), step("a:make", outputs=[":users"]), dataset("a:users")
    )

    assert graph.closure(["a:orders"]) == ("a:make", "a:orders")


def test_a_foreign_key_to_what_is_not_part_of_the_graph_leads_nowhere() -> None:
    graph = graph_of(referring("a:orders", to=["a:users"], source="orders.csv"))

    assert graph.upstream("a:orders") == ()


def test_outputs_of_one_step_may_refer_to_each_other_and_to_themselves() -> None:
    graph = graph_of(
        step("a:make", outputs=[":orders", ":users"]),
        referring("a:orders", to=["a:users"]),
        referring("a:users", to=["a:orders", "a:users"]),
    )

    assert graph.closure(["a:make"]) == ("a:make", "a:orders", "a:users")


def test_outputs_of_two_steps_may_refer_to_each_other() -> None:
    graph = graph_of(
        step("a:take", outputs=[":orders"]),
        step("a:register", outputs=[":users"]),
        referring("a:orders", to=["a:users"]),
        referring("a:users", to=["a:orders"]),
    )

    assert graph.closure(["a:orders", "a:users"]) == ("a:take", "a:register", "a:orders", "a:users")


def test_a_foreign_key_to_what_is_made_of_the_dataset_itself_is_a_cycle_with_what_mends_it() -> None:
    graph = graph_of(
        referring("a:orders", to=["a:users"], source="orders.csv"),
        step("a:collect", inputs=[":orders"], outputs=[":users"]),
        dataset("a:users"),
    )

    with pytest.raises(PipelineCycleError) as caught:
        graph.closure(["a:users"])

    assert str(caught.value) == (
        "The pipeline has a cycle: a:collect -> a:orders -> a:collect (each needs the one after it). "
        "The contract of a:orders has a foreign key to what a:collect makes. Remove the relationship, or one of these "
        "datasets from the 'inputs' of the step that reads it."
    )


def test_a_cycle_through_several_foreign_keys_names_them_all() -> None:
    graph = graph_of(
        referring("a:x", to=["a:from_y"], source="x.csv"),
        referring("a:y", to=["a:from_x"], source="y.csv"),
        step("a:of_x", inputs=[":x"], outputs=[":from_x"]),
        step("a:of_y", inputs=[":y"], outputs=[":from_y"]),
        dataset("a:from_x"),
        dataset("a:from_y"),
    )

    with pytest.raises(PipelineCycleError) as caught:
        graph.closure(["a:x"])

    assert caught.value.path == ("a:x", "a:of_y", "a:y", "a:of_x", "a:x")
    assert (
        "The contract of a:x has a foreign key to what a:of_y makes. The contract of a:y has a foreign key to what "
        "a:of_x makes. Remove the relationship, or" in str(caught.value)
    )


def test_a_cycle_stops_only_those_who_need_it() -> None:
    graph = graph_of(step("a:loop", inputs=[":x"], outputs={"x2": ":x"}), dataset("a:x"), *chain(1))

    assert graph.closure(["e:p"])[-1] == "e:p"


def test_what_is_delivered_comes_in_the_order_of_declaration_each_once() -> None:
    graph = graph_of(
        dataset("a:x", source="x.csv"),
        step("a:make", outputs=[":z", ":y"]),
        dataset("a:z"),
        dataset("a:y"),
        pipeline("a:inner", outputs=[":y", ":x"]),
        pipeline("a:outer", outputs=[":make", ":inner", ":x"]),
    )

    assert graph.delivered_by("a:outer") == ("a:z", "a:y", "a:x")
    assert graph.delivered_by("a:make") == ("a:z", "a:y")
    assert graph.delivered_by("a:x") == ("a:x",)


def test_pipelines_of_pipelines_that_meet_again_are_gone_through_once() -> None:
    declared: list[Declared] = [dataset("a:x", source="x.csv"), pipeline("a:p0", outputs=[":x"])]
    for number in range(1, 60):
        # Gone through along every path this would be 2^60 steps.
        declared += [
            pipeline(f"a:left{number}", outputs=[f":p{number - 1}"]),
            pipeline(f"a:right{number}", outputs=[f":p{number - 1}"]),
            pipeline(f"a:p{number}", outputs=[f":left{number}", f":right{number}"]),
        ]
    graph = graph_of(*declared)

    assert graph.delivered_by("a:p59") == ("a:x",)
    assert len(graph.closure(["a:p59"])) == 2 + 3 * 59


def test_a_part_of_the_graph_has_its_nodes_and_their_problems_only() -> None:
    graph = linked(*chain(2), dataset("e:lost"), dataset("e:lost_too"))

    part = graph.restricted_to(["e:p", "e:s1", "e:d2", "e:lost"])

    assert list(part.datasets) == ["e:d2", "e:lost"]
    assert list(part.steps) == ["e:s1"]
    assert list(part.pipelines) == ["e:p"]
    assert list(part.problems) == ["e:lost"]
    assert part.closure(["e:p"]) == ("e:s1", "e:d2", "e:p")


def test_a_step_asked_for_in_a_part_of_the_graph_has_the_outputs_that_are_there() -> None:
    step_node = StepNode("a:s", outputs=(StepOutput("x", "a:x"), StepOutput("y", "a:y")))
    graph = PipelineGraph(datasets={"a:y": DatasetNode("a:y", Format.CSV, producer="a:s")}, steps={"a:s": step_node})

    assert graph.closure(["a:s"]) == ("a:s", "a:y")


@settings(deadline=None, max_examples=30)
@given(acyclic_targets(), st.data())
def test_the_order_respects_every_edge_and_holds_exactly_what_is_needed(
    declared: list[Declared], data: st.DataObject
) -> None:
    graph = graph_of(*declared)
    nodes = [*graph.datasets, *graph.steps, *graph.pipelines]
    roots = data.draw(st.lists(st.sampled_from(nodes), min_size=1, max_size=4))

    order = graph.closure(roots)

    position = {address: place for place, address in enumerate(order)}
    assert len(position) == len(order)
    for address in order:
        for needed in graph.upstream(address):
            assert position[needed] < position[address]
    assert set(roots) <= set(order)
    wanted = {*roots, *(found for root in roots for found in graph.delivered_by(root))}
    assert set(order) == set(graph.closure(sorted(wanted)))


def test_a_chain_deeper_than_the_stack_is_put_in_order_in_proportional_time() -> None:
    def cost(length: int) -> int:
        inputs = [(StepInput("d", f"d{number}"),) for number in range(length)]
        graph = PipelineGraph(
            datasets={
                f"d{n}": DatasetNode(f"d{n}", Format.CSV, producer=f"s{n - 1}" if n else None)
                for n in range(length + 1)
            },
            steps={
                f"s{n}": StepNode(f"s{n}", inputs=inputs[n], outputs=(StepOutput(None, f"d{n + 1}"),))
                for n in range(length)
            },
            pipelines={"p": PipelineNode("p", outputs=(f"d{length}",))},
        )

        def work() -> None:
            order = graph.closure(["p"])
            assert len(order) == 2 * length + 2
            graph.restricted_to(order)
            graph.delivered_by("p")

        return count_calls(work)

    assert cost(10_000) < 4.2 * cost(2_500)
