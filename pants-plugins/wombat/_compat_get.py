"""The engine as Pants 2.17 to 2.29 has it: each function returns a `Get`.

The return annotation must be the bare name `Get`: Pants' rule parser follows a call into a plain function only then.
"""

from __future__ import annotations

from typing import Any, Awaitable, Callable, Iterable, Tuple, Type, TypeVar

from pants.backend.python.dependency_inference.module_mapper import PythonModuleOwners, PythonModuleOwnersRequest
from pants.backend.python.util_rules.interpreter_constraints import InterpreterConstraints
from pants.backend.python.util_rules.pex import PexRequest, VenvPex
from pants.backend.python.util_rules.pex_environment import PythonExecutable
from pants.backend.python.util_rules.pex_from_targets import RequirementsPexRequest
from pants.backend.python.util_rules.python_sources import PythonSourceFiles, PythonSourceFilesRequest
from pants.backend.shell.util_rules.shell_command import ShellCommandProcessFromTargetRequest
from pants.core.goals.run import RunFieldSet, RunInSandboxRequest
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
from pants.engine.process import (
    FallibleProcessResult,
    InteractiveProcess,
    InteractiveProcessResult,
    Process,
    ProcessExecutionEnvironment,
)
from pants.engine.rules import Effect, Get, MultiGet
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
from pants.engine.unions import UnionRule, union
from pants.source.source_root import OptionalSourceRoot, SourceRoot, SourceRootRequest
from pants.vcs.git import GitWorktreeRequest, MaybeGitWorktree

try:
    from pants.core.util_rules.environments import EnvironmentField, EnvironmentNameRequest
