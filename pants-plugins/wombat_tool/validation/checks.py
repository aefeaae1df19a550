"""The rules about the values of a field, each as a condition in SQL that holds for a value that breaks it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal

import pyarrow as pa

from wombat_tool.contracts.model import Bound, Family, Field, LogicalType
from wombat_tool.relations.model import Encoding
from wombat_tool.relations.sql import literal
from wombat_tool.validation.kinds import Kind, kind_of_field
from wombat_tool.validation.literals import NEVER, Exact, Floating, integer_range
from wombat_tool.validation.readings import Reading
from wombat_tool.validation.rules import number_text, scalar_text, values_text
from wombat_tool.validation.spots import Predicate, Spot, repeats
from wombat_tool.validation.structure import expected_kind, number_width
from wombat_tool.validation.text_formats import format_condition

_DOUBLES = Floating(64)
_MOST_DIGITS = 38
# The greatest numbers of 16 and 32 bits: IEEE 754, table 3.5.
_GREATEST = {16: Decimal(65504), 32: Decimal("3.4028234663852886E+38")}


@dataclass(frozen=True)
class Check:
    """A rule about the values of a field.

    :param name: of the rule.
    :param expected: in words.
    :param breaks: the condition for a value to break it; None where it cannot be checked, for the reason `why`.
    :param is_about_null: whether null breaks it; to all others null is as good as right.
    :param is_about_type: whether it matters how the value is written: 1, or "1".
    """

    name: str
    expected: str
    breaks: Predicate | None
    why: str = ""
    is_about_null: bool = False
    is_about_type: bool = False


def checks_of(spot: Spot) -> Iterator[Check]:
    """The rules about the values of a field, apart from those about its columns as a whole."""
    field, reading = spot.field, spot.reading
    if field.required:
        exists = spot.exists
        yield Check("required", "a value", lambda raw, typed: _null(raw, exists), is_about_null=True)
    if reading.can_be_wrong and (field.logical_type or field.physical_type):
        name = "logicalType" if field.logical_type else "physicalType"
        yield Check(name, expected_kind(field), reading.is_wrong, is_about_type=True)
    yield from _physical(field, reading)
    yield from _enum(field, reading)
    yield from _range(field, reading)
    yield from _texts(field, reading)
    yield from _nested(spot)
    if field.with_timezone is not None and reading.has_zone:
        expected = "a time zone" if field.with_timezone else "no time zone"
        yield Check("timezone", expected, _zone(reading.has_zone, field.with_timezone))


def _null(raw: str, exists: str) -> str:
    return f"{raw} IS NULL" if exists == "TRUE" else f"{exists} AND {raw} IS NULL"


def _zone(has_zone: Callable[[str], str], wanted: bool) -> Predicate:
    return lambda raw, typed: f"{typed} IS NOT NULL AND {'NOT ' if wanted else ''}{has_zone(raw)}"


def _ordered(reading: Reading, operator: str, bound: Bound) -> Predicate | None:
    """The condition for a value to be `operator` the bound."""
    comparer, coarse, value = reading.comparer, reading.coarse, bound.value
    if comparer is None or comparer.ordered("", operator, value) is None:
        return None

    def breaks(raw: str, typed: str) -> str:
        exact = comparer.ordered(typed, operator, value)
        return f"coalesce({exact}, {_DOUBLES.ordered(coarse(raw), operator, value)})" if coarse else str(exact)

    return breaks


def _either(*predicates: Predicate | None) -> Predicate:
    """The condition for one of several to hold."""
    given = [predicate for predicate in predicates if predicate]
    return lambda raw, typed: " OR ".join(f"({predicate(raw, typed)})" for predicate in given)


def _range(field: Field, reading: Reading) -> Iterator[Check]:
    for bound, names, operators, words in (
        (field.minimum, ("minimum", "exclusiveMinimum"), ("<", "<="), ("at least", "more than")),
        (field.maximum, ("maximum", "exclusiveMaximum"), (">", ">="), ("at most", "less than")),
    ):
        if bound:
            i = 0 if bound.inclusive else 1
            expected = f"{words[i]} {scalar_text(bound.value)}"
            yield _check(names[i], expected, reading, _ordered(reading, operators[i], bound))
    if field.multiple_of is not None:
        number = number_text(field.multiple_of)
        yield _check("multipleOf", f"a multiple of {number}", reading, _multiple(reading, field.multiple_of))


def _check(name: str, expected: str, reading: Reading, breaks: Predicate | None) -> Check:
    why = "" if breaks else f"the values are {reading.kind.value}, with which the rule cannot be compared"
    # Whatever the type, a column of nulls alone breaks none of these.
    return Check(name, expected, (lambda raw, typed: NEVER) if reading.kind is Kind.NULL else breaks, why)


def _multiple(reading: Reading, factor: Decimal) -> Predicate | None:
    comparer = reading.comparer
    if not isinstance(comparer, (Exact, Floating)):
        return None
    scale = max(0, -int(factor.normalize().as_tuple().exponent))
    # Next to a multiple of the factor a double has 17 digits.
    wide = max(scale, comparer.scale) if isinstance(comparer, Exact) else scale + 17
    wide = min(wide, _MOST_DIGITS - 1, _MOST_DIGITS - max(0, factor.adjusted() + 1))
    if wide < scale:
        return None
    type = f"DECIMAL({_MOST_DIGITS}, {wide})"
    # Of what has too many digits for that, those before the point tell.
    whole = int(factor.scaleb(scale))
    rest = 10**scale % whole
    large = "NULL"
    if whole * rest < 10**_MOST_DIGITS:
        large = f"TRY_CAST(TRY_CAST({{}} AS DECIMAL({_MOST_DIGITS}, 0)) AS HUGEINT) % {whole} * {rest} % {whole} <> 0"
    digits = reading.digits

    def breaks(raw: str, typed: str) -> str:
        number = digits(raw) if digits else typed
        exact = f"TRY_CAST({number} AS {type}) % CAST('{factor:f}' AS {type}) <> 0"
        found = f"{typed} IS NOT NULL AND coalesce({exact}, {large.format(number)}, FALSE)"
        if isinstance(comparer, Exact):
            return found
        small = f"{typed} <> 0 AND abs({typed}) < CAST('{factor:E}' AS DOUBLE)"
        return f"{typed} IS NOT NULL AND (NOT isfinite({typed}) OR {small} OR {found})"

    return breaks


def _enum(field: Field, reading: Reading) -> Iterator[Check]:
    if field.enum is None:
        return
    breaks = None
    if reading.comparer:
        known = [text for text in map(reading.comparer.equal, field.enum) if text is not None]

        def breaks(raw: str, typed: str) -> str:
            there = f"{typed} IS NOT NULL"
            if reading.coarse:
                there = f"({there} OR {reading.coarse(raw)} IS NOT NULL)"
            return f"{there} AND coalesce({typed} NOT IN ({', '.join(known)}), TRUE)" if known else there

    yield _check("enum", f"one of {values_text(field.enum)}" if field.enum else "no value", reading, breaks)


def _texts(field: Field, reading: Reading) -> Iterator[Check]:
    # Bytes in typed data are no text; of text formats they are.
    is_bytes = reading.kind is Kind.BINARY and reading.encoding is Encoding.NATIVE
    is_text = reading.kind in (Kind.STRING, Kind.BINARY) and not is_bytes
    length = "octet_length" if is_bytes else "length"
    unit = "bytes" if is_bytes else "characters"

    def check(name: str, expected: str, fits: bool, breaks: Predicate) -> Check:
        return _check(name, expected, reading, breaks if fits else None)

    if field.min_length is not None:
        least, expected = field.min_length, f"at least {field.min_length:,} {unit}"
        yield check("minLength", expected, is_text or is_bytes, lambda raw, typed: f"{length}({typed}) < {least}")
    if field.max_length is not None:
        most, expected = field.max_length, f"at most {field.max_length:,} {unit}"
        yield check("maxLength", expected, is_text or is_bytes, lambda raw, typed: f"{length}({typed}) > {most}")
    physical = field.physical_type
    if physical and physical.max_length is not None and (is_text or is_bytes):
        room, expected = physical.max_length, f"{physical.text}: at most {physical.max_length:,} {unit}"
        yield Check("physicalType", expected, lambda raw, typed: f"{length}({typed}) > {room}")
    if field.pattern is not None:
        pattern = literal(field.pattern)
        yield check("pattern", field.pattern, is_text, lambda raw, typed: f"NOT regexp_matches({typed}, {pattern})")
    if field.format and kind_of_field(field) is Kind.STRING:
        condition = format_condition(field.format)
        if condition:
            yield check("format", field.format, is_text, lambda raw, typed: f"NOT ({condition(typed)})")


def _physical(field: Field, reading: Reading) -> Iterator[Check]:
    """Whether numbers in text fit the type that the contract names; of typed data, its type tells."""
    if reading.encoding is Encoding.NATIVE or reading.kind not in (Kind.INTEGER, Kind.NUMBER):
        return
    width = number_width(field)
    if width:
        yield Check("format", width.text, _outside(reading, width.family, width.bits, is_signed=width.is_signed))
    physical = field.physical_type
    if physical and physical.family is Family.DECIMAL and physical.precision is not None:
        yield Check("physicalType", physical.text, _no_decimal(reading, physical.precision, physical.scale or 0))
    elif physical and physical.family in (Family.INTEGER, Family.FLOAT):
        outside = _outside(reading, physical.family, physical.bits, is_signed=physical.is_signed)
        yield Check("physicalType", physical.text, outside)


def _outside(reading: Reading, family: Family, bits: int | None, *, is_signed: bool) -> Predicate:
    """The condition for a number to be none that the type can hold."""
    if family is Family.FLOAT:
        most = _GREATEST.get(bits or 64)
        if most is None:
            return lambda raw, typed: NEVER
        beyond = _either(_ordered(reading, ">", Bound(most)), _ordered(reading, "<", Bound(-most)))
        # The infinities and NaN are there in all widths.
        return lambda raw, typed: f"isfinite(CAST({typed} AS DOUBLE)) AND ({beyond(raw, typed)})"
    broken = None if reading.kind is Kind.INTEGER else (lambda raw, typed: f"{typed} % 1 <> 0 OR NOT isfinite({typed})")
    if bits is None:
        return _either(broken or (lambda raw, typed: NEVER))
    low, high = (Bound(Decimal(end)) for end in integer_range(bits, is_signed=is_signed))
    return _either(_ordered(reading, "<", low), _ordered(reading, ">", high), broken)


def _no_decimal(reading: Reading, precision: int, scale: int) -> Predicate:
    most = Decimal((0, (9,) * precision, -scale))
    beyond = (_ordered(reading, "<", Bound(most.copy_negate())), _ordered(reading, ">", Bound(most)))
    if reading.kind is Kind.INTEGER:
        return _either(*beyond)
    return _either(*beyond, lambda raw, typed: f"{typed} <> round({typed}, {scale})")


def _nested(spot: Spot) -> Iterator[Check]:
    field, reading = spot.field, spot.reading
    is_array = reading.kind is Kind.ARRAY

    def sized(name: str, words: str, size: Predicate, operator: str, count: int | None) -> Iterator[Check]:
        if count is not None:
            yield _check(name, f"{words} {count:,}", reading, lambda raw, typed: f"{size(raw, typed)} {operator} {count}")

    def length(raw: str, typed: str) -> str:
        return f"len({reading.items(raw)})"

    if is_array:
        yield from sized("minItems", "items: at least", length, "<", field.min_items)
        yield from sized("maxItems", "items: at most", length, ">", field.max_items)
        if field.logical_type is LogicalType.VECTOR:
            yield from sized("dimensions", "dimensions: exactly", length, "<>", field.dimensions)
        if field.unique_items:
            inner = next((one.reading for one in spot.inner()), None)
            yield Check("uniqueItems", "no item twice", lambda raw, typed: repeats(reading.items(raw), inner))
    if reading.kind in (Kind.OBJECT, Kind.MAP):
        size = _size(reading)
        yield from sized("minProperties", "members: at least", size, "<", field.min_properties)
        yield from sized("maxProperties", "members: at most", size, ">", field.max_properties)


def _size(reading: Reading) -> Predicate:
    """The number of members of an object that are there, or of the entries of a map."""
    if reading.encoding is not Encoding.NATIVE:
        return lambda raw, typed: f"len(json_keys({typed}))"
    if reading.kind is Kind.MAP:
        return lambda raw, typed: f"cardinality({raw})"
    type: pa.DataType = reading.type
    names = [type.field(i).name for i in range(type.num_fields)]

    def size(raw: str, typed: str) -> str:
        parts = (f"CASE WHEN {reading.member(raw, name)} IS NULL THEN 0 ELSE 1 END" for name in names)
        return f"CASE WHEN {raw} IS NOT NULL THEN {' + '.join([*parts, '0'])} END"

    return size
