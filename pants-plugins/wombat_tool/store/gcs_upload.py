"""Uploads to a bucket in parts, which go on where they stopped."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Optional

from wombat_tool.store.transfer import BUFFER_BYTES, Content, source_error

# The API wants a multiple of 256 KiB.
_PART_BYTES = 16 << 20
# How often a server may forget an upload.
_MOST_RESTARTS = 5


def send(blob: Any, source: Path, size_bytes: int, *, timeout: tuple[float, float], retry: Any) -> dict[str, Any]:
    """Upload a file unless there is an object of that name; what a broken connection leaves open is sent again.

    :param retry: the client's, which is asked for each part.
    :returns: the object as the API describes it.
    """
    from google.api_core.exceptions import GoogleAPICallError

    for attempt in range(_MOST_RESTARTS):
        session = blob.create_resumable_upload_session(
            size=size_bytes, checksum=None, if_generation_match=0, timeout=timeout, retry=retry
        )
        try:
            with opened(source) as file:
                return _send_parts(session, file, size_bytes, timeout, retry)
        except GoogleAPICallError as err:
            # 404 and 410 mean that the server has forgotten it.
            if err.code not in (404, 410) or attempt == _MOST_RESTARTS - 1:
                raise
    raise AssertionError("The last attempt returns or raises.")


def _send_parts(session: str, file: IO[bytes], size_bytes: int, timeout: tuple[float, float], retry: Any) -> dict[str, Any]:
    # https://cloud.google.com/storage/docs/performing-resumable-uploads; the address of a session is its password.
    import requests
    from google.api_core.exceptions import RetryError, ServiceUnavailable, from_http_response

    offset, is_known, tries = 0, True, 0
    with requests.Session() as http:

        def step() -> Optional[dict[str, Any]]:
            """Send a part, or ask what has arrived if that is not known; gives the object if it is complete."""
            nonlocal offset, is_known, tries
            tries += 1
            part = b""
            if is_known:
                file.seek(offset)
                part = file.read(_PART_BYTES)
            held = f"{offset}-{offset + len(part) - 1}" if part else "*"
            is_known = False
            answer = http.put(
                session,
                data=part,
                headers={"Content-Range": f"bytes {held}/{size_bytes}"},
                timeout=timeout,
                allow_redirects=False,
            )
            if answer.status_code in (200, 201):
                stored: dict[str, Any] = answer.json()
                return stored
            if answer.status_code != 308:
                raise from_http_response(answer)
            before = offset
            offset = int(answer.headers["Range"].rpartition("-")[2]) + 1 if "Range" in answer.headers else 0
            is_known = True
            if part and offset <= before:
                raise ServiceUnavailable("Nothing of a part was kept.")
            return None

        patient = retry(step)
        stored, slow = None, 0
        while stored is None:
            tries, before = 0, offset
            try:
                stored = patient()
            except RetryError:
                # On a slow line a single part may take all the time there is for tries.
                slow = slow + 1 if offset == before else 0
                if tries > 1 or slow > _MOST_RESTARTS:
                    raise
        return dict(stored)


def content_and_crc32c(path: Path) -> tuple[Content, str]:
    """What a file holds, and its checksum as the API writes it.

    :raises StoreError: if it cannot be read.
    """
    import google_crc32c

    sha256, crc32c = hashlib.sha256(), google_crc32c.Checksum()
    size_bytes = 0
    with opened(path) as file:
        try:
            while chunk := file.read(BUFFER_BYTES):
                sha256.update(chunk)
                crc32c.update(chunk)
                size_bytes += len(chunk)
        except OSError as err:
            raise source_error(path)(err) from err
    return Content(sha256.hexdigest(), size_bytes), base64.b64encode(crc32c.digest()).decode()


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """Open a file that is to be published.

    :raises StoreError: if it cannot be.
    """
    try:
        file = open(path, "rb")
    except OSError as err:
        raise source_error(path)(err) from err
    with file:
        yield file
