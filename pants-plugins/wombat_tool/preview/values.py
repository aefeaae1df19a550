"""Turns values of tables into what JSON can hold."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable
from typing import Any

import pyarrow as pa

from wombat_tool.preview.width import ELLIPSIS

_UNITS_A_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}


class JsonValues:
    """Makes values safe for JSON, and cuts what is long.

    Numbers and truth stay what they are, except for NaN and the infinities, which become "NaN", "Infinity" and
    "-Infinity". Moments become ISO 8601 text, in UTC where they have a time zone; durations ISO 8601 text, as "PT90S";
    decimals text; bytes hexadecimal text, as "0x00ff"; maps lists of pairs.

    :param most_characters: of a text; what is longer ends in an ellipsis.
    :param most_items: of a list, a map or an object; what is longer ends in an item "…".
    """

    def __init__(self, *, most_characters: int, most_items: int) -> None:
        self.has_cut = False
        """Whether anything was cut so far."""
        self._most_characters = most_characters
        self._most_items = most_items

    def of(self, value: object) -> Any:
        """The value for JSON.

        :param value: a `pyarrow.Scalar`, or a value as `json` reads it.
        """
        return self._of_scalar(value) if isinstance(value, pa.Scalar) else self._of_json(value)

    def _of_json(self, value: object) -> Any:
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, float):
            return _number(value)
        if isinstance(value, list):
            return self._items(value, len(value))
        if isinstance(value, dict):
            return self._fields(value.items(), len(value))
        return value

    def _of_scalar(self, scalar: pa.Scalar) -> Any:
        if not scalar.is_valid:
            return None
        type = scalar.type
        is_ = pa.types
        if isinstance(type, pa.BaseExtensionType):
            return self._of_extension(scalar)
        if is_.is_dictionary(type) or is_.is_union(type) or is_.is_run_end_encoded(type):
            return self.of(scalar.value)
        if is_.is_struct(type):
            return self._fields(((type.field(i).name, scalar[i]) for i in range(type.num_fields)), type.num_fields)
        if is_.is_map(type):
            keys, items = scalar.values.flatten()
            return self._items(([key, item] for key, item in zip(keys, items)), len(keys))
        if is_.is_nested(type):
            return self._items(scalar.values, len(scalar.values))
        if _is_bytes(type):
            return self._bytes(scalar)
        if is_.is_temporal(type):
            return _moment(scalar)
        if is_.is_float32(type):
            return _number(_shortest_float32(scalar.as_py()))
        value = scalar.as_py()
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, (bool, int)):
            return value
        return str(value) if is_.is_decimal(type) else _number(float(value))

    def _of_extension(self, scalar: pa.Scalar) -> Any:
        if scalar.type.extension_name == "arrow.uuid":
            return str(scalar.as_py())
        return self.of(scalar.value)

    def _text(self, text: str) -> str:
        if len(text) <= self._most_characters:
            return text
        self.has_cut = True
        return text[: self._most_characters] + ELLIPSIS

    def _bytes(self, scalar: pa.Scalar) -> str:
        buffer = scalar.as_buffer()
        shown = self._most_characters // 2
        text = f"0x{buffer[:shown].to_pybytes().hex()}"
        if buffer.size <= shown:
            return text
        self.has_cut = True
        return text + ELLIPSIS

    def _items(self, values: Iterable[object], length: int) -> list[Any]:
        items = [self.of(value) for value, _ in zip(values, range(self._most_items))]
        if length > self._most_items:
            self.has_cut = True
            items.append(ELLIPSIS)
        return items

    def _fields(self, pairs: Iterable[tuple[str, object]], length: int) -> dict[str, Any]:
        fields = {name: self.of(value) for (name, value), _ in zip(pairs, range(self._most_items))}
        if length > self._most_items:
            self.has_cut = True
            fields[ELLIPSIS] = ELLIPSIS
        return fields


def _is_bytes(type: pa.DataType) -> bool:
    is_ = pa.types
    return bool(
        is_.is_binary(type) or is_.is_large_binary(type) or is_.is_fixed_size_binary(type) or is_.is_binary_view(type)
    )


def _number(value: float) -> Any:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return value


def _shortest_float32(value: float) -> float:
    """The number of the fewest digits that is the same number in 32 bits, as 0.1 for 0.10000000149011612."""
    if math.isfinite(value):
        for digits in range(6, 9):
            shorter = float(f"{value:.{digits}g}")
            if abs(shorter) <= 3.4e38 and struct.pack("f", shorter) == struct.pack("f", value):
                return shorter
    return value


def _moment(scalar: pa.Scalar) -> str:
    """A date, time, moment or duration as ISO 8601 text."""
    type = scalar.type
    if pa.types.is_duration(type):
        return _seconds_text(scalar.value, type.unit)
    if pa.types.is_interval(type):
        interval = scalar.as_py()
        return f"P{interval.months}M{interval.days}D{_seconds_text(interval.nanoseconds, 'ns').replace('P', '')}"
    zone = ""
    if pa.types.is_timestamp(type) and type.tz is not None:
        # In UTC, for which no database of time zones is needed: a sandbox may have none.
        zone = "Z"
        scalar = pa.scalar(scalar.value, pa.timestamp(type.unit))
    # Not `as_py`, which has no nanoseconds and no years beyond 9999.
    text = str(scalar.cast(pa.string()).as_py())
    if text.startswith("<"):
        # So pyarrow says that it is out of the range of what it can write as a date.
        return f"{scalar.value} {_unit(type)} since 1970"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text.replace(" ", "T", 1) + zone


def _unit(type: pa.DataType) -> str:
    return "days" if pa.types.is_date32(type) else "ms" if pa.types.is_date64(type) else str(type.unit)


def _seconds_text(count: int, unit: str) -> str:
    seconds, rest = divmod(abs(count), _UNITS_A_SECOND[unit])
    digits = len(str(_UNITS_A_SECOND[unit])) - 1
    fraction = f".{rest:0{digits}d}".rstrip("0").rstrip(".") if digits else ""
    return f"{'-' if count < 0 else ''}PT{seconds}{fraction}S"
