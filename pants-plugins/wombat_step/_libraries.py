"""Data libraries of the step's environment, imported only when something asks for them."""

from __future__ import annotations

import os
import sys

from wombat_step._errors import MissingRequirementError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def load(module: str, *, why: str) -> Any:
    """The module, imported.

    :param why: what needs it, as "parameter 'flights', annotated pandas.DataFrame,".
    :raises MissingRequirementError: if the environment does not have it.
    """
    try:
        __import__(module)
    except ModuleNotFoundError as err:
        name = err.name or module
        top = name.split(".")[0]
        raise MissingRequirementError(
            f"{why} needs the module {name!r}, but the step's environment does not have it. "
            f'Add python_requirement(name="{top}", requirements=["{top}"]) to the resolve of the step, name that target in '
            "the `dependencies` field of the step, and run `pants generate-lockfiles`."
        ) from err
    return sys.modules[module]


def has(module: str) -> bool:
    """Whether the environment has the module; if so, it is imported."""
    try:
        __import__(module)
    except ImportError:
        return False
    return True


def loaded(module: str) -> Any:
    """The module if it is loaded, else None: a value of its classes can then not exist."""
    return sys.modules.get(module)


def loaded_versions() -> dict[str, str]:
    """The version of each third-party package that was imported, by import name."""
    versions = {}
    for name, module in sorted(sys.modules.items()):
        if "." in name or name.startswith("_"):
            continue
        # Not by getattr, for which some packages warn, or import more to find out.
        names = getattr(module, "__dict__", {})
        version, path = names.get("__version__"), names.get("__file__")
        if isinstance(version, str) and isinstance(path, str):
            parts = path.split(os.sep)
            if "site-packages" in parts or "dist-packages" in parts:
                versions[name] = version
    return versions
