"""What a warm server does for this program: every request runs one command, in a fork."""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import os
import pkgutil
import select
import signal
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from typing import NoReturn

import wombat_tool
from wombat_tool.contracts.standard import validator

_STDOUT, _STDERR = 1, 2
_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def preload() -> None:
    """Load the whole program with its libraries, and read the standard: that takes longer than most commands do."""
    # Only a process of one thread may be forked, and the allocator jemalloc, which comes with pyarrow, starts one that
    # returns memory to the kernel. (jemalloc(3), "background_thread"; the name is that of Arrow's own copy.)
    os.environ["JE_ARROW_MALLOC_CONF"] = "background_thread:false"
    for module in pkgutil.walk_packages(wombat_tool.__path__, f"{wombat_tool.__name__}."):
        importlib.import_module(module.name)
    importlib.import_module("encodings.utf_8_sig")
    validator()


def answer(
    arguments: Sequence[str],
    directory: str,
    environment: Mapping[str, str],
    *,
    emit: Callable[[int, bytes], None],
    client_is_gone: Callable[[], bool],
    client_fd: int,
) -> int:
    """Run a command in a directory, as a new process would; returns the exit code.

    :param emit: takes what the command prints, with 1 for stdout and 2 for stderr.
    :param client_is_gone: asked whenever `client_fd` becomes readable; True kills the command.
    """
    out_read, out_write = os.pipe()
    err_read, err_write = os.pipe()
    server = os.getpid()
    pid = os.fork()
    if pid == 0:
        # Else it would wait for itself to read what it prints, once the server is gone.
        os.close(out_read)
        os.close(err_read)
        _be_the_command(arguments, directory, environment, out_write, err_write, server)
    os.close(out_write)
    os.close(err_write)
    streams = {out_read: _STDOUT, err_read: _STDERR}
    try:
        while streams:
            ready, _, _ = select.select([*streams, client_fd], [], [])
            if client_fd in ready and client_is_gone():
                break
            for fd in streams.keys() & ready:
                if data := os.read(fd, 65536):
                    emit(streams[fd], data)
                else:
                    del streams[fd]
    finally:
        if streams:
            os.kill(pid, signal.SIGKILL)
        status = os.waitpid(pid, 0)[1]
        os.close(out_read)
        os.close(err_read)
    if os.WIFSIGNALED(status):
        emit(_STDERR, _killed(os.WTERMSIG(status)).encode())
        return 128 + os.WTERMSIG(status)
    return os.WEXITSTATUS(status)


def _killed(number: int) -> str:
    hint = " The kernel does this when memory runs out." if number == signal.SIGKILL else ""
    return f"wombat_tool was killed by signal {number} ({signal.strsignal(number)}).{hint}\n"


def _be_the_command(
    arguments: Sequence[str], directory: str, environment: Mapping[str, str], out: int, err: int, server: int
) -> NoReturn:
    """Become the command: runs in the forked child and never returns."""
    code = 1
    try:
        if sys.platform == "linux":
            # The kernel kills this process when its server is killed.
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != server:
                os._exit(code)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(out, _STDOUT)
        os.dup2(err, _STDERR)
        os.close(out)
        os.close(err)
        os.chdir(directory)
        os.environ.clear()
        os.environ.update(environment)
        code = _run(arguments)
    except BaseException:
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError):
                stream.flush()
        # Not sys.exit: what the server is in the middle of, inherited by the fork, must not go on here.
        os._exit(code)


def _run(arguments: Sequence[str]) -> int:
    from wombat_tool.__main__ import main

    try:
        return main(arguments)
    except SystemExit as end:
        # The parser of arguments ends the process itself, for a mistake and for --help.
        return end.code if isinstance(end.code, int) else 1
