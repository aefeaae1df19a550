"""Virtual environments for sandboxes: what a process needs to start a program in one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterable, Tuple

from pants.backend.python.util_rules.pex import PexRequest
from pants.backend.python.util_rules.pex_environment import PexEnvironment
from pants.engine.fs import Digest, DigestSubset, PathGlobs
from pants.engine.rules import Rule, collect_rules, rule
from pants.engine.unions import UnionRule
from pants.option.global_options import KeepSandboxes
from pants.util.frozendict import FrozenDict
from pants.util.logging import LogLevel

from wombat import compat
from wombat.rules.interpreter import INTERPRETER_VARIABLE, Interpreter, InterpreterRequest, interpreter_of

VENV_MOUNT = "venv"
"""Where a sandbox has the PEX that the virtual environment is made from."""
LIBRARY_MOUNT = "lib"
"""Where a sandbox has the program: a package and the scripts that start it, see `wombat.packages.program_files`."""

BASE_ENVIRONMENT = FrozenDict(
    {
        # The same everywhere, so that they make no key differ: text, where programs are found, hashing of sets, time.
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "TZ": "UTC",
    }
)

REMOTE_CACHE_WAIT_MS = 60_000
"""How long a process waits for an answer of the remote cache before it starts all the same.

Without it Pants starts a process while it still asks, and takes what comes first: a step that takes less time than
the way to the server would run on every machine. Pants ends an unanswered question by itself much earlier; what takes
longer is the download of a large result, or a server that hangs in the middle of one. No part of the key.
"""


@compat.solved_apart
@dataclass(frozen=True)
class VenvRequest:
    """Asks for the virtual environment of a PEX."""

    pex: PexRequest


@dataclass(frozen=True)
class Venv:
    """A virtual environment for sandboxes.

    :param pex: to be mounted at `VENV_MOUNT`.
    :param environment: for `enter_venv.py`, on top of `BASE_ENVIRONMENT`.
    """

    pex: Digest
    environment: FrozenDict[str, str]
    append_only_caches: FrozenDict[str, str]
    interpreter: Interpreter

    def argv(self, package: str, *arguments: str) -> Tuple[str, ...]:
        """The command line that runs a package of the library in the virtual environment."""
        return library_argv(self.interpreter, package, *arguments)


def library_argv(interpreter: Interpreter, package: str, *arguments: str) -> Tuple[str, ...]:
    """The command line that runs a package of the library: in the virtual environment that the process's environment
    names, or else in the interpreter itself.

    Pants takes it apart for its pool of warm servers: up to the word after `-cp` it starts the server, which all
    processes of one package and one virtual environment share, and the rest is the request.
    """
    start = (interpreter.path, "-sB", f"{LIBRARY_MOUNT}/enter_venv.py", package, "-cp", LIBRARY_MOUNT)
    return (*start, "run", *arguments)


def warm_mounts(keep_sandboxes: KeepSandboxes) -> Tuple[str, ...]:
    """What a warm server is started from, for `Process.use_nailgun`.

    Sandboxes of the pool cannot be kept, so a run that keeps them does without it.
    """
    return (LIBRARY_MOUNT, VENV_MOUNT) if keep_sandboxes is KeepSandboxes.never else ()


@rule(desc="Prepare a virtual environment", level=LogLevel.DEBUG)
async def prepare_venv(request: VenvRequest, pex_environment: PexEnvironment) -> Venv:
    venv_pex, interpreter = await compat.concurrently(
        compat.create_venv_pex(request.pex), interpreter_of(InterpreterRequest(request.pex.interpreter_constraints))
    )
    # Only the PEX itself: the scripts that Pants lays beside it hold the PATH of the machine that made them.
    name = venv_pex.pex_filename
    pex = await compat.digest_subset(DigestSubset(venv_pex.digest, PathGlobs([name, f"{name}/**"])))
    complete = pex_environment.in_sandbox(working_directory=None)
    return Venv(
        pex=pex,
        environment=FrozenDict(
            {
                "PEX_IGNORE_RCFILES": "true",
                "PEX_PYTHON": interpreter.path,
                "PEX_ROOT": str(complete.pex_root),
                INTERPRETER_VARIABLE: interpreter.fingerprint,
                "WOMBAT_PEX": f"{VENV_MOUNT}/{name}",
                "WOMBAT_VENV": str(complete.pex_root / venv_pex.venv_rel_dir),
            }
        ),
        append_only_caches=complete.append_only_caches,
        interpreter=interpreter,
    )


def rules() -> Iterable[Rule | UnionRule]:
    return (*collect_rules(), *compat.union_rules(VenvRequest))


venv_of = compat.caller(prepare_venv, VenvRequest, Venv)
