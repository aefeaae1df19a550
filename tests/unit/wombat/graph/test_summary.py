"""The summary: plain text is stable, and the coloured one says the same."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from typing import Any, Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import count_calls, dataset_run, run_facts, step_key, step_run, validation_report, violation
from size_texts import SIZES
from wombat.graph.record import DatasetRun, StepRun, run_record, validation_record
from wombat.graph.summary import Style, render_summary, size_text, status_of

SOURCE = DatasetRun("etl:raw", "csv", "ok", version="11" * 32, size_bytes=17)


def summary(
    steps: Sequence[StepRun],
    datasets: Sequence[DatasetRun] = (),
    *,
    color: bool = False,
    reasons: Mapping[str, Sequence[str]] | None = None,
    logs: Mapping[str, str] | None = None,
    **facts: Any,
) -> str:
    """The summary of a run."""
    return render_summary(
        run_record(run_facts(**facts), steps, datasets),
        reasons=reasons or {},
        logs=logs or {},
        rerun_command="./pants run",
        style=Style(color=color),
    )


def without_escapes(text: str) -> str:
    """Text as a terminal shows it."""
    return re.sub("\033\\[[0-9;]*m", "", text)


GOOD_STEPS = (
    step_run(metrics=(("auc", 0.7123456789), ("rows", 1234567))),
    step_run("etl:join", source="local cache"),
    step_run("etl:train", source="remote cache"),
)
GOOD_DATASETS = (
    SOURCE,
    dataset_run(),
    dataset_run("etl:joined", producer="etl:join", rows=1, size_bytes=999),
    dataset_run("etl:model", producer="etl:train", format="file", rows=None, size_bytes=20_500),
    dataset_run("etl:notes", producer="etl:train", format="directory", rows=None, size_bytes=0),
)
GOOD = """\
source                    etl:raw  17 B  version 111111111111
ran               1.25 s  etl:clean
                          because source file etl/steps.py changed
                          because parameter limit changed: 10 -> 20
                          metrics auc=0.712346  rows=1234567
                          -> etl:clean_flights  327,346 rows  2.4 MB  version 0123456789ab
cached                    etl:join
                          -> etl:joined  1 row  999 B  version 0123456789ab
cached remotely           etl:train
                          -> etl:model  20.5 kB  version 0123456789ab
                          -> etl:notes  0 B  version 0123456789ab

3 steps: 1 ran, 1 cached, 1 cached remotely. 12.3 s.
Look at a dataset: ./pants run etl:notes
"""
GOOD_REASONS = {"etl:clean": ["source file etl/steps.py changed", "parameter limit changed: 10 -> 20"]}

BAD_STEPS = (
    step_run(source="local cache"),
    step_run(
        "etl:train",
        result="failed",
        seconds=61.0,
        failure=("UserCodeError", 'File "etl/model.py", line 3\n\nValueError: no rows\n'),
    ),
    step_run(
        "etl:broken", result="failed", source=None, seconds=None, key=None, failure=("EntryPointError", "no file")
    ),
    step_run(
        "etl:report", result="skipped", source=None, seconds=None, key=None, blocked_by=("etl:broken", "etl:train")
    ),
)
BAD_DATASETS = (
    SOURCE,
    DatasetRun("etl:lost", "csv", "failed", failure=("DatasetFilesError", "there is no such file.")),
    dataset_run(),
    DatasetRun("etl:model", "file", "skipped", producer="etl:train", blocked_by=("etl:train",)),
)
BAD_LOGS = {"etl:train": "reading\nfitting\n", "etl:clean": "kept 3 rows\n"}
BAD = """\
source                    etl:raw  17 B  version 111111111111
failed                    etl:lost
cached                    etl:clean
                          -> etl:clean_flights  327,346 rows  2.4 MB  version 0123456789ab
failed           61.00 s  etl:train
failed                    etl:broken
skipped                   etl:report
                          because etl:broken, etl:train failed

etl:lost failed: DatasetFilesError
  there is no such file.

etl:train failed: UserCodeError
What it printed:
  reading
  fitting
  File "etl/model.py", line 3

  ValueError: no rows

