"""What every rule of the plugin asks of the engine, whichever Pants runs it: result and request types.

Pants' rule parser reads this off the rules' sources while they load. What it does not see is missing from the rule
graph, and fails only when the rule comes to ask.
"""

from __future__ import annotations

from typing import FrozenSet, Mapping

RULES: Mapping[str, str] = {
    "wombat.goals.artifacts.collect_garbage": """
        Access <- AccessRequest
        Checkout <- CheckoutRequest
        Digest <- CreateDigest
        EnvironmentVars <- EnvironmentVarsRequest
        ImportsLock <- LockRequest
        InteractiveProcessResult <- InteractiveProcess
        Tool <- ToolRequest
    """,
    "wombat.goals.artifacts.compare_versions": """
        Access <- AccessRequest
        Checkout <- CheckoutRequest
        EnvironmentVars <- EnvironmentVarsRequest
        InteractiveProcessResult <- InteractiveProcess
        Tool <- ToolRequest
    """,
    "wombat.goals.artifacts.fetch_version": """
        Access <- AccessRequest
        Checkout <- CheckoutRequest
        EnvironmentVars <- EnvironmentVarsRequest
        InteractiveProcessResult <- InteractiveProcess
        Tool <- ToolRequest
    """,
    "wombat.goals.artifacts.label_version": """
        Access <- AccessRequest
        Checkout <- CheckoutRequest
        EnvironmentVars <- EnvironmentVarsRequest
        InteractiveProcessResult <- InteractiveProcess
        Tool <- ToolRequest
    """,
    "wombat.goals.artifacts.list_versions": """
        Access <- AccessRequest
        Checkout <- CheckoutRequest
        EnvironmentVars <- EnvironmentVarsRequest
        InteractiveProcessResult <- InteractiveProcess
        Tool <- ToolRequest
    """,
    "wombat.goals.artifacts.show_version": """
        Access <- AccessRequest
        Checkout <- CheckoutRequest
        EnvironmentVars <- EnvironmentVarsRequest
        InteractiveProcessResult <- InteractiveProcess
        Tool <- ToolRequest
    """,
    "wombat.goals.artifacts.verify_store": """
        Access <- AccessRequest
        Checkout <- CheckoutRequest
        EnvironmentVars <- EnvironmentVarsRequest
        InteractiveProcessResult <- InteractiveProcess
        Tool <- ToolRequest
    """,
    "wombat.goals.check_contracts.check_contracts": """
        AllContracts <- AllContractsRequest
        ChangesDocument <- ChangesRequest
        ContractReading <- ContractRequest
        ContractReading <- FormerContractRequest
        DatasetContract <- DatasetContractRequest
        Digest <- CreateDigest
        FormerContracts <- FormerContractsRequest
        ImplicationDocument <- ImplicationRequest
        RowNeeds <- RowNeedsRequest
    """,
    "wombat.goals.check_contracts.read_former_contracts": "MaybeGitWorktree <- GitWorktreeRequest",
    "wombat.goals.check_determinism.check_determinism": """
        Nodes <- NodesRequest
        Repetition <- RepetitionRequest
    """,
    "wombat.goals.generate_configs.generate_configs": "Configurations <- ConfigurationsRequest",
    "wombat.goals.infer_contracts.infer_contract": """
        Digest <- CreateDigest
        FallibleProcessResult <- Process
        Tool <- ToolRequest
    """,
    "wombat.goals.infer_contracts.infer_contracts": """
        BuildReport <- BuildRequest
        Digest <- CreateDigest
        Digest <- PathGlobs
        DigestContents <- Digest
        InferredContract <- InferredContractRequest
        Paths <- PathGlobs
    """,
    "wombat.goals.pipeline_graph.print_pipeline_graph": "Nodes <- NodesRequest",
    "wombat.goals.prepare_steps.prepare_steps": """
        Nodes <- NodesRequest
        StepPlan <- StepPlanRequest
        Tool <- ToolRequest
    """,
    "wombat.goals.reproduce_version.reproduce_version": """
        Checkout <- CheckoutRequest
        MaybeGitWorktree <- GitWorktreeRequest
        Pin <- PinRequest
    """,
    "wombat.goals.run_pipelines.run_pipelines": """
        BuildReport <- BuildRequest
        OtherMachine <- OtherMachineRequest
    """,
    "wombat.goals.tailor.find_putative_datasets": "Paths <- PathGlobs",
    "wombat.goals.tailor.find_putative_steps": """
        Digest <- PathGlobs
        DigestContents <- Digest
        Paths <- PathGlobs
    """,
    "wombat.goals.update_imports.find_pin": """
        Access <- AccessRequest
        FallibleProcessResult <- Process
        Tool <- ToolRequest
    """,
    "wombat.goals.update_imports.update_imports": """
        Digest <- CreateDigest
        Digest <- PathGlobs
        DigestContents <- Digest
        ImportsLock <- LockRequest
        Pin <- PinRequest
    """,
    "wombat.rules.build.build_dataset": """
        DatasetContent <- OriginRequest
        DatasetContent <- SourceDatasetRequest
        DatasetContract <- DatasetContractRequest
        ReferenceResult <- ReferenceRequest
        StepResult <- StepRequest
        Validation <- ValidationRequest
        ValidationSettings <- ValidationSettingsRequest
    """,
    "wombat.rules.build.build_reference": """
        DatasetContent <- OriginRequest
        DatasetContent <- SourceDatasetRequest
        StepResult <- StepRequest
    """,
    "wombat.rules.build.build_step": """
        DatasetResult <- DatasetRequest
        Digest <- CreateDigest
        Digest <- MergeDigests
        DigestEntries <- Digest
        EnvironmentVars <- EnvironmentVarsRequest
        FallibleProcessResult <- Process
        FallibleProcessResult <- Process, EnvironmentName
        StepLibrary <- StepLibraryRequest
        StepPlan <- StepPlanRequest
    """,
    "wombat.rules.code.prepare_step_code": """
        Digest <- PathGlobs
        DigestEntries <- Digest
        PexRequest <- RequirementsPexRequest
        PythonSourceFiles <- PythonSourceFilesRequest
        TransitiveTargets <- TransitiveTargetsRequest
        Venv <- VenvRequest
    """,
    "wombat.rules.comparison.compare_with_former": """
        Digest <- CreateDigest
        Digest <- MergeDigests
        DigestEntries <- Digest
        FallibleProcessResult <- Process
        Tool <- ToolRequest
    """,
    "wombat.rules.comparison.compare_with_need": """
        Digest <- AddPrefix
        Digest <- CreateDigest
        Digest <- MergeDigests
        DigestEntries <- Digest
        FallibleProcessResult <- Process
        Tool <- ToolRequest
    """,
    "wombat.rules.comparison.find_row_needs": """
        Digest <- PathGlobs
        DigestContents <- Digest
        PythonSourceFiles <- PythonSourceFilesRequest
        StepCodeRoots <- StepCodeRootsRequest
        TransitiveTargets <- TransitiveTargetsRequest
        WrappedTarget <- WrappedTargetRequest
    """,
    "wombat.rules.contract_targets.declare_contracts": "Paths <- PathGlobs",
    "wombat.rules.contract_targets.find_all_contracts": "",
    "wombat.rules.contract_targets.generate_contract_code": """
        Digest <- CreateDigest
        DigestEntries <- Digest
        FallibleProcessResult <- Process
        Snapshot <- Digest
        Tool <- ToolRequest
    """,
    "wombat.rules.contract_targets.map_contract_modules": """
        AllContracts <- AllContractsRequest
        OptionalSourceRoot <- SourceRootRequest
    """,
    "wombat.rules.contracts.find_dataset_contract": """
        ContractReading <- ContractRequest
        References <- ReferencesRequest
    """,
    "wombat.rules.contracts.find_references": "ContractReading <- ContractRequest",
    "wombat.rules.contracts.read_contract": """
        Digest <- CreateDigest
        Digest <- PathGlobs
        DigestEntries <- Digest
        FallibleProcessResult <- Process
        Paths <- PathGlobs
        Tool <- ToolRequest
    """,
    "wombat.rules.contracts.read_former_contract": """
        Digest <- CreateDigest
        DigestEntries <- Digest
        FallibleProcessResult <- Process
        Paths <- PathGlobs
        Tool <- ToolRequest
    """,
    "wombat.rules.deployment.generate_configurations": """
        Digest <- CreateDigest
        FallibleProcessResult <- Process
        Nodes <- NodesRequest
        Paths <- PathGlobs
        Tool <- ToolRequest
    """,
    "wombat.rules.deployment.infer_deployment_dependencies": "",
    "wombat.rules.graph.check_nodes": "",
    "wombat.rules.graph.find_repository_graph": "",
    "wombat.rules.inference.find_entry_point": """
        Paths <- PathGlobs
        PythonModuleOwners <- PythonModuleOwnersRequest
        SourceRoot <- SourceRootRequest
        Targets <- Addresses
    """,
    "wombat.rules.inference.find_step_code_roots": """
        EntryPoint <- EntryPointRequest
        ExplicitlyProvidedDependencies <- DependenciesRequest
    """,
    "wombat.rules.inference.infer_dataset_dependencies": "AllContracts <- AllContractsRequest",
    "wombat.rules.inference.infer_pipeline_dependencies": "",
    "wombat.rules.inference.infer_step_dependencies": """
        Addresses <- UnparsedAddressInputs
        AllContracts <- AllContractsRequest
        StepCodeRoots <- StepCodeRootsRequest
    """,
    "wombat.rules.interpreter.describe_interpreter": """
        FallibleProcessResult <- Process
        PythonExecutable <- InterpreterConstraints
    """,
    "wombat.rules.machine.find_other_machine": "FallibleProcessResult <- Process",
    "wombat.rules.origin.fetch_origin": """
        Access <- AccessRequest
        DigestEntries <- Digest
        FallibleProcessResult <- Process
        ImportsLock <- LockRequest
        Tool <- ToolRequest
    """,
    "wombat.rules.origin.read_imports_lock": """
        Digest <- PathGlobs
        DigestContents <- Digest
    """,
    "wombat.rules.package.package_dataset": """
        BuildReport <- BuildRequest
        Digest <- CreateDigest
    """,
    "wombat.rules.package.package_pipeline": """
        BuildReport <- BuildRequest
        Digest <- CreateDigest
    """,
    "wombat.rules.plan.plan_step": """
        Addresses <- DependenciesRequest
        EnvironmentName <- EnvironmentNameRequest
        ProcessExecutionEnvironment <- EnvironmentName
        Program <- ProgramRequest
        StepCode <- StepCodeRequest
        StepCodeRoots <- StepCodeRootsRequest
        WrappedTarget <- WrappedTargetRequest
    """,
    "wombat.rules.plan.prepare_program": """
        Addresses <- UnparsedAddressInputs
        FieldSetsPerTarget <- FieldSetsPerTargetRequest
        Interpreter <- InterpreterRequest
        Process <- ShellCommandProcessFromTargetRequest, EnvironmentName
        RunInSandboxRequest <- RunFieldSet, EnvironmentName
        Targets <- Addresses
    """,
    "wombat.rules.preview.preview_dataset": """
        Digest <- CreateDigest
        FallibleProcessResult <- Process
        Tool <- ToolRequest
    """,
    "wombat.rules.publish.prepare_publication": """
        Access <- AccessRequest
        BuildReport <- BuildRequest
        Checkout <- CheckoutRequest
        Digest <- CreateDigest
        OtherMachine <- OtherMachineRequest
        Tool <- ToolRequest
        Validation <- ProfileRequest
    """,
    "wombat.rules.publish.profile_dataset": """
        Validation <- ValidationRequest
        ValidationSettings <- ValidationSettingsRequest
    """,
    "wombat.rules.publish.publish_dataset": "StorePublication <- StorePublicationRequest",
    "wombat.rules.publish.publish_pipeline": "StorePublication <- StorePublicationRequest",
    "wombat.rules.remote_cache.watch_uploads": "",
    "wombat.rules.repetition.find_difference": """
        Digest <- CreateDigest
        FallibleProcessResult <- Process
        Tool <- ToolRequest
    """,
    "wombat.rules.repetition.repeat_step": """
        DatasetContract <- DatasetContractRequest
        DatasetResult <- DatasetRequest
        Difference <- DifferenceRequest
        Digest <- CreateDigest
        Digest <- MergeDigests
        DigestEntries <- Digest
        EnvironmentVars <- EnvironmentVarsRequest
        FallibleProcessResult <- Process
        FallibleProcessResult <- Process, EnvironmentName
        StepLibrary <- StepLibraryRequest
        StepPlan <- StepPlanRequest
    """,
    "wombat.rules.report.build_all": """
        ContractReading <- ContractRequest
        DatasetContract <- DatasetContractRequest
        DatasetResult <- DatasetRequest
        Nodes <- NodesRequest
        StepResult <- StepRequest
    """,
    "wombat.rules.run.run_dataset": """
        BuildReport <- BuildRequest
        Digest <- CreateDigest
        OtherMachine <- OtherMachineRequest
        Preview <- PreviewRequest
        Validation <- ValidationRequest
        ValidationSettings <- ValidationSettingsRequest
    """,
    "wombat.rules.run.run_pipeline": """
        BuildReport <- BuildRequest
        Digest <- CreateDigest
        OtherMachine <- OtherMachineRequest
        Preview <- PreviewRequest
        Validation <- ValidationRequest
        ValidationSettings <- ValidationSettingsRequest
    """,
    "wombat.rules.run.run_step": """
        BuildReport <- BuildRequest
        Digest <- CreateDigest
        OtherMachine <- OtherMachineRequest
        Preview <- PreviewRequest
        Validation <- ValidationRequest
        ValidationSettings <- ValidationSettingsRequest
    """,
    "wombat.rules.sources.read_source_dataset": """
        DigestEntries <- Digest
        HydratedSources <- HydrateSourcesRequest
        Paths <- PathGlobs
        WrappedTarget <- WrappedTargetRequest
    """,
    "wombat.rules.step_library.declare_step_library": "",
    "wombat.rules.step_library.generate_step_library": """
        Digest <- CreateDigest
        Snapshot <- Digest
    """,
    "wombat.rules.step_library.map_step_library_modules": "",
    "wombat.rules.step_library.prepare_step_library": "Digest <- CreateDigest",
    "wombat.rules.store.find_access": "EnvironmentVars <- EnvironmentVarsRequest",
    "wombat.rules.store.find_checkout": "MaybeGitWorktree <- GitWorktreeRequest",
    "wombat.rules.tool.prepare_tool": """
        Digest <- CreateDigest
        Venv <- VenvRequest
    """,
    "wombat.rules.validation.find_validation_settings": "",
    "wombat.rules.validation.validate_dataset": """
        Digest <- AddPrefix
        Digest <- CreateDigest
        Digest <- MergeDigests
        FallibleProcessResult <- Process
        Tool <- ToolRequest
    """,
    "wombat.rules.venv.prepare_venv": """
        Digest <- DigestSubset
        Interpreter <- InterpreterRequest
        VenvPex <- PexRequest
    """,
}


def expected_awaitables(rule: str) -> FrozenSet[str]:
    """The lines of the table for a rule, as "Result <- Request, Request"."""
    return frozenset(line.strip() for line in RULES[rule].strip().splitlines())
