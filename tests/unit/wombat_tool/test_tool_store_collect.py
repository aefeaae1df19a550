"""The clean-up of the store: what goes, what stays, and that nothing is lost to it, whoever publishes meanwhile."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from store_memory import FailingBackend, Killed, MemoryBackend
from store_plans import (
    EXIT_AT_SYSTEM_CALL,
    LINEAGE,
    ORDERS,
    missing_blobs,
    publish_content,
    publish_plan,
    version_of,
    write_plan,
)
from wombat_tool.__main__ import main
from wombat_tool.errors import StoreError
from wombat_tool.store.backend import Backend, Entry
from wombat_tool.store.collect import Collection, Collector
from wombat_tool.store.layout import DatasetName, blob_name, manifest_name
from wombat_tool.store.lineage import lineage_json
from wombat_tool.store.opening import open_backend
from wombat_tool.store.retention import Policy, Rule, VersionKey
from wombat_tool.store.store import Store
from wombat_tool.store.verify import Verifier

DAY_S = 86_400.0
NOTHING = Rule(keep_last=0, keep_days=None)
LAST = Rule(keep_last=1, keep_days=None)
MODEL = DatasetName("shop", "shop:model")


@pytest.fixture(params=["directory", "strict_url"])
def holding_store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The url of an empty store in each place that holds preconditions."""
    if request.param == "directory":
        return (tmp_path / "the store").as_uri()
    url: str = request.getfixturevalue(request.param)
    return url


def policy(rule: Rule = LAST, **options: Any) -> Policy:
    """A policy for a time long after everything was published."""
    return Policy(default=rule, **{"grace_s": 60.0, "now_s": time.time() + 1000 * DAY_S, **options})


def collect(backend: Backend, rules: Policy) -> Collection:
    collector = Collector(Store(backend), rules)
    return collector.sweep(collector.plan())


def versions(store: Store) -> set[str]:
    return {version for _, version in store.versions()}


def blobs(store: Store) -> set[str]:
    return {entry.name for entry in store.backend.entries("blobs/")}


def publish_many(backend: Backend, directory: Path, contents: list[bytes], **fields: Any) -> None:
    """Publish versions of one dataset, the last one being the newest."""
    for number, content in enumerate(contents):
        publish_content(Store(backend), directory, content, now_s=1_000_000.0 + number, **fields)


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


@pytest.mark.parametrize("has_effect", [False, True])
@pytest.mark.parametrize("place", ["memory", "directory", "bucket"])
def test_a_clean_up_that_is_killed_at_any_call_leaves_a_store_in_which_all_is_well(
    request: pytest.FixtureRequest, tmp_path: Path, place: str, has_effect: bool
) -> None:
    url = request.getfixturevalue("strict_url") if place == "bucket" else str(tmp_path)

    def published(name: str) -> Backend:
        backend = MemoryBackend() if place == "memory" else open_backend(f"{url}/{name}")
        publish_many(backend, tmp_path, [b"one", b"two"])
        publish_content(Store(backend), tmp_path, {"a": b"one-a", "b": b"b"}, address="shop:parts", now_s=1.0)
        publish_content(Store(backend), tmp_path, {"a": b"two-a", "b": b"b"}, address="shop:parts", now_s=2.0)
        return backend

    counting = FailingBackend(published("counted"), 0)
    collect(counting, policy())  # type: ignore[arg-type]
    for fails_at in range(1, counting.calls + 1):
        backend = published(f"store-{fails_at}")
        with pytest.raises(Killed):
            collect(FailingBackend(backend, fails_at, has_effect=has_effect), policy())  # type: ignore[arg-type]

        assert Verifier(Store(backend)).verify().findings == ()
        assert version_of(b"two") in versions(Store(backend))
        collect(backend, policy())
        after = Verifier(Store(backend)).verify()
        assert (after.findings, after.versions, after.unneeded) == ((), 2, 0)


KILLED_CLEAN_UP = f"""
{EXIT_AT_SYSTEM_CALL}
import time
from pathlib import Path
from wombat_tool.store.collect import Collector
from wombat_tool.store.retention import Policy, Rule
from wombat_tool.store.store import open_store

plain_rename = os.rename

def touched_rename(path, to):
    # A publisher of the same was faster by a moment.
    if sys.argv[3] in path:
        os.utime(path)
    plain_rename(path, to)

os.rename = touched_rename
exit_at("rename", "link", "unlink", "rmdir", "mkdir", "utime")
collector = Collector(open_store(sys.argv[2]), Policy(default=Rule(0, None), now_s=time.time() + 1e8))
collector.sweep(collector.plan())
"""
"""The clean-up of a store by a process that is killed; what has the third argument in its path is touched just before
it is moved away."""


