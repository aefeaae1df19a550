"""Prints what a checkout of Pants makes of the plugin's rules and target types, as JSON.

Run by an interpreter that has the requirements of that Pants: `python -m byname.inspect_plugin CHECKOUT PLUGINS`.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
import sys
from pathlib import Path
from typing import Any, Dict, Iterable, List, Mapping, Set, Tuple
from unittest.mock import MagicMock

from byname import stub_engine, stub_targets

BACKENDS = ["pants.backend.python", "pants.backend.shell", "wombat"]

TARGETS: Iterable[Tuple[str, Mapping[str, Any]]] = [
    ("dataset", {"source": "flights.csv", "contract": "shop.odcs.yaml#flights"}),
    ("dataset", {"sources": ["*.parquet"], "output_path": "all"}),
    ("pipeline", {"outputs": [":flights"]}),
    (
        "pipeline_step",
        {
            "entry_point": "steps.py:clean",
            "inputs": {"raw": ":raw"},
            "outputs": [":clean"],
            "params": {"limit": 1},
            "expects": {"raw": "needs.odcs.yaml"},
        },
    ),
    ("data_contract", {"source": "orders.yaml"}),
    ("wombat_step_library", {}),
]


def import_everything() -> List[str]:
    """Import every module of the plugin but the half of `compat` for other versions; returns their names."""
    import wombat

    names = {module.name for module in pkgutil.walk_packages(wombat.__path__, "wombat.")}
    # The last one is a program that runs when it is imported.
    for name in sorted(names.difference(["wombat._compat_get", "wombat.enter_venv"])):
        importlib.import_module(name)
    return sorted(names.intersection(sys.modules))


def set_up_engine() -> Tuple[List[Any], List[str]]:
    """All that Pants would register with its native engine for the backends.

    :returns: the rules, Pants' own among them; and the names of those that a call by a union's base comes to.
    """
    from pants.build_graph.build_configuration import BuildConfiguration
    from pants.engine.internals import native_engine, scheduler
    from pants.engine.rules import TaskRule
    from pants.init import engine_initializer, extension_loader

    registered: List[Any] = []
    dispatched: Set[str] = set()
    register_rules = scheduler.register_rules

    def keep_rules(rule_index: Any, union_membership: Any) -> Any:
        registered.extend(rule for rule in rule_index.rules if isinstance(rule, TaskRule))
        return register_rules(rule_index, union_membership)

    def keep_dispatched(
        tasks: Any, output: type, inputs: Any, rule_id: str, arity: int, vtable_entries: Any, in_scope_types: Any
    ) -> None:
        dispatched.update(name for _, name in vtable_entries or ())

    scheduler.register_rules = keep_rules
    vars(native_engine)["tasks_add_call"] = keep_dispatched
    builder = BuildConfiguration.Builder()
    extension_loader.load_build_configuration_from_source(builder, BACKENDS)
    engine_initializer.EngineInitializer.setup_graph_extended(
        builder.create(),
        MagicMock(),
        executor=MagicMock(),
        pants_ignore_patterns=[],
        use_gitignore=False,
        local_store_options=MagicMock(),
        local_execution_root_dir="/",
        named_caches_dir="/",
        pants_workdir="/",
        build_root="/",
    )
    return registered, sorted(name for name in dispatched if name.startswith("wombat."))


def described(awaitable: Any) -> str:
    """A call as text: the rule, a `_` for each argument that is passed, the types that are passed implicitly."""
    arguments = ["_"] * awaitable.explicit_args_arity + [kind.__name__ for kind in awaitable.input_types]
    return f"{awaitable.rule_id}({', '.join(arguments)}) -> {awaitable.output_type.__name__}"


def constructed_targets() -> List[Dict[str, str]]:
    """The examples of target types, made as Pants makes them."""
    from pants.engine.target import Dependencies, SourcesField

    from wombat import target_types

    kinds: Dict[str, Any] = {kind.alias: kind for kind in target_types.target_types()}
    made = []
    for alias, values in TARGETS:
        target = kinds[alias](values, stub_targets.Address("examples", target_name="example"))
        fields = {field.alias: repr(value.value) for field, value in target.field_values.items()}
        for field in (SourcesField, Dependencies):
            if target.has_field(field):
                fields[field.__name__] = type(target[field]).__name__
        made.append({"type": alias, **fields})
    return made


def main(checkout: str, plugins: str) -> None:
    """Print all that was found."""
    stub_engine.load(Path(checkout))
    sys.path.append(plugins)
    from pants.version import VERSION

    modules = import_everything()
    rules, dispatched = set_up_engine()
    known = {rule.canonical_name for rule in rules}
    ours = {rule.canonical_name: rule.awaitables for rule in rules if rule.canonical_name.startswith("wombat.")}
    found = {
        "version": VERSION,
        "modules": modules,
        "calls": {name: sorted(set(map(described, awaitables))) for name, awaitables in ours.items()},
        "unknown": sorted({a.rule_id for awaitables in ours.values() for a in awaitables if a.rule_id not in known}),
        "dispatched": dispatched,
        "targets": constructed_targets(),
    }
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main(*sys.argv[1:])
