"""Finds functions that say they are steps, in source that is read and not run."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Iterator, List, Set, Tuple

_PACKAGE = "wombat_step"
_MARKER = "step"


@dataclass(frozen=True)
class MarkedStep:
    """A function under `@step`, by its name and the names of its parameters."""

    name: str
    parameters: Tuple[str, ...]


def marked_steps(source: bytes) -> Tuple[MarkedStep, ...]:
    """The functions of a module that carry the marker `wombat_step.step`, however it was imported.

    Source that does not parse has none: it is for the linters to say so.
    """
    if _PACKAGE.encode() not in source:
        return ()
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return ()
    functions: Set[str] = set()
    modules: Set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == _PACKAGE and node.level == 0:
            functions.update(alias.asname or _MARKER for alias in node.names if alias.name in (_MARKER, "*"))
        elif isinstance(node, ast.Import):
            modules.update(_bound_to_package(node))
    found: List[MarkedStep] = []
    for statement in tree.body:
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
            if any(_is_marker(decorator, functions, modules) for decorator in statement.decorator_list):
                arguments = statement.args
                names = [a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
                found.append(MarkedStep(statement.name, tuple(names)))
    return tuple(found)


def _bound_to_package(node: ast.Import) -> Iterator[str]:
    """The names that an import gives to the package; `import wombat_step.x` binds it too."""
    for alias in node.names:
        if alias.name == _PACKAGE:
            yield alias.asname or _PACKAGE
        elif alias.asname is None and alias.name.startswith(f"{_PACKAGE}."):
            yield _PACKAGE


def _is_marker(decorator: ast.expr, functions: Set[str], modules: Set[str]) -> bool:
    if isinstance(decorator, ast.Call):
        decorator = decorator.func
    if isinstance(decorator, ast.Name):
        return decorator.id in functions
    return (
        isinstance(decorator, ast.Attribute)
        and decorator.attr == _MARKER
        and isinstance(decorator.value, ast.Name)
        and decorator.value.id in modules
    )
