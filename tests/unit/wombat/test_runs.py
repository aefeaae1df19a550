"""Run records on disk: whole or not at all, the oldest removed, whoever else writes."""

from __future__ import annotations

import json
import multiprocessing
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Dict

import pytest

from builders import run_facts, step_run
from wombat.graph.errors import RunRecordError, SummaryFileError
from wombat.graph.junit import junit_report
from wombat.graph.markdown import markdown_summary
from wombat.graph.record import run_record
from wombat.runs import append_summary, earlier_records, write_junit, write_record

NOTHING: Dict[str, Any] = {"steps": [], "code": {}}


def record(number: int, **more: Any) -> dict[str, Any]:
    """A record whose id says that it is the number-th."""
    return {**run_record(run_facts(id=f"20260102T030405.{number:06}Z-1"), [step_run()], []), **more}


def names(directory: Path) -> list[str]:
    """What is in a directory."""
    return sorted(os.listdir(directory))


def test_a_record_is_written_and_read_back(tmp_path: Path) -> None:
    directory = tmp_path / "a" / "runs"

    path = write_record(str(directory), record(1, seconds=0.5), kept=10)

    assert path == str(directory / "20260102T030405.000001Z-1.json")
    assert list(earlier_records(str(directory))) == [record(1, seconds=0.5)]
    assert Path(path).read_text(encoding="utf-8").endswith("}\n")


def test_git_sees_none_of_it(tmp_path: Path) -> None:
    write_record(str(tmp_path), record(1), kept=10)

    lines = (tmp_path / ".gitignore").read_text().splitlines()
    assert "*" in lines


def test_an_ignore_file_of_the_users_own_stays(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("!keep\n")

    write_record(str(tmp_path), record(1), kept=10)

    assert (tmp_path / ".gitignore").read_text() == "!keep\n"


def test_a_record_can_be_read_by_whom_files_of_the_user_can_be_read(tmp_path: Path) -> None:
    path = write_record(str(tmp_path), record(1), kept=10)

    (tmp_path / "other").touch()
    assert stat.S_IMODE(os.stat(path).st_mode) == stat.S_IMODE((tmp_path / "other").stat().st_mode)


def test_text_of_any_kind_comes_back(tmp_path: Path) -> None:
    # Half a surrogate pair is how Python has a byte of the command line that is not UTF-8.
    hostile = record(1, overrides=['it\'s "so"\n\\', "größe 漢 🎉", "caf\udce9"])

    write_record(str(tmp_path), hostile, kept=10)

    assert earlier_records(str(tmp_path))[0] == hostile


# --- Reading ----------------------------------------------------------------------------------------------------------


def test_where_there_is_no_directory_there_are_no_records(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    assert len(earlier_records(str(tmp_path / "nowhere"))) == 0
    assert list(earlier_records(str(tmp_path / "nowhere"))) == []
    assert len(earlier_records(str(tmp_path / "file"))) == 0


def test_the_latest_comes_first(tmp_path: Path) -> None:
    for number in (2, 3, 1):
        write_record(str(tmp_path), record(number), kept=0)

    found = earlier_records(str(tmp_path))

    assert [one["id"][16:22] for one in found] == ["000003", "000002", "000001"]
    assert found[-1] == found[2] == record(1)
    with pytest.raises(IndexError):
        found[3]
    with pytest.raises(IndexError):
        found[-4]
    with pytest.raises(TypeError, match="one at a time"):
        found[0:2]


def test_a_record_is_read_when_it_is_asked_for_and_once(tmp_path: Path) -> None:
    for number in (1, 2):
        write_record(str(tmp_path), record(number), kept=0)
    found = earlier_records(str(tmp_path))
    (tmp_path / "20260102T030405.000001Z-1.json").write_text("broken")

    assert found[0] == record(2)
    assert found[1] == NOTHING
    (tmp_path / "20260102T030405.000002Z-1.json").unlink()
    assert found[0] == record(2)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b'{"version": 1, "steps": [', id="cut-off"),
        pytest.param(b"\xff\xfe", id="not-utf-8"),
        pytest.param(b"[]", id="no-object"),
        pytest.param(b'{"version": 2, "steps": [], "code": {}}', id="newer-version"),
        pytest.param(b'{"steps": [], "code": {}}', id="no-version"),
        pytest.param(b'{"version": 1, "code": {}}', id="no-steps"),
        pytest.param(b'{"version": 1, "steps": {}, "code": {}}', id="steps-of-another-kind"),
        pytest.param(b'{"version": 1, "steps": []}', id="no-code"),
        pytest.param(b"[" * 100_000, id="too-deep"),
    ],
)
def test_what_cannot_be_read_explains_nothing_and_stops_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "20260102T030405.000009Z-1.json").write_bytes(content)
    write_record(str(tmp_path), record(1), kept=10)

    assert list(earlier_records(str(tmp_path))) == [NOTHING, record(1)]


def test_what_was_removed_since_explains_nothing(tmp_path: Path) -> None:
    path = write_record(str(tmp_path), record(1), kept=10)
    found = earlier_records(str(tmp_path))
    os.unlink(path)

    assert list(found) == [NOTHING]


