"""The containers that Kubeflow makes of a compiled pipeline, without a cluster: the rules are those of its backend.

`backend/src/v2/driver` in https://github.com/kubeflow/pipelines puts parameters into arguments.
"""

from __future__ import annotations

import json
from typing import Any, Dict, Mapping, Optional


def containers_of(
    spec: Mapping[str, Any], platform: Mapping[str, Any], *, parameters: Optional[Mapping[str, Any]] = None
) -> Dict[str, Dict[str, Any]]:
    """The containers by the names of their tasks, in an order in which they can run, as a pod of Kubernetes has them.

    :param spec: the first document of the file.
    :param platform: the second.
    :param parameters: those that the run is started with.
    """
    declared = spec["root"].get("inputDefinitions", {}).get("parameters", {})
    inputs = {name: one.get("defaultValue") for name, one in declared.items()}
    inputs.update(parameters or {})
    pods = platform["platforms"]["kubernetes"]["deploymentSpec"]["executors"]
    tasks = spec["root"]["dag"]["tasks"]
    done: Dict[str, Dict[str, Any]] = {}
    while len(done) < len(tasks):
        waiting = {name: task for name, task in tasks.items() if name not in done}
        ready = {name: task for name, task in waiting.items() if set(task.get("dependentTasks", [])) <= done.keys()}
        assert ready, "The tasks wait for each other."
        for name, task in ready.items():
            label = spec["components"][task["componentRef"]["name"]]["executorLabel"]
            given = {key: _value(source, inputs) for key, source in task["inputs"]["parameters"].items()}
            done[name] = _container(spec["deploymentSpec"]["executors"][label]["container"], pods[label], given)
    return done


def _value(source: Mapping[str, Any], inputs: Mapping[str, Any]) -> Any:
    if "componentInputParameter" in source:
        return inputs[source["componentInputParameter"]]
    return source["runtimeValue"]["constant"]


def _container(executor: Mapping[str, Any], pod: Mapping[str, Any], given: Mapping[str, Any]) -> Dict[str, Any]:
    container = dict(executor)
    container["image"] = _filled(executor["image"], given)
    for key in ("command", "args"):
        container[key] = [_filled(word, given) for word in executor[key]]
    env = list(executor["env"])
    for field, source, name, key in (
        ("secretAsEnv", "secretKeyRef", "secretName", "secretKey"),
        ("configMapAsEnv", "configMapKeyRef", "configMapName", "configMapKey"),
    ):
        for one in pod.get(field, []):
            for entry in one["keyToEnv"]:
                reference = {"name": one[name], "key": entry[key]}
                env.append({"name": entry["envVar"], "valueFrom": {source: reference}})
    return {**container, "env": env}


def _filled(text: str, values: Mapping[str, Any]) -> str:
    for name, value in values.items():
        text = text.replace(f"{{{{$.inputs.parameters['{name}']}}}}", _written(value))
    return text


def _written(value: Any) -> str:
    """Numbers are floating-point numbers there, of which six digits are written if they are not whole."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(int(value)) if float(value).is_integer() else f"{value:g}"
    return json.dumps(value)
