"""Checks values that were read against annotations, and makes of them what the annotation asks for."""

from __future__ import annotations

import sys

from wombat_step._annotations import is_union, strip, unknown_name
from wombat_step._mismatch import Mismatch, UnsupportedAnnotation, describe
from wombat_step._scalars import choice, literal, scalar, to_bytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from wombat_step._annotations import Scope
    from wombat_step._records import Record
    from wombat_step._scalars import Conversion


def convert(value: Any, annotation: Any, scope: Scope, *, at: str) -> Any:
    """The value as the annotation's type.

    :param value: of the types that JSON has.
    :param at: what messages call the value, as "params['limits'][2]".
    :raises Mismatch: if the value does not fit.
    :raises UnsupportedAnnotation: if the annotation is none that is known here.
    """
    return Conversions().of(annotation, scope)(value, at)


class Conversions:
    """Makes conversions of annotations, so that each annotation is looked at once, and not once for each row."""

    def __init__(self, *, is_row: bool = False, is_text: bool = False) -> None:
        """
        :param is_row: whether values are of rows of a table, where columns may be more than the fields of a class.
        :param is_text: whether values are the text of CSV fields, or None.
        """
        self.needs_digits = False  # Whether numbers of JSON are to keep the digits that a float would lose.
        self._is_row = is_row
        self._is_text = is_text
        self._records: dict[type, Record] = {}

    def of(self, annotation: Any, scope: Scope) -> Conversion:
        """What takes a value, and what messages call it, and returns the value as the annotation's type.

        It raises as `convert` does, also where the annotation is none that is known here.
        """
        annotation = strip(annotation, scope)
        typing = sys.modules.get("typing")
        if annotation is object or type(annotation).__name__ == "TypeVar" or (typing and annotation is typing.Any):
            return _as_it_is
        if annotation is None or annotation is type(None):
            return _none
        if is_union(annotation):
            return self._union(annotation, scope)
        origin = getattr(annotation, "__origin__", annotation)
        if str(origin) in ("typing.Literal", "typing_extensions.Literal"):
            return literal(annotation, is_text=self._is_text)
        if isinstance(origin, type) and not unknown_name(origin):
            found = scalar(origin, is_text=self._is_text) or self._class(origin, annotation, scope)
            if found:
                return found
        return _unsupported(annotation)

    def record(self, cls: type) -> Record:
        """How instances of a dataclass, NamedTuple or TypedDict are made."""
        from wombat_step._records import Record

        if cls not in self._records:
            self._records[cls] = Record(cls, is_row=self._is_row)
            self._records[cls].fill(self.of)
        return self._records[cls]

    def _class(self, origin: Any, annotation: Any, scope: Scope) -> Conversion | None:
        from wombat_step._moments import moment
        from wombat_step._pydantic import conversion, is_model
        from wombat_step._records import record_kind

        if hasattr(origin, "__members__"):
            return choice(origin, is_text=self._is_text)
        found = moment(origin, is_text=self._is_text)
        if found:
            self.needs_digits = self.needs_digits or origin.__name__ == "Decimal"
            return found
        if self._is_row and origin is bytes:
            return to_bytes
        if record_kind(origin):
            found = self.record(origin).convert
        elif is_model(origin):
            found = conversion(origin)
        else:
            found = self._collection(origin, annotation, scope)
        return _no_field(annotation) if found and self._is_text else found

    def _collection(self, origin: Any, annotation: Any, scope: Scope) -> Conversion | None:
        from collections import abc

        arguments = getattr(annotation, "__args__", ())
        if origin is tuple:
            return self._tuple(arguments, scope)
        if origin in (list, abc.Sequence, abc.MutableSequence, abc.Iterable, abc.Collection):
            return self._items(list, arguments, scope)
        if origin in (set, frozenset, abc.Set):
            return self._items(set if origin is set else frozenset, arguments, scope)
        if origin in (dict, abc.Mapping, abc.MutableMapping):
            return self._mapping(arguments, scope)
        return None

    def _tuple(self, arguments: tuple[Any, ...], scope: Scope) -> Conversion:
        if not arguments or arguments[-1] is Ellipsis:
            return self._items(tuple, arguments[:1], scope)
        if arguments == ((),):  # How Python 3.9 and 3.10 write tuple[()].
            arguments = ()
        conversions = [self.of(one, scope) for one in arguments]

        def convert(value: Any, at: str) -> Any:
            if not isinstance(value, (list, tuple)) or len(value) != len(conversions):
                raise Mismatch(at, f"a list of {len(conversions)}", value)
            return tuple(item(one, f"{at}[{i}]") for i, (one, item) in enumerate(zip(value, conversions)))

        return convert

    def _items(self, make: Any, arguments: tuple[Any, ...], scope: Scope) -> Conversion:
        item = self.of(arguments[0], scope) if arguments else _as_it_is
        # So the code that is generated from contracts has maps, and JSON has objects.
        is_map = self._is_row and bool(arguments) and _is_pair(strip(arguments[0], scope))

        def convert(value: Any, at: str) -> Any:
            if is_map and isinstance(value, dict):
                value = list(value.items())
            if not isinstance(value, (list, tuple)):
                is_single = isinstance(value, (str, int, float))
                hint = " A single value goes in brackets, too." if is_single else ""
                raise Mismatch(at, "a list", value, hint=hint)
            return make([item(one, f"{at}[{i}]") for i, one in enumerate(value)])

        return convert

    def _mapping(self, arguments: tuple[Any, ...], scope: Scope) -> Conversion:
        key_of, value_of = (self.of(one, scope) for one in arguments or (object, object))

        def convert(value: Any, at: str) -> Any:
            if self._is_row and isinstance(value, list) and all(isinstance(one, tuple) for one in value):
                value = dict(value)  # What pyarrow has for a map.
            if not isinstance(value, dict):
                raise Mismatch(at, "a dict", value)
            return {
                key_of(key, f"the key {key!r} of {at}"): value_of(one, f"{at}[{key!r}]") for key, one in value.items()
            }

        return convert

    def _union(self, annotation: Any, scope: Scope) -> Conversion:
        options = [strip(one, scope) for one in annotation.__args__]
        given = [one for one in options if one is not None and one is not type(None)]
        conversions = [self.of(one, scope) for one in given]
        accepts_none = len(given) < len(options)
        if len(given) == 1:
            only = conversions[0]
            return lambda value, at: None if value is None else only(value, at)
        if self._is_text:
            # Each text is a str, so that goes last.
            conversions = [self.of(one, scope) for one in sorted(given, key=lambda one: one is str)]

        def convert(value: Any, at: str) -> Any:
            if value is None and accepts_none:
                return None
            converted = []
            is_supported = False
            for conversion in conversions:
                try:
                    converted.append(conversion(value, at))
                except Mismatch:
                    is_supported = True
                except UnsupportedAnnotation:
                    continue
            # Of `Union[float, int]` the value 1 is the int: what needs no conversion goes first.
            for candidate in () if self._is_text else converted:
                if type(candidate) is type(value) and candidate == value:
                    return candidate
            if converted:
                return converted[0]
            if not is_supported:
                raise UnsupportedAnnotation(at, annotation)
            raise Mismatch(at, " or ".join(describe(one) for one in options), value)

        return convert


def _is_pair(annotation: Any) -> bool:
    arguments: tuple[Any, ...] = getattr(annotation, "__args__", ())
    return getattr(annotation, "__origin__", None) is tuple and len(arguments) == 2 and arguments[1] is not Ellipsis


def _as_it_is(value: Any, at: str) -> Any:
    return value


def _none(value: Any, at: str) -> None:
    if value is not None:
        raise Mismatch(at, "None", value)


def _unsupported(annotation: Any) -> Conversion:
    def convert(value: Any, at: str) -> Any:
        raise UnsupportedAnnotation(at, annotation)

    return convert


def _no_field(annotation: Any) -> Conversion:
    def convert(value: Any, at: str) -> Any:
        hint = " A CSV field holds a single value: declare the dataset as jsonl or parquet."
        raise Mismatch(at, describe(annotation), value, hint=hint)

    return convert
