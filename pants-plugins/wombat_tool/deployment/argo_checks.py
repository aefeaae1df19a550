"""What is wrong with a workflow of Argo that its schema lets pass; a patch can bring in any of it.

The rules are those of Argo's own validation, `workflow/validate` in https://github.com/argoproj/argo-workflows.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from wombat_tool.deployment.task_graphs import graph_problems

_NAME = re.compile(r"[a-zA-Z0-9][-a-zA-Z0-9]{0,127}")
_TAG = re.compile(r"\{\{=?[^}]*?\b(workflow|inputs)\.parameters\.([A-Za-z0-9_-]+)")
_KINDS = ("container", "dag", "script", "steps", "suspend", "resource", "data", "http", "plugin", "containerSet")


def workflow_problems(document: Mapping[str, Any]) -> list[str]:
    """What is wrong with a Workflow or WorkflowTemplate, each as a sentence."""
    try:
        return list(_problems(document.get("spec") or {}))
    except (AttributeError, KeyError, TypeError) as error:
        return [f"Something that must be there is missing or of another kind: {error}."]


def _problems(spec: Mapping[str, Any]) -> Iterator[str]:
    templates = {template["name"]: template for template in spec.get("templates", [])}
    yield from _names("templates", (template["name"] for template in spec.get("templates", [])))
    for key in ("entrypoint", "onExit"):
        if key in spec and spec[key] not in templates:
            yield f"{key} names the template {spec[key]!r}, which is not there."
    if "entrypoint" not in spec:
        yield "There is no entrypoint."
    known = {parameter["name"] for parameter in spec.get("arguments", {}).get("parameters", [])}
    volumes = {volume["name"] for volume in spec.get("volumes", [])}
    for name, template in templates.items():
        yield from (f"In the template {name}: {problem}" for problem in _template(template, templates, known, volumes))


def _template(
    template: Mapping[str, Any], templates: Mapping[str, Mapping[str, Any]], known: set[str], volumes: set[str]
) -> Iterator[str]:
    kinds = [kind for kind in _KINDS if kind in template]
    if len(kinds) != 1:
        yield f"There must be exactly one of {', '.join(_KINDS)}, but there is {', '.join(kinds) or 'none'}."
    inputs = _inputs(template)
    for owner, name in _TAG.findall(json.dumps(template)):
        if name not in (known if owner == "workflow" else inputs):
            yield f"{owner}.parameters.{name} is used, but nothing declares it."
    for mount in template.get("container", {}).get("volumeMounts", []):
        if mount["name"] not in volumes | {volume["name"] for volume in template.get("volumes", [])}:
            yield f"volumeMounts names the volume {mount['name']!r}, which is not there."
    tasks = template.get("dag", {}).get("tasks", [])
    steps = [step for group in template.get("steps", []) for step in group]
    for call in [*tasks, *steps]:
        yield from (f"The task {call['name']} {problem}" for problem in _call(call, templates))
    yield from _names("tasks", (task["name"] for task in tasks))
    yield from graph_problems({task["name"]: task.get("dependencies", []) for task in tasks})


def _call(call: Mapping[str, Any], templates: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    if "templateRef" in call or "inline" in call:
        return
    called = templates.get(call.get("template", ""))
    if called is None:
        yield f"names the template {call.get('template')!r}, which is not there."
        return
    given = {parameter["name"] for parameter in call.get("arguments", {}).get("parameters", [])}
    for missing in sorted(_inputs(called, only_needed=True) - given):
        yield f"does not give the parameter {missing!r} of {called['name']}."


def _inputs(template: Mapping[str, Any], *, only_needed: bool = False) -> set[str]:
    parameters = template.get("inputs", {}).get("parameters", [])
    return {one["name"] for one in parameters if not only_needed or not {"value", "valueFrom", "default"} & set(one)}


def _names(what: str, names: Iterable[str]) -> Iterator[str]:
    for name, count in Counter(names).items():
        if count > 1:
            yield f"Two {what} have the name {name!r}."
        if not _NAME.fullmatch(name):
            yield f"The names of {what} must be letters, digits and '-', at most 128, but one was {name!r}."
