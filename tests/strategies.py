"""Hypothesis strategies that several tests share."""

from __future__ import annotations

from typing import Any, List

from hypothesis import strategies as st

from builders import Declared, dataset, pipeline, step
from wombat.graph.contracts import ContractName
from wombat.graph.formats import Format

_NAME_CHARACTERS = st.characters(exclude_categories=("Cs", "Cc"), exclude_characters=":@\\#/!?=")
"""What Pants takes in the name of a target: nearly everything, quotes and blanks included."""


def target_names() -> st.SearchStrategy[str]:
    """Names of targets, also hostile ones."""
    return st.one_of(
        st.from_regex(r"[a-z_][a-z0-9_]{0,8}", fullmatch=True), st.text(_NAME_CHARACTERS, min_size=1, max_size=8)
    )


def directories() -> st.SearchStrategy[str]:
    """Directories as they stand in addresses; "//" is the root."""
    return st.one_of(st.just("//"), st.from_regex(r"[a-z][a-z0-9_.-]{0,4}(/[a-z0-9_]{1,3}){0,2}", fullmatch=True))


@st.composite
def addresses(draw: st.DrawFn) -> str:
    """Addresses of targets that are not parametrized."""
    return f"{draw(directories())}:{draw(target_names())}"


def identifiers() -> st.SearchStrategy[str]:
    """Names that code can use."""
    return st.one_of(
        st.from_regex(r"[a-z_][a-z0-9_]{0,8}", fullmatch=True), st.text(min_size=1, max_size=4).filter(str.isidentifier)
    )


def json_values() -> st.SearchStrategy[Any]:
    """What JSON can hold."""
    numbers = st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False))
    scalars = st.one_of(st.none(), st.booleans(), numbers, st.text(max_size=8))
    return st.recursive(
        scalars,
        lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=4), inner, max_size=3)),
        max_leaves=6,
    )


def contract_names() -> st.SearchStrategy[ContractName]:
    """Contracts, with a schema object or without."""
    return st.builds(ContractName, st.sampled_from(["a/x.odcs.yaml", "y.odcs.yml", "größe.yaml"]), target_names() | st.just(""))


@st.composite
def acyclic_targets(draw: st.DrawFn) -> List[Declared]:
    """Targets that make a graph without problems: sources, steps that read what is there before them, pipelines.

    Foreign keys of what a step makes refer to what is there before, and to its other outputs.
    """
    paths = draw(st.lists(addresses(), min_size=3, max_size=20, unique=True))
    free = iter(paths)
    first = next(free)
    declared: List[Declared] = [dataset(first, source="data.csv")]
    there = [first]
    deliverable = [first]
    for address in free:
        kind = draw(st.sampled_from(["source", "step", "step", "step", "pipeline"]))
        if kind == "source":
            contract = draw(st.none() | contract_names())
            declared.append(dataset(address, source="data.csv", format=draw(st.sampled_from(Format)), contract=contract))
            there.append(address)
        elif kind == "pipeline":
            outputs = draw(st.lists(st.sampled_from(deliverable), max_size=3))
            declared.append(pipeline(address, outputs=outputs))
            deliverable.append(address)
        else:
            reads = draw(st.lists(st.sampled_from(there), max_size=3))
            made = [name for name, _ in zip(free, range(draw(st.integers(0, 3))))]
            declared.append(
                step(
                    address,
                    inputs={f"i{number}": read for number, read in enumerate(reads)},
                    outputs={f"o{number}": name for number, name in enumerate(made)},
                    params=draw(st.dictionaries(st.sampled_from(["limit", "größe"]), json_values())),
                    expects=((f"i{len(reads) - 1}", draw(contract_names())),) if reads else (),
                )
            )
            there += made
            for name in made:
                references = draw(st.lists(st.sampled_from(there), max_size=2))
                declared.append(dataset(name, format=draw(st.sampled_from(Format)), references=tuple(references)))
            deliverable += [address, *made]
    return declared