@pytest.mark.parametrize(
    "touched",
    [
        pytest.param("no path has this", id="nobody else is there"),
        pytest.param(f"{version_of(b'one')}.json", id="a version is published again meanwhile"),
        pytest.param(f"blobs/{version_of(b'two')[:2]}/", id="a blob is used again meanwhile"),
    ],
)
def test_the_next_clean_up_may_follow_a_killed_one_at_once(
    tmp_path: Path, environment: dict[str, Any], touched: str
) -> None:
    everything = policy(NOTHING)
    seen_versions = set()
    for number in range(1, 100):
        place = tmp_path / f"store-{number}"
        publish_many(open_backend(str(place)), tmp_path, [b"one", b"two"])
        publish_content(Store(open_backend(str(place))), tmp_path, {"a": b"one-a", "b": b"b"}, address="shop:parts")
        command = [sys.executable, "-c", KILLED_CLEAN_UP, str(number), str(place), touched]

        exit_code = subprocess.run(command, env=environment, timeout=60).returncode
        backend = open_backend(str(place))
        collect(backend, everything)

        after = Verifier(Store(backend)).verify()
        assert after.findings == (), f"killed at system call {number}"
        seen_versions |= versions(Store(backend))
        # A writer, which tidies up, brings nothing back that needs what is gone.
        publish_content(Store(open_backend(str(place))), tmp_path, b"three", address="shop:other")
        assert missing_blobs(Store(backend)) == set(), f"killed at system call {number}"
        assert list((place / "trash").rglob("*@*")) == []
        collect(backend, everything)
        assert (blobs(Store(backend)), versions(Store(backend))) == (set(), set())
        if exit_code == 0:
            break
        assert exit_code == 9
    assert number > 10
    # Whoever published it again has it still after the clean-up that was under way.
    assert (version_of(b"one") in seen_versions) == ("json" in touched)


# --- Publishers at the same time --------------------------------------------------------------------------------------


class Aged:
    """A place in which all that was there at first is a day older than it says, until it is touched."""

    def __init__(self, backend: Backend) -> None:
        self.url = backend.url
        self._backend = backend
        self._old = {(entry.name, entry.generation) for entry in backend.entries("")}

    def __getattr__(self, method: str) -> Any:
        return getattr(self._backend, method)

    def entries(self, prefix: str) -> Iterator[Entry]:
        for entry in self._backend.entries(prefix):
            is_old = (entry.name, entry.generation) in self._old
            yield replace(entry, updated_s=entry.updated_s - DAY_S) if is_old else entry

    def delete(self, entry: Entry) -> bool:
        is_old = (entry.name, entry.generation) in self._old
        return self._backend.delete(replace(entry, updated_s=entry.updated_s + DAY_S) if is_old else entry)


def aged(backend: Backend, directory: Path) -> Backend:
    """A place with ten old versions of the contents that are published again, and blobs that nothing needs any more."""
    store = Store(backend)
    for number in range(10):
        publish_content(store, directory, b"old %d" % number)
        backend.create(blob_name(version_of(b"garbage %d" % number)), b"garbage %d" % number)
        backend.create(blob_name(version_of(b"reused %d" % number)), b"reused %d" % number)
    backend.create(blob_name(version_of(lineage_json(LINEAGE))), lineage_json(LINEAGE))
    return Aged(backend)  # type: ignore[return-value]


@pytest.mark.parametrize("turn", range(3))
def test_eight_publishers_lose_nothing_to_a_clean_up(holding_store_url: str, tmp_path: Path, turn: int) -> None:
    backend = aged(open_backend(holding_store_url), tmp_path / "old")
    rules = Policy(grace_s=3600.0, default=NOTHING)
    begin = threading.Barrier(9)

    def publisher(number: int) -> None:
        directory = tmp_path / f"publisher {number}"
        plans = [
            write_plan(
                directory / str(i),
                # The same as others publish, that of an earlier version, new ones, and a directory of reused files.
                {
                    f"shop:d{number}": b"reused %d" % i,
                    "shop:orders": b"old %d" % i,
                    "shop:all": {"a": b"reused %d" % i, "b": b"garbage %d" % (i % 2), "c": b"new %d" % number},
                },
                lineage=LINEAGE,
            )
            for i in range(0, 10, 3)
        ]
        own = Store(open_backend(holding_store_url))
        begin.wait()
        for plan in plans:
            publish_plan(own, plan, now_s=time.time())

    def cleaner() -> list[Collection]:
        begin.wait()
        return [collect(backend, rules) for _ in range(3)]

    with ThreadPoolExecutor(9) as pool:
        cleaned = pool.submit(cleaner)
        published = [pool.submit(publisher, number) for number in range(8)]
        for future in published:
            future.result()
        gone = cleaned.result()

    store = Store(open_backend(holding_store_url))
    expected = {(DatasetName("shop", f"shop:d{n}"), version_of(b"reused %d" % i)) for n in range(8) for i in range(0, 10, 3)}
    expected |= {(ORDERS, version_of(b"old %d" % i)) for i in range(0, 10, 3)}
    assert expected <= set(store.versions())
    assert len([one for one in store.versions() if one[0].address == "shop:all"]) == 32
    assert missing_blobs(store) == set()
    assert sum(len(one.blobs) for one in gone) >= 6  # Most of the garbage is gone, and all that nobody needs.
    assert blob_name(version_of(b"garbage 7")) not in blobs(store)


