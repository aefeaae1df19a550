"""Many transfers at once, with a word now and then on how far they are."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from typing import TextIO, TypeVar, cast

from wombat_tool.preview.layout import count_text, size_text

# A bucket answers slowly, and many requests at once; a disk is kept busy by few, and more only wait for each other.
_THREADS = 16
_DISK_THREADS = min(4, os.cpu_count() or 1)
_LINE_EVERY_S = 5.0
_REDRAW_EVERY_S = 0.2

Job = TypeVar("Job")
Result = TypeVar("Result")


def threads_for(url: str) -> int:
    """How many objects of the store at that url to read or write at once."""
    return _DISK_THREADS if url.startswith("file:") else _THREADS


class Progress:
    """Says on a stream how many objects and bytes are done: in place on a terminal, else a line every few seconds.

    :param verb: what happens to them, as "uploading".
    """

    def __init__(self, verb: str, objects: int, size_bytes: int, stream: TextIO | None = None) -> None:
        self._verb = verb
        self._objects = objects
        self._size_bytes = size_bytes
        self._stream = sys.stderr if stream is None else stream
        self._in_place = self._stream.isatty()
        self._started_s = self._said_s = time.monotonic()
        self._width = 0

    def say(self, objects: int, size_bytes: int) -> None:
        """Say how far it is, unless that was said just now."""
        now_s = time.monotonic()
        if now_s - self._said_s < (_REDRAW_EVERY_S if self._in_place else _LINE_EVERY_S):
            return
        self._said_s = now_s
        text = (
            f"{self._verb}: {objects:,} of {count_text(self._objects, 'object')}, "
            f"{size_text(size_bytes)} of {size_text(self._size_bytes)}, {now_s - self._started_s:.0f} s"
        )
        if self._in_place:
            self._stream.write(f"\r{text.ljust(self._width)}")
            self._width = len(text)
        else:
            self._stream.write(f"{text}\n")
        self._stream.flush()

    def end(self) -> None:
        """Take back what stands on a terminal."""
        if self._width:
            self._stream.write(f"\r{' ' * self._width}\r")
            self._stream.flush()


def transfer(
    jobs: Sequence[Job],
    work: Callable[[Job], Result],
    *,
    threads: int = _THREADS,
    verb: str = "",
    size_of: Callable[[Job], int] = lambda job: 0,
) -> list[Result]:
    """Do the work for all jobs, several at a time, and return the results in the order of the jobs.

    The first error ends it: what is under way is waited for, and what has not begun never does.

    :param verb: what the progress says; nothing is said if it is empty.
    :param size_of: the bytes of a job, for the progress.
    """
    progress = Progress(verb, len(jobs), sum(map(size_of, jobs))) if verb and jobs else None
    has_failed = threading.Event()

    def work_unless_failed(job: Job) -> Result | None:
        if has_failed.is_set():
            return None
        try:
            return work(job)
        except BaseException:
            has_failed.set()
            raise

    with ThreadPoolExecutor(max_workers=max(1, min(threads, len(jobs)))) as pool:
        sizes = {pool.submit(work_unless_failed, job): size_of(job) for job in jobs}
        try:
            pending = set(sizes)
            objects = size_bytes = 0
            while pending:
                timeout_s = _REDRAW_EVERY_S if progress else None
                finished, pending = wait(pending, timeout=timeout_s, return_when=FIRST_EXCEPTION)
                for future in finished:
                    future.result()
                    objects += 1
                    size_bytes += sizes[future]
                if progress:
                    progress.say(objects, size_bytes)
        except BaseException:
            for future in sizes:
                future.cancel()
            raise
        finally:
            if progress:
                progress.end()
    # Nothing failed, so that all of them are there.
    return [cast(Result, future.result()) for future in sizes]


def read_all(jobs: Iterable[Job], work: Callable[[Job], Result], *, threads: int = _THREADS) -> list[Result]:
    """The results of many small reads, in the order of the jobs; the first error ends it."""
    with ThreadPoolExecutor(max_workers=threads) as pool:
        return list(pool.map(work, jobs))
