"""Decides which published versions are kept, and says why."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from wombat_tool.errors import RetentionPolicyError, StoreError
from wombat_tool.store.layout import DatasetName, is_version
from wombat_tool.store.references import parse_dataset

POLICY_VERSION = 1
"""Of the policy document; a new number means that a reader of the old one would misread it."""

_DAY_S = 86_400.0
_MOST = 10**12


class VersionKey(NamedTuple):
    """A version of a dataset."""

    dataset: DatasetName
    version: str

    def __str__(self) -> str:
        return f"{self.dataset}@{self.version[:12]}"


@dataclass(frozen=True)
class Rule:
    """What is kept of a dataset for its age alone.

    :param keep_last: so many of its versions, those published last; None for no such rule.
    :param keep_days: those published within so many days; None for no such rule. Without either rule all are kept.
    """

    keep_last: int | None
    keep_days: float | None


@dataclass(frozen=True)
class Policy:
    """What is kept.

    :param grace_s: how long what was written or touched is left alone, whatever else holds.
    :param default: for datasets that have no rule of their own.
    :param pinned: versions that are in use elsewhere, as by lock files of repositories.
    :param now_s: the time to decide for, in seconds since the epoch; None for the clock's.
    """

    grace_s: float = _DAY_S
    default: Rule = Rule(keep_last=5, keep_days=90)
    datasets: Mapping[DatasetName, Rule] = field(default_factory=dict)
    pinned: frozenset[VersionKey] = frozenset()
    now_s: float | None = None

    def rule_of(self, dataset: DatasetName) -> Rule:
        """The rule for a dataset."""
        return self.datasets.get(dataset, self.default)


@dataclass(frozen=True)
class Candidate:
    """A published version, as far as it matters here.

    :param published_s: when it was published, or became the latest again, in seconds since the epoch.
    :param touched_s: when its manifest was written, or published again.
    :param labels: that stand at it.
    :param made_of: tells all versions it was made of, at any depth, as far as it knows them; asked only if it is kept.
    """

    key: VersionKey
    published_s: float
    touched_s: float
    labels: tuple[str, ...] = ()
    made_of: Callable[[], Collection[VersionKey]] = frozenset

    @property
    def newness(self) -> tuple[float, float, str]:
        """What to sort by: of two versions of a dataset the one that was published later has the larger one."""
        return (self.published_s, self.touched_s, self.key.version)


def kept_versions(candidates: Iterable[Candidate], policy: Policy, now_s: float) -> dict[VersionKey, tuple[str, ...]]:
    """The versions that are kept, each with all the reasons; every other one may go."""
    by_key = {candidate.key: candidate for candidate in candidates}
    reasons = _own_reasons(by_key.values(), policy, now_s)
    # What kept ones were made of, also by way of versions that know more than those that name them.
    waiting = sorted(reasons)
    for key in waiting:
        for source in sorted(by_key[key].made_of()):
            if source not in by_key or source == key:
                continue
            if source not in reasons:
                reasons[source] = []
                waiting.append(source)
            if not any(reason.startswith(_UPSTREAM) for reason in reasons[source]):
                reasons[source].append(f"{_UPSTREAM}{key}")
    return {key: tuple(reasons[key]) for key in sorted(reasons)}


_UPSTREAM = "upstream of "


def _own_reasons(candidates: Collection[Candidate], policy: Policy, now_s: float) -> dict[VersionKey, list[str]]:
    reasons: dict[VersionKey, list[str]] = {}
    for candidate, place in _with_places(candidates):
        found = [f"labelled {label}" for label in sorted(candidate.labels)]
        found += ["pinned"] if candidate.key in policy.pinned else []
        rule = policy.rule_of(candidate.key.dataset)
        if rule.keep_last is None and rule.keep_days is None:
            found.append("no rule lets it go")
        if rule.keep_last is not None and place <= rule.keep_last:
            found.append(f"among the last {rule.keep_last:,}" if rule.keep_last > 1 else "the last one")
        if rule.keep_days is not None and now_s - candidate.published_s < rule.keep_days * _DAY_S:
            found.append(f"younger than {rule.keep_days:,g} days")
        if now_s - candidate.touched_s < policy.grace_s:
            found.append("written within the grace period")
        if found:
            reasons[candidate.key] = found
    return reasons


def _with_places(candidates: Collection[Candidate]) -> Iterable[tuple[Candidate, int]]:
    """Each with its place among the versions of its dataset, from 1 for the newest."""
    places: dict[DatasetName, int] = {}
    for candidate in sorted(candidates, key=lambda one: one.newness, reverse=True):
        dataset = candidate.key.dataset
        places[dataset] = places.get(dataset, 0) + 1
        yield candidate, places[dataset]


def read_policy(text: str, name: str) -> Policy:
    """Read a policy document.

    :param name: what messages call it.
    :raises RetentionPolicyError: with all that is wrong with it.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as err:
        raise RetentionPolicyError(name, [f"It is not JSON: {err}."]) from err
    reader = _Reader()
    policy = reader.policy(document)
    if reader.mistakes:
        raise RetentionPolicyError(name, reader.mistakes)
    return policy


