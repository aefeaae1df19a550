"""Clean-ups of the store that are killed, and others that publish or clean up meanwhile: nothing is lost."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from store_collections import NOTHING, aged, blobs, collect, policy, publish_many, versions
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
from wombat_tool.store.backend import Backend, Entry
from wombat_tool.store.collect import Collection
from wombat_tool.store.layout import DatasetName, blob_name
from wombat_tool.store.opening import open_backend
from wombat_tool.store.retention import Policy, Rule
from wombat_tool.store.store import Store
from wombat_tool.store.verify import Verifier


@pytest.fixture(params=["directory", "strict_url"])
def holding_store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The url of an empty store in each place that holds preconditions."""
    if request.param == "directory":
        return (tmp_path / "the store").as_uri()
    url: str = request.getfixturevalue(request.param)
    return url


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
