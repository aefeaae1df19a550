"""Runs what made a published version once more, in a worktree of its commit, and compares."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Dict, Iterator, List, Mapping, Optional, Sequence, Tuple
from uuid import uuid4

from wombat.graph.artifacts import shared_code
from wombat.graph.errors import ReproductionError
from wombat.graph.record import RAN, key_differences
from wombat.graph.spec import REPETITION_VARIABLE


@dataclass(frozen=True)
class Recorded:
    """What a manifest says of how a version was made.

    :param title: what messages call the version.
    :param producer: its step, with the code in its key; None for a file of the repository.
    """

    title: str
    address: str
    version: str
    commit: str
    is_clean: bool
    overrides: Sequence[str]
    producer: Optional[Mapping[str, Any]]


@dataclass(frozen=True)
class Reproduction:
    """What came of it.

    :param version: what was made this time; None if nothing was.
    :param differences: of what the step read, then and now.
    """

    version: Optional[str]
    differences: Sequence[str]
    problem: str = ""


def recorded(manifest: Mapping[str, Any], title: str) -> Recorded:
    """What a manifest says of how its version was made.

    :raises ReproductionError: if it does not say from which commit.
    """
    git = manifest.get("git")
    if not git:
        raise ReproductionError(title, "it was published from no git commit, so nothing says what made it.")
    return Recorded(
        title=title,
        address=manifest["address"],
        version=manifest["version"],
        commit=git["commit"],
        is_clean=git["is_clean"],
        overrides=manifest["overrides"],
        producer=manifest["producer"],
    )


@contextmanager
def worktree(git: str, build_root: str, made: Recorded) -> Iterator[str]:
    """A temporary worktree with the commit, gone again afterwards; gives the build root in it.

    :raises ReproductionError: if the commit is not to be had.
    """
    top = _git(git, build_root, made, "rev-parse", "--show-toplevel").strip()
    known = subprocess.run(
        [git, "-C", build_root, "cat-file", "-e", f"{made.commit}^{{commit}}"], capture_output=True, check=False
    )
    if known.returncode != 0:
        reason = f"its commit {made.commit[:12]} is not in this clone. Fetch it: git fetch origin {made.commit}"
        raise ReproductionError(made.title, reason)
    parent = tempfile.mkdtemp(prefix="wombat-reproduce-")
    path = os.path.join(parent, os.path.basename(top) or "worktree")
    try:
        _git(git, build_root, made, "worktree", "add", "--detach", "--quiet", path, made.commit)
        yield os.path.normpath(os.path.join(path, os.path.relpath(os.path.realpath(build_root), os.path.realpath(top))))
    finally:
        subprocess.run([git, "-C", build_root, "worktree", "remove", "--force", path], capture_output=True, check=False)
        shutil.rmtree(parent, ignore_errors=True)
        subprocess.run([git, "-C", build_root, "worktree", "prune"], capture_output=True, check=False)


def reproduce(directory: str, made: Recorded, launcher: str, environment: Mapping[str, str]) -> Reproduction:
    """Run what made the version in a worktree, no step being taken from a cache, and compare.

    :param launcher: the program that starts Pants, if the worktree has none of its own.
    """
    own = os.path.join(directory, "pants")
    program = own if os.access(own, os.X_OK) else launcher
    # Of a step no preview is made, which would take the tool for it, too.
    target = made.address if made.producer is None else made.producer["address"]
    command = [program, "--no-pantsd", "--wombat-output-format=json", "run", target]
    if made.overrides:
        command += ["--", *made.overrides]
    value = f"reproduce-{uuid4().hex}"
    exit_code, record = _run(command, directory, {**environment, REPETITION_VARIABLE: value})
    if record is not None and any(step.get("source") not in (None, RAN) for step in record["steps"]):
        # The Wombat of that commit does not know the variable. In another name space for the keys of processes nothing
        # that was ever cached is found, which has environments built anew, too.
        exit_code, record = _run(command, directory, {**environment, "PANTS_PROCESS_EXECUTION_CACHE_NAMESPACE": value})
    if record is None:
        return Reproduction(None, (), f"`{' '.join(command[1:])}` ended with {exit_code} and no run record.")
    versions = {one["address"]: one for one in record["datasets"]}
    dataset = versions.get(made.address)
    differences = _differences(made, record)
    if dataset is None or dataset["version"] is None:
        told = [
            f"{one['address']}: {one['failure']['message']}"
            for one in (*record["steps"], *record["datasets"])
            if "failure" in one
        ]
        return Reproduction(None, differences, "\n".join(told) or "it was not made.")
    return Reproduction(dataset["version"], differences)


def _run(command: Sequence[str], directory: str, variables: Mapping[str, str]) -> Tuple[int, Optional[Dict[str, Any]]]:
    """The exit code, and the run record, if one was printed."""
    finished = subprocess.run(command, cwd=directory, env=variables, stdout=subprocess.PIPE, check=False)
    try:
        record: Dict[str, Any] = json.loads(finished.stdout)
    except ValueError:
        return finished.returncode, None
    return finished.returncode, record


def _differences(made: Recorded, record: Mapping[str, Any]) -> List[str]:
    if made.producer is None:
        return []
    step = next((one for one in record["steps"] if one["address"] == made.producer["address"] and "key" in one), None)
    if step is None:
        return []
    code = shared_code(record["code"][step["key"]["code"]])
    return key_differences(made.producer["key"], {**step["key"], "code": code})


def _git(git: str, build_root: str, made: Recorded, *arguments: str) -> str:
    finished = subprocess.run([git, "-C", build_root, *arguments], capture_output=True, check=False)
    if finished.returncode != 0:
        raise ReproductionError(made.title, f"git says: {finished.stderr.decode(errors='replace').strip()}")
    return finished.stdout.decode()
