"""What one step costs beyond its own code."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from dagbench.graphs import graph_of, source_values
from dagbench.launcher import Launcher
from dagbench.processes import CommandError
from dagbench.repository import write_graph, write_settings, write_source
from dagbench.scenarios import (
    RUN_PIPELINES,
    bare_plan,
    find_interpreter,
    measure_bare,
    median_usage,
    settle,
)

GOAL_S = 0.1

_STEPS = 20
_REPETITIONS = 5
_CALLS = 100
_HERE = Path(__file__).resolve().parent
_ONE = "one:one"


@dataclass(frozen=True)
class Overhead:
    """Seconds for one step of a chain, in which nothing can run side by side.

    :param step_wall_s: in Wombat, without what a run costs in which nothing changed.
    :param process_wall_s: what Pants says that the step's process took, which is a part of `step_wall_s`.
    :param command_wall_s: the same code as a command, `python step.py ...`, in the same virtual environment.
    :param call_wall_s: the same code called in an interpreter that runs already.
    :param run_wall_s: a whole run in which one step has to run, as the user waits for it.
    """

    step_wall_s: float
    step_cpu_s: float
    process_wall_s: float
    command_wall_s: float
    command_cpu_s: float
    call_wall_s: float
    run_wall_s: float
    run_cpu_s: float

    @property
    def over_call_s(self) -> float:
        """What is held against the goal: everything but the code itself."""
        return self.step_wall_s - self.call_wall_s


def measure_overhead(*, program: Path, plugins: Path, scratch: Path) -> Overhead:
    """Change the input of a chain a few times, and run it as a whole, not at all, and its first step only.

    :param scratch: an empty directory.
    :raises CommandError: if other steps run than have to.
    """
    graph = graph_of("chain", _STEPS)
    root = scratch / "repository"
    write_settings(root, plugins=plugins, scratch=scratch, workers=1)
    with Launcher(program, root, scratch / "logs") as launcher:
        launcher.start_daemon()
        interpreter = find_interpreter(launcher)
        write_graph(root, graph, source_values(graph))
        first = graph.steps[0]
        (root / "one").mkdir()
        (root / "one" / "BUILD").write_text(f'pipeline(name="one", outputs=["{first.directory}:{first.output}"])\n')
        settle()
        launcher.run(*RUN_PIPELINES)
        one, others, none = [], [], []
        process_s: list[float] = []
        for repetition in range(_REPETITIONS):
            write_source(root, graph.sources[0], [1000 + repetition])
            settle()
            one.append(launcher.run("run-pipelines", _ONE))
            process_s += _seconds_of_ran(launcher, 1)
            others.append(launcher.run(*RUN_PIPELINES))
            process_s += _seconds_of_ran(launcher, _STEPS - 1)
            none.append(launcher.run(*RUN_PIPELINES))
        (scratch / "out").mkdir()
        plan = bare_plan(graph, interpreter, root / "data", scratch / "out")
        bare = median_usage(
            [
                measure_bare(plan, environment=launcher.environment, scratch=scratch, workers=1)
                for _ in range(_REPETITIONS)
            ]
        )
        call_s = _call_s(plan[0][0], launcher, scratch)
    changed, unchanged, run = median_usage(others), median_usage(none), median_usage(one)
    return Overhead(
        step_wall_s=(changed.wall_s - unchanged.wall_s) / (_STEPS - 1),
        step_cpu_s=(changed.cpu_s - unchanged.cpu_s) / (_STEPS - 1),
        process_wall_s=median(process_s),
        command_wall_s=bare.wall_s / _STEPS,
        command_cpu_s=bare.cpu_s / _STEPS,
        call_wall_s=call_s,
        run_wall_s=run.wall_s,
        run_cpu_s=run.cpu_s,
    )


def _seconds_of_ran(launcher: Launcher, count: int) -> list[float]:
    ran = [step["seconds"] for step in launcher.last_record()["steps"] if step["source"] == "ran"]
    if len(ran) != count:
        raise CommandError(f"{len(ran)} steps ran where {count} had to, so the figures mean nothing.")
    return ran


def _call_s(step_command: list[str], launcher: Launcher, scratch: Path) -> float:
    interpreter, options, _, *arguments = step_command
    command = [interpreter, options, str(_HERE / "calls.py"), str(_CALLS), *arguments]
    environment = {**launcher.environment, "PYTHONPATH": os.fspath(_HERE.parent)}
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, cwd=scratch, env=environment)
    return float(done.stdout)
