"""What a step states that it needs is of inputs that it has."""

from __future__ import annotations

from builders import dataset, linked, messages, step
from wombat.graph.contracts import ContractName


def test_a_step_may_state_what_it_needs_of_the_inputs_that_it_has() -> None:
    graph = linked(
        dataset("a:x", source="x.csv"),
        dataset("b:raw", source="x.csv"),
        step(
            "a:s",
            inputs={"x": ":x", "rows": "b:raw"},
            expects=(("rows", ContractName("a/rows.odcs.yaml")), ("x", ContractName("a/x.odcs.yaml", "y"))),
        ),
    )

    assert graph.problems == {}


def test_an_expectation_of_an_input_that_is_not_there_is_told_with_those_that_are() -> None:
    contract = ContractName("a/x.odcs.yaml")
    graph = linked(
        dataset("a:flights", source="x.csv"),
        dataset("a:places", source="x.csv"),
        step("a:s", inputs=[":flights", ":places"], expects=(("flight", contract), ("places", contract), ("zzz", contract))),
        step("a:none", expects=(("x", contract),)),
    )

    assert messages(graph, "a:s") == [
        "UnknownExpectationError: The 'expects' field in target a:s names 'flight', but the step has no such input. Its "
        "inputs: flights, places. Did you mean 'flights'?",
        "UnknownExpectationError: The 'expects' field in target a:s names 'zzz', but the step has no such input. Its "
        "inputs: flights, places. Correct the name, or remove the entry.",
    ]
    assert messages(graph, "a:none") == [
        "UnknownExpectationError: The 'expects' field in target a:none names 'x', but the step has no such input. Its "
        "inputs: none. Correct the name, or remove the entry."
    ]


def test_an_expectation_is_not_blamed_for_an_input_that_is_not_found() -> None:
    graph = linked(step("a:s", inputs=[":x"], expects=(("x", ContractName("a/x.odcs.yaml")),)))

    assert [message.split(":")[0] for message in messages(graph, "a:s")] == ["UnknownDatasetError"]
