"""What is wrong with a pipeline of Kubeflow that its own loader lets pass; a patch can bring in any of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from wombat_tool.deployment.task_graphs import graph_problems

_PLACEHOLDER = re.compile(r"\{\{\$\.inputs\.parameters\['([^']*)'\]\}\}")


def pipeline_problems(spec: Mapping[str, Any], platform: Mapping[str, Any]) -> list[str]:
    """What is wrong, each as a sentence.

    :param spec: the specification of the pipeline.
    :param platform: what of it is for Kubernetes.
    """
    try:
        return list(_problems(spec, platform))
    except (AttributeError, KeyError, TypeError) as error:
        return [f"Something that must be there is missing or of another kind: {error}."]


def _problems(spec: Mapping[str, Any], platform: Mapping[str, Any]) -> Iterator[str]:
    if not str(spec["schemaVersion"]).startswith("2."):
        yield f"schemaVersion must be 2.1.0, but was {spec['schemaVersion']!r}."
    components, executors = spec["components"], spec["deploymentSpec"]["executors"]
    for name, component in components.items():
        label = component.get("executorLabel")
        if label not in executors:
            yield f"The component {name} names the executor {label!r}, which is not there."
            continue
        declared = component.get("inputDefinitions", {}).get("parameters", {})
        for used in sorted({*_PLACEHOLDER.findall(json.dumps(executors[label]))} - declared.keys()):
            yield f"The executor {label} uses the parameter {used!r}, which the component {name} does not declare."
    for label in platform["platforms"]["kubernetes"]["deploymentSpec"]["executors"]:
        if label not in executors:
            yield f"The part for Kubernetes names the executor {label!r}, which is not there."
    tasks = spec["root"]["dag"]["tasks"]
    inputs = spec["root"].get("inputDefinitions", {}).get("parameters", {})
    for name, task in tasks.items():
        yield from (f"The task {name} {problem}" for problem in _task(task, components, inputs))
    yield from graph_problems({name: task.get("dependentTasks", []) for name, task in tasks.items()})


def _task(task: Mapping[str, Any], components: Mapping[str, Any], inputs: Mapping[str, Any]) -> Iterator[str]:
    name = task["componentRef"]["name"]
    if name not in components:
        yield f"names the component {name!r}, which is not there."
        return
    declared = components[name].get("inputDefinitions", {}).get("parameters", {})
    given = task.get("inputs", {}).get("parameters", {})
    for missing in sorted(one for one, kind in declared.items() if one not in given and not kind.get("isOptional")):
        yield f"does not give the parameter {missing!r} of {name}."
    for unknown in sorted(given.keys() - declared.keys()):
        yield f"gives the parameter {unknown!r}, which {name} does not declare."
    for source in given.values():
        wanted = source.get("componentInputParameter")
        if wanted is not None and wanted not in inputs:
            yield f"takes the parameter {wanted!r} of the pipeline, which is not there."
