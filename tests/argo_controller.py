"""The pods that Argo makes of a workflow template, without a cluster: the rules are those of its controller.

`util/template` in https://github.com/argoproj/argo-workflows puts values in: in the JSON of a template, where text goes
in as Go quotes it, and once more for the template's own inputs.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, Optional, Sequence

_TAG = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_DOUBLED = re.compile(r"sprig\.replace\('\$', '\$\$', ([a-z0-9_.]+)\)")


@dataclass(frozen=True)
class ArgoPod:
    """A pod of a workflow.

    :param needs: the tasks that must have succeeded before.
    """

    task: str
    needs: Sequence[str]
    template: Mapping[str, Any]

    @property
    def container(self) -> Mapping[str, Any]:
        """The container that the user's command runs in."""
        container: Mapping[str, Any] = self.template["container"]
        return container


def pods_of(
    workflow: Mapping[str, Any],
    *,
    config_maps: Mapping[str, Mapping[str, str]],
    parameters: Optional[Mapping[str, str]] = None,
) -> List[ArgoPod]:
    """The pods of the entrypoint's graph, in an order in which they can run.

    :param parameters: those that the run is started with.
    """
    spec = workflow["spec"]
    variables = {"workflow.name": "nightly-x7k2p", "workflow.namespace": "ds-prod"}
    for parameter in spec.get("arguments", {}).get("parameters", []):
        name = parameter["name"]
        if name in (parameters or {}):
            value = (parameters or {})[name]
        elif "valueFrom" in parameter:
            reference = parameter["valueFrom"]["configMapKeyRef"]
            value = config_maps[reference["name"]][reference["key"]]
        else:
            value = substituted(parameter["value"], variables)
        variables[f"workflow.parameters.{name}"] = value
    templates = {template["name"]: template for template in spec["templates"]}
    tasks = {task["name"]: task for task in templates[spec["entrypoint"]]["dag"]["tasks"]}
    done: Dict[str, ArgoPod] = {}
    while len(done) < len(tasks):
        ready = [
            task for name, task in tasks.items() if name not in done and set(task.get("dependencies", [])) <= done.keys()
        ]
        assert ready, "The tasks wait for each other."
        for task in ready:
            done[task["name"]] = _pod(task, templates[task["template"]], variables)
    return list(done.values())


def _pod(task: Mapping[str, Any], template: Mapping[str, Any], variables: Mapping[str, str]) -> ArgoPod:
    given = {one["name"]: substituted(one["value"], variables) for one in task.get("arguments", {}).get("parameters", [])}
    inputs = [{**one, "value": given[one["name"]]} for one in template.get("inputs", {}).get("parameters", [])]
    once = substituted({**template, "inputs": {"parameters": inputs}}, variables)
    own = {f"inputs.parameters.{one['name']}": one["value"] for one in once["inputs"]["parameters"]}
    twice = substituted(once, {**variables, **own})
    return ArgoPod(task["name"], task.get("dependencies", []), twice)


def substituted(document: Any, variables: Mapping[str, str]) -> Any:
    """The document with the values of variables in place of tags; tags of other variables stay.

    :raises ValueError: if a value makes it something that is no JSON any more, where Argo fails the workflow.
    """

    def one(match: re.Match[str]) -> str:
        tag = match[1]
        if not tag.startswith("="):
            value = variables.get(tag.strip())
            return match[0] if value is None else _quoted_by_go(value)
        expression = _DOUBLED.fullmatch(json.loads(f'"{tag[1:]}"').strip())
        assert expression is not None, f"The expression {tag!r} is none that is known here."
        value = variables.get(expression[1])
        return match[0] if value is None else json.dumps(value.replace("$", "$$"), ensure_ascii=False)[1:-1]

    return json.loads(_TAG.sub(one, json.dumps(document, ensure_ascii=False)))


def _quoted_by_go(text: str) -> str:
    """The inner part of Go's `strconv.Quote`."""
    short = {
        "\a": r"\a",
        "\b": r"\b",
        "\f": r"\f",
        "\n": r"\n",
        "\r": r"\r",
        "\t": r"\t",
        "\v": r"\v",
        '"': r"\"",
        "\\": r"\\",
    }
    found = []
    for character in text:
        code = ord(character)
        if character in short:
            found.append(short[character])
        elif character.isprintable():
            found.append(character)
        elif code < 0x20 or code == 0x7F:
            found.append(f"\\x{code:02x}")
        else:
            found.append(f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}")
    return "".join(found)
