"""What a Wombat step may import: the step marker, metrics, and the type of a path to write an output to."""

from __future__ import annotations

from wombat_step._errors import WombatStepError
from wombat_step._metrics import capture_metrics, log_metrics

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Any, TypeVar

    # For a type checker an output path is a path, so that tests can pass `tmp_path / "out.parquet"` as it is.
    OutputPath = Path
    _Function = TypeVar("_Function", bound=Callable[..., Any])

__all__ = ["OutputPath", "WombatStepError", "capture_metrics", "log_metrics", "step"]


def step(function: _Function) -> _Function:
    """Mark a function as a pipeline step, so that `pants tailor` proposes a `pipeline_step` target for it.

    The function itself is returned, so it stays callable, testable and typed as before:

        @step
        def clean(flights: pa.Table, *, max_delay_minutes: int) -> pa.Table:
            ...

    :raises WombatStepError: if what is marked is not a function.
    """
    if not callable(function):
        raise WombatStepError(
            f"@step marks a function, but was given {function!r}. Write it on the line above the `def`, without arguments."
        )
    function.__wombat_step__ = True  # type: ignore[attr-defined]
    return function


def __getattr__(name: str) -> object:
    # PEP 562: `OutputPath` needs `typing` and `pathlib`, which cost more than all the rest of this package.
    if name == "OutputPath":
        from wombat_step._output_path import OutputPath

        globals()[name] = OutputPath
        return OutputPath
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
