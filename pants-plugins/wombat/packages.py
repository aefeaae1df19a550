"""The plugin's programs for sandboxes as files: found where they are installed, never imported."""

from __future__ import annotations

import ast
import importlib.util
import os
from typing import Tuple

Files = Tuple[Tuple[str, bytes], ...]

_STARTING = ("enter_venv.py", "warm_server.py")


def package_files(package: str) -> Files:
    """The Python files of an installed package, sub-packages too, by path relative to the directory that holds it."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"The plugin is installed without its package {package}; install it again.")
    top = os.path.dirname(spec.origin)
    found = []
    for directory, _, names in os.walk(top):
        for name in names:
            if name.endswith(".py") or name == "py.typed":
                path = os.path.join(directory, name)
                with open(path, "rb") as file:
                    found.append((os.path.relpath(path, os.path.dirname(top)), file.read()))
    return tuple(sorted(found))


def program_files(package: str) -> Files:
    """A package as a program for sandboxes, with the scripts that start it in a virtual environment and serve it."""
    files = [(path, content) for path, content in package_files(package) if path.endswith(".py")]
    for name in _STARTING:
        with open(os.path.join(os.path.dirname(__file__), name), "rb") as file:
            files.append((name, file.read()))
    return tuple(sorted(files))


def wordless(files: Files) -> Files:
    """A program without comments and docstrings: rewording them changes no key."""
    return tuple((path, without_words(content)) for path, content in files)


def without_words(source: bytes) -> bytes:
    """Python source without comments, docstrings and other text that stands for itself.

    What it does is the same, unless it reads its own `__doc__`.
    """
    tree = ast.parse(source)
    for node in ast.walk(tree):
        for block in ("body", "orelse", "finalbody"):
            statements = getattr(node, block, None)
            if isinstance(statements, list) and any(map(_is_text, statements)):
                setattr(node, block, [item for item in statements if not _is_text(item)] or [ast.Pass()])
    return (ast.unparse(ast.fix_missing_locations(tree)) + "\n").encode()


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
