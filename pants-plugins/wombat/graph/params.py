"""Parameters of steps: canonical text, and overriding them for one run."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from itertools import chain
from typing import Any, Dict, Iterable, Iterator, List, Mapping, Sequence, Set, Tuple

from wombat.graph.errors import UnknownOverrideError, WombatError, raise_all
from wombat.graph.model import PipelineGraph, StepNode
from wombat.graph.names import KnownNames, name_of, split_address

__all__ = [
    "Override",
    "Overrides",
    "canonical_json",
    "name_of",
    "params_with",
    "parse_overrides",
    "relevant_overrides",
]


def canonical_json(value: Any) -> str:
    """JSON with sorted keys and no blanks: equal values give equal text.

    :raises ValueError: for a number that JSON has no way to write: infinite, or not a number.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


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

    The value is JSON where it reads as JSON, and otherwise the text itself, so that quotes are not needed. A parameter
    that is set twice has the later value.

    :param steps: the addresses of the steps that are about to run; no others can be overridden.
    :raises UnknownOverrideError: for a step or parameter that is not there, or text of another form.
    """
    if not arguments:
        return ()
    params: Dict[str, Mapping[str, Any]] = {}
    by_spelling: Dict[str, List[str]] = defaultdict(list)
    for address in dict.fromkeys(steps):
        params[address] = json.loads(graph.steps[address].params_json)
        for spelling in _spellings(address):
            by_spelling[spelling].append(address)
    names = KnownNames(f"{name_of(address)}.{name}" for address, own in params.items() for name in own)
    addresses = KnownNames(f"{address}.{name}" for address, own in params.items() for name in own)

    found: Dict[Tuple[str, str], Override] = {}
    errors: List[WombatError] = []
    for argument in arguments:
        step, parameter, text = _best_reading(argument, by_spelling, params)
        known = addresses if ":" in step else names
        meant = by_spelling.get(step, [])
        if not parameter:
            reason = "it is not of the form step.parameter=value."
        elif not meant:
            reason = f"no step {step!r} is part of this run."
        elif len(meant) > 1:
            reason = f"{step!r} is the name of several steps: {', '.join(meant)}; write the whole address."
        elif parameter not in params[meant[0]]:
            reason = f"the 'params' field of {meant[0]} has no {parameter!r}."
        else:
            found[(meant[0], parameter)] = Override(meant[0], parameter, _value_json(text))
            continue
        errors.append(UnknownOverrideError(argument, reason=reason, known=known, nearest=f"{step}.{parameter}"))
    raise_all(errors)
    return tuple(found[key] for key in sorted(found))


def _spellings(address: str) -> Set[str]:
    """All that a user can write for a step: its address, in short where Pants allows it, or its name alone."""
    directory, name, parameters = split_address(address)
    spellings = {address}
    for ending in {parameters, ""}:
        addressed = f"{directory}:{name}{ending}"
        spellings.update((addressed, f"{name}{ending}"))
        if directory == "//":
            spellings.add(f":{name}{ending}")
        else:
            spellings.add(f"//{addressed}")
            if name == directory.rpartition("/")[2]:
                spellings.update((f"{directory}{ending}", f"//{directory}{ending}"))
    return spellings


def _best_reading(
    argument: str, by_spelling: Mapping[str, Sequence[str]], params: Mapping[str, Mapping[str, Any]]
) -> Tuple[str, str, str]:
    """An argument as step, parameter and value: as one that is there, or else as what was most likely meant."""
    readings = list(_readings(argument))
    for reading in readings:
        if any(reading[1] in params[address] for address in by_spelling.get(reading[0], ())):
            return reading
    for reading in readings:
        if reading[0] in by_spelling:
            return reading
    for reading in readings:
        if reading[1].isidentifier():
            return reading
    return readings[0] if readings else (argument, "", "")


def _readings(argument: str) -> Iterator[Tuple[str, str, str]]:
    # The address of a parametrized step holds "=" and may hold ".", and so may the value.
    equals = argument.find("=")
    while equals >= 0:
        step, _, parameter = argument[:equals].rpartition(".")
        if step and parameter:
            yield step, parameter, argument[equals + 1 :]
        equals = argument.find("=", equals + 1)


def _value_json(text: str) -> str:
    try:
        return canonical_json(json.loads(text))
    except (ValueError, RecursionError):
        return canonical_json(text)


def relevant_overrides(graph: PipelineGraph, order: Sequence[str], overrides: Overrides) -> Mapping[str, Overrides]:
    """For each node, the overrides that reach it: its own step's and those of all that it needs.

    What an override does not reach keeps its identity, and so its memoised result. Nodes that the same overrides
    reach share one tuple.

    :param order: nodes in the order of `PipelineGraph.closure`.
    """
    if not overrides:
        return {address: () for address in order}
    own: Dict[str, List[Override]] = defaultdict(list)
    for override in overrides:
        own[override.step].append(override)
    shared: Dict[Overrides, Overrides] = {}
    reaching: Dict[str, Overrides] = {}
    for address in order:
        parts = [reaching[needed] for needed in graph.upstream(address) if reaching.get(needed)]
        distinct = {id(part): part for part in parts}
        if address in own or len(distinct) > 1:
            collected = {*own.get(address, ()), *chain.from_iterable(distinct.values())}
            merged = tuple(sorted(collected, key=lambda override: (override.step, override.parameter)))
            reaching[address] = shared.setdefault(merged, merged)
        else:
            reaching[address] = parts[0] if parts else ()
    return reaching


def params_with(step: StepNode, overrides: Iterable[Override]) -> Dict[str, Any]:
    """The parameters of a step with those of `overrides` that are its own."""
    params: Dict[str, Any] = json.loads(step.params_json)
    params.update({o.parameter: json.loads(o.value_json) for o in overrides if o.step == step.address})
    return params
