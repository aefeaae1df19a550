"""The engine as Pants 2.30 and newer have it: each function is a coroutine function that calls rules by name.

The same names, parameters and meanings as in `_compat_get`, whose tests compare the two. Where an argument may be of
a class that the rule does not name (a union, or the request of a rule in between), it goes in by `implicitly` with
its type written out, since Pants' rule parser sees no other.
"""

from __future__ import annotations

from typing import Any, Awaitable, Callable, Iterable, Tuple, Type, TypeVar

from pants.backend.python.dependency_inference.module_mapper import (
    PythonModuleOwners,
    PythonModuleOwnersRequest,
    map_module_to_address,
)
from pants.backend.python.util_rules import pex as pex_rules
from pants.backend.python.util_rules.interpreter_constraints import InterpreterConstraints
from pants.backend.python.util_rules.pex import PexRequest, VenvPex
from pants.backend.python.util_rules.pex_environment import PythonExecutable
from pants.backend.python.util_rules.pex_from_targets import RequirementsPexRequest, create_pex_from_targets
from pants.backend.python.util_rules.python_sources import (
    PythonSourceFiles,
    PythonSourceFilesRequest,
    prepare_python_sources,
)
from pants.backend.shell.util_rules.shell_command import (
    ShellCommandProcessFromTargetRequest,
    prepare_process_request_from_target,
)
from pants.core.environments.rules import (
    EnvironmentNameRequest,
    extract_process_config_from_environment,
    resolve_environment_name,
)
from pants.core.environments.target_types import EnvironmentField
from pants.core.goals.run import RunFieldSet, RunInSandboxRequest, generate_run_in_sandbox_request
from pants.core.util_rules.adhoc_process_support import AdhocProcessRequest, prepare_adhoc_process
from pants.core.util_rules.env_vars import environment_vars_subset
from pants.engine import intrinsics
from pants.engine.addresses import Addresses, UnparsedAddressInputs
from pants.engine.env_vars import EnvironmentVars, EnvironmentVarsRequest
from pants.engine.environment import EnvironmentName
from pants.engine.fs import (
    AddPrefix,
    CreateDigest,
    Digest,
    DigestContents,
    DigestEntries,
    DigestSubset,
    MergeDigests,
    PathGlobs,
    Paths,
    Snapshot,
)
from pants.engine.internals import graph as graph_rules
from pants.engine.process import (
    FallibleProcessResult,
    InteractiveProcess,
    InteractiveProcessResult,
    Process,
    ProcessExecutionEnvironment,
)
from pants.engine.rules import concurrently as pants_concurrently
from pants.engine.rules import implicitly
from pants.engine.target import (
    DependenciesRequest,
    ExplicitlyProvidedDependencies,
    FieldSetsPerTarget,
    FieldSetsPerTargetRequest,
    HydratedSources,
    HydrateSourcesRequest,
    Targets,
    TransitiveTargets,
    TransitiveTargetsRequest,
    WrappedTarget,
    WrappedTargetRequest,
)
from pants.engine.unions import UnionRule
from pants.source.source_root import (
    OptionalSourceRoot,
    SourceRoot,
    SourceRootRequest,
    get_optional_source_root,
    get_source_root,
)
from pants.vcs.git import GitWorktreeRequest, MaybeGitWorktree, get_git_worktree

__all__ = [
    "EnvironmentField",
    "EnvironmentNameRequest",
    "add_prefix",
    "addresses_of",
    "all_dependencies",
    "caller",
    "concurrently",
    "create_digest",
    "create_venv_pex",
    "digest_contents",
    "digest_entries",
    "digest_subset",
    "environment_name",
    "environment_variables",
    "execution_environment",
    "explicit_dependencies",
    "fallible_process",
    "fallible_process_in",
    "field_sets_of",
    "find_interpreter",
    "git_worktree",
    "hydrate_sources",
    "merge_digests",
    "module_owners",
    "optional_source_root",
    "path_globs_digest",
    "paths",
    "python_sources",
    "requirements_pex",
    "run_interactive",
    "runnable_in_sandbox",
    "shell_command_process",
    "snapshot",
    "solved_apart",
    "source_root",
    "target_at",
    "targets_at",
    "transitive_targets",
    "union_rules",
]

_Request = TypeVar("_Request")
_Result = TypeVar("_Result")


def caller(
    rule: Callable[..., Any], request_type: Type[_Request], result_type: Type[_Result]
) -> Callable[[_Request], Awaitable[_Result]]:
    """A function that calls one of the plugin's own rules: awaitable alone, and in `concurrently`.

    :param rule: takes the request first; the rule parser finds it as a variable of the closure.
    """

    async def call(request: Any) -> Any:
        return await rule(request, **implicitly())

    return call


def solved_apart(request_type: Type[_Request]) -> Type[_Request]:
    """Decorates a request that many rules make; rules that are called by name are found without more."""
    return request_type


def union_rules(*request_types: type) -> Tuple[UnionRule, ...]:
    """What Pants must be told of requests that are `solved_apart`: nothing."""
    return ()


async def merge_digests(digests: Iterable[Digest]) -> Digest:
    """One digest of many."""
    return await intrinsics.merge_digests(MergeDigests(digests))


async def add_prefix(request: AddPrefix) -> Digest:
    """A digest with all its files below a directory."""
    return await intrinsics.add_prefix(request)


async def create_digest(files: CreateDigest) -> Digest:
    """A digest of new files."""
    return await intrinsics.create_digest(files)


async def digest_subset(request: DigestSubset) -> Digest:
    """The part of a digest that matches globs."""
    return await intrinsics.digest_subset_to_digest(request)


async def digest_contents(digest: Digest) -> DigestContents:
    """The files of a digest with their bytes."""
    return await intrinsics.get_digest_contents(digest)


