"""Many publishers at once: each ends well, and what is in the store is whole."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from store_memory import MemoryBackend
from store_plans import LINEAGE, missing_blobs, publish_plan, version_of, write_plan
from wombat_tool.store.backend import Backend
from wombat_tool.store.fetch import fetch
from wombat_tool.store.layout import BLOBS
from wombat_tool.store.opening import open_backend
from wombat_tool.store.publish import Published
from wombat_tool.store.store import Store

PUBLISHERS = 16
TREE = {f"part-{number}.csv": f"{number},{number}\n".encode() * 50 for number in range(4)}
Result = TypeVar("Result")


def at_once(work: Callable[[int], Result]) -> list[Result]:
    """What comes of the work done by all publishers, which begin at the same moment."""
    gate = threading.Barrier(PUBLISHERS)

    def begin(number: int) -> Result:
        gate.wait()
        return work(number)

    with ThreadPoolExecutor(PUBLISHERS) as pool:
        return list(pool.map(begin, range(PUBLISHERS)))


def test_of_publishers_of_the_same_version_one_commits_and_all_agree(store_url: str, tmp_path: Path) -> None:
    plans = [
        write_plan(tmp_path / str(number), {"shop:orders": b"1,2\n", "shop:parts": TREE}, lineage=LINEAGE, rows=number)
        for number in range(PUBLISHERS)
    ]

    # Each has its own connection, and a moment and a number of rows by which its manifest can be told.
    results = at_once(lambda number: publish_plan(Store(open_backend(store_url)), plans[number], now_s=float(number)))

    store = Store(open_backend(store_url))
    manifests = {one.dataset.address: one for one in store.manifests()}
    assert missing_blobs(store) == set()
    for index, address in enumerate(("shop:orders", "shop:parts")):
        of_address: list[Published] = [result[index] for result in results]
        assert [one.is_new for one in of_address].count(True) == 1
        assert {one.manifest.to_json() for one in of_address} == {manifests[address].to_json()}
    blobs = list(store.backend.entries(BLOBS))
    assert len(blobs) == 1 + len(TREE) + 2


def test_publishers_of_different_versions_that_share_files_all_commit(backend: Backend, tmp_path: Path) -> None:
    trees = [{**TREE, f"own-{number}.csv": f"{number}\n".encode()} for number in range(PUBLISHERS)]
    plans = [write_plan(tmp_path / str(n), {"shop:parts": tree}, lineage=LINEAGE) for n, tree in enumerate(trees)]

    results = at_once(lambda number: publish_plan(Store(backend), plans[number], now_s=float(number)))

    store = Store(backend)
    assert all(one.is_new for (one,) in results)
    assert {one.version for one in store.manifests()} == {version_of(tree) for tree in trees}
    assert missing_blobs(store) == set()
    assert len(list(store.backend.entries(BLOBS))) == len(TREE) + 1 + 2 * PUBLISHERS
    fetch(store, results[7][0].manifest, tmp_path / "out")
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == trees[7]


def test_publishers_who_began_before_the_store_was_there_find_one_store(tmp_path: Path) -> None:
    backend = MemoryBackend()
    plans = [write_plan(tmp_path / str(n), {f"shop:{n}": b"1"}) for n in range(PUBLISHERS)]

    at_once(lambda number: publish_plan(Store(backend), plans[number]))

    assert len(Store(backend).datasets()) == PUBLISHERS
    assert [name for name in backend.contents if "/" not in name] == ["wombat-store.json"]
