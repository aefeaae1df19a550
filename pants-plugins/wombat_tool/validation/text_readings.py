"""How text and JSON are read as what the contract wants them to be.

Text is read as steps read it: numbers without blanks, separators and leading zeros (those are codes), dates and times as
ISO 8601 unless the contract gives their pattern.
"""

from __future__ import annotations

from collections.abc import Sequence

from wombat_tool.contracts.date_patterns import java_pattern_to_strptime
from wombat_tool.contracts.model import Family, Field
from wombat_tool.relations.model import Encoding
from wombat_tool.relations.sql import literal
from wombat_tool.validation.kinds import Kind
from wombat_tool.validation.literals import (
    Booleans,
    Comparer,
    Floating,
    Moments,
    Texts,
    date_literal,
    decimals,
    integers,
    moment_literal,
    time_literal,
)
from wombat_tool.validation.readings import Expression, Reading, cast_to

_INTEGER = "[+-]?(0|[1-9][0-9]*)"
_NUMBER = r"[+-]?((0|[1-9][0-9]*)(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?"
_NOT_FINITE = "'inf', '-inf', 'NaN', 'nan'"
# RFC 8259, section 6, has no other numbers than these; Python writes those that are none as words.
_JSON_INTEGER = "-?[0-9]+"
_JSON_NUMBER = "-?[0-9].*|NaN|-?Infinity"
_DATE = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_TIME = r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,9})?)?"
_ZONE = "(Z|[+-]([01][0-9]|2[0-3])(:?[0-5][0-9])?)"
# A date alone is the midnight: so programs write moments that are all midnights.
_ISO = {Kind.DATE: _DATE, Kind.TIME: f"{_TIME}{_ZONE}?", Kind.TIMESTAMP: f"{_DATE}([T ]{_TIME}{_ZONE}?)?"}
_TRUE, _FALSE = ("true", "True", "TRUE"), ("false", "False", "FALSE")
_MOST_DIGITS = 38
_NESTED = {Kind.OBJECT: "OBJECT", Kind.MAP: "OBJECT", Kind.ARRAY: "ARRAY"}


def text_reading(kind: Kind, field: Field) -> Reading:
    """How to read text."""
    match kind:
        case Kind.INTEGER:
            return _integer(Encoding.TEXT, str, _INTEGER)
        case Kind.NUMBER:
            return _number(field, Encoding.TEXT, str, _NUMBER)
        case Kind.BOOLEAN:
            return _boolean(Encoding.TEXT, str, _TRUE, _FALSE)
        case Kind.DATE | Kind.TIME | Kind.TIMESTAMP:
            return _moment(kind, field, Encoding.TEXT, str)
        case Kind.OBJECT | Kind.MAP | Kind.ARRAY:
            return _nested(kind, Encoding.TEXT, cast_to("JSON"))
    return Reading(kind, Encoding.TEXT, comparer=Texts())


def json_reading(kind: Kind | None, field: Field) -> Reading:
    """How to read a value of JSON."""
    match kind:
        case Kind.INTEGER:
            return _integer(Encoding.JSON, _json_source, _JSON_INTEGER)
        case Kind.NUMBER:
            return _number(field, Encoding.JSON, _json_source, _JSON_NUMBER)
        case Kind.BOOLEAN:
            return _boolean(Encoding.JSON, _json_source, _TRUE[:1], _FALSE[:1])
        case Kind.DATE | Kind.TIME | Kind.TIMESTAMP:
            return _moment(kind, field, Encoding.JSON, _json_text)
        case Kind.OBJECT | Kind.MAP | Kind.ARRAY:
            return _nested(kind, Encoding.JSON, str)
        case Kind.STRING | Kind.BINARY:
            return Reading(Kind.STRING, Encoding.JSON, typed=_json_text, can_be_wrong=True, comparer=Texts())
    return Reading(Kind.OTHER, Encoding.JSON)


def _json_source(raw: str) -> str:
    """A value of JSON as it is written; texts of JSON are in quotes, so that they are no numbers."""
    return f"CAST({raw} AS VARCHAR)"


def _json_text(raw: str) -> str:
    """What a text of JSON says; null for other values."""
    return f"CASE WHEN starts_with({_json_source(raw)}, '\"') THEN {raw} ->> '$' END"


def _when(text: str, pattern: str, then: str) -> str:
    return f"CASE WHEN regexp_full_match({text}, {literal(pattern)}) THEN {then} END"


def _integer(encoding: Encoding, text: Expression, pattern: str) -> Reading:
    def reading_as(type: str) -> Expression:
        return lambda raw: _when(text(raw), pattern, f"TRY_CAST({text(raw)} AS {type})")

    comparer = integers(128, is_signed=True)
    return Reading(
        Kind.INTEGER,
        encoding,
        typed=reading_as("HUGEINT"),
        coarse=reading_as("DOUBLE"),
        can_be_wrong=True,
        comparer=comparer,
    )