async def digest_entries(digest: Digest) -> DigestEntries:
    """The files of a digest with their own digests."""
    return await intrinsics.get_digest_entries(digest)


async def snapshot(digest: Digest) -> Snapshot:
    """The names in a digest."""
    return await intrinsics.digest_to_snapshot(digest)


async def paths(globs: PathGlobs) -> Paths:
    """The files of the repository that match."""
    return await intrinsics.path_globs_to_paths(globs)


async def path_globs_digest(globs: PathGlobs) -> Digest:
    """The files of the repository that match, with their bytes."""
    return await intrinsics.path_globs_to_digest(globs)



async def fallible_process(request: Process) -> FallibleProcessResult:
    """Run a process that may fail."""
    return await intrinsics.execute_process(request, **implicitly())


async def fallible_process_in(request: Process, environment: EnvironmentName) -> FallibleProcessResult:
    """Run a process that may fail in an environment."""
    return await intrinsics.execute_process(request, **implicitly({environment: EnvironmentName}))


async def environment_name(request: EnvironmentNameRequest) -> EnvironmentName:
    """The environment that a field asks for."""
    return await resolve_environment_name(request, **implicitly())


async def execution_environment(environment: EnvironmentName) -> ProcessExecutionEnvironment:
    """Where an environment runs processes."""
    return await extract_process_config_from_environment(**implicitly({environment: EnvironmentName}))


async def environment_variables(request: EnvironmentVarsRequest) -> EnvironmentVars:
    """Variables of the environment that Pants was started with."""
    return await environment_vars_subset(request, **implicitly())


async def target_at(request: WrappedTargetRequest) -> WrappedTarget:
    """The target at an address."""
    return await graph_rules.resolve_target(request, **implicitly())


async def targets_at(addresses: Addresses) -> Targets:
    """The targets at addresses, generators replaced by what they generate."""
    return await graph_rules.resolve_targets(**implicitly({addresses: Addresses}))


async def addresses_of(inputs: UnparsedAddressInputs) -> Addresses:
    """Addresses from their text."""
    return await graph_rules.resolve_unparsed_address_inputs(inputs, **implicitly())


async def all_dependencies(request: DependenciesRequest) -> Addresses:
    """All direct dependencies of a target, checked against visibility rules."""
    return await graph_rules.resolve_dependencies(request, **implicitly())


async def explicit_dependencies(request: DependenciesRequest) -> ExplicitlyProvidedDependencies:
    """What a `dependencies` field says by itself."""
    return await graph_rules.determine_explicitly_provided_dependencies(**implicitly({request: DependenciesRequest}))


async def transitive_targets(request: TransitiveTargetsRequest) -> TransitiveTargets:
    """Targets with all they depend on."""
    return await graph_rules.transitive_targets(request, **implicitly())


async def hydrate_sources(request: HydrateSourcesRequest) -> HydratedSources:
    """The files of a sources field."""
    return await graph_rules.hydrate_sources(request, **implicitly())


async def source_root(request: SourceRootRequest) -> SourceRoot:
    """The source root of a file or directory."""
    return await get_source_root(request)


async def optional_source_root(request: SourceRootRequest) -> OptionalSourceRoot:
    """The source root of a file or directory, if it lies in one."""
    return await get_optional_source_root(request, **implicitly())


async def git_worktree(request: GitWorktreeRequest) -> MaybeGitWorktree:
    """The git repository that the build root lies in, if any."""
    return await get_git_worktree(request, **implicitly())


async def field_sets_of(request: FieldSetsPerTargetRequest) -> FieldSetsPerTarget:
    """The field sets that targets have."""
    return await graph_rules.find_valid_field_sets(request, **implicitly())


async def module_owners(request: PythonModuleOwnersRequest) -> PythonModuleOwners:
    """The targets that own a Python module."""
    return await map_module_to_address(request, **implicitly())


async def python_sources(request: PythonSourceFilesRequest) -> PythonSourceFiles:
    """First-party sources with generated ones."""
    return await prepare_python_sources(request, **implicitly())


async def requirements_pex(request: RequirementsPexRequest) -> PexRequest:
    """How to build the third-party requirements of targets."""
    return await create_pex_from_targets(**implicitly({request: RequirementsPexRequest}))


async def create_venv_pex(request: PexRequest) -> VenvPex:
    """Build a PEX that runs as a virtual environment."""
    return await pex_rules.create_venv_pex(**implicitly({request: PexRequest}))


async def find_interpreter(constraints: InterpreterConstraints) -> PythonExecutable:
    """The interpreter that Pants uses for constraints."""
    return await pex_rules.find_interpreter(constraints, **implicitly())


async def runnable_in_sandbox(field_set: RunFieldSet, environment: EnvironmentName) -> RunInSandboxRequest:
    """How to run a target within a process."""
    return await generate_run_in_sandbox_request(**implicitly({field_set: RunFieldSet, environment: EnvironmentName}))


async def shell_command_process(request: ShellCommandProcessFromTargetRequest, environment: EnvironmentName) -> Process:
    """The process of a `shell_command` target."""
    command = await prepare_process_request_from_target(request, **implicitly({environment: EnvironmentName}))
    prepared = await prepare_adhoc_process(**implicitly({command: AdhocProcessRequest, environment: EnvironmentName}))
    return prepared.process


async def run_interactive(process: InteractiveProcess) -> InteractiveProcessResult:
    """What became of a process in the foreground, only in rules of goals."""
    return await intrinsics.run_interactive_process(process)


async def concurrently(*items: Any) -> Tuple[Any, ...]:
    """Await requests at once: given one by one or as one iterable; results in the same order."""
    return await pants_concurrently(*items)
