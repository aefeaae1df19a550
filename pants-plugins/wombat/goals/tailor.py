"""Proposes targets: `dataset` for data files that nobody owns, `pipeline_step` for functions marked `@step`."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Dict, Iterable, List, Set, Tuple

from pants.core.goals.tailor import (
    AllOwnedSources,
    PutativeTarget,
    PutativeTargets,
    PutativeTargetsRequest,
)
from pants.engine.fs import PathGlobs
from pants.engine.rules import Rule, collect_rules, rule
from pants.engine.target import AllTargets
from pants.engine.unions import UnionRule
from pants.util.logging import LogLevel

from wombat import compat
from wombat.graph.formats import DATA_FILE_GLOBS
from wombat.graph.markers import marked_steps
from wombat.rules.inference import split_entry_point
from wombat.target_types import (
    DatasetTarget,
    PipelineStepTarget,
    StepEntryPointField,
)


@dataclass(frozen=True)
class PutativeDatasetsRequest(PutativeTargetsRequest):
    pass


@dataclass(frozen=True)
class PutativeStepsRequest(PutativeTargetsRequest):
    pass


@rule(desc="Look for data files without a target", level=LogLevel.DEBUG)
async def find_putative_datasets(request: PutativeDatasetsRequest, owned: AllOwnedSources) -> PutativeTargets:
    found = await compat.paths(request.path_globs(*DATA_FILE_GLOBS))
    proposals: List[PutativeTarget] = []
    names: Dict[str, Set[str]] = {}
    for path in sorted(set(found.files).difference(owned)):
        directory, file = os.path.split(path)
        stem = os.path.splitext(file)[0]
        taken = names.setdefault(directory, set())
        name = _usable_name(stem if stem not in taken else file.replace(".", "_"))
        taken.add(name)
        proposals.append(
            PutativeTarget.for_target_type(
                DatasetTarget, path=directory, name=name, triggering_sources=[file], kwargs={"source": file}
            )
        )
    return PutativeTargets(proposals)


def _usable_name(text: str) -> str:
    """A target name that is a Python name too, so that it can be a parameter: "a-b c" becomes "a_b_c"."""
    name = "".join(character if character.isalnum() or character == "_" else "_" for character in text)
    return f"_{name}" if name[:1].isdigit() else name or "_"


@rule(desc="Look for functions marked as steps without a target", level=LogLevel.DEBUG)
async def find_putative_steps(request: PutativeStepsRequest, all_targets: AllTargets) -> PutativeTargets:
    declared: Set[Tuple[str, str]] = set()
    for target in all_targets:
        if target.has_field(StepEntryPointField) and target[StepEntryPointField].value is not None:
            where, function = split_entry_point(target[StepEntryPointField].value)
            declared.add((os.path.normpath(os.path.join(target.address.spec_path, where)), function))
            # A module's name says where its file is but for the source root.
            declared.add((where.replace(".", os.sep), function))
    found = await compat.paths(request.path_globs("*.py"))
    digest = await compat.path_globs_digest(PathGlobs(found.files))
    contents = await compat.digest_contents(digest)
    proposals: List[PutativeTarget] = []
    for file in contents:
        for marked in marked_steps(file.content):
            module_path = file.path[: -len(".py")]
            if (file.path, marked.name) in declared or any(
                module_path.endswith(where) and function == marked.name for where, function in declared
            ):
                continue
            directory, name = os.path.split(file.path)
            proposals.append(
                PutativeTarget.for_target_type(
                    PipelineStepTarget,
                    path=directory,
                    name=marked.name,
                    triggering_sources=[],
                    kwargs={"entry_point": f"{name}:{marked.name}"},
                    comments=[
                        "# List what it reads in `inputs`, what it makes in `outputs`, and the rest in `params`.",
                        f"# Its parameters: {', '.join(marked.parameters) or 'none'}.",
                    ],
                )
            )
    return PutativeTargets(proposals)


def rules() -> Iterable[Rule | UnionRule]:
    return (
        *collect_rules(),
        UnionRule(PutativeTargetsRequest, PutativeDatasetsRequest),
        UnionRule(PutativeTargetsRequest, PutativeStepsRequest),
    )
