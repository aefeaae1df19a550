"""The release of the Python of steps is part of their keys."""

from __future__ import annotations

import asyncio
import platform
import subprocess
import sys
from pathlib import PurePath
from types import SimpleNamespace
from typing import Any, Dict

import pytest
from pants.backend.python.util_rules.interpreter_constraints import InterpreterConstraints
from pants.engine.fs import EMPTY_DIGEST
from pants.engine.process import Process, ProcessCacheScope

from wombat import compat
from wombat.rules import venv
from wombat.rules.interpreter import Interpreter, InterpreterRequest, describe_interpreter
from wombat.rules.venv import VenvRequest, prepare_venv


def test_an_interpreter_is_told_by_its_release(monkeypatch: pytest.MonkeyPatch) -> None:
    async def find(constraints: InterpreterConstraints) -> Any:
        return SimpleNamespace(path=sys.executable)

    async def run(process: Process) -> Any:
        assert process.cache_scope is ProcessCacheScope.PER_RESTART_SUCCESSFUL, "it may be upgraded where it is"
        return SimpleNamespace(stdout=subprocess.run(process.argv, check=True, capture_output=True).stdout)

    monkeypatch.setattr(compat, "find_interpreter", find)
    monkeypatch.setattr(compat, "fallible_process", run)
    request = InterpreterRequest(InterpreterConstraints(["CPython==3.9.*"]))

    found = asyncio.run(describe_interpreter.rule.func(request))  # type: ignore[attr-defined]

    assert found == Interpreter(sys.executable, f"cpython {platform.python_version()}")


def environment_with(release: str, monkeypatch: pytest.MonkeyPatch) -> Dict[str, str]:
    """The variables, which are part of the key, of a process in a virtual environment of this release."""

    async def subset(_: Any) -> Any:
        return EMPTY_DIGEST

    async def both(*_: Any) -> Any:
        made = SimpleNamespace(pex_filename="it.pex", digest=EMPTY_DIGEST, venv_rel_dir="venvs/1")
        return made, Interpreter("/usr/bin/python3.9", release)

    monkeypatch.setattr(compat, "digest_subset", subset)
    monkeypatch.setattr(compat, "concurrently", both)
    monkeypatch.setattr(compat, "create_venv_pex", lambda _: None)
    monkeypatch.setattr(venv, "interpreter_of", lambda _: None)
    place: Any = SimpleNamespace(pex_root=PurePath(".cache/pex"), append_only_caches={})
    pants: Any = SimpleNamespace(in_sandbox=lambda **_: place)
    pex: Any = SimpleNamespace(interpreter_constraints=InterpreterConstraints())
    made = asyncio.run(prepare_venv.rule.func(VenvRequest(pex), pants))  # type: ignore[attr-defined]
    return dict(made.environment)


def test_another_release_at_the_same_path_is_another_key(monkeypatch: pytest.MonkeyPatch) -> None:
    first, again, other = (environment_with(f"cpython {number}", monkeypatch) for number in ("3.9.2", "3.9.2", "3.9.18"))

    assert first == again != other
