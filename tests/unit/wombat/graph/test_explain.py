"""Why a step ran: whatever moves in its key is named, down to the file or parameter."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any, Iterator, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import count_calls, explain_step, run_facts, step_key, step_run
from wombat.graph.record import StepKey, StepRun, explain_steps, run_record

Record = Mapping[str, Any]


def record_of(*steps: StepRun) -> Record:
    """The record of a run of steps."""
    return run_record(run_facts(), steps, [])


def reasons(before: StepRun, after: StepRun) -> list[str]:
    """Why a step ran after it ran before."""
    return explain_step("etl:clean", record_of(after), [record_of(before)])


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param(
            {"entry_point": "etl.steps:clean_all"},
            ["entry point: etl.steps:clean -> etl.steps:clean_all"],
            id="entry-point",
        ),
        pytest.param(
            {"files": (("etl/steps.py", "aa"), ("etl/util.py", "b2"))}, ["source file etl/util.py changed"], id="file"
        ),
        pytest.param(
            {"files": (("etl/new.py", "ff"), ("etl/steps.py", "aa"))},
            ["source file etl/new.py added", "source file etl/util.py removed"],
            id="files-added-and-removed",
        ),
        pytest.param({"source_roots": ("src", "lib")}, ["source roots: src -> src, lib"], id="source-roots"),
        pytest.param({"program": "p2"}, ["program changed"], id="program"),
        pytest.param({"args": ("--fast", "-v")}, ["arguments: --fast -> --fast, -v"], id="arguments"),
        pytest.param({"args": ()}, ["arguments: --fast -> none"], id="arguments-removed"),
        pytest.param(
            {"requirements": ("numpy", "pyarrow"), "requirements_fingerprint": "c2"},
            ["requirement pandas==2 removed", "requirement numpy added"],
            id="requirements",
        ),
        pytest.param(
            {"requirements_fingerprint": "c2"},
            ["requirements: other versions in the lock file, or a package that was built and not taken as a wheel"],
            id="lock-file",
        ),
        pytest.param(
            {"interpreter": "/usr/bin/python3.11", "interpreter_fingerprint": "d2", "requirements_fingerprint": "c2"},
            [
                "requirements: installed for another interpreter",
                "interpreter: /usr/bin/python3.9 -> /usr/bin/python3.11",
            ],
            id="interpreter",
        ),
        pytest.param(
            {"interpreter_fingerprint": "cpython 3.9.20"},
            ["interpreter: /usr/bin/python3.9: cpython 3.9.18 -> cpython 3.9.20"],
            id="interpreter-release",
        ),
        pytest.param({"step_library": "e2"}, ["step library: another version of wombat_step"], id="step-library"),
        pytest.param({"params": (("limit", "20"),)}, ["parameter limit changed: 10 -> 20"], id="parameter"),
        pytest.param(
            {"params": (("rate", '"x"'),)},
            ["parameter limit removed", 'parameter rate added: "x"'],
            id="parameters-added-and-removed",
        ),
        pytest.param(
            {"params": (("limit", "[" + "1," * 500 + "1]"),)},
            ["parameter limit changed: 10 -> [" + "1," * 48 + "..."],
            id="long-parameter",
        ),
        pytest.param(
            {"environment": (("REGION", "us"), ("ZONE", "1"))},
            ["environment variable REGION changed: eu -> us", "environment variable ZONE added: 1"],
            id="environment",
        ),
        pytest.param({"inputs": (("flights", "22" * 32),)}, ["input flights changed"], id="input"),
        pytest.param(
            {"inputs": (("weather", "11" * 32),), "input_formats": (("weather", "csv"),)},
            ["input flights removed", "input weather added"],
            id="inputs-added-and-removed",
        ),
        pytest.param({"input_formats": (("flights", "text"),)}, ["format of input flights: csv -> text"], id="input-format"),
        pytest.param({"output_names": ("clean",)}, ["output names: (no name) -> clean"], id="output-names"),
        pytest.param({"output_formats": ("csv",)}, ["output formats: parquet -> csv"], id="output-formats"),
        pytest.param({"runs_in": "docker:python:3.9"}, ["environment: none -> docker:python:3.9"], id="environment-kind"),
    ],
)
def test_what_moved_in_the_key_is_named(change: dict[str, Any], expected: list[str]) -> None:
    assert reasons(step_run(), step_run(key=replace(step_key(), **change))) == expected


def test_everything_that_moved_is_named() -> None:
    after = step_key(entry_point="etl.other:clean", files=(), params=(("limit", "1"),), inputs=(("flights", "22" * 32),))

    assert reasons(step_run(), step_run(key=after)) == [
        "entry point: etl.steps:clean -> etl.other:clean",
        "source file etl/steps.py removed",
        "source file etl/util.py removed",
        "parameter limit changed: 10 -> 1",
        "input flights changed",
    ]


_MOVES = {
    "entry_point": "entry point",
    "program": "program",
    "requirements_fingerprint": "requirements",
    "interpreter": "interpreter",
    "interpreter_fingerprint": "interpreter",
    "step_library": "step library",
    "runs_in": "environment",
    "files": "source file",
    "params": "parameter",
    "environment": "environment variable",
    "inputs": "input",
    "input_formats": "format of input",
    "requirements": "requirement",
    "output_formats": "output formats",
    "output_names": "output names",
    "args": "arguments",
    "source_roots": "source roots",
}


def _moved(key: StepKey, part: str) -> StepKey:
    value = getattr(key, part)
    if isinstance(value, str):
        return replace(key, **{part: value + "x"})  # type: ignore[arg-type]
    if part == "input_formats":
        return replace(key, input_formats=(("flights", "json"),))
    extra = ("x", "x") if part in ("files", "params", "environment", "inputs") else "x"
    return replace(key, **{part: (*value, extra)})  # type: ignore[arg-type]


@given(st.sets(st.sampled_from(sorted(_MOVES)), min_size=1))
def test_each_part_of_the_key_that_moves_is_named(parts: set[str]) -> None:
    key = step_key()
    for part in parts:
        key = _moved(key, part)

    found = reasons(step_run(), step_run(key=key))

    # Other versions of requirements are told by their names where these changed.
    silent = {"requirements_fingerprint"} if "requirements" in parts else set()
    for part in parts - silent:
        assert any(reason.startswith(_MOVES[part]) for reason in found)


def test_every_part_of_a_key_is_explained() -> None:
    assert set(StepKey.__dataclass_fields__) == {*_MOVES, "outputs"}


# --- Nothing moved ----------------------------------------------------------------------------------------------------


def test_a_result_that_is_gone_from_the_cache_is_told() -> None:
    expected = ["nothing that it reads changed; its result was no longer in the cache"]

    assert reasons(step_run(), step_run()) == expected
    # The name of a dataset is not part of the key.
    assert reasons(step_run(), step_run(key=step_key(outputs=("etl:renamed",)))) == expected


def test_a_step_that_is_never_cached_runs_every_time() -> None:
    assert reasons(step_run(uses_cache=False), step_run(uses_cache=False)) == ["it has cache=False and runs every time"]


def test_a_result_that_was_not_kept_is_told() -> None:
    assert reasons(step_run(uses_cache=False), step_run()) == [
        "the last time it had cache=False, so that result was not kept"
    ]


def test_a_step_that_failed_runs_again() -> None:
    failed = step_run(result="failed", failure=("UserCodeError", "x"))

    assert reasons(failed, step_run()) == ["it failed the last time"]


def test_a_change_comes_before_all_that() -> None:
    failed = step_run(result="failed", failure=("UserCodeError", "x"), uses_cache=False)
    after = step_run(key=step_key(program="p"), uses_cache=False)

    assert reasons(failed, after) == ["program changed"]


# --- Which record -----------------------------------------------------------------------------------------------------


def test_without_an_earlier_record_of_the_step_it_says_so() -> None:
    expected = ["no earlier run record has this step"]

    assert explain_step("etl:clean", record_of(step_run()), []) == expected
    assert explain_step("etl:clean", record_of(step_run()), [record_of(step_run("etl:other"))]) == expected


def test_the_latest_record_in_which_the_step_has_a_key_counts() -> None:
    skipped = record_of(step_run(result="skipped", key=None, source=None, blocked_by=("a:b",)))
    without = record_of(step_run("etl:other"))
    latest = record_of(step_run(key=step_key(params=(("limit", "9"),))))
    older = record_of(step_run(key=step_key(params=(("limit", "8"),))))

    found = explain_step("etl:clean", record_of(step_run()), [skipped, without, latest, older])

    assert found == ["parameter limit changed: 9 -> 10"]


def test_a_step_without_a_key_has_no_reasons() -> None:
    unplanned = record_of(step_run(result="failed", key=None, source=None, failure=("X", "y")))

    assert explain_step("etl:clean", unplanned, [record_of(step_run())]) == []
    assert explain_step("etl:unknown", unplanned, [record_of(step_run())]) == []


def test_a_record_that_cannot_be_read_explains_nothing() -> None:
    unreadable: dict[str, Any] = {"steps": [], "code": {}}
    damaged = {**record_of(step_run()), "code": {}}
    latest = record_of(step_run(key=step_key(program="p")))

    assert explain_step("etl:clean", record_of(step_run()), [unreadable, damaged, latest]) == ["program changed"]


def test_a_record_of_a_plugin_that_knew_fewer_parts_of_the_key_is_compared_by_those_it_has() -> None:
    (step,) = record_of(step_run())["steps"]
    for part in ("args", "input_formats", "output_names", "runs_in"):
        del step["key"][part]
    code = {name: {**entry} for name, entry in record_of(step_run())["code"].items()}
    del code[step["key"]["code"]]["source_roots"]
    older = {"steps": [step], "code": code}
    moved = step_run(key=step_key(args=(), program="p", output_names=("x",), input_formats=(), source_roots=()))

    assert explain_step("etl:clean", record_of(moved), [older]) == ["program changed"]


def test_records_are_read_no_further_than_needed() -> None:
    def records() -> Iterator[Record]:
        yield record_of(step_run("a:one"))
        yield record_of(step_run("a:two"))
        pytest.fail("Both steps were found.")

    found = explain_steps(["a:one", "a:two"], record_of(step_run("a:one"), step_run("a:two")), records())

    assert set(found) == {"a:one", "a:two"}


def test_many_steps_are_explained_as_each_alone() -> None:
    steps = [step_run(f"a:s{number}", key=step_key(program=str(number % 3))) for number in range(9)]
    before = [step_run(f"a:s{number}", key=step_key(program=str(number % 2))) for number in range(6)]
    record, earlier = record_of(*steps), [record_of(*before)]

    together = explain_steps([step.address for step in steps], record, earlier)

    assert together == {step.address: explain_step(step.address, record, earlier) for step in steps}


# --- Cost -------------------------------------------------------------------------------------------------------------


def test_the_cost_is_proportional_to_the_steps_however_long_their_shared_code_is() -> None:
    def cost(length: int) -> int:
        files = tuple((f"f{number}", "00") for number in range(300))
        before = step_key(files=files)
        after = step_key(files=(*files, ("new", "11")))
        addresses = [f"a:s{number}" for number in range(length)]
        earlier = [record_of(), record_of(*(step_run(address, key=before) for address in addresses))]
        record = record_of(*(step_run(address, key=after) for address in addresses))
        return count_calls(lambda: explain_steps(addresses, record, earlier))

    assert cost(2_000) < 4.4 * cost(500)


def test_a_thousand_new_steps_are_explained_at_once_from_a_hundred_records() -> None:
    addresses = [f"a:s{number}" for number in range(1_000)]
    others = record_of(*(step_run(f"b:s{number}") for number in range(1_000)))
    record = record_of(*(step_run(address) for address in addresses))
    started = time.perf_counter()

    found = explain_steps(addresses, record, [others] * 100)

    # A search for each step in each record would take a minute.
    assert time.perf_counter() - started < 5
    assert found["a:s7"] == ["no earlier run record has this step"]
