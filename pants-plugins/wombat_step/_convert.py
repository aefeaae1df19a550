"""Checks values that came from JSON against annotations, and makes of them what the annotation asks for."""

from __future__ import annotations

import sys

from wombat_step._annotations import Scope, is_union, strip, unknown_name
from wombat_step._errors import did_you_mean, join_names, short_repr

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any


class Mismatch(ValueError):
    """A value is not what the annotation asks for; the text says what and where, not how to mend."""

    def __init__(self, at: str, must: str, value: object, *, hint: str = "") -> None:
        super().__init__(f"{at} must be {must}, but was {short_repr(value)} ({type(value).__name__}).{hint}")


class UnsupportedAnnotation(TypeError):
    """Nothing that came from JSON can be checked against the annotation."""

    def __init__(self, at: str, annotation: object) -> None:
        super().__init__(
            f"{at} is annotated {describe(annotation)}, which a JSON value cannot be checked against. Annotate it with "
            "bool, int, float, str, list[...], tuple[...], dict[str, ...], Optional, Union, Literal, an Enum, date, "
            "datetime, a dataclass, a TypedDict or Any."
        )


def convert(value: Any, annotation: Any, scope: Scope, *, at: str) -> Any:
    """The value as the annotation's type.

    :param value: of the types that JSON has.
    :param at: what messages call the value, as "params['limits'][2]".
    :raises Mismatch: if the value does not fit.
    :raises UnsupportedAnnotation: if the annotation is none that is known here.
    """
    annotation = strip(annotation, scope)
    typing = sys.modules.get("typing")
    if annotation is object or type(annotation).__name__ == "TypeVar" or (typing and annotation is typing.Any):
        return value
    if annotation is None or annotation is type(None):
        if value is not None:
            raise Mismatch(at, "None", value)
        return None
    if is_union(annotation):
        return _union(value, annotation, scope, at)
    origin = getattr(annotation, "__origin__", annotation)
    if str(origin) in ("typing.Literal", "typing_extensions.Literal"):
        return _literal(value, annotation, at)
    if isinstance(origin, type) and not unknown_name(origin):
        if origin in (bool, int, float, str):
            return _scalar(value, origin, at)
        converted = _class(value, origin, annotation, scope, at)
        if converted is not _UNSUPPORTED:
            return converted
    raise UnsupportedAnnotation(at, annotation)


def describe(annotation: Any) -> str:
    """An annotation for a sentence, as "int" or "list[str]"."""
    if isinstance(annotation, type) and not hasattr(annotation, "__args__"):
        name = unknown_name(annotation) or annotation.__qualname__
        module = annotation.__module__.split(".")[0]
        return name if unknown_name(annotation) or module in ("builtins", "datetime") else f"{module}.{name}"
    return str(annotation).replace("typing.", "")


_UNSUPPORTED = object()


def _scalar(value: Any, wanted: type, at: str) -> Any:
    if wanted is float and type(value) is int:
        try:
            return float(value)
        except OverflowError as err:
            raise Mismatch(at, "float", value, hint=" It is too large for one.") from err
    if type(value) is wanted:
        return value
    raise Mismatch(at, wanted.__name__, value, hint=_scalar_hint(value, wanted))


def _scalar_hint(value: Any, wanted: type) -> str:
    if wanted is str and isinstance(value, (bool, int, float)):
        return f" Did you mean {str(value)!r}, with quotes?"
    if wanted is bool and value in ("true", "True", "false", "False", 0, 1):
        return f" Did you mean {str(value) in ('true', 'True', '1')}?"
    if isinstance(value, str) and wanted in (int, float):
        try:
            return f" Did you mean {wanted(value)}, without quotes?"
        except ValueError:
            return ""
    if wanted is int and isinstance(value, float) and value.is_integer():
        return f" Did you mean {int(value)}?"
    return ""


