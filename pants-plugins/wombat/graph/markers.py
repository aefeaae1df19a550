"""Finds functions that say they are steps, in source that is read and not run."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import List, Set, Tuple

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
    except (SyntaxError, ValueError):
        return ()
    functions: Set[str] = set()
    modules: Set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == _PACKAGE:
            functions.update(alias.asname or alias.name for alias in node.names if alias.name == _MARKER)
        elif isinstance(node, ast.Import):
            modules.update(alias.asname or alias.name for alias in node.names if alias.name == _PACKAGE)
    found: List[MarkedStep] = []
    for statement in tree.body:
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
            if any(_is_marker(decorator, functions, modules) for decorator in statement.decorator_list):
                arguments = statement.args
                names = [a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
                found.append(MarkedStep(statement.name, tuple(names)))
    return tuple(found)


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
