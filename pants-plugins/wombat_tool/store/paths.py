"""Which paths of files a dataset may have, so that no document can write outside of the place that it is fetched to."""

from __future__ import annotations

import re
from collections.abc import Iterable

from wombat_tool.store.fields import Mistake, shown

_LONGEST_PART_BYTES = 255
_LONGEST_PATH_BYTES = 4000
_DRIVE = re.compile(r"[A-Za-z]:")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def check_path(path: object, place: str) -> str:
    """The path of a file below a dataset, if it is one: relative, with `/`, and nothing in it that leads elsewhere.

    :param place: the field that holds it.
    :raises Mistake: if it is not.
    """
    problem = _problem_of(path)
    if problem:
        raise Mistake(f"its field '{place}' must be a path within the dataset, but {shown(path)} {problem}.")
    assert isinstance(path, str)
    return path


def check_tree(paths: Iterable[str]) -> None:
    """See that files can lie side by side.

    :raises Mistake: if a path is there twice, or is a directory of another one.
    """
    files: set[str] = set()
    for path in paths:
        if path in files:
            raise Mistake(f"the path {shown(path)} is there twice.")
        files.add(path)
    for path in files:
        above = path.rpartition("/")[0]
        while above:
            if above in files:
                raise Mistake(f"{shown(above)} cannot be a file and the directory of {shown(path)}.")
            above = above.rpartition("/")[0]


def _problem_of(path: object) -> str:
    if not isinstance(path, str):
        return "is no text"
    if not path:
        return "is empty"
    try:
        encoded = path.encode("utf-8")
    except UnicodeEncodeError:
        return "has characters that are not UTF-8"
    if _CONTROL.search(path):
        return "has a control character"
    if "\\" in path:
        return "has a backslash"
    if path.startswith("/") or _DRIVE.match(path):
        return "is absolute"
    parts = path.split("/")
    if any(part in ("", ".", "..") for part in parts):
        return "has a part that is empty, '.' or '..'"
    if len(encoded) > _LONGEST_PATH_BYTES or any(len(part.encode()) > _LONGEST_PART_BYTES for part in parts):
        return f"is too long (a part has {_LONGEST_PART_BYTES} bytes at most, the whole {_LONGEST_PATH_BYTES})"
    return ""
