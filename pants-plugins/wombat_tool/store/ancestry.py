"""What versions were made of, and what was made of them."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from wombat_tool.errors import StoreError
from wombat_tool.store.layout import DatasetName
from wombat_tool.store.lineage import Lineage, LineageDataset, LineageStep
from wombat_tool.store.manifest import Manifest
from wombat_tool.store.parallel import read_all
from wombat_tool.store.retention import VersionKey
from wombat_tool.store.store import Store

_MOST_LINEAGES = 64

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
    """The lineages of a store, of which many manifests share one. May be asked by several threads.

    Those that were asked for last are kept: a lineage may be large, and there may be many.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._read: OrderedDict[str, LineageIndex] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, manifest: Manifest) -> LineageIndex | None:
        """The lineage of a version; None if none was recorded.

        :raises StoreError: if it is missing or damaged.
        """
        if manifest.lineage is None:
            return None
        sha256 = manifest.lineage.sha256
        with self._lock:
            if sha256 in self._read:
                self._read.move_to_end(sha256)
                return self._read[sha256]
        lineage = self._store.lineage_of(manifest)
        assert lineage is not None
        index = LineageIndex(lineage)
        with self._lock:
            self._read[sha256] = index
            while len(self._read) > _MOST_LINEAGES:
                self._read.popitem(last=False)
        return index


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


class Ancestors:
    """What versions were made of, where many are asked for: each lineage is read once, for all that share it."""

    def __init__(self, store: Store, manifests: Iterable[Manifest]) -> None:
        self._lineages = Lineages(store)
        self._together: dict[str, list[Manifest]] = {}
        for manifest in manifests:
            self._together.setdefault(manifest.lineage.sha256 if manifest.lineage else "", []).append(manifest)
        self._known = KnownVersions.of(
            VersionKey(one.dataset, one.version) for group in self._together.values() for one in group
        )
        self._found: dict[VersionKey, frozenset[VersionKey]] = {}

    def of(self, manifest: Manifest) -> frozenset[VersionKey]:
        """The versions among the manifests that one of them was made of.

        :raises StoreError: if its lineage is missing or damaged.
        """
        key = VersionKey(manifest.dataset, manifest.version)
        if key not in self._found:
            for one in self._together[manifest.lineage.sha256 if manifest.lineage else ""]:
                self._found[VersionKey(one.dataset, one.version)] = made_of(one, self._lineages, self._known)
        return self._found[key]


def downstream(store: Store, key: VersionKey, manifests: Iterable[Manifest]) -> tuple[list[Manifest], list[str]]:
    """The versions among the manifests that were made of a version, and what is wrong with those that do not tell."""
    together: dict[str, list[Manifest]] = {}
    for manifest in manifests:
        together.setdefault(manifest.lineage.sha256 if manifest.lineage else "", []).append(manifest)
    known = KnownVersions.of(VersionKey(one.dataset, one.version) for group in together.values() for one in group)

    def of_group(group: list[Manifest]) -> tuple[list[Manifest], list[str]]:
        lineages = Lineages(store)
        try:
            return [one for one in group if key in made_of(one, lineages, known)], []
        except StoreError as err:
            return [], [str(err)]

    found = read_all(together.values(), of_group, threads=store.threads)
    made = [one for some, _ in found for one in some]
    return sorted(made, key=lambda one: (one.published, one.dataset, one.version)), [
        problem for _, problems in found for problem in problems
    ]


@dataclass
class Source:
    """A version upstream, and what it was made of.

    :param step: the address of the step that made it; None for a source, and where it is not known.
    :param sources: empty, too, if they are shown elsewhere.
    :param is_repeated: whether it is shown with its sources elsewhere.
    :param left_out: how many of its sources are not among `sources`, as there are too many.
    """

    dataset: DatasetName
    version: str
    format: str | None = None
    rows: int | None = None
    size_bytes: int | None = None
    step: str | None = None
    params: dict[str, Any] = field(default_factory=dict)
    sources: list[Source] = field(default_factory=list)
    is_repeated: bool = False
    left_out: int = 0


class Upstream:
    """Builds the tree of what a version was made of, from its own lineage and those of versions that it imported."""

    def __init__(self, store: Store, known: KnownVersions, *, most: int) -> None:
        self._store = store
        self._known = known
        self._lineages = Lineages(store)
        self._most = most

    def tree(self, manifest: Manifest) -> Source:
        """The version with what it was made of, at any depth; of a large tree what is nearest.

        :raises StoreError: if a lineage is missing or damaged.
        """
        root = Source(manifest.dataset, manifest.version, manifest.format, manifest.rows, manifest.size_bytes)
        waiting = deque([(root, manifest, (manifest.dataset.address, manifest.version))])
        seen = {(root.dataset, root.version)}
        while waiting:
            node, owner, name = waiting.popleft()
            index = self._lineages.of(owner)
            step = index.step(name) if index else None
            if step is None and node is not root:
                found = self._published(node)
                if found is not None and found != owner:
                    owner, name = found, (found.dataset.address, found.version)
                    node.dataset, index = found.dataset, self._lineages.of(found)
                    step = index.step(name) if index else None
            inputs = [(one.address, one.version) for one in step.inputs] if step else []
            if step is not None:
                node.step, node.params = step.address, step.params
            elif owner.producer is not None and name == (owner.dataset.address, owner.version):
                node.step, node.params = owner.producer["address"], owner.params
                inputs = [(one.dataset.address, one.version) for one in owner.inputs]
            for one in inputs:
                if len(seen) > self._most:
                    node.left_out += 1
                    continue
                source = self._source(owner, index, one)
                node.sources.append(source)
                if (source.dataset, source.version) in seen:
                    source.is_repeated = True
                else:
                    seen.add((source.dataset, source.version))
                    waiting.append((source, owner, one))
        return root

    def _source(self, owner: Manifest, index: LineageIndex | None, name: _Name) -> Source:
        known = index.dataset(name) if index else None
        if known is not None:
            dataset = DatasetName(known.project or owner.dataset.project, known.address)
            return Source(dataset, known.version, known.format, known.rows, known.size_bytes)
        for one in owner.inputs:
            if (one.dataset.address, one.version) == name:
                return Source(one.dataset, one.version)
        return Source(DatasetName(owner.dataset.project, name[0]), name[1])

    def _published(self, node: Source) -> Manifest | None:
        matches = self._known.matching(VersionKey(node.dataset, node.version))
        return self._store.find_manifest(*min(matches)) if matches else None
