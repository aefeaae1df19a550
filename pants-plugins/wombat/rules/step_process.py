"""The process of a step: what it is given, and what is kept of what it makes."""

from __future__ import annotations

import os
from typing import Any, List, Mapping

from pants.engine.env_vars import EnvironmentVarsRequest
from pants.engine.fs import CreateDigest, FileContent, FileEntry
from pants.engine.process import Process, ProcessCacheScope
from pants.option.global_options import KeepSandboxes

from wombat import compat
from wombat.graph.formats import Format
from wombat.graph.seal import SealKey
from wombat.graph.spec import (
    REPETITION_VARIABLE,
    SOURCES_DIRECTORY,
    SPEC_FILE,
    captured_path,
    input_directory,
    limits_variable,
    passed_environment,
    step_spec,
)
from wombat.rules.content import DatasetContent
from wombat.rules.interpreter import INTERPRETER_VARIABLE
from wombat.rules.plan import StepPlan
from wombat.rules.step_library import PACKAGE, StepLibrary
from wombat.rules.venv import (
    BASE_ENVIRONMENT,
    LIBRARY_MOUNT,
    REMOTE_CACHE_WAIT_MS,
    VENV_MOUNT,
    library_argv,
    warm_mounts,
)


async def step_process(
    plan: StepPlan,
    contents: Mapping[str, DatasetContent],
    params: Mapping[str, Any],
    library: StepLibrary,
    keep_sandboxes: KeepSandboxes,
    pants_workdir: str,
) -> Process:
    """The process of a step.

    :param contents: of its inputs, by parameter.
    """
    step = plan.node
    secrets: Mapping[str, str] = {}
    seal_key = None
    if passed_environment(step):
        secrets = await compat.environment_variables(EnvironmentVarsRequest(passed_environment(step)))
        # Made once in a workspace; neither key nor result depends on it.
        seal_key = SealKey.at(os.path.join(pants_workdir, "wombat", "seal.key"))
    repetition = await compat.environment_variables(EnvironmentVarsRequest((REPETITION_VARIABLE,)))
    formats = [dataset.node.format for dataset in plan.outputs]
    spec = step_spec(
        step,
        module=plan.module,
        function=plan.function,
        path=plan.path,
        source_roots=plan.code.source_roots if plan.code is not None else (),
        inputs=[
            (item.parameter, dataset.node.format, contents[item.parameter].path_in(input_directory(item.parameter)))
            for item, dataset in zip(step.inputs, plan.inputs)
        ],
        output_formats=formats,
        params=params,
    )
    files: List[FileContent | FileEntry] = [FileContent(SPEC_FILE, spec)]
    for parameter, content in contents.items():
        files.extend(content.placed_at(input_directory(parameter)))
    digest = await compat.create_digest(CreateDigest(files))
    limits = limits_variable(step, secrets, seal_key)
    scope = ProcessCacheScope.SUCCESSFUL if step.cache else ProcessCacheScope.PER_SESSION
    description = f"Run {step.address}"
    output_files = [captured_path(i, f) for i, f in enumerate(formats) if f is not Format.DIRECTORY]
    output_directories = [captured_path(i, f) for i, f in enumerate(formats) if f is Format.DIRECTORY]
    if plan.program is not None:
        program = plan.program
        return Process(
            library_argv(program.interpreter, PACKAGE, program.working_directory, *program.args),
            description=description,
            input_digest=await compat.merge_digests([digest, program.digest]),
            immutable_input_digests={**program.immutable_input_digests, LIBRARY_MOUNT: library.digest},
            append_only_caches=program.append_only_caches,
            env={**BASE_ENVIRONMENT, INTERPRETER_VARIABLE: program.interpreter.fingerprint, **program.env, **repetition},
            output_files=output_files,
            output_directories=output_directories,
            execution_slot_variable=limits,
            cache_scope=scope,
            remote_cache_speculation_delay_millis=REMOTE_CACHE_WAIT_MS,
        )
    code = plan.code
    assert code is not None, "A plan has code or a program."
    return Process(
        code.venv.argv(PACKAGE),
        description=description,
        input_digest=digest,
        immutable_input_digests={
            LIBRARY_MOUNT: library.digest,
            VENV_MOUNT: code.venv.pex,
            SOURCES_DIRECTORY: code.sources,
        },
        use_nailgun=warm_mounts(keep_sandboxes),
        append_only_caches=code.venv.append_only_caches,
        env={**BASE_ENVIRONMENT, **code.venv.environment, **repetition},
        output_files=output_files,
        output_directories=output_directories,
        execution_slot_variable=limits,
        cache_scope=scope,
        remote_cache_speculation_delay_millis=REMOTE_CACHE_WAIT_MS,
    )
