"""Runs a command and tells what it and a daemon that works for it used: time, CPU and memory. Linux only."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
_CLIENT_EVERY_S = 0.02
# Work that a daemon still does when its client has ended is part of the run.
_AFTERMATH_S = 0.3


class _Stat(NamedTuple):
    """What `/proc/<pid>/stat` says, see proc(5).

    :param state: one letter, as Z for one that ended and was not waited for.
    :param terminal: 0 for a process without one.
    :param cpu_s: user and system time, with that of children that ended and were waited for.
    """

    pid: int
    state: str
    parent: int
    terminal: int
    cpu_s: float


@dataclass(frozen=True)
class Usage:
    """What a command used.

    :param cpu_s: user and system time of the command and its children, and of the daemon and everything below it.
    :param client_peak_mib: the largest resident set of the command itself.
    :param daemon_peak_mib: the same of the daemon; 0 without one.
    :param step_peak_mib: the same of the largest process below the daemon or, without one, below the command. Processes
        are looked at a few times a second, so one that lives for a few milliseconds is seen by chance.
    :param others_cores: how many cores were busy with something else, on average.
    """

    wall_s: float
    cpu_s: float
    client_peak_mib: float = 0.0
    daemon_peak_mib: float = 0.0
    step_peak_mib: float = 0.0
    others_cores: float = 0.0


class CommandError(Exception):
    """A command that must succeed did not."""


def measure(
    command: Sequence[str],
    *,
    directory: Path,
    environment: Mapping[str, str],
    log: Path,
    daemon: int | None = None,
    look_every_s: float = 0.5,
) -> Usage:
    """Run a command to its end; its output goes to files beside `log`, with the endings .out and .err.

    :param daemon: the process id of a daemon that does the work; it counts from now on.
    :param look_every_s: how often the processes of steps are looked at.
    :raises CommandError: if the command fails, with the last lines that it printed.
    """
    daemon_before_s = tree_cpu_s(daemon) if daemon is not None else 0.0
    own_before_s, all_before_s = time.process_time(), machine_cpu_s()
    if daemon is not None:
        forget_peak(daemon)
    log.parent.mkdir(parents=True, exist_ok=True)
    with open(f"{log}.out", "wb") as out, open(f"{log}.err", "wb") as err:
        started = time.perf_counter()
        process = subprocess.Popen(
            command,
            cwd=directory,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            start_new_session=True,
        )
        watch = _Watch(process.pid, daemon, look_every_s)
        watch.start()
        try:
            _, status, used = os.wait4(process.pid, 0)
            wall_s = time.perf_counter() - started
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise
        finally:
            watch.stop()
    # What `Popen` would have found out, had it waited itself.
    process.returncode = _exit_code(status)
    if process.returncode:
        raise CommandError(_failure(command, process.returncode, log))
    cpu_s = used.ru_utime + used.ru_stime
    if daemon is not None:
        time.sleep(_AFTERMATH_S)
        cpu_s += tree_cpu_s(daemon) - daemon_before_s
    own_s = time.process_time() - own_before_s
    elapsed_s = wall_s + (_AFTERMATH_S if daemon is not None else 0.0)
    return Usage(
        wall_s=wall_s,
        cpu_s=cpu_s,
        client_peak_mib=watch.client_peak_mib,
        daemon_peak_mib=peak_mib(daemon) if daemon is not None else 0.0,
        step_peak_mib=watch.step_peak_mib,
        others_cores=max(0.0, machine_cpu_s() - all_before_s - cpu_s - own_s) / elapsed_s,
    )


def _exit_code(status: int) -> int:
    return -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


def _failure(command: Sequence[str], code: int, log: Path) -> str:
    tails = [Path(f"{log}{ending}").read_text(errors="replace")[-2000:].strip() for ending in (".out", ".err")]
    return "\n".join([f"`{' '.join(command)}` ended with exit code {code}. The last that it printed:", *tails])


class _Watch(threading.Thread):
    """Looks at the memory of processes while they run.

    Not what `wait4` says of a child, which counts what its parent held when it started it.
    """

    def __init__(self, client: int, daemon: int | None, look_every_s: float) -> None:
        super().__init__(daemon=True)
        self.client_peak_mib = 0.0
        self.step_peak_mib = 0.0
        self._client = client
        self._above_steps = client if daemon is None else daemon
        self._look_every_s = look_every_s
        self._over = threading.Event()

    def run(self) -> None:
        look_next = 0.0
        while not self._over.wait(_CLIENT_EVERY_S):
            self.client_peak_mib = max(self.client_peak_mib, peak_mib(self._client))
            if time.monotonic() >= look_next:
                look_next = time.monotonic() + self._look_every_s
                for pid in descendants(self._above_steps):
                    self.step_peak_mib = max(self.step_peak_mib, peak_mib(pid))

    def stop(self) -> None:
        """Look no more."""
        self._over.set()
        self.join()


def peak_mib(pid: int) -> float:
    """The largest resident set that a process had (VmHWM, see proc(5)); 0 if it is gone."""
    try:
        with open(f"/proc/{pid}/status") as file:
            return next((int(line.split()[1]) / 1024 for line in file if line.startswith("VmHWM:")), 0.0)
    except OSError:
        return 0.0


def forget_peak(pid: int) -> None:
    """Let `peak_mib` begin anew."""
    # proc(5): 5 sets the peak to what is resident now.
    with open(f"/proc/{pid}/clear_refs", "w") as file:
        file.write("5")


def tree_cpu_s(pid: int) -> float:
    """CPU time of a process and everything below it, also of what ended and was waited for."""
    stats = _all_stats()
    return sum(stats[one].cpu_s for one in (pid, *_below(pid, stats.values())) if one in stats)


def descendants(pid: int) -> list[int]:
    """The processes below another one."""
    return _below(pid, _all_stats().values())


def _below(pid: int, stats: Iterable[_Stat]) -> list[int]:
    children: dict[int, list[int]] = {}
    for stat in stats:
        children.setdefault(stat.parent, []).append(stat.pid)
    found = list(children.get(pid, ()))
    for one in found:  # Grows while it is gone through.
        found.extend(children.get(one, ()))
    return found


def _all_stats() -> dict[int, _Stat]:
    found = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            stat = _stat_of(int(name))
            if stat is not None:
                found[stat.pid] = stat
    return found


def _stat_of(pid: int) -> _Stat | None:
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            content = file.read()
    except OSError:
        return None
    return parse_stat(pid, content)


def parse_stat(pid: int, content: bytes) -> _Stat:
    """The content of `/proc/<pid>/stat`; the program's name in it can hold anything, even a closing bracket."""
    fields = content[content.rindex(b")") + 1 :].split()
    # In the count of proc(5), `fields` begins with field 3: 4 is the parent, 7 the terminal, 14 to 17 are the times.
    return _Stat(
        pid=pid,
        state=fields[0].decode(),
        parent=int(fields[1]),
        terminal=int(fields[4]),
        cpu_s=sum(int(field) for field in fields[11:15]) / _TICKS_A_SECOND,
    )


