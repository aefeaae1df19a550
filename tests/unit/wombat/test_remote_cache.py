"""Results that did not reach the remote cache are told of, with the setting that mends it where there is one."""

from __future__ import annotations

import asyncio
import inspect
import logging
from types import SimpleNamespace
from typing import Any, Dict, Optional

import pytest
from pants.engine.fs import EMPTY_DIGEST
from pants.engine.streaming_workunit_handler import WorkunitsCallback
from pants.util.frozendict import FrozenDict

from wombat.rules.interpreter import Interpreter
from wombat.rules.remote_cache import UploadsCallbackRequest, lost_uploads, watch_uploads
from wombat.rules.tool import Tool
from wombat.rules.venv import REMOTE_CACHE_WAIT_MS, Venv


def metrics(tried: int, arrived: int, refused: int = 0) -> Dict[str, int]:
    """The counters of a session, as far as they matter here."""
    return {
        "remote_cache_write_attempts": tried,
        "remote_cache_write_successes": arrived,
        "remote_cache_write_errors": refused,
        "remote_cache_requests": 7,
    }


@pytest.mark.parametrize("counters", [{}, metrics(0, 0), metrics(4, 4)], ids=["no-cache", "nothing-to-send", "all-arrived"])
def test_nothing_is_said_when_all_arrived(counters: Dict[str, int]) -> None:
    assert lost_uploads(counters, waited_s=3) is None


def test_dropped_uploads_name_the_setting() -> None:
    message = lost_uploads(metrics(4, 3), waited_s=3.0)

    assert message is not None
    assert "1 of 4 results did not reach the remote cache" in message
    assert "1 were still on their way when Pants had waited [GLOBAL].session_end_tasks_timeout = 3 seconds" in message
    assert "warnings above" not in message


def test_refused_uploads_point_at_the_reason() -> None:
    message = lost_uploads(metrics(5, 2, refused=3), waited_s=3600)

    assert message is not None
    assert "3 of 5 results did not reach" in message
    assert "3 could not be sent: Pants' warnings above say why." in message
    assert "session_end_tasks_timeout" not in message


def callback_with(*, remote_cache_write: bool) -> Optional[WorkunitsCallback]:
    """What Pants gets for a session with these options."""
    options: Any = SimpleNamespace(remote_cache_write=remote_cache_write, session_end_tasks_timeout=3.0)
    factory = watch_uploads.rule.func(UploadsCallbackRequest(), options)  # type: ignore[attr-defined]
    made = asyncio.run(factory) if inspect.iscoroutine(factory) else factory
    callback = made.callback_factory()
    assert callback is None or isinstance(callback, WorkunitsCallback)
    return callback


def test_only_the_end_of_a_session_with_uploads_is_watched(caplog: pytest.LogCaptureFixture) -> None:
    context: Any = SimpleNamespace(get_metrics=lambda: metrics(4, 3))
    callback = callback_with(remote_cache_write=True)
    assert callback is not None and not callback.can_finish_async
    with caplog.at_level(logging.WARNING):
        callback(started_workunits=(), completed_workunits=(), finished=False, context=context)
        assert caplog.messages == []
        callback(started_workunits=(), completed_workunits=(), finished=True, context=context)

    assert caplog.messages == [lost_uploads(metrics(4, 3), waited_s=3.0)]
    assert callback_with(remote_cache_write=False) is None


def test_a_process_waits_for_the_remote_cache_before_it_starts() -> None:
    venv = Venv(EMPTY_DIGEST, FrozenDict(), FrozenDict(), Interpreter("/usr/bin/python3", "cpython 3.9.18"))

    process = Tool(EMPTY_DIGEST, venv, ()).process("contract", description="Read a contract")

    assert process.remote_cache_speculation_delay_millis == REMOTE_CACHE_WAIT_MS
