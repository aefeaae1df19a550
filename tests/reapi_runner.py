"""Stands between buildbox-casd and buildbox-run, as a worker of the tests: a program that `remote_cache.Worker` starts.

Pants 2.17 names the outputs of a command in the fields `output_files` and `output_directories`, which buildbox-run takes for
none; later versions of the Remote Execution API have `output_paths` in their place. So each command gets those, too.
Numbers of fields are those of `Action`, `Command` and `Digest` in remote_execution.proto, version 2.3.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from pathlib import Path
from typing import Iterator, Tuple

_BYTES = 2
_OUTPUT_FILES, _OUTPUT_DIRECTORIES, _OUTPUT_PATHS = 3, 4, 7


def main() -> None:
    """Become buildbox-run, with the arguments of this program but another action."""
    arguments = sys.argv[1:]
    for position, argument in enumerate(arguments):
        if argument.startswith("--action="):
            action = Path(argument.partition("=")[2]).read_bytes()
            with tempfile.NamedTemporaryFile(delete=False) as file:
                file.write(_with_output_paths(action, Path(os.environ["CASD_DIRECTORY"])))
            arguments[position] = f"--action={file.name}"
    os.execv(os.environ["BUILDBOX_RUN"], [os.environ["BUILDBOX_RUN"], *arguments])


def _with_output_paths(action: bytes, casd: Path) -> bytes:
    fields = list(_fields(action))
    (digest,) = (value for number, value in fields if number == 1)
    (name,) = (value.decode() for number, value in _fields(digest) if number == 1)
    command = _object(casd, name).read_bytes()
    for number, value in sorted(set(_fields(command))):
        if number in (_OUTPUT_FILES, _OUTPUT_DIRECTORIES):
            command += _field(_OUTPUT_PATHS, value)
    name = hashlib.sha256(command).hexdigest()
    _object(casd, name).parent.mkdir(exist_ok=True)
    _object(casd, name).write_bytes(command)
    size = bytes([2 << 3]) + _varint(len(command))
    return _field(1, _field(1, name.encode()) + size) + action[len(_field(1, digest)) :]


def _object(casd: Path, name: str) -> Path:
    return casd / "cas/objects" / name[:2] / name[2:]


def _fields(message: bytes) -> Iterator[Tuple[int, bytes]]:
    """The numbers and values of those fields that are bytes."""
    at = 0
    while at < len(message):
        tag, at = _read_varint(message, at)
        length, at = _read_varint(message, at)
        if tag & 7 == _BYTES:
            yield tag >> 3, message[at : at + length]
            at += length


def _field(number: int, value: bytes) -> bytes:
    return bytes([number << 3 | _BYTES]) + _varint(len(value)) + value


def _read_varint(message: bytes, at: int) -> Tuple[int, int]:
    value = shift = 0
    while True:
        value |= (message[at] & 0x7F) << shift
        shift, at = shift + 7, at + 1
        if message[at - 1] < 0x80:
            return value, at


def _varint(value: int) -> bytes:
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*encoded, value])


if __name__ == "__main__":
    main()
