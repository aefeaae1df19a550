"""Tells after a run which results did not reach the remote cache.

Pants takes a remote cache for best effort: what it could not send it drops, some of it without a word. For a cache
that is right, but whoever relies on another machine finding the results has to know.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any, Iterable, Mapping, Optional

from pants.engine.rules import Rule, collect_rules, rule
from pants.engine.streaming_workunit_handler import (
    WorkunitsCallback,
    WorkunitsCallbackFactory,
    WorkunitsCallbackFactoryRequest,
)
from pants.engine.unions import UnionRule
from pants.option.global_options import GlobalOptions

logger = logging.getLogger(__name__)


def lost_uploads(metrics: Mapping[str, int], *, waited_s: float) -> Optional[str]:
    """What there is to say of results that did not reach the remote cache; None if all did.

    :param metrics: the counters of Pants' session.
    :param waited_s: how long Pants waits at its end for what is still on its way.
    """
    tried = metrics.get("remote_cache_write_attempts", 0)
    lost = tried - metrics.get("remote_cache_write_successes", 0)
    if lost <= 0:
        return None
    refused = min(lost, metrics.get("remote_cache_write_errors", 0))
    parts = [
        f"{lost} of {tried} results did not reach the remote cache: they are kept on this machine, and others will "
        "compute them again."
    ]
    if refused:
        parts.append(f"{refused} could not be sent: Pants' warnings above say why.")
    if lost > refused:
        parts.append(
            f"{lost - refused} were still on their way when Pants had waited [GLOBAL].session_end_tasks_timeout = "
            f"{waited_s:g} seconds: set it higher."
        )
    return " ".join(parts)


class UploadsCallback(WorkunitsCallback):
    """Warns at the end of a session."""

    def __init__(self, waited_s: float) -> None:
        super().__init__()
        self._waited_s = waited_s

    @property
    def can_finish_async(self) -> bool:
        """No: the warning belongs on the console and not only in the daemon's log."""
        return False

    def __call__(self, *, finished: bool, context: Any, **_: Any) -> None:
        # The last call comes after Pants has waited for its uploads.
        message = lost_uploads(context.get_metrics(), waited_s=self._waited_s) if finished else None
        if message is not None:
            logger.warning(message)


@dataclass(frozen=True)
class UploadsCallbackRequest:
    """Asks for what watches the uploads of a session."""


@rule
async def watch_uploads(_: UploadsCallbackRequest, options: GlobalOptions) -> WorkunitsCallbackFactory:
    waited_s = options.session_end_tasks_timeout
    # Without uploads no session needs a thread that polls.
    watches = options.remote_cache_write
    return WorkunitsCallbackFactory(lambda: UploadsCallback(waited_s) if watches else None)


def rules() -> Iterable[Rule | UnionRule]:
    return (*collect_rules(), UnionRule(WorkunitsCallbackFactoryRequest, UploadsCallbackRequest))
