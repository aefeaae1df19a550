"""Commands in forks of a warm server."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from warm import ENVIRONMENT, Answer, Server, is_running, lay_out
from wombat_tool import _worker

_CONTRACT = """\
apiVersion: v3.0.2
kind: DataContract
id: orders
version: 1.0.0
status: active
schema:
- name: orders
  properties:
  - {name: id, logicalType: integer, required: true, unique: true}
  - {name: when, logicalType: date}
"""


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sandbox that the server is started in."""
    path = tmp_path_factory.mktemp("sandbox")
    lay_out(path, "wombat_tool")
    return path


@pytest.fixture(scope="module")
def server(sandbox: Path) -> Iterator[Server]:
    """A server of the program."""
    started = Server(sandbox, "wombat_tool")
    yield started
    started.stop()


def alone(sandbox: Path, *arguments: str) -> Answer:
    """Run a command in a new process."""
    installed = os.pathsep.join(path for path in sys.path if "site-packages" in path)
    done = subprocess.run(
        [sys.executable, "-sB", "lib/enter_venv.py", "wombat_tool", "-cp", "lib", "run", *arguments],
        cwd=sandbox,
        env={**ENVIRONMENT, "PYTHONPATH": installed},
        capture_output=True,
        check=False,
    )
    return Answer(done.stdout, done.stderr, done.returncode)


@pytest.mark.parametrize("format", ["parquet", "csv", "json", "text", "file"])
def test_a_fork_prints_what_a_new_process_prints(sandbox: Path, server: Server, format: str) -> None:
    path = sandbox / f"größe und preis.{format}"
    path.write_text('{"größe": [1, 2]}' if format == "json" else "größe,preis\n1,2.5\n")
    if format == "parquet":
        pq.write_table(pa.table({"größe": range(100_000), "preis": [0.5] * 100_000}), path)
    arguments = ("preview", "--format", format, "--path", path.name, "--title", "", "--width", "80")

    forked = server.run(*arguments)

    assert forked.exit_code == 0, forked.stderr
    assert "größe".encode() in forked.stdout
    assert forked == alone(sandbox, *arguments)


@pytest.mark.parametrize(
    ("arguments", "exit_code"),
    [
        pytest.param(["preview", "--format", "csv", "--path", "nowhere.csv"], 1, id="an-error-of-the-program"),
        pytest.param(["preview", "--format", "csv"], 2, id="wrong-use"),
        pytest.param(["--no\nsuch"], 2, id="wrong-use-with-a-line-break"),
        pytest.param(["preview", "--help"], 0, id="help"),
        pytest.param([""], 2, id="empty"),
        pytest.param([], 2, id="nothing"),
    ],
)
def test_what_ends_a_new_process_ends_a_fork(
    sandbox: Path, server: Server, arguments: list[str], exit_code: int
) -> None:
    forked = server.run(*arguments)

    assert forked.exit_code == exit_code
    assert forked.stdout + forked.stderr
    assert forked == alone(sandbox, *arguments)


def test_large_output_arrives_whole(sandbox: Path, server: Server) -> None:
    (sandbox / "long.txt").write_text("\n".join(f"{number:05} {'x' * 5000}" for number in range(400)))
    arguments = ("preview", "--format", "text", "--path", "long.txt", "--rows", "400", "--width", "10000")

    forked = server.run(*arguments)

    assert len(forked.stdout) > 3 << 19
    assert forked.stdout.count(b"\n") >= 400
    assert forked == alone(sandbox, *arguments)


def test_the_server_has_one_thread_after_everything_is_loaded(server: Server) -> None:
    if not sys.platform.startswith("linux"):
        pytest.skip("only Linux lists threads")

    assert os.listdir(f"/proc/{server.process.pid}/task") == [str(server.process.pid)]


