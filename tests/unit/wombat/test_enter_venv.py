"""The script that starts programs in virtual environments, and makes these where they are gone."""

from __future__ import annotations

import json
import os
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any, Dict, List

import pytest

from warm import Server, lay_out

_FAKE_PEX = """\
import os, sys
venv = os.environ["TEST_VENV"]
print("made by", sys.argv[1:], os.environ.get("PEX_INTERPRETER"), os.environ.get("PEX_ROOT"))
if os.environ.get("TEST_FAILS"):
    sys.stderr.buffer.write(b"no wheels for caf\\xe9")
    sys.exit(1)
os.makedirs(os.path.join(venv, "bin"))
os.symlink(sys.executable, os.path.join(venv, "bin", "python"))
"""
_WORKER = """\
import os, sys
def preload():
    assert "program.__main__" not in sys.modules
def answer(arguments, directory, environment, *, emit, client_is_gone, client_fd):
    emit(1, " ".join([sys.executable, *sorted(os.environ), *sorted(environment)]).encode())
    return 5
"""
_PROGRAM = """\
import json, os, sys
import program.part
report = {"argv": sys.argv[1:], "environment": dict(os.environ), "name": __name__, "executable": sys.executable}
report["flags"] = [sys.flags.no_user_site, sys.dont_write_bytecode]
print(json.dumps(report))
sys.exit(3 if "fail" in sys.argv else 0)
"""


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Dict[str, str]:
    """The variables of a sandbox, which is the working directory; the virtual environment is not there yet."""
    lay_out(tmp_path)
    (tmp_path / "lib" / "program").mkdir()
    (tmp_path / "lib" / "program" / "__main__.py").write_text(_PROGRAM)
    (tmp_path / "lib" / "program" / "part.py").touch()
    (tmp_path / "lib" / "program" / "_worker.py").write_text(_WORKER)
    (tmp_path / "pex.py").write_text(_FAKE_PEX)
    monkeypatch.chdir(tmp_path)
    return {
        "WOMBAT_VENV": str(tmp_path / "venv"),
        "WOMBAT_PEX": str(tmp_path / "pex.py"),
        "PEX_ROOT": str(tmp_path / "root"),
        "PEX_PYTHON": sys.executable,
        "LANG": "C.UTF-8",
        "REGION": "eu",
        "TEST_VENV": str(tmp_path / "venv"),
        "WOMBAT_INTERPRETER": "cpython 3.9.18",
    }


def enter(environment: Dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the script as a sandbox does."""
    return subprocess.run(
        [sys.executable, "-sB", "lib/enter_venv.py", "program", "-cp", "lib", "run", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_environment_is_made_and_the_program_started_in_it(tmp_path: Path, environment: Dict[str, str]) -> None:
    done = enter(environment, "step", "a b", "", "-cp", "@file", "é")

    assert done.returncode == 0, done.stderr
    # What making it printed is no output of the program.
    assert "made by" not in done.stdout
    assert json.loads(done.stdout) == {
        "argv": ["step", "a b", "", "-cp", "@file", "é"],
        "environment": {"LANG": "C.UTF-8", "REGION": "eu", "TEST_VENV": environment["TEST_VENV"]},
        "name": "__main__",
        "executable": str(tmp_path / "venv" / "bin" / "python"),
        "flags": [1, True],
    }


def test_what_is_there_for_the_key_is_hidden_without_an_environment_too(environment: Dict[str, str]) -> None:
    variables = {name: value for name, value in environment.items() if name != "WOMBAT_VENV"}

    done = enter(variables)

    assert "WOMBAT_INTERPRETER" not in json.loads(done.stdout)["environment"]


def test_paths_are_relative_to_the_sandbox_and_the_exit_code_is_the_programs(environment: Dict[str, str]) -> None:
    done = enter({**environment, "WOMBAT_VENV": "venv", "WOMBAT_PEX": "pex.py"}, "fail")

    assert done.returncode == 3, done.stderr
    assert json.loads(done.stdout)["argv"] == ["fail"]


def test_where_it_cannot_be_made_the_reason_is_told(environment: Dict[str, str]) -> None:
    done = enter({**environment, "TEST_FAILS": "1"})

    assert done.returncode == 1
    assert done.stdout == ""
    assert f"wombat: cannot make a virtual environment from {environment['WOMBAT_PEX']}:" in done.stderr
    assert f"made by ['-c', ''] 1 {environment['PEX_ROOT']}" in done.stderr
    assert "no wheels for caf" in done.stderr


class Started(Exception):
    """Stands for the program that takes the place of the process."""


def test_an_environment_that_is_there_is_used_as_it_is(
    tmp_path: Path, environment: Dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    python = tmp_path / "venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.touch()
    seen: List[Any] = []

    def execve(*call: Any) -> None:
        seen.extend(call)
        raise Started

    def no_process(*_: Any, **__: Any) -> None:
        pytest.fail("There is nothing to be made.")

    monkeypatch.setattr(os, "execve", execve)
    monkeypatch.setattr(os, "environ", environment)
    monkeypatch.setattr(subprocess, "run", no_process)
    monkeypatch.setattr(sys, "argv", ["lib/enter_venv.py", "program", "-cp", "lib", "run", "step"])

    with pytest.raises(Started):
        runpy.run_path("lib/enter_venv.py", run_name="__main__")

    assert seen == [
        str(python),
        [str(python), "-sB", "lib/enter_venv.py", "program", "-cp", "lib", "run", "step"],
        {"LANG": "C.UTF-8", "REGION": "eu", "TEST_VENV": environment["TEST_VENV"]},
    ]


def test_without_a_virtual_environment_the_program_runs_in_the_interpreter(environment: Dict[str, str]) -> None:
    done = enter({"LANG": "C.UTF-8"}, "step")

    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["argv"] == ["step"]
    assert report["environment"] == {"LANG": "C.UTF-8"}
    assert os.path.realpath(report["executable"]) == os.path.realpath(sys.executable)


def test_a_server_is_started_in_the_virtual_environment_too(tmp_path: Path, environment: Dict[str, str]) -> None:
    server = Server(tmp_path, "program", environment=environment)
    try:
        got = server.run(environment=environment)
    finally:
        server.stop()

    program = ["LANG", "REGION", "TEST_VENV"]
    assert got.exit_code == 5
    assert got.stdout.decode().split() == [str(tmp_path / "venv" / "bin" / "python"), *program, *program]
