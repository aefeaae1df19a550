"""Generated workflows of GitHub, as documents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from deployment_plans import (
    problems,
    rendered_yaml,
)

WORKFLOW = ".github/workflows/deploy.yml"
ACTION = ".github/actions/deploy/action.yml"
BY_STEP = {"granularity": "step", "remote_cache": "grpcs://cache.example:443"}


def workflow(settings: Mapping[str, Any] = {}, **options: Any) -> dict[str, Any]:
    """The workflow that is generated."""
    (document,) = rendered_yaml("github_workflow", settings, **options)[WORKFLOW]
    return document


def action(settings: Mapping[str, Any] = {}, **options: Any) -> dict[str, Any]:
    """The action that sets Pants up in its jobs."""
    (document,) = rendered_yaml("github_workflow", settings, **options)[ACTION]
    return document


def problem(settings: Mapping[str, Any], **options: Any) -> str:
    """The one thing that is wrong."""
    (message,) = problems("github_workflow", settings, **options)
    return message


def run_of(job: Mapping[str, Any]) -> dict[str, Any]:
    """The step in which a job calls Pants."""
    (found,) = (step for step in job["steps"] if step.get("name", "").startswith("Run"))
    return found
