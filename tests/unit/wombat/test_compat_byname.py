"""On a newer Pants: that the plugin loads there, and that its rules call by name what they should.

There is no such Pants to install from PyPI, so that these tests take a checkout of its sources and leave out its
native engine (see tests/byname/stub_engine.py).
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any, FrozenSet, Mapping, Set, Tuple

import pytest

from awaitables import RULES, expected_awaitables
from byname import inspect_plugin
from wombat import register

CHECKOUT = os.environ.get("WOMBAT_PANTS_CHECKOUT", "")
PYTHON = os.environ.get("WOMBAT_PANTS_PYTHON", "")

pytestmark = pytest.mark.skipif(
    not (CHECKOUT and PYTHON),
    reason="WOMBAT_PANTS_CHECKOUT names no checkout of Pants 2.30 or newer, or WOMBAT_PANTS_PYTHON no Python for it.",
)

# What answers an awaitable. A rule of Pants is given with its arguments: `_` for one that is passed, a type for one
# that is passed implicitly. A rule of the plugin always takes the request.
CALLS: Mapping[str, Tuple[str, ...]] = {
    "Access <- AccessRequest": ("wombat.rules.store.find_access(_)",),
    "Addresses <- DependenciesRequest": ("pants.engine.internals.graph.resolve_dependencies(_)",),
    "Addresses <- UnparsedAddressInputs": ("pants.engine.internals.graph.resolve_unparsed_address_inputs(_)",),
    "AllContracts <- AllContractsRequest": ("wombat.rules.contract_targets.find_all_contracts(_)",),
    "BuildReport <- BuildRequest": ("wombat.rules.report.build_all(_)",),
    "ChangesDocument <- ChangesRequest": ("wombat.rules.comparison.compare_with_former(_)",),
    "Checkout <- CheckoutRequest": ("wombat.rules.store.find_checkout(_)",),
    "Configurations <- ConfigurationsRequest": ("wombat.rules.deployment.generate_configurations(_)",),
    "ContractReading <- ContractRequest": ("wombat.rules.contracts.read_contract(_)",),
    "ContractReading <- FormerContractRequest": ("wombat.rules.contracts.read_former_contract(_)",),
    "DatasetContent <- OriginRequest": ("wombat.rules.origin.fetch_origin(_)",),
    "DatasetContent <- SourceDatasetRequest": ("wombat.rules.sources.read_source_dataset(_)",),
    "DatasetContract <- DatasetContractRequest": ("wombat.rules.contracts.find_dataset_contract(_)",),
    "DatasetResult <- DatasetRequest": ("wombat.rules.build.build_dataset(_)",),
    "Difference <- DifferenceRequest": ("wombat.rules.repetition.find_difference(_)",),
    "Digest <- AddPrefix": ("pants.engine.intrinsics.add_prefix(_)",),
    "Digest <- CreateDigest": ("pants.engine.intrinsics.create_digest(_)",),
    "Digest <- DigestSubset": ("pants.engine.intrinsics.digest_subset_to_digest(_)",),
    "Digest <- MergeDigests": ("pants.engine.intrinsics.merge_digests(_)",),
    "Digest <- PathGlobs": ("pants.engine.intrinsics.path_globs_to_digest(_)",),
    "DigestContents <- Digest": ("pants.engine.intrinsics.get_digest_contents(_)",),
    "DigestEntries <- Digest": ("pants.engine.intrinsics.get_digest_entries(_)",),
    "EntryPoint <- EntryPointRequest": ("wombat.rules.inference.find_entry_point(_)",),
    "EnvironmentName <- EnvironmentNameRequest": ("pants.core.environments.rules.resolve_environment_name(_)",),
    "EnvironmentVars <- EnvironmentVarsRequest": ("pants.core.util_rules.env_vars.environment_vars_subset(_)",),
    "ExplicitlyProvidedDependencies <- DependenciesRequest": (
        "pants.engine.internals.graph.determine_explicitly_provided_dependencies(DependenciesRequest)",
    ),
    "FallibleProcessResult <- Process": ("pants.engine.intrinsics.execute_process(_)",),
    "FallibleProcessResult <- Process, EnvironmentName": ("pants.engine.intrinsics.execute_process(_, EnvironmentName)",),
    "FieldSetsPerTarget <- FieldSetsPerTargetRequest": ("pants.engine.internals.graph.find_valid_field_sets(_)",),
    "FormerContracts <- FormerContractsRequest": ("wombat.goals.check_contracts.read_former_contracts(_)",),
    "HydratedSources <- HydrateSourcesRequest": ("pants.engine.internals.graph.hydrate_sources(_)",),
    "ImplicationDocument <- ImplicationRequest": ("wombat.rules.comparison.compare_with_need(_)",),
    "ImportsLock <- LockRequest": ("wombat.rules.origin.read_imports_lock(_)",),
    "InferredContract <- InferredContractRequest": ("wombat.goals.infer_contracts.infer_contract(_)",),
    "InteractiveProcessResult <- InteractiveProcess": ("pants.engine.intrinsics.run_interactive_process(_)",),
    "Interpreter <- InterpreterRequest": ("wombat.rules.interpreter.describe_interpreter(_)",),
    "MaybeGitWorktree <- GitWorktreeRequest": ("pants.vcs.git.get_git_worktree(_)",),
    "Nodes <- NodesRequest": ("wombat.rules.graph.check_nodes(_)",),
    "OptionalSourceRoot <- SourceRootRequest": ("pants.source.source_root.get_optional_source_root(_)",),
    "OtherMachine <- OtherMachineRequest": ("wombat.rules.machine.find_other_machine(_)",),
    "Paths <- PathGlobs": ("pants.engine.intrinsics.path_globs_to_paths(_)",),
    "PexRequest <- RequirementsPexRequest": (
        "pants.backend.python.util_rules.pex_from_targets.create_pex_from_targets(RequirementsPexRequest)",
    ),
    "Pin <- PinRequest": ("wombat.goals.update_imports.find_pin(_)",),
    "Preview <- PreviewRequest": ("wombat.rules.preview.preview_dataset(_)",),
    "ProcessExecutionEnvironment <- EnvironmentName": (
        "pants.core.environments.rules.extract_process_config_from_environment(EnvironmentName)",
    ),
    "Process <- ShellCommandProcessFromTargetRequest, EnvironmentName": (
        "pants.backend.shell.util_rules.shell_command.prepare_process_request_from_target(_, EnvironmentName)"
        " -> AdhocProcessRequest",
        "pants.core.util_rules.adhoc_process_support.prepare_adhoc_process(AdhocProcessRequest, EnvironmentName)"
        " -> PreparedAdhocProcessRequest",
    ),
    "Program <- ProgramRequest": ("wombat.rules.plan.prepare_program(_)",),
    "PythonExecutable <- InterpreterConstraints": ("pants.backend.python.util_rules.pex.find_interpreter(_)",),
    "PythonModuleOwners <- PythonModuleOwnersRequest": (
        "pants.backend.python.dependency_inference.module_mapper.map_module_to_address(_)",
    ),
    "PythonSourceFiles <- PythonSourceFilesRequest": (
        "pants.backend.python.util_rules.python_sources.prepare_python_sources(_)",
    ),
    "ReferenceResult <- ReferenceRequest": ("wombat.rules.build.build_reference(_)",),
    "References <- ReferencesRequest": ("wombat.rules.contracts.find_references(_)",),
    "Repetition <- RepetitionRequest": ("wombat.rules.repetition.repeat_step(_)",),
    "RowNeeds <- RowNeedsRequest": ("wombat.rules.comparison.find_row_needs(_)",),
    "RunInSandboxRequest <- RunFieldSet, EnvironmentName": (
        "pants.core.goals.run.generate_run_in_sandbox_request(RunFieldSet, EnvironmentName)",
    ),
    "Snapshot <- Digest": ("pants.engine.intrinsics.digest_to_snapshot(_)",),
    "SourceRoot <- SourceRootRequest": ("pants.source.source_root.get_source_root(_)",),
    "StepCode <- StepCodeRequest": ("wombat.rules.code.prepare_step_code(_)",),
    "StepCodeRoots <- StepCodeRootsRequest": ("wombat.rules.inference.find_step_code_roots(_)",),
    "StepLibrary <- StepLibraryRequest": ("wombat.rules.step_library.prepare_step_library(_)",),
    "StepPlan <- StepPlanRequest": ("wombat.rules.plan.plan_step(_)",),
    "StepResult <- StepRequest": ("wombat.rules.build.build_step(_)",),
    "StorePublication <- StorePublicationRequest": ("wombat.rules.publish.prepare_publication(_)",),
    "Targets <- Addresses": ("pants.engine.internals.graph.resolve_targets(Addresses)",),
    "Tool <- ToolRequest": ("wombat.rules.tool.prepare_tool(_)",),
    "TransitiveTargets <- TransitiveTargetsRequest": ("pants.engine.internals.graph.transitive_targets(_)",),
    "Validation <- ProfileRequest": ("wombat.rules.publish.profile_dataset(_)",),
    "Validation <- ValidationRequest": ("wombat.rules.validation.validate_dataset(_)",),
    "ValidationSettings <- ValidationSettingsRequest": ("wombat.rules.validation.find_validation_settings(_)",),
    "Venv <- VenvRequest": ("wombat.rules.venv.prepare_venv(_)",),
    "VenvPex <- PexRequest": ("pants.backend.python.util_rules.pex.create_venv_pex(PexRequest)",),
    "WrappedTarget <- WrappedTargetRequest": ("pants.engine.internals.graph.resolve_target(_)",),
}

# The rules that Pants comes to by a union: what a goal or another backend asks of the base, they answer.
MEMBERS_OF_UNIONS = [
    "wombat.goals.check_contracts.check_contracts",
    "wombat.goals.tailor.find_putative_datasets",
    "wombat.goals.tailor.find_putative_steps",
    "wombat.rules.contract_targets.declare_contracts",
    "wombat.rules.contract_targets.generate_contract_code",
    "wombat.rules.contract_targets.map_contract_modules",
    "wombat.rules.deployment.infer_deployment_dependencies",
    "wombat.rules.inference.infer_dataset_dependencies",
    "wombat.rules.inference.infer_pipeline_dependencies",
    "wombat.rules.inference.infer_step_dependencies",
    "wombat.rules.package.package_dataset",
    "wombat.rules.package.package_pipeline",
    "wombat.rules.publish.publish_dataset",
    "wombat.rules.publish.publish_pipeline",
    "wombat.rules.remote_cache.watch_uploads",
    "wombat.rules.run.run_dataset",
    "wombat.rules.run.run_pipeline",
    "wombat.rules.run.run_step",
    "wombat.rules.step_library.declare_step_library",
    "wombat.rules.step_library.generate_step_library",
    "wombat.rules.step_library.map_step_library_modules",
]


def _expected_calls(rule: str) -> FrozenSet[str]:
    calls: Set[str] = set()
    for awaitable in expected_awaitables(rule):
        result = awaitable.partition(" <- ")[0]
        calls.update(call if " -> " in call else f"{call} -> {result}" for call in CALLS[awaitable])
    return frozenset(calls)


@pytest.fixture(scope="module")
def found() -> Any:
    """What the newer Pants makes of the plugin."""
    plugins = Path(register.__file__).parents[1]
    finished = subprocess.run(
        [PYTHON, "-B", "-W", "ignore", "-m", inspect_plugin.__name__, CHECKOUT, str(plugins)],
        # This test's own path leads to the Pants that runs it.
        env={**os.environ, "PYTHONPATH": str(Path(inspect_plugin.__file__).parents[1])},
        capture_output=True,
        text=True,
    )
    assert finished.returncode == 0, finished.stderr
    return json.loads(finished.stdout)


def test_every_module_loads(found: Any) -> None:
    plugin = Path(register.__file__).parent
    files = [path.relative_to(plugin.parent) for path in plugin.rglob("*.py")]
    modules = {".".join(path.with_suffix("").parts) for path in files if path.name != "__init__.py"}

    assert modules.difference(found["modules"]) == {"wombat._compat_get", "wombat.enter_venv"}


def test_every_rule_is_registered(found: Any) -> None:
    assert sorted(found["calls"]) == sorted(RULES)


@pytest.mark.parametrize("name", sorted(RULES))
def test_a_rule_calls_what_it_asks_for(found: Any, name: str) -> None:
    assert frozenset(found["calls"][name]) == _expected_calls(name)


def test_every_called_rule_is_registered(found: Any) -> None:
    assert found["unknown"] == []


def test_calls_of_a_union_come_to_the_rules_of_its_members(found: Any) -> None:
    assert found["dispatched"] == MEMBERS_OF_UNIONS


def test_targets_are_made(found: Any) -> None:
    one_file, several, pipeline, step, contract, library = found["targets"]

    assert (one_file["source"], one_file["SourcesField"]) == ("'flights.csv'", "DatasetSourceField")
    assert (several["sources"], several["SourcesField"]) == ("('*.parquet',)", "DatasetSourcesField")
    # Newer Pants gives the field a default of its own; the plugin must know that nobody set it.
    assert (one_file["output_path"], several["output_path"]) == ("None", "'all'")
    assert (pipeline["outputs"], pipeline["Dependencies"]) == ("(':flights',)", "PipelineDependenciesField")
    assert (step["inputs"], step["outputs"]) == ("FrozenDict({'raw': ':raw'})", "(':clean',)")
    assert (step["cache"], step["retries"], step["timeout_s"]) == ("True", "0", "None")
    assert (one_file["contract"], several["contract"]) == ("'shop.odcs.yaml#flights'", "None")
    assert step["expects"] == "FrozenDict({'raw': 'needs.odcs.yaml'})"
    assert (contract["source"], contract["SourcesField"]) == ("'orders.yaml'", "ContractSourceField")
    assert library["source"] == "None"
