"""Publishers that are killed at any moment, and a clean-up that runs at the same time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from store_memory import FailingBackend, Killed, MemoryBackend
from store_plans import EXIT_AT_SYSTEM_CALL, LINEAGE, ORDERS, missing_blobs, publish_plan, version_of, write_plan
from wombat_tool.store.directory import DirectoryBackend
from wombat_tool.store.fetch import fetch
from wombat_tool.store.layout import blob_name
from wombat_tool.store.opening import open_backend
from wombat_tool.store.store import Store

ROWS = b"1,2\n" * 100
TREE = {"year=1/a.csv": b"1,2\n", "year=2/a.csv": b"3,4\n", "year=2/b.csv": b"1,2\n"}
CONTENTS: dict[str, Any] = {"shop:orders": ROWS, "shop:parts": TREE, "shop:copy": ROWS}


# --- Killed on the way ------------------------------------------------------------------------------------------------


def assert_published(store: Store, directory: Path) -> None:
    """All of CONTENTS is in the store, and comes back."""
    assert missing_blobs(store) == set()
    for address, content in CONTENTS.items():
        (found,) = (one for one in store.manifests() if one.dataset.address == address)
        fetch(store, found, directory / address)
        if isinstance(content, bytes):
            assert (directory / address).read_bytes() == content
        else:
            assert {path: (directory / address / path).read_bytes() for path in content} == content


def number_of_calls(tmp_path: Path) -> int:
    """How many calls publishing CONTENTS takes."""
    counting = FailingBackend(MemoryBackend(), 0)
    publish_plan(Store(counting), write_plan(tmp_path / "count", CONTENTS, lineage=LINEAGE))
    return counting.calls


@pytest.mark.parametrize("is_repeated", [False, True], ids=["first", "again"])
@pytest.mark.parametrize("has_effect", [False, True], ids=["before", "after"])
def test_a_publisher_killed_at_any_call_leaves_no_manifest_that_lies_and_the_next_one_ends_it(
    tmp_path: Path, has_effect: bool, is_repeated: bool
) -> None:
    plan = write_plan(tmp_path / "plan", CONTENTS, lineage=LINEAGE)
    calls = number_of_calls(tmp_path)
    assert calls > 15
    for number in range(1, calls + 1):
        memory = MemoryBackend()
        if is_repeated:
            publish_plan(Store(memory), plan)
        failing = FailingBackend(memory, number, has_effect=has_effect)

        with pytest.raises(Killed):
            publish_plan(Store(failing), plan)
            raise Killed("An old store takes fewer calls.")

        store = Store(memory)
        assert missing_blobs(store) == set(), f"killed at call {number}"
        publish_plan(store, plan)
        assert_published(store, tmp_path / f"fetched-{number}")


def test_a_publisher_killed_at_any_call_does_no_harm_to_any_store(store_url: str, tmp_path: Path) -> None:
    plan = write_plan(tmp_path / "plan", {"shop:orders": ROWS}, lineage=LINEAGE)
    for number in range(1, 50):
        backend = open_backend(f"{store_url}-{number}")
        try:
            publish_plan(Store(FailingBackend(backend, number, has_effect=number % 2 == 0)), plan)
            break
        except Killed:
            assert missing_blobs(Store(backend)) == set(), f"killed at call {number}"
        publish_plan(Store(backend), plan)
        assert missing_blobs(Store(backend)) == set()
        fetch(Store(backend), Store(backend).manifest(ORDERS, version_of(ROWS)), tmp_path / str(number))
        assert (tmp_path / str(number)).read_bytes() == ROWS
    assert number > 7


KILLED_PROCESS = f"""
{EXIT_AT_SYSTEM_CALL}
from pathlib import Path
from store_plans import publish_plan
from wombat_tool.store.store import open_store

exit_at("write", "link", "rename", "replace", "utime", "mkdir", "fsync")
publish_plan(open_store(sys.argv[2]), Path(sys.argv[3]))
"""


def test_a_process_killed_at_any_system_call_leaves_no_manifest_that_lies_and_the_next_one_ends_it(
    tmp_path: Path, environment: dict[str, Any]
) -> None:
    plan = write_plan(tmp_path / "plan", CONTENTS, lineage=LINEAGE)
    ended = killed = 0
    for number in range(1, 200, 2):
        directory = tmp_path / f"store-{number}"
        command = [sys.executable, "-c", KILLED_PROCESS, str(number), str(directory), str(plan)]

        exit_code = subprocess.run(command, env=environment, timeout=60).returncode

        store = Store(DirectoryBackend(directory))
        assert missing_blobs(store) == set(), f"killed at system call {number}"
        publish_plan(store, plan)
        assert_published(store, tmp_path / f"fetched-{number}")
        killed += exit_code == 9
        ended += exit_code == 0
        if ended:
            break
    assert (ended, killed > 8) == (1, True)


# --- A clean-up at the same time --------------------------------------------------------------------------------------


class Cleaned(MemoryBackend):
    """A place where a clean-up, which looked before the publisher came, removes an object at the publisher's n-th call."""

    def __init__(self, at: int) -> None:
        super().__init__()
        self.left = at
        self.looked: list[Any] = []

    def _count(self) -> None:
        with self._lock:
            self.left -= 1
            if self.left == 0:
                # Manifests go first, and a blob goes only if no manifest names it.
                for entry in [one for one in self.looked if one.name.startswith("versions/")]:
                    self.delete(entry)
                named = {blob_name(blob.sha256) for one in Store(_View(self)).manifests() for blob in one.blobs}
                for entry in [one for one in self.looked if one.name.startswith("blobs/") and one.name not in named]:
                    self.delete(entry)

    def stat(self, name: str) -> Any:
        self._count()
        return super().stat(name)

    def touch(self, name: str) -> bool:
        self._count()
        return super().touch(name)

    def create(self, name: str, content: bytes) -> bool:
        self._count()
        return super().create(name, content)


class _View(MemoryBackend):
    """The same objects, without counting."""

    def __init__(self, other: MemoryBackend) -> None:
        super().__init__()
        self.contents, self._entries = other.contents, other._entries


@pytest.mark.parametrize("at", range(1, 16))
def test_a_clean_up_at_any_moment_takes_nothing_from_who_publishes_the_same_again(tmp_path: Path, at: int) -> None:
    backend = Cleaned(0)
    plan = write_plan(tmp_path / "plan", {"shop:orders": ROWS, "shop:copy": ROWS}, lineage=LINEAGE)
    publish_plan(Store(backend), plan)
    backend.looked = list(backend.entries(""))
    backend.left = at

    publish_plan(Store(backend), plan)

    assert len(Store(backend).manifests()) == 2
    assert missing_blobs(Store(backend)) == set()