except ImportError:
    # Pants 2.28 and 2.29.
    from pants.core.environments.rules import EnvironmentNameRequest
    from pants.core.environments.target_types import EnvironmentField

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

    :param rule: the rule, which the half by name calls; here the types find it.
    """

    def call(request: Any) -> Get:
        return Get(result_type, request_type, request)

    return call


def solved_apart(request_type: Type[_Request]) -> Type[_Request]:
    """Decorates a request that many rules make: what follows from it is solved once, and not for each of them.

    Whenever Pants starts without a daemon, it solves its graph of rules. Members of unions it solves apart, with nothing
    in scope but the member and the environment, so the request becomes the only member of itself: see `union_rules`.
    """
    return union(in_scope_types=[EnvironmentName])(request_type)


def union_rules(*request_types: type) -> Tuple[UnionRule, ...]:
    """What Pants must be told of requests that are `solved_apart`."""
    return tuple(UnionRule(one, one) for one in request_types)


def merge_digests(digests: Iterable[Digest]) -> Get:
    """One digest of many: `Digest`."""
    return Get(Digest, MergeDigests(digests))


def add_prefix(request: AddPrefix) -> Get:
    """A digest with all its files below a directory: `Digest`."""
    return Get(Digest, AddPrefix, request)


def create_digest(files: CreateDigest) -> Get:
    """A digest of new files: `Digest`."""
    return Get(Digest, CreateDigest, files)


def digest_subset(request: DigestSubset) -> Get:
    """The part of a digest that matches globs: `Digest`."""
    return Get(Digest, DigestSubset, request)


def digest_contents(digest: Digest) -> Get:
    """The files of a digest with their bytes: `DigestContents`."""
    return Get(DigestContents, Digest, digest)


def digest_entries(digest: Digest) -> Get:
    """The files of a digest with their own digests: `DigestEntries`."""
    return Get(DigestEntries, Digest, digest)


def snapshot(digest: Digest) -> Get:
    """The names in a digest: `Snapshot`."""
    return Get(Snapshot, Digest, digest)


def paths(globs: PathGlobs) -> Get:
    """The files of the repository that match: `Paths`."""
    return Get(Paths, PathGlobs, globs)


def path_globs_digest(globs: PathGlobs) -> Get:
    """The files of the repository that match, with their bytes: `Digest`."""
    return Get(Digest, PathGlobs, globs)



def fallible_process(request: Process) -> Get:
    """Run a process that may fail: `FallibleProcessResult`."""
    return Get(FallibleProcessResult, Process, request)


def fallible_process_in(request: Process, environment: EnvironmentName) -> Get:
    """Run a process that may fail in an environment: `FallibleProcessResult`."""
    return Get(FallibleProcessResult, {request: Process, environment: EnvironmentName})


def environment_name(request: EnvironmentNameRequest) -> Get:
    """The environment that a field asks for: `EnvironmentName`."""
    return Get(EnvironmentName, EnvironmentNameRequest, request)


def execution_environment(environment: EnvironmentName) -> Get:
    """Where an environment runs processes: `ProcessExecutionEnvironment`."""
    return Get(ProcessExecutionEnvironment, EnvironmentName, environment)


def environment_variables(request: EnvironmentVarsRequest) -> Get:
    """Variables of the environment that Pants was started with: `EnvironmentVars`."""
    return Get(EnvironmentVars, EnvironmentVarsRequest, request)


def target_at(request: WrappedTargetRequest) -> Get:
    """The target at an address: `WrappedTarget`."""
    return Get(WrappedTarget, WrappedTargetRequest, request)


def targets_at(addresses: Addresses) -> Get:
    """The targets at addresses, generators replaced by what they generate: `Targets`."""
    return Get(Targets, Addresses, addresses)


def addresses_of(inputs: UnparsedAddressInputs) -> Get:
    """Addresses from their text: `Addresses`."""
    return Get(Addresses, UnparsedAddressInputs, inputs)


def all_dependencies(request: DependenciesRequest) -> Get:
    """All direct dependencies of a target, checked against visibility rules: `Addresses`."""
    return Get(Addresses, DependenciesRequest, request)


def explicit_dependencies(request: DependenciesRequest) -> Get:
    """What a `dependencies` field says by itself: `ExplicitlyProvidedDependencies`."""
    return Get(ExplicitlyProvidedDependencies, DependenciesRequest, request)


def transitive_targets(request: TransitiveTargetsRequest) -> Get:
    """Targets with all they depend on: `TransitiveTargets`."""
    return Get(TransitiveTargets, TransitiveTargetsRequest, request)


def hydrate_sources(request: HydrateSourcesRequest) -> Get:
    """The files of a sources field: `HydratedSources`."""
    return Get(HydratedSources, HydrateSourcesRequest, request)


def source_root(request: SourceRootRequest) -> Get:
    """The source root of a file or directory: `SourceRoot`."""
    return Get(SourceRoot, SourceRootRequest, request)


def optional_source_root(request: SourceRootRequest) -> Get:
    """The source root of a file or directory, if it lies in one: `OptionalSourceRoot`."""
    return Get(OptionalSourceRoot, SourceRootRequest, request)


def git_worktree(request: GitWorktreeRequest) -> Get:
    """The git repository that the build root lies in, if any: `MaybeGitWorktree`."""
    return Get(MaybeGitWorktree, GitWorktreeRequest, request)


def field_sets_of(request: FieldSetsPerTargetRequest) -> Get:
    """The field sets that targets have: `FieldSetsPerTarget`."""
    return Get(FieldSetsPerTarget, FieldSetsPerTargetRequest, request)


def module_owners(request: PythonModuleOwnersRequest) -> Get:
    """The targets that own a Python module: `PythonModuleOwners`."""
    return Get(PythonModuleOwners, PythonModuleOwnersRequest, request)


def python_sources(request: PythonSourceFilesRequest) -> Get:
    """First-party sources with generated ones: `PythonSourceFiles`."""
    return Get(PythonSourceFiles, PythonSourceFilesRequest, request)


def requirements_pex(request: RequirementsPexRequest) -> Get:
    """How to build the third-party requirements of targets: `PexRequest`."""
    return Get(PexRequest, RequirementsPexRequest, request)


def create_venv_pex(request: PexRequest) -> Get:
    """Build a PEX that runs as a virtual environment: `VenvPex`."""
    return Get(VenvPex, PexRequest, request)


def find_interpreter(constraints: InterpreterConstraints) -> Get:
    """The interpreter that Pants uses for constraints: `PythonExecutable`."""
    return Get(PythonExecutable, InterpreterConstraints, constraints)


def runnable_in_sandbox(field_set: RunFieldSet, environment: EnvironmentName) -> Get:
    """How to run a target within a process: `RunInSandboxRequest`."""
    return Get(RunInSandboxRequest, {field_set: RunFieldSet, environment: EnvironmentName})


def shell_command_process(request: ShellCommandProcessFromTargetRequest, environment: EnvironmentName) -> Get:
    """The process of a `shell_command` target: `Process`."""
    return Get(Process, {request: ShellCommandProcessFromTargetRequest, environment: EnvironmentName})


def run_interactive(process: InteractiveProcess) -> Effect:
    """What became of a process in the foreground, only in rules of goals: `InteractiveProcessResult`."""
    return Effect(InteractiveProcessResult, InteractiveProcess, process)


async def concurrently(*items: Any) -> Tuple[Any, ...]:
    """Await requests at once: given one by one or as one iterable; results in the same order."""
    if len(items) == 1 and not isinstance(items[0], Get):
        items = tuple(items[0])
    return await MultiGet(items)
