"""The warm server: it speaks Pants' protocol, and runs only what it was started for."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Callable, Iterator, List, Optional, Sequence, Tuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warm import ENVIRONMENT, Server, answer, is_running, lay_out, send
from wombat import warm_server

_WORKER = """\
import json, os, select, sys

loaded = []

def preload():
    loaded.append(os.getpid())

def answer(arguments, directory, environment, *, emit, client_is_gone, client_fd):
    command, *rest = arguments or ["report"]
    if command == "report":
        report = dict(arguments=list(arguments), directory=directory, environment=environment, loaded=loaded, pid=os.getpid())
        report["modules"] = sorted(sys.modules)
        emit(1, json.dumps(report).encode())
    if command == "print":
        emit(2, b"first")
        for _ in range(int(rest[0])):
            emit(1, b"0123456789abcdef" * 65536)
        emit(2, b"last")
    if command == "wait":
        emit(1, b"waiting")
        select.select([client_fd], [], [])
        open("gone", "w").write(str(client_is_gone()))
    if command == "fail":
        raise ValueError("no such thing")
    return int(rest[-1]) if rest else 0
"""


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sandbox that the server is started in, with a program that reports on itself."""
    path = tmp_path_factory.mktemp("sandbox")
    lay_out(path)
    (path / "lib" / "program").mkdir()
    (path / "lib" / "program" / "_worker.py").write_text(_WORKER)
    return path


@pytest.fixture(scope="module")
def server(sandbox: Path) -> Iterator[Server]:
    """A server of that program."""
    started = Server(sandbox, "program")
    yield started
    started.stop()


def test_the_program_gets_the_request_as_it_was_sent(sandbox: Path, server: Server) -> None:
    report = json.loads(server.run(environment={"A": "1=2", "B": "", "C": "ü\n"}).stdout)

    assert report["arguments"] == []
    assert report["directory"] == str(sandbox)
    assert report["environment"] == {"A": "1=2", "B": "", "C": "ü\n"}


def test_it_is_loaded_once_and_answers_one_request_after_the_other(server: Server) -> None:
    reports = [json.loads(server.run().stdout) for _ in range(3)]

    assert [report["loaded"] for report in reports] == [[server.process.pid]] * 3


_WORDS = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"))


@settings(deadline=None, max_examples=40)
@given(st.lists(_WORDS, max_size=5))
def test_arguments_of_all_kinds_arrive(server: Server, arguments: List[str]) -> None:
    report = json.loads(server.run("report", *arguments, "0").stdout)

    assert report["arguments"] == ["report", *arguments, "0"]


def test_an_argument_that_is_no_text_arrives(server: Server) -> None:
    argument = os.fsdecode(b"caf\xe9")

    assert json.loads(server.run("report", argument, "0").stdout)["arguments"][1] == argument


def test_thousands_of_long_arguments_arrive(server: Server) -> None:
    arguments = [f"{number} {'x' * 1000}" for number in range(3000)]

    assert json.loads(server.run("report", *arguments, "0").stdout)["arguments"][1:-1] == arguments


def test_large_output_arrives_whole_and_each_stream_in_order(server: Server) -> None:
    got = server.run("print", "4", "7")

    assert got.exit_code == 7
    assert got.stderr == b"firstlast"
    assert got.stdout == b"0123456789abcdef" * 65536 * 4


def test_the_exit_code_is_the_programs(server: Server) -> None:
    assert [server.run("end", str(code)).exit_code for code in (0, 1, 137)] == [0, 1, 137]


def test_variables_for_the_start_of_a_program_are_not_the_programs(server: Server) -> None:
    own = {"PEX_ROOT": "/p", "WOMBAT_PEX": "venv/x.pex", "WOMBAT_VENV": ".cache/venv"}

    report = json.loads(server.run(environment={**own, "WOMBAT_LIMITS_e30": "1", "A": "1"}).stdout)

    assert report["environment"] == {"WOMBAT_LIMITS_e30": "1", "A": "1"}


def test_it_takes_no_names_of_modules_from_the_program(server: Server) -> None:
    assert not {"warm_server", "enter_venv"}.intersection(json.loads(server.run().stdout)["modules"])


