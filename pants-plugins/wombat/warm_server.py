"""Answers Pants' requests to run a program from one warm interpreter. Runs in sandboxes.

Pants runs processes that ask for it through the Nailgun protocol (it was made for Java programs, which start
slowly, too): a server started once in a sandbox is handed one request after the other. For Wombat this saves the
start of an interpreter, its imports, and the fork of the large Pants daemon, which together cost more than most small
steps and checks.

What a request does is the business of the program: its module `_worker` loads what can be shared, and forks.

Protocol: https://github.com/facebookarchive/nailgun, "Nailgun protocol": chunks of a 4-byte length (big endian,
without the header), a type byte and the payload.
"""

from __future__ import annotations

import gc
import os
import select
import socket
import struct
import sys
from typing import Callable, Dict, List, Mapping, NamedTuple, Optional, Protocol, Sequence, Tuple

_HEADER = struct.Struct(">Ic")
_PARENT_CHECK_S = 2.0
_MAX_CHUNK_BYTES = 64 * 1024
_REQUEST_TIMEOUT_S = 30.0
_STDOUT = 1


class Worker(Protocol):
    """What a program brings along to be served."""

    def preload(self) -> None:
        """Load what requests are going to use, once and not for every one; no threads may be left running."""

    def answer(
        self,
        arguments: Sequence[str],
        directory: str,
        environment: Mapping[str, str],
        *,
        emit: Callable[[int, bytes], None],
        client_is_gone: Callable[[], bool],
        client_fd: int,
    ) -> int:
        """Run the program as a new process would, and return its exit code.

        :param emit: takes what it prints, with 1 for stdout and 2 for stderr.
        :param client_is_gone: to be asked whenever `client_fd` becomes readable; True ends the run.
        """


class _Request(NamedTuple):
    directory: str
    arguments: Sequence[str]
    environment: Mapping[str, str]


def serve(name: str, worker: Worker, *, variables: Callable[[Mapping[str, str]], Dict[str, str]]) -> None:
    """Announce a free port on stdout, then serve until the process that started this one is gone.

    :param name: what the program is called.
    :param variables: picks what the program gets of the variables of a request.
    """
    parent = os.getppid()
    worker.preload()
    # What is loaded stays; the collector of a fork need not look at it, and so the pages stay shared.
    gc.collect()
    gc.freeze()
    home = os.path.realpath(os.getcwd())
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(8)
        # Pants reads one line and takes the number after the word "port".
        print(f"NGServer of {name} started on 127.0.0.1, port {listener.getsockname()[1]}.", flush=True)
        while os.getppid() == parent:
            if not select.select([listener], [], [], _PARENT_CHECK_S)[0]:
                continue
            connection, _ = listener.accept()
            with connection:
                try:
                    _answer(connection, worker, home, variables)
                except (OSError, EOFError, ValueError) as error:
                    # The client went away or spoke another protocol; neither may end the server.
                    print(f"{name}: dropped a request: {error}", file=sys.stderr, flush=True)


def _answer(
    connection: socket.socket,
    worker: Worker,
    home: str,
    variables: Callable[[Mapping[str, str]], Dict[str, str]],
) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.settimeout(_REQUEST_TIMEOUT_S)
    is_from_this_user = _is_from_this_user(connection)
    if is_from_this_user is False:
        raise ValueError("a request from another user of this machine")
    request = _read_request(connection)
    if request.arguments and not is_from_this_user:
        raise ValueError("a request with arguments, which this system cannot tell the user of")
    # Only Pants can write into the sandbox that this server was started in, so what lies there is the only thing
    # that is ever run.
    if os.path.realpath(request.directory) != home:
        raise ValueError(f"a request for the directory {request.directory!r}, which is not this server's")

    def emit(stream: int, data: bytes) -> None:
        kind = b"1" if stream == _STDOUT else b"2"
        for start in range(0, len(data), _MAX_CHUNK_BYTES):
            _send(connection, kind, data[start : start + _MAX_CHUNK_BYTES])

    def client_is_gone() -> bool:
        try:
            return _read_chunk(connection) is None
        except (OSError, EOFError):
            return True

    code = worker.answer(
        request.arguments,
        request.directory,
        variables(request.environment),
        emit=emit,
        client_is_gone=client_is_gone,
        client_fd=connection.fileno(),
    )
    _send(connection, b"X", str(code).encode())


def _is_from_this_user(connection: socket.socket) -> Optional[bool]:
    """Whether the other end belongs to the user that this server runs as, by the kernel's table of connections.

    Anyone on the machine can connect to the port. Where there is no such table (only Linux has it) the answer is None;
    all are taken then, as Pants' own servers for Java take them, but nobody can say what is to be run.
    """
    try:
        with open("/proc/net/tcp", encoding="ascii") as file:
            rows = [line.split() for line in file.readlines()[1:]]
    except OSError:
        return None
    theirs, ours = _kernel_address(connection.getpeername()), _kernel_address(connection.getsockname())
    # Columns of proc(5): the number, the local address, the remote one, the state, three more, the user.
    return any(row[1] == theirs and row[2] == ours and int(row[7]) == os.getuid() for row in rows)


def _kernel_address(address: Tuple[str, int]) -> str:
    """An IPv4 address and a port as /proc/net/tcp has them: "0100007F:1F90" for 127.0.0.1:8080."""
    (number,) = struct.unpack("=I", socket.inet_aton(address[0]))
    return f"{number:08X}:{address[1]:04X}"


def _read_request(connection: socket.socket) -> _Request:
    directory = ""
    arguments: List[str] = []
    environment: Dict[str, str] = {}
    while True:
        chunk = _read_chunk(connection)
        if chunk is None:
            raise EOFError("the client closed the connection before it named a command")
        kind, payload = chunk
        if kind == b"A":
            arguments.append(os.fsdecode(payload))
        elif kind == b"E":
            name, _, value = os.fsdecode(payload).partition("=")
            environment[name] = value
        elif kind == b"D":
            directory = os.fsdecode(payload)
        elif kind == b"C":
            return _Request(directory, arguments, environment)
        elif kind != b"H":
            raise ValueError(f"an unexpected chunk of type {kind!r}")


def _read_chunk(connection: socket.socket) -> Optional[Tuple[bytes, bytes]]:
    header = _read_exactly(connection, _HEADER.size)
    if header is None:
        return None
    length, kind = _HEADER.unpack(header)
    payload = _read_exactly(connection, length) if length else b""
    if payload is None:
        raise EOFError("the client closed the connection within a chunk")
    return kind, payload


def _read_exactly(connection: socket.socket, count: int) -> Optional[bytes]:
    """Read `count` bytes; None if the connection ended before the first of them."""
    data = b""
    while len(data) < count:
        more = connection.recv(count - len(data))
        if not more:
            if data:
                raise EOFError("the client closed the connection within a chunk")
            return None
        data += more
    return data


def _send(connection: socket.socket, kind: bytes, payload: bytes) -> None:
    connection.sendall(_HEADER.pack(len(payload), kind) + payload)
