"""The function for a large file; copied into the generated repository, and called by the bare script, too."""

from __future__ import annotations

from pathlib import Path

from wombat_step import OutputPath


def rotate(source: Path, result: OutputPath, *, by: int) -> None:
    """Copy a file and add `by` to every byte on the way."""
    table = bytes((value + by) % 256 for value in range(256))
    with open(source, "rb") as reading, open(result, "wb") as writing:
        while chunk := reading.read(1 << 20):
            writing.write(chunk.translate(table))
