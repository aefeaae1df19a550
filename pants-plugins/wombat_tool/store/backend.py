"""What the store needs of a place for objects: a directory, a bucket."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Optional, Protocol


@dataclass(frozen=True)
class Entry:
    """An object as a listing has it.

    :param name: its path below the store, with `/`.
    :param updated_s: when it was written or touched, in seconds since the epoch, by the clock of the place.
    :param generation: changes whenever the object is written or touched.
    """

    name: str
    size_bytes: int
    updated_s: float
    generation: str


class Backend(Protocol):
    """A place for objects, each whole or not there at all, and none ever overwritten with other bytes.

    Every method may be called from several threads at once. What a place refuses or loses is raised as a
    `StoreError` that names the object and how to mend it, after retries where a retry can help.
    """

    url: str
    sure_s: float
    """For how long a publisher relies on a blob that it wrote or touched. A clean-up takes no blob that is not twice as
    old; what was longer ago is touched once more behind the manifest, which where that costs little is always done."""

    def create(self, name: str, content: bytes) -> bool:
        """Write a small object in one atomic request; False, and nothing written, if there is one of that name."""

    def upload(self, name: str, source: Path, *, sha256: str, size_bytes: int) -> bool:
        """Write a large object whose name tells its content; False if it was there already.

        A broken upload goes on where it stopped. What arrived is held against the digest before it is there for others.

        :raises StoreError: if the bytes of the file are not those of the digest, or the upload fails for good.
        """

    def read(self, name: str) -> Optional[bytes]:
        """The bytes of a small object; None if there is none."""

    def download(self, name: str, target: Path, *, sha256: str, size_bytes: int) -> bool:
        """Write the bytes of an object to a new file, going on where an earlier download of it stopped.

        The file is at `target` only once its bytes were held against the digest. False if there is no such object.

        :raises StoreError: if the object has other bytes.
        """

    def stat(self, name: str) -> Optional[Entry]:
        """The object's entry; None if there is none."""

    def touch(self, name: str) -> bool:
        """Make the object as young as a new one, so that no clean-up takes it; False if there is none."""

    def entries(self, prefix: str) -> Iterator[Entry]:
        """The objects whose names begin with `prefix`, in the order of their names."""

    def delete(self, entry: Entry) -> bool:
        """Remove the object unless it was written or touched since the entry was made; False if so."""

    def settle(self) -> None:
        """End deletions that were killed: from then on a listing has all that they spared, and nothing comes back later."""
