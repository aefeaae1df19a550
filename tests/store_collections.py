"""Clean-ups of stores, and what is left after them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from store_plans import LINEAGE, publish_content, version_of
from wombat_tool.store.backend import Backend, Entry
from wombat_tool.store.collect import Collection, Collector
from wombat_tool.store.layout import DatasetName, blob_name
from wombat_tool.store.lineage import lineage_json
from wombat_tool.store.retention import Policy, Rule
from wombat_tool.store.store import Store

DAY_S = 86_400.0
NOTHING = Rule(keep_last=0, keep_days=None)
LAST = Rule(keep_last=1, keep_days=None)
MODEL = DatasetName("shop", "shop:model")


def policy(rule: Rule = LAST, **options: Any) -> Policy:
    """A policy for a time long after everything was published."""
    return Policy(default=rule, **{"grace_s": 60.0, "now_s": time.time() + 1000 * DAY_S, **options})


def collect(backend: Backend, rules: Policy) -> Collection:
    """Clean the store up by a policy."""
    collector = Collector(Store(backend), rules)
    return collector.sweep(collector.plan())


def versions(store: Store) -> set[str]:
    """The versions that are there."""
    return {version for _, version in store.versions()}


def blobs(store: Store) -> set[str]:
    """The names of the blobs that are there."""
    return {entry.name for entry in store.backend.entries("blobs/")}


def publish_many(backend: Backend, directory: Path, contents: list[bytes], **fields: Any) -> None:
    """Publish versions of one dataset, the last one being the newest."""
    for number, content in enumerate(contents):
        publish_content(Store(backend), directory, content, now_s=1_000_000.0 + number, **fields)


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
