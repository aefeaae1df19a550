"""The settings of `gitlab_ci`, and the values that GitLab takes."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Optional

from pydantic import AfterValidator

from wombat_tool.deployment.settings import PipelineSettings, Scheduled
from wombat_tool.deployment.values import Image, OutputPath

MOST_RETRIES = 2
"""The most that `retry:max` takes (GitLab's reference of CI/CD YAML, "retry")."""


def _retries(retries: int) -> int:
    if not 0 <= retries <= MOST_RETRIES:
        raise ValueError(f"must be 0 to {MOST_RETRIES}, since GitLab runs a job at most {MOST_RETRIES + 1} times")
    return retries


def _timeout(seconds: int) -> int:
    # GitLab's reference of CI/CD YAML, "timeout", and its project settings: at most a month.
    if not 60 <= seconds <= 30 * 24 * 3600:
        raise ValueError("must be 60 to 2592000 seconds, since GitLab stops jobs after a minute to a month")
    return seconds


def _ci_variable(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,254}", name):
        raise ValueError("must be the name of a CI/CD variable of the project or its group, such as 'PROD_DB_PASSWORD'")
    return name


def _plain_name(name: str) -> str:
    # GitLab puts variables into tags, groups and environments, which are to be taken as they are written.
    if not re.fullmatch(r"[A-Za-z0-9_./-]([A-Za-z0-9_./ -]{0,253}[A-Za-z0-9_./-])?", name):
        raise ValueError("must be letters, digits, blanks, '_', '-', '.' and '/', at most 255 characters")
    return name


def _expiry(text: str) -> str:
    if text != "never" and not re.fullmatch(r"[1-9]\d{0,4} (minutes?|hours?|days?|weeks?|months?|years?)", text):
        raise ValueError("must be a number and a unit, such as '30 days' or '1 week', or 'never'")
    return text


def _yaml_path(path: str) -> str:
    # GitLab includes files by these endings only, puts variables into their paths and takes '*' for any text.
    if not re.fullmatch(r"[\w./ -]+\.ya?ml", path):
        raise ValueError("must be the path of a file that ends in '.yml' or '.yaml', without '$' and '*'")
    return path


CiVariable = Annotated[str, AfterValidator(_ci_variable)]
PlainName = Annotated[str, AfterValidator(_plain_name)]
RetryReason = Literal[
    "always",
    "unknown_failure",
    "script_failure",
    "api_failure",
    "stuck_or_timeout_failure",
    "runner_system_failure",
    "runner_unsupported",
    "stale_schedule",
    "job_execution_timeout",
    "archived_failure",
    "unmet_prerequisites",
    "scheduler_failure",
    "data_integrity_failure",
]


def _jobs_per_pipeline(count: int) -> int:
    if not 10 <= count <= 1000:
        raise ValueError("must be 10 to 1000")
    return count


class GitlabCiSettings(PipelineSettings, Scheduled):
    """The settings of `gitlab_ci`.

    :param secrets: environment variables, each with the name of the CI/CD variable that holds its value.
    :param remote_cache_token: the name of the CI/CD variable of type File that holds the token.
    :param step_runner_tags: by step, spelled as in `parameters` without the parameter, more tags for its job.
    :param jobs_per_pipeline: with more jobs than this there are child pipelines.
    """

    output: Optional[Annotated[OutputPath, AfterValidator(_yaml_path)]] = None
    secrets: dict[str, CiVariable] = {}
    remote_cache_token: Optional[CiVariable] = None
    retries: Annotated[int, AfterValidator(_retries)] = 0
    retry_when: tuple[RetryReason, ...] = ()
    timeout_s: Optional[Annotated[int, AfterValidator(_timeout)]] = None
    image: Optional[Image] = None
    runner_tags: tuple[PlainName, ...] = ()
    step_runner_tags: dict[str, tuple[PlainName, ...]] = {}
    on_push: bool = True
    on_merge_request: bool = True
    interruptible: bool = True
    resource_group: Optional[PlainName] = None
    gitlab_environment: Optional[PlainName] = None
    kubernetes_resources: bool = False
    cache: bool = True
    expire_in: Annotated[str, AfterValidator(_expiry)] = "30 days"
    jobs_per_pipeline: Annotated[int, AfterValidator(_jobs_per_pipeline)] = 400