class _Reader:
    """Reads a policy and collects what is wrong with it."""

    def __init__(self) -> None:
        self.mistakes: list[str] = []

    def policy(self, document: Any) -> Policy:
        known = ("policy_version", "grace_s", "default", "datasets", "pinned", "now_s")
        document = self._object(document, "the document", known)
        version = document.get("policy_version")
        if version != POLICY_VERSION or isinstance(version, bool):
            self.mistakes.append(f"'policy_version' must be {POLICY_VERSION}, but was {version!r}.")
            return Policy()
        plain = Policy()
        datasets = document.get("datasets", {})
        if not isinstance(datasets, dict):
            self._wrong("datasets", "an object", datasets)
            datasets = {}
        return Policy(
            grace_s=self._number(document, "grace_s", "grace_s", plain.grace_s) or 0.0,
            default=self._rule(document["default"], "default") if "default" in document else plain.default,
            datasets={self._dataset(key): self._rule(rule, f"datasets[{key!r}]") for key, rule in datasets.items()},
            pinned=frozenset(self._pins(document.get("pinned", []))),
            now_s=self._number(document, "now_s", "now_s", None, may_be_null=True),
        )

    def _rule(self, rule: Any, where: str) -> Rule:
        rule = self._object(rule, repr(where), ("keep_last", "keep_days"))
        last = self._number(rule, "keep_last", f"{where}.keep_last", None, may_be_null=True)
        if last is not None and last != int(last):
            self._wrong(f"{where}.keep_last", "a whole number or null", last)
        days = self._number(rule, "keep_days", f"{where}.keep_days", None, may_be_null=True)
        return Rule(None if last is None else int(last), days)

    def _pins(self, pinned: Any) -> Iterable[VersionKey]:
        if not isinstance(pinned, list):
            self._wrong("pinned", "a list", pinned)
            return
        for i, pin in enumerate(pinned):
            where = f"pinned[{i}]"
            pin = self._object(pin, repr(where), ("project", "address", "version"))
            parts = [self._text(pin, key, where) for key in ("project", "address", "version")]
            if parts[2] and not is_version(parts[2]):
                self._wrong(f"{where}.version", "64 hexadecimal digits", parts[2])
            yield VersionKey(DatasetName(parts[0], parts[1]), parts[2])
            # A name may be written in two ways, and a pin must hold in both.
            if parts[0] and parts[1].strip("/:"):
                yield VersionKey(parse_dataset(f"{parts[0]}//{parts[1]}"), parts[2])

    def _dataset(self, key: str) -> DatasetName:
        try:
            return parse_dataset(key)
        except StoreError:
            self.mistakes.append(f"A key of 'datasets' must be 'project//path:name', but was {key!r}.")
            return DatasetName("", key)

    def _object(self, value: Any, where: str, known: Sequence[str]) -> dict[str, Any]:
        if not isinstance(value, dict):
            self.mistakes.append(f"{where[0].upper()}{where[1:]} must be an object, but was {value!r}.")
            return {}
        # A rule with a slip in its name would let go what it was to keep.
        for key in sorted(set(value) - set(known)):
            self.mistakes.append(f"{where[0].upper()}{where[1:]} has no key {key!r}; there are {', '.join(known)}.")
        return value

    def _text(self, value: Mapping[str, Any], key: str, where: str) -> str:
        text = value.get(key)
        if not isinstance(text, str) or not text:
            self._wrong(f"{where}.{key}", "a text", text)
            return ""
        return text

    def _number(
        self, value: Mapping[str, Any], key: str, where: str, plain: float | None, *, may_be_null: bool = False
    ) -> float | None:
        number = value.get(key, plain)
        if number is None and may_be_null:
            return None
        if isinstance(number, bool) or not isinstance(number, (int, float)) or not 0 <= number <= _MOST:
            self._wrong(where, "a number from 0 on" + (" or null" if may_be_null else ""), number)
            return None
        return number

    def _wrong(self, where: str, expected: str, found: Any) -> None:
        self.mistakes.append(f"'{where}' must be {expected}, but was {found!r}.")
