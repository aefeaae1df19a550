"""The goal `prepare-steps`: gets what steps run in, and runs none."""

from __future__ import annotations

from typing import Iterable

from pants.engine.console import Console
from pants.engine.goal import Goal, GoalSubsystem
from pants.engine.rules import Rule, collect_rules, goal_rule
from pants.engine.target import FilteredTargets
from pants.util.docutil import bin_name

from wombat import compat
from wombat.rules.graph import NodesRequest, RepositoryGraph, nodes_of
from wombat.rules.plan import StepPlanRequest, step_plan
from wombat.rules.tool import ToolRequest, tool_of


class PrepareStepsSubsystem(GoalSubsystem):
    name = "prepare-steps"
    help = (
        "Downloads and builds what the steps that the arguments match run in, with all steps that they need: "
        "requirements, programs, and Wombat's own program. It runs no step. For images and machines that are to run "
        "steps later without asking a package index."
    )


class PrepareSteps(Goal):
    subsystem_cls = PrepareStepsSubsystem
    environment_behavior = Goal.EnvironmentBehavior.LOCAL_ONLY


@goal_rule
async def prepare_steps(targets: FilteredTargets, repository: RepositoryGraph, console: Console) -> PrepareSteps:
    roots = tuple(sorted(t.address.spec for t in targets if t.address.spec in repository.graph))
    nodes = await nodes_of(NodesRequest(roots))
    await tool_of(ToolRequest())
    await compat.concurrently(
        step_plan(StepPlanRequest(repository.addresses[address])) for address in sorted(nodes.graph.steps)
    )
    count = len(nodes.graph.steps)
    if count:
        console.print_stderr(f"{count} {'step is' if count == 1 else 'steps are'} ready to run.")
    else:
        console.print_stderr(f"The arguments match no step. `{bin_name()} list ::` shows all targets.")
    return PrepareSteps(exit_code=0)


def rules() -> Iterable[Rule]:
    return collect_rules()
