"""Jobs of GitLab as YAML knows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Optional

from wombat_tool.deployment.commands import Variable, Word, run_words, shell_command
from wombat_tool.deployment.gitlab_needs import MOST_NEEDS, with_gates
from wombat_tool.deployment.gitlab_settings import GitlabCiSettings
from wombat_tool.deployment.jobs import Job
from wombat_tool.deployment.parameters import step_named
from wombat_tool.deployment.problems import DeploymentProblem
from wombat_tool.deployment.quantities import kubernetes_quantity
from wombat_tool.deployment.system import PipelineDeployment

GitlabDeployment = PipelineDeployment[GitlabCiSettings]

STEPS_STAGE = "steps"
PIPELINE_STAGE = "pipeline"
CHANGED_JOB = "wombat:changed"
"""No name of a step's job has a colon."""
CHANGED_FILE = ".wombat/changed-targets.txt"
RECORDS = ".wombat/runs"
JUNIT_FILE = ".wombat/junit.xml"
IN_MERGE_REQUEST = "$CI_MERGE_REQUEST_DIFF_BASE_SHA"
"""Set in pipelines of merge requests and in their child pipelines, whose source is another one."""

_SKIP = "skip_unless_changed"
TARGET_VARIABLE = "WOMBAT_TARGET"
# https://docs.gitlab.com/ci/jobs/ ("Job names"), and the keywords that stand where jobs do.
_RESERVED = frozenset(
    "cache default false image include nil pages services spec stages true types variables workflow".split()
)
_OF_KUBERNETES = {
    # https://docs.gitlab.com/runner/executors/kubernetes/ ("Overwrite container resources")
    "cpu": ("KUBERNETES_CPU_REQUEST",),
    "ephemeral_storage": ("KUBERNETES_EPHEMERAL_STORAGE_REQUEST",),
    "memory": ("KUBERNETES_MEMORY_REQUEST", "KUBERNETES_MEMORY_LIMIT"),
}


def parameter_variables(deployment: GitlabDeployment) -> dict[str, str]:
    """For each parameter of a run, the variable that holds its value."""
    return {parameter.name: f"WOMBAT_PARAMETER_{parameter.name.upper()}" for parameter in deployment.parameters}


def job_name(job: Job) -> str:
    """The name of a job, which must be none of GitLab's keywords."""
    return _named(job.name)


def _named(name: str) -> str:
    return f"{name}:job" if name in _RESERVED else name


def changed_words(deployment: GitlabDeployment) -> tuple[Word, ...]:
    """The command that lists the targets that a merge request changes, and all that depends on them."""
    since: Word = ("--changed-since=", Variable(IN_MERGE_REQUEST[1:]))
    return ((deployment.launcher,), since, ("--changed-dependents=transitive",), ("list",))


def jobs_document(deployment: GitlabDeployment, jobs: Sequence[Job], *, writes_cache: bool) -> dict[str, Any]:
    """The jobs of one pipeline by name, with those that they wait for as far as they are in it.

    :param writes_cache: whether the last job of the whole pipeline is among them and fills the cache.
    """
    names = {job.name for job in jobs}
    weights = {job_name(job): len(job.targets) for job in jobs}
    tags = _tags_by_step(deployment)
    document: dict[str, Any] = {}
    if deployment.settings.on_merge_request and deployment.settings.granularity == "step":
        document[CHANGED_JOB] = _changed_job(deployment)
    for job in jobs:
        needs = [_named(need) for need in job.needs if need in names]
        # In a merge request the list of changed targets is one of them.
        needed, gates = with_gates(job_name(job), needs, weights, most=MOST_NEEDS - 1)
        for gate in gates:
            document[gate.name] = _gate(gate.needs)
        document[job_name(job)] = _job(deployment, job, needed, tags, writes_cache=writes_cache)
    return document


def _job(
    deployment: GitlabDeployment,
    job: Job,
    needs: Sequence[str],
    tags: Mapping[str, tuple[str, ...]],
    *,
    writes_cache: bool,
) -> dict[str, Any]:
    settings = deployment.settings
    is_one_of_many = settings.granularity == "step"
    variables = _resource_variables(job) if settings.kubernetes_resources else {}
    more_tags = sorted({tag for step in job.steps for tag in tags.get(step, ())} - set(settings.runner_tags))
    optional: dict[str, Any] = {
        "stage": STEPS_STAGE if is_one_of_many and not job.is_last else PIPELINE_STAGE,
        "needs": needs_document(needs, after_changed=settings.on_merge_request) if is_one_of_many else None,
        "tags": [*settings.runner_tags, *more_tags] if more_tags else None,
        "resource_group": None if is_one_of_many else settings.resource_group,
        "environment": {"name": settings.gitlab_environment, "action": "access"} if settings.gitlab_environment else None,
        "extends": ".fills-cache" if job.is_last and writes_cache and settings.cache else None,
        "variables": variables or None,
        "parallel": {"matrix": [{TARGET_VARIABLE: list(job.targets)}]} if job.is_matrix else None,
    }
    return {key: value for key, value in optional.items() if value is not None} | {"script": _script(deployment, job)}