etl:broken failed: EntryPointError
  no file

etl:clean printed:
  kept 3 rows

4 steps: 1 cached, 2 failed, 1 skipped. 12.3 s.
Reproduce the failure in a kept sandbox: ./pants --keep-sandboxes=on_failure run etl:train
  Pants then prints the sandbox's directory; `sh __run.sh` in it runs the step again.
What succeeded is kept: after the mend, the same command goes on from there.
"""


def test_the_summary_of_a_good_run() -> None:
    assert summary(GOOD_STEPS, GOOD_DATASETS, reasons=GOOD_REASONS) == GOOD


def test_the_summary_of_a_bad_run() -> None:
    assert summary(BAD_STEPS, BAD_DATASETS, logs=BAD_LOGS) == BAD


def test_the_coloured_summary_says_the_same() -> None:
    good = summary(GOOD_STEPS, GOOD_DATASETS, reasons=GOOD_REASONS, color=True)
    bad = summary(BAD_STEPS, BAD_DATASETS, logs=BAD_LOGS, color=True)

    assert without_escapes(good) == GOOD
    assert without_escapes(bad) == BAD


def test_colours_tell_what_happened() -> None:
    text = summary(GOOD_STEPS, GOOD_DATASETS, color=True)
    bad = summary(BAD_STEPS, BAD_DATASETS, color=True)

    assert "\033[36mran            \033[0m" in text
    assert "\033[32mcached         \033[0m" in text
    assert "\033[32mcached remotely\033[0m" in text
    assert text.startswith("source         ")
    assert "\033[31;1mfailed         \033[0m" in bad
    assert "\033[33mskipped        \033[0m" in bad
    assert "\033[31;1metl:train failed: UserCodeError\033[0m" in bad


def test_the_plain_summary_has_no_escapes() -> None:
    assert "\033" not in summary(GOOD_STEPS, GOOD_DATASETS) + summary(BAD_STEPS, BAD_DATASETS)


def test_a_run_without_steps() -> None:
    assert summary([], [SOURCE], seconds=0.04) == (
        "source                    etl:raw  17 B  version 111111111111\n\n0 steps: none. 0.0 s.\n"
    )


def test_one_step_is_one_step() -> None:
    assert "\n1 step: 1 ran. 12.3 s.\n" in summary([step_run()])


def test_a_program_that_is_stopped_before_it_ran_has_no_seconds() -> None:
    assert summary([step_run(seconds=None)]).startswith("ran                       etl:clean\n")


# --- Contracts --------------------------------------------------------------------------------------------------------

LATE = violation(message="arr_delay: 17 rows are not at most 600.")
ODD = violation(message="carrier: 2 rows are none of AA, UA.", severity="info")
LOST = violation(message="carrier: 3 rows are null.", stops=True)


def held(*violations: Mapping[str, Any], environment: str = "development", **problem: Any) -> Mapping[str, Any]:
    """What came of holding a dataset against its contract."""
    return validation_record(validation_report(*violations, environment=environment, **problem))


CHECKED_STEPS = (step_run(), step_run("etl:join", source="local cache"))
CHECKED_DATASETS = (
    replace(SOURCE, validation=held(ODD)),
    dataset_run(validation=held(LATE, violation(message="delay: odd.", severity="warning"))),
    dataset_run("etl:joined", producer="etl:join", rows=1, size_bytes=999, validation=held()),
    dataset_run("etl:log", producer="etl:join", format="text", rows=None, size_bytes=5),
)
CHECKED = """\
source                    etl:raw  17 B  version 111111111111
                             info carrier: 2 rows are none of AA, UA.
ran               1.25 s  etl:clean
                          -> etl:clean_flights  327,346 rows  2.4 MB  version 0123456789ab
                             warning arr_delay: 17 rows are not at most 600.
                             warning delay: odd.
cached                    etl:join
                          -> etl:joined  1 row  999 B  version 0123456789ab  valid
                          -> etl:log  5 B  version 0123456789ab

