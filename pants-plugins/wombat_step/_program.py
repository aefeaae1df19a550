"""Runs a program as a step: any executable, told by its environment what to read and what to write."""

from __future__ import annotations

import json
import os
import re
import sys

from wombat_step._errors import ProgramArgumentError, ProgramError, join_names
from wombat_step._isolate import private_copy
from wombat_step._outputs import prepare_outputs, write_outputs
from wombat_step._spec import VERSION, StepSpec

TYPE_CHECKING = False
if TYPE_CHECKING:
    import pathlib
    from collections.abc import Mapping, Sequence
    from typing import Any

_PLACEHOLDER = re.compile(r"\{((?:inputs|outputs|params)\.[^{}]+)\}")

_SANDBOX = "{chroot}"
"""Stands for the sandbox in what Pants prepares."""


def run_program(
    spec: Mapping[str, Any], sandbox: pathlib.Path, *, directory: str, command: Sequence[str]
) -> dict[str, Any]:
    """Run the step's program in its sandbox and return the result document.

    It gets copies of its inputs: a program may write where it reads, and inputs may be shared with other steps.

    :param directory: where it runs, relative to the sandbox.
    :param command: the program with its own first arguments; the step's `args` follow.
    :raises WombatStepError: whose text is the whole message for the user.
    """
    import subprocess

    step = StepSpec(spec, os.path.abspath(sandbox))
    prepare_outputs(step.outputs)
    values = _values(step)
    arguments = [_filled(argument, values) for argument in spec["args"]]
    # Where Pants runs the process itself it has filled this in; on other machines it has not.
    inherited = {name: value.replace(_SANDBOX, step.sandbox) for name, value in os.environ.items()}
    environment = {**inherited, **{_variable(name): value for name, value in values.items()}}
    environment["WOMBAT_STEP_SPEC"] = os.path.join(step.sandbox, "step.json")
    sys.stdout.flush()
    # A relative program is relative to the sandbox, and not to the directory that it runs in.
    command = [word.replace(_SANDBOX, step.sandbox) for word in command]
    program = os.path.join(step.sandbox, command[0]) if os.sep in command[0] else command[0]
    finished = subprocess.run(
        [program, *command[1:], *arguments], cwd=os.path.join(step.sandbox, directory), env=environment, check=False
    )
    if finished.returncode:
        raise ProgramError(_ended(finished.returncode))
    return {
        "version": VERSION,
        "outputs": write_outputs(step, None, written=step.outputs, what="the program"),
        "metrics": {},
        "python": "",
        "packages": {},
    }


def _values(step: StepSpec) -> dict[str, str]:
    """What the program can ask for: "inputs.flights" and the like."""
    values = {f"inputs.{one.parameter}": private_copy(step, one) for one in step.inputs}
    for output in step.outputs:
        values[f"outputs.{output.name}"] = output.path
    for name, value in step.params.items():
        values[f"params.{name}"] = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return values


def _filled(argument: str, values: Mapping[str, str]) -> str:
    def value(match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in values:
            known = join_names(f"{{{known}}}" for known in sorted(values))
            raise ProgramArgumentError(
                f"The argument {argument!r} in the step's `args` field refers to {{{name}}}, which the step does not "
                f"have. It can use: {known}."
            )
        return values[name]

    return _PLACEHOLDER.sub(value, argument)


def _variable(name: str) -> str:
    """The environment variable for a value: WOMBAT_INPUT_FLIGHTS for "inputs.flights"."""
    kind, _, rest = name.partition(".")
    return f"WOMBAT_{kind[:-1].upper()}_{re.sub('[^A-Z0-9]', '_', rest.upper())}"


def _ended(code: int) -> str:
    if code > 0:
        return f"The step's program ended with exit code {code}. What it printed says why; a step must end with 0."
    import signal

    return f"The step's program was killed by signal {-code} ({signal.Signals(-code).name})."
