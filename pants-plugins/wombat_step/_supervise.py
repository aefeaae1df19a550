"""Runs a step in a child process of its own: attempts, time limit, captured output, one result document."""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import signal
import sys
import time
import traceback
from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from wombat_step._seal import unseal

RESULT_VERSION = 1
LIMITS_VARIABLE_PREFIX = "WOMBAT_LIMITS_"
"""The *name* of an environment variable carries the limits; see `Limits.from_environment`."""

STDOUT, STDERR = 1, 2
_GRACE_S = 3.0
_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_EXIT_FAILED = 1
_EXIT_TIMED_OUT = 124  # As coreutils' `timeout` has it.

Emit = Callable[[int, bytes], None]


class Limits(NamedTuple):
    """What bounds a run of a step without being part of what it computes."""

    timeout_s: float = 0.0
    retries: int = 0
    secrets: Tuple[Tuple[str, str], ...] = ()
    missing: Tuple[str, ...] = ()

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Limits:
        """Read the limits that the plugin hands over; without any, the step is unlimited and runs once.

        They arrive as the name of the variable that Pants sets to the process's execution slot: the only thing
        that reaches a process without being part of its cache key. So a longer timeout recomputes nothing, and
        the value of a secret is neither hashed into a key nor uploaded with it.
        """
        for name in environment:
            if name.startswith(LIMITS_VARIABLE_PREFIX):
                text = name[len(LIMITS_VARIABLE_PREFIX) :]
                found = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
                return cls(
                    timeout_s=float(found.get("timeout_s", 0)),
                    retries=int(found.get("retries", 0)),
                    secrets=tuple(sorted(unseal(found["secrets"]).items())) if "secrets" in found else (),
                    missing=tuple(found.get("missing", ())),
                )
        return cls()


class _Failure(NamedTuple):
    """Why an attempt did not produce a result."""

    kind: str
    message: str
    exit_code: int
    may_pass_next_time: bool


class _Attempt(NamedTuple):
    result: Optional[Dict[str, Any]]
    failure: Optional[_Failure]


