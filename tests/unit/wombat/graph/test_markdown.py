"""The summary as Markdown: a table that holds whatever names and messages hold, and that stays small."""

from __future__ import annotations

import re
from typing import Any, List, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import dataset_run, run_facts, step_run, validation_report, violation
from wombat.graph.markdown import LARGEST_SUMMARY_BYTES, markdown_summary
from wombat.graph.record import DatasetRun, StepRun, run_record, validation_record


def summary(steps: Sequence[StepRun], datasets: Sequence[DatasetRun] = (), **facts: Any) -> str:
    """The summary of a run."""
    return markdown_summary(run_record(run_facts(**facts), steps, datasets))


def rows_of(text: str) -> List[List[str]]:
    """The cells of the table below its head."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines[2:]]


def test_each_step_is_a_line_with_what_it_made() -> None:
    text = summary(
        [step_run(), step_run("etl:train", source="remote cache")],
        [dataset_run(), dataset_run("etl:model", producer="etl:train", rows=None, size_bytes=20_500)],
        roots=("etl:pipeline",),
        seconds=12.3,
    )

    assert text == (
        "### `etl:pipeline`\n\n"
        "2 steps: 1 ran, 1 cached remotely. 12.3 s.\n\n"
        "| step | result | time | datasets |\n"
        "| --- | --- | ---: | --- |\n"
        "| `etl:clean` | ran | 1.25 s | `etl:clean_flights` 327,346 rows, 2.4 MB, `0123456789ab` |\n"
        "| `etl:train` | cached remotely |  | `etl:model` 20.5 kB, `0123456789ab` |\n\n"
    )


def test_a_failure_is_told_below_the_table_and_what_it_stopped_in_it() -> None:
    text = summary(
        [
            step_run(result="failed", failure=("exit code", "Traceback\n```\nKeyError")),
            step_run("etl:train", result="skipped", source=None, seconds=None, blocked_by=("etl:clean",)),
        ]
    )

    assert rows_of(text) == [
        ["`etl:clean`", "**failed**", "1.25 s", ""],
        ["`etl:train`", "skipped", "", "since `etl:clean` failed"],
    ]
    assert "`etl:clean` failed: exit code\n\n````\nTraceback\n```\nKeyError\n````\n" in text


@pytest.mark.parametrize(
    ("report", "expected"),
    [
        pytest.param(validation_report(), "valid", id="kept"),
        pytest.param(validation_report(violation()), "**1 rule violated**", id="one"),
        pytest.param(validation_report(violation(), violation(stops=True)), "**2 rules violated**", id="two"),
        pytest.param(
            validation_report(problem={"kind": "type", "message": "no parquet"}), "**cannot be read**", id="not read"
        ),
    ],
)
def test_a_dataset_says_whether_it_keeps_its_contract(report: Any, expected: str) -> None:
    text = summary([step_run()], [dataset_run(validation=validation_record(report))])

    assert rows_of(text)[0][3].endswith(f", {expected}")


def test_of_many_datasets_some_are_shown() -> None:
    text = summary([step_run()], [dataset_run(f"etl:data_{number}") for number in range(8)])

    assert rows_of(text)[0][3].count("<br>") == 5 and rows_of(text)[0][3].endswith("<br>and 3 more")


def test_of_a_huge_run_what_failed_is_shown_and_the_size_is_bounded() -> None:
    steps = [step_run(f"etl:{'s' * 200}_{number}", source="local cache") for number in range(5000)]
    steps[4000] = step_run("etl:broken", result="failed", failure=("exit code", "x" * 100_000))

    text = summary(steps)

    assert len(text.encode()) < LARGEST_SUMMARY_BYTES + 1000
    left_out = re.search(r"^(\d+) more steps", text, re.MULTILINE)
    assert left_out is not None and int(left_out.group(1)) + len(rows_of(text)) == 5000
    assert ["`etl:broken`", "**failed**", "1.25 s", ""] in rows_of(text)


@given(st.text(min_size=1).filter(str.strip))
def test_no_name_breaks_the_table(name: str) -> None:
    text = summary([step_run(f"etl:{name}")], [dataset_run(f"etl:{name}")])

    (row,) = rows_of(text)
    assert row[1:3] == ["ran", "1.25 s"]
    fence = re.match("`+", row[0])
    assert fence is not None and row[0].count(fence.group()) >= 2
    inner = row[0][len(fence.group()) : -len(fence.group())]
    assert fence.group() not in inner and inner.strip().replace("\\|", "|") == " ".join(f"etl:{name}".split())
