"""The goal `reproduce-version`: makes a published version once more, from its commit, and compares the bytes."""

from __future__ import annotations

import json
from typing import Iterable, List

from pants.base.build_root import BuildRoot
from pants.engine.console import Console
from pants.engine.env_vars import CompleteEnvironmentVars
from pants.engine.goal import Goal, GoalSubsystem
from pants.engine.rules import Rule, collect_rules, goal_rule
from pants.option.option_types import ArgsListOption
from pants.util.docutil import bin_name
from pants.vcs.git import GitWorktreeRequest

from wombat import compat
from wombat.goals.update_imports import PinRequest, pin_of
from wombat.graph.artifacts import project_name
from wombat.graph.errors import ReproductionError
from wombat.reproduction import recorded, reproduce, worktree
from wombat.rules.store import AccessRequest, CheckoutRequest, checkout_of
from wombat.subsystems import StoreSubsystem

_OWN_VARIABLES = ("PANTS_BUILDROOT_OVERRIDE", "PANTS_CONFIG_FILES", "_PANTS_SERVER_EXE")
"""What the launcher of this session set for this session."""


class ReproduceVersionSubsystem(GoalSubsystem):
    name = "reproduce-version"
    help = (
        "Checks the commit of a published version out into a temporary worktree, makes the version there once more, no "
        "step being taken from a cache, and says whether the bytes are the same, and if not, what the step read otherwise."
    )
    args = ArgsListOption(example="path:name@production", passthrough=True)


class ReproduceVersion(Goal):
    subsystem_cls = ReproduceVersionSubsystem
    environment_behavior = Goal.EnvironmentBehavior.LOCAL_ONLY


@goal_rule
async def reproduce_version(
    goal_options: ReproduceVersionSubsystem,
    options: StoreSubsystem,
    build_root: BuildRoot,
    environment: CompleteEnvironmentVars,
    console: Console,
) -> ReproduceVersion:
    command = f"{bin_name()} {ReproduceVersionSubsystem.name} -- path:name@version"
    if len(goal_options.args) != 1:
        console.print_stderr(f"Say which version, one: {command}")
        return ReproduceVersion(exit_code=1)
    (reference,) = goal_options.args
    checkout = await checkout_of(CheckoutRequest())
    project = project_name(options.project, checkout.remote, build_root.path)
    pin = await pin_of(PinRequest(AccessRequest(), ("store-resolve", "--project", project, reference)))
    if pin.problem:
        console.print_stderr(pin.problem)
        return ReproduceVersion(exit_code=1)
    manifest = json.loads(pin.answer)
    title = f"{manifest['project']}//{manifest['address']} {manifest['version'][:12]}"
    if manifest["project"] != project:
        raise ReproductionError(title, f"it is of another project, {manifest['project']}: run this in its repository.")
    made = recorded(manifest, title)
    git_worktree = (await compat.git_worktree(GitWorktreeRequest())).git_worktree
    if git_worktree is None:
        raise ReproductionError(title, "this is no git repository, or there is no git.")
    variables = {name: value for name, value in environment.items() if name not in _OWN_VARIABLES}
    console.print_stderr(f"Making {title} once more from commit {made.commit[:12]} ...")
    with worktree(git_worktree._git_binary.path, build_root.path, made) as directory:
        again = reproduce(directory, made, bin_name(), variables)
    lines: List[str] = []
    if again.version == made.version:
        lines.append(f"{console.sigil_succeeded()} {title}: the same bytes.")
    elif again.version is None:
        lines.append(f"{console.sigil_failed()} {title}: it could not be made. {again.problem}")
    else:
        lines.append(f"{console.sigil_failed()} {title}: other bytes, version {again.version[:12]}.")
    if not made.is_clean:
        lines.append("It was published from a tree with changes that are in no commit.")
    if again.version != made.version:
        lines += [f"What the step read: {one}." for one in again.differences]
        if again.version is not None and not again.differences and made.is_clean:
            lines.append(
                "The step read the same as then, so what it makes depends on more than that: time, chance, the machine. "
                f"Try: {bin_name()} check-determinism {made.address}"
            )
    console.print_stdout("\n".join(lines))
    return ReproduceVersion(exit_code=0 if again.version == made.version else 1)


def rules() -> Iterable[Rule]:
    return collect_rules()
