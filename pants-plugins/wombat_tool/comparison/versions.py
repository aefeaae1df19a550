"""Whether the version of a contract moved as a change of it asks for: Semantic Versioning 2.0.0."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

# semver.org, "Is there a suggested regular expression": numbers without leading zeros, a pre-release, and metadata.
_NUMBER = "(0|[1-9][0-9]*)"
_SEMANTIC = re.compile(rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?")


class ChangeClass(Enum):
    """What a change of a contract means to those who read the data; the worst last."""

    NONE = "none"
    DOCUMENTATION = "documentation"
    COMPATIBLE = "compatible"
    BREAKING = "breaking"


_NAMES = {ChangeClass.COMPATIBLE: "a compatible change", ChangeClass.BREAKING: "a breaking change"}


@dataclass(frozen=True)
class Verdict:
    """Whether a version is right.

    :param text: as "was 1.2.0, is 1.2.0; a breaking change needs at least 2.0.0".
    """

    is_right: bool
    text: str


@dataclass(frozen=True)
class _Version:
    """A semantic version.

    :param numbers: major, minor and patch.
    :param pre_release: its parts; empty if it is a release.
    """

    numbers: tuple[int, int, int]
    pre_release: tuple[str, ...] = ()

    def order(self) -> tuple[object, ...]:
        """What versions are sorted by: semver.org, 11."""
        parts = tuple((0, int(one), "") if one.isdecimal() else (1, 0, one) for one in self.pre_release)
        return self.numbers, not self.pre_release, parts


def judge(old: str, new: str, change: ChangeClass) -> Verdict:
    """Whether the version of a contract moved far enough, and not back.

    A breaking change needs a higher major version, below 1.0.0 a higher minor one. A compatible change needs a higher minor
    version, below 1.0.0 a higher patch. After a pre-release, any later version will do. Versions that are not semantic
    must only differ.
    """
    moved = f"was {old}, is {new}"
    before, after = _parsed(old), _parsed(new)
    if before is None or after is None:
        if change not in _NAMES or old != new:
            return Verdict(True, moved)
        return Verdict(False, f"{moved}; {_NAMES[change]} needs another version")
    needed = _needed(before, change)
    needed_text = ".".join(map(str, needed))
    if after.order() < before.order():
        least = f"{_NAMES[change]} needs at least {needed_text}" if change in _NAMES else f"it must be at least {old}"
        return Verdict(False, f"{moved}, which is lower; {least}")
    if change not in _NAMES:
        return Verdict(True, moved)
    if before.pre_release:
        if after.order() > before.order():
            return Verdict(True, moved)
        return Verdict(False, f"{moved}; {_NAMES[change]} needs a later version, as {needed_text}")
    if after.numbers >= needed:
        return Verdict(True, moved)
    return Verdict(False, f"{moved}; {_NAMES[change]} needs at least {needed_text}")


def _needed(version: _Version, change: ChangeClass) -> tuple[int, int, int]:
    major, minor, patch = version.numbers
    if version.pre_release or change not in _NAMES:
        return version.numbers
    if change is ChangeClass.BREAKING:
        return (major + 1, 0, 0) if major else (0, minor + 1, 0)
    return (major, minor + 1, 0) if major else (0, minor, patch + 1)


def _parsed(text: str) -> _Version | None:
    found = _SEMANTIC.fullmatch(text)
    if found is None:
        return None
    major, minor, patch, pre_release = found.groups()
    return _Version((int(major), int(minor), int(patch)), tuple(pre_release.split(".")) if pre_release else ())
