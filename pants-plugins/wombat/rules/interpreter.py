"""The Python that processes run on: where it is, and which release it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterable

from pants.backend.python.util_rules.interpreter_constraints import InterpreterConstraints
from pants.engine.process import Process, ProcessCacheScope
from pants.engine.rules import Rule, collect_rules, rule
from pants.util.logging import LogLevel

from wombat import compat

INTERPRETER_VARIABLE = "WOMBAT_INTERPRETER"
"""Has the fingerprint in the environment of a process, and so in its key; programs do not get to see it."""

_TELL = "import sys; print(sys.implementation.name, sys.version.split()[0])"


@dataclass(frozen=True)
class Interpreter:
    """A Python interpreter.

    :param fingerprint: what tells it from another one at the same path: implementation and release, "cpython 3.9.18".
        Not the bytes of the program, which differ between two builds of one release, and do not differ between two
        releases where the program is but a stub that loads a shared library.
    """

    path: str
    fingerprint: str


@dataclass(frozen=True)
class InterpreterRequest:
    """Asks for an interpreter that meets constraints."""

    constraints: InterpreterConstraints


@rule(desc="Find an interpreter", level=LogLevel.DEBUG)
async def describe_interpreter(request: InterpreterRequest) -> Interpreter:
    python = await compat.find_interpreter(request.constraints)
    process = Process(
        (python.path, "-ISc", _TELL),
        description=f"Ask {python.path} for its release",
        level=LogLevel.DEBUG,
        # As Pants does when it looks for interpreters: one may be upgraded where it is.
        cache_scope=ProcessCacheScope.PER_RESTART_SUCCESSFUL,
    )
    # One that cannot say it cannot run a step either, which then fails with the reason.
    told = await compat.fallible_process(process)
    return Interpreter(python.path, told.stdout.decode(errors="replace").strip())


def rules() -> Iterable[Rule]:
    return collect_rules()


interpreter_of = compat.caller(describe_interpreter, InterpreterRequest, Interpreter)
