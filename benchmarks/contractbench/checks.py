"""The goal `check` on a generated repository of many contracts: what it takes, and that it reads only what changed."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from contractbench.repository import changed_contract, contract_path, step_address, write_contracts, write_probe
from dagbench.launcher import Launcher
from dagbench.processes import CommandError, Usage
from dagbench.repository import write_settings
from dagbench.scenarios import settle

COLD = "first check"
UNCHANGED = "nothing changed"
CHANGED = "one contract changed"
LIST = "pants list ::"
LEAST_CONTRACTS = 3

_PACKAGES = ("wombat", "wombat_step", "wombat_tool")
_CHECK = ("check", "--only=contracts", "::")
# Of Pants' option `--stats-log`, which leaves out what is zero.
_EXECUTIONS = re.compile(r"\blocal_execution_requests: (\d+)\b")


@dataclass(frozen=True)
class CheckOutcome:
    """What one call did.

    :param processes: how many it started: one for each contract that it read and each comparison that it made.
    :param expected: how many it had to start.
    """

    name: str
    usage: Usage
    processes: int
    expected: int

    @property
    def wrong(self) -> str:
        """What is wrong; "" if nothing is."""
        if self.processes == self.expected:
            return ""
        return f"{self.processes} processes ran, but {self.expected} had to"


@dataclass(frozen=True)
class ChecksOutcome:
    """All calls on a repository of some size.

    :param verdict: what is wrong with what is said of a promise that a need goes beyond, or "".
    """

    contracts: int
    calls: tuple[CheckOutcome, ...]
    verdict: str

    @property
    def wrong(self) -> tuple[str, ...]:
        """What is wrong, a sentence each."""
        found = [f"{one.name}: {one.wrong}." for one in self.calls if one.wrong]
        return (*found, self.verdict) if self.verdict else tuple(found)


def measure_checks(contracts: int, *, program: Path, plugins: Path, scratch: Path) -> ChecksOutcome:
    """Check a repository four times: all new, unchanged, with one contract changed, and with one promise broken.

    What is warm at the first check: the daemon is up and has loaded the plugin, the tool's virtual environment exists,
    and one other contract was read.

    :param contracts: how many, at least `LEAST_CONTRACTS`.
    :param plugins: the directory with the plugin's sources; a copy is used, so that an edit changes no figures.
    :param scratch: an empty directory.
    """
    root, copied = scratch / "repository", scratch / "plugins"
    for package in _PACKAGES:
        shutil.copytree(plugins / package, copied / package, ignore=shutil.ignore_patterns("__pycache__"))
    write_settings(root, plugins=copied, scratch=scratch, workers=2)
    with Launcher(program, root, scratch / "logs") as launcher:
        launcher.start_daemon()
        probe = write_probe(root)
        settle()
        launcher.run("check", "--only=contracts", probe)
        write_contracts(root, contracts)
        # Each is read, and each but the first is compared with what the step that makes it needs of the one before.
        calls = [_checked(launcher, COLD, contracts + contracts - 1), _checked(launcher, UNCHANGED, 0)]
        middle = contracts // 2
        path = contract_path(root, middle)
        path.write_text(changed_contract(middle, most=999))
        # Its file is read; its promise is compared with the need after it, and the need in it with the promise before.
        calls.append(_checked(launcher, CHANGED, 3))
        launcher.run("list", "::")
        calls.append(CheckOutcome(LIST, launcher.run("list", "::"), 0, 0))

        path.write_text(changed_contract(middle, required=False))
        settle()
        verdict = _verdict(launcher, program, step_address(middle + 1))
    return ChecksOutcome(contracts, tuple(calls), verdict)


def _checked(launcher: Launcher, name: str, expected: int) -> CheckOutcome:
    settle()
    usage = launcher.run("--stats-log", *_CHECK)
    return CheckOutcome(name, usage, processes_in(launcher.last_log()), expected)


def processes_in(log: str) -> int:
    """How many processes a call started, by what it printed with `--stats-log`.

    :raises CommandError: if there are no counts at all.
    """
    if "Counters:" not in log:
        raise CommandError(f"Pants printed no counts although it was called with --stats-log, but:\n{log[-2000:]}")
    found = _EXECUTIONS.search(log)
    return int(found[1]) if found else 0


def _verdict(launcher: Launcher, program: Path, step: str) -> str:
    """What is wrong with a check that must find the need of one step not met, and nothing else."""
    command = [str(program), *_CHECK]
    check = subprocess.run(
        command, cwd=launcher.root, env=launcher.environment, stdin=subprocess.DEVNULL, capture_output=True, check=False
    )
    text = (check.stdout + check.stderr).decode(errors="replace")
    if check.returncode == 1 and f"{step}, input 'x0': column 'amount'" in text and text.count(", input 'x0'") == 1:
        return ""
    return (
        f"A broken promise that {step} relies on must be all that `pants {' '.join(_CHECK)}` finds, but it ended with "
        f"exit code {check.returncode} and printed:\n{text[-2000:]}"
    )
