"""The program `wombat_tool`, with requirements of its own that no user's code has to agree with."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Iterable, Tuple

from pants.backend.python.util_rules.interpreter_constraints import InterpreterConstraints
from pants.backend.python.util_rules.pex import PexRequest
from pants.backend.python.util_rules.pex_requirements import EntireLockfile, Lockfile
from pants.engine.fs import EMPTY_DIGEST, CreateDigest, Digest, FileContent
from pants.engine.process import Process
from pants.engine.rules import Rule, collect_rules, rule
from pants.option.global_options import KeepSandboxes
from pants.util.logging import LogLevel

from wombat import compat
from wombat.packages import program_files
from wombat.rules.venv import (
    BASE_ENVIRONMENT,
    LIBRARY_MOUNT,
    REMOTE_CACHE_WAIT_MS,
    VENV_MOUNT,
    Venv,
    VenvRequest,
    venv_of,
    warm_mounts,
)
from wombat.subsystems import WombatSubsystem

PACKAGE = "wombat_tool"


@dataclass(frozen=True)
class ToolRequest:
    """Asks for the program."""


@dataclass(frozen=True)
class Tool:
    """The program for sandboxes: the package, to be mounted at `LIBRARY_MOUNT`, and its virtual environment.

    :param warm: what a warm server is started from, if there is to be one.
    """

    library: Digest
    venv: Venv
    warm: Tuple[str, ...]

    def process(self, *arguments: str, description: str, input_digest: Digest = EMPTY_DIGEST) -> Process:
        """The process of one command."""
        return Process(
            self.venv.argv(PACKAGE, *arguments),
            description=description,
            level=LogLevel.DEBUG,
            input_digest=input_digest,
            immutable_input_digests={LIBRARY_MOUNT: self.library, VENV_MOUNT: self.venv.pex},
            use_nailgun=self.warm,
            append_only_caches=self.venv.append_only_caches,
            env={**BASE_ENVIRONMENT, **self.venv.environment},
            remote_cache_speculation_delay_millis=REMOTE_CACHE_WAIT_MS,
        )


@rule(desc="Prepare wombat_tool", level=LogLevel.DEBUG)
async def prepare_tool(request: ToolRequest, options: WombatSubsystem, keep_sandboxes: KeepSandboxes) -> Tool:
    lock = Lockfile(
        url="resource://wombat/tool.lock",
        url_description_of_origin="the plugin wombat",
        resolve_name="wombat-tool",
    )
    pex = PexRequest(
        output_filename="wombat_tool.pex",
        internal_only=True,
        requirements=EntireLockfile(lock),
        interpreter_constraints=InterpreterConstraints(options.tool_interpreter_constraints),
    )
    library, venv = await compat.concurrently(
        compat.create_digest(CreateDigest(FileContent(*file) for file in program_files(PACKAGE))),
        venv_of(VenvRequest(pex)),
    )
    # Only on Linux can a server tell whose request it gets, and this program reads any file that it is told to.
    return Tool(library, venv, warm_mounts(keep_sandboxes) if sys.platform == "linux" else ())


def rules() -> Iterable[Rule]:
    return collect_rules()


tool_of = compat.caller(prepare_tool, ToolRequest, Tool)
