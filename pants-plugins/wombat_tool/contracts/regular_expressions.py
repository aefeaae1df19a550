"""Whether DuckDB can use a regular expression: it has the syntax of RE2 (https://github.com/google/re2/wiki/Syntax)."""

from __future__ import annotations

import re
from typing import Optional

_MOST_REPETITIONS = 1000
_MOST_LEVELS = 200
_COUNT = re.compile(r"\{(\d+)(,?)(\d*)\}")
_NAME = re.compile(r"P<(\w+)>")
_FLAGS = re.compile(r"([imsU]*)(?:-([imsU]+))?([:)])")
_CLASS_NAME = re.compile(r"\[:\^?([a-z]*):\]")
_CLASS_NAMES = (
    "alnum alpha ascii blank cntrl digit graph lower print punct space upper word xdigit"  # POSIX and Perl's word
).split()
_UNKNOWN_GROUPS = {
    "?=": "lookahead",
    "?!": "lookahead",
    "?<=": "lookbehind",
    "?<!": "lookbehind",
    "?>": "atomic groups",
    "?P=": "backreferences",
    "?(": "conditions",
    "?#": "comments",
    "?<": "groups that are named without P (write (?P<name>...))",
}
_RE2 = "DuckDB's regular expressions (RE2) do not have"


class _Bad(Exception):
    """Why an expression cannot be used."""


def regular_expression_problem(pattern: str) -> Optional[str]:
    """What makes a pattern unusable, as a sentence without its end; None if it can be used."""
    try:
        _Scanner(pattern).expression()
    except _Bad as err:
        return str(err)
    return None


