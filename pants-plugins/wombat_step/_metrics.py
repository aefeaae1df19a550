"""The metrics that a step logs: a flat mapping of names to finite numbers."""

from __future__ import annotations

import math

from wombat_step._errors import MetricsError, short_repr

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType
    from typing import Union

    Metrics = dict[str, Union[int, float]]

# The captures that are open, innermost last. It is not a context variable: a metric logged by a thread that the
# step started counts, too.
_open_captures: list[Metrics] = []


def log_metrics(metrics: Mapping[str, object] | None = None, /, **more: object) -> None:
    """Add numbers to the step's metrics; a name logged again takes the newer number.

        log_metrics(auc=0.71, rows=336_776)
        log_metrics({"error/train": 0.1, "error/test": np.float32(0.3)})

    Nothing is logged if one of them is refused.
    Outside a run, as in a unit test, the numbers are checked and go to `capture_metrics`, or nowhere.

    :raises MetricsError: if a name is not text, or a number is not finite, or is no number at all.
    """
    if metrics is not None and not hasattr(metrics, "items"):
        raise MetricsError(
            f"log_metrics takes a mapping of names to numbers, but was given {short_repr(metrics)}. "
            "Write log_metrics(auc=0.7) or log_metrics({'auc': 0.7})."
        )
    checked = {_name(name): _number(name, value) for name, value in [*(metrics or {}).items(), *more.items()]}
    if _open_captures:
        _open_captures[-1].update(checked)


class capture_metrics:
    """The test double of a run: inside the `with` block, logged metrics are kept in the dict that it yields.

        with capture_metrics() as metrics:
            train(features)

        assert metrics["auc"] > 0.7

    Blocks can be nested; the innermost one gets the metrics.
    """

    def __enter__(self) -> Metrics:
        self._captured: Metrics = {}
        _open_captures.append(self._captured)
        return self._captured

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        # By identity: two captures that hold the same metrics are equal.
        for index in reversed(range(len(_open_captures))):
            if _open_captures[index] is self._captured:
                del _open_captures[index]
                break


def _name(name: object) -> str:
    if not isinstance(name, str) or not name:
        raise MetricsError(
            f"A metric's name must be text that is not empty, but was {short_repr(name)}. "
            f"Write log_metrics({{{str(name) or 'auc'!r}: ...}})."
        )
    return name


def _number(name: object, value: object) -> int | float:
    number = value
    for attribute in ("item", "as_py"):  # Of scalars of numpy and torch, and of pyarrow.
        if hasattr(number, attribute):
            try:
                number = getattr(number, attribute)()
            except (TypeError, ValueError) as err:
                raise _not_a_number(name, value) from err
    if isinstance(number, (bool, str, bytes)):
        raise _not_a_number(name, value)
    if isinstance(number, int):
        return int(number)
    try:
        result = float(number)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError) as err:
        raise _not_a_number(name, value) from err
    if not math.isfinite(result):
        raise MetricsError(
            f"The metric {name!r} must be finite, but was {number!r}. "
            "Leave it out, or log a number that says the same, such as a count of missing values."
        )
    return result


def _not_a_number(name: object, value: object) -> MetricsError:
    return MetricsError(
        f"The metric {name!r} must be a number, but was {short_repr(value)} ({type(value).__name__}). "
        "Log one number under each name; a longer result belongs into an output."
    )
