"""The run as a JUnit report: a test case for each step and each validated dataset, and well-formed whatever they hold."""

from __future__ import annotations

from typing import Any, Sequence
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from builders import dataset_run, run_facts, step_run, validation_report, violation
from wombat.graph.junit import junit_report
from wombat.graph.record import DatasetRun, StepRun, run_record, validation_record


def report(steps: Sequence[StepRun], datasets: Sequence[DatasetRun] = (), **facts: Any) -> ElementTree.Element:
    """The report of a run, as a program reads it."""
    return ElementTree.fromstring(junit_report(run_record(run_facts(**facts), steps, datasets)).encode())


def case(root: ElementTree.Element, address: str) -> ElementTree.Element:
    """The test case of a step or dataset."""
    (found,) = (one for one in root.iter("testcase") if one.get("name") == address)
    return found


def test_each_step_is_a_test_case_and_its_time_is_that_of_this_run() -> None:
    root = report([step_run(), step_run("etl:train", source="remote cache")], roots=("etl:pipeline",))

    (suite,) = root.findall("testsuite")
    assert (suite.get("name"), suite.get("tests"), suite.get("failures")) == ("etl:pipeline: steps", "2", "0")
    assert [(one.get("classname"), one.get("name"), one.get("time")) for one in suite] == [
        ("step", "etl:clean", "1.250"),
        ("step", "etl:train", "0.000"),
    ]
    assert all(len(one) == 0 for one in suite)


def test_what_failed_is_a_failure_and_what_it_stopped_is_skipped() -> None:
    root = report(
        [
            step_run(result="failed", failure=("exit code", "KeyError: 'a' <b>")),
            step_run("etl:train", result="skipped", source=None, seconds=None, blocked_by=("etl:clean",)),
        ]
    )

    failure, skipped = case(root, "etl:clean").find("failure"), case(root, "etl:train").find("skipped")
    assert failure is not None and (failure.get("type"), failure.text) == ("exit code", "KeyError: 'a' <b>")
    assert skipped is not None and skipped.get("message") == "since etl:clean failed"
    assert (root[0].get("failures"), root[0].get("skipped")) == ("1", "1")


def test_a_dataset_that_breaks_its_contract_is_a_failure_with_what_the_error_says() -> None:
    validation = validation_record(validation_report(violation(message="zip has 3 nulls.", stops=True)))
    root = report(
        [step_run()],
        [
            dataset_run(
                result="failed",
                failure=("ContractViolationError", "It breaks 1 rule: zip has 3 nulls."),
                validation=validation,
            )
        ],
    )

    failure = case(root, "etl:clean_flights").find("failure")
    assert failure is not None and failure.text == "It breaks 1 rule: zip has 3 nulls."


def test_violations_that_stop_nobody_are_told_and_are_no_failure() -> None:
    validation = validation_record(validation_report(violation(message="zip has 3 nulls.")))
    root = report([step_run()], [dataset_run(validation=validation)])

    found = case(root, "etl:clean_flights")
    assert found.find("failure") is None
    assert found.findtext("system-out") == "zip has 3 nulls."


def test_a_dataset_without_a_contract_is_no_test_case() -> None:
    root = report([step_run()], [dataset_run()])

    assert [one.get("name") for one in root.iter("testcase")] == ["etl:clean"]


def test_a_run_of_nothing_has_no_suites() -> None:
    assert list(report([])) == []


@given(message=st.text(max_size=300), address=st.text(max_size=30))
def test_the_report_is_well_formed_whatever_it_holds(message: str, address: str) -> None:
    root = report([step_run(address, result="failed", failure=(message, message))], roots=(address,))

    (found,) = root.iter("testcase")
    # Of what XML cannot hold there is a sign; line ends of texts become those of XML.
    assert len(found.get("name") or "") == len(address)
    assert (found.find("failure") is not None) and len(found.findtext("failure") or "") <= len(message)


def test_a_long_message_is_cut() -> None:
    root = report([step_run(result="failed", failure=("exit code", "x" * 100_000))])

    assert len(case(root, "etl:clean").findtext("failure") or "") < 11_000
