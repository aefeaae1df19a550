"""What is measured, a command each: plain copies, the artifact store through its command line, and DVC."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from contractbench.engines import Use, run_measured
from storebench.plans import PROJECT

COPY = "cp -r"
COPY_AND_DIGEST = "cp -r, SHA-256"
PUBLISH = "store-publish"
FETCH = "store-fetch"
DVC_PUBLISH = "dvc add, dvc push"
DVC_FETCH = "dvc pull"
ALL = (COPY, COPY_AND_DIGEST, PUBLISH, DVC_PUBLISH, FETCH, DVC_FETCH)

# A copy waits for the disk as the store does before it says that something is published.
_SYNCED = '"$@" && sync -f "$0"'
_DIGESTED = 'cp -r "$1" "$2" && "$3" -c "$4" "$1" && sync -f "$0"'
# By the same library as in the store; `sha256sum` takes three times as long where the processor has instructions for it.
_DIGEST = """\
import hashlib, pathlib, sys
for path in pathlib.Path(sys.argv[1]).rglob("*"):
    if path.is_file():
        digest = hashlib.sha256()
        with path.open("rb", buffering=0) as file:
            while chunk := file.read(1 << 18):
                digest.update(chunk)
"""


class Contenders:
    """Runs the commands in a scratch directory, where the store, DVC's repository and its remote are.

    :param tool_python: the interpreter for `wombat_tool`, and `dvc_python` that for DVC.
    :param plugins: the directory with the plugin's sources.
    """

    def __init__(self, scratch: Path, *, tool_python: str, dvc_python: str, plugins: Path) -> None:
        self._root = scratch / "contenders"
        self._home = scratch / "home"
        self._home.mkdir()
        self._tool_python = tool_python
        self._dvc_python = dvc_python
        self._plugins = plugins
        self.clear()

    @property
    def store(self) -> Path:
        """The directory of the store."""
        return self._root / "store"

    @property
    def remote(self) -> Path:
        """The directory that DVC pushes to."""
        return self._root / "remote"

    @property
    def dvc_data(self) -> Path:
        """The data in DVC's repository."""
        return self._root / "repository/data"

    @property
    def fetched(self) -> Path:
        """Where `fetch` writes to."""
        return self._root / "fetched"

    def clear(self) -> None:
        """Forget everything that was stored, and make an empty repository for DVC."""
        if self._root.exists():
            shutil.rmtree(self._root)
        (self._root / "repository").mkdir(parents=True)
        # A repository without Git, which would only cost time.
        self._dvc("init", "--quiet", "--no-scm")
        for name, value in (("core.analytics", "false"), ("core.check_update", "false")):
            self._dvc("config", "--quiet", name, value)
        # It holds digests of files; the usual place is one of the whole machine.
        self._dvc("config", "--quiet", "core.site_cache_dir", str(self._root / "site-cache"))
        self._dvc("remote", "add", "--quiet", "--default", "local", str(self.remote))

    def copy(self, data: Path, *, digest: bool = False) -> Use:
        """Copy the data, as fast as that goes.

        :param digest: also take the SHA-256 of what is copied.
        """
        target = self._root / "copied"
        if digest:
            command = ["sh", "-c", _DIGESTED, str(self._root), str(data), str(target), self._tool_python, _DIGEST]
        else:
            command = ["sh", "-c", _SYNCED, str(self._root), "cp", "-r", str(data), str(target)]
        use, _ = self._run(command)
        shutil.rmtree(target)
        return use

    def publish(self, plan: Path) -> tuple[Use, list[dict[str, Any]]]:
        """Publish what a plan names; returns also what is said of each dataset."""
        use, out = self.tool("store-publish", "--plan", str(plan), "--output", "json")
        return use, [json.loads(line) for line in out.splitlines()]

    def fetch(self, address: str) -> Use:
        """Fetch the latest version of a dataset to `fetched`."""
        return self.tool("store-fetch", address, "--project", PROJECT, "--to", str(self.fetched))[0]

    def dvc_publish(self) -> Use:
        """Have DVC add what is in `dvc_data`, and push it to the remote."""
        return added(self._dvc("add", "--quiet", self.dvc_data.name), self._dvc("push", "--quiet"))

    def dvc_fetch(self) -> Use:
        """Have DVC pull everything from the remote, without what it has itself."""
        shutil.rmtree(self.dvc_data)
        for name in ("repository/.dvc/cache", "repository/.dvc/tmp", "site-cache"):
            shutil.rmtree(self._root / name, ignore_errors=True)
        return self._dvc("pull", "--quiet")

    def tool(self, command: str, *arguments: str) -> tuple[Use, bytes]:
        """Run a command of the store; returns what it used and printed."""
        python = [self._tool_python, "-m", "wombat_tool", command, "--store", str(self.store), *arguments]
        return self._run(["sh", "-c", _SYNCED, str(self._root), *python])

    def has_command(self, command: str) -> bool:
        """Whether the tool has such a command."""
        python = [self._tool_python, "-m", "wombat_tool", command, "--help"]
        return subprocess.run(python, env=self._environment(), capture_output=True, check=False).returncode == 0

    def _dvc(self, *arguments: str) -> Use:
        command = ["sh", "-c", _SYNCED, str(self._root), self._dvc_python, "-m", "dvc", *arguments]
        return self._run(command, self._root / "repository")[0]

    def _run(self, command: Sequence[str], directory: Path | None = None) -> tuple[Use, bytes]:
        # What was written before is nobody's to wait for.
        subprocess.run(["sync", "-f", str(self._root)], check=True)
        if directory is not None:
            command = ["env", "-C", str(directory), *command]
        return run_measured(command, directory=self._home, environment=self._environment())

    def _environment(self) -> dict[str, str]:
        # Settings in the user's home could change what is measured.
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "LD_LIBRARY_PATH") if name in os.environ}
        return {**kept, "HOME": str(self._home), "TMPDIR": str(self._home), "PYTHONPATH": str(self._plugins)}


def added(*uses: Use) -> Use:
    """What commands used that ran one after the other."""
    wall_s = sum(use.wall_s for use in uses)
    return Use(
        wall_s,
        cpu_s=sum(use.cpu_s for use in uses),
        peak_mb=max(use.peak_mb for use in uses),
        others_cores=sum(use.others_cores * use.wall_s for use in uses) / wall_s,
    )
