"""Copying with the digest taken on the way, and downloads that go on where an earlier one stopped."""

from __future__ import annotations

import fcntl
import hashlib
import itertools
import os
import secrets
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Optional, Union

from wombat_tool.errors import StoreError

# Larger ones are slower by far: the system takes the memory away, and gives it anew, with each.
BUFFER_BYTES = 256 << 10
_BUFFERS = 4
# Below this a thread for the digest costs more than it gains.
_IN_TURN_BYTES = 8 << 20
# Of each thread, for all its copies.
_buffers = threading.local()


@dataclass(frozen=True)
class Content:
    """What tells bytes from others."""

    sha256: str
    size_bytes: int

    def __str__(self) -> str:
        return f"{self.size_bytes:,} bytes with the SHA-256 {self.sha256}"


def copy_hashed(source: int, target: int, *, reading: Callable[[OSError], StoreError]) -> Content:
    """Copy an open file to another, and tell what was written.

    :param reading: makes the error for a source that cannot be read; a target that cannot be written is an `OSError`.
    """
    digest = hashlib.sha256()
    copied_bytes = 0
    if not hasattr(_buffers, "all"):
        _buffers.all = [memoryview(bytearray(BUFFER_BYTES)) for _ in range(_BUFFERS)]
    buffers: list[memoryview] = _buffers.all
    if os.fstat(source).st_size < _IN_TURN_BYTES:
        while chunk := _read_into(buffers[0], source, reading):
            digest.update(chunk)
            write_all(target, chunk)
            copied_bytes += len(chunk)
        return Content(digest.hexdigest(), copied_bytes)
    # Each chunk is hashed while it is written and further ones are read.
    pending: deque[Future[None]] = deque()
    with ThreadPoolExecutor(max_workers=1) as hashing:
        for buffer in itertools.cycle(buffers):
            if len(pending) == len(buffers):
                pending.popleft().result()
            chunk = _read_into(buffer, source, reading)
            if not chunk:
                break
            pending.append(hashing.submit(digest.update, chunk))
            write_all(target, chunk)
            copied_bytes += len(chunk)
    return Content(digest.hexdigest(), copied_bytes)


def write_all(target: int, content: Union[bytes, memoryview]) -> None:
    """Write to an open file, however many calls that takes."""
    view = memoryview(content)
    while view:
        view = view[os.write(target, view) :]


@contextmanager
def writing(target: Path) -> Iterator[None]:
    """Map what the system raises for a target that cannot be written.

    :raises StoreError: in its place.
    """
    try:
        yield
    except OSError as err:
        raise StoreError(
            f"The file {target}",
            problem=f"cannot be written: {err.strerror or err}.",
            mend="See that there is space, and that you may write there, and run the command again.",
        ) from err


def source_error(path: Path) -> Callable[[OSError], StoreError]:
    """Makes the error for a file to be published that cannot be read."""
    return lambda err: StoreError(
        f"The file {path}",
        problem=f"cannot be read: {err.strerror or err}.",
        mend="See that it is there and may be read, and that nothing changes it at the same time.",
    )


def changed_error(path: Path, found: Content, expected: Content) -> StoreError:
    """The error for a file to be published that has other bytes than were promised."""
    return StoreError(
        f"The file {path}",
        problem=f"has {found}, where {expected} were expected: it changed in the meantime.",
        mend="Publish again when nothing writes to it any more.",
    )


def other_bytes_error(name: str, url: str, found: Content, expected: Content) -> StoreError:
    """The error for an object that has other bytes than its name, or the document that names it, says."""
    return StoreError(
        f"The object {name} in the store {url}",
        problem=f"is damaged: it has {found}, where {expected} were expected.",
        mend="Remove that object, and publish the data again from where it can be built: that writes it anew. "
        "`./pants verify-store` tells what else is damaged.",
    )


def other_file_error(shown: str, found: Content, sha256: str) -> StoreError:
    """The error for a file from elsewhere that is not the one that was pinned."""
    return StoreError(
        f"The file {shown}",
        problem=f"has {found}, where the SHA-256 {sha256} is pinned.",
        mend="If it was changed on purpose, pin its new digest; else get it from where it is still right.",
    )


class Partial:
    """A file that grows while bytes arrive, and knows their digest.

    :param file: written to by whatever downloads, from its end on.
    """

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self._file = os.fdopen(descriptor, "r+b", buffering=BUFFER_BYTES)
        self._digest = hashlib.sha256()
        self.size_bytes = 0
        while chunk := self._file.read(BUFFER_BYTES):
            self._digest.update(chunk)
            self.size_bytes += len(chunk)
        self.was_there = self.size_bytes > 0
        """Whether it holds bytes of an earlier download."""

    @property
    def content(self) -> Content:
        """What it holds."""
        return Content(self._digest.hexdigest(), self.size_bytes)

    def write(self, chunk: bytes) -> int:
        """Add what arrived."""
        self._file.write(chunk)
        self._digest.update(chunk)
        self.size_bytes += len(chunk)
        return len(chunk)

    def fileno(self) -> int:
        """For what writes to it directly, and takes the digest itself."""
        return self._file.fileno()

    def flush(self) -> None:
        """Hand everything to the system."""
        self._file.flush()

    def restart(self) -> None:
        """Forget all bytes."""
        self._file.seek(0)
        self._file.truncate()
        self._digest = hashlib.sha256()
        self.size_bytes = 0
        self.was_there = False

    def close(self) -> None:
        """Close it; nobody else could write to it until now."""
        self._file.close()


@contextmanager
def partial_download(target: Path, sha256: Optional[str]) -> Iterator[Partial]:
    """A file beside the target, which becomes the target if nothing is raised.

    It stays if something is raised, for the next download of that digest to the directory to go on with; unless it
    was emptied with `Partial.restart`, or there is no digest to know it by.

    :raises OSError: if it cannot be written.
    """
    # Only one may write to it; whoever else wants the same content here at the same time writes to a file of its own.
    descriptor, path, is_shared = -1, target.parent / f".wombat-{secrets.token_hex(8)}.partial", False
    if sha256 is not None:
        shared = target.parent / f".wombat-{sha256}.partial"
        descriptor = _locked(shared)
        if descriptor >= 0:
            path, is_shared = shared, True
    if descriptor < 0:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    partial = Partial(path, descriptor)
    try:
        yield partial
        partial.flush()
        os.replace(path, target)
    except BaseException:
        with suppress(OSError):
            partial.flush()
        if not is_shared or not partial.size_bytes:
            with suppress(OSError):
                os.unlink(path)
        raise
    finally:
        with suppress(OSError):
            partial.close()


def _locked(path: Path) -> int:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Its last owner may have given it its name between the two calls.
        if os.path.samestat(os.fstat(descriptor), os.stat(path, follow_symlinks=False)):
            return descriptor
    except OSError:
        pass
    os.close(descriptor)
    return -1


def _read_into(buffer: memoryview, source: int, reading: Callable[[OSError], StoreError]) -> memoryview:
    try:
        return buffer[: os.readv(source, [buffer])]
    except OSError as err:
        raise reading(err) from err
