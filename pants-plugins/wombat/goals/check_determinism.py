"""The goal `check-determinism`: runs steps twice from scratch, and tells what came out otherwise."""

from __future__ import annotations

from typing import Iterable, List

from pants.engine.console import Console
from pants.engine.goal import Goal, GoalSubsystem
from pants.engine.rules import Rule, collect_rules, goal_rule
from pants.engine.target import FilteredTargets
from pants.util.docutil import bin_name

from wombat import compat
from wombat.rules.graph import NodesRequest, RepositoryGraph, nodes_of
from wombat.rules.repetition import RepetitionRequest, repetition_of


class CheckDeterminismSubsystem(GoalSubsystem):
    name = "check-determinism"
    help = (
        "Runs each step that the arguments match, or that makes what they match, twice from scratch on the same inputs, "
        "and tells which outputs differ and in what. A step whose output differs makes all below it run again whenever "
        "the cache has forgotten its result."
    )


class CheckDeterminism(Goal):
    subsystem_cls = CheckDeterminismSubsystem
    environment_behavior = Goal.EnvironmentBehavior.LOCAL_ONLY


@goal_rule
async def check_determinism(
    targets: FilteredTargets, repository: RepositoryGraph, console: Console
) -> CheckDeterminism:
    graph = repository.graph
    roots = tuple(sorted(t.address.spec for t in targets if t.address.spec in graph))
    if not roots:
        console.print_stderr(
            f"Neither dataset, step nor pipeline matches the arguments. `{bin_name()} list steps` shows the steps."
        )
        return CheckDeterminism(exit_code=0)
    nodes = await nodes_of(NodesRequest(roots))
    # Of a pipeline all its steps; of a dataset the one that makes it.
    closures = [root for root in roots if root in graph.pipelines]
    steps = {address for address in (graph.closure(closures) if closures else ()) if address in graph.steps}
    steps.update(root for root in roots if root in graph.steps)
    steps.update(
        producer for root in roots if root in graph.datasets for producer in [graph.datasets[root].producer] if producer
    )
    ordered = [address for address in nodes.order if address in steps]
    repetitions = await compat.concurrently(
        repetition_of(RepetitionRequest(repository.addresses[address])) for address in ordered
    )
    lines: List[str] = []
    differing = failed = 0
    for repetition in repetitions:
        if repetition.problem:
            failed += 1
            lines.append(f"{console.sigil_failed()} {repetition.address}: {repetition.problem}")
        elif repetition.differences:
            differing += 1
            lines.append(f"{console.sigil_failed()} {repetition.address} makes other bytes each time:")
            for difference in repetition.differences:
                lines.append(f"    {difference.dataset}")
                lines.extend(f"        {line}" for line in difference.text.splitlines())
        else:
            lines.append(f"{console.sigil_succeeded()} {repetition.address}")
    same = len(repetitions) - differing - failed
    lines.append(f"{len(repetitions)} steps run twice: {same} made the same bytes, {differing} others, {failed} failed.")
    console.print_stdout("\n".join(lines))
    return CheckDeterminism(exit_code=1 if differing or failed else 0)


def rules() -> Iterable[Rule]:
    return collect_rules()
