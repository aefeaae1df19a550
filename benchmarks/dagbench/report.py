"""Puts outcomes into plain text: tables, and what is held against the goals."""

from __future__ import annotations

from collections.abc import Sequence

from dagbench import overhead, scale
from dagbench.large import LargeOutcome
from dagbench.overhead import Overhead
from dagbench.processes import Usage
from dagbench.scale import ScaleOutcome
from dagbench.scenarios import BARE, FIRST, UNCHANGED, GraphOutcome, Outcome

# DESIGN.md, section 8, and the issue of the foundation; for the layered graph of this many steps.
GOAL_STEPS = 1000
FIRST_RUN_RATIO = 1.5
UNCHANGED_WALL_S = 1.0
UNCHANGED_CPU_S = 0.5

_FIGURES = ("wall s", "CPU s", "x wall", "x CPU", "daemon MiB", "client MiB", "step MiB")
_GOAL_HEADER = ("goal", "is", "at most", "")


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns of text, the first one to the left and the others to the right."""
    widths = [max(len(row[i]) for row in (header, *rows)) for i in range(len(header))]
    lines = []
    for row in (header, *rows):
        cells = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:]))]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def graph_text(outcome: GraphOutcome) -> str:
    """The table of the six scenarios."""
    bare = _usage(outcome.outcomes, BARE)
    rows = [
        [
            one.scenario,
            str(one.steps_ran),
            str(one.steps_expected),
            "right" if not one.wrong else "WRONG",
            *_figures(one.usage, bare),
            f"{one.usage.others_cores:.1f}",
        ]
        for one in outcome.outcomes
    ]
    header = ["", "ran", "expected", "data", *_FIGURES, "others"]
    start, restore = outcome.daemon_start, outcome.restore
    notes = [
        f"Not in the table: daemon's start {start.wall_s:.2f} s wall, {start.cpu_s:.2f} s CPU; final datasets to dist/ "
        f"after deletion {restore.wall_s:.2f} s wall, {restore.cpu_s:.2f} s CPU."
    ]
    return "\n".join([table(header, rows), *notes, *problems(outcome.outcomes)])


def _figures(usage: Usage, base: Usage) -> list[str]:
    return [
        f"{usage.wall_s:.2f}",
        f"{usage.cpu_s:.2f}",
        f"{usage.wall_s / base.wall_s:.2f}",
        f"{usage.cpu_s / base.cpu_s:.2f}",
        *(
            f"{peak:.0f}" if peak else "-"
            for peak in (usage.daemon_peak_mib, usage.client_peak_mib, usage.step_peak_mib)
        ),
    ]


def problems(outcomes: Sequence[Outcome]) -> list[str]:
    """What is not right, a line each."""
    lines = []
    for one in outcomes:
        if one.steps_ran != one.steps_expected:
            lines.append(f"WRONG: {one.scenario}: {one.steps_ran} steps ran, but {one.steps_expected} had to.")
        if one.wrong:
            lines.append(f"WRONG: {one.scenario}: {one.wrong}.")
    return lines


def graph_goals(outcome: GraphOutcome) -> str:
    """The figures that have a goal, for the layered graph of 1,000 steps."""
    bare, first, unchanged = (_usage(outcome.outcomes, name) for name in (BARE, FIRST, UNCHANGED))
    rows = [
        _goal("first run, wall, times the bare script", first.wall_s / bare.wall_s, FIRST_RUN_RATIO),
        _goal("first run, CPU, times the bare script", first.cpu_s / bare.cpu_s, FIRST_RUN_RATIO),
        _goal("nothing changed, s wall", unchanged.wall_s, UNCHANGED_WALL_S),
        _goal("nothing changed, s CPU", unchanged.cpu_s, UNCHANGED_CPU_S),
    ]
    return table(_GOAL_HEADER, rows)


def _goal(name: str, value: float, most: float) -> list[str]:
    return [name, f"{value:.2f}", f"{most:.2f}", "met" if value <= most else "MISSED"]


def overhead_text(outcome: Overhead) -> str:
    """One step's costs."""
    rows = [
        ["a step in Wombat", _ms(outcome.step_wall_s), _ms(outcome.step_cpu_s)],
        ["  of this its process, as Pants says", _ms(outcome.process_wall_s), "-"],
        ["the same code as a command", _ms(outcome.command_wall_s), _ms(outcome.command_cpu_s)],
        ["the same code called in a running interpreter", _ms(outcome.call_wall_s), "-"],
        ["a whole run in which one step has to run", _ms(outcome.run_wall_s), _ms(outcome.run_cpu_s)],
    ]
    goal = _goal("a step over the call of its code, ms", outcome.over_call_s * 1000, overhead.GOAL_S * 1000)
    return "\n".join([table(("one step of a chain", "ms wall", "ms CPU"), rows), table(_GOAL_HEADER, [goal])])


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f}"


def large_text(outcome: LargeOutcome) -> str:
    """Three steps on large data."""
    base_name, base = outcome.usages[0]
    rows = [[name, *_figures(usage, base)] for name, usage in outcome.usages]
    notes = [f"Largest dataset {outcome.size_bytes / 1e6:.0f} MB. Ratios (x) are to: {base_name}."]
    named = dict(outcome.usages)
    if BARE in named and base_name != BARE:
        first = named[FIRST]
        notes.append(
            f"First run to bare script: {first.wall_s / named[BARE].wall_s:.2f} wall, "
            f"{first.cpu_s / named[BARE].cpu_s:.2f} CPU."
        )
    notes.append(f"Seconds of the three steps' processes: {', '.join(f'{s:.2f}' for s in outcome.step_s)}.")
    return "\n".join([table(["", *_FIGURES], rows), *notes])


def scale_text(outcomes: Sequence[ScaleOutcome]) -> str:
    """How costs grow, the last size compared with the first."""
    small, large = outcomes[0], outcomes[-1]
    header = ["wide graph"]
    for one in outcomes:
        header += [f"{one.steps} steps: s", "CPU s", "ms a step"]
    header.append("ratio a step")
    rows = []
    for number, call in enumerate(scale.CALLS):
        row = [call]
        for one in outcomes:
            usage = one.usages[number]
            row += [f"{usage.wall_s:.2f}", f"{usage.cpu_s:.2f}", f"{one.per_step_s(call) * 1000:.3f}"]
        rows.append([*row, f"{large.per_step_s(call) / small.per_step_s(call):.2f}"])
    peaks = ", ".join(
        f"{one.usages[-1].daemon_peak_mib:.0f} MiB at {one.steps} ({one.targets} targets)" for one in outcomes
    )
    ratio = max(large.per_step_s(call) / small.per_step_s(call) for call in scale.CALLS)
    goals = table(_GOAL_HEADER, [_goal("largest ratio a step", ratio, scale.GOAL_RATIO)])
    return "\n".join([table(header, rows), f"Daemon: {peaks}.", goals])


def summary_line(outcome: GraphOutcome) -> str:
    """The counts in one line: 1000 / 0 / 210 / 0 / 0 / 1."""
    return " / ".join(str(one.steps_ran) for one in outcome.outcomes if one.scenario != BARE)


def _usage(outcomes: Sequence[Outcome], scenario: str) -> Usage:
    return next(outcome.usage for outcome in outcomes if outcome.scenario == scenario)
