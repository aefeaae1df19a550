"""Parameters of steps: canonical text, and overriding them for one run."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, Sequence, Tuple

from wombat.graph.errors import UnknownOverrideError, WombatError, raise_all
from wombat.graph.model import PipelineGraph, StepNode


def canonical_json(value: Any) -> str:
    """JSON with sorted keys and no blanks: equal values give equal text."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


@dataclass(frozen=True)
class Override:
    """One parameter of one step, set for one run.

    :param value_json: the value as canonical JSON.
    """

    step: str
    parameter: str
    value_json: str


Overrides = Tuple[Override, ...]


def parse_overrides(arguments: Sequence[str], graph: PipelineGraph, steps: Sequence[str]) -> Overrides:
    """Read "train.max_iter=20" or "a/b:train.max_iter=20" as overrides of parameters of `steps`.

    The value is JSON where it reads as JSON, and otherwise the text itself, so that quotes are not needed.

    :param steps: the addresses of the steps that are about to run; no others can be overridden.
    :raises UnknownOverrideError: for a step or parameter that is not there, or text of another form.
    """
    by_name: Dict[str, List[str]] = defaultdict(list)
    for address in steps:
        by_name[address].append(address)
        by_name[name_of(address)].append(address)
    known = [f"{name_of(a)}.{p}" for a in steps for p in json.loads(graph.steps[a].params_json)]
    found: Dict[Tuple[str, str], Override] = {}
    errors: List[WombatError] = []
    for argument in arguments:
        target, equals, text = argument.partition("=")
        step_name, dot, parameter = target.rpartition(".")
        if not equals or not dot or not parameter:
            errors.append(UnknownOverrideError(argument, reason="it is not of the form step.parameter=value.", known=known))
            continue
        addresses = by_name.get(step_name[2:] if step_name.startswith("//") else step_name, [])
        if not addresses:
            errors.append(UnknownOverrideError(argument, reason=f"there is no step {step_name!r}.", known=known))
        elif len(addresses) > 1:
            reason = f"{step_name!r} is the name of several steps: {', '.join(addresses)}; write the whole address."
            errors.append(UnknownOverrideError(argument, reason=reason, known=known))
        elif parameter not in json.loads(graph.steps[addresses[0]].params_json):
            reason = f"the 'params' field of {addresses[0]} has no {parameter!r}."
            errors.append(UnknownOverrideError(argument, reason=reason, known=known))
        else:
            found[(addresses[0], parameter)] = Override(addresses[0], parameter, canonical_json(_value_of(text)))
    raise_all(errors)
    return tuple(found[key] for key in sorted(found))


def _value_of(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def name_of(address: str) -> str:
    """The name of a target without its directory: "train@k=v" for "a/b:train@k=v", "b" for "a/b"."""
    head, colon, name = address.rpartition(":")
    return name if colon else name.rpartition("/")[2]


def relevant_overrides(graph: PipelineGraph, order: Sequence[str], overrides: Overrides) -> Mapping[str, Overrides]:
    """For each node, the overrides that reach it: its own step's and those of all that it needs.

    What an override does not reach keeps its identity, and so its memoised result.

    :param order: nodes in the order of `PipelineGraph.closure`.
    """
    if not overrides:
        return {address: () for address in order}
    own: Dict[str, List[Override]] = defaultdict(list)
    for override in overrides:
        own[override.step].append(override)
    reaching: Dict[str, Overrides] = {}
    for address in order:
        collected = set(own.get(address, ()))
        for needed in graph.upstream(address):
            collected.update(reaching.get(needed, ()))
        reaching[address] = tuple(sorted(collected, key=lambda o: (o.step, o.parameter)))
    return reaching


def params_with(step: StepNode, overrides: Overrides) -> Dict[str, Any]:
    """The parameters of a step with those of `overrides` that are its own."""
    params: Dict[str, Any] = json.loads(step.params_json)
    params.update({o.parameter: json.loads(o.value_json) for o in overrides if o.step == step.address})
    return params