def test_files_of_other_kinds_are_no_records(tmp_path: Path) -> None:
    write_record(str(tmp_path), record(1), kept=10)
    for name in (".20260102T030405.000002Z-1.json", "notes.txt", "tmpabcd"):
        (tmp_path / name).write_text("{}")

    assert list(earlier_records(str(tmp_path))) == [record(1)]


# --- Removing ---------------------------------------------------------------------------------------------------------


def test_the_oldest_are_removed(tmp_path: Path) -> None:
    for number in range(1, 6):
        write_record(str(tmp_path), record(number), kept=3)

    assert [one["id"][16:22] for one in earlier_records(str(tmp_path))] == ["000005", "000004", "000003"]


@pytest.mark.parametrize("kept", [0, -1])
def test_all_are_kept_if_so_asked(tmp_path: Path, kept: int) -> None:
    for number in range(1, 6):
        write_record(str(tmp_path), record(number), kept=kept)

    assert len(earlier_records(str(tmp_path))) == 5


def test_only_records_are_removed(tmp_path: Path) -> None:
    others = [".20200101T000000.000000Z-1.json", ".gitignore", "0.txt"]
    for name in others:
        (tmp_path / name).write_text("{}")

    for number in (1, 2):
        write_record(str(tmp_path), record(number), kept=1)

    assert names(tmp_path) == sorted([*others, "20260102T030405.000002Z-1.json"])


# --- When writing fails -----------------------------------------------------------------------------------------------


def test_a_directory_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "runs").touch()

    with pytest.raises(RunRecordError, match=r"runs/2026.*\.json: File exists.*set `runs_dir` in the section \[wombat\]"):
        write_record(str(tmp_path / "runs"), record(1), kept=1)


def test_a_record_that_cannot_be_put_in_place_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "20260102T030405.000001Z-1.json").mkdir()

    with pytest.raises(RunRecordError, match="Is a directory"):
        write_record(str(tmp_path), record(1), kept=1)

    assert names(tmp_path) == [".gitignore", "20260102T030405.000001Z-1.json"]


def test_a_write_that_is_interrupted_leaves_no_half_of_a_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(source: str, target: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupt)

    with pytest.raises(KeyboardInterrupt):
        write_record(str(tmp_path), record(1), kept=1)

    assert names(tmp_path) == [".gitignore"]


# --- Several at once --------------------------------------------------------------------------------------------------


def _write_many(directory: str, first: int) -> None:
    for number in range(first, first + 25):
        write_record(directory, record(number, seconds="x" * 5_000), kept=10)


def _check(directory: Path) -> None:
    found = [json.loads(path.read_text()) for path in directory.glob("*.json")]
    assert 0 < len(found) <= 10
    assert all(len(one["seconds"]) == 5_000 for one in found)
    assert not list(directory.glob(".*.json"))


def test_threads_that_write_at_once_do_not_disturb_each_other(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(_write_many, str(tmp_path), 100 * number) for number in range(4)]:
            done.result()

    _check(tmp_path)


def test_processes_that_write_at_once_do_not_disturb_each_other(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=_write_many, args=(str(tmp_path), 100 * number)) for number in range(2)]

    for writer in writers:
        writer.start()
    _write_many(str(tmp_path), 500)
    for writer in writers:
        writer.join()

    assert [writer.exitcode for writer in writers] == [0, 0]
    _check(tmp_path)


# --- The summary for a CI system --------------------------------------------------------------------------------------


def test_the_summary_of_each_run_is_added_to_the_file(tmp_path: Path) -> None:
    (tmp_path / "summary.md").write_text("before\n")

    append_summary(str(tmp_path), "summary.md", record(1))
    append_summary("/elsewhere", str(tmp_path / "summary.md"), record(2))

    text = (tmp_path / "summary.md").read_text(encoding="utf-8")
    assert text == f"before\n{markdown_summary(record(1))}{markdown_summary(record(2))}"


def test_without_a_file_there_is_no_summary(tmp_path: Path) -> None:
    append_summary(str(tmp_path), None, record(1))
    append_summary(str(tmp_path), "", record(1))

    assert names(tmp_path) == []


def test_a_summary_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SummaryFileError, match=r"nowhere/summary.md.*\[wombat\].summary_file.*directory that is there"):
        append_summary(str(tmp_path), "nowhere/summary.md", record(1))


def test_the_junit_report_takes_the_place_of_an_earlier_one(tmp_path: Path) -> None:
    write_junit(str(tmp_path), "dist/junit.xml", record(1))
    write_junit("/elsewhere", str(tmp_path / "dist/junit.xml"), record(2))

    assert (tmp_path / "dist/junit.xml").read_text(encoding="utf-8") == junit_report(record(2))


def test_without_a_file_there_is_no_junit_report(tmp_path: Path) -> None:
    write_junit(str(tmp_path), None, record(1))
    write_junit(str(tmp_path), "", record(1))

    assert names(tmp_path) == []


def test_a_junit_report_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "junit.xml").mkdir()

    with pytest.raises(SummaryFileError, match=r"junit.xml.*\[wombat\].junit_file.*directory that is there"):
        write_junit(str(tmp_path), "junit.xml", record(1))
