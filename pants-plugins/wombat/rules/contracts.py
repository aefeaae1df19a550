"""Data contracts of datasets: the files as facts, the object that a dataset keeps, what its foreign keys refer to."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Iterable, List, Optional, Tuple

from pants.engine.fs import EMPTY_DIGEST, CreateDigest, Digest, FileEntry, PathGlobs
from pants.engine.rules import Rule, collect_rules, rule
from pants.util.logging import LogLevel

from wombat import compat
from wombat.graph.contracts import CONTRACT_ENDINGS, ContractFacts, ContractName, ObjectFacts, Relationship, read_facts
from wombat.graph.errors import ContractFileError, InvalidContractError, RelationshipError, ToolError
from wombat.graph.names import split_address
from wombat.rules.graph import PlannedDataset, RepositoryGraph, planned_dataset
from wombat.rules.tool import ToolRequest, tool_of

CONTRACT_FILE = "contract.yaml"
"""Where a sandbox has the contract: the same for all, so that what is made of its content is shared."""


@dataclass(frozen=True)
class ContractRequest:
    """Asks for the contract file at a path from the root of the repository."""

    file: str


@dataclass(frozen=True)
class ContractReading:
    """A contract file, or the names of those nearby where there is none.

    :param digest: the file as `CONTRACT_FILE`.
    """

    facts: Optional[ContractFacts]
    digest: Digest = EMPTY_DIGEST
    nearby: Tuple[str, ...] = ()

    def checked(self, address: str, field: str, file: str) -> ContractFacts:
        """The facts, of a file that is there and is a contract.

        :param address: the target that names the file, in its field `field`.
        """
        if self.facts is None:
            raise ContractFileError(address, field, file, self.nearby)
        if self.facts.errors:
            raise InvalidContractError(file, self.facts.problems)
        return self.facts


async def _reading_of(file: str, found: Digest) -> ContractReading:
    entries = [entry for entry in await compat.digest_entries(found) if isinstance(entry, FileEntry)]
    if not entries:
        directory = os.path.dirname(file)
        globs = [os.path.join(directory, f"*{ending}") for ending in CONTRACT_ENDINGS]
        nearby = await compat.paths(PathGlobs(globs))
        return ContractReading(None, nearby=tuple(nearby.files))
    digest = await compat.create_digest(CreateDigest([FileEntry(CONTRACT_FILE, entries[0].file_digest)]))
    tool = await tool_of(ToolRequest())
    result = await compat.fallible_process(
        tool.process(
            "contract",
            "--file",
            CONTRACT_FILE,
            "--name",
            file,
            description=f"Read the contract {file}",
            input_digest=digest,
        )
    )
    if result.exit_code != 0:
        raise ToolError(f"The contract {file} cannot be read", result.stderr.decode(errors="replace"))
    return ContractReading(read_facts(file, result.stdout), digest)


@rule(desc="Read a data contract", level=LogLevel.DEBUG)
async def read_contract(request: ContractRequest) -> ContractReading:
    found = await compat.path_globs_digest(PathGlobs([request.file]))
    return await _reading_of(request.file, found)


@dataclass(frozen=True)
class FormerContractRequest:
    """Asks for a contract file as it was: its bytes as `CONTRACT_FILE`."""

    file: str
    digest: Digest


@rule(desc="Read a former data contract", level=LogLevel.DEBUG)
async def read_former_contract(request: FormerContractRequest) -> ContractReading:
    return await _reading_of(request.file, request.digest)


contract_reading = compat.caller(read_contract, ContractRequest, ContractReading)
former_contract_reading = compat.caller(read_former_contract, FormerContractRequest, ContractReading)


@dataclass(frozen=True)
class DatasetContractRequest:
    """Asks for the contract that the dataset at an address keeps."""

    address: str
    name: ContractName


@dataclass(frozen=True)
class Reference:
    """A dataset that a foreign key refers to.

    :param key: what the validation calls it.
    :param contract: the file of its own contract, as `CONTRACT_FILE`; `object` is its object there.
    """

    key: str
    dataset: PlannedDataset
    contract: Digest
    object: str


@dataclass(frozen=True)
class DatasetContract:
    """What a dataset keeps.

    :param digest: the file as `CONTRACT_FILE`.
    :param references: what its foreign keys refer to.
    """

    facts: ContractFacts
    object: ObjectFacts
    digest: Digest
    references: Tuple[Reference, ...]

    @property
    def title(self) -> str:
        """What people call it."""
        return f"{self.facts.file}#{self.object.name}" if len(self.facts.objects) > 1 else self.facts.file


@dataclass(frozen=True)
class ReferencesRequest:
    """Asks for the datasets that the foreign keys of a dataset refer to."""

    address: str
    file: str
    relationships: Tuple[Relationship, ...]


@dataclass(frozen=True)
class References:
    """What foreign keys refer to, without what no dataset of the repository keeps."""

    found: Tuple[Reference, ...]


@rule(desc="Find what a contract refers to", level=LogLevel.DEBUG)
async def find_references(request: ReferencesRequest, repository: RepositoryGraph) -> References:
    graph = repository.graph
    found: List[Reference] = []
    for relationship in request.relationships:
        if any(one.key == relationship.key for one in found):
            continue
        file = relationship.to_file or request.file
        keeping = [node for node in graph.datasets.values() if node.contract is not None and node.contract.file == file]
        if not keeping:
            continue
        reading = await contract_reading(ContractRequest(file))
        facts = reading.checked(keeping[0].address, "contract", file)
        named = facts.object_named(relationship.to_object)
        datasets = [
            node.address
            for node in keeping
            if node.contract is not None
            and facts.object_for(node.contract.object, split_address(node.address)[1], address=node.address) == named
        ]
        if len(datasets) > 1:
            datasets = _of_same_variant(datasets, request.address)
        if len(datasets) > 1:
            raise RelationshipError(
                f"{request.file}:{relationship.line}",
                f"{relationship.to_object!r} is kept by several datasets: {', '.join(sorted(datasets))}. "
                "Give each a schema object of its own.",
            )
        if datasets:
            dataset = planned_dataset(graph.datasets, repository.addresses, datasets[0])
            found.append(Reference(relationship.key, dataset, reading.digest, relationship.to_object))
    return References(tuple(found))


def _of_same_variant(datasets: List[str], address: str) -> List[str]:
    """Of parametrized datasets, those with the parameters of `address`; all of them if there are none."""
    parameters = split_address(address)[2]
    return [dataset for dataset in datasets if split_address(dataset)[2] == parameters] or datasets


references_of = compat.caller(find_references, ReferencesRequest, References)


@rule(desc="Find the contract of a dataset", level=LogLevel.DEBUG)
async def find_dataset_contract(request: DatasetContractRequest) -> DatasetContract:
    reading = await contract_reading(ContractRequest(request.name.file))
    facts = reading.checked(request.address, "contract", request.name.file)
    kept = facts.object_for(request.name.object, split_address(request.address)[1], address=request.address)
    found = References(())
    if kept.relationships:
        found = await references_of(ReferencesRequest(request.address, facts.file, kept.relationships))
    return DatasetContract(facts, kept, reading.digest, found.found)


dataset_contract = compat.caller(find_dataset_contract, DatasetContractRequest, DatasetContract)


def rules() -> Iterable[Rule]:
    return collect_rules()
