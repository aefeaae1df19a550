"""Tells the commits between two of a Git repository."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass

from wombat_tool.store.manifest import Git

_MOST = 1_000
_TIMEOUT_S = 60


@dataclass(frozen=True)
class Commits:
    """The commits between two.

    :param between: those that only the right one has, the last first, each as its digits and its subject.
    :param only_left: those that only the left one has: there are some if the right one was not made after the left one.
    :param why_not: why they are not known, as a sentence; empty if they are.
    """

    between: tuple[str, ...] = ()
    only_left: tuple[str, ...] = ()
    why_not: str = ""


def commits_between(left: Git | None, right: Git | None, repository: str | None) -> Commits:
    """The commits between those of two versions, as far as the repository knows both."""
    if left is None or right is None:
        sides = [side for side, git in (("left", left), ("right", right)) if git is None]
        return Commits(why_not=f"No commit is recorded of the {' and the '.join(sides)} version.")
    if left.commit == right.commit:
        return Commits()
    if repository is None:
        return Commits(why_not="No repository was named in which to look.")
    try:
        unknown = [git.commit[:12] for git in (left, right) if not _is_known(repository, git.commit)]
        if unknown:
            mend = "Fetch it from where the version was published, or take the clone that has it."
            return Commits(
                why_not=f"The repository {repository} does not have the commit {' or '.join(unknown)}. {mend}"
            )
        return Commits(_log(repository, left.commit, right.commit), _log(repository, right.commit, left.commit))
    except FileNotFoundError:
        return Commits(why_not="There is no program `git` here.")
    except (OSError, subprocess.SubprocessError) as err:
        return Commits(why_not=f"Git does not tell: {err}.")


def _is_known(repository: str, commit: str) -> bool:
    return _git(repository, "cat-file", "-e", f"{commit}^{{commit}}").returncode == 0


def _log(repository: str, before: str, after: str) -> tuple[str, ...]:
    arguments = ("log", "--oneline", "--no-decorate", "--no-color", "--no-show-signature", f"--max-count={_MOST}")
    found = _git(repository, *arguments, f"{before}..{after}", "--")
    found.check_returncode()
    return tuple(found.stdout.decode("utf-8", "replace").splitlines())


def _git(repository: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        ["git", "-C", repository, *arguments],
        capture_output=True,
        stdin=subprocess.DEVNULL,
        timeout=_TIMEOUT_S,
        check=False,
    )
