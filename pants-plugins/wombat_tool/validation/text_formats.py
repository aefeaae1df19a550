"""The formats of text that contracts can ask for, as conditions in SQL."""

from __future__ import annotations

from collections.abc import Callable

from wombat_tool.relations.sql import literal

_HEX = "[0-9A-Fa-f]"
_OCTET = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_IPV4 = rf"{_OCTET}(\.{_OCTET}){{3}}"

# RFC 1123, section 2.1, with RFC 952: labels of letters, digits and inner hyphens.
_LABEL = "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOSTNAME = rf"{_LABEL}(\.{_LABEL})*"

# RFC 5322, section 3.4.1, without comments and folding: a name of atoms or in quotes, and a domain or an address in
# brackets.
_ATOM = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_QUOTED = r'"([ !#-\[\]-~]|\\[ -~])*"'
_EMAIL = rf"({_ATOM}(\.{_ATOM})*|{_QUOTED})@({_HOSTNAME}|\[[!-Z^-~]+\])"

# RFC 4122, section 3.
_UUID = f"{_HEX}{{8}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{12}}"

# RFC 4648, section 4.
_BASE64 = "([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?"


def _ipv6() -> str:
    """RFC 4291, section 2.2: eight groups, of which "::" stands for one or more, and the last two may be an IPv4 address."""
    group = f"{_HEX}{{1,4}}"
    end = f"({group}:{group}|{_IPV4})"
    forms = [f"({group}:){{6}}{end}"]
    # With "::" after up to `before` groups there is room for so many behind it.
    for before in range(8):
        head = f"({group}(:{group}){{0,{before - 1}}})?" if before else ""
        behind = 7 - before
        tails = [""]
        if behind >= 1:
            tails.append(group)
        if behind >= 2:
            tails.append(f"({group}:){{0,{behind - 2}}}{end}")
        forms.append(f"{head}::({'|'.join(tails)})")
    return "|".join(forms)


def _uri() -> str:
    """RFC 3986, appendix A, with a scheme; hosts in brackets only by their characters."""
    percent = f"%{_HEX}{{2}}"
    plain = "[A-Za-z0-9._~!$&'()*+,;=-]"
    character = f"({plain}|[:@]|{percent})"
    authority = rf"(({plain}|:|{percent})*@)?(\[[0-9A-Za-z:._~!$&'()*+,;=-]+\]|({plain}|{percent})*)(:[0-9]*)?"
    path = f"(/{character}*)*"
    rootless = f"{character}+{path}"
    hierarchy = f"(//{authority}{path}|/({rootless})?|{rootless})?"
    rest = rf"(\?({character}|[/?])*)?(#({character}|[/?])*)?"
    return f"[A-Za-z][A-Za-z0-9+.-]*:{hierarchy}{rest}"


def _matches(pattern: str) -> Callable[[str], str]:
    return lambda text: f"regexp_full_match({text}, {literal(pattern)})"


def _hostname(text: str) -> str:
    # RFC 1123 asks for names of up to 255 octets with what DNS adds to their text: RFC 1035, section 3.1.
    return f"length({text}) <= 253 AND {_matches(_HOSTNAME)(text)}"


_CONDITIONS: dict[str, Callable[[str], str]] = {
    "email": _matches(_EMAIL),
    "uuid": _matches(_UUID),
    "uri": _matches(_uri()),
    "hostname": _hostname,
    "ipv4": _matches(_IPV4),
    "ipv6": _matches(_ipv6()),
    "byte": _matches(_BASE64),
}


def format_condition(name: str) -> Callable[[str], str] | None:
    """What holds for text of a format; None for formats that only tell people what the text is."""
    return _CONDITIONS.get(name)
