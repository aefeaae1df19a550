"""The goal `run-pipelines`: builds every pipeline that the specs match."""

from __future__ import annotations

import json
import logging
import time
from typing import Iterable

from pants.base.build_root import BuildRoot
from pants.engine.console import Console
from pants.engine.fs import Workspace
from pants.engine.goal import Goal, GoalSubsystem
from pants.engine.internals.session import RunId
from pants.engine.rules import Rule, collect_rules, goal_rule
from pants.engine.target import FilteredTargets
from pants.option.option_types import ArgsListOption
from pants.util.docutil import bin_name

from wombat.rules.report import BuildRequest, build_report, finish_run, keep_run
from wombat.subsystems import OutputFormat, WombatSubsystem
from wombat.target_types import PipelineOutputsField, PipelineTarget

logger = logging.getLogger(__name__)


class RunPipelinesSubsystem(GoalSubsystem):
    name = "run-pipelines"
    help = "Builds every pipeline that the arguments match, and prints a summary."

    args = ArgsListOption(
        example="train.max_iter=20",
        extra_help="Parameters of steps for this run only, as step.parameter=value.",
        passthrough=True,
    )


class RunPipelines(Goal):
    subsystem_cls = RunPipelinesSubsystem
    environment_behavior = Goal.EnvironmentBehavior.LOCAL_ONLY


@goal_rule
async def run_pipelines(
    targets: FilteredTargets,
    goal_options: RunPipelinesSubsystem,
    options: WombatSubsystem,
    console: Console,
    workspace: Workspace,
    build_root: BuildRoot,
    run_id: RunId,
) -> RunPipelines:
    started = time.time()
    roots = tuple(sorted(t.address.spec for t in targets if t.has_field(PipelineOutputsField)))
    if not roots:
        # Not an error, as with Pants' own goals: of the targets that changed, say, none may be a pipeline.
        logger.warning(
            f"No target of type `{PipelineTarget.alias}` matches the arguments, so there is nothing to run. "
            f"`{bin_name()} --filter-target-type={PipelineTarget.alias} list ::` shows those there are."
        )
        return RunPipelines(exit_code=0)
    request = BuildRequest(roots, tuple(goal_options.args))
    report = await build_report(request)
    finished = await finish_run(
        report,
        request=request,
        run_id=run_id,
        started=started,
        options=options,
        build_root=build_root.path,
    )
    keep_run(finished.record, options=options, build_root=build_root.path)
    if options.output_format is OutputFormat.JSON:
        console.print_stdout(json.dumps(finished.record, ensure_ascii=False))
    else:
        console.write_stdout(finished.summary(color=console.use_colors))
    return RunPipelines(exit_code=finished.exit_code)


def rules() -> Iterable[Rule]:
    return collect_rules()
