"""The goal `infer-contracts`: writes a first contract for each dataset that has none, from its data."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Dict, Iterable, List

from pants.engine.console import Console
from pants.engine.fs import CreateDigest, FileContent, PathGlobs, Workspace
from pants.engine.goal import Goal, GoalSubsystem
from pants.engine.rules import Rule, collect_rules, goal_rule, rule
from pants.engine.target import FilteredTargets
from pants.util.docutil import bin_name
from pants.util.logging import LogLevel

from wombat import compat
from wombat.graph.contracts import CONTRACT_ENDINGS
from wombat.graph.formats import Format
from wombat.graph.names import split_address
from wombat.rules.build_files import build_files, edited_build
from wombat.rules.content import DatasetContent
from wombat.rules.graph import RepositoryGraph
from wombat.rules.report import BuildRequest, build_report
from wombat.rules.tool import ToolRequest, tool_of
from wombat.target_types import DatasetContractField, DatasetFormatField


class InferContractsSubsystem(GoalSubsystem):
    name = "infer-contracts"
    help = (
        "Writes a first contract for each dataset that has none, from its data: types, nulls, keys and ranges as they are "
        "now. It builds the datasets for that, sets the field `contract` in their BUILD files, and never overwrites a "
        "contract."
    )


class InferContracts(Goal):
    subsystem_cls = InferContractsSubsystem
    environment_behavior = Goal.EnvironmentBehavior.LOCAL_ONLY


@dataclass(frozen=True)
class InferredContractRequest:
    """Asks for a contract that the content keeps."""

    content: DatasetContent
    format: Format
    name: str


@dataclass(frozen=True)
class InferredContract:
    """The text of a contract, or why there is none."""

    text: bytes
    problem: str = ""


@rule(desc="Infer a data contract", level=LogLevel.DEBUG)
async def infer_contract(request: InferredContractRequest) -> InferredContract:
    tool = await tool_of(ToolRequest())
    data = await compat.create_digest(CreateDigest(request.content.placed_at("in")))
    arguments = ("infer", "--path", request.content.path_in("in"), "--format", request.format.value)
    result = await compat.fallible_process(
        tool.process(*arguments, "--name", request.name, description="Infer a data contract", input_digest=data)
    )
    if result.exit_code != 0:
        return InferredContract(b"", result.stderr.decode(errors="replace").strip())
    return InferredContract(result.stdout)


inferred_contract = compat.caller(infer_contract, InferredContractRequest, InferredContract)


@goal_rule
async def infer_contracts(
    targets: FilteredTargets,
    repository: RepositoryGraph,
    console: Console,
    workspace: Workspace,
) -> InferContracts:
    found = [target for target in targets if target.has_field(DatasetFormatField)]
    lacking = sorted(target.address.spec for target in found if target[DatasetContractField].value is None)
    if not lacking:
        if not found:
            console.print_stderr(f"No dataset matches the arguments. `{bin_name()} list datasets` shows those there are.")
        else:
            console.print_stderr("Every dataset that matches the arguments has a contract.")
        return InferContracts(exit_code=0)
    report = await build_report(BuildRequest(tuple(lacking)))
    results = {dataset.address: dataset for dataset in report.datasets}
    contents: Dict[str, DatasetContent] = {}
    for address in lacking:
        content = results[address].content
        if results[address].is_ok and content is not None:
            contents[address] = content
    made = list(contents)
    inferred = await compat.concurrently(
        inferred_contract(
            InferredContractRequest(contents[address], repository.graph.datasets[address].format, _name_of(address))
        )
        for address in made
    )
    paths = [_path_of(address) for address in made]
    there = await compat.paths(PathGlobs(paths))
    builds = await build_files(made)
    written: Dict[str, bytes] = {}
    lines: List[str] = []
    failed = False
    for address, path, contract in zip(made, paths, inferred):
        if contract.problem:
            failed = True
            lines.append(f"{address}: no contract: {contract.problem}")
            continue
        if path in there.files or path in written:
            lines.append(f"{address}: {path} is there already and stays as it is.")
        else:
            written[path] = contract.text
            lines.append(f"{address}: wrote {path}.")
        field = os.path.basename(path)
        edited = edited_build(builds, address, DatasetContractField.alias, field)
        if edited is None:
            lines.append(f"  Add to the target: contract={field!r}")
        else:
            builds[edited[0]] = edited[1]
            written[edited[0]] = edited[1].encode(errors="surrogateescape")
            lines.append(f"  Set `contract` in {edited[0]}.")
    for address in lacking:
        if address not in contents:
            failed = True
            lines.append(f"{address}: no contract, since the dataset cannot be made. See: {bin_name()} run {address}")
    digest = await compat.create_digest(CreateDigest(FileContent(path, text) for path, text in written.items()))
    workspace.write_digest(digest)
    console.print_stdout("\n".join(lines))
    if written:
        console.print_stderr("A first contract says what was seen. Go through it: what was seen need not be what is meant.")
    return InferContracts(exit_code=1 if failed else 0)


def _name_of(address: str) -> str:
    return split_address(address)[1]


def _path_of(address: str) -> str:
    directory, name, parameters = split_address(address)
    file = "".join(c if c.isalnum() or c in "._-" else "_" for c in name + parameters)
    return os.path.join("" if directory == "//" else directory, f"{file}{CONTRACT_ENDINGS[0]}")


def rules() -> Iterable[Rule]:
    return collect_rules()
