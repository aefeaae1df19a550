"""What versions were made of, and what was made of them."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from wombat_tool.store.layout import DatasetName
from wombat_tool.store.lineage import Lineage, LineageDataset, LineageStep
from wombat_tool.store.manifest import Manifest
from wombat_tool.store.retention import VersionKey
from wombat_tool.store.store import Store

_Name = tuple[str, str]
"""An address and a version, as a lineage has them."""


class LineageIndex:
    """A lineage in which steps are found by what they made."""

    def __init__(self, lineage: Lineage) -> None:
        self._datasets = {(one.address, one.version): one for one in lineage.datasets}
        self._steps = {output: step for step in lineage.steps for output in step.outputs}

    def dataset(self, name: _Name) -> LineageDataset | None:
        """What is known of a version."""
        return self._datasets.get(name)

    def step(self, name: _Name) -> LineageStep | None:
        """The step that made a version; None for a source."""
        return self._steps.get(name)

    def ancestors(self, name: _Name) -> Collection[_Name]:
        """All that a version was made of, at any depth, without itself."""
        seen: set[_Name] = set()
        waiting = [name]
        while waiting:
            step = self._steps.get(waiting.pop())
            for one in step.inputs if step else ():
                if (one.address, one.version) not in seen:
                    seen.add((one.address, one.version))
                    waiting.append((one.address, one.version))
        return seen - {name}


class Lineages:
    """The lineages of a store, each read once, since many manifests share one. May be asked by several threads."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._read: dict[str, LineageIndex] = {}
        self._lock = threading.Lock()

    def of(self, manifest: Manifest) -> LineageIndex | None:
        """The lineage of a version; None if none was recorded.

        :raises StoreError: if it is missing or damaged.
        """
        if manifest.lineage is None:
            return None
        sha256 = manifest.lineage.sha256
        with self._lock:
            if sha256 not in self._read:
                lineage = self._store.lineage_of(manifest)
                assert lineage is not None
                self._read[sha256] = LineageIndex(lineage)
            return self._read[sha256]


@dataclass(frozen=True)
class KnownVersions:
    """The versions in a store, to be found also by their content alone: what was imported has another name here."""

    keys: frozenset[VersionKey]
    by_version: dict[str, tuple[VersionKey, ...]]

    @classmethod
    def of(cls, keys: Iterable[VersionKey]) -> KnownVersions:
        """Those of the keys."""
        by_version: dict[str, list[VersionKey]] = {}
        for key in keys:
            by_version.setdefault(key.version, []).append(key)
        return cls(
            frozenset(key for found in by_version.values() for key in found),
            {version: tuple(found) for version, found in by_version.items()},
        )

    def matching(self, key: VersionKey) -> tuple[VersionKey, ...]:
        """The version itself, or where it is not there under this name all that have the same content."""
        return (key,) if key in self.keys else self.by_version.get(key.version, ())


def made_of(manifest: Manifest, lineages: Lineages, known: KnownVersions) -> frozenset[VersionKey]:
    """The versions in the store that a version was made of, by what its manifest and its lineage say.

    :raises StoreError: if its lineage is missing or damaged.
    """
    found = {match for one in manifest.inputs for match in known.matching(VersionKey(one.dataset, one.version))}
    index = lineages.of(manifest)
    if index is not None:
        for address, version in index.ancestors((manifest.dataset.address, manifest.version)):
            dataset = index.dataset((address, version))
            project = (dataset.project if dataset else None) or manifest.dataset.project
            found.update(known.matching(VersionKey(DatasetName(project, address), version)))
    return frozenset(found - {VersionKey(manifest.dataset, manifest.version)})
