"""Removes what no policy keeps: marks, then sweeps, while others publish.

A publisher makes young whatever it reuses before it relies on it, and `Backend.delete` leaves what is younger than the
listing that it was found in. Blobs are listed before manifests are read, so that a blob of a manifest that was not seen
is one that was not listed, or that its publisher touches once more behind the manifest, and writes anew if it is gone;
or it is younger than what publishers are sure of, `Backend.sure_s`. Manifests go before their blobs: whoever is killed
leaves blobs that nothing needs, and never a manifest that needs what is gone.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

from wombat_tool.store.ancestry import Ancestors
from wombat_tool.store.backend import Entry
from wombat_tool.store.layout import BLOBS, VERSIONS, blob_name, dataset_and_version
from wombat_tool.store.manifest import Manifest, moment_s
from wombat_tool.store.parallel import read_all, transfer
from wombat_tool.store.retention import Candidate, Policy, VersionKey, kept_versions
from wombat_tool.store.store import Store

# Between so many a touched one is seen, and what it was made of is spared.
_AT_ONCE = 200


@dataclass(frozen=True)
class Doomed:
    """A version that goes."""

    key: VersionKey
    manifest: Manifest
    entry: Entry


@dataclass(frozen=True)
class Collection:
    """What goes, or is gone.

    :param kept: with the reasons.
    :param versions: those published last come first.
    """

    kept: dict[VersionKey, tuple[str, ...]]
    versions: tuple[Doomed, ...]
    blobs: tuple[Entry, ...]

    @property
    def freed_bytes(self) -> int:
        """What that frees."""
        return sum(one.entry.size_bytes for one in self.versions) + sum(entry.size_bytes for entry in self.blobs)


@dataclass(frozen=True)
class Marked:
    """A state of the store, and what the policy keeps of it."""

    kept: dict[VersionKey, tuple[str, ...]]
    manifests: dict[VersionKey, tuple[Manifest, Entry]]
    ancestors: Ancestors


class Collector:
    """Collects the garbage of a store once."""

    def __init__(self, store: Store, policy: Policy, *, verb: str = "") -> None:
        self._store = store
        self._policy = policy
        self._verb = verb
        self._read: dict[tuple[str, str], Manifest] = {}
        self._trees: dict[str, frozenset[str]] = {}
        self._now_s = time.time() if policy.now_s is None else policy.now_s

    def plan(self) -> Collection:
        """What would go now; nothing is removed.

        :raises StoreError: if something of a kept version cannot be read, so that what it needs is not known.
        """
        self._store.check()
        blobs = self._old_blobs()
        marked = self._mark()
        needed = self._needed_by(marked.manifests[key][0] for key in marked.kept)
        # What has another name than a blob is none; `store-verify` tells of it.
        unneeded = (entry for entry in blobs if _sha256(entry) not in needed and entry.name == blob_name(_sha256(entry)))
        return Collection(marked.kept, self._doomed(marked), tuple(unneeded))

    def sweep(self, planned: Collection) -> Collection:
        """Remove what was planned, but for what was published, touched or labelled meanwhile; returns what is gone."""
        self._store.backend.settle()
        marked = self._mark()
        spared = set(marked.kept)
        gone: list[Doomed] = []
        for start in range(0, len(planned.versions), _AT_ONCE):
            batch = [one for one in planned.versions[start : start + _AT_ONCE] if one.key not in spared]
            removed = transfer(batch, lambda one: self._store.backend.delete(one.entry), threads=self._store.threads)
            gone += [one for one, is_gone in zip(batch, removed, strict=True) if is_gone]
            touched = [one for one, is_gone in zip(batch, removed, strict=True) if not is_gone]
            for one in touched:
                spared |= {one.key, *self._made_of(one, marked)}
        # Once more: whatever is there now needs its blobs, also what was published meanwhile and goes the next time, and
        # what another clean-up moved away and must put back.
        self._store.backend.settle()
        needed = self._needed_by(manifest for manifest, _ in self._manifests().values())
        blobs = [entry for entry in planned.blobs if _sha256(entry) not in needed]
        removed = transfer(
            blobs,
            self._store.backend.delete,
            verb=self._verb,
            size_of=lambda entry: entry.size_bytes,
            threads=self._store.threads,
        )
        kept = {**planned.kept, **{one.key: ("published or labelled meanwhile",) for one in planned.versions}}
        for one in gone:
            del kept[one.key]
        return Collection(kept, tuple(gone), tuple(entry for entry, is_gone in zip(blobs, removed, strict=True) if is_gone))

    def _old_blobs(self) -> list[Entry]:
        youngest_s = self._now_s - max(self._policy.grace_s, 2 * self._store.backend.sure_s)
        return [entry for entry in self._store.backend.entries(BLOBS) if entry.updated_s <= youngest_s]

    def _manifests(self) -> dict[VersionKey, tuple[Manifest, Entry]]:
        entries = {}
        for entry in self._store.backend.entries(VERSIONS):
            found = dataset_and_version(entry.name)
            if found:
                entries[VersionKey(*found)] = entry
        return {
            key: (manifest, entries[key])
            for key, manifest in zip(
                entries, read_all(entries.values(), self._manifest, threads=self._store.threads), strict=True
            )
            if manifest is not None
        }

    def _mark(self) -> Marked:
        manifests = self._manifests()
        ancestors = Ancestors(self._store, (manifest for manifest, _ in manifests.values()))
        labels: dict[VersionKey, list[str]] = {}
        for dataset, standing in self._store.all_labels().items():
            for label, version in standing.items():
                labels.setdefault(VersionKey(dataset, version), []).append(label)
        again = {
            VersionKey(dataset, version): moment_s(moment)
            for dataset, moments in self._store.published_again().items()
            for version, moment in moments.items()
        }
        kept = kept_versions(
            (
                Candidate(
                    key,
                    published_s=max(manifest.published_s, again.get(key, 0.0)),
                    touched_s=entry.updated_s,
                    labels=tuple(labels.get(key, ())),
                    made_of=partial(ancestors.of, manifest),
                )
                for key, (manifest, entry) in manifests.items()
            ),
            self._policy,
            self._now_s,
        )
        return Marked(kept, manifests, ancestors)

    def _made_of(self, one: Doomed, marked: Marked) -> Iterable[VersionKey]:
        found = marked.manifests.get(one.key)
        return marked.ancestors.of(found[0]) if found else ()

    def _manifest(self, entry: Entry) -> Manifest | None:
        """The manifest, unless it is gone meanwhile; read anew only if it was written anew."""
        version = (entry.name, entry.generation)
        if version not in self._read:
            found = dataset_and_version(entry.name)
            assert found is not None
            manifest = self._store.find_manifest(*found)
            if manifest is None:
                return None
            self._read[version] = manifest.without_details()
        return self._read[version]

    def _needed_by(self, manifests: Iterable[Manifest]) -> set[str]:
        return set().union(*read_all(manifests, self._needed, threads=self._store.threads))

    def _needed(self, manifest: Manifest) -> frozenset[str]:
        """The digests of all blobs that a version needs; directories of the same files have one set."""
        if manifest.tree is None:
            return frozenset(blob.sha256 for blob in manifest.blobs)
        tree = manifest.tree.sha256
        if tree not in self._trees:
            self._trees[tree] = frozenset(file.sha256 for file in self._store.files_of(manifest))
        return self._trees[tree] | {blob.sha256 for blob in manifest.blobs}

    def _doomed(self, marked: Marked) -> tuple[Doomed, ...]:
        doomed = (
            Doomed(key, manifest, entry) for key, (manifest, entry) in marked.manifests.items() if key not in marked.kept
        )
        # What was made of others goes before them.
        return tuple(sorted(doomed, key=lambda one: (one.manifest.published, one.key), reverse=True))


def _sha256(entry: Entry) -> str:
    return entry.name.rpartition("/")[2]
