"""Which versions are kept: whatever is labelled, pinned, recent or an ancestor of a kept one, and why."""

from __future__ import annotations

import json
import random
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wombat_tool.errors import RetentionPolicyError
from wombat_tool.store.layout import DatasetName
from wombat_tool.store.retention import Candidate, Policy, Rule, VersionKey, kept_versions, read_policy

NOW_S = 1_800_000_000.0
DAY_S = 86_400.0
NOTHING = Rule(keep_last=0, keep_days=None)
CLEAN, MODEL = DatasetName("p", "a:clean"), DatasetName("p", "a:model")


def key(dataset: DatasetName, number: int) -> VersionKey:
    return VersionKey(dataset, f"{number:064x}")


def candidate(one: VersionKey, *, days: float = 1000, **others: Any) -> Candidate:
    published_s = NOW_S - days * DAY_S
    made_of = others.pop("made_of", frozenset())
    return Candidate(one, published_s, others.pop("touched_s", published_s), made_of=lambda: made_of, **others)


def kept(*candidates: Candidate, policy: Policy) -> dict[VersionKey, tuple[str, ...]]:
    return kept_versions(candidates, policy, NOW_S)


def test_the_last_versions_of_each_dataset_are_kept() -> None:
    policy = Policy(default=Rule(keep_last=2, keep_days=None))

    found = kept(
        *(candidate(key(CLEAN, n), days=n) for n in range(1, 5)), candidate(key(MODEL, 9), days=900), policy=policy
    )

    assert sorted(found) == [key(CLEAN, 1), key(CLEAN, 2), key(MODEL, 9)]
    assert found[key(MODEL, 9)] == ("among the last 2",)


def test_a_dataset_may_have_a_rule_of_its_own() -> None:
    policy = Policy(default=NOTHING, datasets={MODEL: Rule(keep_last=1, keep_days=None)})

    found = kept(candidate(key(CLEAN, 1)), candidate(key(MODEL, 2)), policy=policy)

    assert found == {key(MODEL, 2): ("the last one",)}


def test_young_versions_are_kept() -> None:
    policy = Policy(default=Rule(keep_last=None, keep_days=30))

    found = kept(candidate(key(CLEAN, 1), days=29), candidate(key(CLEAN, 2), days=31), policy=policy)

    assert found == {key(CLEAN, 1): ("younger than 30 days",)}


def test_without_a_rule_everything_is_kept() -> None:
    found = kept(candidate(key(CLEAN, 1)), policy=Policy(default=Rule(None, None)))

    assert found == {key(CLEAN, 1): ("no rule lets it go",)}


def test_labelled_and_pinned_versions_are_kept_with_every_reason() -> None:
    policy = Policy(default=NOTHING, pinned=frozenset({key(CLEAN, 1), key(CLEAN, 2)}))

    found = kept(candidate(key(CLEAN, 1), labels=("staging", "production")), candidate(key(CLEAN, 2)), policy=policy)

    assert found == {
        key(CLEAN, 1): ("labelled production", "labelled staging", "pinned"),
        key(CLEAN, 2): ("pinned",),
    }


def test_what_a_kept_version_was_made_of_is_kept_at_any_depth() -> None:
    a, b, c, other = key(CLEAN, 1), key(CLEAN, 2), key(MODEL, 3), key(MODEL, 4)
    policy = Policy(default=NOTHING)

    found = kept(
        candidate(a),
        candidate(b, made_of=frozenset({a})),
        candidate(c, made_of=frozenset({b}), labels=("production",)),
        candidate(other, made_of=frozenset({a})),
        policy=policy,
    )

    assert found == {a: (f"upstream of {b}",), b: (f"upstream of {c}",), c: ("labelled production",)}


def test_what_was_published_again_within_the_grace_period_is_kept() -> None:
    policy = Policy(default=NOTHING, grace_s=60)

    found = kept(
        candidate(key(CLEAN, 1), touched_s=NOW_S - 59), candidate(key(CLEAN, 2), touched_s=NOW_S - 61), policy=policy
    )

    assert found == {key(CLEAN, 1): ("written within the grace period",)}


@st.composite
def stores(draw: st.DrawFn) -> tuple[list[Candidate], Policy]:
    """Versions of a few datasets that are made of each other in any way, in a circle too, and a policy."""
    datasets = [DatasetName("p", f"a:d{i}") for i in range(draw(st.integers(1, 4)))]
    keys = draw(
        st.lists(st.builds(key, st.sampled_from(datasets), st.integers(0, 30)), unique=True, min_size=1, max_size=20)
    )
    some = st.frozensets(st.sampled_from(keys), max_size=4)
    candidates = [
        Candidate(
            one,
            published_s=NOW_S - draw(st.integers(0, 100)) * DAY_S,
            touched_s=NOW_S - draw(st.integers(0, 100)) * DAY_S,
            labels=draw(st.sampled_from([(), (), ("production",)])),
            made_of=partial(frozenset, draw(some)),
        )
        for one in keys
    ]
    rules = st.builds(Rule, st.none() | st.integers(0, 4), st.none() | st.integers(0, 90))
    policy = Policy(
        grace_s=draw(st.sampled_from([0.0, 5 * DAY_S])),
        default=draw(rules),
        datasets=draw(st.dictionaries(st.sampled_from(datasets), rules)),
        pinned=draw(some),
    )
    return candidates, policy


