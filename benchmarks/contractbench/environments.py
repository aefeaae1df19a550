"""Virtual environments from lock files, with an interpreter that is found on this machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from dagbench.processes import CommandError

_LEAST = (3, 11)
_NEWEST_MINOR = 14
_PROBE = f"import sys, venv, ensurepip; sys.exit(sys.version_info < {_LEAST})"


def find_python() -> str:
    """An interpreter of Python 3.11 or newer that can make virtual environments.

    :raises CommandError: if there is none.
    """
    for candidate in _candidates():
        try:
            probe = subprocess.run([candidate, "-c", _PROBE], capture_output=True, check=False)
        except OSError:
            continue
        if probe.returncode == 0:
            return candidate
    raise CommandError(
        f"No Python of {_LEAST[0]}.{_LEAST[1]} or newer with the modules venv and ensurepip is in the PATH. Install one."
    )


def _candidates() -> Iterator[str]:
    yield sys.executable
    names = [f"python3.{minor}" for minor in range(_LEAST[1], _NEWEST_MINOR + 1)]
    for name in (*names, "python3", "python"):
        for directory in os.get_exec_path():
            # Not only the first: it may be a stand-in that works in some directories.
            path = shutil.which(name, path=directory)
            if path is not None:
                yield path


def make_environment(python: str, lock: Path, directory: Path, log: Path) -> str:
    """Install what a lock file names, and nothing else; returns the interpreter.

    :param log: where all output goes.
    :raises CommandError: if that fails, with what was printed last.
    """
    interpreter = str(directory / "bin" / "python")
    install = [interpreter, "-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes", "--only-binary=:all:"]
    for command in ([python, "-m", "venv", str(directory)], [*install, "--requirement", str(lock)]):
        with open(log, "ab") as output:
            made = subprocess.run(command, stdout=output, stderr=subprocess.STDOUT, check=False)
        if made.returncode != 0:
            tail = log.read_text(errors="replace")[-2000:].strip()
            raise CommandError(f"`{' '.join(command)}` ended with exit code {made.returncode}. It printed last:\n{tail}")
    return interpreter
