"""How the time to load, list and print a graph grows with its size."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from dagbench.graphs import graph_of, source_values
from dagbench.launcher import Launcher
from dagbench.processes import CommandError, Usage
from dagbench.repository import write_graph, write_settings
from dagbench.scenarios import settle

GOAL_RATIO = 2.0
COLD_LIST = "load and list"
WARM_LIST = "list again"
COLD_GRAPH = "pipeline-graph"
WARM_GRAPH = "pipeline-graph again"
CALLS = (COLD_LIST, WARM_LIST, COLD_GRAPH, WARM_GRAPH)


@dataclass(frozen=True)
class ScaleOutcome:
    """What the calls used on a wide graph of one size.

    :param targets: how many `list ::` printed.
    """

    steps: int
    targets: int
    usages: tuple[Usage, ...]

    def per_step_s(self, call: str) -> float:
        """Wall time for each step."""
        return self.usages[CALLS.index(call)].wall_s / self.steps


def measure_scale(steps: int, *, program: Path, plugins: Path, scratch: Path) -> ScaleOutcome:
    """List and print a wide graph twice each, the first time right after the daemon has loaded the plugin.

    :param scratch: an empty directory.
    :raises CommandError: if what is printed is not the whole graph.
    """
    graph = graph_of("wide", steps)
    root = scratch / "repository"
    write_settings(root, plugins=plugins, scratch=scratch, workers=2)
    with Launcher(program, root, scratch / "logs") as launcher:
        launcher.start_daemon()
        write_graph(root, graph, source_values(graph))
        settle()
        usages: dict[str, Usage] = {}
        for call in (COLD_LIST, WARM_LIST):
            usages[call] = launcher.run("list", "::")
        listed = set(launcher.last_output().split())
        wanted = {f"{step.directory}:{name}" for step in graph.steps for name in (step.name, step.output)}
        if not wanted <= listed:
            raise CommandError(f"`pants list ::` left out {len(wanted - listed)} targets: {min(wanted - listed)} ...")
        for call in (COLD_GRAPH, WARM_GRAPH):
            usages[call] = launcher.run("pipeline-graph", "::")
        document = json.loads(launcher.last_output())
        edges = {(step["address"], item["dataset"]) for step in document["steps"] for item in step["inputs"]}
        count = sum(len(step.inputs) for step in graph.steps)
        if len(edges) != count:
            raise CommandError(
                f"`pants pipeline-graph ::` printed {len(edges)} inputs of steps, but there are {count}."
            )
    return ScaleOutcome(steps, len(listed), tuple(usages[call] for call in CALLS))
