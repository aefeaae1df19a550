"""The warm server: it speaks Pants' protocol, and runs only what it was started for."""

from __future__ import annotations

import json
import os
import socket
import struct
import subprocess
import sys
from pathlib import Path
from typing import Dict, Iterator, List, Optional, Tuple

import pytest
from wombat_step import _server

from step_sandbox import Sandbox

_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}


class Server:
    """A server in a process of its own, as Pants starts it in a sandbox."""

    def __init__(self, sandbox: Sandbox) -> None:
        library = Path(_server.__file__).parents[1]
        self.process = subprocess.Popen(
            [sys.executable, "-B", "-m", "wombat_step", "-cp", "lib", _server.NAILGUN_MAIN, ":0"],
            cwd=sandbox.path,
            env={**_ENVIRONMENT, "PYTHONPATH": os.pathsep.join([str(library), *sys.path])},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline().decode()
        self.port = int(line.rsplit(" ", 1)[1].rstrip(".\n"))
        assert line.split()[-2] == "port"

    def request(self, directory: Path, environment: Optional[Dict[str, str]] = None) -> socket.socket:
        """Ask for the step in a directory."""
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        chunks: List[Tuple[bytes, str]] = [(b"E", f"{k}={v}") for k, v in (environment or _ENVIRONMENT).items()]
        for kind, text in [*chunks, (b"D", str(directory)), (b"C", "step")]:
            payload = os.fsencode(text)
            connection.sendall(struct.pack(">Ic", len(payload), kind) + payload)
        return connection


def answer(connection: socket.socket) -> Tuple[bytes, bytes, Optional[int]]:
    """All that a server says: stdout, stderr, and the exit code, or None if it hung up."""
    stdout = stderr = b""
    with connection, connection.makefile("rb") as file:
        while header := file.read(5):
            length, kind = struct.unpack(">Ic", header)
            payload = file.read(length)
            if kind == b"X":
                return stdout, stderr, int(payload)
            stdout, stderr = (stdout + payload, stderr) if kind == b"1" else (stdout, stderr + payload)
    return stdout, stderr, None


def prepare(sandbox: Sandbox, code: str) -> None:
    sandbox.source(code)
    sandbox.output(None, "json")
    (sandbox.path / "step.json").write_text(json.dumps(sandbox.spec()))


@pytest.fixture
def server(sandbox: Sandbox) -> Iterator[Server]:
    started = Server(sandbox)
    yield started
    started.process.kill()
    started.process.communicate()


def test_steps_run_one_after_the_other_each_in_a_fresh_process(sandbox: Sandbox, server: Server) -> None:
    prepare(sandbox, "import os, sys\nseen = []\ndef f():\n    seen.append(1)\n    print('hello')\n    return [len(seen), os.getpid()]")

    first = answer(server.request(sandbox.path))
    one = json.loads((sandbox.path / "out/0/data.json").read_text())
    second = answer(server.request(sandbox.path))
    two = json.loads((sandbox.path / "out/0/data.json").read_text())

    assert (first[1], first[2], second[2]) == (b"hello\n", 0, 0)
    assert json.loads(first[0])["outputs"] == [{"columns": None, "files": None, "rows": None}]
    assert one[0] == two[0] == 1
    assert len({one[1], two[1], server.process.pid}) == 3


def test_a_request_for_another_directory_is_dropped(sandbox: Sandbox, server: Server, tmp_path: Path) -> None:
    prepare(sandbox, "def f(): return 1")

    assert answer(server.request(tmp_path)) == (b"", b"", None)
    assert answer(server.request(sandbox.path))[2] == 0


def test_nonsense_ends_the_connection_and_not_the_server(sandbox: Sandbox, server: Server) -> None:
    prepare(sandbox, "def f(): return 1")
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n\r\n")

    assert answer(server.request(sandbox.path))[2] == 0


def test_a_client_that_leaves_takes_its_step_with_it(sandbox: Sandbox, server: Server, tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    prepare(
        sandbox,
        f"import os, time\ndef f():\n    open({str(pid_file)!r}, 'w').write(str(os.getpid()))\n    time.sleep(60)",
    )
    connection = server.request(sandbox.path)
    while not pid_file.exists() or not pid_file.read_text():
        pass
    connection.close()
    prepare_again = "def f(): return 2"
    sandbox.source(prepare_again)

    assert answer(server.request(sandbox.path))[2] == 0
    assert not Path(f"/proc/{pid_file.read_text()}").exists()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells whose a connection is")
def test_a_connection_of_another_user_is_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        with socket.create_connection(listener.getsockname()):
            connection, _ = listener.accept()
            with connection:
                assert _server._is_from_this_user(connection)
                monkeypatch.setattr(os, "getuid", lambda: 12345)
                assert not _server._is_from_this_user(connection)
