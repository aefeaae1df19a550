"""Machines without Python, with one, and with Pants set up."""

from __future__ import annotations

from pathlib import Path

import pytest

from launcher_world import TOOLS, World


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def fresh(world: World) -> World:
    """A machine with a Python 3.9 on PATH, but without Pants."""
    world.path = f"{world.python('bin/python3.9').parent}:{TOOLS}"
    return world


@pytest.fixture
def warm(fresh: World) -> World:
    """A machine on which Pants is set up."""
    assert fresh.run().code == 0
    return fresh
