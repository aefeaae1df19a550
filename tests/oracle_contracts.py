"""What rows break of a contract, told row by row in plain Python: slow, simple, and without SQL."""

from __future__ import annotations

import decimal
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from wombat_tool.contracts.model import Bound, Field, LogicalType, SchemaObject

Row = dict[str, Any]
_EXACT = decimal.Context(prec=500)


def broken_rules(schema: SchemaObject, rows: Sequence[Row]) -> dict[tuple[str | None, str], int]:
    """How many rows break each rule, by the path of the column and the rule's name.

    :param rows: of the types that the fields ask for, as strategies_contracts.py makes them.
    """
    counts: Counter[tuple[str | None, str]] = Counter()
    for row in rows:
        counts.update({found for field in schema.fields for found in _broken(field, field.name, [row[field.name]])})
    for field in schema.fields:
        if field.unique and (field.name,) != schema.primary_key:
            counts[field.name, "unique"] = _repetitions([(row[field.name],) for row in rows])
    if schema.primary_key:
        key = schema.primary_key[0] if len(schema.primary_key) == 1 else None
        counts[key, "primaryKey"] = _repetitions([tuple(row[name] for name in schema.primary_key) for row in rows])
    return {rule: count for rule, count in counts.items() if count}


def _repetitions(keys: Sequence[tuple[Any, ...]]) -> int:
    there = [key for key in keys if None not in key]
    return len(there) - len(set(there))


def _broken(field: Field, path: str, values: Sequence[Any]) -> Iterator[tuple[str, str]]:
    """The rules that the values of a row break at a place of which it has one, or several."""
    for value in values:
        if value is None:
            if field.required:
                yield path, "required"
        else:
            for rule in _broken_by(field, value):
                yield path, rule
    there = [value for value in values if value is not None]
    if field.items:
        yield from _broken(field.items, f"{path}[]", [item for value in there for item in value])
    for member in field.fields:
        yield from _broken(member, f"{path}.{member.name}", [value[member.name] for value in there])


def _broken_by(field: Field, value: Any) -> Iterator[str]:
    if field.enum is not None and not any(_compared(value, one) == 0 for one in field.enum):
        yield "enum"
    if field.minimum and not _is_above(value, field.minimum):
        yield "minimum" if field.minimum.inclusive else "exclusiveMinimum"
    if field.maximum and not _is_below(value, field.maximum):
        yield "maximum" if field.maximum.inclusive else "exclusiveMaximum"
    if field.multiple_of is not None and _EXACT.remainder(Decimal(repr(value)), field.multiple_of) != 0:
        yield "multipleOf"
    if field.pattern is not None and not _searched(field.pattern, value):
        yield "pattern"
    names = ("minLength", "maxLength") if field.logical_type is LogicalType.STRING else ("minItems", "maxItems")
    least, most = (field.min_length, field.max_length) if names[0] == "minLength" else (field.min_items, field.max_items)
    if least is not None and len(value) < least:
        yield names[0]
    if most is not None and len(value) > most:
        yield names[1]
    if field.unique_items and len(value) > len(set(value)):
        yield "uniqueItems"


def _is_above(value: Any, bound: Bound) -> bool:
    order = _compared(value, bound.value)
    return order > 0 or (bound.inclusive and order == 0)


def _is_below(value: Any, bound: Bound) -> bool:
    order = _compared(value, bound.value)
    return order < 0 or (bound.inclusive and order == 0)


def _compared(value: Any, bound: Any) -> int:
    """Below, at or above; floats are compared with the float that is nearest to the bound."""
    if isinstance(bound, Decimal):
        value, bound = (value, float(bound)) if isinstance(value, float) else (Decimal(value), bound)
    return (value > bound) - (value < bound)


def _searched(pattern: str, text: str) -> bool:
    # In Python $ is also before a line end that ends the text, and \d is any digit of Unicode.
    return re.search(pattern.replace("$", r"\Z"), text, re.ASCII) is not None
