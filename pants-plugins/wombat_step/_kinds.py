"""What an input can be handed to the function as: the kinds, which formats serve them, and how annotations name them."""

from __future__ import annotations

import os

from wombat_step._annotations import members, unknown_name
from wombat_step._errors import AnnotationError
from wombat_step._libraries import loaded
from wombat_step._signature import MISSING
from wombat_step._spec import TABULAR_FORMATS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from wombat_step._annotations import Scope

PATH = "pathlib.Path"
BYTES = "bytes"
STR = "str"
TABLE = "pyarrow.Table"
DATASET = "pyarrow.dataset.Dataset"
READER = "pyarrow.RecordBatchReader"
PANDAS = "pandas.DataFrame"
POLARS = "polars.DataFrame"
LAZY = "polars.LazyFrame"
ROWS = "list[dict]"
TYPED_ROWS = "list[Row] of a dataclass, NamedTuple, TypedDict or pydantic model"
ROW_ITERATOR = "Iterator[Row] of such a class"
JSON = "the parsed JSON value (dict, list[...], a TypedDict or dataclass ...)"

# What an unannotated parameter of a tabular format gets: the first whose library the environment has, or else list[dict].
DEFAULT_TABULAR = (TABLE, PANDAS, POLARS)

_FRAMES = (TABLE, DATASET, READER, PANDAS, POLARS, LAZY, ROWS, TYPED_ROWS, ROW_ITERATOR)
KINDS: dict[str, tuple[str, ...]] = {
    "parquet": (*_FRAMES, PATH, BYTES),
    "csv": (*_FRAMES, PATH, BYTES, STR),
    "jsonl": (*_FRAMES, PATH, BYTES, STR),
    "arrow": (*_FRAMES, PATH, BYTES),
    "json": (JSON, PATH, BYTES, STR),
    "text": (STR, PATH, BYTES),
    "file": (PATH, BYTES, STR),
    "directory": (PATH,),
}

# The classes of each library that annotations name: module, attribute and kind. A class is found by its identity,
# which also holds where a library moves it to another private module.
_CLASSES = (
    ("pyarrow", "Table", TABLE),
    ("pyarrow.dataset", "Dataset", DATASET),
    ("pyarrow.dataset", "FileSystemDataset", DATASET),
    ("pyarrow", "RecordBatchReader", READER),
    ("pandas", "DataFrame", PANDAS),
    ("polars", "DataFrame", POLARS),
    ("polars", "LazyFrame", LAZY),
    ("pathlib", "Path", PATH),
    ("pathlib", "PurePath", PATH),
    ("pathlib", "PosixPath", PATH),
)
# Full names in annotations that could only be read as text.
_NAMES = {f"{module}.{name}": kind for module, name, kind in _CLASSES}
_NAMES["pyarrow.ipc.RecordBatchReader"] = READER
_NAMES["pyarrow.lib.Table"] = TABLE
_NAMES["pyarrow.lib.RecordBatchReader"] = READER


def kind_for(annotation: Any, *, format: str, scope: Scope, parameter: str, function: str) -> str | None:
    """The kind that a parameter's annotation asks for, or None where the environment is to decide.

    :param annotation: as written, or MISSING.
    :param function: what messages call the function.
    :raises AnnotationError: if the format cannot be read as that.
    """
    if annotation is MISSING:
        return _default(format)
    for member in members(annotation, scope):
        if _is_untyped(member):
            return _default(format)
        kind = _kind(member, format, scope)
        if kind in KINDS[format]:
            return kind
    raise AnnotationError(
        f"Parameter {parameter!r} of {function} is annotated {_shown(annotation, scope)}, but an input of format "
        f"{format} cannot be read as that. Annotate it with one of: {', '.join(KINDS[format])}. "
        "Or correct the `format` field of the dataset target."
    )


def _is_untyped(annotation: Any) -> bool:
    return annotation is object or (loaded("typing") and annotation is loaded("typing").Any)


def _default(format: str) -> str | None:
    return None if format in TABULAR_FORMATS else KINDS[format][0]


def _kind(member: Any, format: str, scope: Scope) -> str | None:
    name = unknown_name(member)
    if name is not None:
        return _NAMES.get(name)
    if member is bytes:
        return BYTES
    if member is str:
        return STR
    if member is os.PathLike or getattr(member, "__origin__", None) is os.PathLike:
        return PATH
    for module, attribute, kind in _CLASSES:
        # Of a library that is not loaded no class can have been named.
        if loaded(module) and member is getattr(loaded(module), attribute, None):
            return kind
    if format in TABULAR_FORMATS:
        return _rows(member, scope)[0]
    # A document is there as a whole, so that there is nothing to iterate over but a list.
    is_value = member is not type(None) and _rows(member, scope)[0] != ROW_ITERATOR
    return JSON if format == "json" and is_value else None


def row_class(annotation: Any, scope: Scope) -> Any:
    """The class of the rows that an annotation of a table asks for, as `Flight` of `list[Flight]`."""
    found = (_rows(member, scope) for member in members(annotation, scope))
    return next(cls for kind, cls in found if kind in (TYPED_ROWS, ROW_ITERATOR))


def _rows(member: Any, scope: Scope) -> tuple[str | None, Any]:
    """The kind of a list or another collection of rows, and their class where they are no dicts."""
    from collections import abc

    collection = getattr(member, "__origin__", member)
    is_iterator = collection is abc.Iterator
    if collection not in (list, abc.Sequence, abc.Iterable, abc.Collection, abc.Iterator):
        return None, None
    arguments = getattr(member, "__args__", ())
    for one in members(arguments[0], scope) if arguments else ():
        cls = _class_of_row(one)
        if cls is not None:
            return ROW_ITERATOR if is_iterator else TYPED_ROWS, cls
        if _is_dict(one) and not is_iterator:
            return ROWS, None
    # The types of a dict's values are those of whole columns, so there is no iterator of dicts.
    return None if arguments or is_iterator else ROWS, None


def _class_of_row(annotation: Any) -> Any:
    from wombat_step._pydantic import is_model
    from wombat_step._records import record_kind

    origin = getattr(annotation, "__origin__", annotation)
    return origin if not unknown_name(origin) and (record_kind(origin) or is_model(origin)) else None


def _is_dict(annotation: Any) -> bool:
    from collections import abc

    if _is_untyped(annotation) or unknown_name(annotation) or type(annotation).__name__ == "TypeVar":
        return True
    origin = getattr(annotation, "__origin__", annotation)
    return isinstance(origin, type) and (issubclass(origin, dict) or origin in (abc.Mapping, abc.MutableMapping))


def _shown(annotation: Any, scope: Scope) -> str:
    resolved = scope.resolve(annotation)
    if unknown_name(resolved) and isinstance(annotation, str):
        return annotation
    return resolved.__qualname__ if isinstance(resolved, type) and not hasattr(resolved, "__args__") else str(resolved)
