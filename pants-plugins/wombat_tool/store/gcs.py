"""A store in a bucket of Google Cloud Storage.

All writes carry the precondition that there is no such object yet, and a deletion that of the generation it was
decided for. To touch an object is to rewrite it onto itself, which gives it a new generation and time.
"""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Optional

from wombat_tool.errors import StoreError
from wombat_tool.store.backend import Entry
from wombat_tool.store.gcs_errors import asking, missing_bucket_error
from wombat_tool.store.gcs_upload import content_and_crc32c, opened, send
from wombat_tool.store.names import checked_parts
from wombat_tool.store.transfer import (
    Content,
    Partial,
    changed_error,
    other_bytes_error,
    other_file_error,
    partial_download,
    writing,
)

# Larger files go in parts.
_AT_ONCE_BYTES = 8 << 20
_CONNECTIONS = 64
# How often an object may be replaced by itself while it is downloaded.
_MOST_RESTARTS = 5
_WRITER = "wombat-writer"


class GcsBackend:
    """Objects of a bucket, below a prefix.

    :param patience_s: for how long a request is tried again while the server is busy or cannot be reached.
    :param first_wait_s: the wait before the second try; each further one is twice as long.
    :param timeout_s: for how long the server may be silent.
    """

    # To touch an object takes two requests.
    sure_s = 1_800.0

    def __init__(
        self,
        bucket: str,
        prefix: str,
        *,
        patience_s: float = 120.0,
        first_wait_s: float = 0.5,
        timeout_s: float = 60.0,
    ) -> None:
        self.url = f"gs://{bucket}/{prefix}".rstrip("/")
        self._bucket_name = bucket
        self._prefix = f"{prefix}/" if prefix else ""
        self._patience_s = patience_s
        self._first_wait_s = first_wait_s
        self._timeout = (min(10.0, timeout_s), timeout_s)
        self._lock = threading.Lock()
        self._opened: Any = None
        self._retrying: Any = None
        self._is_checked = False

    def create(self, name: str, content: bytes) -> bool:
        """Write a small object with one request."""
        from google.api_core.exceptions import PreconditionFailed

        with self._asking(name, "written"):
            blob = self._blob(name)
            token = secrets.token_hex(16)
            blob.metadata = {_WRITER: token}
            try:
                blob.upload_from_string(content, checksum="crc32c", if_generation_match=0, **self._patiently)
            except PreconditionFailed:
                # Of a request whose answer was lost, the second try finds what the first one wrote.
                there = self._get(name)
                return there is not None and (there.metadata or {}).get(_WRITER) == token
            return True

    def upload(self, name: str, source: Path, *, sha256: str, size_bytes: int) -> bool:
        """Write a file, which the server holds against its checksum before it is there."""
        from google.api_core.exceptions import PreconditionFailed

        found, crc32c = content_and_crc32c(source)
        if found != Content(sha256, size_bytes):
            raise changed_error(source, found, Content(sha256, size_bytes))
        with self._asking(name, "written"):
            blob = self._blob(name)
            blob.crc32c = crc32c
            try:
                if size_bytes <= _AT_ONCE_BYTES:
                    with opened(source) as file:
                        blob.upload_from_file(
                            file, size=size_bytes, checksum="crc32c", if_generation_match=0, **self._patiently
                        )
                    stored = {"crc32c": blob.crc32c, "generation": blob.generation}
                elif self._get(name) is not None:
                    return False
                else:
                    stored = send(blob, source, size_bytes, timeout=self._timeout, retry=self._retry)
            except PreconditionFailed:
                return False
            if stored["crc32c"] != crc32c:
                self._blob(name).delete(if_generation_match=int(stored["generation"]), **self._patiently)
                raise StoreError(
                    self._where(name),
                    problem="arrived with other bytes than were sent, and was removed again.",
                    mend="Run the command again; if it stays, something between you and the bucket changes data.",
                )
            return True

    def read(self, name: str) -> Optional[bytes]:
        """The bytes of a small object."""
        from google.api_core.exceptions import NotFound

        with self._asking(name, "read"):
            try:
                content: bytes = self._blob(name).download_as_bytes(raw_download=True, **self._patiently)
                return content
            except NotFound:
                self._check_bucket()
                return None

    def download(self, name: str, target: Path, *, sha256: str, size_bytes: int) -> bool:
        """Write the object to a file, going on where an earlier download stopped."""
        expected = Content(sha256, size_bytes)
        with writing(target), self._asking(name, "read"):
            try:
                with partial_download(target, sha256) as partial:
                    self._fill(partial, name, None, size_bytes)
                    if partial.content != expected and partial.was_there:
                        # What was there may have been bad, and not what came now.
                        partial.restart()
                        self._fill(partial, name, None, size_bytes)
                    if partial.content != expected:
                        found = partial.content
                        partial.restart()
                        raise other_bytes_error(name, self.url, found, expected)
            except _NoObject:
                self._check_bucket()
                return False
            return True

    def download_generation(
        self, name: str, target: Path, *, generation: Optional[int] = None, sha256: Optional[str] = None
    ) -> Optional[tuple[Content, int]]:
        """Write one generation of any object, by default the newest, to a file; None if there is none.

        :returns: what was written, and its generation.
        :raises StoreError: if it has another digest than it should.
        """
        with writing(target), self._asking(name, "read"):
            blob = self._get(name, generation)
            if blob is None:
                self._check_bucket()
                return None
            try:
                with partial_download(target, sha256) as partial:
                    self._fill(partial, name, int(blob.generation), int(blob.size))
                    partial.flush()
                    found = partial.content
                    if blob.crc32c not in (None, content_and_crc32c(partial.path)[1]):
                        partial.restart()
                        raise StoreError(
                            self._where(name),
                            problem="arrived with other bytes than the bucket has.",
                            mend="Run the command again; if it stays, something between you and the bucket changes data.",
                        )
                    if sha256 not in (None, found.sha256):
                        partial.restart()
                        raise other_file_error(f"{self.url}/{name}", found, str(sha256))
                    return found, int(blob.generation)
            except _NoObject:
                return None

    def stat(self, name: str) -> Optional[Entry]:
        """The object's entry."""
        with self._asking(name, "read"):
            blob = self._get(name)
            if blob is None:
                self._check_bucket()
                return None
            return self._entry(blob)

    def touch(self, name: str) -> bool:
        """Rewrite the object onto itself."""
        from google.api_core.exceptions import NotFound, PreconditionFailed

        with self._asking(name, "touched"):
            there = self._get(name)
            if there is None:
                self._check_bucket()
                return False
            blob, token = self._blob(name), None
            generation = int(there.generation)
            try:
                while True:
                    token, _, _ = blob.rewrite(
                        self._blob(name, generation=generation),
                        token=token,
                        if_generation_match=generation,
                        if_source_generation_match=generation,
                        **self._patiently,
                    )
                    if token is None:
                        return True
            except (PreconditionFailed, NotFound):
                # Somebody else touched it meanwhile, or this did and the answer was lost; or it was deleted.
                return self._get(name) is not None

    def entries(self, prefix: str) -> Iterator[Entry]:
        """The objects of the bucket below both prefixes, a thousand with each request."""
        with self._asking(prefix, "listed"):
            listed = self._client.list_blobs(
                self._bucket_name,
                prefix=self._prefix + prefix,
                fields="items(name,size,updated,timeCreated,generation),nextPageToken",
                **self._patiently,
            )
            for blob in listed:
                yield self._entry(blob)

    def delete(self, entry: Entry) -> bool:
        """Remove just the generation of the entry."""
        from google.api_core.exceptions import NotFound, PreconditionFailed

        with self._asking(entry.name, "deleted"):
            try:
                self._blob(entry.name).delete(if_generation_match=int(entry.generation), **self._patiently)
            except NotFound:
                # Somebody else removed it, or this did and the answer was lost.
                return True
            except PreconditionFailed:
                return self._get(entry.name) is None
            return True

    def settle(self) -> None:
        """A bucket deletes in one request, which leaves nothing half done."""

    def _fill(self, partial: Partial, name: str, generation: Optional[int], size_bytes: int) -> None:
        from google.api_core.exceptions import NotFound, RetryError

        if partial.size_bytes > size_bytes:
            partial.restart()
        restarts = 0
        while restarts < _MOST_RESTARTS:
            before = partial.size_bytes
            if before == size_bytes and before:
                return
            try:
                self._blob(name, generation=generation).download_to_file(
                    partial, start=before or None, raw_download=True, checksum=None, **self._patiently
                )
                return
            except RetryError:
                # Patience is for a server that sends nothing; the client takes it for the whole download.
                if partial.size_bytes == before:
                    raise
            except NotFound as err:
                # The client goes on with the generation it began with; if that was touched, it is another one by now.
                if generation is not None or self._get(name) is None:
                    raise _NoObject from err
                restarts += 1
        raise StoreError(
            self._where(name),
            problem="is replaced by itself again and again while it is read.",
            mend="Run the command again: it goes on where it stopped.",
        )

    def _get(self, name: str, generation: Optional[int] = None) -> Any:
        bucket = self._client.bucket(self._bucket_name)
        return bucket.get_blob(self._object(name), generation=generation, **self._patiently)

    def _blob(self, name: str, *, generation: Optional[int] = None) -> Any:
        return self._client.bucket(self._bucket_name).blob(self._object(name), generation=generation)

    def _object(self, name: str) -> str:
        return self._prefix + "/".join(checked_parts(name))

    def _entry(self, blob: Any) -> Entry:
        updated = blob.updated or blob.time_created
        return Entry(blob.name.removeprefix(self._prefix), int(blob.size), updated.timestamp(), str(blob.generation))

    def _check_bucket(self) -> None:
        """Tell a missing bucket from a missing object, once."""
        from google.api_core.exceptions import Forbidden, NotFound

        if self._is_checked:
            return
        try:
            list(self._client.list_blobs(self._bucket_name, max_results=1, prefix=self._prefix, **self._patiently))
        except NotFound as err:
            raise missing_bucket_error(f"The store {self.url}") from err
        except Forbidden:
            # Whoever may only read objects, and not list them, is not told.
            pass
        self._is_checked = True

    @property
    def _client(self) -> Any:
        with self._lock:
            if self._opened is None:
                self._opened = _client()
            return self._opened

    @property
    def _retry(self) -> Any:
        if self._retrying is None:
            from google.cloud.storage.retry import DEFAULT_RETRY

            self._retrying = DEFAULT_RETRY.with_timeout(self._patience_s).with_delay(self._first_wait_s, 16.0, 2.0)
        return self._retrying

    @property
    def _patiently(self) -> dict[str, Any]:
        return {"timeout": self._timeout, "retry": self._retry}

    def _where(self, name: str) -> str:
        return f"The object {name} in the store {self.url}" if name else f"The store {self.url}"

    @contextmanager
    def _asking(self, name: str, verb: str) -> Iterator[None]:
        with asking(self._where(name), verb):
            yield


class _NoObject(Exception):
    """There is no such object, or not any more."""


def _client() -> Any:
    from google.auth.credentials import AnonymousCredentials
    from google.cloud import storage
    from requests.adapters import HTTPAdapter

    if os.environ.get("STORAGE_EMULATOR_HOST"):
        client = storage.Client(project="wombat", credentials=AnonymousCredentials())
    else:
        # Objects are asked for by their bucket, and credentials of a user name no project.
        client = storage.Client(project=os.environ.get("GOOGLE_CLOUD_PROJECT", "wombat"))
    adapter = HTTPAdapter(pool_connections=_CONNECTIONS, pool_maxsize=_CONNECTIONS)
    for scheme in ("https://", "http://"):
        client._http.mount(scheme, adapter)
    return client
