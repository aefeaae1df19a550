"""The package `wombat_step`: carried into every step's sandbox, and a library that users' code can import.

Users declare nothing for it: a synthetic target owns the module, and its sources are generated from the plugin's
own copy, so imports are inferred, tests run and types are checked.
"""

from __future__ import annotations

import os
from collections import defaultdict
from dataclasses import dataclass
from typing import Dict, Iterable, List

from pants.backend.python.dependency_inference.module_mapper import (
    AllPythonTargets,
    FirstPartyPythonMappingImpl,
    FirstPartyPythonMappingImplMarker,
    ModuleProvider,
    ModuleProviderType,
)
from pants.backend.python.subsystems.setup import PythonSetup
from pants.backend.python.target_types import PythonResolveField, PythonSourceField
from pants.engine.addresses import Address
from pants.engine.fs import CreateDigest, Digest, FileContent
from pants.engine.internals.synthetic_targets import SyntheticAddressMaps, SyntheticTargetsRequest
from pants.engine.internals.target_adaptor import TargetAdaptor
from pants.engine.rules import Rule, collect_rules, rule
from pants.engine.target import GeneratedSources, GenerateSourcesRequest
from pants.engine.unions import UnionRule
from pants.source.source_root import AllSourceRoots

from wombat import compat
from wombat.packages import package_files, program_files, wordless
from wombat.target_types import StepLibrarySourceField, StepLibraryTarget

PACKAGE = "wombat_step"
TARGET_NAME = "wombat_step"


@dataclass(frozen=True)
class StepLibrary:
    """The package as a program for sandboxes, to be mounted at `LIBRARY_MOUNT`."""

    digest: Digest


@dataclass(frozen=True)
class StepLibraryRequest:
    """Asks for the package."""


@rule(desc="Prepare the step library")
async def prepare_step_library(request: StepLibraryRequest) -> StepLibrary:
    files = [FileContent(path, content) for path, content in wordless(program_files(PACKAGE))]
    return StepLibrary(await compat.create_digest(CreateDigest(files)))


@dataclass(frozen=True)
class SyntheticStepLibraryRequest(SyntheticTargetsRequest):
    path: str = SyntheticTargetsRequest.SINGLE_REQUEST_FOR_ALL_TARGETS


@rule
async def declare_step_library(request: SyntheticStepLibraryRequest) -> SyntheticAddressMaps:
    adaptor = TargetAdaptor(StepLibraryTarget.alias, TARGET_NAME, __description_of_origin__="the plugin wombat")
    return SyntheticAddressMaps.for_targets_request(request, [("BUILD.wombat", [adaptor])])


class GenerateStepLibraryRequest(GenerateSourcesRequest):
    input = StepLibrarySourceField
    output = PythonSourceField


@rule(desc="Generate the step library")
async def generate_step_library(
    request: GenerateStepLibraryRequest, source_roots: AllSourceRoots
) -> GeneratedSources:
    # It must lie in a source root to be importable, and any will do: the target is only used where the repository has
    # no package of this name.
    root = min((root.path for root in source_roots), default="")
    files = [FileContent(os.path.normpath(os.path.join(root, path)), content) for path, content in package_files(PACKAGE)]
    digest = await compat.create_digest(CreateDigest(files))
    return GeneratedSources(await compat.snapshot(digest))


class StepLibraryModulesRequest(FirstPartyPythonMappingImplMarker):
    pass


@rule(desc="Map the modules of the step library")
async def map_step_library_modules(
    request: StepLibraryModulesRequest, python_targets: AllPythonTargets, python_setup: PythonSetup
) -> FirstPartyPythonMappingImpl:
    # A repository that has the package itself (the plugin's own, or a fork) keeps it: two owners of a module would
    # make every import of it ambiguous.
    own = {
        target[PythonResolveField].normalized_value(python_setup)
        for target in python_targets.first_party
        if target.has_field(PythonResolveField)
        and target[PythonSourceField].file_path.endswith(f"{PACKAGE}/__init__.py")
    }
    provider = ModuleProvider(Address("", target_name=TARGET_NAME), ModuleProviderType.IMPL)
    modules: Dict[str, Dict[str, List[ModuleProvider]]] = defaultdict(dict)
    names = [path[: -len(".py")].replace("/", ".") for path, _ in package_files(PACKAGE) if path.endswith(".py")]
    resolves = python_setup.resolves if python_setup.enable_resolves else [""]
    for resolve in resolves:
        if resolve in own:
            continue
        for name in names:
            module = name[: -len(".__init__")] if name.endswith(".__init__") else name
            modules[resolve][module] = [provider]
    return FirstPartyPythonMappingImpl.create(modules)


def rules() -> Iterable[Rule | UnionRule]:
    return (
        *collect_rules(),
        *SyntheticStepLibraryRequest.rules(),
        UnionRule(GenerateSourcesRequest, GenerateStepLibraryRequest),
        UnionRule(FirstPartyPythonMappingImplMarker, StepLibraryModulesRequest),
    )


step_library = compat.caller(prepare_step_library, StepLibraryRequest, StepLibrary)