def machine_cpu_s() -> float:
    """How long the machine's cores were busy since it started, in sum; time stolen by its host counts as busy."""
    with open("/proc/stat") as file:
        user, nice, system, _, _, irq, soft_irq, steal = (int(field) for field in file.readline().split()[1:9])
    return (user + nice + system + irq + soft_irq + steal) / _TICKS_A_SECOND


def end_tree(pid: int, *, patience_s: float = 10.0) -> None:
    """End a process that is not our child, and everything below it; kill what does not go."""
    pids = [pid, *descendants(pid)]
    _signal([pid], signal.SIGTERM)
    # Servers that the daemon started end by themselves when it is gone, within two seconds.
    if not _all_end(pids, patience_s):
        _signal([one for one in pids if _is_alive(one)], signal.SIGKILL)
        _all_end(pids, patience_s)


def _all_end(pids: Sequence[int], patience_s: float) -> bool:
    deadline = time.monotonic() + patience_s
    while any(_is_alive(pid) for pid in pids):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def end_all_in(directory: Path) -> None:
    """End what works in a directory or below it and belongs to no terminal, such as a daemon that is just starting."""
    inside = str(directory.resolve())
    for stat in _all_stats().values():
        try:
            where = os.readlink(f"/proc/{stat.pid}/cwd")
        except OSError:
            continue
        if stat.terminal == 0 and stat.pid != os.getpid() and (where == inside or where.startswith(inside + os.sep)):
            end_tree(stat.pid)


def _signal(pids: Iterable[int], number: int) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def _is_alive(pid: int) -> bool:
    stat = _stat_of(pid)
    return stat is not None and stat.state != "Z"


def command_line(pid: int) -> str:
    """The command line of a process; "" if it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return ""
