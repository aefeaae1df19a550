"""The goal `update-imports`: pins imported versions in the lock file, and files from elsewhere in BUILD files."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Dict, Iterable, List, Tuple

from pants.engine.console import Console
from pants.engine.fs import CreateDigest, FileContent, Workspace
from pants.engine.goal import Goal, GoalSubsystem
from pants.engine.process import ProcessCacheScope
from pants.engine.rules import Rule, collect_rules, goal_rule, rule
from pants.engine.target import FilteredTargets
from pants.util.logging import LogLevel

from wombat import compat
from wombat.graph.artifacts import lock_key, lock_text
from wombat.graph.model import ExternalFile, ImportedVersion
from wombat.rules.build_files import build_files, edited_build
from wombat.rules.graph import RepositoryGraph
from wombat.rules.origin import LockRequest, imports_lock
from wombat.rules.store import AccessRequest, access_to
from wombat.rules.tool import ToolRequest, tool_of
from wombat.target_types import DatasetFormatField, DatasetSha256Field


class UpdateImportsSubsystem(GoalSubsystem):
    name = "update-imports"
    help = (
        "Pins what comes from elsewhere: writes into the lock file of imports which versions the labels of imported "
        "datasets stand for now, and into BUILD files the SHA-256 of what an unpinned `uri` holds now. Commit and review "
        "the change like any other."
    )


class UpdateImports(Goal):
    subsystem_cls = UpdateImportsSubsystem
    environment_behavior = Goal.EnvironmentBehavior.LOCAL_ONLY


@dataclass(frozen=True)
class PinRequest:
    """Asks a place what it holds now.

    :param place: an artifact store or a file.
    :param arguments: of the tool, but for the place.
    """

    place: AccessRequest
    arguments: Tuple[str, ...]


@dataclass(frozen=True)
class Pin:
    """The answer as JSON, or why there is none."""

    answer: str
    problem: str = ""


@rule(desc="Find a pin", level=LogLevel.DEBUG)
async def find_pin(request: PinRequest) -> Pin:
    tool = await tool_of(ToolRequest())
    access = await access_to(request.place)
    command, *arguments = request.arguments
    place = ("--uri" if request.place.uri else "--store", access.uri)
    process = tool.process(command, *place, *arguments, description="Find a pin")
    process = replace(
        process, env={**process.env, **access.environment}, use_nailgun=(), cache_scope=ProcessCacheScope.PER_SESSION
    )
    result = await compat.fallible_process(process)
    if result.exit_code != 0:
        return Pin("", result.stderr.decode(errors="replace").strip())
    return Pin(result.stdout.decode())


pin_of = compat.caller(find_pin, PinRequest, Pin)


@goal_rule
async def update_imports(
    targets: FilteredTargets,
    repository: RepositoryGraph,
    console: Console,
    workspace: Workspace,
) -> UpdateImports:
    datasets = repository.graph.datasets
    asked = sorted(t.address.spec for t in targets if t.has_field(DatasetFormatField))
    origins = [(address, datasets[address].origin) for address in asked]
    imports = [(a, origin) for a, origin in origins if isinstance(origin, ImportedVersion) and len(origin.version) < 64]
    files = [(a, origin) for a, origin in origins if isinstance(origin, ExternalFile) and not origin.is_pinned]
    lock = await imports_lock(LockRequest())
    resolved = await compat.concurrently(
        pin_of(PinRequest(AccessRequest(origin.store), ("store-resolve", f"{origin.dataset}@{origin.version}")))
        for _, origin in imports
    )
    downloaded = await compat.concurrently(
        pin_of(PinRequest(AccessRequest(uri=origin.uri), ("store-download", "--unpinned", "--to", "fetched")))
        for _, origin in files
    )
    lines: List[str] = []
    failed = False
    wanted = {
        lock_key(node.origin)
        for node in datasets.values()
        if isinstance(node.origin, ImportedVersion) and len(node.origin.version) < 64
    }
    # What no target imports any more goes; what was not asked for stays.
    pins = {key: version for key, version in lock.versions.items() if key in wanted}
    for (address, origin), pin in zip(imports, resolved):
        if pin.problem:
            failed = True
            lines.append(f"{address}: not pinned. {pin.problem}")
            continue
        version = json.loads(pin.answer)["version"]
        before = pins.get(lock_key(origin))
        pins[lock_key(origin)] = version
        if before == version:
            lines.append(f"{address}: {origin.version} of {origin.dataset} is still {version[:12]}.")
        else:
            was = f", was {before[:12]}" if before else ""
            lines.append(f"{address}: {origin.version} of {origin.dataset} is {version[:12]}{was}.")
    written: Dict[str, str] = {}
    if pins != dict(lock.versions):
        written[lock.path] = lock_text(pins)
    builds = await build_files(address for address, _ in files)
    for (address, file), pin in zip(files, downloaded):
        if pin.problem:
            failed = True
            lines.append(f"{address}: not pinned. {pin.problem}")
            continue
        sha256 = json.loads(pin.answer)["sha256"]
        edited = edited_build(builds, address, DatasetSha256Field.alias, sha256)
        if edited is None:
            failed = True
            lines.append(f"{address}: add to the target: {DatasetSha256Field.alias}={sha256!r}")
        else:
            builds[edited[0]] = written[edited[0]] = edited[1]
            lines.append(f"{address}: {file.uri} is {sha256[:12]}; set `{DatasetSha256Field.alias}` in {edited[0]}.")
    if not imports and not files:
        lines.append(
            "Nothing that the arguments match needs a pin: neither a label of an imported_dataset nor an unpinned uri."
        )
    if written:
        digest = await compat.create_digest(
            CreateDigest(FileContent(path, text.encode(errors="surrogateescape")) for path, text in written.items())
        )
        workspace.write_digest(digest)
        lines.append(f"Wrote {', '.join(sorted(written))}. Review the change and commit it.")
    console.print_stdout("\n".join(lines))
    return UpdateImports(exit_code=1 if failed else 0)


def rules() -> Iterable[Rule]:
    return collect_rules()
