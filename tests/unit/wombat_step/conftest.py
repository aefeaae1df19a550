"""A sandbox for the tests of `wombat_step`."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from step_sandbox import Sandbox


@pytest.fixture
def sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """A sandbox; what a run changes in this process is undone."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    environment = dict(os.environ)
    made = Sandbox(tmp_path / "sandbox")
    monkeypatch.chdir(made.path / "work")
    yield made
    os.environ.clear()
    os.environ.update(environment)
    made.forget_modules()
