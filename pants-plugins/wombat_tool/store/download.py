"""Files from elsewhere: `https://`, `gs://` and `file://`."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional
from urllib.parse import urlsplit

from wombat_tool.errors import StoreError
from wombat_tool.store.opening import bucket_and_name, file_path
from wombat_tool.store.transfer import (
    BUFFER_BYTES,
    Content,
    Partial,
    copy_hashed,
    other_file_error,
    partial_download,
    writing,
)

_BUSY = (408, 429, 500, 502, 503, 504)
_MOST_WAIT_S = 60


@dataclass(frozen=True)
class Patience:
    """How long to try.

    :param tries: how often a request is made again without anything having arrived since the last one.
    :param first_wait_s: the wait before the second of them; each further one is twice as long.
    :param timeout_s: for how long the server may be silent.
    """

    tries: int = 6
    first_wait_s: float = 0.5
    timeout_s: float = 60.0


@dataclass(frozen=True)
class Downloaded:
    """What a file was when it arrived.

    :param generation: of an object of a bucket.
    """

    content: Content
    generation: Optional[int] = None


def download(
    uri: str,
    target: Path,
    *,
    sha256: Optional[str] = None,
    generation: Optional[int] = None,
    patience: Patience = Patience(),  # noqa: B008
) -> Downloaded:
    """Write the file to `target`, which is not there yet, once it arrived whole and has the digest, if one is given.

    :param generation: that of an object of a bucket; the newest otherwise.
    :raises StoreError: if it cannot be had, or is another.
    """
    if os.path.lexists(target):
        raise StoreError(f"The file {target}", problem="is there already.", mend="Remove it, or name another path.")
    scheme = uri.partition(":")[0].lower()
    with writing(target):
        target.parent.mkdir(parents=True, exist_ok=True)
    if scheme == "gs":
        return _from_bucket(uri, target, sha256, generation, patience)
    if scheme == "file":
        return Downloaded(_from_file(file_path(uri), target, sha256))
    if scheme in ("https", "http"):
        return Downloaded(_from_web(uri, target, sha256, patience))
    raise StoreError(
        f"The file {shown(uri)}",
        problem=f"cannot be downloaded: {scheme!r} is none of the schemes https, gs and file.",
        mend="Give an uri that begins with https://, gs:// or file:///.",
    )


def shown(uri: str) -> str:
    """The uri for messages, without what lets whoever has it read: a password, a signature."""
    try:
        parts = urlsplit(uri)
    except ValueError:
        return f"{uri.partition(':')[0]}:..."
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}{'?...' if parts.query else ''}"


def _from_bucket(uri: str, target: Path, sha256: Optional[str], generation: Optional[int], patience: Patience) -> Downloaded:
    from wombat_tool.store.gcs import GcsBackend

    bucket, name = bucket_and_name(uri)
    backend = GcsBackend(bucket, "", first_wait_s=patience.first_wait_s, timeout_s=patience.timeout_s)
    found = backend.download_generation(name, target, generation=generation, sha256=sha256)
    if found is None:
        raise StoreError(
            f"The file {uri}",
            problem="is not there." if generation is None else f"is not there in its generation {generation}.",
            mend="Correct the uri." if generation is None else "Pin another generation; buckets keep old ones on demand.",
        )
    return Downloaded(*found)


def _from_file(path: Path, target: Path, sha256: Optional[str]) -> Content:
    def error(err: OSError) -> StoreError:
        return StoreError(
            f"The file {path}",
            problem=f"cannot be read: {err.strerror or err}.",
            mend="Correct the uri, and see that the file may be read.",
        )

    try:
        source = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as err:
        raise error(err) from err
    try:
        with writing(target), partial_download(target, None) as partial:
            found = copy_hashed(source, partial.fileno(), reading=error)
            if sha256 not in (None, found.sha256):
                raise other_file_error(str(path), found, str(sha256))
            return found
    finally:
        os.close(source)


def _from_web(uri: str, target: Path, sha256: Optional[str], patience: Patience) -> Content:
    import requests
    from requests.adapters import HTTPAdapter
    from urllib3.util.retry import Retry

    retry = Retry(
        total=patience.tries,
        backoff_factor=patience.first_wait_s,
        backoff_max=_MOST_WAIT_S,
        retry_after_max=_MOST_WAIT_S,
        status_forcelist=_BUSY,
        raise_on_status=False,
    )
    with requests.Session() as session, writing(target), _asking(uri), partial_download(target, sha256) as partial:
        for scheme in ("https://", "http://"):
            session.mount(scheme, HTTPAdapter(max_retries=retry))
        web = _Web(session, uri, patience.timeout_s)
        web.fill(partial, retry)
        if sha256 not in (None, partial.content.sha256) and partial.was_there:
            # What was there may have been bad, and not what came now.
            partial.restart()
            web.fill(partial, retry)
        found = partial.content
        if sha256 not in (None, found.sha256):
            partial.restart()
            raise other_file_error(shown(uri), found, str(sha256))
        return found


class _Web:
    """Requests for one file."""

    def __init__(self, session: Any, uri: str, timeout_s: float) -> None:
        self._session = session
        self._uri = uri
        self._timeout = (min(10.0, timeout_s), timeout_s)
        # Tells whether what is there and what would come now belong together.
        self._validator: Optional[str] = None

    def fill(self, partial: Partial, retry: Any) -> None:
        """Get what is missing, with further requests while connections break."""
        from requests import RequestException
        from urllib3.exceptions import HTTPError

        left = retry
        while True:
            before = partial.size_bytes
            try:
                self._request(partial)
                return
            except (_CutOff, HTTPError, RequestException) as err:
                if isinstance(err, RequestException) and not _is_cut_off(err):
                    raise
                left = retry if partial.size_bytes > before else left
                # Raises once there were too many.
                left = left.increment("GET", "", error=err if isinstance(err, HTTPError) else HTTPError(str(err)))
                left.sleep()

    def _request(self, partial: Partial) -> None:
        # Bytes of an earlier run are held against the digest in the end, so they need no validator.
        if partial.size_bytes and self._validator is None and not partial.was_there:
            partial.restart()
        headers = {"Accept-Encoding": "identity"}
        if partial.size_bytes:
            headers["Range"] = f"bytes={partial.size_bytes}-"
            if self._validator is not None:
                headers["If-Range"] = self._validator
        with self._session.get(self._uri, headers=headers, stream=True, timeout=self._timeout) as answer:
            if answer.status_code == 416:
                # There is no more, and whether that is all tells the digest.
                whole = re.fullmatch(r"bytes \*/(\d+)", answer.headers.get("Content-Range", ""))
                if whole is None or int(whole[1]) != partial.size_bytes:
                    partial.restart()
                    raise _CutOff("The server has less than arrived earlier.")
                return
            if answer.status_code not in (200, 206):
                raise _status_error(self._uri, answer.status_code)
            begins = re.match(r"bytes (\d+)-", answer.headers.get("Content-Range", ""))
            if answer.status_code == 200:
                partial.restart()
            elif begins is None or int(begins[1]) != partial.size_bytes:
                partial.restart()
                raise _CutOff("The server sent another part than was asked for.")
            etag = answer.headers.get("ETag", "")
            # A weak one is for equivalent files, which may have other bytes.
            self._validator = etag if etag.startswith('"') else answer.headers.get("Last-Modified")
            for chunk in answer.raw.stream(BUFFER_BYTES, decode_content=False):
                partial.write(chunk)


class _CutOff(Exception):
    """An answer that is no use, and may be better the next time."""


def _is_cut_off(err: Exception) -> bool:
    from requests.exceptions import ChunkedEncodingError, ConnectionError

    # One that was never there was tried again by the session already.
    return isinstance(err, (ChunkedEncodingError, ConnectionError)) and "Max retries" not in str(err)


@contextmanager
def _asking(uri: str) -> Iterator[None]:
    from requests import RequestException
    from urllib3.exceptions import HTTPError

    try:
        yield
    except (HTTPError, RequestException) as err:
        # The whole text has the address in it, with what may be a secret.
        reason = re.search(r"\[Errno -?\d+\] ([^'\")(]+)", str(err))
        what = reason[1].strip() if reason else type(_cause(err)).__name__
        raise StoreError(
            f"The file {shown(uri)}",
            problem=f"cannot be downloaded: the connection failed ({what}), after several tries.",
            mend="See that the address is right, and that the network and its proxy let you reach it; then run it again.",
        ) from err


def _cause(err: BaseException) -> BaseException:
    reason = getattr(err, "reason", None) or next((one for one in err.args if isinstance(one, Exception)), None)
    return _cause(reason) if isinstance(reason, BaseException) else err


def _status_error(uri: str, status: int) -> StoreError:
    where = f"The file {shown(uri)}"
    if status in (401, 403):
        return StoreError(
            where,
            problem=f"cannot be downloaded: access is denied (HTTP {status}).",
            mend="See that the uri is public, or has credentials in ~/.netrc, or that its signature has not expired.",
        )
    if status in (404, 410):
        return StoreError(where, problem=f"is not there (HTTP {status}).", mend="Correct the uri.")
    if status in _BUSY:
        return StoreError(
            where,
            problem=f"cannot be downloaded: the server is busy or out of order (HTTP {status}), after several tries.",
            mend="Run the command again later.",
        )
    return StoreError(
        where, problem=f"cannot be downloaded: the server refuses it (HTTP {status}).", mend="Correct the uri."
    )
