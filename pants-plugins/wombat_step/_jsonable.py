"""Turns what data code returns into what JSON can hold."""

from __future__ import annotations

import math

from wombat_step._errors import of_type, short_repr
from wombat_step._pydantic import dumped, is_model
from wombat_step._records import columns_of_dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class NotJsonError(ValueError):
    """A value that JSON cannot hold: which and where, and how to mend it."""

    def __init__(self, problem: str, mend: str) -> None:
        super().__init__(f"{problem} {mend}")
        self.problem = problem
        self.mend = mend


def to_json_value(value: Any, at: str = "value") -> Any:
    """The value as dicts, lists, text, numbers, bools and None.

    Dataclasses and pydantic models become objects, enums their values, dates ISO text, decimals, UUIDs and paths text,
    durations seconds, and scalars and arrays of numpy and others what their `item` or `tolist` says.

    :param at: what messages call the value.
    :raises NotJsonError: if JSON cannot hold it, or only by losing something.
    """
    if value is None or type(value) in (str, bool, int):
        return value
    if type(value) is float:
        if not math.isfinite(value):
            raise NotJsonError(
                f"{at} is {value!r}, which JSON does not have.", "Write None in its place, or leave it out."
            )
        return value
    if isinstance(value, dict):
        return _object(value, at)
    if isinstance(value, (list, tuple)):
        return [to_json_value(one, f"{at}[{i}]") for i, one in enumerate(value)]
    simple = to_plain(value)
    if simple is not value:
        return to_json_value(simple, at)
    if isinstance(value, (set, frozenset)):
        raise NotJsonError(f"{at} is a set, which has no order.", "Return sorted(...) of it.")
    if isinstance(value, (bytes, bytearray, memoryview)):
        raise NotJsonError(f"{at} is {of_type(value)}, and JSON holds text.", "Decode it, or return base64 text.")
    raise NotJsonError(
        f"{at} is {of_type(value)} ({short_repr(value)}), which JSON does not have.",
        "Return dicts, lists, text and numbers, or a dataclass of them.",
    )


def to_plain(value: Any) -> Any:
    """One step from a value towards what JSON holds, or the value itself if there is none."""
    cls = type(value)
    convert = _CONVERSIONS.get(cls.__name__ if cls.__module__ in _MODULES else "")
    if convert:
        return convert(value)
    if hasattr(cls, "__dataclass_fields__"):
        return {column: getattr(value, name) for name, column in columns_of_dataclass(cls)}
    if is_model(cls):
        return dumped(value)
    if hasattr(cls, "__members__") and hasattr(value, "value"):  # An Enum.
        return value.value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, float):
        return float(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, type):
        return value
    if cls.__name__ in ("NaTType", "NAType"):  # What pandas has for a missing value.
        return None
    for name in ("isoformat", "tolist", "to_list", "item", "as_py"):
        method = getattr(value, name, None)
        if callable(method):
            return method()
    if hasattr(cls, "__fspath__"):
        return str(value)
    return value


def _object(value: dict[Any, Any], at: str) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, one in value.items():
        name = to_plain(key) if type(key) is not str else key
        if isinstance(name, int) and not isinstance(name, bool):
            name = str(name)
        if not isinstance(name, str):
            raise NotJsonError(f"{at} has the key {key!r}, and JSON takes text.", "Write str(...) of it.")
        if name in result:
            raise NotJsonError(f"{at} has two keys that are {name!r} as text.", "Rename one of them.")
        result[name] = to_json_value(one, f"{at}[{key!r}]")
    return result


# The standard library's types, by name, as importing their modules to ask for the types would cost more.
_MODULES = ("datetime", "decimal", "uuid", "fractions")
_CONVERSIONS: dict[str, Callable[[Any], Any]] = {
    "date": lambda value: value.isoformat(),
    "datetime": lambda value: value.isoformat(),
    "time": lambda value: value.isoformat(),
    "timedelta": lambda value: value.total_seconds(),
    "Decimal": str,
    "Fraction": str,
    "UUID": str,
}
