"""Addresses as text: their parts, and the known names that are nearest to a mistyped one."""

from __future__ import annotations

from bisect import bisect_left
from difflib import SequenceMatcher
from typing import Iterable, Iterator, List, Optional, Sequence, Tuple

_WINDOW = 8
_SMALL_DIRECTORY = 100
_LIKE = 0.6


def split_address(address: str) -> Tuple[str, str, str]:
    """Directory, name and parameters: ("a/b", "c", "@k=v") for "a/b:c@k=v".

    As Pants writes it, an address has no name where the target is parametrized and named like its directory:
    "a/b@k=v" is "a/b:b@k=v".
    """
    base, at, parameters = address.rpartition("@")
    if not at or "=" not in parameters or ":" in parameters:
        base, parameters = address, ""
    directory, colon, name = base.rpartition(":")
    if not colon:
        directory, name = base, base.rpartition("/")[2]
    return directory, name, f"@{parameters}" if parameters else ""


def name_of(address: str) -> str:
    """The name of a target without its directory: "train@k=v" for "a/b:train@k=v", "b" for "a/b"."""
    _, name, parameters = split_address(address)
    return name + parameters


class KnownNames:
    """Names that could have been meant, for error messages.

    Sorted once; after that a question takes time that hardly grows with the number of names, so that a repository
    of thousands of targets with a mistake in each is still told about them at once.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._sorted = sorted(set(names))
        self._reversed = sorted(name[::-1] for name in self._sorted)

    def __iter__(self) -> Iterator[str]:
        return iter(self._sorted)

    def in_directory(self, directory: str, *, at_most: int) -> Tuple[List[str], int]:
        """The addresses of the first `at_most` targets that a directory declares, and how many there are in all."""
        found: List[str] = []
        total = 0
        # ";" and "A" are the characters after ":" and "@".
        for start, end in ((f"{directory}:", f"{directory};"), (f"{directory}@", f"{directory}A")):
            first, last = bisect_left(self._sorted, start), bisect_left(self._sorted, end)
            found += self._sorted[first : min(last, first + at_most)]
            total += last - first
        return found[:at_most], total

    def nearest(self, name: str) -> Optional[str]:
        """The name most like a mistyped one; None if none is like it.

        A typing error leaves most of what stands before it or after it, so the right name is a neighbour in
        alphabetical order, read from the front or from the back. The same name in another directory counts too.
        """
        candidates = {*_around(self._sorted, name), *(found[::-1] for found in _around(self._reversed, name[::-1]))}
        nearby, total = self.in_directory(split_address(name)[0], at_most=_SMALL_DIRECTORY)
        if total <= _SMALL_DIRECTORY:
            candidates.update(nearby)
        return _most_alike(name, sorted(candidates))


def _around(names: Sequence[str], name: str) -> Sequence[str]:
    position = bisect_left(names, name)
    return names[max(0, position - _WINDOW) : position + _WINDOW]


def _most_alike(wanted: str, candidates: Sequence[str]) -> Optional[str]:
    """The candidate most like `wanted`, unless none is: then nothing was mistyped.

    Directories and names are compared apart: all names of a long directory would be alike otherwise.
    """
    wanted_directory, wanted_name = split_address(wanted)[0], name_of(wanted)
    matcher = SequenceMatcher(None, "", wanted_name)
    best, likeness = None, 0.0
    for candidate in candidates:
        directory = _ratio(split_address(candidate)[0], wanted_directory)
        matcher.set_seq1(name_of(candidate))
        # The last of the three takes by far the longest; the others say whether it can be high enough.
        least = max(_LIKE if directory >= _LIKE else 1.0, likeness - directory)
        if matcher.real_quick_ratio() >= least and matcher.quick_ratio() >= least:
            name = matcher.ratio()
            if name >= least and name + directory > likeness:
                best, likeness = candidate, name + directory
    return best


def _ratio(first: str, second: str) -> float:
    return 1.0 if first == second else SequenceMatcher(None, first, second).ratio()
