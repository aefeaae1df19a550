"""Finds what names mean in the Python sources of a step, which are read and never run."""

from __future__ import annotations

import ast
import builtins
import os
import posixpath
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Union

from wombat_tool.files import files_below

# Libraries whose names mean something here, wherever the sources have a directory that is called like them.
_LIBRARIES = frozenset({"annotated_types", "pydantic", "typing_extensions"}) | sys.stdlib_module_names
_MOST_STEPS = 40


@dataclass(frozen=True)
class External:
    """What the sources do not define, by its full name: "typing.Optional", "builtins.int"."""

    name: str


@dataclass(frozen=True)
class Directory:
    """A package without a file of its own."""

    path: str


@dataclass(frozen=True)
class Defined:
    """What a module of the sources defines: a class, a function or an expression."""

    module: Module
    node: ast.AST


Meaning = Union[External, Directory, Defined, "Module"]


@dataclass(frozen=True)
class _Import:
    """What an import binds: a module, or a name in it.

    :param module: its full name, or for a relative import its path without ".py".
    :param attribute: None for the module itself.
    """

    module: str
    is_relative: bool = False
    attribute: str | None = None


class Sources:
    """The Python files below a directory.

    Which directories the imports start from is not known, so the file that an import means is the only one that has the
    end of its path, or the only one in a directory that the importing file is below, too.
    """

    def __init__(self, directory: str) -> None:
        self._directory = directory
        self._modules: dict[str, Module | None] = {}

    def module(self, path: str) -> Module | None:
        """The module in a file; None if there is none, or it is not Python.

        :param path: relative to the directory, with "/".
        """
        if path not in self._modules:
            self._modules[path] = self._parsed(path)
        return self._modules[path]

    def at(self, path: str) -> Meaning | None:
        """The module or package at a path without ".py"."""
        for file in (f"{path}.py", posixpath.normpath(f"{path}/__init__.py")):
            if file in self._files:
                return self.module(file)
        return Directory(path) if path in self._places else None

    def imported(self, name: str, importer: str) -> Meaning | None:
        """What a full name of a module means; None if the sources have several that it may be.

        :param importer: the file that imports it.
        """
        if name.partition(".")[0] in _LIBRARIES:
            return External(name)
        end = name.replace(".", "/")
        found = [path for path in self._places if path == end or path.endswith(f"/{end}")]
        if len(found) > 1:
            roots = {path: path.removesuffix(end) for path in found}
            found = [path for path, root in roots.items() if importer.startswith(root)]
        if not found:
            return External(name)
        return self.at(found[0]) if len(found) == 1 else None

    @cached_property
    def _files(self) -> frozenset[str]:
        paths = (path.replace(os.sep, "/") for path in files_below(self._directory))
        return frozenset(path for path in paths if path.endswith(".py"))

    @cached_property
    def _places(self) -> frozenset[str]:
        """The paths of all modules and packages, without ".py"."""
        places = {"."}
        for file in self._files:
            path = file.removesuffix(".py").removesuffix("/__init__")
            while path:
                places.add(path)
                path = posixpath.dirname(path)
        return frozenset(places)

    def _parsed(self, path: str) -> Module | None:
        try:
            with open(os.path.join(self._directory, path), "rb") as opened:
                return Module(self, path, ast.parse(opened.read()))
        except (OSError, SyntaxError, ValueError, RecursionError):
            return None


class Module:
    """A file of the sources.

    :param path: relative to the directory of the sources, with "/".
    """

    def __init__(self, sources: Sources, path: str, tree: ast.Module) -> None:
        self.path = path
        self._sources = sources
        self._bound: dict[str, list[_Import | ast.AST]] = {}
        self._stars: list[_Import] = []
        for node in _statements(tree.body):
            self._bind(node)

    def meaning(self, node: ast.AST, steps: int = _MOST_STEPS) -> Meaning | None:
        """What a name, or an attribute of one, stands for here; None if that cannot be told."""
        if steps <= 0:
            return None
        if isinstance(node, ast.Name):
            found = self.exported(node.id, steps - 1)
            is_builtin = node.id not in self._bound and hasattr(builtins, node.id)
            return External(f"builtins.{node.id}") if found is None and is_builtin else found
        if isinstance(node, ast.Attribute):
            return self._member(self.meaning(node.value, steps - 1), node.attr, steps)
        return None

    def exported(self, name: str, steps: int = _MOST_STEPS) -> Meaning | None:
        """What the module calls by a name; None if nothing, or if it may be one of several things."""
        if steps <= 0:
            return None
        if name in self._bound:
            found = [self._meaning_of(one, steps - 1) for one in self._bound[name]]
            return found[0] if all(one == found[0] for one in found) else None
        for star in self._stars:
            module = self._module_of(star)
            found_there = module.exported(name, steps - 1) if isinstance(module, Module) else None
            if found_there is not None:
                return found_there
        return None

    def _meaning_of(self, bound: _Import | ast.AST, steps: int) -> Meaning | None:
        if isinstance(bound, _Import):
            module = self._module_of(bound)
            return module if bound.attribute is None else self._member(module, bound.attribute, steps)
        if isinstance(bound, (ast.Name, ast.Attribute)):
            # An alias.
            return self.meaning(bound, steps)
        return Defined(self, bound)

    def _module_of(self, one: _Import) -> Meaning | None:
        return self._sources.at(one.module) if one.is_relative else self._sources.imported(one.module, self.path)

    def _member(self, owner: Meaning | None, name: str, steps: int) -> Meaning | None:
        if isinstance(owner, External):
            full = f"{owner.name}.{name}"
            return External(full.replace("typing_extensions.", "typing.", 1))
        if isinstance(owner, Module):
            path = owner.path.removesuffix(".py")
            found = owner.exported(name, steps - 1)
            if found is None and path.endswith("__init__"):
                return self._sources.at(f"{path.removesuffix('__init__')}{name}")
            return found
        if isinstance(owner, Directory):
            return self._sources.at(posixpath.normpath(f"{owner.path}/{name}"))
        return None

    def _bind(self, node: ast.stmt) -> None:
        match node:
            case ast.Import(names=names):
                for one in names:
                    top = one.name if one.asname else one.name.partition(".")[0]
                    self._add(one.asname or top, _Import(top))
            case ast.ImportFrom(names=names):
                for one in names:
                    if one.name == "*":
                        self._stars.append(self._origin(node, None))
                    else:
                        self._add(one.asname or one.name, self._origin(node, one.name))
            case ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
                self._add(node.name, node)
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    if isinstance(target, ast.Name):
                        self._add(target.id, value)
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                self._add(name, value)
            case _ if type(node).__name__ == "TypeAlias":
                # `type Rows = list[Row]`, since Python 3.12.
                self._add(node.name.id, node.value)  # type: ignore[attr-defined]

    def _origin(self, node: ast.ImportFrom, attribute: str | None) -> _Import:
        if not node.level:
            return _Import(node.module or "", attribute=attribute)
        directory = posixpath.normpath(posixpath.join(posixpath.dirname(self.path) or ".", *[".."] * (node.level - 1)))
        below = (node.module or "").replace(".", "/")
        return _Import(posixpath.normpath(posixpath.join(directory, below)), True, attribute)

    def _add(self, name: str, bound: _Import | ast.AST) -> None:
        self._bound.setdefault(name, []).append(bound)


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a module, those under conditions included."""
    for node in body:
        yield node
        if not isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            for name in ("body", "orelse", "finalbody"):
                yield from _statements(getattr(node, name, []))
            for handler in getattr(node, "handlers", []):
                yield from _statements(handler.body)
