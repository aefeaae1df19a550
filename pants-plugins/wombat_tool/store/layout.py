"""Where things are in the store. Version 1.

    wombat-store.json                                   what wrote it first, and the version of this layout
    blobs/ab/<sha256>                                   content, and documents that are addressed by content
    versions/<project>/<address>/<version>.json         one manifest a version
    labels/<project>/<address>/<label>/<number>.json    each move of a label; the highest number counts
    labels/<project>/<address>/latest/<number>.json     each time that a version became the latest again

Names are percent-encoded: an address holds slashes and a colon, and may hold anything.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote

LAYOUT_VERSION = 1
MARKER = "wombat-store.json"
BLOBS = "blobs/"
VERSIONS = "versions/"
LABELS = "labels/"

_VERSION = re.compile(r"[0-9a-f]{64}")
_LABEL = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,62}")
LATEST = "latest"
"""Stands for the version that was published last; no label that people can set."""


@dataclass(frozen=True, order=True)
class DatasetName:
    """A dataset of a project, as `project//path:name`."""

    project: str
    address: str

    def __str__(self) -> str:
        return f"{self.project}//{self.address}"

    @property
    def directory(self) -> str:
        """The part of object names that stands for it."""
        return f"{_encoded(self.project)}/{_encoded(self.address)}"


def is_version(text: str) -> bool:
    """Whether the text is a whole version: 64 hexadecimal digits."""
    return _VERSION.fullmatch(text) is not None


def is_label(text: str) -> bool:
    """Whether a label may be called so: a letter, then letters, digits and `._-`; not `latest`, and no version."""
    return _LABEL.fullmatch(text) is not None and text != LATEST and re.fullmatch(r"[0-9a-f]{4,64}", text) is None


def blob_name(sha256: str) -> str:
    """The object of a blob."""
    return f"{BLOBS}{sha256[:2]}/{sha256}"


def manifest_name(dataset: DatasetName, version: str) -> str:
    """The object of a version."""
    return f"{VERSIONS}{dataset.directory}/{version}.json"


def label_name(dataset: DatasetName, label: str, number: int) -> str:
    """The object of the move with that number, from 1, of a label."""
    return f"{LABELS}{dataset.directory}/{label}/{number:08}.json"


def dataset_and_version(name: str) -> tuple[DatasetName, str] | None:
    """What the name of a manifest's object stands for; None for another name."""
    parts = name.split("/")
    if len(parts) != 4 or f"{parts[0]}/" != VERSIONS or not parts[3].endswith(".json"):
        return None
    version = parts[3].removesuffix(".json")
    return (DatasetName(unquote(parts[1]), unquote(parts[2])), version) if is_version(version) else None


def dataset_label_and_number(name: str) -> tuple[DatasetName, str, int] | None:
    """What the name of a label's object stands for; None for another name."""
    parts = name.split("/")
    if len(parts) != 5 or f"{parts[0]}/" != LABELS or not re.fullmatch(r"[0-9]{8}\.json", parts[4]):
        return None
    return DatasetName(unquote(parts[1]), unquote(parts[2])), parts[3], int(parts[4][:8])


def _encoded(text: str) -> str:
    # `quote` leaves dots, and "." and ".." are no names for a directory.
    return quote(text, safe="").replace(".", "%2E") if set(text) <= {"."} else quote(text, safe="")