def _number(field: Field, encoding: Encoding, text: Expression, pattern: str) -> Reading:
    def double(raw: str) -> str:
        cast = f"TRY_CAST({text(raw)} AS DOUBLE)"
        if encoding is Encoding.JSON:
            return _when(text(raw), pattern, cast)
        # What is too large for a double is no number to those that read it.
        finite = f"CASE WHEN isfinite({cast}) THEN {cast} END"
        return f"coalesce({_when(text(raw), pattern, finite)}, CASE WHEN {text(raw)} IN ({_NOT_FINITE}) THEN {cast} END)"

    physical = field.physical_type
    if physical is None or physical.family is not Family.DECIMAL or physical.precision is None:
        return Reading(Kind.NUMBER, encoding, typed=double, can_be_wrong=True, comparer=Floating(64), digits=text)
    # As many digits behind the point as there is room for, so that what has too many is not rounded to what fits.
    scale = physical.scale or 0
    scale = max(scale, min(_MOST_DIGITS - 1, _MOST_DIGITS - 2 - (physical.precision - scale)))
    exact: Comparer = decimals(_MOST_DIGITS, scale)

    def decimal(raw: str) -> str:
        return _when(text(raw), pattern, f"TRY_CAST({text(raw)} AS DECIMAL({_MOST_DIGITS}, {scale}))")

    return Reading(
        Kind.NUMBER, encoding, typed=decimal, coarse=double, can_be_wrong=True, comparer=exact, digits=text
    )


def _boolean(encoding: Encoding, text: Expression, true: Sequence[str], false: Sequence[str]) -> Reading:
    def typed(raw: str) -> str:
        first, second = (", ".join(map(literal, words)) for words in (true, false))
        return f"CASE WHEN {text(raw)} IN ({first}) THEN TRUE WHEN {text(raw)} IN ({second}) THEN FALSE END"

    return Reading(Kind.BOOLEAN, encoding, typed=typed, can_be_wrong=True, comparer=Booleans())


def _nested(kind: Kind, encoding: Encoding, document: Expression) -> Reading:
    def typed(raw: str) -> str:
        return f"CASE WHEN json_type({document(raw)}) = '{_NESTED[kind]}' THEN {document(raw)} END"

    return Reading(kind, encoding, typed=typed, document=document, can_be_wrong=True)


def _moment(kind: Kind, field: Field, encoding: Encoding, text: Expression) -> Reading:
    pattern = None if field.format is None else java_pattern_to_strptime(field.format)
    comparer = {
        Kind.DATE: Moments(date_literal),
        Kind.TIME: Moments(time_literal),
        Kind.TIMESTAMP: Moments(moment_literal(field.default_timezone, has_zone=True)),
    }[kind]
    if pattern is None:
        typed, has_zone = _iso(kind, field, text)
    else:
        typed, has_zone = _formatted(kind, field, text, pattern)
    return Reading(kind, encoding, typed=typed, can_be_wrong=True, comparer=comparer, has_zone=has_zone)


def _iso(kind: Kind, field: Field, text: Expression) -> tuple[Expression, Expression]:
    def has_zone(raw: str) -> str:
        # The month of a date alone is no zone.
        return f"regexp_matches({text(raw)}, {literal(f':[0-9:.]*{_ZONE}$')})"

    def typed(raw: str) -> str:
        value = text(raw)
        if kind is Kind.TIME:
            value = f"regexp_replace({value}, {literal(_ZONE + '$')}, '')"
        if kind is Kind.TIMESTAMP:
            local = _at_home(f"TRY_CAST({value} AS TIMESTAMP)", field)
            cast = f"CASE WHEN {has_zone(raw)} THEN TRY_CAST({value} AS TIMESTAMPTZ) ELSE {local} END"
        else:
            cast = f"TRY_CAST({value} AS {kind.name})"
        return _when(text(raw), _ISO[kind], cast)

    return typed, has_zone


def _formatted(kind: Kind, field: Field, text: Expression, pattern: str) -> tuple[Expression, Expression]:
    names_zone = "%z" in pattern.lower().replace("%%", "")

    def typed(raw: str) -> str:
        parsed = f"try_strptime({text(raw)}, {literal(pattern)})"
        if kind is Kind.TIMESTAMP:
            return f"CAST({parsed} AS TIMESTAMPTZ)" if names_zone else _at_home(parsed, field)
        return f"CAST({parsed} AS {kind.name})"

    return typed, lambda raw: "TRUE" if names_zone else "FALSE"


def _at_home(moment: str, field: Field) -> str:
    """A moment without a time zone in the one where such moments are meant."""
    return f"timezone({literal(field.default_timezone or 'UTC')}, {moment})"
