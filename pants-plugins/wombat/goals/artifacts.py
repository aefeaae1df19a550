"""The goals for the artifact store: each runs one command of `wombat_tool` in the foreground.

What stands behind `--` goes to the command: references of versions, as `path:name@production`.
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Dict, Iterable, List, Optional, Sequence, Tuple

from pants.base.build_root import BuildRoot
from pants.engine.console import Console
from pants.engine.env_vars import EnvironmentVarsRequest
from pants.engine.fs import EMPTY_DIGEST, CreateDigest, Digest, FileContent
from pants.engine.goal import Goal, GoalSubsystem
from pants.engine.process import InteractiveProcess
from pants.engine.rules import Rule, collect_rules, goal_rule
from pants.engine.target import AllTargets, FilteredTargets
from pants.option.option_types import ArgsListOption, BoolOption, StrOption
from pants.util.docutil import bin_name

from wombat import compat
from wombat.graph.artifacts import project_name, retention_policy
from wombat.graph.model import ImportedVersion
from wombat.rules.graph import RepositoryGraph
from wombat.rules.origin import LockRequest, imports_lock
from wombat.rules.store import AccessRequest, CheckoutRequest, access_to, checkout_of
from wombat.rules.tool import ToolRequest, tool_of
from wombat.subsystems import StoreSubsystem
from wombat.target_types import DatasetFormatField, DatasetKeepDaysField, DatasetKeepLastField

_POLICY_FILE = "policy.json"
_TERMINAL = ("COLUMNS", "NO_COLOR", "PATH", "TERM")


def _reference_args(example: str) -> ArgsListOption:
    return ArgsListOption(
        example=example,
        extra_help="A version is `[project//]path:name@version`: the version's first hexadecimal digits, a label, or "
        "`latest`, which is meant where nothing is said.",
        passthrough=True,
    )


class ListVersionsSubsystem(GoalSubsystem):
    name = "list-versions"
    help = (
        "Lists the published versions of the datasets that the arguments match, or of all in the artifact store; with "
        "`-- --output json` as JSON."
    )
    args = _reference_args("other_project//path:name")


class ListVersions(Goal):
    subsystem_cls = ListVersionsSubsystem
    environment_behavior = Goal.EnvironmentBehavior.LOCAL_ONLY


class ShowVersionSubsystem(GoalSubsystem):
    name = "show-version"
    help = "Shows a published version: what it holds, what it was made of, and what was made of it."
    args = _reference_args("path:name@production")


class ShowVersion(Goal):
    subsystem_cls = ShowVersionSubsystem
    environment_behavior = Goal.EnvironmentBehavior.LOCAL_ONLY


class CompareVersionsSubsystem(GoalSubsystem):
    name = "compare-versions"
    help = "Compares two published versions: schema, rows, values, parameters, code, metrics, and the commits between."
    args = _reference_args("path:name@production path:name@latest")


class CompareVersions(Goal):
    subsystem_cls = CompareVersionsSubsystem
    environment_behavior = Goal.EnvironmentBehavior.LOCAL_ONLY


class FetchVersionSubsystem(GoalSubsystem):
    name = "fetch-version"
    help = "Fetches a published version to a path, verified; it never overwrites anything."
    args = _reference_args("path:name@production")
    to = StrOption(
        flag_name="--to",
        default=None,
        help="Where to write it, absolute or relative to the build root. Default: below `dist/`, named after the dataset.",
    )


class FetchVersion(Goal):
    subsystem_cls = FetchVersionSubsystem
    environment_behavior = Goal.EnvironmentBehavior.LOCAL_ONLY


class LabelVersionSubsystem(GoalSubsystem):
    name = "label-version"
    help = (
        "Moves a label to a published version, as `-- path:name@latest production`; with `--expect VERSION` only if it "
        "is still there, and with `--remove` away. Every move stays on record."
    )
    args = _reference_args("path:name@latest production")


class LabelVersion(Goal):
    subsystem_cls = LabelVersionSubsystem
    environment_behavior = Goal.EnvironmentBehavior.LOCAL_ONLY


class VerifyStoreSubsystem(GoalSubsystem):
    name = "verify-store"
    help = "Reads everything in the artifact store and verifies it."
    args = ArgsListOption(example="--output json", passthrough=True)


class VerifyStore(Goal):
    subsystem_cls = VerifyStoreSubsystem
    environment_behavior = Goal.EnvironmentBehavior.LOCAL_ONLY


class CollectGarbageSubsystem(GoalSubsystem):
    name = "collect-garbage"
    help = (
        "Says which published versions the policy no longer keeps and how much room they take; with `--delete` it "
        "removes them. Labelled versions, those that this repository imports, and all that kept versions were made of "
        "stay."
    )
    args = ArgsListOption(example="--output json", passthrough=True)
    delete = BoolOption(flag_name="--delete", default=False, help="Remove what the policy no longer keeps.")


class CollectGarbage(Goal):
    subsystem_cls = CollectGarbageSubsystem
    environment_behavior = Goal.EnvironmentBehavior.LOCAL_ONLY


async def _run(
    command: str,
    given: Sequence[str],
    options: StoreSubsystem,
    build_root: str,
    console: Console,
    files: Digest = EMPTY_DIGEST,
    added: Sequence[str] = (),
) -> int:
    """Run a command of the store for this repository; returns its exit code.

    :param given: what stands behind `--`.
    :param added: arguments of the goal's own.
    :param console: the engine lets a goal run a process in the foreground only if it takes something with effects.
    :param files: of the process.
    """
    needed, usage = _USAGE.get(command, (0, ""))
    if sum(not argument.startswith("-") for argument in given) < needed:
        console.print_stderr(f"Say which version, behind `--`: {bin_name()} {usage}")
        return 1
    tool = await tool_of(ToolRequest())
    access = await access_to(AccessRequest())
    checkout = await checkout_of(CheckoutRequest())
    terminal = await compat.environment_variables(EnvironmentVarsRequest(_TERMINAL))
    project = project_name(options.project, checkout.remote, build_root)
    process = tool.process(
        command,
        "--store",
        access.uri,
        *(("--project", project) if command not in _WHOLE_STORE else ()),
        *added,
        *given,
        description=command,
        input_digest=files,
    )
    process = replace(process, env={**process.env, **access.environment, **terminal})
    console.flush()
    result = await compat.run_interactive(InteractiveProcess.from_process(process))
    exit_code: int = result.exit_code
    return exit_code


_USAGE = {
    "store-compare": (2, "compare-versions -- path:name@production path:name@latest"),
    "store-fetch": (1, "fetch-version --to=PATH -- path:name@production"),
    "store-label": (1, "label-version -- path:name@latest production"),
    "store-show": (1, "show-version -- path:name@production"),
}
"""How many words the commands need behind `--`, and an example."""
_WHOLE_STORE = ("store-verify", "store-gc")
"""Commands that ask for no dataset, and so for no project."""


@goal_rule
async def list_versions(
    targets: FilteredTargets,
    goal_options: ListVersionsSubsystem,
    options: StoreSubsystem,
    build_root: BuildRoot,
    console: Console,
) -> ListVersions:
    addresses = sorted(target.address.spec for target in targets if target.has_field(DatasetFormatField))
    if targets and not addresses:
        console.print_stderr(f"No dataset matches the arguments. `{bin_name()} list datasets` shows those there are.")
        return ListVersions(exit_code=0)
    given = (*addresses, *goal_options.args)
    return ListVersions(await _run("store-versions", given, options, build_root.path, console))


@goal_rule
async def show_version(
    goal_options: ShowVersionSubsystem, options: StoreSubsystem, build_root: BuildRoot, console: Console
) -> ShowVersion:
    return ShowVersion(await _run("store-show", goal_options.args, options, build_root.path, console))


@goal_rule
async def compare_versions(
    goal_options: CompareVersionsSubsystem, options: StoreSubsystem, build_root: BuildRoot, console: Console
) -> CompareVersions:
    added = ("--repository", build_root.path)
    given = goal_options.args
    return CompareVersions(await _run("store-compare", given, options, build_root.path, console, added=added))


@goal_rule
async def fetch_version(
    goal_options: FetchVersionSubsystem, options: StoreSubsystem, build_root: BuildRoot, console: Console
) -> FetchVersion:
    given = goal_options.args
    added: List[str] = []
    to = goal_options.to
    if to is None and given:
        name = given[0].partition("@")[0].rpartition("//")[2]
        to = os.path.join("dist", name.replace("/", ".").replace(":", "/"))
    if to is not None:
        path = os.path.normpath(os.path.join(build_root.path, to))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        added = ["--to", path]
    return FetchVersion(await _run("store-fetch", given, options, build_root.path, console, added=added))


@goal_rule
async def label_version(
    goal_options: LabelVersionSubsystem, options: StoreSubsystem, build_root: BuildRoot, console: Console
) -> LabelVersion:
    return LabelVersion(await _run("store-label", goal_options.args, options, build_root.path, console))


@goal_rule
async def verify_store(
    goal_options: VerifyStoreSubsystem, options: StoreSubsystem, build_root: BuildRoot, console: Console
) -> VerifyStore:
    return VerifyStore(await _run("store-verify", goal_options.args, options, build_root.path, console))


@goal_rule
async def collect_garbage(
    all_targets: AllTargets,
    repository: RepositoryGraph,
    goal_options: CollectGarbageSubsystem,
    options: StoreSubsystem,
    build_root: BuildRoot,
    console: Console,
) -> CollectGarbage:
    checkout = await checkout_of(CheckoutRequest())
    project = project_name(options.project, checkout.remote, build_root.path)
    rules: Dict[str, Tuple[Optional[int], Optional[int]]] = {}
    for target in all_targets:
        if target.has_field(DatasetKeepLastField):
            own = (target[DatasetKeepLastField].value, target[DatasetKeepDaysField].value)
            if own != (None, None):
                rules[f"{project}//{target.address.spec}"] = own
    lock = await imports_lock(LockRequest())
    pinned: List[Tuple[str, str]] = [
        (key.rpartition("@")[0], version) for key, version in lock.versions.items() if " " not in key
    ]
    for node in repository.graph.datasets.values():
        if isinstance(node.origin, ImportedVersion) and node.origin.store is None:
            version = lock.version_of(node.origin)
            if version is not None:
                pinned.append((node.origin.dataset, version))
    policy = retention_policy(
        rules,
        pinned,
        keep_last=options.keep_last,
        keep_days=options.keep_days,
        grace_hours=options.grace_hours,
    )
    files = await compat.create_digest(CreateDigest([FileContent(_POLICY_FILE, policy)]))
    added = ["--policy", _POLICY_FILE, *(["--delete"] if goal_options.delete else [])]
    return CollectGarbage(
        await _run("store-gc", goal_options.args, options, build_root.path, console, files, added=added)
    )


def rules() -> Iterable[Rule]:
    return collect_rules()