def test_the_program_is_told_that_a_client_is_gone(sandbox: Path, server: Server) -> None:
    connection = server.request("wait")
    assert connection.recv(5 + len("waiting"))
    connection.close()

    assert server.run().exit_code == 0
    assert (sandbox / "gone").read_text() == "True"


def test_a_heartbeat_is_no_farewell(sandbox: Path, server: Server) -> None:
    connection = server.request("wait")
    send(connection, b"H", "")

    assert answer(connection).exit_code == 0
    assert (sandbox / "gone").read_text() == "False"


def test_a_request_for_another_directory_is_dropped(server: Server, tmp_path: Path) -> None:
    assert answer(server.request(directory=tmp_path)) == (b"", b"", None)
    assert server.run().exit_code == 0


@pytest.mark.parametrize("nonsense", [b"GET / HTTP/1.1\r\n\r\n", b"\0\0\0\0Q", b"\0\0\0\x05A12", b"\0\0", b""])
def test_nonsense_ends_the_connection_and_not_the_server(server: Server, nonsense: bytes) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        connection.sendall(nonsense)

    assert server.run().exit_code == 0


def test_a_request_that_fails_in_the_server_is_dropped_with_a_word_to_its_log(sandbox: Path) -> None:
    own = Server(sandbox, "program")

    assert own.run("fail") == (b"", b"", None)
    assert own.run().exit_code == 0
    assert b"program: dropped a request: no such thing" in own.stop()


def test_the_server_ends_with_the_process_that_started_it(sandbox: Path) -> None:
    code = "import pathlib, sys, warm; print(warm.Server(pathlib.Path(sys.argv[1]), 'program').process.pid)"
    started = subprocess.run(
        [sys.executable, "-c", code, str(sandbox)],
        env={**ENVIRONMENT, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        capture_output=True,
        check=True,
    )

    while is_running(int(started.stdout)):
        time.sleep(0.05)


@pytest.fixture
def connection() -> Iterator[Tuple[socket.socket, socket.socket]]:
    """Both ends of a connection: the server's and the client's."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        with socket.create_connection(listener.getsockname()) as client:
            accepted, _ = listener.accept()
            with accepted:
                yield accepted, client


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells whose a connection is")
def test_a_connection_of_another_user_is_told_apart(
    connection: Tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert warm_server._is_from_this_user(connection[0]) is True
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    assert warm_server._is_from_this_user(connection[0]) is False


class Echo:
    """A program that says what it was asked."""

    def preload(self) -> None:
        pass

    def answer(self, arguments: Sequence[str], *_: Any, emit: Callable[[int, bytes], None], **__: Any) -> int:
        emit(1, b"asked")
        return len(arguments)


@pytest.mark.parametrize(
    ("is_from_this_user", "arguments", "dropped"),
    [
        pytest.param(True, ["preview"], None, id="ours"),
        pytest.param(False, [], "from another user", id="somebody-elses"),
        pytest.param(None, [], None, id="unknown"),
        pytest.param(None, ["preview"], "with arguments", id="unknown-and-says-what-to-run"),
    ],
)
def test_only_who_is_known_says_what_is_run(
    connection: Tuple[socket.socket, socket.socket],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    is_from_this_user: Optional[bool],
    arguments: List[str],
    dropped: Optional[str],
) -> None:
    server, client = connection
    monkeypatch.setattr(warm_server, "_is_from_this_user", lambda _: is_from_this_user)
    for argument in arguments:
        send(client, b"A", argument)
    send(client, b"D", str(tmp_path))
    send(client, b"C", "run")

    if dropped is not None:
        with pytest.raises(ValueError, match=dropped):
            warm_server._answer(server, Echo(), str(tmp_path), dict)
        return
    warm_server._answer(server, Echo(), str(tmp_path), dict)
    server.close()
    assert answer(client) == (b"asked", b"", len(arguments))


def test_where_there_is_no_table_of_connections_nobody_is_known(
    connection: Tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_table(path: str, **_: str) -> None:
        raise FileNotFoundError(path)

    monkeypatch.setattr(warm_server, "open", no_table, raising=False)

    assert warm_server._is_from_this_user(connection[0]) is None
