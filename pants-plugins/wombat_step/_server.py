"""Answers Pants' requests for steps from one warm interpreter, which forks for each step.

Pants runs processes that ask for it through the Nailgun protocol (it was made for Java programs, which start
slowly, too): a server started once in a sandbox is handed one request after the other. For Wombat this saves the
start of an interpreter and the fork of the large Pants daemon, which together cost more than most small steps.
The server never imports the user's code: every step runs in a fork of its own, as fresh as a new interpreter.

Protocol: https://github.com/facebookarchive/nailgun, "Nailgun protocol": chunks of a 4-byte length (big endian,
without the header), a type byte and the payload.
"""

from __future__ import annotations

import gc
import importlib
import os
import select
import socket
import struct
import sys
from typing import Dict, NamedTuple, Optional

from wombat_step._supervise import STDOUT, supervise

NAILGUN_MAIN = "com.martiansoftware.nailgun.NGServer"
"""The class that Pants names when it wants the server and not a step."""

_HEADER = struct.Struct(">Ic")
_PARENT_CHECK_S = 2.0
_MAX_CHUNK_BYTES = 64 * 1024
_REQUEST_TIMEOUT_S = 30.0


class _Request(NamedTuple):
    directory: str
    environment: Dict[str, str]


def serve() -> None:
    """Announce a free port on stdout, then serve until the process that started this one is gone."""
    parent = os.getppid()
    _load_all()
    home = os.path.realpath(os.getcwd())
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(8)
        # Pants reads one line and takes the number after the word "port".
        print(f"NGServer of wombat_step started on 127.0.0.1, port {listener.getsockname()[1]}.", flush=True)
        while os.getppid() == parent:
            if not select.select([listener], [], [], _PARENT_CHECK_S)[0]:
                continue
            connection, _ = listener.accept()
            with connection:
                try:
                    _answer(connection, home)
                except (OSError, EOFError, ValueError) as error:
                    # The client went away or spoke another protocol; neither may end the server.
                    print(f"wombat_step: dropped a request: {error}", file=sys.stderr, flush=True)


def _load_all() -> None:
    """Load what steps are going to use, once and not in every fork: this package, and no library of the user's."""
    for name in sorted(os.listdir(os.path.dirname(__file__))):
        module, ending = os.path.splitext(name)
        if ending == ".py" and module != "__main__":
            importlib.import_module(f"wombat_step.{module}")
    for module in ("dataclasses", "encodings.utf_8_sig", "importlib.metadata", "inspect", "pathlib", "traceback"):
        importlib.import_module(module)
    # What is loaded stays; the collector of a fork need not look at it, and so the pages stay shared.
    gc.collect()
    gc.freeze()


def _answer(connection: socket.socket, home: str) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.settimeout(_REQUEST_TIMEOUT_S)
    if not _is_from_this_user(connection):
        raise ValueError("a request from another user of this machine")
    request = _read_request(connection)
    # Only Pants can write into the sandbox that this server was started in, so what lies there is the only thing
    # that is ever run.
    if os.path.realpath(request.directory) != home:
        raise ValueError(f"a request for the directory {request.directory!r}, which is not this server's")

    def emit(stream: int, data: bytes) -> None:
        kind = b"1" if stream == STDOUT else b"2"
        for start in range(0, len(data), _MAX_CHUNK_BYTES):
            _send(connection, kind, data[start : start + _MAX_CHUNK_BYTES])

    def client_is_gone() -> bool:
        try:
            return _read_chunk(connection) is None
        except (OSError, EOFError):
            return True

    code = supervise(
        request.directory, request.environment, emit, should_stop=client_is_gone, watch_fd=connection.fileno()
    )
    _send(connection, b"X", str(code).encode())


def _is_from_this_user(connection: socket.socket) -> bool:
    """Whether the other end belongs to the user that this server runs as, by the kernel's table of connections.

    Anyone on the machine can connect to the port. Where there is no such table (only Linux has it) all are taken, as
    Pants' own servers for Java take them.
    """
    try:
        with open("/proc/net/tcp", encoding="ascii") as file:
            rows = [line.split() for line in file.readlines()[1:]]
    except OSError:
        return True
    theirs, ours = _kernel_address(connection.getpeername()), _kernel_address(connection.getsockname())
    # Columns of proc(5): the number, the local address, the remote one, the state, three more, the user.
    return any(row[1] == theirs and row[2] == ours and int(row[7]) == os.getuid() for row in rows)


def _kernel_address(address: tuple[str, int]) -> str:
    """An IPv4 address and a port as /proc/net/tcp has them: "0100007F:1F90" for 127.0.0.1:8080."""
    (number,) = struct.unpack("=I", socket.inet_aton(address[0]))
    return f"{number:08X}:{address[1]:04X}"


def _read_request(connection: socket.socket) -> _Request:
    directory = ""
    environment: Dict[str, str] = {}
    while True:
        chunk = _read_chunk(connection)
        if chunk is None:
            raise EOFError("the client closed the connection before it named a command")
        kind, payload = chunk
        if kind == b"E":
            name, _, value = os.fsdecode(payload).partition("=")
            environment[name] = value
        elif kind == b"D":
            directory = os.fsdecode(payload)
        elif kind == b"C":
            return _Request(directory, environment)
        elif kind not in (b"A", b"H"):
            raise ValueError(f"an unexpected chunk of type {kind!r}")


def _read_chunk(connection: socket.socket) -> Optional[tuple[bytes, bytes]]:
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
