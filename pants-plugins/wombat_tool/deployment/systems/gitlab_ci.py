"""A pipeline of GitLab CI/CD that runs a pipeline."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from wombat_tool.deployment.gitlab_document import cache_that_is_written, defaults, variables, workflow
from wombat_tool.deployment.gitlab_jobs import (
    CHANGED_JOB,
    PIPELINE_STAGE,
    STEPS_STAGE,
    GitlabDeployment,
    jobs_document,
)
from wombat_tool.deployment.gitlab_needs import MOST_NEEDS, Part, fits_in_matrix, parts_of
from wombat_tool.deployment.gitlab_settings import GitlabCiSettings
from wombat_tool.deployment.jobs import Job
from wombat_tool.deployment.merge_patch import merged
from wombat_tool.deployment.problems import DeploymentProblem, LimitProblem
from wombat_tool.deployment.system import GeneratedFile, System
from wombat_tool.deployment.yaml_text import yaml_text

_DEFAULT_OUTPUT = ".gitlab-ci.yml"
_MOST_BYTES = 1_000_000
"""https://docs.gitlab.com/administration/cicd/limits/, "Maximum size and depth of CI/CD configuration YAML files": 1 MB of
memory for one file up to GitLab 17.2, 2 MB from then on."""


def render(deployment: GitlabDeployment) -> Sequence[GeneratedFile]:
    """The file of one target, and those of its child pipelines."""
    deployment.need_remote_cache("GitLab")
    settings = deployment.settings
    jobs = deployment.jobs(matrix=True)
    if not all(fits_in_matrix(job) for job in jobs if job.is_matrix):
        jobs = deployment.jobs(matrix=False)
    path = settings.output or _DEFAULT_OUTPUT
    count = sum(len(job.targets) for job in jobs)
    is_split = settings.granularity == "step" and (count > settings.jobs_per_pipeline or settings.resource_group is not None)
    documents = _split(deployment, jobs, path) if is_split else {path: _whole(deployment, jobs)}
    files = []
    for own_path, document in _patched(documents, settings.patch, path).items():
        _check_size(own_path, document)
        comment = _schedule_comment(deployment) if own_path == path else ""
        files.append(GeneratedFile(own_path, comment + yaml_text(document)))
    return files


def _whole(deployment: GitlabDeployment, jobs: Sequence[Job]) -> dict[str, Any]:
    """All in one pipeline."""
    is_by_step = deployment.settings.granularity == "step"
    return {
        "stages": [STEPS_STAGE, PIPELINE_STAGE] if is_by_step else [PIPELINE_STAGE],
        "workflow": workflow(deployment, is_child=False),
        "variables": variables(deployment),
        "default": defaults(deployment),
        **(cache_that_is_written(deployment) if is_by_step and deployment.settings.cache else {}),
        **jobs_document(deployment, jobs, writes_cache=is_by_step),
    }


def _split(deployment: GitlabDeployment, jobs: Sequence[Job], path: str) -> dict[str, dict[str, Any]]:
    """A pipeline that starts child pipelines, each with some of the jobs, and then runs the last job."""
    *steps, last = jobs
    settings = deployment.settings
    parts = parts_of(steps, most=settings.jobs_per_pipeline)
    if settings.resource_group is not None and len(parts) > 1:
        raise DeploymentProblem(
            "resource_group",
            f"must not be set with {len(parts)} child pipelines, between which another run could begin. Raise "
            "'jobs_per_pipeline', or set granularity='pipeline'.",
        )
    stem = path.rpartition(".")[0]
    ends = [_part_name(part.number) for part in parts if part.is_end]
    last_jobs = jobs_document(deployment, [last], writes_cache=True)
    for name, job in last_jobs.items():
        if name != CHANGED_JOB and len(ends) < MOST_NEEDS:
            job["needs"] += [{"job": end, "artifacts": False} for end in ends]
        elif name != CHANGED_JOB:
            # A job of a later stage that says nothing of needs waits for all of the earlier ones.
            del job["needs"]
    documents = {
        path: {
            "stages": [STEPS_STAGE, PIPELINE_STAGE],
            "workflow": workflow(deployment, is_child=False),
            "variables": variables(deployment),
            "default": defaults(deployment),
            **(cache_that_is_written(deployment) if settings.cache else {}),
            **{_part_name(part.number): _trigger(deployment, part, _part_path(stem, part.number)) for part in parts},
            **last_jobs,
        }
    }
    for part in parts:
        documents[_part_path(stem, part.number)] = {
            "stages": [STEPS_STAGE],
            "workflow": workflow(deployment, is_child=True),
            "variables": variables(deployment, is_form=False),
            "default": defaults(deployment),
            **jobs_document(deployment, part.jobs, writes_cache=False),
        }
    return documents


def _part_name(number: int) -> str:
    return f"wombat:part-{number}"


def _part_path(stem: str, number: int) -> str:
    return f"{stem}/part-{number}.yml"


def _trigger(deployment: GitlabDeployment, part: Part, path: str) -> dict[str, Any]:
    settings = deployment.settings
    trigger: dict[str, Any] = {"include": [{"local": path}], "strategy": "depend"}
    if deployment.parameters:
        # Values that somebody gave to the run; the defaults stand in the child's own file.
        trigger["forward"] = {"yaml_variables": False, "pipeline_variables": True}
    return {
        "stage": STEPS_STAGE,
        "needs": [{"job": _part_name(need)} for need in part.needs],
        **({"resource_group": settings.resource_group} if settings.resource_group is not None else {}),
        **({"interruptible": True} if settings.interruptible else {}),
        "inherit": {"variables": False},
        "trigger": trigger,
    }


def _patched(documents: Mapping[str, dict[str, Any]], patch: Mapping[str, Any], main: str) -> dict[str, dict[str, Any]]:
    """Each document with what the patch says of its keys; new keys go into the main one."""
    known = {key for document in documents.values() for key in document}
    return {
        path: merged(
            document,
            {key: value for key, value in patch.items() if key in document or (path == main and key not in known)},
        )
        for path, document in documents.items()
    }


def _check_size(path: str, document: Mapping[str, Any]) -> None:
    size = sum(_memory(document))
    if size > _MOST_BYTES:
        raise LimitProblem(
            system="GitLab",
            what=f"bytes of configuration in {path}",
            count=size,
            limit=_MOST_BYTES,
            source="https://docs.gitlab.com/administration/cicd/limits/",
            mend="Lower `jobs_per_pipeline`, or set granularity='pipeline'.",
        )


def _memory(value: Any) -> Iterator[int]:
    """About what each object takes of Ruby's memory, which is what GitLab counts."""
    if isinstance(value, Mapping):
        yield 160 if len(value) <= 8 else 64 * len(value)
        for key, item in value.items():
            yield 40 + len(str(key))
            yield from _memory(item)
    elif isinstance(value, list):
        yield 40 + 8 * len(value)
        for item in value:
            yield from _memory(item)
    else:
        yield 40 + len(str(value).encode())


def _schedule_comment(deployment: GitlabDeployment) -> str:
    if deployment.schedule is None:
        return ""
    return (
        # Apart from the header, which comes before it.
        "\n"
        "# GitLab keeps schedules in the project and not in this file. Create one for the default branch, in\n"
        "# Build > Pipeline schedules or by POST /projects/:id/pipeline_schedules, with\n"
        f"#   description:   {deployment.name}\n"
        f"#   cron:          {deployment.schedule}\n"
        f"#   cron_timezone: {deployment.settings.timezone}\n"
        "\n"
    )


SYSTEM = System("gitlab_ci", GitlabCiSettings, render)
