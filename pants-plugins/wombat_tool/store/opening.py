"""From the url of a store to the place that it names."""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

from wombat_tool.errors import StoreError
from wombat_tool.store.backend import Backend
from wombat_tool.store.directory import DirectoryBackend

_ALLOWED = "Give an absolute path, file:///path/of/a/directory, or gs://bucket/prefix for a bucket of Google Cloud Storage."
# https://cloud.google.com/storage/docs/buckets#naming
_BUCKET = re.compile(r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]")


def open_backend(url: str) -> Backend:
    """The place of that url; nothing is read or written yet.

    :raises StoreError: if it is none that can hold a store.
    """
    if url.startswith("/"):
        return DirectoryBackend(Path(url))
    if url.startswith("file:"):
        return DirectoryBackend(file_path(url))
    if url.startswith("gs://"):
        bucket, prefix = bucket_and_name(url)
        # It takes a library that is slow to load, within its functions.
        from wombat_tool.store.gcs import GcsBackend

        return GcsBackend(bucket, prefix.strip("/"))
    # An url may hold a password, so that only its beginning is shown.
    scheme = url.split(":", 1)[0] if ":" in url else ""
    shown = f"{scheme}:..." if scheme else url
    raise _error(shown, f"names no place that can hold a store{'' if scheme else ': it is a relative path'}.")


def file_path(url: str) -> Path:
    """The path that a file url names.

    :raises StoreError: if it names another machine, or has no absolute path.
    """
    try:
        parts = urlsplit(url)
    except ValueError as err:
        raise _error(url, f"is no url: {err}.") from err
    path = unquote(parts.path)
    if parts.netloc not in ("", "localhost"):
        raise _error(url, f"names a file of another machine, {parts.netloc!r}.")
    if not path.startswith("/") or "\0" in path or parts.query or parts.fragment:
        raise _error(url, "has no absolute path, or more than a path.")
    return Path(os.path.normpath(path))


def bucket_and_name(url: str) -> tuple[str, str]:
    """The bucket, and what is behind it, of a url that begins with `gs://`.

    :raises StoreError: if it is none.
    """
    bucket, _, name = url.removeprefix("gs://").partition("/")
    if not _BUCKET.fullmatch(bucket):
        raise _error(url, f"names no bucket: {bucket!r} is no name for one.")
    if any(part in ("", ".", "..") for part in name.strip("/").split("/")) and name.strip("/"):
        raise _error(url, "has an empty part, `.` or `..` in it.")
    if re.search(r"[?#\x00-\x1f\x7f]", name):
        raise _error(url, "has a character in it that names of objects should not have.")
    return bucket, name


def _error(url: str, problem: str) -> StoreError:
    return StoreError(f"The url {url}", problem=problem, mend=_ALLOWED)
