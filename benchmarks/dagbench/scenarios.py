"""The six scenarios on one graph, beside the bare script."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from dagbench.graphs import Graph, IdealCache, changed, expected_values, expected_versions, output_bytes, source_values
from dagbench.launcher import Launcher
from dagbench.processes import Usage, measure
from dagbench.repository import PROBE_TARGET, addresses_of, write_graph, write_settings, write_source

_HERE = Path(__file__).resolve().parent
RUN_PIPELINES = ("run", "::pipeline")
# Longer than Pants' watcher of files needs to notice a change.
_SETTLE_S = 1.0

BARE = "bare script"
FIRST = "first run"
UNCHANGED = "nothing changed"
CHANGED = "one input changed"
REVERTED = "change reverted"
DELETED = "outputs deleted"
WHITE_SPACE = "white space only"
SCENARIOS = (FIRST, UNCHANGED, CHANGED, REVERTED, DELETED, WHITE_SPACE)


@dataclass(frozen=True)
class Outcome:
    """What a scenario did, and what it should have done.

    :param wrong: what is wrong with the data, or "".
    """

    scenario: str
    usage: Usage
    steps_ran: int
    steps_expected: int
    wrong: str = ""

    @property
    def is_right(self) -> bool:
        """Whether exactly the right steps ran, and made the right data."""
        return self.steps_ran == self.steps_expected and not self.wrong


@dataclass(frozen=True)
class GraphOutcome:
    """One repetition of everything on one graph.

    :param daemon_start: starting a daemon that has loaded the plugin, as before the first run and after deletion.
    :param restore: writing the final datasets to `dist/` after deletion, `package`.
    """

    outcomes: tuple[Outcome, ...]
    daemon_start: Usage
    restore: Usage


class _Scenarios:
    """One repetition on one graph, in a directory of its own."""

    def __init__(self, graph: Graph, launcher: Launcher, interpreter: str) -> None:
        self.graph = graph
        self.launcher = launcher
        self.interpreter = interpreter
        self.ideal = IdealCache(graph)
        self.original = source_values(graph)
        self.addresses = addresses_of(graph)

    def run(self, scenario: str, sources: Mapping[str, Sequence[int]], spaced: Sequence[str] = ()) -> Outcome:
        settle()
        usage = self.launcher.run(*RUN_PIPELINES)
        record = self.launcher.last_record()
        return Outcome(
            scenario,
            usage,
            steps_ran=sum(step["source"] == "ran" for step in record["steps"]),
            steps_expected=self.ideal.steps_to_run(sources, spaced),
            wrong=wrong_in_record(record, expected_versions(self.graph, sources), self.addresses),
        )

    def wrong_in_dist(self, sources: Mapping[str, Sequence[int]]) -> str:
        """What is wrong with the final datasets in `dist/`."""
        values = expected_values(self.graph, sources)
        for name in self.graph.finals:
            path = self.launcher.root / "dist" / (self.addresses[name].replace(":", "/") + ".jsonl")
            found = path.read_bytes() if path.exists() else None
            if found != output_bytes(values[name]):
                return f"{path.name} in dist/ holds {found!r}, but should hold {output_bytes(values[name])!r}"
        return ""


def wrong_in_record(record: Mapping[str, Any], versions: Mapping[str, str], addresses: Mapping[str, str]) -> str:
    """What is wrong with the datasets of a run; "" if nothing is.

    :param record: of the run.
    :param versions: that the datasets should have, by name.
    :param addresses: of the datasets by name.
    """
    found = {dataset["address"]: dataset["version"] for dataset in record["datasets"]}
    wrong = [name for name, version in versions.items() if found.get(addresses[name]) != version]
    if not wrong:
        return ""
    address = addresses[wrong[0]]
    return (
        f"{len(wrong)} of {len(versions)} datasets are not what they should be; the first, {address}, "
        f"has the version {found.get(address)}, but its right content has {versions[wrong[0]]}"
    )


def run_graph(graph: Graph, *, program: Path, plugins: Path, scratch: Path, workers: int) -> GraphOutcome:
    """Measure the bare script and all scenarios once, from an empty store.

    What is warm at the first run: the daemon is up and has loaded the plugin, the steps' virtual environment (of no
    requirements) exists, and one step that has nothing to do with the graph has run. The graph's files are written
    after that, so reading BUILD files, resolving and planning are part of the first run.

    :param program: the launcher.
    :param plugins: the directory with the plugin's sources.
    :param scratch: an empty directory.
    """
    root = scratch / "repository"
    write_settings(root, plugins=plugins, scratch=scratch, workers=workers)
    with Launcher(program, root, scratch / "logs") as launcher:
        start = launcher.start_daemon()
        interpreter = find_interpreter(launcher)
        outcomes = [_run_bare(graph, launcher, interpreter, scratch=scratch, workers=workers)]
        write_graph(root, graph, source_values(graph))
        run = _Scenarios(graph, launcher, interpreter)
        original, first = run.original, graph.sources[0]

        outcomes.append(run.run(FIRST, original))
        outcomes.append(run.run(UNCHANGED, original))
        other = changed(original, first)
        write_source(root, first, other[first])
        outcomes.append(run.run(CHANGED, other))
        write_source(root, first, original[first])
        outcomes.append(run.run(REVERTED, original))

        shutil.rmtree(root / ".wombat")
        shutil.rmtree(root / "dist")
        launcher.stop_daemon()
        launcher.start_daemon()
        deleted = run.run(DELETED, original)
        restore = launcher.run("package", "//:pipeline")
        wrong = deleted.wrong or run.wrong_in_dist(original)
        outcomes.append(Outcome(DELETED, deleted.usage, deleted.steps_ran, deleted.steps_expected, wrong))

        write_source(root, first, original[first], spaced=True)
        outcomes.append(run.run(WHITE_SPACE, original, [first]))
    return GraphOutcome(tuple(outcomes), start, restore)


def settle() -> None:
    """Wait until the daemon has noticed that files changed."""
    time.sleep(_SETTLE_S)


def find_interpreter(launcher: Launcher) -> str:
    """Run a step that tells which interpreter steps run in, and make sure that it is there for others."""
    launcher.run("package", PROBE_TARGET)
    return (launcher.root / "dist/probe/interpreter.txt").read_text().strip()


def bare_plan(graph: Graph, interpreter: str, sources: Path, outputs: Path) -> list[tuple[list[str], list[int]]]:
    """The commands of all steps, each with the numbers of those that it waits for; see `bare.py`."""
    maker = {step.output: step.number for step in graph.steps}
    paths = {name: str(outputs / f"{name}.jsonl") for name in maker}
    paths.update({name: str(sources / f"{name}.jsonl") for name in graph.sources})
    plan = []
    for step in graph.steps:
        command = [interpreter, "-sB", str(_HERE / "step.py"), step.function, str(step.number), paths[step.output]]
        plan.append(([*command, *(paths[name] for name in step.inputs)], [maker[n] for n in step.inputs if n in maker]))
    return plan


def measure_bare(
    plan: Sequence[tuple[Sequence[str], Sequence[int]]],
    *,
    environment: Mapping[str, str],
    scratch: Path,
    workers: int,
    look_every_s: float = 0.5,
    python_path: Sequence[str] = (),
) -> Usage:
    """Run the bare script; its plan and log are left in `scratch`."""
    (scratch / "plan.json").write_text(json.dumps(plan))
    command = [sys.executable, "-sB", str(_HERE / "bare.py"), str(scratch / "plan.json"), str(workers)]
    log = scratch / "logs" / "bare"
    environment = {**environment, "PYTHONPATH": os.pathsep.join([str(_HERE.parent), *python_path])}
    return measure(command, directory=scratch, environment=environment, log=log, look_every_s=look_every_s)


def _run_bare(graph: Graph, launcher: Launcher, interpreter: str, *, scratch: Path, workers: int) -> Outcome:
    directory = scratch / "bare"
    sources = source_values(graph)
    for part in ("data", "out"):
        (directory / part).mkdir(parents=True)
    for name, rows in sources.items():
        write_source(directory, name, rows)
    plan = bare_plan(graph, interpreter, directory / "data", directory / "out")
    usage = measure_bare(plan, environment=launcher.environment, scratch=directory, workers=workers)
    values = expected_values(graph, sources)
    wrong = [n for n in values if (directory / "out" / f"{n}.jsonl").read_bytes() != output_bytes(values[n])]
    return Outcome(BARE, usage, len(plan), len(graph.steps), f"{', '.join(wrong[:3])} ..." if wrong else "")


def median_usage(usages: Sequence[Usage]) -> Usage:
    """The median of each figure."""
    return Usage(**{name: median([getattr(u, name) for u in usages]) for name in Usage.__dataclass_fields__})


def merged(repetitions: Sequence[GraphOutcome]) -> GraphOutcome:
    """Several repetitions as one: medians of what was used, and the first that was not right."""
    outcomes = []
    for same in zip(*(one.outcomes for one in repetitions)):
        shown = next((outcome for outcome in same if not outcome.is_right), same[0])
        usage = median_usage([outcome.usage for outcome in same])
        outcomes.append(Outcome(shown.scenario, usage, shown.steps_ran, shown.steps_expected, shown.wrong))
    return GraphOutcome(
        tuple(outcomes),
        median_usage([one.daemon_start for one in repetitions]),
        median_usage([one.restore for one in repetitions]),
    )


def as_document(outcome: GraphOutcome) -> dict[str, Any]:
    """The outcome as JSON-able values."""
    document = asdict(outcome)
    for one, shown in zip(document["outcomes"], outcome.outcomes):
        one["is_right"] = shown.is_right
    return document
