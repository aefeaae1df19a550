"""The running of the tool's commands."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from wombat_tool.__main__ import main


class Ran(NamedTuple):
    """What a command ended with and printed."""

    exit_code: int
    out: str
    err: str


@pytest.fixture
def preview(capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Run `preview` for a format and a path, with further options."""

    def run(format: str, path: Path, *options: str) -> Ran:
        exit_code = main(["preview", "--format", format, "--path", str(path), *options])
        return Ran(exit_code, *capsys.readouterr())

    return run


@pytest.fixture
def environment() -> dict[str, Any]:
    """The environment of a process that can import what this one can."""
    return {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
