"""The fetching of a version to a path, which is there only once all of its bytes were verified."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from wombat_tool.errors import StoreError
from wombat_tool.files import files_below
from wombat_tool.store.layout import blob_name
from wombat_tool.store.manifest import Blob, FileInfo, Manifest
from wombat_tool.store.parallel import transfer
from wombat_tool.store.store import VERIFY, Store

_CHUNK_BYTES = 1024 * 1024


def fetch(store: Store, manifest: Manifest, target: Path, *, verb: str = "") -> None:
    """Write a version to a path where nothing is yet: a file, or a directory of files.

    What was fetched before an earlier call was stopped is used again.

    :param verb: what the progress on stderr says; nothing is said if it is empty.
    :raises StoreError: if something is there, a blob is missing or damaged, or the disk refuses.
    """
    _refuse_existing(target)
    files = store.files_of(manifest)
    # A link to a directory is followed once, so that all that follows is beside the real place.
    target = Path(os.path.realpath(target.parent)) / target.name
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with _staging(target, manifest.version) as staging:
            blobs = sorted({Blob(file.sha256, file.size_bytes) for file in files})
            (staging / "blobs").mkdir(exist_ok=True)
            transfer(
                blobs,
                lambda blob: _download(store, manifest, blob, staging / "blobs" / blob.sha256),
                threads=store.threads,
                verb=verb,
                size_of=lambda blob: blob.size_bytes,
            )
            made = _made(staging, files, is_directory=manifest.is_directory)
            _refuse_existing(target)
            os.rename(made, target)
    except OSError as err:
        raise StoreError(
            f"{target}",
            problem=f"cannot be written: {err.strerror or err}.",
            mend="See that there is space and that you may write there. What was fetched so far is used again.",
        ) from err


def _refuse_existing(target: Path) -> None:
    if os.path.lexists(target):
        raise StoreError(
            f"{target}",
            problem="is there already, and nothing is ever overwritten.",
            mend="Remove it, or fetch to another path.",
        )


@contextmanager
def _staging(target: Path, version: str) -> Iterator[Path]:
    """A directory beside the target, the same for each try of the same version; gone once all went well."""
    key = hashlib.sha256(f"{target.name}\0{version}".encode("utf-8", "surrogateescape")).hexdigest()
    staging = target.parent / f".wombat-fetch-{key[:16]}"
    staging.mkdir(exist_ok=True)
    with open(staging / "lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # The one that was here before may just have ended, and taken the directory away.
            os.stat(staging / "lock")
        except (BlockingIOError, FileNotFoundError) as err:
            raise StoreError(
                f"{target}",
                problem="is being fetched by another command right now.",
                mend="Wait for it, or fetch to another path.",
            ) from err
        yield staging
        shutil.rmtree(staging)


def _download(store: Store, manifest: Manifest, blob: Blob, path: Path) -> None:
    if _has(path, blob):
        return
    with suppress(FileNotFoundError):
        path.unlink()
    name = blob_name(blob.sha256)
    try:
        is_there = store.backend.download(name, path, sha256=blob.sha256, size_bytes=blob.size_bytes)
    except StoreError as err:
        where = f"The version {manifest.version[:12]} of {manifest.dataset}"
        # What it says is a whole message, with its own mend.
        raise StoreError(where, problem="cannot be fetched.", mend=str(err)) from err
    if not is_there:
        raise StoreError(
            store.where(f"The blob {name}"),
            problem=f"is missing, and the version {manifest.version[:12]} of {manifest.dataset} needs it.",
            mend=VERIFY,
        )


def _has(path: Path, blob: Blob) -> bool:
    """Whether an earlier try left the bytes; a machine that lost its power may have left others."""
    try:
        if path.stat().st_size != blob.size_bytes:
            return False
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == blob.sha256
    except FileNotFoundError:
        return False


def _made(staging: Path, files: tuple[FileInfo, ...], *, is_directory: bool) -> Path:
    """The whole, made of verified blobs: a file, or a directory that holds the files and nothing else."""
    made = staging / "whole"
    if made.is_dir():
        shutil.rmtree(made)
    else:
        made.unlink(missing_ok=True)
    if not is_directory:
        _place(staging / "blobs" / files[0].sha256, made, is_first=True)
        return made
    made.mkdir()
    placed: set[str] = set()
    for file in files:
        path = made / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        _place(staging / "blobs" / file.sha256, path, is_first=file.sha256 not in placed)
        placed.add(file.sha256)
    if set(files_below(str(made))) != {file.path for file in files}:
        raise StoreError(
            f"{made}",
            problem="does not keep apart all names of the files, as where upper and lower case are the same.",
            mend="Fetch to a disk that does.",
        )
    return made


def _place(blob: Path, path: Path, *, is_first: bool) -> None:
    # Files that are edited later must not share their bytes, so that only the first is linked.
    if is_first:
        try:
            os.link(blob, path)
            return
        except FileExistsError:
            raise
        except OSError:
            pass
    with blob.open("rb") as source, path.open("xb") as target:
        shutil.copyfileobj(source, target, _CHUNK_BYTES)
