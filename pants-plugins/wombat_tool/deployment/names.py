"""Names of jobs, tasks and objects, made from addresses: valid everywhere, unique and stable."""

from __future__ import annotations

import hashlib
import re

LONGEST_NAME = 52
"""Kubernetes adds up to 11 characters to the name of a CronJob, of 63 in all, for the names of its Jobs."""

_READABLE = re.compile(r"[a-z][a-z0-9_]*(?<!_)")
_HASH_LENGTH = 8


def split_address(address: str) -> tuple[str, str, str]:
    """Directory, name and parameters: ("a/b", "c", "k=v") for "a/b:c@k=v".

    As Pants writes it, an address has no name where the target is named like its directory.
    """
    base, at, parameters = address.rpartition("@")
    if not at or "=" not in parameters or ":" in parameters:
        base, parameters = address, ""
    directory, colon, name = base.rpartition(":")
    if not colon:
        directory, name = base, base.rpartition("/")[2]
    return directory.removeprefix("//"), name, parameters


def short_hash(text: str) -> str:
    """Eight hexadecimal digits that stand for a text."""
    return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()[:_HASH_LENGTH]


def name_for(address: str, *, directory: str, limit: int = LONGEST_NAME) -> str:
    """A name for what an address stands for: a DNS label that begins with a letter, at most `limit` long.

    It depends on nothing but the address and the directory of the deployment target, so that no other target changes
    it. A target of that directory whose name is plain keeps it, with "-" for "_": "clean_flights" is "clean-flights".
    All others get a hash of their address at the end, so that no two have one name.

    :param limit: 20 or more.
    """
    own, name, parameters = split_address(address)
    if own == directory and not parameters and len(name) <= limit and _READABLE.fullmatch(name):
        return name.replace("_", "-")
    readable = name if own == directory else f"{own.rpartition('/')[2]}-{name}"
    words = re.sub(r"[^a-z0-9]+", "-", f"{readable}-{parameters}".lower()).strip("-")
    if not re.match(r"[a-z]", words):
        words = f"x-{words}" if words else "x"
    return f"{words[: limit - _HASH_LENGTH - 1].rstrip('-')}-{short_hash(address)}"
