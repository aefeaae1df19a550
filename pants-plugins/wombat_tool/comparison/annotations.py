"""Takes annotations apart, also those written as text."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from wombat_tool.comparison.sources import External, Module


def evaluated(node: ast.expr) -> ast.expr | None:
    """The annotation itself; of one that is written as text, what the text says. None if that is no expression."""
    while isinstance(node, ast.Constant) and isinstance(node.value, str):
        try:
            node = ast.parse(node.value.strip(), mode="eval").body
        except (SyntaxError, ValueError):
            return None
    return node


def name_of(node: ast.AST, module: Module) -> str:
    """The full name of what an expression stands for, if the sources do not define it; else nothing."""
    meaning = module.meaning(node)
    return meaning.name if isinstance(meaning, External) else ""


def subscript_of(node: ast.expr, module: Module) -> tuple[str, Sequence[ast.expr]]:
    """Of "name[a, b]" the full name and the arguments; nothing if the expression is none or the name is not known."""
    if not isinstance(node, ast.Subscript):
        return "", ()
    arguments = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    return name_of(node.value, module), arguments


def keyword_of(call: ast.Call, name: str) -> ast.expr | None:
    """The value of a keyword argument; None if there is none."""
    return next((one.value for one in call.keywords if one.arg == name), None)


def is_true(node: ast.AST | None) -> bool:
    """Whether an expression is the constant True."""
    return isinstance(node, ast.Constant) and node.value is True


def is_false(node: ast.AST | None) -> bool:
    """Whether an expression is the constant False."""
    return isinstance(node, ast.Constant) and node.value is False
