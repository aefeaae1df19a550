"""What the plugin adds to Pants."""

from __future__ import annotations

from typing import Iterable, Type

from pants.backend.python.dependency_inference import module_mapper
from pants.backend.python.util_rules import pex_from_targets
from pants.backend.shell.util_rules import shell_command
from pants.engine.rules import Rule
from pants.engine.target import Target
from pants.engine.unions import UnionRule

from wombat import target_types as wombat_target_types
from wombat.goals import (
    artifacts,
    check_contracts,
    check_determinism,
    generate_configs,
    infer_contracts,
    pipeline_graph,
    prepare_steps,
    reproduce_version,
    run_pipelines,
    tailor,
    update_imports,
)
from wombat.rules import (
    build,
    code,
    comparison,
    contract_targets,
    contracts,
    deployment,
    graph,
    inference,
    interpreter,
    machine,
    origin,
    package,
    plan,
    preview,
    publish,
    remote_cache,
    repetition,
    report,
    run,
    sources,
    step_library,
    store,
    tool,
    validation,
    venv,
)


def rules() -> Iterable[Rule | UnionRule]:
    """The rules of the plugin, and those of Pants' own backends that they call."""
    return (
        *module_mapper.rules(),
        *pex_from_targets.rules(),
        *shell_command.rules(),
        *artifacts.rules(),
        *build.rules(),
        *check_contracts.rules(),
        *check_determinism.rules(),
        *code.rules(),
        *comparison.rules(),
        *contract_targets.rules(),
        *contracts.rules(),
        *deployment.rules(),
        *generate_configs.rules(),
        *graph.rules(),
        *infer_contracts.rules(),
        *inference.rules(),
        *interpreter.rules(),
        *machine.rules(),
        *origin.rules(),
        *package.rules(),
        *plan.rules(),
        *preview.rules(),
        *publish.rules(),
        *remote_cache.rules(),
        *repetition.rules(),
        *report.rules(),
        *reproduce_version.rules(),
        *pipeline_graph.rules(),
        *prepare_steps.rules(),
        *run.rules(),
        *run_pipelines.rules(),
        *sources.rules(),
        *step_library.rules(),
        *store.rules(),
        *tailor.rules(),
        *tool.rules(),
        *update_imports.rules(),
        *validation.rules(),
        *venv.rules(),
    )


def target_types() -> Iterable[Type[Target]]:
    """The target types of the plugin."""
    return wombat_target_types.target_types()
