"""Converts values of Arrow to the types that DuckDB reads."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc


def converted(values: pa.Array, type: pa.DataType) -> pa.Array:
    """The values as a type of `readable_type`, or as a wider one.

    :raises pa.ArrowInvalid: if a value does not fit, as a moment that is too far off.
    """
    if values.type == type:
        return values
    if pa.types.is_run_end_encoded(values.type):
        return converted(pc.run_end_decode(values), type)
    if pa.types.is_dictionary(values.type):
        return converted(values.dictionary_decode(), type)
    if isinstance(values.type, pa.BaseExtensionType):
        return converted(values.storage, type)
    return values.cast(type)
