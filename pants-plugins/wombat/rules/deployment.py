"""The configurations of all deployment targets, made by `wombat_tool` from the graph and the settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, Iterable, List, Tuple

from pants.engine.addresses import Address, Addresses, AddressInput
from pants.engine.fs import CreateDigest, FileContent, PathGlobs
from pants.engine.rules import Rule, collect_rules, rule
from pants.engine.target import AllTargets, FieldSet, InferDependenciesRequest, InferredDependencies, Target
from pants.engine.unions import UnionRule
from pants.util.logging import LogLevel

from wombat import compat
from wombat.graph.deployment import Configuration, DeclaredDeployment, deployment_plan, read_rendered
from wombat.graph.errors import InvalidReferenceError, ToolError, UnknownDatasetError
from wombat.graph.names import KnownNames
from wombat.graph.params import canonical_json
from wombat.rules.graph import NodesRequest, RepositoryGraph, nodes_of
from wombat.rules.tool import ToolRequest, tool_of
from wombat.subsystems import DeploymentSubsystem
from wombat.target_types import (
    AddressSetting,
    DeployedPipelineField,
    DeploymentDependenciesField,
    DeploymentOutputField,
    DeploymentRemoteCacheField,
    settings_of,
)

_PLAN = "plan.json"
_LAUNCHER = "pants"


@dataclass(frozen=True)
class ConfigurationsRequest:
    """Asks for what is generated from all deployment targets."""


@dataclass(frozen=True)
class Configurations:
    """What is generated from each target, in the order of addresses.

    :param launcher: the command that starts Pants, as generated files have it.
    """

    launcher: str
    targets: Tuple[Configuration, ...]


def _is_address(text: str) -> bool:
    """Whether a setting that takes an address holds one, and not the place of a server or the name of a variable."""
    return "://" not in text and not text.startswith("$")


def _address_in(field: AddressSetting) -> Address:
    """The address that a field names.

    :raises InvalidReferenceError: if it is none.
    """
    text = field.value or ""
    try:
        parsed = AddressInput.parse(
            text, relative_to=field.address.spec_path, description_of_origin=f"the field {field.alias!r}"
        )
        return parsed.dir_to_address()
    except Exception as error:
        # The parser has a class of error for each way to be wrong, and they share no base class.
        reason = f"{' '.join(str(error).split())}.".replace("..", ".")
        raise InvalidReferenceError(field=field.alias, address=field.address.spec, value=text, reason=reason) from None


def _settings(target: Target) -> Dict[str, Any]:
    settings = settings_of(target.field_values)
    for field in target.field_values.values():
        if isinstance(field, AddressSetting) and field.value is not None and _is_address(field.value):
            settings[field.alias] = _address_in(field).spec
    return settings


def _problem_with_pipeline(target: Target, settings: Dict[str, Any], repository: RepositoryGraph) -> Tuple[str, ...]:
    pipeline = settings.get(DeployedPipelineField.alias)
    if pipeline is None or pipeline in repository.graph.pipelines:
        return ()
    error = UnknownDatasetError(
        field=DeployedPipelineField.alias,
        address=target.address.spec,
        text=target[DeployedPipelineField].value,
        value=pipeline,
        kind="pipeline",
        known=KnownNames(repository.graph.pipelines),
    )
    return (str(error),)


@rule(desc="Generate configurations", level=LogLevel.DEBUG)
async def generate_configurations(
    request: ConfigurationsRequest,
    all_targets: AllTargets,
    repository: RepositoryGraph,
    options: DeploymentSubsystem,
) -> Configurations:
    launcher = options.launcher
    if launcher is None:
        there = await compat.paths(PathGlobs([_LAUNCHER]))
        launcher = f"./{_LAUNCHER}" if there.files else _LAUNCHER
    declared: List[DeclaredDeployment] = []
    wrong: List[Configuration] = []
    for target in all_targets:
        if not target.has_field(DeploymentOutputField):
            continue
        address = target.address.spec
        try:
            settings = _settings(target)
        except InvalidReferenceError as error:
            wrong.append(Configuration(address, problems=(str(error),)))
            continue
        problems = _problem_with_pipeline(target, settings, repository)
        if problems:
            wrong.append(Configuration(address, problems=problems))
        else:
            declared.append(DeclaredDeployment(address, target.alias, target.address.spec_path, settings))
    alias = DeployedPipelineField.alias
    pipelines = tuple(sorted({one.settings[alias] for one in declared if alias in one.settings}))
    nodes = await nodes_of(NodesRequest(pipelines))
    plan = deployment_plan(nodes.graph, declared, launcher=launcher)
    tool = await tool_of(ToolRequest())
    digest = await compat.create_digest(CreateDigest([FileContent(_PLAN, canonical_json(plan).encode())]))
    result = await compat.fallible_process(
        tool.process("render", "--plan", _PLAN, description="Generate configurations", input_digest=digest)
    )
    if result.exit_code != 0:
        raise ToolError("Configurations cannot be generated", result.stderr.decode(errors="replace"))
    made = (*read_rendered(result.stdout), *wrong)
    return Configurations(launcher, tuple(sorted(made, key=lambda one: one.address)))


configurations = compat.caller(generate_configurations, ConfigurationsRequest, Configurations)


@dataclass(frozen=True)
class DeploymentInferenceFieldSet(FieldSet):
    required_fields = (DeploymentDependenciesField, DeployedPipelineField, DeploymentRemoteCacheField)

    dependencies: DeploymentDependenciesField
    pipeline: DeployedPipelineField
    remote_cache: DeploymentRemoteCacheField


class InferDeploymentDependencies(InferDependenciesRequest):
    infer_from = DeploymentInferenceFieldSet


@rule(desc="Infer what a deployment deploys", level=LogLevel.DEBUG)
async def infer_deployment_dependencies(
    request: InferDeploymentDependencies, all_targets: AllTargets
) -> InferredDependencies:
    fields = (request.field_set.pipeline, request.field_set.remote_cache)
    named = {_address_in(one) for one in fields if one.value is not None and _is_address(one.value)}
    # A name that stands for nothing is a mistake for those to tell who generate from it.
    return InferredDependencies(Addresses(sorted(named & {target.address for target in all_targets})))


def rules() -> Iterable[Rule | UnionRule]:
    return (*collect_rules(), UnionRule(InferDependenciesRequest, InferDeploymentDependencies))