2 steps: 1 ran, 1 cached. 3 contracts in development: 1 kept, 2 violated. 12.3 s.
Look at a dataset: ./pants run etl:clean_flights
"""
STOPPED_STEPS = (
    step_run(),
    step_run("etl:train", result="skipped", source=None, seconds=None, key=None, blocked_by=("etl:clean_flights",)),
)
STOPPED_DATASETS = (
    dataset_run(
        result="failed",
        validation=held(LATE, LOST, environment="production"),
        failure=("ContractViolationError", "The data of etl:clean_flights violates a rule:\n  carrier: 3 rows are null."),
    ),
    DatasetRun("etl:model", "file", "skipped", producer="etl:train", blocked_by=("etl:clean_flights",)),
)
STOPPED = """\
ran               1.25 s  etl:clean
                          -> etl:clean_flights  327,346 rows  2.4 MB  version 0123456789ab
                             warning arr_delay: 17 rows are not at most 600.
skipped                   etl:train
                          because etl:clean_flights failed

etl:clean_flights failed: ContractViolationError
  The data of etl:clean_flights violates a rule:
    carrier: 3 rows are null.

2 steps: 1 ran, 1 skipped. 1 contract in production: 1 violated. 12.3 s.
What succeeded is kept: after the mend, the same command goes on from there.
"""


def test_each_violation_that_stops_nobody_is_a_line_below_its_dataset() -> None:
    assert summary(CHECKED_STEPS, CHECKED_DATASETS) == CHECKED


def test_a_violation_that_stops_the_dataset_is_told_with_its_failure() -> None:
    assert summary(STOPPED_STEPS, STOPPED_DATASETS) == STOPPED


def test_warnings_are_coloured_and_otherwise_the_same() -> None:
    text = summary(CHECKED_STEPS, CHECKED_DATASETS, color=True)

    assert without_escapes(text) == CHECKED
    assert without_escapes(summary(STOPPED_STEPS, STOPPED_DATASETS, color=True)) == STOPPED
    assert "\033[33mwarning\033[0m arr_delay: 17 rows" in text
    assert "\033[2minfo\033[0m carrier: 2 rows" in text


def test_where_all_contracts_are_kept_none_is_violated() -> None:
    text = summary([step_run()], [dataset_run(validation=held())])

    assert "\n1 step: 1 ran. 1 contract in development: 1 kept. 12.3 s.\n" in text
    assert text.endswith("Look at a dataset: ./pants run etl:clean_flights\n")


def test_a_contract_of_data_that_cannot_be_read_is_not_kept() -> None:
    problem = {"kind": "DataError", "message": "it is no parquet file."}
    dataset = dataset_run(result="failed", validation=held(problem=problem), failure=("ContractViolationError", "no"))

    assert "1 contract in development: 1 violated." in summary([step_run()], [dataset])


def test_of_violated_datasets_the_last_is_to_be_looked_at() -> None:
    datasets = [
        dataset_run("etl:first", validation=held(LATE)),
        dataset_run("etl:second", validation=held(LATE)),
        dataset_run("etl:third", validation=held()),
    ]

    assert summary([step_run()], datasets).endswith("Look at a dataset: ./pants run etl:second\n")
    assert summary([step_run()], datasets, overrides=("clean.limit=1",)).endswith("12.3 s.\n")


# --- What to do next --------------------------------------------------------------------------------------------------


def test_the_command_that_shows_a_dataset_is_quoted_for_the_shell() -> None:
    text = summary([step_run()], [dataset_run("etl:it's $HOME")])

    command = text.splitlines()[-1].partition("dataset: ")[2]
    assert shlex.split(command) == ["./pants", "run", "etl:it's $HOME"]


def test_after_a_run_with_other_parameters_no_dataset_is_recommended() -> None:
    assert summary(GOOD_STEPS, GOOD_DATASETS, overrides=("clean.limit=1",)).endswith("12.3 s.\n")


@pytest.mark.parametrize(
    ("roots", "command"),
    [
        pytest.param(
            ("etl:pipeline",),
            ["./pants", "--keep-sandboxes=on_failure", "run", "etl:pipeline", "--", "train.name=it's a b"],
            id="one-root",
        ),
        pytest.param(
            ("etl:pipeline", "b:p"),
            [
                "./pants",
                "--keep-sandboxes=on_failure",
                "run-pipelines",
                "etl:pipeline",
                "b:p",
                "--",
                "train.name=it's a b",
            ],
            id="several-roots",
        ),
    ],
)
def test_a_failure_with_other_parameters_is_reproduced_with_them(roots: tuple[str, ...], command: list[str]) -> None:
    text = summary(BAD_STEPS, BAD_DATASETS, roots=roots, overrides=("train.name=it's a b",))

    line = next(line for line in text.splitlines() if line.startswith("Reproduce"))
    assert shlex.split(line.partition("sandbox: ")[2]) == command


def test_a_failure_before_anything_ran_cannot_be_reproduced_in_a_sandbox() -> None:
    text = summary([BAD_STEPS[2]])

    assert "Reproduce" not in text
    assert text.endswith("the same command goes on from there.\n")


# --- Details ----------------------------------------------------------------------------------------------------------


def test_of_a_progress_bar_only_the_end_is_shown() -> None:
    logs = {"etl:clean": "\r 10%\r 50%\r100%\nok\r\n\x0bform\u2028feed\n\n"}

    assert "etl:clean printed:\n  100%\n  ok\n  \x0bform\u2028feed\n\n" in summary([step_run()], logs=logs)


@pytest.mark.parametrize("log", ["", "\n", " \n\t\n"])
def test_a_log_with_nothing_in_it_is_not_shown(log: str) -> None:
    assert "printed" not in summary([step_run()], logs={"etl:clean": log})


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param(3, "3", id="integer"),
        pytest.param(123456789, "123456789", id="large-integer"),
        pytest.param(0.1 + 0.2, "0.3", id="float"),
        pytest.param(1234567.0, "1.23457e+06", id="large-float"),
        pytest.param(-1e-9, "-1e-09", id="small-float"),
    ],
)
def test_metrics_are_short_but_whole_numbers_are_whole(value: float, text: str) -> None:
    assert f"metrics m={text}\n" in summary([step_run(metrics=(("m", value),))])


@pytest.mark.parametrize(("size_bytes", "text"), SIZES)
def test_a_size_has_three_digits_and_a_unit(size_bytes: int, text: str) -> None:
    assert size_text(size_bytes) == text


@given(st.integers(0, 10**18))
def test_a_size_is_never_far_from_the_truth_and_never_long(size_bytes: int) -> None:
    number, unit = size_text(size_bytes).split(" ")
    factor = 1000 ** ["B", "kB", "MB", "GB", "TB", "PB"].index(unit)

    assert len(number) <= 5
    assert abs(float(number.replace(",", "")) * factor - size_bytes) <= 0.005 * size_bytes + 0.5


@pytest.mark.parametrize(
    ("result", "source", "status"),
    [
        ("ok", "ran", "ran"),
        ("ok", "local cache", "cached"),
        ("ok", "remote cache", "cached remotely"),
        ("failed", "ran", "failed"),
        ("failed", None, "failed"),
        ("skipped", None, "skipped"),
    ],
)
def test_the_status_of_a_step(result: str, source: str | None, status: str) -> None:
    assert status_of({"result": result, "source": source}) == status


def test_the_cost_is_proportional_to_the_run() -> None:
    def cost(length: int) -> int:
        steps = [step_run(f"a:s{number}", key=step_key()) for number in range(length)]
        failing = replace(steps[0], result="failed", failure=("X", "y"))
        validation = held(LATE, ODD)
        datasets = [
            dataset_run(f"a:d{number}", producer=f"a:s{number}", validation=validation) for number in range(length)
        ]
        record = run_record(run_facts(), [failing, *steps[1:]], datasets)
        logs = {step.address: "hello\n" for step in steps}
        reasons = {step.address: ["input x changed"] for step in steps}
        return count_calls(
            lambda: render_summary(record, reasons=reasons, logs=logs, rerun_command="p run", style=Style(True))
        )

    assert cost(2_000) < 4.4 * cost(500)