class Interrupted(MemoryBackend):
    """A place where a clean-up without any grace looks at a publisher's n-th call, and removes blobs at a later one."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = self.looks_at = self.removes_at = 0
        self.rules = Rule(None, None)
        self._doomed: list[Entry] = []
        self._is_collecting = False

    def _count(self) -> None:
        if self._is_collecting:
            return
        self.calls += 1
        self._is_collecting = True
        if self.calls == self.looks_at:
            collect(self, Policy(default=self.rules, grace_s=0.0, now_s=1e9))
        if self.calls == self.removes_at:
            for entry in self._doomed:
                super().delete(entry)
        self._is_collecting = False

    def delete(self, entry: Entry) -> bool:
        if not entry.name.startswith("blobs/"):
            return super().delete(entry)
        self._doomed.append(entry)
        return True

    def create(self, name: str, content: bytes) -> bool:
        self._count()
        return super().create(name, content)

    def upload(self, name: str, source: Path, *, sha256: str, size_bytes: int) -> bool:
        self._count()
        return super().upload(name, source, sha256=sha256, size_bytes=size_bytes)

    def stat(self, name: str) -> Entry | None:
        self._count()
        return super().stat(name)

    def touch(self, name: str) -> bool:
        self._count()
        return super().touch(name)


@pytest.mark.parametrize("rules", [Rule(None, None), NOTHING], ids=["that keeps all", "that keeps nothing"])
def test_a_clean_up_without_grace_takes_nothing_that_a_publisher_at_the_same_time_needs(tmp_path: Path, rules: Rule) -> None:
    tree = {"a": b"new", "b": b"reused", "c": b"other"}
    before = write_plan(tmp_path / "before", {"shop:orders": b"reused"}, lineage=LINEAGE)
    plan = write_plan(tmp_path / "plan", {"shop:orders": b"reused", "shop:parts": tree, "shop:copy": b"new"})

    def interrupted(looks_at: int, removes_at: int) -> Interrupted:
        backend = Interrupted()
        publish_plan(Store(backend), before)
        backend.create(blob_name(version_of(b"other")), b"other")
        backend.calls, backend.looks_at, backend.removes_at, backend.rules = 0, looks_at, removes_at, rules
        publish_plan(Store(backend), plan)
        return backend

    calls = interrupted(0, 0).calls
    assert calls > 20
    for looks_at in range(1, calls + 1):
        for removes_at in range(looks_at, calls + 1):
            backend = interrupted(looks_at, removes_at)

            assert missing_blobs(Store(backend)) == set(), f"looked at call {looks_at}, removed at {removes_at}"
            if rules != NOTHING:
                assert len(Store(backend).manifests()) == 3


def test_where_a_touch_costs_much_no_blob_goes_of_which_a_publisher_is_sure(strict_url: str, tmp_path: Path) -> None:
    backend = open_backend(strict_url)
    backend.create(blob_name(version_of(b"lost")), b"lost")
    publish_many(backend, tmp_path, [b"one"])
    no_grace = Policy(default=NOTHING, grace_s=0.0)

    collect(backend, replace(no_grace, now_s=time.time() + 1.9 * backend.sure_s))
    assert blobs(Store(backend)) == {blob_name(version_of(b"lost")), blob_name(version_of(b"one"))}
    assert versions(Store(backend)) == set()
    collect(backend, replace(no_grace, now_s=time.time() + 2.1 * backend.sure_s))
    assert blobs(Store(backend)) == set()


@pytest.mark.parametrize(("sure_s", "touches"), [(0.0, 1), (1e9, 0)])
def test_a_publisher_touches_what_it_is_not_sure_of_any_more(tmp_path: Path, sure_s: float, touches: int) -> None:
    backend = MemoryBackend()
    backend.sure_s = sure_s

    publish_content(Store(backend), tmp_path, b"one")

    assert backend.touched == [blob_name(version_of(b"one"))] * touches


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
