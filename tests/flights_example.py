"""The example of the project, in fresh clones of it."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Iterable, List

import pytest

from harness import file_above

BY_STEP, AS_ONE = "step", "pipeline"
"""The granularities."""
DEPLOY = "examples/flights/deploy"
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
"""Their addresses, sorted."""
_CHECKOUT = file_above("pants").parent
IF_ALL = pytest.mark.skipif(
    "WOMBAT_TEST_ALL_SYSTEMS" not in os.environ or not (_CHECKOUT / ".git").exists(),
    reason="it takes a checkout and many minutes: set WOMBAT_TEST_ALL_SYSTEMS=1",
)


def clone_at(path: Path) -> None:
    """Make a fresh clone, on a branch `main`."""
    git(path.parent, "clone", "-q", str(_CHECKOUT), str(path))
    git(path, "checkout", "-q", "-B", "main")
    git(path, "remote", "set-url", "origin", "https://gitlab.example/team/monorepo.git")


def commit(checkout: Path) -> None:
    """Commit all that is there."""
    git(checkout, "add", "-A")
    git(checkout, "commit", "-q", "-m", "Run the example")


def git(directory: Path, *arguments: str) -> None:
    """Run git.

    :raises subprocess.CalledProcessError: if it fails.
    """
    identity = ["-c", "user.name=T", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *identity, *arguments], cwd=directory, check=True, capture_output=True)


def ran_in(records: Iterable[Path]) -> List[str]:
    """The addresses of the steps that ran according to run records; one that ran twice is there twice.

    :raises AssertionError: if there are no records.
    """
    documents = [json.loads(path.read_text()) for path in records]
    assert documents, "Nothing was run."
    return sorted(step["address"] for record in documents for step in record["steps"] if step["source"] == "ran")
