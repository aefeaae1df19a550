"""The clean-up of the store: what goes, what stays, and what the command says of it."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from store_collections import DAY_S, LAST, MODEL, NOTHING, aged, blobs, collect, policy, publish_many, versions
from store_memory import MemoryBackend
from store_plans import ORDERS, missing_blobs, publish_content, publish_plan, version_of, write_plan
from wombat_tool.__main__ import main
from wombat_tool.errors import StoreError
from wombat_tool.store.backend import Backend
from wombat_tool.store.collect import Collector
from wombat_tool.store.layout import blob_name, manifest_name
from wombat_tool.store.opening import open_backend
from wombat_tool.store.retention import Policy, Rule, VersionKey
from wombat_tool.store.store import Store
from wombat_tool.store.verify import Verifier


def test_a_dry_run_tells_what_would_go_and_removes_nothing(backend: Backend, tmp_path: Path) -> None:
    store = Store(backend)
    publish_many(backend, tmp_path, [b"one", b"two"])

    planned = Collector(store, policy()).plan()

    assert [one.key for one in planned.versions] == [VersionKey(ORDERS, version_of(b"one"))]
    assert [entry.name for entry in planned.blobs] == [blob_name(version_of(b"one"))]
    assert planned.kept == {VersionKey(ORDERS, version_of(b"two")): ("the last one",)}
    assert versions(store) == {version_of(b"one"), version_of(b"two")}


def test_a_sweep_removes_versions_and_the_blobs_that_only_they_need(backend: Backend, tmp_path: Path) -> None:
    store = Store(backend)
    publish_many(backend, tmp_path, [b"one", b"two"])
    tree = {"a": b"one-a", "b": b"shared"}
    publish_content(store, tmp_path, tree, address="shop:parts", now_s=1_000_000.0)
    publish_content(store, tmp_path, {"a": b"two-a", "b": b"shared"}, address="shop:parts", now_s=1_000_001.0)

    gone = collect(backend, policy())

    assert {one.key.version for one in gone.versions} == {version_of(b"one"), version_of(tree)}
    assert versions(store) == {version_of(b"two"), version_of({"a": b"two-a", "b": b"shared"})}
    assert missing_blobs(store) == set()
    assert blob_name(version_of(b"one-a")) not in blobs(store)
    assert blob_name(version_of(b"shared")) in blobs(store)
    assert gone.freed_bytes == sum(one.entry.size_bytes for one in gone.versions) + sum(e.size_bytes for e in gone.blobs)


@pytest.mark.parametrize("rule", [LAST, Rule(keep_last=None, keep_days=5)], ids=["the last", "younger than"])
def test_what_became_the_latest_again_counts_from_then(backend: Backend, tmp_path: Path, rule: Rule) -> None:
    store = Store(backend)
    now_s = time.time() + 1000 * DAY_S
    for days, content in ((14, b"one"), (11, b"two"), (8, b"one"), (5, b"two"), (2, b"one")):
        publish_content(store, tmp_path, content, now_s=now_s - (days - 0.5) * DAY_S)

    collect(backend, policy(rule, now_s=now_s))

    assert versions(store) == ({version_of(b"one")} if rule == LAST else {version_of(b"one"), version_of(b"two")})


def test_that_it_was_the_latest_again_keeps_no_version(backend: Backend, tmp_path: Path) -> None:
    store = Store(backend)
    publish_many(backend, tmp_path, [b"one", b"two"])
    publish_content(store, tmp_path, b"one", now_s=1_000_002.0)
    publish_content(store, tmp_path, b"three", now_s=1_000_003.0)

    collect(backend, policy())

    assert versions(store) == {version_of(b"three")}
    assert store.latest(ORDERS) == version_of(b"three")
    verified = Verifier(store).verify()
    assert (verified.findings, verified.labels) == ((), 0)


def test_labelled_and_pinned_versions_stay(backend: Backend, tmp_path: Path) -> None:
    store = Store(backend)
    publish_many(backend, tmp_path, [b"one", b"two", b"three"])
    store.move_label(ORDERS, "production", version_of(b"one"))

    collect(backend, policy(NOTHING, pinned=frozenset({VersionKey(ORDERS, version_of(b"two"))})))

    assert versions(store) == {version_of(b"one"), version_of(b"two")}


def test_a_label_that_moved_on_holds_nothing_any_more(backend: Backend, tmp_path: Path) -> None:
    store = Store(backend)
    publish_many(backend, tmp_path, [b"one", b"two"])
    store.move_label(ORDERS, "production", version_of(b"one"))
    store.move_label(ORDERS, "production", version_of(b"two"))

    collect(backend, policy(NOTHING))

    assert versions(store) == {version_of(b"two")}


def test_what_a_kept_version_was_made_of_stays_by_its_inputs(backend: Backend, tmp_path: Path) -> None:
    store = Store(backend)
    publish_many(backend, tmp_path, [b"one", b"two"])
    inputs = [{"parameter": "x", "project": "shop", "address": ORDERS.address, "version": version_of(b"one")}]
    publish_content(store, tmp_path, b"model", address=MODEL.address, inputs=inputs)
    store.move_label(MODEL, "production", version_of(b"model"))

    collect(backend, policy(NOTHING))

    assert versions(store) == {version_of(b"one"), version_of(b"model")}


def lineage_from(version: str, *, address: str = ORDERS.address) -> dict[str, Any]:
    """A model that was made of a dataset by way of another one that is not published."""
    middle, model = "2" * 64, version_of(b"model")
    return {
        "lineage_version": 1,
        "datasets": [
            {"address": address, "version": version, "format": "file", "producer": None},
            {"address": "shop:middle", "version": middle, "format": "file", "producer": "shop:a"},
            {"address": MODEL.address, "version": model, "format": "file", "producer": "shop:b"},
        ],
        "steps": [
            {
                "address": "shop:a",
                "inputs": [{"parameter": "x", "address": address, "version": version}],
                "outputs": [{"address": "shop:middle", "version": middle}],
            },
            {
                "address": "shop:b",
                "inputs": [{"parameter": "y", "address": "shop:middle", "version": middle}],
                "outputs": [{"address": MODEL.address, "version": model}],
            },
        ],
    }


@pytest.mark.parametrize("address", [ORDERS.address, "shop:imported_under_another_name"])
def test_what_a_kept_version_was_made_of_stays_by_its_lineage(backend: Backend, tmp_path: Path, address: str) -> None:
    store = Store(backend)
    publish_many(backend, tmp_path, [b"one", b"two"])
    lineage = lineage_from(version_of(b"one"), address=address)
    publish_plan(store, write_plan(tmp_path / "plan", {MODEL.address: b"model"}, lineage=lineage))
    store.move_label(MODEL, "production", version_of(b"model"))

    collect(backend, policy(NOTHING))

    assert versions(store) == {version_of(b"one"), version_of(b"model")}


def test_blobs_that_no_version_needs_go_once_the_grace_period_is_over(backend: Backend, tmp_path: Path) -> None:
    store = Store(backend)
    publish_many(backend, tmp_path, [b"one"])
    backend.create(blob_name(version_of(b"lost")), b"lost")

    young = collect(backend, policy(now_s=time.time() + 3, grace_s=60.0))
    assert young.blobs == ()
    old = collect(backend, policy())

    assert [entry.name for entry in old.blobs] == [blob_name(version_of(b"lost"))]
    assert blobs(store) == {blob_name(version_of(b"one"))}


def test_a_version_that_was_published_again_is_as_young_as_a_new_one(tmp_path: Path) -> None:
    backend = aged(MemoryBackend(), tmp_path)
    store = Store(backend)
    publish_content(store, tmp_path, b"old 1")

    collect(backend, Policy(grace_s=3600.0, default=NOTHING, now_s=3000.0))

    assert versions(store) == {version_of(b"old 1")}
    assert missing_blobs(store) == set()


def test_what_is_labelled_between_mark_and_sweep_stays(backend: Backend, tmp_path: Path) -> None:
    store = Store(backend)
    publish_many(backend, tmp_path, [b"one", b"two"])
    collector = Collector(store, policy(NOTHING))
    planned = collector.plan()

    store.move_label(ORDERS, "production", version_of(b"one"))
    gone = collector.sweep(planned)

    assert [one.key.version for one in gone.versions] == [version_of(b"two")]
    assert versions(store) == {version_of(b"one")}
    assert missing_blobs(store) == set()


def test_what_is_published_between_mark_and_sweep_stays_with_all_it_reuses(backend: Backend, tmp_path: Path) -> None:
    store = Store(backend)
    publish_many(backend, tmp_path, [b"one", b"two"])
    collector = Collector(store, policy(NOTHING))
    planned = collector.plan()

    publish_content(store, tmp_path, {"a": b"one"}, address="shop:parts")
    publish_content(store, tmp_path, b"two", address="shop:copy")
    collector.sweep(planned)

    assert {dataset.address for dataset, _ in store.versions()} >= {"shop:parts", "shop:copy"}
    assert missing_blobs(store) == set()


def test_what_a_version_published_meanwhile_was_made_of_stays(backend: Backend, tmp_path: Path) -> None:
    store = Store(backend)
    publish_many(backend, tmp_path, [b"one"])
    rules = policy(NOTHING, datasets={MODEL: LAST})
    collector = Collector(store, rules)
    planned = collector.plan()
    inputs = [{"parameter": "x", "project": "shop", "address": ORDERS.address, "version": version_of(b"one")}]

    publish_content(store, tmp_path, b"model", address=MODEL.address, inputs=inputs)
    collector.sweep(planned)

    assert versions(store) == {version_of(b"one"), version_of(b"model")}


def test_a_kept_version_that_cannot_be_read_stops_the_clean_up(tmp_path: Path) -> None:
    backend = MemoryBackend()
    publish_many(backend, tmp_path, [b"one", b"two"])
    backend.put(manifest_name(ORDERS, version_of(b"two")), b"{")
    before = dict(backend.contents)

    with pytest.raises(StoreError, match="(?s)is not as it must be.*./pants verify-store"):
        collect(backend, policy())

    assert backend.contents == before


# --- The command ------------------------------------------------------------------------------------------------------


@pytest.fixture
def gc(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[str, str]]:
    """Run the command on a store with two versions, of which the policy keeps one; gives what it printed."""
    store = tmp_path / "the store"
    publish_many(open_backend(str(store)), tmp_path, [b"one", b"two"])
    for parent, _, files in os.walk(store):
        for file in files:
            os.utime(os.path.join(parent, file), (0, 0))
    rules = {"policy_version": 1, "default": {"keep_last": 1, "keep_days": None}}
    (tmp_path / "policy.json").write_text(json.dumps(rules))

    def run(*options: str) -> tuple[str, str]:
        assert main(["store-gc", "--store", str(store), "--policy", str(tmp_path / "policy.json"), *options]) == 0
        printed = capsys.readouterr()
        return printed.out, printed.err

    return run


def test_the_command_is_a_dry_run_unless_told_otherwise(gc: Callable[..., tuple[str, str]], tmp_path: Path) -> None:
    out, err = gc()

    assert f"shop//shop:orders  {version_of(b'one')[:12]}  1970-01-12   3 B" in out
    assert "1 version and 1 blob would go; " in out
    assert "1 version kept: 1 the last one." in out
    assert err == "Nothing was removed yet: `./pants collect-garbage --delete` does it.\n"
    assert len(versions(Store(open_backend(str(tmp_path / "the store"))))) == 2


def test_the_command_removes_what_it_told(gc: Callable[..., tuple[str, str]], tmp_path: Path) -> None:
    out, err = gc("--delete")

    assert "1 version and 1 blob are gone; " in out
    assert versions(Store(open_backend(str(tmp_path / "the store")))) == {version_of(b"two")}
    assert gc()[0] == f"Nothing goes from {(tmp_path / 'the store').as_uri()}.\n1 version kept: 1 the last one.\n"


def test_the_command_prints_a_document(gc: Callable[..., tuple[str, str]]) -> None:
    document = json.loads(gc("--output", "json")[0])

    assert document["deleted"] is False
    assert document["versions"] == [
        {
            "project": "shop",
            "address": "shop:orders",
            "version": version_of(b"one"),
            "published": "1970-01-12T13:46:40.000Z",
            "size_bytes": 3,
        }
    ]
    assert document["blobs"] == 1
    assert document["kept"][0]["because"] == ["the last one"]


def test_a_policy_that_is_not_there_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["store-gc", "--store", str(tmp_path), "--policy", str(tmp_path / "none.json")]) == 1

    assert "cannot be used, and nothing was removed. It cannot be read: No such file" in capsys.readouterr().err
