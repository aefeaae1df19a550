"""The repository that all integration tests share."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Iterator

import pytest

from harness import Repository, source_directory


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
