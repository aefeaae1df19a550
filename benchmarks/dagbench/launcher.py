"""Runs the launcher `./pants` in a generated repository, and starts and stops the daemon there."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any

from dagbench.processes import CommandError, Usage, command_line, end_tree, measure, peak_mib, tree_cpu_s

_RECORDS = Path(".wombat/runs")
# What the user may have set for the launcher; everything else about Pants stands in the generated `pants.toml`.
_KEPT = ("PANTS_CA_CERTS_PATH", "PANTS_PYTHON_BOOTSTRAP_SEARCH_PATH")
_KEPT_PREFIX = "PANTS_PEX_CLI_"
_SETTING_UP = "setting up Pants"


class Launcher:
    """Runs Pants in one repository; the daemon is stopped at the end of the `with` block, whatever happens in it."""

    def __init__(self, program: Path, root: Path, logs: Path) -> None:
        """:param program: the launcher, which works on the repository that it is called in, wherever it stands."""
        self.root = root
        self._program = program
        self._logs = logs
        self._calls = 0
        self._environment = {k: v for k, v in os.environ.items() if not k.startswith("PANTS_") or _is_kept(k)}
        # A file in the user's home could change what is measured.
        self._environment["PANTS_PANTSRC"] = "false"

    def __enter__(self) -> Launcher:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop_daemon()

    def start_daemon(self) -> Usage:
        """Start the daemon and have it load the plugin, but nothing of the repository; tells what that took."""
        usage = self._call("--version")
        if _SETTING_UP in Path(f"{self._log()}.err").read_text(errors="replace"):
            # The first call on this machine also downloaded Pants, which is not what is to be told.
            self.stop_daemon()
            usage = self._call("--version")
        daemon = self._daemon()
        if daemon is None:
            raise CommandError(f"`pants --version` started no daemon in {self.root}.")
        return replace(
            usage, cpu_s=usage.cpu_s + tree_cpu_s(daemon), daemon_peak_mib=peak_mib(daemon), others_cores=0.0
        )

    def stop_daemon(self) -> None:
        """End the daemon and what it started."""
        pid = self._daemon()
        if pid is not None:
            end_tree(pid)

    def run(self, *arguments: str, look_every_s: float = 0.5) -> Usage:
        """Call Pants with a warm daemon.

        :raises CommandError: if the call fails, or if another daemon ran it than was there before.
        """
        before = self._daemon()
        usage = self._call(*arguments, look_every_s=look_every_s)
        if before is None or self._daemon() != before:
            raise CommandError(
                f"`pants {' '.join(arguments)}` was to be run by the warm daemon, but another one was started for it, "
                "so the figures mean nothing. Did a file of the plugin change, or memory run out? The daemon's log: "
                f"{self.root / '.pants.d/pants.log'} (with --keep)."
            )
        return usage

    def last_output(self) -> str:
        """What the last call printed to stdout."""
        return Path(f"{self._log()}.out").read_text(encoding="utf-8")

    def last_log(self) -> str:
        """What the last call printed to stderr."""
        return Path(f"{self._log()}.err").read_text(encoding="utf-8", errors="replace")

    def last_record(self) -> dict[str, Any]:
        """The record of the last run."""
        names = sorted(path for path in (self.root / _RECORDS).iterdir() if path.suffix == ".json")
        record: dict[str, Any] = json.loads(names[-1].read_text(encoding="utf-8"))
        return record

    @property
    def environment(self) -> dict[str, str]:
        """The environment that Pants is called with."""
        return dict(self._environment)

    def _call(self, *arguments: str, look_every_s: float = 0.5) -> Usage:
        self._calls += 1
        return measure(
            [str(self._program), *arguments],
            directory=self.root,
            environment=self._environment,
            log=self._log(),
            daemon=self._daemon(),
            look_every_s=look_every_s,
        )

    def _log(self) -> Path:
        return self._logs / f"{self.root.name}-{self._calls:02}"

    def _daemon(self) -> int | None:
        """The process id of the running daemon."""
        for path in self.root.glob(".pids/*/pantsd/pid"):
            pid = path.read_text().strip()
            # Its process id may be another program's by now.
            if pid.isdigit() and command_line(int(pid)).startswith(f"pantsd [{self.root}]"):
                return int(pid)
        return None


def _is_kept(name: str) -> bool:
    return name in _KEPT or name.startswith(_KEPT_PREFIX)
