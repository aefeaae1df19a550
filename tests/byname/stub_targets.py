"""Targets and fields as Pants 2.32 to 2.34 moved them, piece by piece, into its native engine.

After the native sources: a field's value is computed when the field is made, what a class says of its fields is read
from the class, and a target is validated once all its fields are there.
"""

from __future__ import annotations

import types
from typing import Any, Optional


class UnionRule:
    """A member of a union."""

    def __init__(self, union_base: type, union_member: type) -> None:
        self.union_base = union_base
        self.union_member = union_member


class Address:
    """The address of a target."""

    def __init__(self, spec_path: str, *, target_name: Optional[str] = None, **_: Any) -> None:
        self.spec_path = spec_path
        self.target_name = target_name
        self.spec = f"{spec_path}:{target_name}"
        self.is_generated_target = False

    def __str__(self) -> str:
        return self.spec


class Field:
    """A field of a target."""

    required = none_is_valid_value = False
    removal_version = removal_hint = deprecated_alias = deprecated_alias_removal_version = None

    def __new__(cls, raw_value: Any, address: Address) -> Any:
        self: Any = object.__new__(cls)
        self.value = cls.compute_value(None if isinstance(raw_value, NoValue) else raw_value, address)
        self.address = address
        return self

    @classmethod
    def compute_value(cls: Any, raw_value: Any, address: Address) -> Any:
        if raw_value is None and cls.required:
            raise ValueError(f"The `{cls.alias}` field in target {address} must be defined.")
        return cls.default if raw_value is None else raw_value


class ScalarField(Field):
    """A field with one value."""

    default: Any = None

    def __class_getitem__(cls, item: Any) -> type:
        return cls

    @classmethod
    def compute_value(cls: Any, raw_value: Any, address: Address) -> Any:
        value = super().compute_value(raw_value, address)
        assert value is None or isinstance(value, cls.expected_type), f"{cls.alias} was {value!r}."
        return value


class BoolField(ScalarField):
    """A field that is true or false."""

    expected_type = bool


class StringField(ScalarField):
    """A field with text."""

    expected_type = str
    valid_choices: Any = None


class SequenceField(Field):
    """A field with a sequence as its value."""

    default: Any = None
    __class_getitem__ = classmethod(lambda cls, item: cls)

    @classmethod
    def compute_value(cls: Any, raw_value: Any, address: Address) -> Any:
        value = super().compute_value(raw_value, address)
        return None if value is None else tuple(value)


class StringSequenceField(SequenceField):
    """A field with several texts."""

    valid_choices: Any = None


class AsyncFieldMixin(Field):
    """A field that the engine may be asked about."""


class SourcesField(AsyncFieldMixin):
    """A field that names files."""

    default = expected_file_extensions = expected_num_files = default_glob_match_error_behavior = None
    uses_source_roots = True


class MultipleSourcesField(SourcesField):
    """A field that names several files."""

    alias = "sources"
    compute_value = SequenceField.compute_value


class OptionalSingleSourceField(SourcesField):
    """A field that may name one file."""

    alias = "source"
    help = "A file."


class SingleSourceField(OptionalSingleSourceField):
    """A field that names one file."""

    required = True


class Target:
    """A target."""

    PluginField = types.new_class("PluginField")
    removal_version = removal_hint = deprecated_alias = deprecated_alias_removal_version = None

    def __init__(self: Any, unhydrated_values: Any, address: Address) -> None:
        self.address = address
        self.field_values = {kind: kind(unhydrated_values.get(kind.alias), address) for kind in self.core_fields}
        self.validate()

    @classmethod
    def register_plugin_field(cls, field: type) -> UnionRule:
        return UnionRule(cls.PluginField, field)

    def validate(self) -> None:
        """Nothing to find fault with."""

    def __getitem__(self, field: type) -> Any:
        return next(value for kind, value in self.field_values.items() if issubclass(kind, field))

    def get(self, field: type, *, default_raw_value: Any = None) -> Any:
        return self[field] if self.has_field(field) else field(default_raw_value, self.address)

    def has_field(self, field: type) -> bool:
        return any(issubclass(kind, field) for kind in self.field_values)


class NoValue:
    """Stands for a field that a BUILD file does not set."""
