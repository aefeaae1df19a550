"""What is said of a value that is not what an annotation asks for."""

from __future__ import annotations

from wombat_step._annotations import unknown_name
from wombat_step._errors import short_repr

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Mismatch(ValueError):
    """A value is not what the annotation asks for; the text says what and where, not how to mend."""

    def __init__(self, at: str, must: str, value: object, *, hint: str = "") -> None:
        super().__init__(f"{at} must be {must}, but was {short_repr(value)} ({type(value).__name__}).{hint}")


class UnsupportedAnnotation(TypeError):
    """No value that was read can be checked against the annotation."""

    def __init__(self, at: str, annotation: object) -> None:
        super().__init__(
            f"{at} is annotated {describe(annotation)}, which Wombat cannot check a value against. Annotate it with "
            "bool, int, float, str, list[...], tuple[...], dict[str, ...], Optional, Union, Literal, an Enum, date, "
            "datetime, time, timedelta, Decimal, UUID, a dataclass, a NamedTuple, a TypedDict, a pydantic model or Any."
        )


def describe(annotation: Any) -> str:
    """An annotation for a sentence, as "int" or "list[str]"."""
    if isinstance(annotation, type) and not hasattr(annotation, "__args__"):
        name = unknown_name(annotation) or annotation.__qualname__
        module = annotation.__module__.split(".")[0]
        is_plain = unknown_name(annotation) or module in ("builtins", "datetime", "decimal", "uuid")
        return name if is_plain else f"{module}.{name}"
    return str(annotation).replace("typing.", "")
