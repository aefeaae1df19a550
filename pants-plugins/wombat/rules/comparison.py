"""Compares contracts: what producers promise with what consumers need, and a contract with its former self."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Iterable, Tuple

from pants.backend.python.subsystems.setup import PythonSetup
from pants.backend.python.target_types import PythonResolveField
from pants.backend.python.util_rules.python_sources import PythonSourceFilesRequest
from pants.engine.addresses import Address
from pants.engine.fs import EMPTY_DIGEST, AddPrefix, CreateDigest, Digest, FileEntry, PathGlobs
from pants.engine.rules import Rule, collect_rules, rule
from pants.engine.target import TransitiveTargetsRequest, WrappedTargetRequest
from pants.util.logging import LogLevel

from wombat import compat
from wombat.graph.errors import ToolError
from wombat.graph.row_annotations import row_parameters
from wombat.rules.contracts import CONTRACT_FILE
from wombat.rules.inference import StepCodeRootsRequest, split_entry_point, step_code_roots
from wombat.rules.tool import ToolRequest, tool_of
from wombat.target_types import StepDependenciesField, StepEntryPointField, StepLibrarySourceField

_OTHER_FILE = "other.yaml"
_SOURCES = "src"


@dataclass(frozen=True)
class CodeNeed:
    """What the annotation of a function's parameter says of rows.

    :param sources: the first-party code of the step, below `directory`.
    :param path: the file of the function.
    """

    sources: Digest
    directory: str
    path: str
    function: str
    parameter: str


@dataclass(frozen=True)
class RowNeedsRequest:
    """Asks what the annotations of the step at an address may say of the rows of its inputs."""

    address: Address


@dataclass(frozen=True)
class RowNeeds:
    """For parameters whose annotation names a class, where to read it."""

    needs: Tuple[CodeNeed, ...] = ()


@rule(desc="Find what a step says of rows", level=LogLevel.DEBUG)
async def find_row_needs(request: RowNeedsRequest, python_setup: PythonSetup) -> RowNeeds:
    wrapped = await compat.target_at(WrappedTargetRequest(request.address, description_of_origin="the goal check"))
    target = wrapped.target
    entry_point = target[StepEntryPointField].value
    if entry_point is None:
        return RowNeeds()
    roots = await step_code_roots(
        StepCodeRootsRequest(
            request.address,
            entry_point,
            target[PythonResolveField].normalized_value(python_setup),
            target[StepDependenciesField],
        )
    )
    path = roots.entry_point.path
    _, function = split_entry_point(entry_point)
    # Looked for in the one file first: of most steps it says nothing of rows, and their code need not be gathered.
    contents = await compat.digest_contents(await compat.path_globs_digest(PathGlobs([path] if path else [])))
    parameters = [name for file in contents for name in row_parameters(file.content, function)]
    if not parameters:
        return RowNeeds()
    transitive = await compat.transitive_targets(TransitiveTargetsRequest(roots.addresses))
    code = tuple(one for one in transitive.closure if not one.has_field(StepLibrarySourceField))
    sources = await compat.python_sources(PythonSourceFilesRequest(code))
    digest = sources.source_files.snapshot.digest
    return RowNeeds(tuple(CodeNeed(digest, _SOURCES, path, function, name) for name in parameters))


row_needs = compat.caller(find_row_needs, RowNeedsRequest, RowNeeds)


@dataclass(frozen=True)
class ImplicationRequest:
    """Asks what of a need a promise does not meet: of `need`, a schema object, or of `code`.

    :param promise: the contract file, as `CONTRACT_FILE`; `need` likewise.
    """

    promise: Digest
    promise_file: str
    promise_object: str
    need: Digest = EMPTY_DIGEST
    need_file: str = ""
    need_object: str = ""
    code: Tuple[CodeNeed, ...] = ()


@dataclass(frozen=True)
class ImplicationDocument:
    """What `wombat_tool implies` printed (docs/reference/documents.md)."""

    content: bytes

    @property
    def is_stated(self) -> bool:
        """Whether the consumer says anything of what it needs."""
        return bool(json.loads(self.content)["stated"])


async def _as_other_file(contract: Digest) -> Digest:
    """A contract under the other name, so that two fit into one sandbox."""
    entries = await compat.digest_entries(contract)
    (entry,) = (one for one in entries if isinstance(one, FileEntry))
    digest: Digest = await compat.create_digest(CreateDigest([FileEntry(_OTHER_FILE, entry.file_digest)]))
    return digest


@rule(desc="Compare a promise with a need", level=LogLevel.DEBUG)
async def compare_with_need(request: ImplicationRequest) -> ImplicationDocument:
    arguments = ["implies", "--promise", CONTRACT_FILE, "--promise-name", request.promise_file]
    arguments += ["--promise-object", request.promise_object]
    if request.code:
        (code,) = request.code
        other = await compat.add_prefix(AddPrefix(code.sources, code.directory))
        arguments += ["--sources", code.directory, "--entry", code.path]
        arguments += ["--function", code.function, "--parameter", code.parameter]
    else:
        other = await _as_other_file(request.need)
        arguments += ["--need", _OTHER_FILE, "--need-name", request.need_file, "--need-object", request.need_object]
    tool = await tool_of(ToolRequest())
    result = await compat.fallible_process(
        tool.process(
            *arguments,
            description=f"Compare {request.promise_file} with a need",
            input_digest=await compat.merge_digests([request.promise, other]),
        )
    )
    if result.exit_code != 0:
        log = result.stderr.decode(errors="replace")
        raise ToolError(f"{request.promise_file} cannot be compared with what is needed of it", log)
    return ImplicationDocument(result.stdout)


implication = compat.caller(compare_with_need, ImplicationRequest, ImplicationDocument)


@dataclass(frozen=True)
class ChangesRequest:
    """Asks how a contract differs from its former self; both as `CONTRACT_FILE`."""

    file: str
    old: Digest
    new: Digest


@dataclass(frozen=True)
class ChangesDocument:
    """What `wombat_tool changes` printed (docs/reference/documents.md)."""

    content: bytes

    @property
    def broken_objects(self) -> Tuple[str, ...]:
        """The schema objects that promise less than they did."""
        return tuple(json.loads(self.content)["broken_objects"])


@rule(desc="Compare a contract with its former self", level=LogLevel.DEBUG)
async def compare_with_former(request: ChangesRequest) -> ChangesDocument:
    tool = await tool_of(ToolRequest())
    old = await _as_other_file(request.old)
    arguments = ("changes", "--old", _OTHER_FILE, "--new", CONTRACT_FILE, "--name", request.file)
    result = await compat.fallible_process(
        tool.process(
            *arguments,
            description=f"Compare {request.file} with its former self",
            input_digest=await compat.merge_digests([request.new, old]),
        )
    )
    if result.exit_code != 0:
        log = result.stderr.decode(errors="replace")
        raise ToolError(f"{request.file} cannot be compared with its former self", log)
    return ChangesDocument(result.stdout)


contract_changes = compat.caller(compare_with_former, ChangesRequest, ChangesDocument)


def rules() -> Iterable[Rule]:
    return collect_rules()
