"""Hands an input over as the kind of value that the function's annotation asks for."""

from __future__ import annotations

from wombat_step._convert import convert
from wombat_step._errors import AnnotationError, MissingRequirementError, WombatStepError
from wombat_step._isolate import private_copy
from wombat_step._kinds import (
    BYTES,
    DATASET,
    DEFAULT_TABULAR,
    JSON,
    LAZY,
    PANDAS,
    PATH,
    POLARS,
    READER,
    ROW_ITERATOR,
    ROWS,
    STR,
    TABLE,
    TYPED_ROWS,
    row_class,
)
from wombat_step._libraries import has
from wombat_step._mismatch import Mismatch, UnsupportedAnnotation
from wombat_step._signature import MISSING
from wombat_step._source import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from wombat_step._bind import BoundInput
    from wombat_step._spec import StepSpec


def read_input(spec: StepSpec, bound: BoundInput, *, what: str) -> Any:
    """The input's value.

    What shows its path to the user's code shows that of a private copy, see `_isolate`. Everything else is read here
    from the file itself, which is opened for reading only.

    :param what: what messages call the function.
    :raises InputFormatError: if a file is not of its format.
    :raises MissingRequirementError: if the environment lacks a library that the kind needs.
    """
    one = bound.input
    kind = bound.kind or _first_available(one.format)
    if kind == PATH:
        import pathlib

        return pathlib.Path(private_copy(spec, one))
    source = Source(one, private_copy(spec, one) if kind in (DATASET, LAZY) else None)
    why = f"Parameter {one.parameter!r} of {what}, read as {kind} from {one.format},"
    try:
        if kind in (TYPED_ROWS, ROW_ITERATOR):
            from wombat_step._typed_rows import typed_rows

            rows = typed_rows(source, row_class(bound.annotation, bound.scope), why)
            return rows if kind == ROW_ITERATOR else list(rows)
        value = _read(source, kind, why)
    except (WombatStepError, MemoryError):
        raise
    except ImportError as err:  # What a library itself needs for this format.
        raise MissingRequirementError(
            f"{why} needs a library that the step's environment does not have: {err} "
            "Add it to the resolve of the step and to the step's `dependencies`."
        ) from err
    except Exception as err:
        raise source.diagnose(err) from err
    return _as_annotated(value, bound, source, what) if kind == JSON else value


def _first_available(format: str) -> str:
    """What an unannotated table is read as."""
    for kind in DEFAULT_TABULAR:
        # Without pyarrow, which comes first, pandas cannot read the binary formats.
        if has(kind.split(".")[0]) and not (kind == PANDAS and format in ("parquet", "arrow")):
            return kind
    return ROWS


def _read(source: Source, kind: str, why: str) -> Any:
    if kind in (BYTES, STR, JSON) or (kind == ROWS and source.format in ("csv", "jsonl")):
        from wombat_step import _read_plain

        plain = {
            BYTES: _read_plain.read_bytes,
            STR: _read_plain.read_str,
            JSON: _read_plain.read_json,
            ROWS: _read_plain.read_rows,
        }
        return plain[kind](source)
    if kind in (TABLE, DATASET, READER):
        from wombat_step import _read_arrow

        arrow = {TABLE: _read_arrow.read_table, DATASET: _read_arrow.read_dataset, READER: _read_arrow.read_reader}
        return arrow[kind](source, why)
    from wombat_step import _read_frames

    frames = {
        PANDAS: _read_frames.read_pandas,
        POLARS: _read_frames.read_polars,
        LAZY: _read_frames.read_lazy,
        ROWS: _read_frames.read_rows_of_frame,
    }
    return frames[kind](source, why)


def _as_annotated(value: Any, bound: BoundInput, source: Source, what: str) -> Any:
    if bound.annotation is MISSING:
        return value
    name = bound.input.parameter
    try:
        return convert(value, bound.annotation, bound.scope, at=name)
    except Mismatch as err:
        raise source.error(
            f"{err}", mend=f"Correct the file, or the annotation of parameter {name!r} of {what}."
        ) from err
    except UnsupportedAnnotation as err:
        raise AnnotationError(f"Parameter {name!r} of {what} cannot be read from json: {err}") from err
