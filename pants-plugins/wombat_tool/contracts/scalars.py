"""What scalars of YAML stand for."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Union

# YAML 1.1, as PyYAML resolves plain scalars, which is what other tools for contracts see. Left as text: timestamps, since
# a contract holds dates as text; numbers in base 60, which nobody means by 10:30; and numbers with leading zeros, which
# are octal to some readers and decimal to others. 1e3 is a number, as it is in YAML 1.2.
_BOOLEANS = {
    word: value
    for value, words in ((True, ("true", "yes", "on")), (False, ("false", "no", "off")))
    for lower in words
    for word in (lower, lower.capitalize(), lower.upper())
}
_NULLS = ("", "~", "null", "Null", "NULL")
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9_]*)")
_OTHER_BASE = re.compile(r"[-+]?0(?:b[01_]+|x[0-9a-fA-F_]+)")
_NUMBER = re.compile(r"[-+]?(?:[0-9][0-9_]*\.[0-9_]*|\.[0-9][0-9_]*|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?")
# Longer ones and larger ones are no number of any data; they stay text, and are told where a number must be.
_MOST_DIGITS = 200
_MOST_EXPONENT = 400


def resolved(text: str) -> Union[None, bool, int, Decimal, str]:
    """What a scalar without quotes stands for."""
    if text in _NULLS:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if text[0] not in "0123456789+-." or len(text) > _MOST_DIGITS:
        return text
    digits = text.replace("_", "")
    if _INTEGER.fullmatch(text):
        return int(digits)
    if _OTHER_BASE.fullmatch(text) and not digits.endswith(("b", "x")):
        return int(digits, base=0)
    if _NUMBER.fullmatch(text):
        number = Decimal(digits)
        return number if number.is_zero() or abs(number.adjusted()) <= _MOST_EXPONENT else text
    return text
