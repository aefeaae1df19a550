"""Generated files in the working tree: found, written and removed.

Pants itself ignores hidden directories, and `.github` is one; so this reads and writes files by itself.
"""

from __future__ import annotations

import os
import tempfile
from typing import Dict, Iterable, Iterator

from wombat.graph.errors import GeneratedFileError
from wombat.graph.generated import MARKER, FoundFile, read_file

# What files are looked into for the header, and where. Other hidden directories hold what tools keep there. No target can
# have files elsewhere: `wombat_tool/deployment/outputs.py`.
_ENDINGS = (".yml", ".yaml", ".toml", "_dag.py", "_luigi.py", "Dockerfile", ".dockerignore")
_HIDDEN = (".github", ".gitlab", ".gitlab-ci")
_HEADER_BYTES = 4096


def find_files(root: str, paths: Iterable[str]) -> Dict[str, FoundFile]:
    """The files at the paths, and all others below `root` that have the header, by path from there.

    :raises GeneratedFileError: if one of `paths` is no file, or cannot be read.
    """
    found: Dict[str, FoundFile] = {}
    for path in paths:
        full = os.path.join(root, path)
        if os.path.islink(full) or os.path.lexists(full) and not os.path.isfile(full):
            raise GeneratedFileError(path, "is to be generated, but there is something that is not a file.")
        if os.path.lexists(full):
            found[path] = read_file(path, _read(full, path))
    for path in _candidates(root):
        if path not in found and _has_marker(os.path.join(root, path)):
            file = read_file(path, _read(os.path.join(root, path), path))
            if file.address is not None:
                found[path] = file
    return found


def _candidates(root: str) -> Iterator[str]:
    for directory, directories, files in os.walk(root):
        top = directory == root
        directories[:] = sorted(
            name
            for name in directories
            if (not name.startswith(".") or name in _HIDDEN)
            and name not in ("node_modules", "__pycache__")
            and not (top and name == "dist")
            # Another checkout, as of a submodule, has a Pants of its own.
            and not os.path.lexists(os.path.join(directory, name, ".git"))
        )
        for name in sorted(files):
            if name.endswith(_ENDINGS):
                yield os.path.relpath(os.path.join(directory, name), root)


def _has_marker(path: str) -> bool:
    try:
        if os.path.islink(path):
            return False
        with open(path, "rb") as file:
            return MARKER.encode() in file.read(_HEADER_BYTES)
    except OSError:
        return False


def _read(full: str, path: str) -> str:
    try:
        with open(full, "rb") as file:
            return file.read().decode(errors="surrogateescape")
    except OSError as error:
        raise GeneratedFileError(path, f"cannot be read: {error.strerror}.") from None


def write_file(root: str, path: str, text: str) -> None:
    """Write a file as a whole or not at all.

    :raises GeneratedFileError: if that does not succeed; then what was there is still there.
    """
    full = os.path.join(root, path)
    directory = os.path.dirname(full)
    temporary = ""
    try:
        os.makedirs(directory, exist_ok=True)
        mode = os.stat(full).st_mode & 0o777 if os.path.exists(full) else 0o666 & ~_umask()
        handle, temporary = tempfile.mkstemp(prefix=".wombat-", dir=directory)
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode(errors="surrogateescape"))
        os.chmod(temporary, mode)
        os.replace(temporary, full)
    except OSError as error:
        if temporary and os.path.exists(temporary):
            os.unlink(temporary)
        raise GeneratedFileError(path, f"cannot be written: {error.strerror}.") from None


def _umask() -> int:
    # There is no way to ask for it without setting it.
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


def remove_file(root: str, path: str) -> None:
    """Remove a file, and the directories that are empty without it.

    :raises GeneratedFileError: if it cannot be removed.
    """
    try:
        os.unlink(os.path.join(root, path))
    except OSError as error:
        raise GeneratedFileError(path, f"cannot be removed: {error.strerror}.") from None
    directory = os.path.dirname(path)
    while directory and not os.listdir(os.path.join(root, directory)):
        os.rmdir(os.path.join(root, directory))
        directory = os.path.dirname(directory)
