"""Runs one step: reads its inputs, calls the user's function, writes its outputs."""

from __future__ import annotations

import os
import sys

from wombat_step._bind import Binding, bind
from wombat_step._entry_point import describe_function, load_function, missing_requirement
from wombat_step._errors import OutOfMemoryError, UserCodeError, WombatStepError
from wombat_step._libraries import loaded_versions
from wombat_step._metrics import capture_metrics
from wombat_step._outputs import prepare_outputs, write_outputs
from wombat_step._read import read_input
from wombat_step._spec import VERSION, StepSpec

TYPE_CHECKING = False
if TYPE_CHECKING:
    import pathlib
    from collections.abc import Callable, Mapping
    from typing import Any


def run_step(spec: Mapping[str, Any], sandbox: pathlib.Path) -> dict[str, Any]:
    """Run a step in its sandbox and return the result document.

    The process is expected to be the step's own: `sys.path`, the environment and the loaded modules are changed. If its
    working directory is empty, files in it count as the step's own and may be moved into an output.

    :param spec: the step spec, `step.json`.
    :param sandbox: where the paths in it begin.
    :returns: the result document, version 1: for each output its rows and columns or files, the metrics, and versions.
    :raises WombatStepError: whose text is the whole message for the user.
    """
    scratch = os.getcwd()
    step = StepSpec(spec, os.path.abspath(sandbox), scratch=None if os.listdir(scratch) else scratch)
    os.environ.update(step.env)
    with capture_metrics() as metrics:
        function = load_function(step)
        what = describe_function(step, function)
        binding = bind(step, function, what=what)
        try:
            outputs = _compute(step, function, binding, what)
        except MemoryError as err:
            raise OutOfMemoryError(
                f"Reading the inputs or writing the outputs of {what} ran out of memory{f': {err}' if str(err) else ''}. "
                "Raise `memory` in the `resources` field of the step, or let the data stream: take a "
                "pyarrow.RecordBatchReader or a polars.LazyFrame, and return an iterator of batches or a LazyFrame."
            ) from err
    return {
        "version": VERSION,
        "outputs": outputs,
        "metrics": {name: metrics[name] for name in sorted(metrics)},
        "python": ".".join(str(part) for part in sys.version_info[:3]),
        "packages": loaded_versions(),
    }


def _compute(spec: StepSpec, function: Callable[..., Any], binding: Binding, what: str) -> list[dict[str, Any]]:
    prepare_outputs(spec.outputs)
    positional, keywords = _arguments(spec, binding, what)
    returned = _call(spec, function, positional, keywords, what)
    # What is read lazily keeps what it needs; the rest is free for what writing needs.
    positional.clear()
    keywords.clear()
    return write_outputs(spec, returned, written=list(binding.output_paths.values()), what=what)


def _arguments(spec: StepSpec, binding: Binding, what: str) -> tuple[list[Any], dict[str, Any]]:
    values: dict[str, Any] = dict(binding.params)
    for name, output in binding.output_paths.items():
        import pathlib

        values[name] = pathlib.Path(output.path)
    for name in binding.order:
        if name in binding.inputs:
            values[name] = read_input(spec, binding.inputs[name], what=what)
    positional = [values.pop(name) for name in binding.positional]
    return positional, {name: values[name] for name in binding.order if name in values}


def _call(
    spec: StepSpec, function: Callable[..., Any], positional: list[Any], keywords: dict[str, Any], what: str
) -> Any:
    try:
        returned = function(*positional, **keywords)
        if hasattr(returned, "cr_code"):  # The coroutine of an `async def`.
            import asyncio

            return asyncio.run(returned)
        return returned
    except (WombatStepError, KeyboardInterrupt):
        raise
    except ModuleNotFoundError as err:
        if err.name is None:
            raise UserCodeError(what=what, original=err, sources=spec.sources) from err
        raise missing_requirement(err, spec) from err
    except BaseException as err:  # Also SystemExit, and the panics of libraries that are written in Rust.
        raise UserCodeError(what=what, original=err, sources=spec.sources) from err
