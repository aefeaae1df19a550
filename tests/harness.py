"""A throw-away repository that runs the real Pants, with a daemon, from the real launcher."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from textwrap import dedent
from typing import Any, Callable, Dict, List, Mapping, Optional

_PANTS_TOML = """
[GLOBAL]
pants_version = "2.17.1"
pythonpath = ["{plugins}"]
backend_packages = ["pants.backend.python", "pants.backend.shell", "wombat"]
local_store_dir = "{store}"
pants_workdir = "{workdir}"
pantsd_max_memory_usage = "4GiB"
unmatched_cli_globs = "error"

[python]
interpreter_constraints = ["CPython==3.9.*"]
enable_resolves = true
default_resolve = "default"
resolves_generate_lockfiles = false

[python.resolves]
default = "3rdparty/requirements.lock"

[python-infer]
use_rust_parser = true

[source]
root_patterns = ["/"]
"""


def source_directory(package: str) -> Path:
    """The directory that holds an importable package, wherever the tests run."""
    spec = find_spec(package)
    assert spec is not None and spec.origin is not None
    return Path(spec.origin).parent.parent


def file_above(relpath: str) -> Path:
    """A file of the repository, or of the sandbox that Pants runs tests in."""
    for directory in (Path.cwd(), *Path(__file__).resolve().parents):
        if (directory / relpath).exists():
            return directory / relpath
    raise FileNotFoundError(f"{relpath} is in no directory above {__file__}: is it a dependency of the test?")


@dataclass(frozen=True)
class Result:
    """A finished command."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def text(self) -> str:
        """Everything that was printed."""
        return self.stdout + self.stderr

    def succeeded(self) -> Result:
        """This result, after making sure that the command succeeded."""
        assert self.exit_code == 0, self.text
        return self

    def failed(self, *words: str) -> Result:
        """This result, after making sure that the command failed and said `words`."""
        assert self.exit_code != 0, self.text
        for word in words:
            assert word in self.text, f"{word!r} is missing from:\n{self.text}"
        return self

    @property
    def record(self) -> Dict[str, Any]:
        """The run record, of a run with `--wombat-output-format=json`."""
        document = json.loads(self.stdout)
        assert isinstance(document, dict)
        return document

    @property
    def sources(self) -> Dict[str, Optional[str]]:
        """By the name of each step, whether it ran or where its result came from."""
        return {name_of(step["address"]): step["source"] for step in self.record["steps"]}

    @property
    def ran(self) -> List[str]:
        """The names of the steps that ran, sorted."""
        return sorted(name for name, source in self.sources.items() if source == "ran")


def name_of(address: str) -> str:
    """The name in an address."""
    return address.rpartition(":")[2]


def wait_for(condition: Callable[[], bool], what: str, *, timeout_s: float = 60) -> None:
    """Wait until something holds that another process brings about."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, f"Waited {timeout_s} s in vain for {what}."
        time.sleep(0.05)


class Repository:
    """A repository with `pants.toml`, the launcher and the plugin; Pants runs in it as for a user."""

    def __init__(self, path: Path, *, plugins: Path, store: Path) -> None:
        self.path = path
        self.store = store
        path.mkdir()
        (path / "3rdparty/launcher").mkdir(parents=True)
        shutil.copy(file_above("pants"), path / "pants")
        shutil.copy(file_above("3rdparty/launcher/pants.lock"), path / "3rdparty/launcher/pants.lock")
        toml = _PANTS_TOML.format(plugins=plugins, store=store, workdir=path / ".pants.d")
        (path / "pants.toml").write_text(toml)
        (path / "3rdparty/requirements.lock").write_text("")
        (path / ".gitignore").write_text("/.pants.d/\n/.pids/\n/dist/\n/.wombat/\n")
        self.git("init", "-q")
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "Start")

    def git(self, *arguments: str) -> None:
        identity = ["-c", "user.name=T", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", *identity, *arguments], cwd=self.path, check=True, capture_output=True)

    def write(self, files: Mapping[str, str]) -> None:
        """Write files, by path relative to the repository."""
        for relpath, content in files.items():
            path = self.path / relpath
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(dedent(content), encoding="utf-8")

    def command(self, *arguments: str) -> List[str]:
        """The command line of a call of Pants."""
        return [str(self.path / "pants"), *arguments]

    def environment(self, more: Optional[Mapping[str, str]] = None) -> Dict[str, str]:
        """The environment of a call of Pants: what a user's shell has, and none of the test runner's own."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PANTS_", "PEX_", "PYTEST_"))}
        kept.pop("PYTHONPATH", None)
        return {**kept, **(more or {})}

    def pants(
        self, *arguments: str, cwd: str = "", env: Optional[Mapping[str, str]] = None, timeout_s: float = 300
    ) -> Result:
        """Run Pants by the launcher and wait for it."""
        finished = subprocess.run(
            self.command(*arguments),
            cwd=self.path / cwd,
            env=self.environment(env),
            capture_output=True,
            timeout=timeout_s,
            check=False,
        )
        return Result(finished.returncode, finished.stdout.decode(errors="replace"), finished.stderr.decode(errors="replace"))

    def run(self, *arguments: str, **options: Any) -> Result:
        """Run pipelines, with the run record as the result's JSON."""
        return self.pants("run-pipelines", "--wombat-output-format=json", *arguments, **options)

    def daemon_pids(self) -> List[int]:
        """The process of the daemon, if one runs."""
        found = []
        for file in self.path.glob(".pids/*/pantsd/pid"):
            pid = int(file.read_text())
            if Path(f"/proc/{pid}").exists() or not sys.platform.startswith("linux"):
                found.append(pid)
        return found

    def kill_daemon(self, number: int = signal.SIGTERM) -> None:
        """End the daemon and wait until it is gone."""
        for pid in self.daemon_pids():
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                continue
            deadline = time.monotonic() + 30
            while pid in self.daemon_pids() and time.monotonic() < deadline:
                time.sleep(0.05)
