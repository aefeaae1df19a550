"""Loads a checkout of Pants without its native engine, made up from the engine's own type stubs.

Enough to import rules and to see what Pants' rule parser makes of them; nothing can be run. The stubs name all there
is, so that only what Pants uses while its modules load needs a body, here and in `stub_targets`.
"""

from __future__ import annotations

import ast
import functools
import re
import sys
import types
from collections.abc import Mapping, Set
from pathlib import Path
from typing import Any, Callable, Dict, Iterable, Iterator, List

from byname import stub_targets
from byname.stub_targets import UnionRule

_STUB = "pants/engine/internals/native_engine.pyi"


class FrozenDict(Mapping):  # type: ignore[type-arg]
    """An immutable mapping."""

    _items: Dict[Any, Any]

    def __new__(cls, *items: Any, **more: Any) -> Any:
        self: Any = object.__new__(cls)
        self._items = dict(*items, **more)
        return self

    deep_freeze = classmethod(lambda cls, data: cls(data))
    frozen = staticmethod(lambda data: FrozenDict(data))

    def __getitem__(self, key: Any) -> Any:
        return self._items[key]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __hash__(self) -> int:
        return hash(frozenset(self._items.items()))

    def __repr__(self) -> str:
        return f"FrozenDict({self._items})"


class FrozenOrderedSet(Set):  # type: ignore[type-arg]
    """An immutable set in the order of its making."""

    _items: Dict[Any, None]

    def __new__(cls, items: Iterable[Any] = ()) -> Any:
        self: Any = object.__new__(cls)
        self._items = dict.fromkeys(items or ())
        return self

    def __contains__(self, item: Any) -> bool:
        return item in self._items

    def __iter__(self) -> Iterator[Any]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __hash__(self) -> int:
        return hash(tuple(self._items))


class LockedMap:
    """The store of memoized functions."""

    def __init__(self) -> None:
        self._items: Dict[Any, Any] = {}

    def get_or_insert(self, key: Any, compute: Callable[[], Any]) -> Any:
        if key not in self._items:
            self._items[key] = compute()
        return self._items[key]


class UnionMembership:
    """Unions with their members."""

    def __init__(self, rules: Iterable[UnionRule]) -> None:
        self._members: Dict[type, Dict[type, None]] = {}
        for rule in rules:
            self._members.setdefault(rule.union_base, {})[rule.union_member] = None

    from_rules = classmethod(lambda cls, rules: cls(rules))

    def get(self, union: type) -> List[type]:
        return list(self._members.get(union, ()))

    def items(self) -> Any:
        return self._members.items()


class RuleCallTrampoline:
    """What `@rule` returns from Pants 2.33 on."""

    def __init__(self, rule_id: str, output_type: type, wrapped: Callable[..., Any], rule: Any) -> None:
        functools.update_wrapper(self, wrapped)
        self.rule_id = rule_id
        self.output_type = output_type
        self.rule = rule

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError("There is no engine to call a rule.")


def load(checkout: Path) -> None:
    """Make `import pants` find the checkout, and the native engine made up here.

    :param checkout: the root of a clone of Pants.
    """
    source = checkout / "src" / "python"
    sys.path.insert(0, str(source))
    if sys.version_info < (3, 14):
        newer = types.ModuleType("annotationlib")
        newer.__getattr__ = lambda name: object  # type: ignore[method-assign]
        sys.modules[newer.__name__] = newer
    engine = types.ModuleType("pants.engine.internals.native_engine")
    sys.modules[engine.__name__] = engine
    # Native functions are no coroutine functions: the rule parser does not look into them.
    tree = ast.parse(re.sub(r"(?m)^async def", "def", (source / _STUB).read_text()))
    tree.body = [statement for statement in tree.body if not _is_import_of_pants(statement)]
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "TypeVar":
            # Bounds name classes that stand further down.
            node.keywords = []
        if isinstance(node, ast.ClassDef):
            # Native classes take type arguments, but are no subclasses of `Generic`.
            node.bases = [base for base in node.bases if not ast.unparse(base).startswith(("Generic[", "Protocol"))]
            node.body += ast.parse("__class_getitem__ = classmethod(lambda cls, item: cls)").body
    exec(compile(tree, _STUB, "exec"), vars(engine))
    for statement in tree.body:
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            setattr(engine, statement.target.id, _constant(statement.target.id))
    made_up = {**vars(stub_targets), **globals(), "TriBoolField": stub_targets.BoolField}
    for name, value in made_up.items():
        if isinstance(value, type) and hasattr(engine, name):
            setattr(engine, name, value)
    vars(engine).update(default_cache_path=lambda: "cache", py_bin_name=lambda: "pants")


def _is_import_of_pants(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.ImportFrom) and (statement.module or "").startswith("pants.")


def _constant(name: str) -> Any:
    return stub_targets.NoValue() if name == "NO_VALUE" else types.new_class(name)()
