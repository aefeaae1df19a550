"""Tells by its name whether a column may hold data about people."""

from __future__ import annotations

import re
import unicodedata

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_WORDS = frozenset(
    """
    address addresses adresse birth birthdate birthday birthdays cellphone cvc cvv dob email emails ethnicity fax firstname
    forename fullname geburtsdatum gender geschlecht givenname iban imei kontonummer lastname login maidenname mail mobile
    msisdn nachname name names nationality nickname passport password passwort patient phone phones plz postal postcode
    religion salary sex ssn strasse street surname tel telefon telephone username vorname zip zipcode
    """.split()
)
# What has a name or an address, and is nobody.
_THINGS = frozenset(
    """
    airline airport app application brand bucket carrier category channel city class cluster column company country
    currency database dataset department device domain environment event feature field file folder host job key label
    language metric model module namespace origin package product project region repository role schema server service
    species state station status step table tag target team topic unit version zone
    """.split()
)
_ABOUT_THINGS = frozenset(["name", "names", "address", "addresses"])
_PAIRS = (
    ("credit", "card"),
    ("card", "number"),
    ("account", "number"),
    ("bank", "account"),
    ("tax", "id"),
    ("social", "security"),
    ("insurance", "number"),
    ("driver", "license"),
    ("drivers", "license"),
    ("driving", "licence"),
    ("ip", "address"),
    ("national", "id"),
)


def may_be_personal(name: str) -> bool:
    """Whether the name of a column suggests data about people: "email", "first_name", "BirthDate", but not "file_name".

    It errs to the side of yes: what comes of it is that people are asked, and that no values are written down.
    """
    words = _words(name)
    if any(pair in zip(words, words[1:]) for pair in _PAIRS):
        return True
    found = _WORDS.intersection(words)
    return bool(found) and not (found <= _ABOUT_THINGS and not _THINGS.isdisjoint(words))


def _words(name: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", name)
    plain = "".join(one for one in plain if not unicodedata.combining(one))
    parts = re.split(r"[\W_\d]+", plain)
    return [word.casefold() for part in parts for word in _HUMP.split(part) if word]
