"""An output while it is written."""

from __future__ import annotations

from wombat_step._errors import OutputFormatError, UserCodeError, WombatStepError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from wombat_step._spec import OutputSpec, StepSpec


class Target:
    """Where an output goes, and who is to blame if it cannot."""

    __slots__ = ("format", "output", "path", "spec", "what")

    def __init__(self, output: OutputSpec, spec: StepSpec, *, what: str) -> None:
        """
        :param what: what messages call the function.
        """
        self.output = output
        self.path = output.path
        self.format = output.format
        self.spec = spec
        self.what = what

    def refused(self, problem: str, mend: str) -> OutputFormatError:
        """The error to raise for a value or a file that the format cannot be."""
        return OutputFormatError(output=self.output.label, format=self.format, problem=problem, mend=mend)

    def guarded(self, iterator: Iterator[Any]) -> Iterator[Any]:
        """What the user's iterator yields; what it raises is an error of the user's code and not of writing."""
        while True:
            try:
                value = next(iterator)
            except StopIteration:
                return
            except WombatStepError:
                raise
            except Exception as err:
                raise UserCodeError(what=self.what, original=err, sources=self.spec.sources) from err
            yield value