def _union(value: Any, annotation: Any, scope: Scope, at: str) -> Any:
    options = annotation.__args__
    converted = []
    is_supported = False
    for option in options:
        try:
            converted.append(convert(value, option, scope, at=at))
        except Mismatch:
            is_supported = is_supported or option is not type(None)
        except UnsupportedAnnotation:
            continue
    # Of `Union[float, int]` the value 1 is the int: what needs no conversion goes first.
    for candidate in converted:
        if type(candidate) is type(value) and candidate == value:
            return candidate
    if converted:
        return converted[0]
    given = [one for one in options if one is not type(None)]
    if not is_supported:
        raise UnsupportedAnnotation(at, annotation)
    if len(given) == 1 and value is not None:
        return convert(value, given[0], scope, at=at)  # Raises, and says more than is known here.
    raise Mismatch(at, " or ".join(describe(strip(one, scope)) for one in options), value)


def _literal(value: Any, annotation: Any, at: str) -> Any:
    for allowed in annotation.__args__:
        if type(allowed) is type(value) and allowed == value:
            return value
        if hasattr(type(allowed), "__members__") and value in (allowed.value, allowed.name):
            return allowed
    choices = [str(one) for one in annotation.__args__]
    raise Mismatch(
        at,
        f"one of {', '.join(repr(one) for one in annotation.__args__)}",
        value,
        hint=did_you_mean(str(value), choices),
    )


def _class(value: Any, origin: type, annotation: Any, scope: Scope, at: str) -> Any:
    import datetime
    from collections import abc

    arguments = getattr(annotation, "__args__", ())
    if origin is tuple:
        return _tuple(value, arguments, scope, at)
    if origin in (list, abc.Sequence, abc.MutableSequence, abc.Iterable, abc.Collection):
        return _items(value, arguments, scope, at)
    if origin in (set, frozenset, abc.Set):
        return (set if origin is set else frozenset)(_items(value, arguments, scope, at))
    if origin in (dict, abc.Mapping, abc.MutableMapping):
        return _mapping(value, arguments, scope, at)
    if origin in (datetime.date, datetime.datetime):
        return _moment(value, origin, at)
    if hasattr(origin, "__members__"):
        return _enum(value, origin, at)
    if hasattr(origin, "__dataclass_fields__"):
        return _dataclass(value, origin, at)
    if issubclass(origin, dict) and hasattr(origin, "__total__"):
        return _typed_dict(value, origin, at)
    return _UNSUPPORTED


def _tuple(value: Any, arguments: tuple[Any, ...], scope: Scope, at: str) -> tuple[Any, ...]:
    if not arguments or arguments[-1] is Ellipsis:
        return tuple(_items(value, arguments[:1], scope, at))
    if arguments == ((),):  # How Python 3.9 and 3.10 write tuple[()].
        arguments = ()
    if not isinstance(value, (list, tuple)) or len(value) != len(arguments):
        raise Mismatch(at, f"a list of {len(arguments)}", value)
    return tuple(convert(one, wanted, scope, at=f"{at}[{i}]") for i, (one, wanted) in enumerate(zip(value, arguments)))


def _items(value: Any, arguments: tuple[Any, ...], scope: Scope, at: str) -> list[Any]:
    if not isinstance(value, (list, tuple)):
        raise Mismatch(
            at,
            "a list",
            value,
            hint=" A single value goes in brackets, too." if isinstance(value, (str, int, float)) else "",
        )
    if not arguments:
        return list(value)
    return [convert(one, arguments[0], scope, at=f"{at}[{i}]") for i, one in enumerate(value)]


def _mapping(value: Any, arguments: tuple[Any, ...], scope: Scope, at: str) -> dict[Any, Any]:
    if not isinstance(value, dict):
        raise Mismatch(at, "a dict", value)
    if not arguments:
        return dict(value)
    key_type, value_type = arguments
    return {
        convert(key, key_type, scope, at=f"the key {key!r} of {at}"): convert(
            one, value_type, scope, at=f"{at}[{key!r}]"
        )
        for key, one in value.items()
    }


