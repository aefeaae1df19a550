"""Classes whose instances are made of columns or keys: dataclasses, NamedTuples and TypedDicts."""

from __future__ import annotations

import sys

from wombat_step._annotations import Scope, members, own_annotations
from wombat_step._errors import did_you_mean, join_names
from wombat_step._mismatch import Mismatch, describe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from wombat_step._scalars import Conversion

DATACLASS = "dataclass"
NAMED_TUPLE = "NamedTuple"
TYPED_DICT = "TypedDict"

_columns: dict[type, list[tuple[str, str]]] = {}


def record_kind(cls: object) -> str | None:
    """Which of the kinds the class is, or None."""
    if not isinstance(cls, type):
        return None
    if hasattr(cls, "__dataclass_fields__"):
        return DATACLASS
    if issubclass(cls, tuple) and hasattr(cls, "_fields"):
        return NAMED_TUPLE
    return TYPED_DICT if issubclass(cls, dict) and hasattr(cls, "__total__") else None


def columns_of_dataclass(cls: Any) -> list[tuple[str, str]]:
    """The fields of a dataclass, each with the name that it has in data: `field(metadata={"column": "Arr Delay"})`."""
    if cls not in _columns:
        import dataclasses

        _columns[cls] = [(one.name, one.metadata.get("column", one.name)) for one in dataclasses.fields(cls)]
    return _columns[cls]


class Field:
    """A field of a class, or a key of a TypedDict.

    `column` is its name in data, `is_optional` says that an instance can be made without it, and `is_nullable` that it
    may be None.
    """

    __slots__ = ("annotation", "at", "column", "convert", "is_nullable", "is_optional", "name")

    def __init__(
        self, name: str, column: str, annotation: Any, scope: Scope, convert: Conversion, *, is_optional: bool
    ) -> None:
        self.name = name
        self.column = column
        self.at = f"column {column!r}"
        self.annotation = annotation if isinstance(annotation, str) else describe(annotation)
        self.convert = convert
        self.is_nullable = is_nullable(annotation, scope)
        self.is_optional = is_optional


class Record:
    """How instances of a class are made; its fields are filled in later, as classes may refer to themselves."""

    __slots__ = ("cls", "fields", "is_row", "kind")

    def __init__(self, cls: Any, *, is_row: bool) -> None:
        """
        :param is_row: whether keys that are no fields are left out, and missing ones None where they may be.
        """
        self.cls = cls
        self.kind = record_kind(cls)
        self.fields: dict[str, Field] = {}  # By column.
        self.is_row = is_row

    def fill(self, of: Callable[[Any, Scope], Conversion]) -> None:
        """Set the fields, converted as `of` says for each annotation."""
        columns = dict(columns_of_dataclass(self.cls)) if self.kind == DATACLASS else {}
        for name, annotation, scope, is_optional in _fields(self.cls, self.kind):
            column = columns.get(name, name)
            conversion = of(annotation, scope)
            self.fields[column] = Field(name, column, annotation, scope, conversion, is_optional=is_optional)

    def convert(self, value: Any, at: str) -> Any:
        """An instance of a dict, or of a list where the class is a NamedTuple.

        :raises Mismatch: if it has other keys, or other values.
        """
        if self.kind == NAMED_TUPLE and isinstance(value, (list, tuple)) and len(value) == len(self.fields):
            value = dict(zip(self.fields, value))
        if not isinstance(value, dict):
            raise Mismatch(at, f"a dict with the keys of {describe(self.cls)}", value)
        arguments = {}
        for key, one in value.items():
            field = self.fields.get(key)
            if field is not None:
                arguments[field.name] = field.convert(one, f"{at}[{key!r}]")
            elif not self.is_row:
                known = list(self.fields)
                raise self._other_keys(value, at, f"The key {key!r} is none of them.{did_you_mean(str(key), known)}")
        missing = []
        for column, field in self.fields.items():
            if field.name not in arguments and not field.is_optional:
                if self.is_row and field.is_nullable:
                    arguments[field.name] = None
                else:
                    missing.append(column)
        if missing:
            raise self._other_keys(value, at, f"Missing: {join_names(missing)}.")
        try:
            return self.build(arguments)
        except ValueError as err:
            raise Mismatch(at, f"a valid {describe(self.cls)}", value, hint=f" It was refused: {err}") from err

    def build(self, arguments: dict[str, Any]) -> Any:
        """An instance of converted values, by the names of the fields.

        :raises ValueError: if the class refuses them, whatever it raises.
        """
        if self.kind == TYPED_DICT:
            return arguments
        try:
            return self.cls(**arguments)
        except (TypeError, ValueError) as err:
            raise ValueError(str(err)) from err
        except Exception as err:
            raise ValueError(f"{type(err).__name__}: {err}") from err

    def _other_keys(self, value: Any, at: str, hint: str) -> Mismatch:
        must = f"a dict with the keys of {describe(self.cls)} ({join_names(self.fields)})"
        return Mismatch(at, must, value, hint=f" {hint}")


def is_nullable(annotation: Any, scope: Scope) -> bool:
    """Whether None is a value of the type."""
    typing = sys.modules.get("typing")
    return any(
        one is None
        or one is type(None)
        or one is object
        or (typing and one is typing.Any)
        or type(one).__name__ == "TypeVar"
        or (str(getattr(one, "__origin__", "")).endswith(".Literal") and None in one.__args__)
        for one in members(annotation, scope)
    )


def _fields(cls: Any, kind: str | None) -> list[tuple[str, Any, Scope, bool]]:
    """The name, annotation and scope of each field, and whether an instance can be made without it."""
    annotations = _annotations(cls)
    if kind == TYPED_DICT:
        return [(name, *_key(cls, name, annotation, scope)) for name, (annotation, scope) in annotations.items()]
    if kind == NAMED_TUPLE:
        # What `collections.namedtuple` makes has no annotations.
        return [
            (name, *annotations.get(name, (object, Scope(cls))), name in cls._field_defaults) for name in cls._fields
        ]
    import dataclasses

    return [
        (
            one.name,
            *annotations.get(one.name, (one.type, Scope(cls))),
            one.default is not dataclasses.MISSING or one.default_factory is not dataclasses.MISSING,
        )
        for one in dataclasses.fields(cls)
        if one.init
    ]


def _key(cls: Any, name: str, annotation: Any, scope: Scope) -> tuple[Any, Scope, bool]:
    resolved = scope.resolve(annotation)
    is_optional = name not in getattr(cls, "__required_keys__", ())
    qualifier = _qualifier(resolved)
    while qualifier:
        # With `from __future__ import annotations` the class itself does not see that a key is not required.
        is_optional = is_optional or qualifier == "NotRequired"
        resolved = scope.resolve(resolved.__args__[0])
        qualifier = _qualifier(resolved)
    return resolved, scope, is_optional


def _qualifier(annotation: Any) -> str:
    """The qualifier of a TypedDict's key, as "NotRequired", or nothing."""
    name = str(getattr(annotation, "__origin__", "")).rpartition(".")[2]
    return name if name in ("Required", "NotRequired", "ReadOnly") else ""


def _annotations(cls: type) -> dict[str, tuple[Any, Scope]]:
    """Each annotated name of the class and its bases, with the scope in which its annotation was written."""
    found: dict[str, tuple[Any, Scope]] = {}
    # A TypedDict has no bases but dict; its own annotations hold those it inherits.
    for base in reversed(cls.__mro__):
        if base not in (object, dict, tuple):
            scope = Scope(base)
            found.update({name: (annotation, scope) for name, annotation in own_annotations(base).items()})
    return found
