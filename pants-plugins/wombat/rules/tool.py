"""The program `wombat_tool`, with requirements of its own that no user's code has to agree with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterable

from pants.backend.python.util_rules.interpreter_constraints import InterpreterConstraints
from pants.backend.python.util_rules.pex import PexRequest
from pants.backend.python.util_rules.pex_requirements import EntireLockfile, Lockfile
from pants.engine.fs import CreateDigest, Digest, FileContent
from pants.engine.rules import Rule, collect_rules, rule
from pants.util.logging import LogLevel

from wombat import compat
from wombat.packages import program_files
from wombat.rules.venv import Venv, VenvRequest, venv_of
from wombat.subsystems import WombatSubsystem

PACKAGE = "wombat_tool"


@dataclass(frozen=True)
class ToolRequest:
    """Asks for the program."""


@dataclass(frozen=True)
class Tool:
    """The program for sandboxes: the package, to be mounted at `LIBRARY_MOUNT`, and its virtual environment."""

    library: Digest
    venv: Venv


@rule(desc="Prepare wombat_tool", level=LogLevel.DEBUG)
async def prepare_tool(request: ToolRequest, options: WombatSubsystem) -> Tool:
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
    return Tool(library, venv)


def rules() -> Iterable[Rule]:
    return collect_rules()


tool_of = compat.caller(prepare_tool, ToolRequest, Tool)
