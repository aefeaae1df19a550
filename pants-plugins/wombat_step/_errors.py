"""The errors that a step can end with; the text of each is the whole message for the user."""

from __future__ import annotations

from wombat_step._traceback import format_user_traceback as format_user_traceback  # noqa: PLC0414

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import NoReturn


class WombatStepError(Exception):
    """Base class of all errors of this package."""


class SpecError(WombatStepError):
    """The step spec (`step.json`) is not one that this version can run."""


class EntryPointError(WombatStepError):
    """The `entry_point` field does not lead to a function."""


class MissingRequirementError(WombatStepError):
    """The step needs a module that its environment does not have."""


class BindingError(WombatStepError):
    """The function's parameters do not fit the step's inputs, outputs and params."""


class AnnotationError(BindingError):
    """A parameter's annotation asks for something that its input cannot be read as."""


class ParamError(BindingError):
    """A value in the `params` field is not of the type that the function's annotation asks for."""


class InputFormatError(WombatStepError):
    """An input file is not of the format that its dataset declares."""

    def __init__(self, *, parameter: str, path: str, format: str, problem: str, mend: str) -> None:
        super().__init__(f"Input {parameter!r} ({path}) cannot be read as {format}: {problem} {mend}")


class InputRowError(WombatStepError):
    """A row of an input is not what the class that the function's annotation names for its rows says."""

    def __init__(self, *, parameter: str, path: str, row: str, problem: str, mend: str) -> None:
        super().__init__(f"Input {parameter!r} ({path}){row}: {problem} {mend}")


class OutputError(WombatStepError):
    """The function did not produce exactly the outputs that the step declares."""


class OutputFormatError(OutputError):
    """An output's value or file cannot be of the format that its dataset declares."""

    def __init__(self, *, output: str, format: str, problem: str, mend: str) -> None:
        super().__init__(f"Output {output} cannot be written as {format}: {problem} {mend}")


class ProgramError(WombatStepError):
    """The program of a step ended with an exit code that is not 0."""


class ProgramArgumentError(WombatStepError):
    """The arguments of a program name an input, output or parameter that the step does not have."""


class MetricsError(WombatStepError):
    """A metric is not a finite number with a name."""


class OutOfMemoryError(WombatStepError):
    """The step's data does not fit into the memory that it may use."""


class UserCodeError(WombatStepError):
    """The user's own code raised; `original` is what it raised.

    :param what: what was running, as "function 'clean' in etl/steps.py".
    :param sources: the directory of the user's sources, which the traceback's paths are then relative to.
    """

    def __init__(self, *, what: str, original: BaseException, sources: str | None = None) -> None:
        super().__init__(what, original)
        self.what = what
        self.original = original
        self.sources = sources

    def __str__(self) -> str:
        return f"The step's {self.what} raised {type(self.original).__name__}.\n\n{format_user_traceback(self)}"


def join_names(names: Iterable[str]) -> str:
    """The names as "a, b", or "none"."""
    return ", ".join(names) or "none"


def did_you_mean(name: str, known: Sequence[str]) -> str:
    """A sentence with the name nearest to `name`, or nothing."""
    from difflib import get_close_matches

    near = get_close_matches(name, known, n=1)
    return f" Did you mean {near[0]!r}?" if near else ""


def of_type(value: object) -> str:
    """What a value is, for a sentence, as "a value of type pandas.DataFrame"."""
    cls = type(value)
    module = cls.__module__.split(".")[0]
    name = cls.__qualname__ if module in ("builtins", "__main__") else f"{module}.{cls.__qualname__}"
    return f"a value of type {name}"


def short_repr(value: object, *, limit: int = 80) -> str:
    """`repr(value)`, cut in the middle where it is longer than `limit`."""
    text = repr(value)
    return text if len(text) <= limit else f"{text[: limit - 20]}...{text[-15:]}"


def raise_together(problems: Sequence[BindingError]) -> NoReturn:
    """Raise the one problem, or all of them as one error."""
    if len(problems) == 1:
        raise problems[0]
    classes = {type(problem) for problem in problems}
    error = classes.pop() if len(classes) == 1 else BindingError
    lines = "".join(f"\n  * {problem}" for problem in problems)
    raise error(f"{len(problems)} things to mend:{lines}")
