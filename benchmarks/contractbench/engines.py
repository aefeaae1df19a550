"""The engines: how each is started, what it used, and which rules it found violated."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from contractbench.rules import contract_text, violated
from dagbench.processes import CommandError, machine_cpu_s

WOMBAT = "wombat_tool"
PANDERA = "pandera on polars"
DUCKDB = "DuckDB SQL by hand"
POINTBLANK = "pointblank on polars"
ENGINES = (WOMBAT, PANDERA, DUCKDB, POINTBLANK)
MEMORY_MIB = 256

_MODULES = {PANDERA: "with_pandera", DUCKDB: "with_duckdb", POINTBLANK: "with_pointblank"}


@dataclass(frozen=True)
class Use:
    """What a process used.

    :param cpu_s: user and system time of all its threads.
    :param peak_mb: its largest resident set, in million bytes.
    :param others_cores: how many cores were busy with something else meanwhile, on average.
    """

    wall_s: float
    cpu_s: float
    peak_mb: float
    others_cores: float


def median_use(uses: Sequence[Use]) -> Use:
    """The median of each figure."""
    return Use(**{name: median([getattr(use, name) for use in uses]) for name in Use.__dataclass_fields__})


class Engines:
    """Runs each engine as a process of its own, in a scratch directory.

    :param tool_python: the interpreter for `wombat_tool`, and `other_python` that for all others.
    :param plugins: the directory with the plugin's sources.
    """

    def __init__(self, scratch: Path, *, tool_python: str, other_python: str, plugins: Path) -> None:
        self._scratch = scratch
        self._tool_python = tool_python
        self._other_python = other_python
        self._plugins = plugins
        self._own = Path(__file__).resolve().parent.parent
        self._contract = scratch / "measured.odcs.yaml"
        self._contract.write_text(contract_text())

    def generate(self, rows: int, ids: str, *, spoilt: bool = False) -> Path:
        """Write the data; returns the file."""
        path = self._scratch / f"{'spoilt' if spoilt else 'good'}-{rows}.parquet"
        command = [self._other_python, "-m", "contractbench.generate", str(rows), ids, str(path)]
        self._run([*command, "--spoilt"] if spoilt else command, self._own)
        return path

    def validate(self, engine: str, data: Path) -> tuple[Use, list[str]]:
        """What it used to check a file, and the rules that it found violated.

        :raises CommandError: if it fails, or says anything else.
        """
        if engine == WOMBAT:
            command = [self._tool_python, "-m", "wombat_tool", "validate", "--path", str(data), "--format", "parquet"]
            command += ["--contract", str(self._contract), "--environment", "production"]
            use, out = self._run([*command, "--memory-mib", str(MEMORY_MIB)], self._plugins)
        else:
            command = [self._other_python, "-m", f"contractbench.{_MODULES[engine]}", str(data)]
            use, out = self._run(command, self._own)
        try:
            document = json.loads(out)
            return use, violated(document) if engine == WOMBAT else document
        except (ValueError, KeyError) as error:
            raise CommandError(f"{engine} printed no verdict on {data.name}: {error}") from error

    def _run(self, command: Sequence[str], python_path: Path) -> tuple[Use, bytes]:
        # A file in the user's home could change what is measured, and so could variables that libraries look at.
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "LD_LIBRARY_PATH") if name in os.environ}
        environment = {**kept, "HOME": str(self._scratch), "TMPDIR": str(self._scratch), "PYTHONPATH": str(python_path)}
        return run_measured(command, directory=self._scratch, environment=environment)


def run_measured(command: Sequence[str], *, directory: Path, environment: Mapping[str, str]) -> tuple[Use, bytes]:
    """Run a command to its end; returns what it used and printed.

    :param directory: where it runs, and where files with its output are left.
    :raises CommandError: if it fails, with the last that it printed.
    """
    out_path, err_path = directory / "last.out", directory / "last.err"
    own_before_s, all_before_s = time.process_time(), machine_cpu_s()
    with open(out_path, "wb") as out, open(err_path, "wb") as err:
        started = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=directory, env=dict(environment), stdin=subprocess.DEVNULL, stdout=out, stderr=err
        )
        try:
            # The kernel's own figure of the largest resident set. It would count what this process holds, too, if
            # that were more; so nothing large is imported here.
            _, status, used = os.wait4(process.pid, 0)
        except BaseException:
            process.kill()
            process.wait()
            raise
        wall_s = time.perf_counter() - started
    process.returncode = -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
    if process.returncode != 0:
        tail = err_path.read_text(errors="replace")[-2000:].strip()
        raise CommandError(f"`{' '.join(command)}` ended with exit code {process.returncode}. It printed last:\n{tail}")
    cpu_s = used.ru_utime + used.ru_stime
    others_s = machine_cpu_s() - all_before_s - cpu_s - (time.process_time() - own_before_s)
    return Use(wall_s, cpu_s, used.ru_maxrss * 1024 / 1e6, max(0.0, others_s) / wall_s), out_path.read_bytes()
