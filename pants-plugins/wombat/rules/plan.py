"""What a step needs before its inputs are there: its node, its code or program, its environment."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Iterable, Optional, Tuple

from pants.backend.python.subsystems.setup import PythonSetup
from pants.backend.python.target_types import InterpreterConstraintsField, PythonResolveField
from pants.backend.python.util_rules.interpreter_constraints import InterpreterConstraints
from pants.backend.shell.target_types import ShellCommandCommandField, ShellCommandToolsField
from pants.backend.shell.util_rules.shell_command import ShellCommandProcessFromTargetRequest
from pants.core.goals.run import RunFieldSet
from pants.engine.addresses import Address
from pants.engine.environment import EnvironmentName
from pants.engine.fs import Digest
from pants.engine.internals.dep_rules import BuildFileDependencyRulesImplementationRequest
from pants.engine.platform import Platform
from pants.engine.rules import Rule, collect_rules, rule
from pants.engine.target import DependenciesRequest, FieldSetsPerTargetRequest, Target, WrappedTargetRequest
from pants.engine.unions import UnionMembership, UnionRule
from pants.option.global_options import GlobalOptions
from pants.util.frozendict import FrozenDict
from pants.util.logging import LogLevel

from wombat import compat
from wombat.graph.errors import RunFieldError, StepEnvironmentError
from wombat.graph.model import StepNode
from wombat.graph.spec import passed_environment
from wombat.rules.code import StepCode, StepCodeRequest, step_code
from wombat.rules.graph import PlannedDataset, RepositoryGraph, planned_dataset
from wombat.rules.inference import StepCodeRootsRequest, run_field_inputs, split_entry_point, step_code_roots
from wombat.rules.interpreter import Interpreter, InterpreterRequest, interpreter_of
from wombat.target_types import (
    StepDependenciesField,
    StepEntryPointField,
    StepRunField,
)

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Program:
    """A runnable target as a process within a sandbox; `{chroot}` in values stands for the sandbox."""

    args: Tuple[str, ...]
    env: FrozenDict[str, str]
    digest: Digest
    immutable_input_digests: FrozenDict[str, Digest]
    append_only_caches: FrozenDict[str, str]
    working_directory: str
    interpreter: Interpreter


@compat.solved_apart
@dataclass(frozen=True)
class StepPlanRequest:
    """Asks for the plan of the step at an address."""

    address: Address


@dataclass(frozen=True)
class StepPlan:
    """A step with everything it needs but its inputs; exactly one of `code` and `program` is set.

    :param module: of the entry point, with `function` and the file's `path`.
    :param environment: None for the default, the machine that Pants runs on.
    """

    node: StepNode
    inputs: Tuple[PlannedDataset, ...]
    outputs: Tuple[PlannedDataset, ...]
    module: str = ""
    function: str = ""
    path: str = ""
    code: Optional[StepCode] = None
    program: Optional[Program] = None
    environment: Optional[EnvironmentName] = None


@dataclass(frozen=True)
class ProgramRequest:
    """Asks how to run the target that a step's `run` field names."""

    step: Address
    run: StepRunField
    has_args: bool


@rule(desc="Prepare the program of a step", level=LogLevel.DEBUG)
async def prepare_program(
    request: ProgramRequest, python_setup: PythonSetup, environment: EnvironmentName
) -> Program:
    constraints = InterpreterConstraints(python_setup.interpreter_constraints)
    addresses, interpreter = await compat.concurrently(
        compat.addresses_of(run_field_inputs(request.run)), interpreter_of(InterpreterRequest(constraints))
    )
    targets = await compat.targets_at(addresses)
    if len(targets) != 1:
        raise RunFieldError(request.step.spec, request.run.value or "", reason="it names more than one target.")
    target = targets[0]
    if target.has_field(ShellCommandCommandField) and target.has_field(ShellCommandToolsField):
        if request.has_args:
            raise RunFieldError(
                request.step.spec,
                request.run.value or "",
                reason="a shell_command takes no arguments. Let it use WOMBAT_INPUT_... and the like, without 'args'.",
            )
        process = await compat.shell_command_process(ShellCommandProcessFromTargetRequest(target), environment)
        return Program(
            args=process.argv,
            env=process.env,
            digest=process.input_digest,
            immutable_input_digests=process.immutable_input_digests,
            append_only_caches=process.append_only_caches,
            working_directory=process.working_directory or "",
            interpreter=interpreter,
        )
    found = await compat.field_sets_of(FieldSetsPerTargetRequest(RunFieldSet, [target]))
    if len(found.field_sets) != 1:
        raise RunFieldError(
            request.step.spec,
            request.run.value or "",
            reason=f"targets of type `{target.alias}` cannot be run within a step.",
        )
    runnable = await compat.runnable_in_sandbox(found.field_sets[0], environment)
    return Program(
        args=runnable.args,
        env=FrozenDict(runnable.extra_env),
        digest=runnable.digest,
        immutable_input_digests=FrozenDict(runnable.immutable_input_digests or {}),
        append_only_caches=FrozenDict(runnable.append_only_caches or {}),
        working_directory="",
        interpreter=interpreter,
    )


