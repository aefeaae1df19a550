"""What git says of the repository: files as they are at a revision, and the commit that is checked out."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from typing import Dict, Optional, Sequence

from wombat.graph.errors import ContractBaseError

_NUL = b"\0"


def changed_since(
    git: str, build_root: str, revision: str, endings: Sequence[str], files: Sequence[str]
) -> Dict[str, bytes]:
    """The content at `revision` of the files that are now different or gone, by path from the build root.

    :param git: the program.
    :param endings: of all files with these endings.
    :param files: and of these, however they end.
    :raises ContractBaseError: if there is no such revision, or no repository.
    """
    if revision.startswith(("-", "^")):
        # Before version 2.30, `git rev-parse` knows no way to tell a revision from an option; "^" excludes one.
        raise ContractBaseError(revision, "that is no revision.")
    named = ("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
    commit = _git(git, build_root, revision, *named).decode().strip()
    patterns = [f":(glob)**/*{ending}" for ending in endings] + [f":(literal){file}" for file in files]
    # The paths from the build root, which need not be the root of the repository; a rename is one gone and one new.
    options = ("-z", "--name-only", "--relative", "--no-renames", "--diff-filter=DMT")
    listed = _git(git, build_root, revision, "diff", *options, commit, "--", *patterns)
    paths = [os.fsdecode(path) for path in listed.split(_NUL) if path]
    return {path: _git(git, build_root, revision, "cat-file", "blob", f"{commit}:./{path}") for path in sorted(paths)}


@dataclass(frozen=True)
class Checkout:
    """What is checked out.

    :param commit: None before the first commit, and where there is no repository.
    :param is_clean: whether nothing differs from it, new files included.
    :param remote: the address of the remote `origin`, or "".
    """

    commit: Optional[str] = None
    is_clean: bool = False
    remote: str = ""


def checkout_at(git: str, build_root: str) -> Checkout:
    """What is checked out at the build root.

    :param git: the program.
    """
    commit = _output(git, build_root, "rev-parse", "--verify", "--quiet", "HEAD")
    changes = _output(git, build_root, "status", "--porcelain", "--untracked-files=normal")
    remote = _output(git, build_root, "config", "--get", "remote.origin.url")
    return Checkout(commit or None, is_clean=changes == "", remote=remote or "")


def _output(git: str, build_root: str, *arguments: str) -> Optional[str]:
    """What git prints; None if it fails, as it does for what is not there."""
    finished = subprocess.run([git, "-C", build_root, *arguments], capture_output=True, check=False)
    return finished.stdout.decode(errors="replace").strip() if finished.returncode == 0 else None


def _git(git: str, build_root: str, revision: str, *arguments: str) -> bytes:
    finished = subprocess.run([git, "-C", build_root, *arguments], capture_output=True, check=False)
    if finished.returncode != 0:
        said = finished.stderr.decode(errors="replace").strip()
        raise ContractBaseError(revision, f"git says: {said}." if said else "git knows no such revision.")
    return finished.stdout