def _script(deployment: GitlabDeployment, job: Job) -> list[str]:
    target: Word = (Variable(TARGET_VARIABLE),) if job.is_matrix else (job.target,)
    variables = parameter_variables(deployment)
    lines = [shell_command([(_SKIP,), target])] if deployment.settings.on_merge_request else []
    if not job.is_matrix:
        return [*lines, shell_command(deployment.command(job.target, variables))]
    overrides = {one: deployment.overrides(one, variables) for one in job.targets}
    if len(set(overrides.values())) == 1:
        _, goal, _, *rest = run_words(deployment.launcher, "", overrides[job.targets[0]])
        return [*lines, shell_command([(deployment.launcher,), goal, target, *rest])]
    # Each variant knows the parameters of its own steps only.
    cases = [
        f"  {shell_command([(one,)])}) {shell_command(deployment.command(one, variables))} ;;" for one in sorted(overrides)
    ]
    return [*lines, "\n".join([f'case "${TARGET_VARIABLE}" in', *cases, "esac"])]


def _resource_variables(job: Job) -> dict[str, str]:
    return {
        variable: kubernetes_quantity(quantity)
        for resource, quantity in sorted(job.resources.items())
        for variable in _OF_KUBERNETES.get(resource, ())
    }


def _tags_by_step(deployment: GitlabDeployment) -> dict[str, tuple[str, ...]]:
    if deployment.settings.step_runner_tags and deployment.settings.granularity == "pipeline":
        raise DeploymentProblem(
            "step_runner_tags", "is for granularity='step'. With one job for all steps there is 'runner_tags'."
        )
    return {
        step_named(name, deployment.steps, field=f"step_runner_tags.{name}", directory=deployment.directory): tags
        for name, tags in sorted(deployment.settings.step_runner_tags.items())
    }


def needs_document(needs: Sequence[str], *, after_changed: bool) -> list[dict[str, Any]]:
    """What a job needs; of other jobs it takes no files, since results come by the remote cache."""
    changed = [{"job": CHANGED_JOB, "optional": True}] if after_changed else []
    return [*changed, *({"job": need, "artifacts": False} for need in needs)]


def _gate(needs: Sequence[str]) -> dict[str, Any]:
    return {
        "stage": STEPS_STAGE,
        "needs": needs_document(needs, after_changed=False),
        # It calls no Pants, and wants none of what stands around that.
        "inherit": {"default": ["image", "interruptible", "tags"], "variables": False},
        "variables": {"GIT_STRATEGY": "none"},
        "script": [":"],
    }


def _changed_job(deployment: GitlabDeployment) -> dict[str, Any]:
    return {
        "stage": STEPS_STAGE,
        "needs": [],
        "rules": [{"if": IN_MERGE_REQUEST}],
        # What changed is found by the history back to where the branch began.
        "variables": {"GIT_DEPTH": "0"},
        "script": [
            "mkdir -p .wombat",
            f"{shell_command(changed_words(deployment))} > {CHANGED_FILE}",
        ],
        "artifacts": {"paths": [CHANGED_FILE], "expire_in": "1 day"},
    }


def skip_function(deployment: GitlabDeployment) -> Optional[str]:
    """The function of the shell that ends a job in a merge request that changes nothing of its target."""
    if not deployment.settings.on_merge_request:
        return None
    if deployment.settings.granularity == "step":
        listed = [f"  test -f {CHANGED_FILE} || exit 1"]
    else:
        listed = ["  mkdir -p .wombat", f"  {shell_command(changed_words(deployment))} > {CHANGED_FILE}"]
    return "\n".join(
        [
            f"{_SKIP}() {{",
            f'  if [ -z "${{{IN_MERGE_REQUEST[1:]}:-}}" ]; then return 0; fi',
            *listed,
            f'  if grep -Fxq -e "$1" {CHANGED_FILE}; then return 0; fi',
            '  echo "This merge request changes nothing that $1 depends on."',
            "  exit 0",
            "}",
        ]
    )
