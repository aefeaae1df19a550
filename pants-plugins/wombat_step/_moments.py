"""Makes dates, times, durations, decimal numbers and UUIDs of what JSON, CSV fields and typed columns hold."""

from __future__ import annotations

import datetime
import re

from wombat_step._mismatch import Mismatch
from wombat_step._read_plain import parse_float
from wombat_step._scalars import parsed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from wombat_step._scalars import Conversion

# ISO 8601, of which `fromisoformat` reads some forms only before Python 3.11; and with a blank, as CSV often has it.
_ISO_MOMENT = re.compile(
    r"(?P<date>\d{4}-\d\d-\d\d(?:[Tt]| (?=\d)))?(?P<time>\d\d:\d\d)(?P<seconds>:\d\d)?(?:[.,](?P<fraction>\d{1,9}))?"
    r" ?(?P<zone>[Zz]|[+-]\d\d(?::?\d\d)?)?"
)
_NANOSECONDS = re.compile(r"[.,]\d{6}\d*[1-9]")
_NUMBER = re.compile(r"[+-]?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_EXAMPLES = {"date": "2024-02-29", "datetime": "2024-02-29T12:00:00", "time": "12:00:00"}
_SECONDS = "a timedelta in seconds, as 1.5"


class JsonNumber(float):
    """A number of JSON with its text, as a float may lose some of its digits."""

    text: str

    def __new__(cls, text: str) -> JsonNumber:
        number = super().__new__(cls, text)
        number.text = text
        return number


def moment(wanted: Any, *, is_text: bool) -> Conversion | None:
    """What makes values of the type, or None if it is none of those that this module is about.

    :param is_text: whether values come as the text of CSV fields.
    """
    if wanted in (datetime.date, datetime.datetime, datetime.time):
        return _iso(wanted)
    if wanted is datetime.timedelta:
        return parsed(_duration_of_text, _SECONDS, _to_duration) if is_text else _to_duration
    # By name, as importing their modules to ask for the types would cost more.
    name = f"{wanted.__module__}.{wanted.__name__}"
    if name in ("decimal.Decimal", "_decimal.Decimal"):
        return _decimal(wanted)
    return _uuid(wanted) if name == "uuid.UUID" else None


def _iso(wanted: Any) -> Conversion:
    name: str = wanted.__name__
    has_date, has_time = name != "time", name != "date"
    longest = len("2024-02-29T12:00:00.000000" if has_date else "12:00:00.000000")

    def convert(value: Any, at: str) -> Any:
        if isinstance(value, wanted) and (has_time or not isinstance(value, datetime.datetime)):
            return value
        hint = ""
        if isinstance(value, str):
            if len(value) > longest and _NANOSECONDS.search(value):
                # Some Pythons would leave the digits out without a word.
                raise Mismatch(at, f"a {name} of microseconds at most", value)
            try:
                return wanted.fromisoformat(value)
            except ValueError:
                pass
            try:
                return wanted.fromisoformat(_normalized(value, has_date=has_date) if has_time else "")
            except ValueError:
                pass
        elif isinstance(value, (datetime.date, datetime.time)):
            hint = f" Annotate it datetime.{type(value).__name__}."
        raise Mismatch(at, f"a {name} in ISO 8601 form, as {_EXAMPLES[name]!r}", value, hint=hint)

    return convert


def _normalized(text: str, *, has_date: bool) -> str:
    """The text in the form that each Python reads, or nothing if there is none."""
    found = _ISO_MOMENT.fullmatch(text)
    if not found or bool(found["date"]) != has_date:
        return ""
    fraction = (found["fraction"] or "").ljust(6, "0")
    zone = found["zone"] or ""
    if zone:
        zone = "+00:00" if zone in "Zz" else f"{zone[:3]}:{zone[3:].lstrip(':') or '00'}"
    date = f"{found['date'][:10]}T" if has_date else ""
    return f"{date}{found['time']}{found['seconds'] or ':00'}.{fraction[:6]}{zone}"


def _to_duration(value: Any, at: str) -> Any:
    if isinstance(value, datetime.timedelta):
        return value
    if type(value) is int or isinstance(value, float):
        try:
            return datetime.timedelta(seconds=value)
        except (OverflowError, ValueError) as err:
            raise Mismatch(at, _SECONDS, value) from err
    raise Mismatch(at, _SECONDS, value)


def _duration_of_text(text: str) -> datetime.timedelta:
    try:
        return datetime.timedelta(seconds=parse_float(text))
    except OverflowError as err:
        raise ValueError(text) from err


def _decimal(wanted: Any) -> Conversion:
    def convert(value: Any, at: str) -> Any:
        if isinstance(value, wanted):
            return value
        if type(value) is int:
            return wanted(value)
        text = value
        if isinstance(value, float):
            text = value.text if isinstance(value, JsonNumber) else repr(value)
        # Of the forms that Decimal takes, such as "1_000" and "NaN", those that are numbers elsewhere, too.
        if isinstance(text, str) and _NUMBER.fullmatch(text):
            return wanted(text)
        raise Mismatch(at, "a decimal number, as '1.10'", value)

    return convert


def _uuid(wanted: Any) -> Conversion:
    def convert(value: Any, at: str) -> Any:
        if isinstance(value, wanted):
            return value
        if isinstance(value, str):
            try:
                return wanted(value)
            except ValueError:
                pass
        raise Mismatch(at, "a UUID", value)

    return convert
