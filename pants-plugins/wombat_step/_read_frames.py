"""Reads tabular inputs with pandas and polars."""

from __future__ import annotations

import os

from wombat_step._libraries import has, load
from wombat_step._read_plain import csv_header, read_rows

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from wombat_step._source import Source

_GLOB_CHARACTERS = frozenset("*?[")


def read_pandas(source: Source, why: str) -> Any:
    """The whole input as a pandas.DataFrame."""
    pd = load("pandas", why=why)
    if source.format in ("parquet", "arrow"):
        from wombat_step._read_arrow import read_table

        return read_table(source, why).to_pandas()
    if source.format == "jsonl":
        # Not pandas.read_json, which takes text for numbers and dates, and refuses some numbers that JSON has.
        return pd.DataFrame(read_rows(source))
    frames = []
    for path, partition in zip(source.files, source.partitions):
        # Where there is one column, a blank line is how a missing value is written.
        skip_blank_lines = len(csv_header(path)) > 1
        # Opened here, as pandas would take a file for compressed by the ending of its name.
        with open(path, "rb") as file:
            frame = pd.read_csv(file, skip_blank_lines=skip_blank_lines)
        frames.append(frame.assign(**partition) if partition else frame)
    return frames[0] if source.is_single else pd.concat(frames, ignore_index=True)


def read_polars(source: Source, why: str) -> Any:
    """The whole input as a polars.DataFrame."""
    return read_lazy(source, why).collect()


def read_lazy(source: Source, why: str) -> Any:
    """The input as a polars.LazyFrame, which reads the source's files when it is collected."""
    pl = load("polars", why=why)
    frames = []
    for path, partition in zip(source.files, source.partitions):
        frame = scan(pl, path, source.format)
        columns = {name: pl.lit(value) for name, value in partition.items()}
        frames.append(frame.with_columns(**columns) if columns else frame)
    if source.is_single:
        return frames[0]
    # Files of text do not say their types, so what was inferred may differ and is widened.
    return pl.concat(frames, how="diagonal_relaxed" if source.format in ("csv", "jsonl") else "diagonal")


def read_rows_of_frame(source: Source, why: str) -> list[dict[str, Any]]:
    """The rows of a binary format, by whichever library the environment has."""
    if not has("pyarrow") and has("polars"):
        return read_polars(source, why).to_dicts()  # type: ignore[no-any-return]
    from wombat_step._read_arrow import read_table

    return read_table(source, why).to_pylist()  # type: ignore[no-any-return]


def scan(pl: Any, path: str, format: str) -> Any:
    # polars takes some names for patterns, and not all its functions can be told not to.
    opened: Any = open(path, "rb") if _GLOB_CHARACTERS & set(path) else path  # noqa: SIM115
    if format == "parquet":
        return pl.scan_parquet(opened)
    if format == "arrow":
        return pl.scan_ipc(opened)
    if format == "csv":
        # Of the words for a missing value polars knows none but the empty one, and it takes quoted ones, too.
        header = csv_header(path)  # As polars leaves doubled quotes in names doubled.
        return pl.scan_csv(opened, infer_schema_length=None, with_column_names=lambda names: header[: len(names)])
    if os.path.getsize(path) == 0:
        return pl.LazyFrame()
    return pl.scan_ndjson(opened, infer_schema_length=None)
