"""Generated configurations of GitLab, and what GitLab refuses of one that its schema lets pass: needs, stages, circles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Optional

import yaml

from deployment_plans import rendered

CHANGED = "wombat:changed"
"""The job that lists what a merge request changes."""

KEYWORDS = ("stages", "workflow", "variables", "default", "include", "cache", "image", "spec")
MOST_NEEDS = 50


def documents(settings: Mapping[str, Any], **options: Any) -> dict[str, dict[str, Any]]:
    """The files of a target, by path."""
    texts = rendered("gitlab_ci", settings, **options)
    # The reader in C, as some of them are large.
    return {path: yaml.load(text, Loader=yaml.CSafeLoader) for path, text in texts.items()}


def document(settings: Optional[Mapping[str, Any]] = None, **options: Any) -> dict[str, Any]:
    """The one file of a target."""
    (found,) = documents(settings or {}, **options).values()
    return found


def conditions(found: Mapping[str, Any]) -> list[str]:
    """When there is a pipeline."""
    return [rule["if"] for rule in found["workflow"]["rules"]]


def steps_needed(jobs: Mapping[str, Any]) -> dict[str, list[str]]:
    """What jobs need, without the list of what changed."""
    return {name: [need for need in needs_of(job) if need != CHANGED] for name, job in jobs.items() if name != CHANGED}


def jobs_of(document: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The jobs of a configuration, by name."""
    return {name: job for name, job in document.items() if name not in KEYWORDS and not name.startswith(".")}


def needs_of(job: Mapping[str, Any]) -> list[str]:
    """The names of the jobs that a job needs."""
    return [need if isinstance(need, str) else need["job"] for need in job.get("needs", [])]


def problems_of(document: Mapping[str, Any]) -> list[str]:
    """What is wrong with a configuration."""
    jobs = jobs_of(document)
    found = []
    for name, job in jobs.items():
        if job.get("stage", "test") not in document.get("stages", ["build", "test", "deploy"]):
            found.append(f"{name} is of the unknown stage {job.get('stage')}")
        found += [f"{name} needs the unknown job {need}" for need in needs_of(job) if need not in jobs]
        for base in [job["extends"]] if "extends" in job else []:
            found += [] if base in document else [f"{name} extends the unknown {base}"]
        count = sum(variants_of(jobs[need]) for need in needs_of(job) if need in jobs)
        if count > MOST_NEEDS:
            found.append(f"{name} needs {count} jobs")
        if ("trigger" in job) == ("script" in job):
            found.append(f"{name} must either have a script or start a pipeline")
    return found + [f"{name} needs itself" for name in jobs if name in above(jobs)[name]]


def variants_of(job: Mapping[str, Any]) -> int:
    """How many jobs GitLab makes of one."""
    count = 0
    for entry in job.get("parallel", {}).get("matrix", []):
        product = 1
        for values in entry.values():
            product *= len(values)
        count += product
    return count or 1


def above(jobs: Mapping[str, Mapping[str, Any]]) -> dict[str, set[str]]:
    """For each job all that it needs, directly or not."""
    found: dict[str, set[str]] = {}
    for start in jobs:
        reached: set[str] = set()
        waiting = needs_of(jobs[start])
        while waiting:
            name = waiting.pop()
            if name in reached or name not in jobs:
                continue
            if name in found:
                reached |= found[name] | {name}
                continue
            reached.add(name)
            waiting += needs_of(jobs[name])
        found[start] = reached
    return found
