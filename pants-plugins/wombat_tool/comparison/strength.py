"""What is left of a contract where only rules of some severity count.

What stops dependents is decided in production, so a rule is as strong there as comparisons take it. A rule that only warns
can be broken by data that arrives, and one that is switched off promises nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from wombat_tool.comparison.kinds import Kind, kind_of
from wombat_tool.contracts.model import (
    NOWHERE,
    Environment,
    Field,
    Handling,
    LogicalType,
    QualityRule,
    SchemaObject,
    Severity,
)
from wombat_tool.validation.rules import rule_in

SEVERITIES = tuple(Severity)
"""The worst first."""
# The rule that each attribute of a column is checked under, and the value of one that says nothing.
_RULES: dict[str, tuple[str, Any]] = {
    "physical_type": ("physicalType", None),
    "required": ("required", False),
    "unique": ("unique", False),
    "enum": ("enum", None),
    "min_length": ("minLength", None),
    "max_length": ("maxLength", None),
    "pattern": ("pattern", None),
    "multiple_of": ("multipleOf", None),
    "with_timezone": ("timezone", None),
    "min_items": ("minItems", None),
    "max_items": ("maxItems", None),
    "unique_items": ("uniqueItems", False),
    "min_properties": ("minProperties", None),
    "max_properties": ("maxProperties", None),
    "dimensions": ("dimensions", None),
}
_MOMENTS = (LogicalType.DATE, LogicalType.TIMESTAMP, LogicalType.TIME)


@dataclass(frozen=True)
class ColumnRules:
    """The rules of a column, or of what is in one, that are strong enough.

    :param field: its other rules are left out.
    :param kind: what its values are. All rules are about values of this kind; others break the type alone.
    :param type_rule: the name of the rule that they are of this kind, if that is one; None if it is not strong enough.
    :param may_be_missing: whether the data may lack the column.
    """

    field: Field
    kind: Kind | None = None
    type_rule: str | None = None
    may_be_missing: bool = False
    members: tuple[ColumnRules, ...] = ()
    items: ColumnRules | None = None
    map_key: ColumnRules | None = None
    map_value: ColumnRules | None = None

    def member(self, name: str) -> ColumnRules | None:
        """The rules of the member of that name."""
        return next((one for one in self.members if one.field.name == name), None)


@dataclass(frozen=True)
class TableRules:
    """The rules of a dataset that are strong enough.

    :param schema: its other rules are left out, but for those of its columns.
    :param quality: all rules about metrics and queries; those of columns with the paths of these.
    """

    schema: SchemaObject
    columns: tuple[ColumnRules, ...]
    quality: tuple[QualityRule, ...]

    def column(self, name: str) -> ColumnRules | None:
        """The rules of the column of that name."""
        return next((one for one in self.columns if one.field.name == name), None)


def severity_of(rule: str, handling: Handling, severity: Severity = Severity.ERROR) -> Severity | None:
    """How bad a violation is in production; None where the rule is not checked there.

    :param severity: where the contract does not ask for another.
    """
    found = rule_in(Environment.PRODUCTION, rule, handling, column=None, expected="", place=NOWHERE, severity=severity)
    return None if found is None else found.severity


def rules_of(schema: SchemaObject, least: Severity) -> TableRules:
    """The rules whose violation is of that severity or worse."""
    strength = _Strength(least)
    key = schema.primary_key
    owner = (schema.field_named(key[0]) if key else None) or schema
    # A column that is the primary key on its own is unique by that rule alone.
    fields = tuple(replace(one, unique=False) if (one.name,) == key else one for one in schema.fields)
    kept = replace(
        schema,
        primary_key=key if strength.counts("primaryKey", owner.handling) else (),
        relationships=tuple(one for one in schema.relationships if strength.counts("relationships", one.handling)),
        allows_extra_columns=schema.allows_extra_columns or not strength.counts("extraColumns", schema.handling),
    )
    rules = (one for one in _quality(schema) if strength.counts(one.name, one.handling, one.severity))
    return TableRules(kept, tuple(map(strength.column, fields)), tuple(rules))


def fields_by_path(schema: SchemaObject) -> Iterator[tuple[str, Field]]:
    """All that a contract describes, each with its path: "address.city", "tags[]"."""
    for field in schema.fields:
        yield from _by_path(field.name, field)


def _by_path(path: str, field: Field) -> Iterator[tuple[str, Field]]:
    yield path, field
    for member in field.fields:
        yield from _by_path(f"{path}.{member.name}", member)
    for mark, inner in (("[]", field.items), (".key", field.map_key), (".value", field.map_value)):
        if inner is not None:
            yield from _by_path(path + mark, inner)


def _quality(schema: SchemaObject) -> Iterator[QualityRule]:
    yield from schema.quality
    for path, field in fields_by_path(schema):
        yield from (replace(rule, columns=(path,)) for rule in field.quality)


@dataclass(frozen=True)
class _Strength:
    """Which rules count: those whose violation is of this severity, or worse."""

    least: Severity

    def counts(self, rule: str, handling: Handling, severity: Severity = Severity.ERROR) -> bool:
        found = severity_of(rule, handling, severity)
        return found is not None and SEVERITIES.index(found) <= SEVERITIES.index(self.least)

    def column(self, field: Field) -> ColumnRules:
        kind = kind_of(field)
        type_rule = "logicalType" if field.logical_type else "physicalType"
        return ColumnRules(
            self._kept(field),
            kind,
            type_rule if kind and self.counts(type_rule, field.handling) else None,
            may_be_missing=not self.counts("present", field.handling),
            members=tuple(map(self.column, members_of(field))),
            items=self._inner(field.items),
            map_key=self._inner(field.map_key),
            map_value=self._inner(field.map_value),
        )

    def _inner(self, field: Field | None) -> ColumnRules | None:
        return None if field is None else self.column(field)

    def _kept(self, field: Field) -> Field:
        left_out = {
            name: nothing
            for name, (rule, nothing) in _RULES.items()
            if getattr(field, name) != nothing and not self.counts(rule, field.handling)
        }
        for name, rule, exclusive_rule in (
            ("minimum", "minimum", "exclusiveMinimum"),
            ("maximum", "maximum", "exclusiveMaximum"),
        ):
            bound = getattr(field, name)
            if bound and not self.counts(rule if bound.inclusive else exclusive_rule, field.handling):
                left_out[name] = None
        if field.logical_type not in _MOMENTS and not self.counts("format", field.handling):
            # Of dates and times it is no rule, but says how to read them.
            left_out["format"] = None
        return replace(field, **left_out)


def members_of(field: Field) -> tuple[Field, ...]:
    """The members of an object, those included of which the contract says only that they are required."""
    described = {member.name for member in field.fields}
    others = (
        Field(name, required=True, handling=field.handling, place=field.place)
        for name in field.required_members
        if name not in described
    )
    return (*field.fields, *others)