def test_a_fork_finds_everything_loaded(sandbox: Path) -> None:
    (sandbox / "orders.yaml").write_text(_CONTRACT)
    (sandbox / "orders.csv").write_text("id,when\n1,2024-01-01\n2,2024-01-02\n")
    contract = ["--file", "orders.yaml", "--name", "orders.yaml"]
    data = ["--path", "orders.csv", "--format", "csv"]
    validate = ["--contract", "orders.yaml", "--contract-name", "orders.yaml", "--object", "orders"]
    validate += ["--environment", "production", "--sample-rows", "1000", "--memory-mib", "256"]
    commands = [["contract", *contract], ["code", *contract], ["preview", *data], ["infer", *data, "--name", "orders"]]
    code = (
        "import json, sys; from wombat_tool import _worker; _worker.preload(); before = set(sys.modules); "
        "from wombat_tool.__main__ import main; codes = [main(command) for command in json.loads(sys.argv[1])]; "
        "print(codes, sorted(set(sys.modules) - before), file=sys.stderr)"
    )

    done = subprocess.run(
        [sys.executable, "-c", code, json.dumps([*commands, ["validate", *data, *validate]])],
        cwd=sandbox,
        env={**ENVIRONMENT, "PYTHONPATH": os.pathsep.join(["lib", *filter(None, sys.path)])},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stderr.splitlines()[0] == "[0, 0, 0, 0, 0] []"


# --- Commands that cannot be had from the command line ----------------------------------------------------------------


class Client:
    """Where a request comes from: keeps what is printed, and may leave."""

    def __init__(self) -> None:
        self.printed = {1: b"", 2: b""}
        self.connection, self._other_end = socket.socketpair()

    def leave(self) -> None:
        self._other_end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self.connection.close()
        self._other_end.close()

    def ask(self, directory: Path, *, at_output: Callable[[], Any] = lambda: None) -> int:
        """Have the command run that stands for `main`; returns the exit code."""

        def emit(stream: int, data: bytes) -> None:
            self.printed[stream] += data
            at_output()

        return _worker.answer(
            ["some", "arguments"],
            str(directory),
            ENVIRONMENT,
            emit=emit,
            client_is_gone=lambda: not self.connection.recv(1),
            client_fd=self.connection.fileno(),
        )


@pytest.fixture
def client() -> Iterator[Client]:
    made = Client()
    yield made
    made.close()


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[..., Any]], None]:
    """Put a function in the place of `main`."""

    def put(function: Callable[..., Any]) -> None:
        # The streams of a process, and not those by which pytest captures.
        monkeypatch.setattr(sys, "stdout", open(1, "w", closefd=False))
        monkeypatch.setattr(sys, "stderr", open(2, "w", closefd=False))
        monkeypatch.setattr("wombat_tool.__main__.main", function)

    return put


def test_a_command_has_its_directory_and_variables_and_no_stdin(client: Client, stand_in: Any, tmp_path: Path) -> None:
    def main(arguments: list[str]) -> int:
        report = [arguments, os.getcwd(), dict(os.environ), os.read(0, 1).decode(), os.getpid()]
        os.write(1, json.dumps(report).encode())
        return 3

    stand_in(main)
    directory, environment = os.getcwd(), dict(os.environ)

    assert client.ask(tmp_path) == 3
    *report, pid = json.loads(client.printed[1])
    assert report == [["some", "arguments"], str(tmp_path), ENVIRONMENT, ""]
    assert pid != os.getpid()
    assert (os.getcwd(), dict(os.environ)) == (directory, environment)


def test_a_command_that_crashes_in_python_shows_where(client: Client, stand_in: Any, tmp_path: Path) -> None:
    def main(_: list[str]) -> int:
        raise RuntimeError("a mistake of the program")

    stand_in(main)

    assert client.ask(tmp_path) == 1
    assert b"Traceback" in client.printed[2] and b"RuntimeError: a mistake of the program" in client.printed[2]


@pytest.mark.parametrize(("number", "words"), [(signal.SIGKILL, b"signal 9 (Killed). The kernel does this when memory"), (signal.SIGXCPU, b"signal 24 (")])
def test_a_command_that_is_killed_says_so(
    client: Client, stand_in: Any, tmp_path: Path, number: signal.Signals, words: bytes
) -> None:
    def main(_: list[str]) -> int:
        os.write(2, b"so far so good\n")
        os.kill(os.getpid(), number)
        return 0

    stand_in(main)

    assert client.ask(tmp_path) == 128 + number
    assert client.printed[2].startswith(b"so far so good\nwombat_tool was killed by signal ")
    assert words in client.printed[2]


def test_a_client_that_leaves_takes_its_command_with_it(client: Client, stand_in: Any, tmp_path: Path) -> None:
    def main(_: list[str]) -> int:
        os.write(1, str(os.getpid()).encode())
        select.select([], [], [], 30)
        return 0

    stand_in(main)

    assert client.ask(tmp_path, at_output=client.leave) == 128 + signal.SIGKILL
    assert not is_running(int(client.printed[1]))


def test_a_client_that_takes_no_more_output_takes_its_command_with_it(
    client: Client, stand_in: Any, tmp_path: Path
) -> None:
    def main(_: list[str]) -> int:
        os.write(1, str(os.getpid()).encode())
        select.select([], [], [], 30)
        return 0

    def broken() -> None:
        raise BrokenPipeError

    stand_in(main)

    with pytest.raises(BrokenPipeError):
        client.ask(tmp_path, at_output=broken)
    assert not is_running(int(client.printed[1]))


def test_nothing_stays_open_after_a_command(client: Client, stand_in: Any, tmp_path: Path) -> None:
    stand_in(lambda arguments: 0)
    before = sorted(os.listdir("/dev/fd"))

    assert client.ask(tmp_path) == 0
    assert sorted(os.listdir("/dev/fd")) == before


def test_a_command_ends_with_its_server(sandbox: Path, tmp_path: Path) -> None:
    if not sys.platform.startswith("linux"):
        pytest.skip("only Linux kills a process whose parent is killed")
    own = Server(sandbox, "wombat_tool")
    os.mkfifo(tmp_path / "data.txt")
    # Reading it waits until somebody writes.
    connection = own.request("preview", "--format", "text", "--path", str(tmp_path / "data.txt"))
    children = Path(f"/proc/{own.process.pid}/task/{own.process.pid}/children")
    while not children.read_text():
        pass
    child = int(children.read_text())

    own.stop()
    connection.close()

    while is_running(child):
        pass
