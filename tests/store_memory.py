"""A place for objects in memory, as strict as a real one, and one that fails when it is told to."""

from __future__ import annotations

import hashlib
import itertools
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from wombat_tool.errors import StoreError
from wombat_tool.store.backend import Backend, Entry


class MemoryBackend:
    """Objects in a dictionary. A clock of whole seconds moves with every write and touch."""

    url = "memory://store"
    sure_s = 0.0

    def __init__(self) -> None:
        self.contents: dict[str, bytes] = {}
        self.touched: list[str] = []
        self._entries: dict[str, Entry] = {}
        self._moments = itertools.count(1)
        self._lock = threading.RLock()

    def create(self, name: str, content: bytes) -> bool:
        """Write an object unless there is one."""
        with self._lock:
            if name in self.contents:
                return False
            self.put(name, content)
            return True

    def upload(self, name: str, source: Path, *, sha256: str, size_bytes: int) -> bool:
        """Write the bytes of a file; in the place of others that were cut off, too."""
        content = source.read_bytes()
        if hashlib.sha256(content).hexdigest() != sha256 or len(content) != size_bytes:
            raise StoreError(f"The file {source}", problem="has other bytes.", mend="Publish again.")
        with self._lock:
            if name in self.contents and len(self.contents[name]) == size_bytes:
                return False
            self.put(name, content)
            return True

    def read(self, name: str) -> bytes | None:
        """The bytes of an object."""
        with self._lock:
            return self.contents.get(name)

    def download(self, name: str, target: Path, *, sha256: str, size_bytes: int) -> bool:
        """Write the bytes to a file, if they are right."""
        content = self.read(name)
        if content is None:
            return False
        if hashlib.sha256(content).hexdigest() != sha256:
            raise StoreError(f"{name} in the store {self.url}", problem="has other bytes.", mend="Run `./pants verify-store`.")
        partial = target.with_name(f"{target.name}.partial")
        partial.write_bytes(content)
        partial.replace(target)
        return True

    def stat(self, name: str) -> Entry | None:
        """The entry of an object."""
        with self._lock:
            return self._entries.get(name)

    def touch(self, name: str) -> bool:
        """Give an object a new entry."""
        with self._lock:
            if name not in self.contents:
                return False
            self.touched.append(name)
            self._renew(name)
            return True

    def entries(self, prefix: str) -> Iterator[Entry]:
        """The entries of the objects whose names begin so."""
        with self._lock:
            found = [entry for name, entry in sorted(self._entries.items()) if name.startswith(prefix)]
        yield from found

    def delete(self, entry: Entry) -> bool:
        """Remove an object that nobody touched since."""
        with self._lock:
            if self._entries.get(entry.name) != entry:
                return False
            del self.contents[entry.name], self._entries[entry.name]
            return True

    def settle(self) -> None:
        """Nothing is ever half deleted here."""

    def put(self, name: str, content: bytes) -> None:
        """Write an object whatever is there: what no place offers, for damage."""
        with self._lock:
            self.contents[name] = content
            self._renew(name)

    def _renew(self, name: str) -> None:
        moment = next(self._moments)
        self._entries[name] = Entry(name, len(self.contents[name]), float(moment), str(moment))


class Killed(Exception):
    """The process is no more."""


class FailingBackend:
    """A place whose n-th call, and every one after it, raises; that call has its effect first, or not.

    :param fails_at: from 1; 0 never fails, and counts only.
    """

    def __init__(self, backend: Backend, fails_at: int, *, has_effect: bool = False) -> None:
        self.url = backend.url
        self.sure_s = backend.sure_s
        self.calls = 0
        self._backend = backend
        self._fails_at = fails_at
        self._has_effect = has_effect
        self._lock = threading.Lock()

    def __getattr__(self, method: str) -> Any:
        call = getattr(self._backend, method)

        def counted(*arguments: Any, **options: Any) -> Any:
            with self._lock:
                self.calls += 1
                number = self.calls
            if not self._fails_at or number < self._fails_at:
                return call(*arguments, **options)
            if number == self._fails_at and self._has_effect:
                call(*arguments, **options)
            raise Killed(f"at call {number}, {method}")

        return counted
