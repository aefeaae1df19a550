"""The parameters of the user's function."""

from __future__ import annotations

from wombat_step._annotations import own_annotations
from wombat_step._errors import BindingError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

# A bit of `co_flags`, see the documentation of the module `inspect`.
_CO_VARKEYWORDS = 0x08


class _Missing:
    def __repr__(self) -> str:
        return "no annotation"


MISSING = _Missing()


class Parameter:
    """One parameter of the user's function; `annotation` is as written, which may be text."""

    __slots__ = ("annotation", "has_default", "is_positional_only", "name")

    def __init__(self, *, name: str, annotation: object, has_default: bool, is_positional_only: bool) -> None:
        self.name = name
        self.annotation = annotation
        self.has_default = has_default
        self.is_positional_only = is_positional_only


class Signature:
    """The parameters in order, without `*args` and `**kwargs`."""

    __slots__ = ("function", "parameters", "takes_any_keyword")

    def __init__(self, function: Any, parameters: list[Parameter], *, takes_any_keyword: bool) -> None:
        self.function = function  # The function that was written, below its decorators: annotations belong to it.
        self.parameters = {parameter.name: parameter for parameter in parameters}
        self.takes_any_keyword = takes_any_keyword


def signature_of(function: Callable[..., Any]) -> Signature:
    """What the function takes, as `inspect.signature` would say."""
    # A plain function says it in its code object. Importing `inspect` costs more than all the rest of a small step.
    is_plain = type(function) is type(signature_of)
    if is_plain and not hasattr(function, "__wrapped__") and not hasattr(function, "__signature__"):
        return _plain_signature(function)
    return _inspected_signature(function)


def _plain_signature(function: Any) -> Signature:
    code = function.__code__
    positional = code.co_varnames[: code.co_argcount]
    keyword_only = code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
    with_default = set(positional[len(positional) - len(function.__defaults__ or ()) :])
    with_default.update(function.__kwdefaults__ or ())
    annotations = own_annotations(function)
    return Signature(
        function,
        [
            Parameter(
                name=name,
                annotation=annotations.get(name, MISSING),
                has_default=name in with_default,
                is_positional_only=i < code.co_posonlyargcount,
            )
            for i, name in enumerate((*positional, *keyword_only))
        ],
        takes_any_keyword=bool(code.co_flags & _CO_VARKEYWORDS),
    )


def _inspected_signature(function: Callable[..., Any]) -> Signature:
    import inspect

    try:
        found = inspect.signature(function).parameters.values()
    except (TypeError, ValueError) as err:
        raise BindingError(
            f"The parameters of {function!r} cannot be read: {err}. Name a function with a `def`."
        ) from err
    return Signature(
        _innermost(function),
        [
            Parameter(
                name=one.name,
                annotation=MISSING if one.annotation is one.empty else one.annotation,
                has_default=one.default is not one.empty,
                is_positional_only=one.kind is one.POSITIONAL_ONLY,
            )
            for one in found
            if one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD)
        ],
        takes_any_keyword=any(one.kind is one.VAR_KEYWORD for one in found),
    )


def _innermost(function: Any) -> Any:
    import functools

    while True:
        if isinstance(function, functools.partial):
            function = function.func
        elif hasattr(function, "__wrapped__"):
            function = function.__wrapped__
        elif hasattr(function, "__globals__"):
            return function
        else:
            return type(function).__call__
