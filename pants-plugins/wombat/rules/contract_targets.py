"""Contract files as targets: declared by themselves, needed by their datasets, and importable as Python types."""

from __future__ import annotations

import os
from collections import defaultdict
from dataclasses import dataclass
from typing import Dict, Iterable, List

from pants.backend.python.dependency_inference.module_mapper import (
    FirstPartyPythonMappingImpl,
    FirstPartyPythonMappingImplMarker,
    ModuleProvider,
    ModuleProviderType,
)
from pants.backend.python.subsystems.setup import PythonSetup
from pants.backend.python.target_types import PythonSourceField
from pants.engine.addresses import Address
from pants.engine.fs import CreateDigest, FileContent, FileEntry, PathGlobs
from pants.engine.internals.synthetic_targets import SyntheticAddressMaps, SyntheticTargetsRequest
from pants.engine.internals.target_adaptor import TargetAdaptor
from pants.engine.rules import Rule, collect_rules, rule
from pants.engine.target import AllTargets, GeneratedSources, GenerateSourcesRequest, Target
from pants.engine.unions import UnionRule
from pants.source.source_root import SourceRootRequest
from pants.util.frozendict import FrozenDict
from pants.util.logging import LogLevel

from wombat import compat
from wombat.graph.contracts import CONTRACT_ENDINGS, module_file_of
from wombat.graph.errors import ToolError
from wombat.rules.contracts import CONTRACT_FILE
from wombat.rules.tool import ToolRequest, tool_of
from wombat.target_types import ContractSourceField, DataContractTarget


@dataclass(frozen=True)
class SyntheticContractsRequest(SyntheticTargetsRequest):
    path: str = SyntheticTargetsRequest.SINGLE_REQUEST_FOR_ALL_TARGETS


@rule(desc="Find contract files")
async def declare_contracts(request: SyntheticContractsRequest) -> SyntheticAddressMaps:
    found = await compat.paths(PathGlobs([f"**/*{ending}" for ending in CONTRACT_ENDINGS]))
    adaptors: Dict[str, List[TargetAdaptor]] = defaultdict(list)
    for file in found.files:
        directory, name = os.path.split(file)
        adaptor = TargetAdaptor(
            DataContractTarget.alias, name, __description_of_origin__=f"the file {file}", source=name
        )
        adaptors[os.path.join(directory, "BUILD.contracts")].append(adaptor)
    return SyntheticAddressMaps.for_targets_request(request, sorted(adaptors.items()))


@dataclass(frozen=True)
class AllContractsRequest:
    """Asks for the targets of all contract files."""


@dataclass(frozen=True)
class AllContracts:
    """The targets of contract files, by file; a file that has a declared target is not also its own."""

    by_file: FrozenDict[str, Address]


@rule(desc="Find all data contracts", level=LogLevel.DEBUG)
def find_all_contracts(request: AllContractsRequest, targets: AllTargets) -> AllContracts:
    by_file: Dict[str, Address] = {}
    for target in targets:
        if target.has_field(ContractSourceField):
            file = target[ContractSourceField].file_path
            if file not in by_file or not _is_synthetic(target):
                by_file[file] = target.address
    return AllContracts(FrozenDict(sorted(by_file.items())))


def _is_synthetic(target: Target) -> bool:
    return target.address.target_name == os.path.basename(target[ContractSourceField].file_path)


all_contracts = compat.caller(find_all_contracts, AllContractsRequest, AllContracts)


class GenerateContractCodeRequest(GenerateSourcesRequest):
    input = ContractSourceField
    output = PythonSourceField


@rule(desc="Generate Python types from a data contract", level=LogLevel.DEBUG)
async def generate_contract_code(request: GenerateContractCodeRequest) -> GeneratedSources:
    file = request.protocol_target[ContractSourceField].file_path
    entries = await compat.digest_entries(request.protocol_sources.digest)
    (entry,) = (one for one in entries if isinstance(one, FileEntry))
    tool = await tool_of(ToolRequest())
    digest = await compat.create_digest(CreateDigest([FileEntry(CONTRACT_FILE, entry.file_digest)]))
    result = await compat.fallible_process(
        tool.process(
            "code",
            "--file",
            CONTRACT_FILE,
            "--name",
            file,
            description=f"Generate Python types from {file}",
            input_digest=digest,
        )
    )
    if result.exit_code != 0:
        raise ToolError(f"No Python types can be made from {file}", result.stderr.decode(errors="replace"))
    code = await compat.create_digest(CreateDigest([FileContent(module_file_of(file), result.stdout)]))
    return GeneratedSources(await compat.snapshot(code))


class ContractModulesRequest(FirstPartyPythonMappingImplMarker):
    pass


@rule(desc="Map the modules of data contracts", level=LogLevel.DEBUG)
async def map_contract_modules(
    request: ContractModulesRequest, python_setup: PythonSetup
) -> FirstPartyPythonMappingImpl:
    contracts = await all_contracts(AllContractsRequest())
    files = {module_file_of(file): address for file, address in contracts.by_file.items()}
    roots = await compat.concurrently(compat.optional_source_root(SourceRootRequest.for_file(file)) for file in files)
    modules: Dict[str, Dict[str, List[ModuleProvider]]] = defaultdict(lambda: defaultdict(list))
    resolves = python_setup.resolves if python_setup.enable_resolves else [python_setup.default_resolve]
    for (file, address), root in zip(files.items(), roots):
        if root.source_root is None:
            # A contract that lies among no Python code.
            continue
        module = os.path.relpath(file, root.source_root.path)[: -len(".py")].replace(os.sep, ".")
        # Row types need nothing but the standard library, so that code of any resolve can import them.
        for resolve in resolves:
            modules[resolve][module].append(ModuleProvider(address, ModuleProviderType.IMPL))
    return FirstPartyPythonMappingImpl.create(modules)


def rules() -> Iterable[Rule | UnionRule]:
    return (
        *collect_rules(),
        *SyntheticContractsRequest.rules(),
        UnionRule(GenerateSourcesRequest, GenerateContractCodeRequest),
        UnionRule(FirstPartyPythonMappingImplMarker, ContractModulesRequest),
    )
