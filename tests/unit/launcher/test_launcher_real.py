"""The launcher `./pants` with a real Python and pip, and once with Pants itself."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from launcher_world import CLIENT, World


def python_39() -> str | None:
    """Return a real Python 3.9 of this machine, if it is easy to find."""
    if sys.version_info[:2] == (3, 9):
        return sys.executable
    candidates = [
        shutil.which("python3.9"),
        *map(str, Path("~/.pyenv/versions").expanduser().glob("3.9*/bin/python3.9")),
    ]
    for candidate in candidates:
        if candidate and subprocess.run([candidate, "-c", ""], capture_output=True, check=False).returncode == 0:
            return candidate
    return None


def write_wheel(directory: Path, project: str, version: str, files: Mapping[str, str]) -> str:
    """Write a wheel of text files and return its line for a lock file."""
    info = f"{project.replace('-', '_')}-{version}.dist-info"
    contents = {
        **files,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {project}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(
        f"{name},sha256={base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip('=')},\n"
        for name, text in contents.items()
    )
    path = directory / f"{project.replace('-', '_')}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for name, text in {**contents, f"{info}/RECORD": f"{record}{info}/RECORD,,\n"}.items():
            wheel.writestr(name, text)
    return (
        f"{project}=={version} \\\n    --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n    # via test\n"
    )


@pytest.fixture
def offline(world: World) -> World:
    """A machine with a real Python 3.9 and pip, and packages that only pretend to be Pants and Pex."""
    python = python_39()
    if python is None:
        pytest.skip("no Python 3.9 on this machine")
    wheels = world.base / "wheels"
    wheels.mkdir()
    loader = "import sys\ndef main():\n    print('python client', sys.executable, sys.argv[1:])\n    return 7\n"
    pex = "import sys\nopen(sys.argv[sys.argv.index('--output-file') + 1], 'w').write(sys.argv[-1])\n"
    world.lock.write_text(
        write_wheel(
            wheels,
            "pantsbuild-pants",
            "2.17.1",
            {
                "pants/__init__.py": "",
                "pants/bin/__init__.py": "",
                "pants/bin/native_client": CLIENT,
                "pants/bin/pants_loader.py": loader,
            },
        )
        + write_wheel(wheels, "pex", "2.1.137", {"pex/__init__.py": "", "pex/__main__.py": pex})
    )
    world.env = {
        "WOMBAT_PYTHON": python,
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(wheels),
        "PIP_CONFIG_FILE": "/dev/null",
    }
    return world


def test_real_environment_survives_its_renaming(offline: World) -> None:
    native = offline.run(
        "list", "a b", env={"PIP_TARGET": "/nonexistent", "PIP_USER": "1", "PYTHONPATH": "/nonexistent"}
    )
    fallback = offline.run("list", "a b", env={"PANTS_NO_NATIVE_CLIENT": "1"})
    interpreter = next(offline.setups.glob("*-py3.9*")) / "bin/python"

    assert native.called.args == ["list", "a b"]
    assert fallback.code == 7
    assert fallback.stdout.decode() == f"python client {interpreter} ['list', 'a b']\n"
    assert (interpreter.parent.parent / "pex").read_text() == "pex==2.1.137"


def test_real_pip_refuses_a_file_that_is_not_the_locked_one(offline: World) -> None:
    offline.lock.write_text(re.sub("sha256:[0-9a-f]{64}", "sha256:" + "0" * 64, offline.lock.read_text(), count=1))
    result = offline.run("list")

    assert result.code == 1
    assert "it serves another file" in result.stderr
    assert [path.name for path in offline.setups.iterdir()] == ["lock"]


@pytest.mark.slow
def test_real_pants_from_the_package_index(world: World) -> None:
    python = python_39()
    if python is None:
        pytest.skip("no Python 3.9 on this machine")
    (world.repo / "pants.toml").write_text('[GLOBAL]\npants_version = "2.17.1"\npantsd = false\n')
    passed = {name: value for name, value in os.environ.items() if name.startswith("PIP_") or name.endswith("_PROXY")}
    result = world.run("--version", env={**passed, "WOMBAT_PYTHON": python})
    known = next(world.setups.glob("*.ready")).read_text().splitlines()[4]

    assert (result.code, result.stdout) == (0, b"2.17.1\n"), result.stderr
    # The same bytes on every machine: they are part of cache keys.
    assert "|linux_x86_64|73a62b0619d96b9268763ee041d225216f7f3715401ca57e0d47ebe565b7212d|12982561'" in known
