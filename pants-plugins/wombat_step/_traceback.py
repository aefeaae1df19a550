"""Tracebacks as the author of a step wants to read them."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from traceback import FrameSummary, TracebackException

_OWN_DIRECTORY = os.path.dirname(os.path.abspath(__file__)) + os.sep


def format_user_traceback(error: BaseException) -> str:
    """The traceback of an exception, from the user's code onwards, with the causes that it was chained to.

    Frames of this package and of the import system are left out, and the last line is the exception.

    :param error: what the user's code raised, or the `UserCodeError` that holds it.
    """
    from traceback import StackSummary, TracebackException

    sources: str | None = getattr(error, "sources", None)
    report = TracebackException.from_exception(getattr(error, "original", error))
    for part in _chain(report):
        part.stack = StackSummary.from_list(
            [_relative(frame, sources) for frame in part.stack if _is_of_the_user(frame)]
        )
        filename = getattr(part, "filename", None)  # Of a SyntaxError, which has no frame in the file at fault.
        if sources and filename and filename.startswith(sources + os.sep):
            part.filename = os.path.relpath(filename, sources)
    return "".join(report.format()).rstrip("\n")


def last_user_line(error: BaseException, sources: str) -> str | None:
    """Where the user's sources stood when the exception was raised, as "etl/steps.py:12", or None."""
    from traceback import extract_tb

    for frame in reversed(extract_tb(error.__traceback__)):
        if frame.filename.startswith(sources + os.sep):
            return f"{os.path.relpath(frame.filename, sources)}:{frame.lineno}"
    return None


def _chain(report: TracebackException) -> Iterator[TracebackException]:
    pending = [report]
    seen: set[int] = set()
    while pending:
        part = pending.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        yield part
        pending += [cause for cause in (part.__cause__, part.__context__) if cause is not None]
        pending += getattr(part, "exceptions", None) or []  # Of an exception group, since Python 3.11.


def _is_of_the_user(frame: FrameSummary) -> bool:
    return not frame.filename.startswith((_OWN_DIRECTORY, "<frozen importlib"))


def _relative(frame: FrameSummary, sources: str | None) -> FrameSummary:
    if sources and frame.filename.startswith(sources + os.sep):
        frame.line  # noqa: B018  Read now, while the file's path still leads to it.
        frame.filename = os.path.relpath(frame.filename, sources)
    return frame
