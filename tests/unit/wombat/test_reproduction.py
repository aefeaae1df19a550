"""A version is made once more in a worktree of its commit, whatever becomes of it there."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from shutil import which
from typing import Any, Dict, Optional

import pytest

from wombat.graph.errors import ReproductionError
from wombat.reproduction import Recorded, recorded, reproduce, worktree

GIT = which("git") or ""

pytestmark = pytest.mark.skipif(not GIT, reason="There is no git.")

CODE = {
    "files": {"a.py": "1"},
    "source_roots": ["."],
    "requirements": [],
    "requirements_fingerprint": "",
    "interpreter": "python3",
    "interpreter_fingerprint": "f",
    "step_library": "s",
}
KEY: Dict[str, Any] = {
    "entry_point": "a:f",
    "program": "",
    "args": [],
    "params": {"n": "1"},
    "environment": {},
    "inputs": {"rows": "aa"},
    "input_formats": {"rows": "csv"},
    "output_names": [None],
    "output_formats": ["csv"],
    "runs_in": "",
}


def made(commit: str = "", **fields: Any) -> Recorded:
    producer = {"address": "etl:f", "key": {**KEY, "code": CODE}}
    values: Dict[str, Any] = {
        "title": "p//etl:out abc",
        "address": "etl:out",
        "version": "v1",
        "commit": commit,
        "is_clean": True,
        "overrides": [],
        "producer": producer,
    }
    return Recorded(**{**values, **fields})


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    path = tmp_path / "repo"
    path.mkdir()
    git(path, "init", "-q")
    (path / "file.txt").write_text("first")
    git(path, "add", "-A")
    git(path, "commit", "-q", "-m", "first")
    return path


def git(path: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=T", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
    return subprocess.run([GIT, *identity, *arguments], cwd=path, check=True, capture_output=True, text=True).stdout.strip()


def launcher(directory: Path, record: Optional[Dict[str, Any]]) -> str:
    """A program in the place of Pants: it keeps what it was called with, and prints a run record."""
    path = directory / "fake-pants"
    printed = "no record" if record is None else json.dumps(record)
    path.write_text(
        f"#!/bin/sh\nprintf '%s\\n' \"$@\" > {directory}/arguments\n"
        f"env > {directory}/environment\ncat <<'END'\n{printed}\nEND\n"
    )
    path.chmod(0o755)
    return str(path)


def run_record(version: Optional[str], **key: Any) -> Dict[str, Any]:
    step: Dict[str, Any] = {"address": "etl:f", "source": "ran", "key": {**KEY, "code": "c", **key}}
    dataset: Dict[str, Any] = {"address": "etl:out", "version": version}
    if version is None:
        step["failure"] = {"kind": "Error", "message": "It broke."}
    return {"code": {"c": CODE}, "steps": [step], "datasets": [dataset]}


def test_the_worktree_has_the_commit_and_is_gone_afterwards(repository: Path) -> None:
    commit = git(repository, "rev-parse", "HEAD")
    (repository / "file.txt").write_text("second")

    with worktree(GIT, str(repository), made(commit)) as directory:
        content = Path(directory, "file.txt").read_text()

    assert content == "first"
    assert not os.path.exists(directory)
    assert git(repository, "worktree", "list").count("\n") == 0
    assert (repository / "file.txt").read_text() == "second"


def test_the_worktree_is_gone_after_a_failure_too(repository: Path) -> None:
    commit = git(repository, "rev-parse", "HEAD")

    with pytest.raises(RuntimeError), worktree(GIT, str(repository), made(commit)) as directory:
        raise RuntimeError

    assert not os.path.exists(directory)


def test_a_build_root_below_the_top_of_the_repository_is_found_again(repository: Path) -> None:
    below = repository / "data"
    below.mkdir()
    (below / "BUILD").write_text("")
    git(repository, "add", "-A")
    git(repository, "commit", "-q", "-m", "second")

    with worktree(GIT, str(below), made(git(repository, "rev-parse", "HEAD"))) as directory:
        names = os.listdir(directory)

    assert names == ["BUILD"]


def test_a_commit_that_is_not_there_is_named_with_how_to_get_it(repository: Path) -> None:
    with (
        pytest.raises(ReproductionError, match=r"p//etl:out abc cannot be reproduced: .*git fetch origin 12341234"),
        worktree(GIT, str(repository), made("1234" * 10)),
    ):
        pass


def test_a_version_of_no_commit_cannot_be_reproduced() -> None:
    with pytest.raises(ReproductionError, match="published from no git commit"):
        recorded({"git": None}, "p//etl:out abc")


def test_the_same_bytes_are_the_same_version(tmp_path: Path) -> None:
    program = launcher(tmp_path, run_record("v1"))

    again = reproduce(str(tmp_path), made(overrides=["f.n=2"]), program, {"PATH": os.environ["PATH"]})

    assert (again.version, list(again.differences)) == ("v1", [])
    arguments = (tmp_path / "arguments").read_text().split()
    assert arguments[-4:] == ["run", "etl:f", "--", "f.n=2"]
    # Whatever is in a cache was made before; only environments and the like are taken from there.
    variables = (tmp_path / "environment").read_text()
    assert "WOMBAT_REPETITION=reproduce-" in variables
    assert "PANTS_PROCESS_EXECUTION_CACHE_NAMESPACE" not in variables


def test_where_a_step_came_from_a_cache_all_the_same_it_is_made_again_without_any(tmp_path: Path) -> None:
    record = run_record("v1")
    record["steps"].insert(0, {"address": "etl:before", "source": "remote cache"})
    fresh = tmp_path / "fresh"
    fresh.mkdir()
    other = launcher(fresh, run_record("v2"))
    program = Path(launcher(tmp_path, record))
    first = f'[ -n "$PANTS_PROCESS_EXECUTION_CACHE_NAMESPACE" ] && exec {other} "$@"\n'
    program.write_text(program.read_text().replace("#!/bin/sh\n", f"#!/bin/sh\n{first}"))

    again = reproduce(str(tmp_path), made(), str(program), {"PATH": os.environ["PATH"]})

    assert again.version == "v2"
    assert "PANTS_PROCESS_EXECUTION_CACHE_NAMESPACE=reproduce-" in (fresh / "environment").read_text()


def test_what_the_step_read_otherwise_is_named(tmp_path: Path) -> None:
    program = launcher(tmp_path, run_record("v2", inputs={"rows": "bb"}))

    again = reproduce(str(tmp_path), made(), program, {"PATH": os.environ["PATH"]})

    assert (again.version, list(again.differences)) == ("v2", ["input rows changed"])


def test_a_step_that_fails_says_why(tmp_path: Path) -> None:
    again = reproduce(str(tmp_path), made(), launcher(tmp_path, run_record(None)), {"PATH": os.environ["PATH"]})

    assert (again.version, again.problem) == (None, "etl:f: It broke.")


def test_a_run_without_a_record_is_no_success(tmp_path: Path) -> None:
    again = reproduce(str(tmp_path), made(), launcher(tmp_path, None), {"PATH": os.environ["PATH"]})

    assert again.version is None
    assert "no run record" in again.problem
