"""Finds the parameters of a function that may say of what rows a table is, in source that is read and not run.

This is a sieve, for the sake of speed: `wombat_tool` reads the classes and decides. Source is searched and not parsed as
a whole, since that of a step may be written for a newer Python than this one.
"""

from __future__ import annotations

import ast
import re
from typing import AbstractSet, Dict, Iterator, Sequence, Tuple

_COLLECTIONS = "list|List|Sequence|Iterable|Iterator|Collection"
_OF_ROWS = re.compile(rf"\b(?:{_COLLECTIONS})\[\s*['\"]?([\w.]+)")
_NO_CLASSES = {"dict", "Dict", "Mapping", "Any", "str", "int", "float", "bool", "bytes", "object", "list", "tuple"}
# At the beginning of a line: `Flights = list[Flight]`, `type Flights = list[Flight]`.
_ALIAS = re.compile(rf"^(?:type[ \t]+)?(\w+)[^=\n]*=([^\n]*\b(?:{_COLLECTIONS})\[[^\n]*)", re.MULTILINE)
_IMPORT = re.compile(r"^[ \t]*from[ \t]+(\.*)(\w*)[\w.]*[ \t]+import[ \t]+(\([^)]*\)|[^\n]*)", re.MULTILINE)
_IMPORTED = re.compile(r"(\w+)[ \t]*(?:[,)#\n]|$)")
_LIBRARIES = {
    "__future__",
    "collections",
    "datetime",
    "decimal",
    "enum",
    "os",
    "pandas",
    "pathlib",
    "polars",
    "pyarrow",
    "typing",
    "typing_extensions",
    "wombat_step",
}
_WORD = re.compile(r"\w+")
_MOST_PARENTHESES = 100


def row_parameters(source: bytes, function: str) -> Tuple[str, ...]:
    """The parameters of the function whose annotations name a class as that of the rows, or a name that may stand for it."""
    text = source.decode(errors="replace")
    aliases = {name for name, value in _ALIAS.findall(text) if _names_class(value, frozenset())}
    aliases.update(_imported(text))
    found: Dict[str, None] = {}
    definition = re.compile(rf"^[ \t]*(?:async[ \t]+)?def[ \t]+{re.escape(function)}[ \t]*(?:\[.*?\])?[ \t]*\(", re.M)
    for start in definition.finditer(text):
        for argument in _arguments(text, start.end()):
            if argument.annotation is not None and _names_class(_written(argument.annotation), aliases):
                found[argument.arg] = None
    return tuple(found)


def _imported(text: str) -> Iterator[str]:
    """The names that a file imports from other modules than those of well-known libraries."""
    for dots, module, names in _IMPORT.findall(text):
        if dots or module not in _LIBRARIES:
            yield from _IMPORTED.findall(names)


def _arguments(text: str, start: int) -> Sequence[ast.arg]:
    """The parameters that begin at `start`, behind the parenthesis; they end at the first one that makes them complete."""
    end = start
    for _ in range(_MOST_PARENTHESES):
        end = text.find(")", end) + 1
        if not end:
            break
        try:
            tree = ast.parse(f"def f({text[start:end]}: pass")
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        (definition,) = (node for node in tree.body if isinstance(node, ast.FunctionDef))
        arguments = definition.args
        return (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
    return ()


def _written(annotation: ast.expr) -> str:
    """An annotation as text, without the quotes that may be around it."""
    return str(annotation.value) if isinstance(annotation, ast.Constant) else ast.unparse(annotation)


def _names_class(annotation: str, aliases: AbstractSet[str]) -> bool:
    classes = (found.group(1).rpartition(".")[2] for found in _OF_ROWS.finditer(annotation))
    return any(name not in _NO_CLASSES for name in classes) or not aliases.isdisjoint(_WORD.findall(annotation))