class _Redactor:
    """Replaces secret values in a stream, also where a value is cut in two by a read."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        self._values = sorted((v.encode() for v in secrets.values() if v), key=len, reverse=True)
        self._keep = max((len(v) for v in self._values), default=1) - 1
        self._pending = b""

    def __call__(self, data: bytes, *, end: bool = False) -> bytes:
        pending = self._pending + data
        for value in self._values:
            pending = pending.replace(value, b"***")
        cut = len(pending) if end or not self._keep else max(0, len(pending) - self._keep)
        self._pending = pending[cut:]
        return pending[:cut]


def supervise(
    sandbox: str,
    environment: Mapping[str, str],
    emit: Emit,
    *,
    program: Sequence[str] = (),
    should_stop: Callable[[], bool] = lambda: False,
    watch_fd: int = -1,
) -> int:
    """Run the step that `step.json` in `sandbox` describes and return the exit code of the process.

    What the step prints goes to `emit(STDERR, ...)`, secrets masked; the result document to `emit(STDOUT, ...)`.

    :param environment: all of the step's environment; nothing is taken from the supervisor's own.
    :param program: the directory and the command line of a program that is the step, in place of an entry point.
    :param should_stop: asked whenever `watch_fd` becomes readable; True kills the step.
    """
    limits = Limits.from_environment(environment)
    secrets = dict(limits.secrets)
    step_environment = {k: v for k, v in environment.items() if not k.startswith(LIMITS_VARIABLE_PREFIX)}
    if limits.missing:
        emit(STDOUT, _document({"version": RESULT_VERSION, "error": _missing_variables(limits.missing)}))
        return _EXIT_FAILED
    attempts = limits.retries + 1
    for number in range(1, attempts + 1):
        _clear_scratch(sandbox)
        redact = _Redactor(secrets)
        attempt = _run_attempt(
            sandbox, {**step_environment, **secrets}, program, limits.timeout_s, redact, emit, should_stop, watch_fd
        )
        if attempt.failure is None:
            emit(STDOUT, _document(attempt.result or {}))
            return 0
        failure = attempt.failure
        if number == attempts or not failure.may_pass_next_time:
            break
        note = f"Attempt {number} of {attempts} failed: {failure.message.strip().splitlines()[-1]} Trying again.\n"
        emit(STDERR, _mask(note, secrets).encode())
    error = {"kind": failure.kind, "message": _mask(failure.message, secrets), "attempts": number}
    emit(STDOUT, _document({"version": RESULT_VERSION, "error": error}))
    return failure.exit_code


def _missing_variables(names: Sequence[str]) -> Mapping[str, Any]:
    them = "it" if len(names) == 1 else "them"
    message = (
        f"The step needs {', '.join(names)} in its environment, but {'it is' if len(names) == 1 else 'they are'} not set "
        f"where Pants was started. Set {them} there (`export {names[0]}=...`), or take {them} out of 'extra_env_vars'."
    )
    return {"kind": "MissingEnvironmentVariableError", "message": message, "attempts": 0}


def _document(content: Mapping[str, Any]) -> bytes:
    return (json.dumps(content, sort_keys=True, ensure_ascii=False) + "\n").encode("utf-8", "backslashreplace")


def _mask(text: str, secrets: Mapping[str, str]) -> str:
    for value in sorted(filter(None, secrets.values()), key=len, reverse=True):
        text = text.replace(value, "***")
    return text


def _clear_scratch(sandbox: str) -> None:
    """Give an attempt an empty working directory and empty outputs, whatever the one before left."""
    for name in ("work", "private", "out"):
        path = os.path.join(sandbox, name)
        if os.path.lexists(path):
            shutil.rmtree(path)
        os.mkdir(path)


def _run_attempt(
    sandbox: str,
    environment: Mapping[str, str],
    program: Sequence[str],
    timeout_s: float,
    redact: _Redactor,
    emit: Emit,
    should_stop: Callable[[], bool],
    watch_fd: int,
) -> _Attempt:
    log_read, log_write = os.pipe()
    result_read, result_write = os.pipe()
    supervisor = os.getpid()
    pid = os.fork()
    if pid == 0:
        os.close(log_read)
        os.close(result_read)
        _be_the_step(sandbox, environment, program, log_write, result_write, supervisor)
    os.close(log_write)
    os.close(result_write)
    deadline = time.monotonic() + timeout_s if timeout_s > 0 else None
    document: List[bytes] = []
    stopped = False
    timed_out = False
    open_fds = {log_read, result_read}
    try:
        while result_read in open_fds:
            wait_s = None if deadline is None else max(0.0, deadline - time.monotonic())
            watched = [*open_fds, *([watch_fd] if watch_fd >= 0 else [])]
            ready, _, _ = select.select(watched, [], [], wait_s)
            if watch_fd in ready and should_stop():
                stopped = True
                break
            if not ready and deadline is not None and time.monotonic() >= deadline:
                timed_out = True
                break
            for fd in open_fds.intersection(ready):
                data = os.read(fd, 65536)
                if not data:
                    open_fds.discard(fd)
                elif fd == log_read:
                    _forward(redact(data), emit)
                else:
                    document.append(data)
        status = _end(pid, kill=stopped or timed_out)
        # A grandchild may hold the pipe open; what is there now is all that is waited for.
        while log_read in open_fds and select.select([log_read], [], [], 0)[0]:
            data = os.read(log_read, 65536)
            if not data:
                break
            _forward(redact(data), emit)
        _forward(redact(b"", end=True), emit)
    finally:
        os.close(log_read)
        os.close(result_read)
    return _attempt_of(b"".join(document), status, timeout_s if timed_out else None)


def _forward(data: bytes, emit: Emit) -> None:
    if data:
        emit(STDERR, data)


def _end(pid: int, *, kill: bool) -> int:
    """Wait for the step, after asking its process group to end where it must; returns the wait status."""
    if kill:
        _signal_group(pid, signal.SIGTERM)
        give_up = time.monotonic() + _GRACE_S
        while time.monotonic() < give_up:
            waited, status = os.waitpid(pid, os.WNOHANG)
            if waited:
                _signal_group(pid, signal.SIGKILL)
                return status
            time.sleep(0.02)
        _signal_group(pid, signal.SIGKILL)
    status = os.waitpid(pid, 0)[1]
    # Whatever the step started and left behind must not outlive it.
    _signal_group(pid, signal.SIGKILL)
    return status


def _signal_group(pid: int, number: int) -> None:
    try:
        os.killpg(pid, number)
    except (ProcessLookupError, PermissionError):
        pass


def _attempt_of(document: bytes, status: int, timed_out_after_s: Optional[float]) -> _Attempt:
    if timed_out_after_s is not None:
        message = (
            f"The step ran longer than {timed_out_after_s:g} seconds and was stopped. "
            "Raise its 'timeout_s' field, or give it less to do."
        )
        return _Attempt(None, _Failure("StepTimeoutError", message, _EXIT_TIMED_OUT, True))
    if document:
        content = json.loads(document)
        error = content.get("error")
        if error is None:
            return _Attempt(content, None)
        return _Attempt(None, _Failure(error["kind"], error["message"], _EXIT_FAILED, error["may_pass_next_time"]))
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        hint = (
            " The kernel does this when memory runs out: compare the step's need with the machine's memory."
            if number == signal.SIGKILL
            else " A library of the step crashed."
            if number in (signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGILL)
            else ""
        )
        message = f"The step was killed by signal {number} ({_signal_name(number)}).{hint}"
        return _Attempt(None, _Failure("StepKilledError", message, 128 + number, True))
    code = os.WEXITSTATUS(status)
    message = (
        f"The step ended its process with exit code {code} before it returned; it must return its outputs instead."
    )
    return _Attempt(None, _Failure("StepExitError", message, code or _EXIT_FAILED, True))


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return "unknown"


def _be_the_step(
    sandbox: str,
    environment: Mapping[str, str],
    program: Sequence[str],
    log_fd: int,
    result_fd: int,
    supervisor: int,
) -> None:
    """Become the step: runs in the forked child and never returns."""
    code = _EXIT_FAILED
    try:
        os.setsid()
        _die_with(supervisor)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        os.dup2(log_fd, 1)
        os.dup2(log_fd, 2)
        os.set_inheritable(result_fd, False)
        work = os.path.join(sandbox, "work")
        os.chdir(work)
        os.environ.clear()
        os.environ.update(environment)
        os.environ.update(HOME=work, TMPDIR=work)
        document = _call(sandbox, program)
        sys.stdout.flush()
        sys.stderr.flush()
        data = _document(document)
        while data:
            data = data[os.write(result_fd, data) :]
        code = 0
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        # Not sys.exit: the supervisor's own clean-up, inherited by the fork, must not run twice.
        os._exit(code)


def _call(sandbox: str, program: Sequence[str]) -> Dict[str, Any]:
    from pathlib import Path

    from wombat_step._errors import OutOfMemoryError, ProgramError, UserCodeError, WombatStepError
    from wombat_step._program import run_program
    from wombat_step._run import run_step

    with open(os.path.join(sandbox, "step.json"), encoding="utf-8") as file:
        spec = json.load(file)
    os.environ.update(spec["env"])
    try:
        if program:
            return run_program(spec, Path(sandbox), directory=program[0], command=program[1:])
        return run_step(spec, Path(sandbox))
    except WombatStepError as error:
        may_pass_next_time = isinstance(error, (UserCodeError, ProgramError, OutOfMemoryError))
        kind = type(error).__name__
        return {"error": {"kind": kind, "message": str(error), "may_pass_next_time": may_pass_next_time}}


def _die_with(supervisor: int) -> None:
    """Make the kernel kill this process when its supervisor is killed; only Linux knows how."""
    if not sys.platform.startswith("linux"):
        return
    import ctypes

    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != supervisor:
        os._exit(_EXIT_FAILED)