program_of = compat.caller(prepare_program, ProgramRequest, Program)


async def _environment_of(target: Target, step: StepNode) -> EnvironmentName:
    """The environment that a step is to run in.

    :raises StepEnvironmentError: if there is none, or the step needs what does not get there.
    """
    name = target[compat.EnvironmentField].value
    try:
        environment = await compat.environment_name(compat.EnvironmentNameRequest.from_target(target))
        place = await compat.execution_environment(environment)
    except Exception as err:
        # Pants has several reasons, and says what to do about each.
        raise StepEnvironmentError(step.address, name, reason=" ".join(str(err).split())) from err
    here = Platform.create_for_localhost().value
    if place.platform != here:
        raise StepEnvironmentError(
            step.address,
            name,
            reason=f"it is of the platform {place.platform}, and what the step needs is prepared here, on {here}.",
        )
    if place.remote_execution:
        secrets = passed_environment(step)
        if secrets:
            raise StepEnvironmentError(
                step.address,
                name,
                reason=f"it is on other machines, and what 'extra_env_vars' passes on ({', '.join(secrets)}) does not get "
                "there. Give the step values that are no secrets as NAME=value, or run it on this machine.",
            )
        if step.timeout_s or step.retries:
            logger.warning(
                f"{step.address} runs on other machines, where its 'timeout_s' and 'retries' do not count. The server has "
                "limits of its own, and [GLOBAL].remote_execution_overall_deadline_secs is one for all."
            )
    return environment


@rule(desc="Plan a pipeline step", level=LogLevel.DEBUG)
async def plan_step(
    request: StepPlanRequest,
    repository: RepositoryGraph,
    python_setup: PythonSetup,
    union_membership: UnionMembership,
    global_options: GlobalOptions,
) -> StepPlan:
    wrapped = await compat.target_at(WrappedTargetRequest(request.address, description_of_origin="the pipeline"))
    target = wrapped.target
    graph = repository.graph
    node = graph.steps[request.address.spec]
    inputs = tuple(planned_dataset(graph.datasets, repository.addresses, item.dataset) for item in node.inputs)
    outputs = tuple(planned_dataset(graph.datasets, repository.addresses, item.dataset) for item in node.outputs)
    if union_membership.has_members(BuildFileDependencyRulesImplementationRequest):
        # Asked for its errors: what the step depends on is held against the visibility rules of those targets. Only
        # where a backend for such rules is on, since it is most of what the engine would look at again in every run.
        await compat.all_dependencies(DependenciesRequest(target[StepDependenciesField]))
    environment: Optional[EnvironmentName] = None
    field = target[compat.EnvironmentField]
    if field.value != field.default or global_options.remote_execution:
        environment = await _environment_of(target, node)
    if node.entry_point is None:
        program = await program_of(ProgramRequest(request.address, target[StepRunField], has_args=bool(node.args)))
        return StepPlan(node, inputs, outputs, program=program, environment=environment)
    roots = await step_code_roots(
        StepCodeRootsRequest(
            request.address,
            target[StepEntryPointField].value,
            target[PythonResolveField].normalized_value(python_setup),
            target[StepDependenciesField],
        )
    )
    code = await step_code(StepCodeRequest(roots.addresses, target[InterpreterConstraintsField].value))
    _, function = split_entry_point(node.entry_point)
    return StepPlan(
        node,
        inputs,
        outputs,
        module=roots.entry_point.module,
        function=function,
        path=roots.entry_point.path,
        code=code,
        environment=environment,
    )


def rules() -> Iterable[Rule | UnionRule]:
    return (*collect_rules(), *compat.union_rules(StepPlanRequest))


step_plan = compat.caller(plan_step, StepPlanRequest, StepPlan)