class _Scanner:
    """Reads an expression from its beginning to its end."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.at = 0

    def expression(self) -> None:
        # How often the part before, and the most repeated part of each open group, are repeated by counts within them.
        repeated, most_repeated = 1, [1]
        repeatable = False
        while self.at < len(self.pattern):
            character = self.pattern[self.at]
            if character == "(":
                if not self.group_is_only_flags():
                    most_repeated.append(1)
                    repeatable = False
                if len(most_repeated) > _MOST_LEVELS:
                    raise _Bad(f"it is nested deeper than {_MOST_LEVELS} levels")
                continue
            if character == ")":
                if len(most_repeated) == 1:
                    raise _Bad("it has a ) without a (")
                self.at += 1
                repeated, repeatable = most_repeated.pop(), True
            elif character in "*+?" or (character == "{" and _COUNT.match(self.pattern, self.at)):
                repeated *= self.repetition(repeatable)
                if repeated > _MOST_REPETITIONS:
                    raise _Bad(f"{_RE2} more than {_MOST_REPETITIONS:,} repetitions")
            else:
                repeated, repeatable = 1, character != "|"
                self.atom(character)
            most_repeated[-1] = max(most_repeated[-1], repeated)
        if len(most_repeated) > 1:
            raise _Bad("it has a ( without a )")

    def atom(self, character: str) -> None:
        """Pass what is no group and no operator."""
        if character == "[":
            self.bracket()
        elif character == "\\":
            self.escape(in_class=False)
        else:
            self.at += 1

    def rest(self, length: int) -> str:
        return self.pattern[self.at : self.at + length]

    def group_is_only_flags(self) -> bool:
        """Pass the beginning of a group; whether it was only a setting of flags, and so has no end to come."""
        self.at += 1
        if self.rest(1) != "?":
            return False
        for beginning, what in _UNKNOWN_GROUPS.items():
            if self.pattern.startswith(beginning, self.at):
                raise _Bad(f"{_RE2} {what}, as ({beginning}...)")
        self.at += 1
        name = _NAME.match(self.pattern, self.at)
        if name:
            self.at = name.end()
            return False
        flags = _FLAGS.match(self.pattern, self.at)
        if flags is None:
            raise _Bad(f"{_RE2} what begins with (?{self.rest(1)}")
        self.at = flags.end()
        return flags.group(3) == ")"

    def repetition(self, repeatable: bool) -> int:
        """Pass an operator such as *; returns the count that it names, or 1."""
        start = self.at
        count = _COUNT.match(self.pattern, start)
        self.at = count.end() if count else start + 1
        operator = self.pattern[start : self.at]
        if not repeatable:
            raise _Bad(f"there is nothing for {operator} to repeat")
        repeated = 1
        if count:
            least, most = int(count.group(1)[:9]), int(count.group(3)[:9] or count.group(1)[:9])
            if most < least:
                raise _Bad(f"the numbers of {operator} are the wrong way around")
            repeated = most or 1
        if self.rest(1) == "?":
            self.at += 1
        following = self.rest(1)
        if following in ("*", "+", "?") or _COUNT.match(self.pattern, self.at):
            what = "possessive operators" if following == "+" else "an operator on an operator"
            raise _Bad(f"{_RE2} {what}, as {operator}{following}")
        return repeated

    def bracket(self) -> None:
        """Pass a class such as [a-z]."""
        start = self.at
        self.at += 1
        if self.rest(1) == "^":
            self.at += 1
        first = True
        while first or self.rest(1) != "]":
            first = False
            low = self.class_member()
            if low is not None and self.rest(1) == "-" and self.rest(2)[1:] not in ("", "]"):
                self.at += 1
                high = self.class_member(may_be_named=False)
                if high is None or high < low:
                    raise _Bad(f"the range in {self.pattern[start : self.at]} has no beginning or an end before it")
            elif self.rest(1) == "":
                raise _Bad("it has a [ without a ]")
        self.at += 1

    def class_member(self, *, may_be_named: bool = True) -> Optional[str]:
        """Pass one character of a class, and return it; None of what stands for several."""
        if self.at >= len(self.pattern):
            raise _Bad("it has a [ without a ]")
        name = _CLASS_NAME.match(self.pattern, self.at)
        if name and may_be_named:
            if name.group(1) not in _CLASS_NAMES:
                raise _Bad(f"{_RE2} the class {name.group()}")
            self.at = name.end()
            return None
        if self.rest(1) == "\\":
            return self.escape(in_class=True)
        self.at += 1
        return self.pattern[self.at - 1]

    def escape(self, *, in_class: bool) -> Optional[str]:
        """Pass a backslash and what belongs to it; returns the character that it stands for."""
        self.at += 1
        letter = self.rest(1)
        if not letter:
            raise _Bad("it ends with a single backslash")
        self.at += 1
        if letter in "dDsSwW":
            return None
        if letter in "pP":
            self.unicode_class()
            return None
        if letter == "x":
            return self.hexadecimal()
        if letter in "01234567":
            return self.octal(letter)
        if letter in "afnrtv":
            return dict(zip("afnrtv", "\a\f\n\r\t\v"))[letter]
        if not in_class and letter in "AbBzC":
            return None
        if not in_class and letter == "Q":
            end = self.pattern.find("\\E", self.at)
            self.at = len(self.pattern) if end < 0 else end + 2
            return None
        if letter.isascii() and letter.isalnum() or not letter.isascii():
            mend = {"Z": " (write \\z)", "u": " (write \\x{1F600})", "h": " (write [ \\t])", "R": " (write \\r?\\n)"}
            raise _Bad(f"{_RE2} \\{letter}{mend.get(letter, '')}")
        return letter

    def unicode_class(self) -> None:
        found = re.compile(r"\{\^?([A-Za-z_]+)\}|[A-Z]").match(self.pattern, self.at)
        if found is None:
            raise _Bad("\\p takes the name of a Unicode class, as \\p{L}")
        self.at = found.end()

    def hexadecimal(self) -> str:
        found = re.compile(r"\{([0-9A-Fa-f]{1,8})\}|([0-9A-Fa-f]{2})").match(self.pattern, self.at)
        if found is None or int(found.group(1) or found.group(2), 16) > 0x10FFFF:
            raise _Bad("\\x takes two hexadecimal digits, or others in braces")
        self.at = found.end()
        return chr(int(found.group(1) or found.group(2), 16))

    def octal(self, first: str) -> str:
        found = re.compile("[0-7]{0,2}").match(self.pattern, self.at)
        assert found is not None
        if first != "0" and not found.group():
            raise _Bad(f"{_RE2} backreferences, as \\{first}")
        self.at = found.end()
        return chr(int(first + found.group(), 8))
