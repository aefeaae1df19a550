"""Makes single values of what JSON, CSV fields and typed columns hold: numbers, text and choices."""

from __future__ import annotations

from wombat_step._errors import did_you_mean
from wombat_step._mismatch import Mismatch, describe
from wombat_step._read_plain import parse_bool, parse_float, parse_int

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    # Takes a value, and what messages call it.
    Conversion = Callable[[Any, str], Any]


def scalar(wanted: Any, *, is_text: bool) -> Conversion | None:
    """What makes values of the type, or None if it is none of the built-in types of single values.

    :param is_text: whether values come as the text of CSV fields, where a number has no type of its own.
    """
    if wanted is str:
        return _to_str
    if wanted is int:
        return parsed(parse_int, "int", _to_int) if is_text else _to_int
    if wanted is float:
        return parsed(parse_float, "float", _to_float) if is_text else _to_float
    if wanted is bool:
        return parsed(parse_bool, "bool", _to_bool) if is_text else _to_bool
    return None


def literal(annotation: Any, *, is_text: bool) -> Conversion:
    """What takes one of the values of a `Literal`."""
    allowed = annotation.__args__

    def convert(value: Any, at: str) -> Any:
        for one in allowed:
            if _is_same(one, value, is_text=is_text):
                return one
        must = f"one of {', '.join(repr(one) for one in allowed)}"
        raise Mismatch(at, must, value, hint=did_you_mean(str(value), [str(one) for one in allowed]))

    return convert


def choice(wanted: Any, *, is_text: bool) -> Conversion:
    """What takes the value of a member of an `Enum`, or its name."""
    texts = {member.value: member for member in wanted if type(member.value) is str}

    def convert(value: Any, at: str) -> Any:
        if type(value) is str and value in texts:
            return texts[value]
        for member in wanted:
            if _is_same(member.value, value, is_text=is_text):
                return member
        if isinstance(value, str) and value in wanted.__members__:
            return wanted.__members__[value]
        must = f"one of {', '.join(repr(member.value) for member in wanted)} (the values of {describe(wanted)})"
        raise Mismatch(at, must, value, hint=did_you_mean(str(value), [str(member.value) for member in wanted]))

    return convert


def parsed(parse: Callable[[str], Any], must: str, exact: Conversion) -> Conversion:
    """What reads text by `parse`, and takes what is no text as `exact` does."""

    def convert(value: Any, at: str) -> Any:
        if type(value) is not str:
            return exact(value, at)
        try:
            return parse(value)
        except ValueError as err:
            raise Mismatch(at, must, value) from err

    return convert


def to_bytes(value: Any, at: str) -> bytes:
    """The bytes of a typed column."""
    if isinstance(value, bytes):
        return value
    raise Mismatch(at, "bytes", value)


def _is_same(one: Any, value: Any, *, is_text: bool) -> bool:
    if type(one) is type(value) and one == value:
        return True
    if hasattr(type(one), "__members__"):
        return value == one.name or _is_same(one.value, value, is_text=is_text)
    if not is_text or type(value) is not str or type(one) not in (int, bool):
        return False
    try:
        return bool((parse_bool if type(one) is bool else parse_int)(value) == one)
    except ValueError:
        return False


def _to_int(value: Any, at: str) -> int:
    if type(value) is int:
        return value
    raise Mismatch(at, "int", value, hint=_number_hint(value, int))


def _to_float(value: Any, at: str) -> float:
    if type(value) is float:
        return value
    # A float of another class is that of a library, and a decimal number is what a typed column may have.
    if type(value) is int or isinstance(value, float) or type(value).__name__ == "Decimal":
        try:
            return float(value)
        except OverflowError as err:
            raise Mismatch(at, "float", value, hint=" It is too large for one.") from err
    raise Mismatch(at, "float", value, hint=_number_hint(value, float))


def _to_bool(value: Any, at: str) -> bool:
    if type(value) is bool:
        return value
    is_clear = value in ("true", "True", "false", "False", 0, 1)
    raise Mismatch(at, "bool", value, hint=f" Did you mean {str(value) in ('true', 'True', '1')}?" if is_clear else "")


def _to_str(value: Any, at: str) -> str:
    if type(value) is str:
        return value
    hint = f" Did you mean {str(value)!r}, with quotes?" if isinstance(value, (bool, int, float)) else ""
    raise Mismatch(at, "str", value, hint=hint)


def _number_hint(value: Any, wanted: type) -> str:
    if isinstance(value, str):
        try:
            return f" Did you mean {wanted(value)}, without quotes?"
        except ValueError:
            return ""
    if wanted is int and isinstance(value, float) and value.is_integer():
        return f" Did you mean {int(value)}?"
    return ""
