"""What a warm server does for steps: every request runs the step of its directory, in a fork.

The server never imports the user's code: every step runs in a process of its own, as fresh as a new interpreter.
"""

from __future__ import annotations

import importlib
import os
from typing import Callable, Mapping, Sequence

from wombat_step._supervise import Emit, supervise


def preload() -> None:
    """Load what steps are going to use, once and not in every fork: this package, and no library of the user's."""
    for name in sorted(os.listdir(os.path.dirname(__file__))):
        module, ending = os.path.splitext(name)
        if ending == ".py" and module != "__main__":
            importlib.import_module(f"wombat_step.{module}")
    for module in ("dataclasses", "encodings.utf_8_sig", "importlib.metadata", "inspect", "pathlib", "traceback"):
        importlib.import_module(module)


def answer(
    arguments: Sequence[str],
    directory: str,
    environment: Mapping[str, str],
    *,
    emit: Emit,
    client_is_gone: Callable[[], bool],
    client_fd: int,
) -> int:
    """Run the function that is the step in a directory; returns the exit code.

    :param arguments: of no use here: steps that are programs start without a server.
    :param emit: takes the result document (1) and what the step prints (2).
    :param client_is_gone: asked whenever `client_fd` becomes readable; True kills the step.
    """
    return supervise(directory, environment, emit, should_stop=client_is_gone, watch_fd=client_fd)
