"""The formats that a dataset can have."""

from __future__ import annotations

from enum import Enum
from typing import Optional


class Format(Enum):
    """How the bytes of a dataset are to be read; the value is the word used in BUILD files."""

    PARQUET = "parquet"
    CSV = "csv"
    JSONL = "jsonl"
    JSON = "json"
    ARROW = "arrow"
    TEXT = "text"
    FILE = "file"
    DIRECTORY = "directory"

    @property
    def suffix(self) -> str:
        """The ending of a file that a step writes in this format; empty where the bytes can be anything."""
        return _SUFFIXES[self]

    @property
    def is_tabular(self) -> bool:
        """Whether the data has rows and named columns."""
        return self in _TABULAR


_SUFFIXES = {
    Format.PARQUET: ".parquet",
    Format.CSV: ".csv",
    Format.JSONL: ".jsonl",
    Format.JSON: ".json",
    Format.ARROW: ".arrow",
    Format.TEXT: ".txt",
    Format.FILE: "",
    Format.DIRECTORY: "",
}
_TABULAR = frozenset({Format.PARQUET, Format.CSV, Format.JSONL, Format.ARROW})
_ENDINGS = {
    "parquet": Format.PARQUET,
    "pq": Format.PARQUET,
    "csv": Format.CSV,
    "jsonl": Format.JSONL,
    "ndjson": Format.JSONL,
    "json": Format.JSON,
    "arrow": Format.ARROW,
    "feather": Format.ARROW,
    "txt": Format.TEXT,
    "md": Format.TEXT,
    "html": Format.TEXT,
}
DATA_FILE_GLOBS = tuple(f"*.{ending}" for ending in ("parquet", "pq", "csv", "jsonl", "ndjson", "arrow", "feather"))
"""Files that are data by their ending; `json`, `txt` and the like are as often configuration or documents."""


def format_of_file(name: str) -> Optional[Format]:
    """The format that a file's ending says, such as parquet for "a/b.parquet"; None where it says nothing."""
    _, dot, ending = name.rpartition(".")
    return _ENDINGS.get(ending.lower()) if dot else None
