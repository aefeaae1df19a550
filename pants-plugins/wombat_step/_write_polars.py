"""Writes frames of polars; pyarrow is not needed for it."""

from __future__ import annotations

from wombat_step._errors import WombatStepError
from wombat_step._libraries import loaded
from wombat_step._source import first_lines
from wombat_step._write_arrow import GROUP_ROWS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from wombat_step._target import Target

_SLICE_ROWS = 16_384


def write_frame(target: Target, frame: Any) -> tuple[int, list[list[str]]]:
    """Write a polars.DataFrame, or a polars.LazyFrame as it is computed; return its rows and columns."""
    pl = loaded("polars")
    is_lazy = isinstance(frame, pl.LazyFrame)
    try:
        schema = dict(frame.collect_schema() if is_lazy else frame.schema)
        rows = _write(pl, target, frame, schema, is_lazy)
    except (WombatStepError, MemoryError):
        raise
    except BaseException as err:
        # What polars cannot do it may also say by a panic, which is no Exception.
        if not isinstance(err, Exception) and type(err).__name__ != "PanicException":
            raise
        doing = "its query failed" if is_lazy else "polars refused it"
        raise target.refused(
            f"{doing}: {type(err).__name__}: {first_lines(err)}", "Correct what the step returns."
        ) from err
    return rows, [[name, type_name(dtype)] for name, dtype in schema.items()]


def type_name(dtype: Any) -> str:
    """A polars type as pyarrow calls it, so that a dataset's types read the same whoever wrote it."""
    text = str(dtype)
    if text in _TYPE_NAMES:
        return _TYPE_NAMES[text]
    name = type(dtype).__name__
    if name == "Datetime":
        return f"timestamp[{dtype.time_unit}{f', tz={dtype.time_zone}' if dtype.time_zone else ''}]"
    if name == "Duration":
        return f"duration[{dtype.time_unit}]"
    if name == "Decimal":
        return f"decimal128({dtype.precision or 38}, {dtype.scale})"
    if name == "List":
        return f"large_list<item: {type_name(dtype.inner)}>"
    if name == "Struct":
        return f"struct<{', '.join(f'{one.name}: {type_name(one.dtype)}' for one in dtype.fields)}>"
    if name in ("Categorical", "Enum"):
        return "dictionary<values=string, indices=uint32, ordered=0>"
    return text


_TYPE_NAMES = {
    "Boolean": "bool",
    "Int8": "int8",
    "Int16": "int16",
    "Int32": "int32",
    "Int64": "int64",
    "UInt8": "uint8",
    "UInt16": "uint16",
    "UInt32": "uint32",
    "UInt64": "uint64",
    "Float32": "float",
    "Float64": "double",
    "String": "large_string",
    "Utf8": "large_string",
    "Binary": "large_binary",
    "Date": "date32[day]",
    "Time": "time64[ns]",
    "Null": "null",
}


def _write(pl: Any, target: Target, frame: Any, schema: dict[str, Any], is_lazy: bool) -> int:
    if target.format == "jsonl":
        return _write_jsonl(target, frame, is_lazy)
    if target.format == "csv":
        frame = _quoted(pl, target, frame, schema)
        options: dict[str, Any] = {"include_header": True, "quote_style": "never"}
    elif target.format == "arrow":
        # Of the oldest level, as text views are more than pyarrow can compute with.
        options = {"compat_level": pl.CompatLevel.oldest(), "compression": "uncompressed"}
    else:
        options = {"compression": "zstd", "row_group_size": GROUP_ROWS}
    name = {"parquet": "parquet", "arrow": "ipc", "csv": "csv"}[target.format]
    if is_lazy and target.format == "arrow" and not hasattr(frame, "collect_batches"):
        # What wrote Arrow files from a query before version 1.34 did not heed the level.
        frame, is_lazy = frame.collect(), False
    if not is_lazy:
        getattr(frame.rechunk(), f"write_{name}")(target.path, **options)
        return int(frame.height)
    getattr(frame, f"sink_{name}")(target.path, **options)
    return _count(pl, target)


def _write_jsonl(target: Target, frame: Any, is_lazy: bool) -> int:
    from wombat_step._write_rows import write_jsonl

    def rows() -> Iterator[dict[str, Any]]:
        for part in _parts(frame) if is_lazy else [frame]:
            for piece in part.iter_slices(_SLICE_ROWS):
                yield from piece.to_dicts()

    return write_jsonl(target, rows()).rows


def _parts(frame: Any) -> Any:
    # Not in versions before 1.34.
    return frame.collect_batches(maintain_order=True) if hasattr(frame, "collect_batches") else [frame.collect()]


def _quoted(pl: Any, target: Target, frame: Any, schema: dict[str, Any]) -> Any:
    """The frame with all text in quotes, as polars would leave off those that tell the text NA from a missing value."""
    if not schema:
        raise target.refused("the frame has no column, and a CSV file has a header.", "Return at least one column.")
    # Not by the names as they are, of which polars takes some for patterns, such as "*".
    safe_names = {name: f"c{i}" for i, name in enumerate(schema)}
    columns = []
    for name, dtype in schema.items():
        column = pl.col(safe_names[name])
        if str(dtype) in ("String", "Utf8") or type(dtype).__name__ in ("Categorical", "Enum"):
            text = column.cast(pl.String).str.replace_all('"', '""', literal=True)
            column = pl.lit('"') + text + pl.lit('"')
        elif dtype == pl.Binary or dtype.is_nested():
            raise target.refused(
                f"column {name!r} is of type {dtype}, which a CSV field cannot hold.",
                "Spread it over several columns, or declare the dataset as parquet or jsonl.",
            )
        columns.append(column.alias('"' + name.replace('"', '""') + '"'))
    return frame.rename(safe_names).select(columns)


def _count(pl: Any, target: Target) -> int:
    """The rows of a file that was just written."""
    if target.format == "csv":
        from wombat_step._verify import count_csv_rows

        return count_csv_rows(target.path)
    scan = pl.scan_parquet if target.format == "parquet" else pl.scan_ipc
    return int(scan(target.path).select(pl.len()).collect().item())
