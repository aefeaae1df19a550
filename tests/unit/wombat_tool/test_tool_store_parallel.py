"""Transfers at the same time: their results, their errors, and what is said of how far they are."""

from __future__ import annotations

import io
import threading
import time

import pytest

from wombat_tool.store.parallel import Progress, read_all, threads_for, transfer


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time that the progress sees, to be moved by hand."""
    now = [0.0]
    monkeypatch.setattr("wombat_tool.store.parallel.time.monotonic", lambda: now[0])
    return now


def test_results_come_in_the_order_of_the_jobs_whatever_ends_first() -> None:
    def work(number: int) -> int:
        time.sleep(0.01 if number == 0 else 0)
        return number * 2

    assert transfer(range(100), work, threads=8) == read_all(range(100), work, threads=8) == [n * 2 for n in range(100)]
    assert transfer([], work, threads=8, verb="fetching") == []


def test_the_first_error_ends_it_and_what_has_not_begun_never_does() -> None:
    begun: list[int] = []
    # Servers of other tests may have some.
    threads = threading.active_count()

    def work(number: int) -> None:
        begun.append(number)
        if number == 3:
            raise ValueError("no")
        time.sleep(0.001)

    with pytest.raises(ValueError, match="no"):
        transfer(range(10_000), work, threads=2)

    assert len(begun) < 100
    assert threading.active_count() <= threads


def test_on_a_terminal_the_progress_stands_in_one_line_and_is_taken_back(clock: list[float]) -> None:
    stream = Terminal()
    progress = Progress("uploading", 12, 3_400_000_000, stream)
    for second in (0.1, 1.0, 2.0):
        clock[0] = second
        progress.say(int(second * 3), int(second * 1_000_000_000))
    progress.end()

    lines = stream.getvalue().split("\r")
    assert lines[1] == "uploading: 3 of 12 objects, 1 GB of 3.4 GB, 1 s"
    assert lines[2] == "uploading: 6 of 12 objects, 2 GB of 3.4 GB, 2 s"
    assert lines[3].strip() == lines[4] == ""
    assert len(lines[3]) == len(lines[2])


def test_in_a_log_the_progress_is_a_line_every_few_seconds(clock: list[float]) -> None:
    stream = io.StringIO()
    progress = Progress("fetching", 1, 500, stream)
    for second in range(12):
        clock[0] = float(second)
        progress.say(0, 0)
    progress.end()

    assert stream.getvalue() == (
        "fetching: 0 of 1 object, 0 B of 500 B, 5 s\nfetching: 0 of 1 object, 0 B of 500 B, 10 s\n"
    )


def test_a_short_transfer_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    transfer(range(3), lambda number: number, threads=2, verb="fetching")

    assert capsys.readouterr() == ("", "")


def test_a_bucket_is_asked_more_at_once_than_a_disk() -> None:
    assert threads_for("gs://bucket/prefix") == 16
    assert 1 <= threads_for("file:///store") <= 4
