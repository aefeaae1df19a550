"""What `check` says of contracts: who, which column, what is promised, what is needed, and where both stand."""

from __future__ import annotations

import json
from typing import Any, Collection, List, Optional, Sequence, Tuple

import pytest

from builders import contract_changes, contract_comparison, mismatch
from wombat.graph.contract_check import (
    Comparison,
    Consumer,
    Finding,
    change_findings,
    mismatch_findings,
    no_promise_finding,
    removal_finding,
    report_text,
)

# --- Promise and need -------------------------------------------------------------------------------------------------


def found_in(*mismatches: Any, need: str = "ml/train.odcs.yaml", producer: Optional[str] = "etl:clean") -> List[Finding]:
    """The findings of a comparison."""
    comparison = Comparison("etl:flights", producer, "etl/flights.odcs.yaml", "ml:train", "flights", need)
    return mismatch_findings(comparison, json.dumps(contract_comparison(*mismatches)).encode())


def test_a_mismatch_names_consumer_producer_column_need_and_promise_with_their_places() -> None:
    found = found_in(
        mismatch(column="delay", promise="at most 900", need="at most 600", promise_line=12, need_line=8)
    )

    assert found == [
        Finding(
            "ml:train, input 'flights': column 'delay' of etl:flights is not what it needs (maximum).\n"
            "  needed: at most 600 (ml/train.odcs.yaml:8)\n"
            "  promised: at most 900 (etl/flights.odcs.yaml:12; made by etl:clean)",
            fails=True,
        )
    ]


def test_of_files_of_the_repository_there_is_no_step_to_name() -> None:
    (found,) = found_in(mismatch(), producer=None)

    assert found.text.endswith("(etl/flights.odcs.yaml:12; files of the repository)")


def test_a_mismatch_of_the_whole_dataset_names_no_column() -> None:
    (found,) = found_in(mismatch(column=None, aspect="extraColumns", promise="any others", need="no others"))

    assert found.text.startswith("ml:train, input 'flights': etl:flights is not what it needs (extraColumns).\n")


def test_a_place_without_a_line_is_the_file() -> None:
    (found,) = found_in(mismatch(promise_line=0, need_line=0))

    assert "(ml/train.odcs.yaml)\n" in found.text
    assert found.text.endswith("(etl/flights.odcs.yaml; made by etl:clean)")


@pytest.mark.parametrize(
    ("file", "place"),
    [
        pytest.param("ml/train.py", "(Flight in ml/train.py:8)", id="class"),
        pytest.param("ml/base.py", "(Flight in ml/train.py, ml/base.py:8)", id="inherited-member"),
        pytest.param("", "(Flight in ml/train.py:8)", id="no-file"),
    ],
)
def test_a_need_in_code_is_the_class_of_the_rows_and_where_it_says_so(file: str, place: str) -> None:
    comparison = Comparison("etl:flights", "etl:clean", "etl/flights.odcs.yaml", "ml:train", "flights", "")
    document = contract_comparison(mismatch(need_file=file), need_title="Flight in ml/train.py")

    (found,) = mismatch_findings(comparison, json.dumps(document).encode())

    assert place in found.text


@pytest.mark.parametrize(("severity", "fails"), [("error", True), ("warning", False), ("info", False)])
def test_only_a_need_of_severity_error_fails(severity: str, fails: bool) -> None:
    (found,) = found_in(mismatch(severity=severity))

    assert found.fails is fails


def test_a_promise_that_meets_the_need_finds_nothing() -> None:
    assert found_in() == []


def test_an_expectation_of_a_dataset_without_a_contract_says_what_to_write() -> None:
    assert no_promise_finding("ml:train", "flights", "etl:flights", "ml/train.odcs.yaml") == Finding(
        "ml:train, input 'flights': needs what ml/train.odcs.yaml says, but etl:flights has no contract and promises "
        "nothing. Set its 'contract', or remove the entry from 'expects'.",
        fails=True,
    )


# --- Changes ----------------------------------------------------------------------------------------------------------

READS = (
    Consumer("ml:train", "flights", states_need=True),
    Consumer("ml:report", "rows", states_need=False),
    Consumer("web:show", "flights", states_need=True),
)


def changed(
    kind: str,
    *,
    version_ok: bool = True,
    consumers: Sequence[Consumer] = READS,
    harmed: Collection[Tuple[str, str]] = (("ml:train", "flights"),),
) -> List[Finding]:
    """The findings of a contract in which something of each class changed."""
    document = contract_changes(kind, version_ok=version_ok)
    return change_findings("etl/flights.odcs.yaml", json.dumps(document).encode(), "main", consumers, harmed)


