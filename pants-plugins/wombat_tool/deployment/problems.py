"""What can be wrong with a deployment target, in words for its author."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Problem:
    """One mistake in one target.

    :param field: the field, with the way into it for a dictionary: "resources.memory".
    :param message: what it must be and what it is, or what is wrong and how to mend it, as sentences.
    """

    target: str
    field: str
    message: str


class DeploymentProblem(Exception):
    """A setting is right by itself, and wrong for this pipeline, this system or together with another setting.

    :param field: the field that is to be mended.
    :param message: a sentence that goes on after "The 'field' field in target X".
    """

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


class LimitProblem(DeploymentProblem):
    """The system takes no more of something than there would be.

    :param what: the things that are limited, as "jobs in a workflow".
    :param source: where the system documents its limit.
    """

    def __init__(self, *, system: str, what: str, count: int, limit: int, source: str, mend: str) -> None:
        super().__init__(
            "granularity",
            f"makes {count} {what}, and {system} takes at most {limit} ({source}). {mend}",
        )


def problem_text(target: str, field: str, message: str) -> str:
    """The whole message of a problem."""
    return f"The {field!r} field in target {target} {message}"


def shown(value: Any, *, limit: int = 80) -> str:
    """A value as it stands in a BUILD file, cut if it is long."""
    text = repr(value)
    return text if len(text) <= limit else f"{text[:limit]}..."