@given(stores())
def test_nothing_that_is_labelled_pinned_or_recent_ever_goes(store: tuple[list[Candidate], Policy]) -> None:
    candidates, policy = store

    found = kept(*candidates, policy=policy)

    for one in candidates:
        rule = policy.rule_of(one.key.dataset)
        newer = [other for other in candidates if other.key.dataset == one.key.dataset and other.newness > one.newness]
        must_stay = (
            bool(one.labels)
            or one.key in policy.pinned
            or (rule.keep_last is None and rule.keep_days is None)
            or (rule.keep_last is not None and len(newer) < rule.keep_last)
            or (rule.keep_days is not None and one.published_s > NOW_S - rule.keep_days * DAY_S)
            or one.touched_s > NOW_S - policy.grace_s
        )
        assert one.key in found or not must_stay


@given(stores())
def test_nothing_that_a_kept_version_was_made_of_ever_goes(store: tuple[list[Candidate], Policy]) -> None:
    candidates, policy = store
    by_key = {one.key: one for one in candidates}

    found = kept(*candidates, policy=policy)

    assert all(source in found for one in found for source in by_key[one].made_of() if source in by_key)


@given(stores())
def test_whatever_is_kept_has_a_reason_of_its_own_or_is_upstream_of_one_that_has(
    store: tuple[list[Candidate], Policy],
) -> None:
    candidates, policy = store
    by_key = {one.key: one for one in candidates}

    found = kept(*candidates, policy=policy)

    reached = [one for one, reasons in found.items() if any(not text.startswith("upstream") for text in reasons)]
    seen = set(reached)
    for one in reached:
        new = {source for source in by_key[one].made_of() if source in by_key} - seen
        seen |= new
        reached.extend(new)
    assert seen == set(found)
    assert all(found.values())


@given(stores(), st.randoms(use_true_random=False))
def test_the_order_of_the_versions_does_not_matter(store: tuple[list[Candidate], Policy], order: random.Random) -> None:
    candidates, policy = store
    shuffled = list(candidates)
    order.shuffle(shuffled)

    assert kept(*shuffled, policy=policy) == kept(*candidates, policy=policy)


@given(stores(), st.integers(1, 5))
def test_a_more_generous_policy_keeps_no_less(store: tuple[list[Candidate], Policy], more: int) -> None:
    candidates, policy = store
    rule = policy.default
    generous = Rule(
        None if rule.keep_last is None else rule.keep_last + more,
        None if rule.keep_days is None else rule.keep_days + more,
    )

    found = kept(*candidates, policy=Policy(default=rule))

    assert set(found) <= set(kept(*candidates, policy=Policy(default=generous)))


def test_a_policy_document_is_read() -> None:
    document = {
        "policy_version": 1,
        "grace_s": 60,
        "default": {"keep_last": 2, "keep_days": None},
        "datasets": {"p//a:model": {"keep_last": None, "keep_days": 7}},
        "pinned": [{"project": "p", "address": "a:clean", "version": "1" * 64}],
        "now_s": 5,
    }

    policy = read_policy(json.dumps(document), "policy.json")

    assert policy == Policy(
        grace_s=60,
        default=Rule(2, None),
        datasets={MODEL: Rule(None, 7)},
        pinned=frozenset({VersionKey(CLEAN, "1" * 64)}),
        now_s=5,
    )


@pytest.mark.parametrize(
    ("document", "told"),
    [
        pytest.param([], "The document must be an object, but was []", id="no object"),
        pytest.param({}, "'policy_version' must be 1, but was None", id="no version"),
        pytest.param({"policy_version": 2}, "'policy_version' must be 1, but was 2", id="newer version"),
        pytest.param({"policy_version": 1, "grace": 1}, "The document has no key 'grace'", id="unknown key"),
        pytest.param(
            {"policy_version": 1, "grace_s": -1}, "'grace_s' must be a number from 0 on, but was -1", id="grace"
        ),
        pytest.param(
            {"policy_version": 1, "default": {"keep_lst": 1}}, "'default' has no key 'keep_lst'", id="slip in a rule"
        ),
        pytest.param(
            {"policy_version": 1, "datasets": {"a:b": {}}},
            "A key of 'datasets' must be 'project//path:name', but was 'a:b'",
            id="no project",
        ),
        pytest.param(
            {"policy_version": 1, "datasets": {"p//a:b": {"keep_last": 1.5}}},
            "'datasets['p//a:b'].keep_last' must be a whole number or null, but was 1.5",
            id="half a version",
        ),
        pytest.param(
            {"policy_version": 1, "pinned": [{"project": "p", "address": "a:b", "version": "12ab"}]},
            "'pinned[0].version' must be 64 hexadecimal digits, but was '12ab'",
            id="prefix",
        ),
        pytest.param({"policy_version": 1, "default": {"keep_last": True}}, "'default.keep_last' must be", id="bool"),
    ],
)
def test_what_is_wrong_with_a_policy_is_told(document: Any, told: str) -> None:
    with pytest.raises(RetentionPolicyError, match="cannot be used, and nothing was removed") as raised:
        read_policy(json.dumps(document), "policy.json")

    assert told in str(raised.value)
    assert "Correct it, as in" in str(raised.value)


def test_all_mistakes_of_a_policy_are_told_at_once() -> None:
    with pytest.raises(RetentionPolicyError) as raised:
        read_policy('{"policy_version": 1, "grace_s": "x", "default": {"keep_days": -1}}', "policy.json")

    assert "'grace_s'" in str(raised.value) and "'default.keep_days'" in str(raised.value)
