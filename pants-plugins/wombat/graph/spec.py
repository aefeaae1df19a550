"""The step spec: the document that tells `wombat_step`, in a sandbox, what to run. Version 1.

Described in docs/reference/documents.md. It holds what the step's code can see, and so nothing of who asked: no
addresses, no clock, no environment name.
"""

from __future__ import annotations

import base64
import json
from typing import Any, Dict, Mapping, Optional, Sequence, Tuple

from wombat.graph.formats import Format
from wombat.graph.model import StepNode
from wombat.graph.params import canonical_json
from wombat.graph.seal import SealKey

SPEC_VERSION = 1
RESULT_VERSION = 1
REPETITION_VARIABLE = "WOMBAT_REPETITION"
"""Of the environment of Pants and of steps: another value makes all steps run anew, and nothing else."""
SPEC_FILE = "step.json"
INPUTS_DIRECTORY = "in"
OUTPUTS_DIRECTORY = "out"
SOURCES_DIRECTORY = "src"
LIMITS_VARIABLE_PREFIX = "WOMBAT_LIMITS_"


def input_directory(parameter: str) -> str:
    """Where a sandbox has an input."""
    return f"{INPUTS_DIRECTORY}/{parameter}"


def captured_path(position: int, output_format: Format) -> str:
    """What leaves a sandbox as an output: a file, or a directory of numbered files."""
    directory = f"{OUTPUTS_DIRECTORY}/{position}"
    return directory if output_format is Format.DIRECTORY else f"{directory}/data{output_format.suffix}"


def written_path(position: int, output_format: Format) -> str:
    """Where a step's code writes an output; `wombat_step` moves the files of a directory to where they are captured."""
    captured = captured_path(position, output_format)
    return f"{captured}/data" if output_format is Format.DIRECTORY else captured


def literal_environment(step: StepNode) -> Dict[str, str]:
    """The variables that a step sets to a value of their own ("NAME=value")."""
    return dict(item.split("=", 1) for item in step.extra_env_vars if "=" in item)


def passed_environment(step: StepNode) -> Tuple[str, ...]:
    """The names of the variables that a step wants passed on ("NAME")."""
    return tuple(item for item in step.extra_env_vars if "=" not in item)


def step_spec(
    step: StepNode,
    *,
    module: str,
    function: str,
    path: str,
    source_roots: Sequence[str],
    inputs: Sequence[Tuple[str, Format, str]],
    output_formats: Sequence[Format],
    params: Mapping[str, Any],
) -> bytes:
    """The document for a step, the same whatever the order in which inputs, parameters and variables are declared.

    :param inputs: parameter, format and path in the sandbox of each input.
    """
    spec: Dict[str, Any] = {
        "version": SPEC_VERSION,
        "entry_point": (
            {"module": module, "function": function, "path": path} if step.entry_point is not None else None
        ),
        "source_roots": list(source_roots),
        "inputs": [
            {"parameter": parameter, "format": input_format.value, "path": where}
            for parameter, input_format, where in sorted(inputs, key=lambda item: item[0])
        ],
        "outputs": [
            {"name": output.name, "format": output_format.value, "path": written_path(position, output_format)}
            for position, (output, output_format) in enumerate(zip(step.outputs, output_formats))
        ],
        "params": dict(params),
        "env": literal_environment(step),
    }
    if step.run is not None:
        spec["args"] = list(step.args)
    return _utf8(canonical_json(spec))


def limits_variable(step: StepNode, secrets: Mapping[str, str], seal_key: Optional[SealKey] = None) -> Optional[str]:
    """The name of a variable that carries what bounds a step without being part of its key; None for no bounds.

    See `wombat_step._supervise.Limits`, which reads it, for why a name and not a value.

    :param seal_key: needed only by a step that has variables passed on.
    """
    limits: Dict[str, Any] = {}
    if step.timeout_s:
        limits["timeout_s"] = step.timeout_s
    if step.retries:
        limits["retries"] = step.retries
    if passed_environment(step):
        assert seal_key is not None, "Secrets are not handed over unsealed."
        limits["secrets"] = seal_key.seal(secrets)
        limits["missing"] = sorted(set(passed_environment(step)).difference(secrets))
    if not limits:
        return None
    return LIMITS_VARIABLE_PREFIX + base64.urlsafe_b64encode(_utf8(canonical_json(limits))).decode().rstrip("=")


def _utf8(text: str) -> bytes:
    # Half a surrogate pair stands for a byte that is no text (PEP 383). UTF-8 has none, and what takes its place here
    # is how JSON escapes it.
    return text.encode("utf-8", "backslashreplace")


def read_result(stdout: bytes) -> Optional[Dict[str, Any]]:
    """The result document that a step's process printed; None if it printed none."""
    try:
        document = json.loads(stdout)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) and document.get("version") == RESULT_VERSION else None
