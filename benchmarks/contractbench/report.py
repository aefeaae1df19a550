"""Puts figures of contracts into plain text: tables, and what is held against the goals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from contractbench.checks import CHANGED, LIST, UNCHANGED, ChecksOutcome
from contractbench.engines import ENGINES, PANDERA, WOMBAT, Use
from dagbench.report import table

# The issue of data contracts.
MOST_PEAK_MB = 500
# What still counts as the same memory; two runs on the same data differ by some per cent.
SAME_MEMORY_RATIO = 1.1
MOST_WARM_CHECK_S = 3.0
_GOAL_HEADER = ("goal", "is", "at most", "")


def engines_text(uses: Mapping[str, Use]) -> str:
    """What each engine used, and how often as much as pandera on polars."""
    base = uses[PANDERA]
    rows = [
        [
            engine,
            f"{use.wall_s:.2f}",
            f"{use.cpu_s:.2f}",
            f"{use.peak_mb:.0f}",
            f"{use.wall_s / base.wall_s:.2f}",
            f"{use.cpu_s / base.cpu_s:.2f}",
            f"{use.peak_mb / base.peak_mb:.2f}",
            f"{use.others_cores:.1f}",
        ]
        for engine, use in ((engine, uses[engine]) for engine in ENGINES)
    ]
    return table(["", "wall s", "CPU s", "peak MB", "x wall", "x CPU", "x peak", "others"], rows)


def engine_goals(uses: Mapping[str, Use], large: Use | None) -> str:
    """What is held against the goals of validation.

    :param large: what `wombat_tool` used for the larger file; None if there was none.
    """
    own, base = uses[WOMBAT], uses[PANDERA]
    rows = [
        _goal("wall, times pandera on polars", own.wall_s / base.wall_s, 1),
        _goal("CPU, times pandera on polars", own.cpu_s / base.cpu_s, 1),
        _goal("peak MB", own.peak_mb, MOST_PEAK_MB),
    ]
    if large is not None:
        rows.append(_goal("peak MB of the larger file", large.peak_mb, MOST_PEAK_MB))
        rows.append(_goal("the same, times that of the file", large.peak_mb / own.peak_mb, SAME_MEMORY_RATIO))
    return table(_GOAL_HEADER, rows)


def checks_text(outcome: ChecksOutcome) -> str:
    """What each call used and how many processes it started."""
    rows = []
    for one in outcome.calls:
        usage = one.usage
        figures = [f"{usage.wall_s:.2f}", f"{usage.cpu_s:.2f}", f"{usage.daemon_peak_mib:.0f}", f"{usage.others_cores:.1f}"]
        counts = ["-", "-"] if one.name == LIST else [str(one.processes), str(one.expected)]
        rows.append([one.name, *counts, *figures])
    lines = [f"WRONG: {problem}" for problem in outcome.wrong]
    return "\n".join([table(["", "processes", "expected", "wall s", "CPU s", "daemon MiB", "others"], rows), *lines])


def check_goals(outcome: ChecksOutcome) -> str:
    """What is held against the goal of `check` from a warm daemon."""
    walls = {one.name: one.usage.wall_s for one in outcome.calls}
    return table(_GOAL_HEADER, [_goal(f"{name}, s wall", walls[name], MOST_WARM_CHECK_S) for name in (UNCHANGED, CHANGED)])


def goals_table(goals: Sequence[tuple[str, float, float]]) -> str:
    """Goals, each with what it is and what it is at most."""
    return table(_GOAL_HEADER, [_goal(*goal) for goal in goals])


def _goal(name: str, value: float, most: float) -> list[str]:
    return [name, f"{value:.2f}", f"{most:.2f}", "met" if value <= most else "MISSED"]
