"""Puts figures of the store into plain text: tables, and what is held against the goals."""

from __future__ import annotations

from collections.abc import Sequence

from contractbench.engines import Use
from contractbench.report import goals_table
from dagbench.report import table
from storebench.contenders import ALL, COPY, COPY_AND_DIGEST, DVC_FETCH, DVC_PUBLISH, FETCH, PUBLISH
from storebench.scenarios import DELETE, DRY_RUN, LIST, LayoutOutcome, SecondVersion, VersionsOutcome

MOST_TIMES_COPY_AND_DIGEST = 2.0
MOST_VERSIONS_S = 10.0


def layout_text(outcome: LayoutOutcome) -> str:
    """What each contender used, and how often as much as a plain copy."""
    medians = outcome.medians
    base = medians[COPY]
    rows = [
        [
            name,
            *_figures(medians[name]),
            f"{medians[name].wall_s / base.wall_s:.2f}",
            f"{outcome.size_bytes / 1e6 / medians[name].wall_s:.0f}",
            f"{medians[name].others_cores:.1f}",
        ]
        for name in ALL
    ]
    return table([_files_text(outcome.files), "wall s", "CPU s", "peak MB", "x wall", "MB/s", "others"], rows)


def second_text(second: SecondVersion) -> str:
    """What a second version that shares most of its files added."""
    rows = [
        [name, *_figures(use), f"{second.stored_bytes[name] / 1e6:.1f}", _share(second.stored_bytes[name], second)]
        for name, use in second.uses.items()
    ]
    rows.append(["(changed files)", "", "", "", f"{second.changed_bytes / 1e6:.1f}", _share(second.changed_bytes, second)])
    return table(["second version", "wall s", "CPU s", "peak MB", "new MB", "of its size"], rows)


def versions_text(outcome: VersionsOutcome) -> str:
    """What each command used with many versions."""
    rows = [[name, *_figures(use), f"{use.others_cores:.1f}"] for name, use in outcome.uses.items()]
    return table([f"{outcome.versions:,} versions", "wall s", "CPU s", "peak MB", "others"], rows)


def goals_text(layouts: Sequence[LayoutOutcome], second: SecondVersion | None, versions: VersionsOutcome | None) -> str:
    """What is held against the goals."""
    goals: list[tuple[str, float, float]] = []
    for outcome in layouts:
        medians, what = outcome.medians, _files_text(outcome.files)
        publish, fetch = medians[PUBLISH].wall_s, medians[FETCH].wall_s
        if outcome.files == 1:
            most = MOST_TIMES_COPY_AND_DIGEST
            goals.append((f"{what}: publish, times copy and digest", publish / medians[COPY_AND_DIGEST].wall_s, most))
        goals.append((f"{what}: publish, times DVC", publish / medians[DVC_PUBLISH].wall_s, 1.0))
        goals.append((f"{what}: fetch, times DVC", fetch / medians[DVC_FETCH].wall_s, 1.0))
    if second is not None:
        uses = second.uses
        goals.append(("second version: publish, times DVC", uses[PUBLISH].wall_s / uses[DVC_PUBLISH].wall_s, 1.0))
    if versions is not None:
        goals += [
            (f"{versions.versions:,} versions: {name}, s wall", versions.uses[name].wall_s, MOST_VERSIONS_S)
            for name in (LIST, DRY_RUN, DELETE)
            if name in versions.uses
        ]
    return goals_table(goals)


def _figures(use: Use) -> list[str]:
    return [f"{use.wall_s:.2f}", f"{use.cpu_s:.2f}", f"{use.peak_mb:.0f}"]


def _files_text(files: int) -> str:
    return "1 file" if files == 1 else f"{files:,} files"


def _share(size_bytes: int, second: SecondVersion) -> str:
    return f"{100 * size_bytes / second.size_bytes:.1f} %"
