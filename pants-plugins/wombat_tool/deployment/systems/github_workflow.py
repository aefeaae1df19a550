"""A workflow of GitHub Actions that runs a pipeline."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Literal, Optional

from pydantic import AfterValidator, Field

from wombat_tool.deployment.github_action import SetUp, set_up_action
from wombat_tool.deployment.github_expressions import OneLine, SecretReference, WithoutExpression
from wombat_tool.deployment.github_jobs import WorkflowJobs
from wombat_tool.deployment.github_triggers import triggers
from wombat_tool.deployment.merge_patch import merged
from wombat_tool.deployment.problems import DeploymentProblem, LimitProblem
from wombat_tool.deployment.settings import PipelineSettings, Scheduled
from wombat_tool.deployment.system import GeneratedFile, PipelineDeployment, System
from wombat_tool.deployment.values import VariableName
from wombat_tool.deployment.yaml_text import yaml_text

MOST_BYTES = 500 * 1024
"""The largest workflow file that GitHub starts (docs.github.com/en/actions/reference/limits)."""

_ACTIONS = {
    "actions/cache": "v6",
    "actions/checkout": "v7",
    "actions/setup-python": "v7",
    "pantsbuild/actions": "v11",
}
_WORKFLOWS = ".github/workflows"


def _action_versions(versions: dict[str, str]) -> dict[str, str]:
    for action, version in versions.items():
        if action not in _ACTIONS:
            raise ValueError(f"must have keys out of {', '.join(_ACTIONS)}")
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._/-]*", version):
            raise ValueError(f"must give {action!r} as a tag, such as 'v6', or as the SHA of a commit")
    return versions


def _some(texts: tuple[str, ...]) -> tuple[str, ...]:
    if not texts:
        raise ValueError("must have at least one entry")
    return texts


def _python_version(text: str) -> str:
    if not re.fullmatch(r"3\.\d{1,2}(\.\d{1,2})?", text):
        raise ValueError("must be versions of Python, such as '3.11' or '3.9.18'")
    return text


def _revision(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][^\s:?*\[\\]*", text):
        raise ValueError("must be a git revision, such as 'HEAD^1' or 'origin/main'")
    return text


class GithubWorkflowSettings(PipelineSettings, Scheduled):
    """The settings of `github_workflow`.

    :param triggers: what starts runs; None for all that there can be.
    :param branches: those whose pushes start runs, and to which pull requests go that do.
    :param runs_on: labels of the machine.
    :param step_runs_on: labels for the jobs of single steps in place of these.
    :param python_versions: the first ones are found first; none where the machine has what it needs.
    :param changed_since: what pull requests are compared with; in GitHub's merge commit, HEAD^1 is the base.
    :param fetch_depth: how many commits pull requests fetch, 0 for all; None for as many as `changed_since` needs.
    :param lock_files: patterns of the files that decide what Pants installs.
    :param result_cache_mib: the largest store of results that is kept in GitHub's cache; 0 for none.
    :param deployment_environment: the environment of GitHub that guards secrets.
    """

    secrets: dict[VariableName, SecretReference] = {}
    remote_cache_token: Optional[SecretReference] = None
    retries: Annotated[int, Field(ge=0, le=10)] = 0
    workflow_name: Optional[WithoutExpression] = None
    triggers: Optional[tuple[Literal["manual", "pull_request", "push", "schedule"], ...]] = None
    branches: Annotated[tuple[WithoutExpression, ...], AfterValidator(_some)] = ("main",)
    runs_on: Annotated[tuple[OneLine, ...], AfterValidator(_some)] = ("ubuntu-24.04",)
    step_runs_on: dict[str, Annotated[tuple[OneLine, ...], AfterValidator(_some)]] = {}
    python_versions: tuple[Annotated[str, AfterValidator(_python_version)], ...] = ("3.9", "3.11")
    action_versions: Annotated[dict[str, str], AfterValidator(_action_versions)] = {}
    changed_since: Annotated[str, AfterValidator(_revision)] = "HEAD^1"
    fetch_depth: Optional[Annotated[int, Field(ge=0)]] = None
    github_cache: bool = True
    lock_files: Annotated[tuple[OneLine, ...], AfterValidator(_some)] = ("**/*.lock",)
    result_cache_mib: Annotated[int, Field(ge=0, le=10_000)] = 4_000
    deployment_environment: Optional[OneLine] = None


def render(deployment: PipelineDeployment[GithubWorkflowSettings]) -> Sequence[GeneratedFile]:
    """The workflow, and the action by which its jobs set Pants up."""
    settings = deployment.settings
    deployment.need_remote_cache("GitHub")
    path = settings.output or f"{_WORKFLOWS}/{deployment.name}.yml"
    match = re.fullmatch(r"(?:([A-Za-z0-9._/-]+)/)?([A-Za-z0-9._-]+)\.ya?ml", path)
    if match is None:
        raise DeploymentProblem(
            "output",
            f"must be a file NAME.yml, such as '{_WORKFLOWS}/{deployment.name}.yml', of letters, digits, '.', '_' and '-', "
            f"but was {path!r}.",
        )
    above = ".github/actions" if match[1] == _WORKFLOWS else match[1]
    action = f"{above}/{match[2]}" if above else match[2]
    set_up = SetUp(
        launcher=deployment.launcher,
        python_versions=settings.python_versions,
        actions={**_ACTIONS, **settings.action_versions},
        lock_files=settings.lock_files if settings.github_cache else (),
        keeps_results=settings.github_cache and deployment.remote_cache is None and settings.result_cache_mib > 0,
        has_token=settings.remote_cache_token is not None and deployment.remote_cache is not None,
    )
    started_by = triggers(deployment)
    jobs = WorkflowJobs(deployment, f"./{action}", set_up, started_by)
    workflow = {
        "name": settings.workflow_name or _shown(deployment.address),
        "on": started_by,
        "permissions": {"contents": "read"},
        "concurrency": {
            # Manual runs may have parameters of their own, so that none stands for another.
            "group": "${{ github.workflow }}-${{ github.event_name }}-"
            "${{ github.event_name == 'workflow_dispatch' && github.run_id || github.ref }}",
            "cancel-in-progress": "${{ github.event_name == 'pull_request' }}",
        },
        "env": jobs.environment(),
        "defaults": {"run": {"shell": "bash"}},
        "jobs": jobs.documents(),
    }
    text = yaml_text(merged(workflow, settings.patch))
    size = len(text.encode())
    if size > MOST_BYTES:
        raise LimitProblem(
            system="GitHub",
            what="bytes of a workflow file",
            count=size,
            limit=MOST_BYTES,
            source="docs.github.com/en/actions/reference/limits",
            mend="Set granularity='pipeline', or deploy parts of the pipeline as pipelines of their own.",
        )
    return [GeneratedFile(path, text), GeneratedFile(f"{action}/action.yml", yaml_text(set_up_action(set_up)))]


def _shown(address: str) -> str:
    return address.replace("${{", "$ {{")


SYSTEM = System("github_workflow", GithubWorkflowSettings, render)
