"""Validates the content of a dataset against its contract, in a process of its own."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Iterable, List, Mapping, Optional, Tuple

from pants.engine.fs import EMPTY_DIGEST, AddPrefix, CreateDigest, Digest
from pants.engine.process import ProcessResultMetadata
from pants.engine.rules import Rule, collect_rules, rule
from pants.util.logging import LogLevel

from wombat import compat
from wombat.graph.errors import OptionValueError, ToolError
from wombat.graph.formats import Format
from wombat.rules.content import DatasetContent
from wombat.rules.contracts import CONTRACT_FILE
from wombat.rules.tool import ToolRequest, tool_of
from wombat.subsystems import ContractsSubsystem, WombatSubsystem

_LEAST_MEMORY_MIB = 64
"""DuckDB needs some for itself."""


@dataclass(frozen=True)
class ValidationSettings:
    """What of the options a validation depends on."""

    environment: str
    sample_rows: int
    memory_mib: int


@dataclass(frozen=True)
class ValidationSettingsRequest:
    """Asks for the settings; they are a value of their own so that other options invalidate no dataset."""


@rule(desc="Find how contracts are enforced", level=LogLevel.DEBUG)
def find_validation_settings(
    request: ValidationSettingsRequest, options: WombatSubsystem, contracts: ContractsSubsystem
) -> ValidationSettings:
    if contracts.memory_mib < _LEAST_MEMORY_MIB:
        must = f"at least {_LEAST_MEMORY_MIB}"
        raise OptionValueError(contracts.options_scope, "memory_mib", contracts.memory_mib, must=must)
    if contracts.sample_rows < 0:
        raise OptionValueError(contracts.options_scope, "sample_rows", contracts.sample_rows, must="0 or more")
    return ValidationSettings(options.environment.value, contracts.sample_rows, contracts.memory_mib)


validation_settings = compat.caller(find_validation_settings, ValidationSettingsRequest, ValidationSettings)


@dataclass(frozen=True)
class ReferencedData:
    """What a foreign key refers to.

    :param contract: the file of its contract, as `CONTRACT_FILE`, and the object there.
    """

    key: str
    format: Format
    content: DatasetContent
    contract: Digest
    object: str


@dataclass(frozen=True)
class ValidationRequest:
    """Asks whether content keeps a contract, or with no `file` for its profile alone.

    :param contract: the file, as `CONTRACT_FILE`.
    :param file: what messages call it.
    :param object: the schema object.
    :param references: what foreign keys refer to.
    """

    content: DatasetContent
    format: Format
    settings: ValidationSettings
    contract: Digest = EMPTY_DIGEST
    file: str = ""
    object: str = ""
    references: Tuple[ReferencedData, ...] = ()


@dataclass(frozen=True)
class Validation:
    """A validation report (docs/reference/documents.md).

    :param process: not part of what makes two validations equal.
    """

    report: bytes
    process: Optional[ProcessResultMetadata] = field(default=None, compare=False)

    @property
    def document(self) -> Mapping[str, Any]:
        """The report as JSON-able values."""
        document: Mapping[str, Any] = json.loads(self.report)
        return document

    @property
    def stops(self) -> bool:
        """Whether nothing may read the dataset."""
        return bool(self.document["status"] == "failed")

    def stopping_messages(self) -> List[str]:
        """Why nothing may read the dataset, a line each."""
        document = self.document
        if document["problem"] is not None:
            return [document["problem"]["message"]]
        return [violation["message"] for violation in document["violations"] if violation["stops"]]


@rule(desc="Validate a dataset", level=LogLevel.DEBUG)
async def validate_dataset(request: ValidationRequest) -> Validation:
    tool = await tool_of(ToolRequest())
    settings = request.settings
    arguments = ["validate", "--path", request.content.path_in("in"), "--format", request.format.value]
    arguments += ["--environment", settings.environment, "--sample-rows", str(settings.sample_rows)]
    arguments += ["--memory-mib", str(settings.memory_mib)]
    files = list(request.content.placed_at("in"))
    if request.file:
        arguments += ["--contract", CONTRACT_FILE, "--contract-name", request.file, "--object", request.object]
    digests = [request.contract]
    for number, other in enumerate(request.references):
        directory = f"referenced/{number}"
        files += other.content.placed_at(directory)
        arguments += ["--reference", f"{other.key}={other.format.value}:{other.content.path_in(directory)}"]
        digests.append(await compat.add_prefix(AddPrefix(other.contract, f"contracts/{number}")))
        arguments += ["--reference-contract", f"{other.key}={other.object}:contracts/{number}/{CONTRACT_FILE}"]
    digests.append(await compat.create_digest(CreateDigest(files)))
    result = await compat.fallible_process(
        tool.process(
            *arguments,
            description=f"Validate {request.object} of {request.file}" if request.file else "Profile a dataset",
            input_digest=await compat.merge_digests(digests),
        )
    )
    if result.exit_code != 0:
        log = result.stderr.decode(errors="replace")
        raise ToolError(f"The validation against {request.file or 'no contract'} ended with an error", log)
    return Validation(result.stdout, result.metadata)


validation_of = compat.caller(validate_dataset, ValidationRequest, Validation)


def rules() -> Iterable[Rule]:
    return collect_rules()
