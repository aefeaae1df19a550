"""Turns annotations, also those written as text, into types, without importing a data library for it."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

# What the libraries are called by convention, for a module whose source cannot be read.
_CONVENTIONAL_NAMES = {
    "pa": "pyarrow",
    "pd": "pandas",
    "pl": "polars",
    "ds": "pyarrow.dataset",
    "pads": "pyarrow.dataset",
}
# They take up to a second to import, and a name of theirs in an annotation is enough to know what is meant.
_NEVER_IMPORTED = ("pyarrow", "pandas", "polars")


class _UnknownMeta(type):
    """Lets an unknown name be used as types are: `unknown.Name`, `unknown[int]`, `unknown | None`."""

    dotted: str

    def __getattr__(cls, name: str) -> type:
        if name.startswith("_"):  # Of these, `typing` asks for some and takes any answer for a yes.
            raise AttributeError(name)
        return unknown(f"{cls.dotted}.{name}")

    def __getitem__(cls, _: object) -> type:
        return cls

    def __or__(cls, other: Any) -> Any:
        from typing import Union

        return Union[cls, other]

    def __ror__(cls, other: Any) -> Any:
        from typing import Union

        return Union[other, cls]

    def __repr__(cls) -> str:
        return cls.dotted


def unknown(dotted: str) -> type:
    """A stand-in for a type of which only the full name is known."""
    return _UnknownMeta("Unknown", (), {"dotted": dotted})


def unknown_name(annotation: object) -> str | None:
    """The full name that a stand-in stands for, as "pyarrow.Table", or None."""
    return annotation.dotted if type(annotation) is _UnknownMeta else None


class Scope:
    """Where the names in a function's or a class's annotations are looked up."""

    def __init__(self, owner: Any) -> None:
        self._globals: dict[str, Any] = getattr(owner, "__globals__", None) or vars(
            sys.modules.get(getattr(owner, "__module__", ""), sys)
        )
        self._locals: dict[str, Any] = dict(_closure(owner))
        self._type_checking_imports: dict[str, tuple[str, str | None]] | None = None

    def resolve(self, annotation: object) -> Any:
        """The annotation as a type; text and forward references are evaluated.

        A name that cannot be found becomes a stand-in, see `unknown_name`.
        """
        text = annotation if isinstance(annotation, str) else getattr(annotation, "__forward_arg__", None)
        if not isinstance(text, str):
            return annotation
        try:
            return self.resolve(eval(text, self._globals, self._locals))
        except Exception:  # noqa: BLE001
            # A name that is imported for the type checker alone; or `X | None`, `list[X]` on a Python without it.
            return self._evaluate(text)

    def _evaluate(self, text: str) -> Any:
        import ast

        try:
            return self._value(ast.parse(text.strip(), mode="eval").body)
        except SyntaxError:
            return unknown(text)

    def _value(self, node: Any) -> Any:
        import ast
        import typing

        if isinstance(node, ast.Name):
            return self._look_up(node.id)
        if isinstance(node, ast.Attribute):
            base = self._value(node.value)
            if hasattr(base, node.attr):
                return getattr(base, node.attr)
            return unknown(f"{base.__name__}.{node.attr}" if type(base) is type(sys) else ast.unparse(node))
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
            return typing.Union[self._value(node.left), self._value(node.right)]
        if isinstance(node, ast.Constant):
            return self.resolve(node.value)
        if isinstance(node, ast.Subscript):
            base = self._value(node.value)
            nodes = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            if base is typing.Annotated:
                return self._value(nodes[0])
            if getattr(base, "_name", None) == "Literal":  # Its text is a value and names no type.
                return base[tuple(one.value if isinstance(one, ast.Constant) else self._value(one) for one in nodes)]
            arguments = tuple(self._value(one) for one in nodes)
            try:
                return base[arguments if len(arguments) > 1 else arguments[0]]
            except TypeError:
                return base
        return unknown(ast.unparse(node))

    def _look_up(self, name: str) -> Any:
        import builtins

        for names in (self._locals, self._globals, vars(builtins)):
            if name in names:
                return names[name]
        if self._type_checking_imports is None:
            self._type_checking_imports = dict(_imports_of(self._globals))
        module, attribute = self._type_checking_imports.get(name, (_CONVENTIONAL_NAMES.get(name, name), None))
        dotted = f"{module}.{attribute}" if attribute else module
        root = module.split(".")[0]
        if root in _NEVER_IMPORTED and root not in sys.modules:
            return unknown(dotted)
        try:
            found = _import(module)
            return getattr(found, attribute) if attribute else found
        except Exception:  # noqa: BLE001
            return unknown(dotted)


def strip(annotation: Any, scope: Scope) -> Any:
    """The annotation without Annotated, NewType and type aliases around it; Optional and Union stay."""
    while True:
        annotation = scope.resolve(annotation)
        if hasattr(annotation, "__metadata__"):
            annotation = annotation.__origin__
        elif hasattr(annotation, "__supertype__"):
            annotation = annotation.__supertype__
        elif type(annotation).__name__ == "TypeAliasType":
            annotation = annotation.__value__
        else:
            return annotation


def members(annotation: Any, scope: Scope) -> list[Any]:
    """The members of an Optional or Union, stripped, or the one annotation itself."""
    annotation = strip(annotation, scope)
    if is_union(annotation):
        return [member for one in annotation.__args__ for member in members(one, scope)]
    return [annotation]


def is_union(annotation: Any) -> bool:
    """Whether the annotation is `Union[...]`, `Optional[...]` or `X | Y`."""
    origin = getattr(annotation, "__origin__", None)
    if origin is None:
        return type(annotation).__name__ == "UnionType"  # X | Y, since Python 3.10.
    return str(origin) in ("typing.Union", "<class 'typing.Union'>")


def is_output_path(annotation: Any, scope: Scope) -> bool:
    """Whether the annotation is `OutputPath`, or an Optional of it."""
    annotation = scope.resolve(annotation)
    if is_union(annotation):
        return any(is_output_path(one, scope) for one in annotation.__args__)
    markers = getattr(annotation, "__metadata__", ())
    return any(type(one).__module__ == "wombat_step._output_path" for one in markers)


def own_annotations(owner: Any) -> Mapping[str, Any]:
    """The annotations of a function, or of a class without those of its bases, as they are written."""
    if isinstance(owner, type) and sys.version_info < (3, 10):
        return vars(owner).get("__annotations__") or {}  # The attribute may be that of a base.
    try:
        return getattr(owner, "__annotations__", None) or {}
    except NameError:
        # Since Python 3.14 (PEP 649) annotations are evaluated when asked for, so that a name which is imported only
        # under TYPE_CHECKING fails here; as text they can still be read.
        from importlib import import_module

        annotationlib: Any = import_module("annotationlib")
        return annotationlib.get_annotations(owner, format=annotationlib.Format.STRING)  # type: ignore[no-any-return]


def _closure(owner: Any) -> Iterator[tuple[str, object]]:
    cells = getattr(owner, "__closure__", None) or ()
    names = owner.__code__.co_freevars if cells else ()
    for name, cell in zip(names, cells):
        try:
            yield name, cell.cell_contents
        except ValueError:  # Not yet bound.
            continue


def _imports_of(module_globals: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, str | None]]]:
    """What the imports in a module's source bind, wherever they stand, as name: (module, attribute)."""
    import ast

    try:
        with open(module_globals["__file__"], "rb") as source:
            tree = ast.parse(source.read())
    except (KeyError, TypeError, OSError, SyntaxError, ValueError):
        return
    package = module_globals.get("__package__") or ""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield (
                    (alias.asname or alias.name.split(".")[0]),
                    (alias.name if alias.asname else alias.name.split(".")[0], None),
                )
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            module = ".".join([*parents, *([node.module] if node.module else [])])
            for alias in node.names:
                yield (alias.asname or alias.name), (module, alias.name)


def _import(module: str) -> Any:
    __import__(module)
    return sys.modules[module]