def _moment(value: Any, wanted: Any, at: str) -> Any:
    if isinstance(value, str):
        text = value
        if wanted.__name__ == "datetime" and text[-1:] in ("Z", "z"):
            text = text[:-1] + "+00:00"  # datetime.fromisoformat reads "Z" since Python 3.11 only.
        try:
            return wanted.fromisoformat(text)
        except ValueError:
            pass
    example = "2024-02-29" if wanted.__name__ == "date" else "2024-02-29T12:00:00"
    raise Mismatch(at, f"a {wanted.__name__} in ISO 8601 form, as {example!r}", value)


def _enum(value: Any, wanted: Any, at: str) -> Any:
    for member in wanted:
        if type(member.value) is type(value) and member.value == value:
            return member
    if isinstance(value, str) and value in wanted.__members__:
        return wanted.__members__[value]
    choices = [repr(member.value) for member in wanted]
    hint = did_you_mean(str(value), [str(member.value) for member in wanted])
    raise Mismatch(at, f"one of {', '.join(choices)} (the values of {describe(wanted)})", value, hint=hint)


def _dataclass(value: Any, wanted: Any, at: str) -> Any:
    import dataclasses

    fields = {one.name: one for one in dataclasses.fields(wanted) if one.init}
    required = [
        one.name
        for one in fields.values()
        if one.default is dataclasses.MISSING and one.default_factory is dataclasses.MISSING
    ]
    _check_keys(value, known=fields, required=required, wanted=wanted, at=at)
    annotations = _class_annotations(wanted)
    arguments = {
        key: convert(one, *annotations.get(key, (fields[key].type, Scope(wanted))), at=f"{at}[{key!r}]")
        for key, one in value.items()
    }
    try:
        return wanted(**arguments)
    except (TypeError, ValueError) as err:
        raise Mismatch(at, f"a valid {describe(wanted)}", value, hint=f" It was refused: {err}") from err


def _typed_dict(value: Any, wanted: Any, at: str) -> dict[str, Any]:
    annotations = {}
    required = set(getattr(wanted, "__required_keys__", ()))
    for key, (annotation, scope) in _class_annotations(wanted).items():
        resolved = scope.resolve(annotation)
        qualifier = _qualifier(resolved)
        while qualifier:
            # With `from __future__ import annotations` the class itself does not see that a key is not required.
            if qualifier == "NotRequired":
                required.discard(key)
            resolved = scope.resolve(resolved.__args__[0])
            qualifier = _qualifier(resolved)
        annotations[key] = (resolved, scope)
    _check_keys(value, known=annotations, required=sorted(required), wanted=wanted, at=at)
    return {key: convert(one, *annotations[key], at=f"{at}[{key!r}]") for key, one in value.items()}


def _check_keys(value: Any, *, known: Iterable[str], required: Iterable[str], wanted: type, at: str) -> None:
    if not isinstance(value, dict):
        raise Mismatch(at, f"a dict with the keys of {describe(wanted)}", value)
    known = list(known)
    for key in value:
        if key not in known:
            hint = f" The key {key!r} is none of them.{did_you_mean(str(key), known)}"
            raise Mismatch(at, f"a dict with the keys of {describe(wanted)} ({join_names(known)})", value, hint=hint)
    missing = [key for key in required if key not in value]
    if missing:
        hint = f" Missing: {join_names(missing)}."
        raise Mismatch(at, f"a dict with the keys of {describe(wanted)} ({join_names(known)})", value, hint=hint)


def _class_annotations(cls: type) -> dict[str, tuple[Any, Scope]]:
    """Each annotated name of the class and its bases, with the scope in which its annotation was written."""
    found: dict[str, tuple[Any, Scope]] = {}
    # A TypedDict has no bases but dict; its own annotations hold those it inherits.
    for base in reversed(cls.__mro__):
        if base is not object and base is not dict:
            scope = Scope(base)
            found.update(
                {name: (annotation, scope) for name, annotation in getattr(base, "__annotations__", {}).items()}
            )
    return found


def _qualifier(annotation: Any) -> str:
    """The qualifier of a TypedDict's key, as "NotRequired", or nothing."""
    name = str(getattr(annotation, "__origin__", "")).rpartition(".")[2]
    return name if name in ("Required", "NotRequired", "ReadOnly") else ""
