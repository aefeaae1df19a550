"""What the goal `check` says of contracts: findings, each with where it is and what it holds against what."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Collection, Iterable, List, Mapping, Optional, Sequence, Tuple


@dataclass(frozen=True)
class Finding:
    """Something to tell; `fails` says whether the goal fails for it."""

    text: str
    fails: bool = True


@dataclass(frozen=True)
class Consumer:
    """A step that reads a dataset.

    :param parameter: the input.
    :param states_need: whether it says what it needs.
    """

    step: str
    parameter: str
    states_need: bool


@dataclass(frozen=True)
class Comparison:
    """A promise next to a need: who makes the data, who reads it.

    :param promise: the contract of the dataset, as "a/orders.odcs.yaml".
    :param need: the same of the consumer, or the class of its rows.
    :param producer: the step that makes the dataset; None for files of the repository.
    """

    dataset: str
    producer: Optional[str]
    promise: str
    consumer: str
    parameter: str
    need: str


def mismatch_findings(comparison: Comparison, document: bytes) -> List[Finding]:
    """The findings in what `wombat_tool implies` printed of a comparison."""
    result = json.loads(document)
    need_title = comparison.need or result.get("need_title") or "its annotation"
    return [_mismatch(comparison, need_title, one) for one in result["mismatches"]]


def _mismatch(comparison: Comparison, need_title: str, mismatch: Mapping[str, Any]) -> Finding:
    made = f"made by {comparison.producer}" if comparison.producer else "files of the repository"
    column = f"column {mismatch['column']!r} of " if mismatch["column"] else ""
    promised_at = _at(comparison.promise, mismatch.get("promise_line"))
    needed_at = _at(_needed_in(need_title, mismatch.get("need_file")), mismatch.get("need_line"))
    return Finding(
        f"{comparison.consumer}, input {comparison.parameter!r}: {column}{comparison.dataset} is not what it needs "
        f"({mismatch['aspect']}).\n"
        f"  needed: {mismatch['need']} ({needed_at})\n"
        f"  promised: {mismatch['promise']} ({promised_at}; {made})",
        fails=mismatch.get("severity", "error") == "error",
    )


def _needed_in(title: str, file: Optional[str]) -> str:
    """A need with the file that its line is in, which for the member of a class may be another than that of the class."""
    return f"{title}, {file}" if file and not title.endswith(file) else title


def _at(place: str, line: Optional[int]) -> str:
    return f"{place}:{line}" if line else place


def no_promise_finding(consumer: str, parameter: str, dataset: str, need: str) -> Finding:
    """A step expects something of a dataset that has no contract."""
    return Finding(
        f"{consumer}, input {parameter!r}: needs what {need} says, but {dataset} has no contract and promises nothing. "
        "Set its 'contract', or remove the entry from 'expects'."
    )


def change_findings(
    file: str, document: bytes, base: str, consumers: Sequence[Consumer], harmed: Collection[Tuple[str, str]]
) -> List[Finding]:
    """The findings in what `wombat_tool changes` printed of a contract and its former self.

    :param consumers: those that read what the broken objects are the contracts of.
    :param harmed: steps and inputs whose stated need the contract no longer meets.
    """
    result = json.loads(document)
    kind = result["class"]
    if kind == "unknown":
        return [Finding(f"{file} {result['version_text']}.", fails=False)]
    if kind == "none" and result["version_ok"]:
        return []
    lines = [f"{file}: {'no' if kind == 'none' else kind} change since {base}."]
    for change in result["changes"]:
        if change["class"] == kind:
            lines.append(f"  {_at(file, change['line'])}: {change['text']}")
    if kind == "breaking":
        lines += [f"  hits {line}" for line in _hits(consumers, harmed)] or ["  hits nobody in this repository."]
    if not result["version_ok"]:
        lines.append(f"  the version {result['version_text']}.")
    return [Finding("\n".join(lines), fails=not result["version_ok"])]


def _hits(consumers: Iterable[Consumer], harmed: Collection[Tuple[str, str]]) -> List[str]:
    hits = []
    for consumer in consumers:
        if (consumer.step, consumer.parameter) in harmed:
            hits.append(f"{consumer.step} (input {consumer.parameter!r}): its stated need is no longer met.")
        elif not consumer.states_need:
            hits.append(f"{consumer.step} (input {consumer.parameter!r}): it states no need in 'expects'.")
    return hits


def removal_finding(file: str, base: str, title: str) -> Finding:
    """A contract that is gone, and under no other name either."""
    return Finding(f"{file}: removed since {base}; nothing is promised any more as {title}.", fails=False)


def report_text(findings: Sequence[Finding], checked: Tuple[int, int, int]) -> str:
    """All findings, those that fail last, where people look first.

    :param checked: how many contracts, needs and changed contracts were looked at.
    """
    contracts, needs, changes = checked
    counts = [_count(contracts, "contract"), _count(needs, "stated need")]
    counts += [_count(changes, "changed contract")] if changes else []
    lines = [finding.text for finding in sorted(findings, key=lambda one: one.fails)]
    return "\n".join([*lines, f"Checked {', '.join(counts)}."]) + "\n"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
