"""Turns rows into dicts: instances of dataclasses, NamedTuples and pydantic models by their columns."""

from __future__ import annotations

from wombat_step._errors import of_type, short_repr

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from wombat_step._target import Target

_SINGLE = (str, int, float, bool, bytes, type(None))


def is_row(value: object) -> bool:
    """Whether a value is a row: a dict, or an instance of a class that has columns."""
    return isinstance(value, dict) or _instance_as_dict(value) is not None


def plain_row(target: Target, row: object, number: int, *, is_deep: bool = False) -> dict[str, Any]:
    """The row as a dict.

    :param is_deep: whether values are to be what all libraries take, also where the row is a dict already; what is in
        an instance always is.
    :raises OutputFormatError: if it is no row, or has names that are not text.
    """
    columns = row if isinstance(row, dict) else _instance_as_dict(row)
    if columns is None:
        raise target.refused(
            f"row {number} is {of_type(row)}, {short_repr(row)}.",
            "Let each row be a dict, a dataclass, a NamedTuple or a pydantic model.",
        )
    for name in columns:
        if type(name) is not str:
            raise target.refused(f"row {number} has the key {name!r}.", "Let all keys be text.")
    if columns is row and not is_deep:
        return columns
    try:
        return {name: value if type(value) in _SINGLE else _plain(value) for name, value in columns.items()}
    except RecursionError as err:
        raise target.refused(f"row {number} is nested too deeply, or holds itself.", "Return flat rows.") from err


def _instance_as_dict(value: Any) -> dict[str, Any] | None:
    cls: Any = type(value)
    if hasattr(cls, "__dataclass_fields__"):
        from wombat_step._records import columns_of_dataclass

        return {column: getattr(value, name) for name, column in columns_of_dataclass(cls)}
    if issubclass(cls, tuple):
        return dict(zip(cls._fields, value)) if hasattr(cls, "_fields") else None
    from wombat_step._pydantic import dumped, is_model

    return dumped(value) if is_model(cls) else None


def _plain(value: Any) -> Any:
    """A value as all libraries take it: enums as their values, and UUIDs and paths as text."""
    cls = type(value)
    if cls in _SINGLE:
        return value
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    columns = _instance_as_dict(value)
    if columns is not None:
        return {name: _plain(one) for name, one in columns.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    if hasattr(cls, "__members__"):
        return _plain(value.value)
    return str(value) if cls.__name__ == "UUID" or hasattr(cls, "__fspath__") else value
