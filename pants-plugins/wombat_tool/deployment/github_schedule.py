"""Schedules as GitHub reads them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from itertools import islice

from cronsim import CronSim

from wombat_tool.deployment.problems import DeploymentProblem

_SHORTEST = timedelta(minutes=5)
_SOURCE = "docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#schedule"
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_DAY_RANGE = re.compile(r"(\w+)(?:-(\w+))?(?:/(\d+))?")


def github_cron(cron: str) -> str:
    """The cron expression, with Sunday as 0 and not as 7, which GitHub does not know.

    :param cron: of the form of `values.cron_expression`.
    :raises DeploymentProblem: if it comes true more often than GitHub starts runs.
    """
    *fields, weekday = cron.split()
    gap = min(islice(_gaps(cron), 3000), default=_SHORTEST)
    if gap < _SHORTEST:
        raise DeploymentProblem(
            "schedule",
            f"must leave at least 5 minutes between two runs, since GitHub starts none earlier ({_SOURCE}), but {cron!r} "
            f"leaves {gap.seconds // 60}.",
        )
    return " ".join([*fields, _weekdays(weekday)])


def _gaps(cron: str) -> Iterator[timedelta]:
    # Where there are many, two days hold all gaps; where there are few, the years to come are as good as all.
    moments = CronSim(cron, datetime(2024, 1, 1, tzinfo=timezone.utc))
    before = next(moments)
    while before.year < 2030:
        moment = next(moments)
        yield moment - before
        before = moment


def _weekdays(field: str) -> str:
    parts = [_DAY_RANGE.fullmatch(part) for part in field.split(",")]
    if not any(part is not None and "7" in (part[1], part[2]) for part in parts):
        return field
    days = sorted({day % 7 for part in field.split(",") for day in _days(part)})
    return "*" if len(days) == 7 else ",".join(map(str, days))


def _days(part: str) -> range:
    if part == "*":
        return range(7)
    match = _DAY_RANGE.fullmatch(part)
    if match is None:
        # "*/2"
        return range(0, 7, int(part.partition("/")[2]))
    first = _day(match[1])
    last = _day(match[2]) if match[2] else 7 if match[3] else first
    return range(first, last + 1, int(match[3] or 1))


def _day(text: str) -> int:
    return int(text) if text.isdigit() else _DAYS.index(text.lower())
