"""A warm server in a process of its own, started and asked as Pants does it."""

from __future__ import annotations

import os
import shutil
import socket
import struct
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Dict, Mapping, NamedTuple, Optional

_NAILGUN_MAIN = "com.martiansoftware.nailgun.NGServer"
"""What Pants runs in place of the word after `-cp` and its value, followed by ":0", when it wants a server."""
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}


class Answer(NamedTuple):
    """All that a server says to a request.

    :param exit_code: None if it hung up.
    """

    stdout: bytes
    stderr: bytes
    exit_code: Optional[int]


class Server:
    """A server of a package, in a sandbox.

    :param environment: of the server; without, what is installed for the tests stands for a virtual environment.
    """

    def __init__(self, sandbox: Path, package: str, *, environment: Optional[Mapping[str, str]] = None) -> None:
        self._sandbox = sandbox
        installed = os.pathsep.join(path for path in sys.path if "site-packages" in path)
        self.process = subprocess.Popen(
            [sys.executable, "-sB", "lib/enter_venv.py", package, "-cp", "lib", _NAILGUN_MAIN, ":0"],
            cwd=sandbox,
            env={**ENVIRONMENT, "PYTHONPATH": installed} if environment is None else environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert self.process.stdout is not None
        *_, word, port = self.process.stdout.readline().decode().split()
        assert word == "port" and port.endswith("."), "Pants reads the port so."
        self.port = int(port[:-1])

    def request(
        self,
        *arguments: str,
        environment: Optional[Mapping[str, str]] = None,
        directory: Optional[Path] = None,
    ) -> socket.socket:
        """Send a request; the connection that the answer comes through."""
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=60)
        variables = ENVIRONMENT if environment is None else environment
        for argument in arguments:
            send(connection, b"A", argument)
        for name, value in variables.items():
            send(connection, b"E", f"{name}={value}")
        send(connection, b"D", str(directory or self._sandbox))
        send(connection, b"C", "run")
        return connection

    def run(self, *arguments: str, environment: Optional[Mapping[str, str]] = None) -> Answer:
        """Send a request and wait for the whole answer."""
        return answer(self.request(*arguments, environment=environment))

    def stop(self) -> bytes:
        """Kill the server; what it had to say to its log."""
        self.process.kill()
        return self.process.communicate()[1]


def lay_out(sandbox: Path, package: Optional[str] = None) -> None:
    """Put what starts programs, and a package that is installed here, where a sandbox has its library."""
    library = sandbox / "lib"
    library.mkdir(exist_ok=True)
    for module in ("enter_venv", "warm_server"):
        shutil.copy(_origin(f"wombat.{module}"), library)
    if package is not None:
        (library / package).symlink_to(_origin(package).parent)


def _origin(module: str) -> Path:
    spec = find_spec(module)
    assert spec is not None and spec.origin is not None, f"{module} must be a dependency of this test."
    return Path(spec.origin)


def send(connection: socket.socket, kind: bytes, text: str) -> None:
    """Send one chunk."""
    payload = os.fsencode(text)
    connection.sendall(struct.pack(">Ic", len(payload), kind) + payload)


def answer(connection: socket.socket) -> Answer:
    """Read all that a server says."""
    said: Dict[bytes, bytes] = {b"1": b"", b"2": b""}
    with connection, connection.makefile("rb") as file:
        while header := file.read(5):
            length, kind = struct.unpack(">Ic", header)
            payload = file.read(length)
            if kind == b"X":
                return Answer(said[b"1"], said[b"2"], int(payload))
            said[kind] += payload
    return Answer(said[b"1"], said[b"2"], None)


def wait_for(path: Path) -> str:
    """The text of a file that another process is going to write at once."""
    while not path.exists():
        pass
    return path.read_text()


def is_running(pid: int) -> bool:
    """Whether there is a process, and it has not ended yet."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
