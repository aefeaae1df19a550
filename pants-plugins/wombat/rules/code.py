"""What a step runs with: its sources, its requirements as a virtual environment, its interpreter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterable, Optional, Tuple

from pants.backend.python.subsystems.setup import PythonSetup
from pants.backend.python.target_types import PythonRequirementsField, PythonResolveField
from pants.backend.python.util_rules.interpreter_constraints import InterpreterConstraints
from pants.backend.python.util_rules.pex_from_targets import RequirementsPexRequest
from pants.backend.python.util_rules.python_sources import PythonSourceFilesRequest
from pants.engine.addresses import Address
from pants.engine.fs import Digest, FileEntry, PathGlobs
from pants.engine.rules import Rule, collect_rules, rule
from pants.engine.target import TransitiveTargetsRequest
from pants.util.logging import LogLevel

from wombat import compat
from wombat.graph.params import canonical_json
from wombat.rules.venv import Venv, VenvRequest, venv_of
from wombat.target_types import StepLibrarySourceField


@dataclass(frozen=True)
class StepCodeRequest:
    """Asks for what steps with this code run with; many steps share one answer.

    :param constraints: the step's own interpreter constraints, or None.
    """

    roots: Tuple[Address, ...]
    constraints: Optional[Tuple[str, ...]]


@dataclass(frozen=True)
class StepCode:
    """The code of a step, ready for sandboxes.

    :param files: path and SHA-256 of each first-party file.
    :param requirements: the third-party requirements as written in the repository.
    :param declared: all that the repository says of the virtual environment, the bytes of lock files included.
    """

    sources: Digest
    source_roots: Tuple[str, ...]
    files: Tuple[Tuple[str, str], ...]
    requirements: Tuple[str, ...]
    declared: str
    venv: Venv


@rule(desc="Prepare the code of a step", level=LogLevel.DEBUG)
async def prepare_step_code(
    request: StepCodeRequest, python_setup: PythonSetup
) -> StepCode:
    transitive = await compat.transitive_targets(TransitiveTargetsRequest(request.roots))
    code = tuple(t for t in transitive.closure if not t.has_field(StepLibrarySourceField))
    constraints = InterpreterConstraints.create_from_targets(code, python_setup)
    if constraints is None:
        constraints = InterpreterConstraints(python_setup.interpreter_constraints)
    if request.constraints is not None:
        constraints = InterpreterConstraints.merge([constraints, InterpreterConstraints(request.constraints)])
    resolves = {t[PythonResolveField].normalized_value(python_setup) for t in code if t.has_field(PythonResolveField)}
    lock_files = sorted(python_setup.resolves[name] for name in resolves if name in python_setup.resolves)
    sources, pex_request, locks = await compat.concurrently(
        compat.python_sources(PythonSourceFilesRequest(code, include_files=True)),
        compat.requirements_pex(
            RequirementsPexRequest(request.roots, hardcoded_interpreter_constraints=constraints)
        ),
        compat.path_globs_digest(PathGlobs(lock_files)),
    )
    snapshot = sources.source_files.snapshot
    venv = await venv_of(VenvRequest(pex_request))
    entries = await compat.digest_entries(snapshot.digest)
    requirements = {
        str(requirement)
        for target in code
        if target.has_field(PythonRequirementsField)
        for requirement in target[PythonRequirementsField].value
    }
    return StepCode(
        sources=snapshot.digest,
        source_roots=tuple(sorted(set(sources.source_roots))),
        files=tuple(sorted((e.path, e.file_digest.fingerprint) for e in entries if isinstance(e, FileEntry))),
        requirements=tuple(sorted(requirements)),
        declared=canonical_json([sorted(requirements), locks.fingerprint, [str(one) for one in constraints]]),
        venv=venv,
    )


def rules() -> Iterable[Rule]:
    return collect_rules()


step_code = compat.caller(prepare_step_code, StepCodeRequest, StepCode)