def test_a_breaking_change_names_those_whom_it_hits_and_how_the_version_must_move() -> None:
    assert changed("breaking", version_ok=False) == [
        Finding(
            "etl/flights.odcs.yaml: breaking change since main.\n"
            "  etl/flights.odcs.yaml:12: Column 'delay' of 'flights' was removed.\n"
            "  hits ml:train (input 'flights'): its stated need is no longer met.\n"
            "  hits ml:report (input 'rows'): it states no need in 'expects'.\n"
            "  the version was 1.2.0, is 1.2.0; a breaking change needs at least 2.0.0.",
            fails=True,
        )
    ]


def test_a_breaking_change_with_a_new_version_is_told_and_fails_nothing() -> None:
    (found,) = changed("breaking")

    assert not found.fails
    assert "the version" not in found.text


def test_a_breaking_change_that_hits_nobody_says_so() -> None:
    (all_met,) = changed("breaking", consumers=READS[2:])
    (unread,) = changed("breaking", consumers=())

    assert all_met.text.endswith("\n  hits nobody in this repository.")
    assert unread.text.endswith("\n  hits nobody in this repository.")


def test_a_compatible_change_hits_nobody_and_shows_what_is_compatible() -> None:
    (found,) = changed("compatible", version_ok=False)

    assert found == Finding(
        "etl/flights.odcs.yaml: compatible change since main.\n"
        "  etl/flights.odcs.yaml:14: Column 'carrier' of 'flights' was added.\n"
        "  the version was 1.2.0, is 1.2.0; a compatible change needs at least 1.3.0.",
        fails=True,
    )


def test_a_change_of_the_documentation_is_told_as_such() -> None:
    (found,) = changed("documentation")

    assert found == Finding(
        "etl/flights.odcs.yaml: documentation change since main.\n"
        "  etl/flights.odcs.yaml:3: The documentation changed: description.",
        fails=False,
    )


def test_a_change_without_a_line_is_at_the_file() -> None:
    document = contract_changes("breaking")
    document["changes"][0]["line"] = 0

    (found,) = change_findings("a.odcs.yaml", json.dumps(document).encode(), "main", (), ())

    assert "\n  a.odcs.yaml: Column 'delay' of 'flights' was removed.\n" in found.text


def test_a_contract_that_says_the_same_as_before_is_not_told() -> None:
    assert changed("none") == []


def test_a_version_that_went_back_is_told_even_if_nothing_else_changed() -> None:
    document = contract_changes("none", version_ok=False, version_text="was 1.2.0, is 1.1.0, which is lower")

    assert change_findings("a.odcs.yaml", json.dumps(document).encode(), "main", (), ()) == [
        Finding("a.odcs.yaml: no change since main.\n  the version was 1.2.0, is 1.1.0, which is lower.", fails=True)
    ]


def test_a_former_contract_that_was_not_right_is_not_compared() -> None:
    text = "is not compared, as the former contract was not right (line 3: unknown key 'colum'.)"
    document = contract_changes("unknown", version_text=text)

    assert change_findings("a.odcs.yaml", json.dumps(document).encode(), "main", READS, ()) == [
        Finding(
            "a.odcs.yaml is not compared, as the former contract was not right (line 3: unknown key 'colum'.).", fails=False
        )
    ]


def test_a_contract_that_is_gone_is_told_and_fails_nothing() -> None:
    assert removal_finding("etl/old.odcs.yaml", "main", "Flights 1.0.0") == Finding(
        "etl/old.odcs.yaml: removed since main; nothing is promised any more as Flights 1.0.0.", fails=False
    )


# --- The report -------------------------------------------------------------------------------------------------------


def test_what_fails_stands_last_and_then_what_was_checked() -> None:
    findings = [Finding("one"), Finding("two", fails=False), Finding("three"), Finding("four", fails=False)]

    assert report_text(findings, (3, 1, 0)) == "two\nfour\none\nthree\nChecked 3 contracts, 1 stated need.\n"


@pytest.mark.parametrize(
    ("checked", "line"),
    [
        ((1, 0, 0), "Checked 1 contract, 0 stated needs.\n"),
        ((1_000, 2, 1), "Checked 1000 contracts, 2 stated needs, 1 changed contract.\n"),
    ],
)
def test_without_findings_the_report_says_what_was_checked(checked: Tuple[int, int, int], line: str) -> None:
    assert report_text([], checked) == line
