"""Virtual environments of tools that a lock file of the repository pins."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def environment_of_lock(lock: str, directory: Path, *, python: str = sys.executable) -> Path:
    """The Python of a new environment that holds what a lock file pins.

    :param lock: relative to the root of the repository.
    :param python: what makes it.
    """
    subprocess.run([python, "-m", "venv", str(directory)], check=True)
    own = directory / "bin/python"
    install = [str(own), "-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes", "--no-compile"]
    installed = subprocess.run(
        [*install, "--disable-pip-version-check", "-r", str(file_above(lock))],
        env={**os.environ, "PYTHONPATH": ""},
        capture_output=True,
        text=True,
    )
    assert installed.returncode == 0, installed.stderr
    return own


def file_above(relpath: str) -> Path:
    """A file of the repository, or of the sandbox that Pants runs tests in."""
    for directory in (Path.cwd(), *Path(__file__).resolve().parents):
        if (directory / relpath).exists():
            return directory / relpath
    raise FileNotFoundError(f"{relpath} is in no directory above {__file__}: is it a dependency of the test?")
