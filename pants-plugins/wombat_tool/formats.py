"""The formats that data can have."""

from __future__ import annotations

from enum import Enum


class Format(Enum):
    """How the bytes of a dataset are to be read; the value is the word used in BUILD files and documents."""

    PARQUET = "parquet"
    CSV = "csv"
    JSONL = "jsonl"
    ARROW = "arrow"
    JSON = "json"
    TEXT = "text"
    FILE = "file"
    DIRECTORY = "directory"

    @property
    def is_tabular(self) -> bool:
        """Whether the data has rows and named columns; such data may also be a directory of files."""
        return self in (Format.PARQUET, Format.CSV, Format.JSONL, Format.ARROW)
