"""A store in a directory, which may be on a disk that several machines share.

An object is written to a file below `tmp/` and linked to its name, so that it is whole or not there. What is deleted
goes through `trash/`, under a name that tells whether it was touched on the way there, so that anybody can end what a
killed deletion began. A single `syncfs` before a document is linked makes everything durable that it relies on.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Optional

from wombat_tool.errors import StoreError
from wombat_tool.store.backend import Entry
from wombat_tool.store.names import checked_parts
from wombat_tool.store.transfer import (
    Content,
    changed_error,
    copy_hashed,
    other_bytes_error,
    source_error,
    write_all,
    writing,
)

_TEMPORARY = "tmp"
_TRASH = "trash"
# In the trash, between the name of the object and the generation that was to go.
_MARK = "@"
# Whoever wrote to such a file is gone.
_ABANDONED_S = 24 * 60 * 60

_MENDS = {
    errno.ENOSPC: "Free space on that disk, or let the clean-up of the store do it, and run the command again.",
    errno.EDQUOT: "Free space within your quota, or let the clean-up of the store do it, and run the command again.",
    errno.EACCES: "See that you may read and write everything below that directory: a store that several people write "
    "to needs a group that may, and a umask of 002.",
    errno.EROFS: "Mount it so that it can be written, or choose another store.",
    errno.ENAMETOOLONG: "Shorten the name of the project or the address of the dataset.",
    errno.ELOOP: "Put the real file or directory in the place of the link.",
}
_MENDS[errno.EPERM] = _MENDS[errno.EACCES]
_MEND = "See that the disk is there and in order, and run the command again."
_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EXDEV, errno.EMLINK)


class DirectoryBackend:
    """Objects as files below a directory, which the first object makes.

    :param directory: an absolute path.
    """

    sure_s = 0.0

    def __init__(self, directory: Path) -> None:
        self.url = directory.as_uri()
        self._root = os.path.realpath(directory)
        self._directories: set[str] = set()
        self._lock = threading.Lock()
        self._unsynced = -1
        self._is_tidy = False
        self._token = f"{os.getpid()}-{secrets.token_hex(8)}"
        self._count = 0

    def create(self, name: str, content: bytes) -> bool:
        """Write a small object, durably and with all that was uploaded or touched before."""
        with self._using(name, "written"):
            path = self._path(name, make=True)
            if self._status(path) is not None:
                return False
            with self._temporary() as (temporary, descriptor):
                write_all(descriptor, content)
                self._settle(descriptor)
                if not _linked(temporary, path):
                    return False
            _sync_directory(os.path.dirname(path))
            return True

    def upload(self, name: str, source: Path, *, sha256: str, size_bytes: int) -> bool:
        """Copy a file; a broken copy starts anew. It is durable once the next object was created."""
        expected = Content(sha256, size_bytes)
        with self._using(name, "written"):
            path = self._path(name, make=True)
            present = self._status(path)
            if present is not None and present.st_size == size_bytes:
                self._mark_unsynced()
                return False
            with self._temporary() as (temporary, target):
                with _open_file(source) as opened:
                    found = copy_hashed(opened, target, reading=source_error(source))
                if found != expected:
                    raise changed_error(source, found, expected)
                if present is not None:
                    # Cut off, as after a loss of power. Its name tells what belongs there.
                    os.replace(temporary, path)
                    is_new = True
                else:
                    is_new = _linked(temporary, path)
            self._mark_unsynced()
            return is_new

    def read(self, name: str) -> Optional[bytes]:
        """The bytes of the file."""
        with self._using(name, "read"), self._open(name) as descriptor:
            if descriptor < 0:
                return None
            with os.fdopen(os.dup(descriptor), "rb") as file:
                return file.read()

    def download(self, name: str, target: Path, *, sha256: str, size_bytes: int) -> bool:
        """Copy the file; a broken copy starts anew."""
        expected = Content(sha256, size_bytes)
        temporary = target.parent / f".wombat-{secrets.token_hex(8)}.partial"
        with self._using(name, "read"), self._open(name) as descriptor:
            if descriptor < 0:
                return False
            try:
                with writing(target):
                    copy = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
                    try:
                        found = copy_hashed(descriptor, copy, reading=lambda err: self._error(name, "read", err))
                    finally:
                        os.close(copy)
                    if found != expected:
                        raise other_bytes_error(name, self.url, found, expected)
                    os.replace(temporary, target)
            except BaseException:
                with suppress(OSError):
                    os.unlink(temporary)
                raise
            return True

    def stat(self, name: str) -> Optional[Entry]:
        """The file's entry."""
        with self._using(name, "read"):
            status = self._status(self._path(name))
            return None if status is None else _entry(name, status)

    def touch(self, name: str) -> bool:
        """Set the time of the file to now."""
        with self._using(name, "touched"):
            path = self._path(name)
            before = self._status(path)
            if before is None:
                return False
            try:
                # Without times it is the clock of the disk's machine that counts.
                os.utime(path, follow_symlinks=False)
                # Only what has its name after it was touched was touched in time.
                after, step_ns = os.stat(path, follow_symlinks=False), 1
                while after.st_mtime_ns == before.st_mtime_ns:
                    # The clock of files ticks but every few milliseconds, and some disks keep but whole seconds.
                    os.utime(path, ns=(after.st_atime_ns, after.st_mtime_ns + step_ns), follow_symlinks=False)
                    after, step_ns = os.stat(path, follow_symlinks=False), step_ns * 1000
            except FileNotFoundError:
                return False
            self._mark_unsynced()
            return True

    def entries(self, prefix: str) -> Iterator[Entry]:
        """The files below the directory, without what is being written or deleted. Links are no objects."""
        with self._using(prefix, "listed"):
            yield from self._entries("", prefix)

    def delete(self, entry: Entry) -> bool:
        """Move the file away, look at its time again, and move it back if it was touched."""
        with self._using(entry.name, "deleted"):
            path = self._path(entry.name)
            status = self._status(path)
            if status is not None and _generation(status) != entry.generation:
                return False
            *directories, file = checked_parts(entry.name)
            parent = os.path.join(self._root, _TRASH, self._token, *directories)
            trash = os.path.join(parent, f"{file}{_MARK}{entry.generation}")
            while self._status(path) is not None:
                # Others remove empty directories in the trash.
                with suppress(FileNotFoundError, FileExistsError):
                    os.makedirs(parent, exist_ok=True)
                    os.rename(path, trash)
                    is_removed = self._end_deletion(trash)
                    return self._is_gone(path) if is_removed is None else is_removed
            return self._is_gone(path)

    def settle(self) -> None:
        """Remove what lies in the trash, or put it back if it was touched; its deletion may be under way, or killed."""
        with self._using("", "tidied"):
            self._end_deletions()

    def _entries(self, directory: str, prefix: str) -> Iterator[Entry]:
        try:
            with os.scandir(os.path.join(self._root, directory)) as scanned:
                found = [(f"{directory}{one.name}/" if _is_directory(one) else directory + one.name, one) for one in scanned]
        except (FileNotFoundError, NotADirectoryError):
            return
        for name, one in sorted(found, key=lambda pair: pair[0]):
            if name.endswith("/"):
                if (name.startswith(prefix) or prefix.startswith(name)) and name not in (f"{_TEMPORARY}/", f"{_TRASH}/"):
                    yield from self._entries(name, prefix)
            elif name.startswith(prefix):
                with suppress(FileNotFoundError):
                    status = one.stat(follow_symlinks=False)
                    if stat.S_ISREG(status.st_mode):
                        yield _entry(name, status)

    def _path(self, name: str, *, make: bool = False) -> str:
        path = os.path.join(self._root, *checked_parts(name))
        parent = os.path.dirname(path)
        if parent not in self._directories:
            if make and not os.path.isdir(parent):
                os.makedirs(parent, exist_ok=True)
                self._mark_unsynced()
            if os.path.realpath(parent) != parent:
                raise OSError(errno.ELOOP, "a directory on its path is a symbolic link")
            if os.path.isdir(parent):
                self._directories.add(parent)
        return path

    def _status(self, path: str) -> Optional[os.stat_result]:
        try:
            status = os.stat(path, follow_symlinks=False)
        except (FileNotFoundError, NotADirectoryError):
            return None
        if stat.S_ISLNK(status.st_mode):
            raise OSError(errno.ELOOP, "it is a symbolic link")
        return status if stat.S_ISREG(status.st_mode) else None

    @contextmanager
    def _open(self, name: str) -> Iterator[int]:
        path = self._path(name)
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except (FileNotFoundError, NotADirectoryError):
            yield -1
            return
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    @contextmanager
    def _temporary(self) -> Iterator[tuple[str, int]]:
        self._tidy()
        with self._lock:
            self._count += 1
            path = os.path.join(self._root, _TEMPORARY, f"{self._token}-{self._count}")
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
        try:
            yield path, descriptor
        finally:
            os.close(descriptor)
            with suppress(FileNotFoundError):
                os.unlink(path)

    def _mark_unsynced(self) -> None:
        with self._lock:
            if self._unsynced < 0:
                # An error of writing back, on a disk or a network, is told to those who opened the place before it.
                self._unsynced = os.open(self._root, os.O_RDONLY | os.O_CLOEXEC)

    def _settle(self, descriptor: int) -> None:
        """Make an open file durable, and before it all that it may refer to."""
        with self._lock:
            # Others wait here, since what they refer to may be in the same batch.
            if self._unsynced >= 0:
                _sync_file_system(self._unsynced)
                os.close(self._unsynced)
                self._unsynced = -1
        os.fsync(descriptor)

    def _tidy(self) -> None:
        """Once, remove what killed writers left, and end what killed deletions began."""
        with self._lock:
            if self._is_tidy:
                return
            temporary = os.path.join(self._root, _TEMPORARY)
            os.makedirs(temporary, exist_ok=True)
            for one in list(os.scandir(temporary)):
                with suppress(OSError):
                    if one.stat(follow_symlinks=False).st_mtime < time.time() - _ABANDONED_S:
                        os.unlink(one.path)
            self._is_tidy = True
        with suppress(OSError):
            self._end_deletions()

    def _end_deletions(self) -> None:
        for parent, directories, files in os.walk(os.path.join(self._root, _TRASH), topdown=False):
            for file in files:
                self._end_deletion(os.path.join(parent, file))
            for directory in directories:
                with suppress(OSError):
                    os.rmdir(os.path.join(parent, directory))

    def _is_gone(self, path: str) -> bool:
        """Whether a file that is not in its place has not only been moved away by somebody who has to put it back."""
        for _ in range(2):
            self._end_deletions()
            if self._status(path) is not None:
                return False
        return True

    def _end_deletion(self, trash: str) -> Optional[bool]:
        """End a deletion from where the file was moved away; several may do so at once, and any of them be killed.

        :returns: whether the file was removed, False if it was put back; None if somebody else ended the deletion.
        """
        _, _, moved = os.path.relpath(trash, os.path.join(self._root, _TRASH)).partition("/")
        name, _, generation = moved.rpartition(_MARK)
        if not name:
            return None
        with suppress(FileNotFoundError):
            is_touched = _generation(os.stat(trash, follow_symlinks=False)) != generation
            if is_touched:
                # If there is one of that name again, it was written later, and is as good.
                _linked(trash, self._path(name, make=True))
            os.unlink(trash)
            return not is_touched
        return None

    @contextmanager
    def _using(self, name: str, verb: str) -> Iterator[None]:
        try:
            yield
        except OSError as err:
            raise self._error(name, verb, err) from err

    def _error(self, name: str, verb: str, err: OSError) -> StoreError:
        return StoreError(
            f"The object {name} in the store {self.url}" if name else f"The store {self.url}",
            problem=f"cannot be {verb}: {err.strerror or err}.",
            mend=_MENDS.get(err.errno or 0, _MEND),
        )


def _entry(name: str, status: os.stat_result) -> Entry:
    return Entry(name, status.st_size, status.st_mtime, _generation(status))


def _generation(status: os.stat_result) -> str:
    return f"{status.st_ino}.{status.st_mtime_ns}"


def _is_directory(one: os.DirEntry[str]) -> bool:
    return one.is_dir(follow_symlinks=False)


def _linked(path: str, name: str) -> bool:
    try:
        os.link(path, name)
    except FileExistsError:
        return False
    except OSError as err:
        if err.errno not in _NO_LINKS:
            raise
        raise OSError(err.errno, f"the file system makes no hard links, which the store needs ({err.strerror})") from err
    return True


@contextmanager
def _open_file(path: Path) -> Iterator[int]:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as err:
        raise source_error(path)(err) from err
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _sync_directory(path: str) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sync_file_system(descriptor: int) -> None:
    import ctypes

    try:
        syncfs = ctypes.CDLL(None, use_errno=True).syncfs
    except AttributeError:
        # It is a call of Linux; this one waits for all disks.
        os.sync()
        return
    if syncfs(descriptor) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
