"""The goal `pipeline-graph`: prints the graph of pipelines, for programs and for people."""

from __future__ import annotations

import json
from enum import Enum
from typing import Iterable

from pants.engine.console import Console
from pants.engine.goal import Goal, GoalSubsystem, Outputting
from pants.engine.rules import Rule, collect_rules, goal_rule
from pants.engine.target import FilteredTargets
from pants.option.option_types import EnumOption

from wombat.graph.document import dot, graph_document, mermaid
from wombat.rules.graph import NodesRequest, RepositoryGraph, nodes_of


class GraphFormat(Enum):
    """The languages in which a graph is printed."""

    JSON = "json"
    MERMAID = "mermaid"
    DOT = "dot"


class PipelineGraphSubsystem(Outputting, GoalSubsystem):
    name = "pipeline-graph"
    help = "Prints the datasets, steps and pipelines that the arguments match, with all that they need."

    graph_format = EnumOption(
        flag_name="--graph-format",
        default=GraphFormat.JSON,
        help="`json` for programs (docs/reference/documents.md), `mermaid` for Markdown pages, `dot` for Graphviz.",
    )


class PipelineGraphGoal(Goal):
    subsystem_cls = PipelineGraphSubsystem
    environment_behavior = Goal.EnvironmentBehavior.LOCAL_ONLY


@goal_rule
async def print_pipeline_graph(
    targets: FilteredTargets, options: PipelineGraphSubsystem, repository: RepositoryGraph, console: Console
) -> PipelineGraphGoal:
    roots = tuple(sorted(t.address.spec for t in targets if t.address.spec in repository.graph))
    nodes = await nodes_of(NodesRequest(roots))
    with options.output(console) as write:
        if options.graph_format is GraphFormat.MERMAID:
            write(mermaid(nodes.graph))
        elif options.graph_format is GraphFormat.DOT:
            write(dot(nodes.graph))
        else:
            write(json.dumps(graph_document(nodes.graph), indent=2, ensure_ascii=False) + "\n")
    return PipelineGraphGoal(exit_code=0)


def rules() -> Iterable[Rule]:
    return collect_rules()
