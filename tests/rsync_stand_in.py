"""A stand-in for rsync, as far as gitlab-ci-local calls it: copies of files, without what is excluded.

It is run as a program, by whatever Python there is.
"""

from __future__ import annotations

import fnmatch
import os
import shutil
import sys
from typing import Iterator, List, Sequence, Tuple


def main(arguments: Sequence[str]) -> int:
    """Copy sources to a directory, as the arguments say."""
    excluded, listed, paths = _read(arguments)
    flags = "".join(one[1:] for one in arguments if one.startswith("-") and not one.startswith("--"))
    *sources, target = paths
    if "--delete" in arguments:
        shutil.rmtree(target, ignore_errors=True)
    if listed is not None:
        (root,) = sources
        sources = [os.path.join(root, name) for name in listed]
    os.makedirs(target, exist_ok=True)
    for source in sources:
        # With -R a source keeps the path that it is named by.
        root = "." if "R" in flags else source if source.endswith(("/", "/.")) else os.path.dirname(source)
        for path in _below(source, root, excluded):
            _copy(os.path.join(root, path), os.path.join(target, path))
    return 0


def _read(arguments: Sequence[str]) -> Tuple[List[str], List[str] | None, List[str]]:
    """What is excluded, the list of files if there is one, and the paths."""
    excluded: List[str] = []
    listed = None
    paths: List[str] = []
    rest = iter(arguments)
    for argument in rest:
        name, equals, value = argument.partition("=")
        if name == "--exclude":
            excluded.append(value if equals else next(rest))
        elif name == "--exclude-from":
            excluded += _lines(value)
        elif name == "--files-from":
            listed = _lines(value)
        elif name in ("--delete", "--delete-excluded") or not argument.startswith("--"):
            paths += [] if argument.startswith("-") else [argument]
        else:
            raise SystemExit(f"This stand-in for rsync does not know {argument!r}.")
    return excluded, listed, paths


def _lines(path: str) -> List[str]:
    with open(path, encoding="utf-8") as file:
        return [line for line in file.read().splitlines() if line]


def _below(source: str, root: str, excluded: Sequence[str]) -> Iterator[str]:
    """All files, links and empty directories of a source, by path from the root."""
    if os.path.islink(source) or not os.path.isdir(source):
        if os.path.lexists(source):
            yield os.path.relpath(source, root)
        return
    for directory, names, files in os.walk(source):
        here = os.path.relpath(directory, root)
        links = [name for name in names if os.path.islink(os.path.join(directory, name))]
        names[:] = [name for name in names if name not in links and not _is_excluded(here, name + "/", excluded)]
        if not names and not files and not links:
            yield here
        for name in (*files, *links):
            if not _is_excluded(here, name, excluded):
                yield os.path.normpath(os.path.join(here, name))


def _is_excluded(directory: str, name: str, patterns: Sequence[str]) -> bool:
    path = os.path.normpath(os.path.join("/", directory, name))
    for pattern in patterns:
        is_directory = pattern.endswith("/")
        if is_directory and not name.endswith("/"):
            continue
        plain = pattern.rstrip("/")
        if fnmatch.fnmatchcase(path, plain if plain.startswith("/") else f"*/{plain}"):
            return True
    return False


def _copy(source: str, target: str) -> None:
    if os.path.isdir(source) and not os.path.islink(source):
        os.makedirs(target, exist_ok=True)
        return
    os.makedirs(os.path.dirname(target), exist_ok=True)
    if os.path.lexists(target):
        os.unlink(target)
    shutil.copy2(source, target, follow_symlinks=False)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
