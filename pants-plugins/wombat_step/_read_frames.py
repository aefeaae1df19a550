"""Reads tabular inputs with pandas and polars."""

from __future__ import annotations

import os

from wombat_step._libraries import has, load

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
    frames = []
    for path, partition in zip(source.files, source.partitions):
        # Opened here, as the libraries would take some names for patterns, or by their ending for compressed.
        with open(path, "rb") as file:
            if source.format == "csv":
                frame = pd.read_csv(file, skip_blank_lines=b"," in _first_line(path))
            else:
                # As they are in the file: pandas would take text that looks like a number or a date for one.
                frame = pd.read_json(
                    file, lines=True, dtype=False, convert_dates=False, convert_axes=False, precise_float=True
                )
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
        frame = _scan(pl, path, source.format)
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


def _scan(pl: Any, path: str, format: str) -> Any:
    # polars takes some names for patterns, and not all its functions can be told not to.
    opened: Any = open(path, "rb") if _GLOB_CHARACTERS & set(path) else path  # noqa: SIM115
    if format == "parquet":
        return pl.scan_parquet(opened)
    if format == "arrow":
        return pl.scan_ipc(opened)
    if format == "csv":
        # Of the words for a missing value polars knows none but the empty one, and it takes quoted ones, too.
        return pl.scan_csv(opened, infer_schema_length=None)
    if os.path.getsize(path) == 0:
        return pl.LazyFrame()
    return pl.scan_ndjson(opened, infer_schema_length=None)


def _first_line(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.readline(1 << 16)
