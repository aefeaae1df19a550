"""The action by which the jobs of a workflow set Pants up: Python, the launcher, caches, the token of the remote cache."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from wombat_tool.deployment.github_expressions import expression, quoted

RESULTS = "~/.cache/pants/lmdb_store"
RESULTS_KEY = "wombat-results-${{ runner.os }}-${{ runner.arch }}-"
TOKEN_INPUT = "remote-cache-token"
TOKEN_OUTPUT = "remote-cache-token-file"

_NAMED_CACHES = "~/.cache/pants/named_caches"
_TOKEN_SCRIPT = """\
umask 077
printf '%s' "$REMOTE_CACHE_TOKEN" > "$RUNNER_TEMP/remote-cache-token"
echo "file=$RUNNER_TEMP/remote-cache-token" >> "$GITHUB_OUTPUT"
"""


@dataclass(frozen=True)
class SetUp:
    """What the jobs of a workflow need.

    :param actions: the version of each action.
    :param lock_files: patterns of files; none for no cache of what Pants installs.
    :param keeps_results: whether results of steps go from run to run by GitHub's cache.
    :param has_token: whether jobs give a token of the remote cache.
    """

    launcher: str
    python_versions: tuple[str, ...]
    actions: Mapping[str, str]
    lock_files: tuple[str, ...]
    keeps_results: bool
    has_token: bool

    def uses(self, action: str, part: str = "") -> str:
        """The value of `uses`."""
        return f"{action}{part}@{self.actions[action]}"

    @property
    def has_own_launcher(self) -> bool:
        """Whether the launcher is a file of the repository, and not the one that is to be installed."""
        return "/" in self.launcher


def set_up_action(set_up: SetUp) -> dict[str, Any]:
    """The action."""
    given = {"description": "The token of the remote cache; empty for none.", "required": False, "default": ""}
    made = {"description": "The file that holds the token.", "value": "${{ steps.token.outputs.file }}"}
    token = {"inputs": {TOKEN_INPUT: given}, "outputs": {TOKEN_OUTPUT: made}}
    return {
        "name": "Set up Pants",
        "description": "Python, the launcher of Pants and its caches, for the jobs that Wombat generates.",
        **(token if set_up.has_token else {}),
        "runs": {"using": "composite", "steps": _steps(set_up)},
    }


def _steps(set_up: SetUp) -> list[dict[str, Any]]:
    steps: list[dict[str, Any]] = []
    if set_up.python_versions:
        # The last one becomes `python`; Pants finds all of them.
        versions = "\n".join(reversed(set_up.python_versions)) + "\n"
        steps.append(
            {
                "name": "Set up Python",
                "uses": set_up.uses("actions/setup-python"),
                "with": {"python-version": versions if len(set_up.python_versions) > 1 else set_up.python_versions[0]},
            }
        )
    if not set_up.has_own_launcher:
        steps.append(
            {
                "name": "Install the launcher of Pants",
                "uses": set_up.uses("pantsbuild/actions", "/init-pants"),
                "with": {"named-caches-hash": "disable", "pants-ci-config": ""},
            }
        )
    if set_up.lock_files:
        if set_up.has_own_launcher:
            # The lock file is where the launcher looks for it.
            launcher = PurePosixPath(set_up.launcher)
            files = (str(launcher), str(launcher.parent / "3rdparty/launcher/pants.lock"))
            steps += _cache(set_up, "launcher", "~/.cache/wombat", files)
        steps += _cache(set_up, "requirements", _NAMED_CACHES, set_up.lock_files)
    if set_up.keeps_results:
        steps.append(
            {
                "name": "Restore results",
                "uses": set_up.uses("actions/cache", "/restore"),
                "with": {
                    "path": RESULTS,
                    # No run finds its own key, and each the newest of those before it.
                    "key": f"{RESULTS_KEY}${{{{ github.run_id }}}}-${{{{ github.run_attempt }}}}",
                    "restore-keys": RESULTS_KEY,
                },
            }
        )
    if set_up.has_token:
        steps.append(
            {
                "name": "Write the token of the remote cache",
                "id": "token",
                "if": f"inputs.{TOKEN_INPUT} != ''",
                "shell": "bash",
                "env": {"REMOTE_CACHE_TOKEN": expression(f"inputs.{TOKEN_INPUT}")},
                "run": _TOKEN_SCRIPT,
            }
        )
    return steps


def _cache(set_up: SetUp, what: str, path: str, files: tuple[str, ...]) -> list[dict[str, Any]]:
    """A cache by the content of files: pull requests read it only, so that none fills the place of others."""
    hashed = expression(f"hashFiles({', '.join(quoted(file) for file in files)})")
    settings = {"path": path, "key": f"wombat-{what}-${{{{ runner.os }}}}-${{{{ runner.arch }}}}-{hashed}"}
    return [
        {
            "name": f"Cache the {what}",
            "if": "github.event_name != 'pull_request'",
            "uses": set_up.uses("actions/cache"),
            "with": settings,
        },
        {
            "name": f"Restore the {what}",
            "if": "github.event_name == 'pull_request'",
            "uses": set_up.uses("actions/cache", "/restore"),
            "with": settings,
        },
    ]
