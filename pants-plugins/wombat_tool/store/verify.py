"""Verifies a store: reads every object in it, and holds each against its digest and against what refers to it."""

from __future__ import annotations

import hashlib
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from wombat_tool.errors import StoreError
from wombat_tool.preview.layout import count_text
from wombat_tool.store.ancestry import KnownVersions
from wombat_tool.store.backend import Entry
from wombat_tool.store.layout import (
    BLOBS,
    LABELS,
    LATEST,
    MARKER,
    VERSIONS,
    DatasetName,
    blob_name,
    dataset_and_version,
    dataset_label_and_number,
    label_name,
    manifest_name,
)
from wombat_tool.store.manifest import Blob, Manifest
from wombat_tool.store.parallel import transfer
from wombat_tool.store.retention import VersionKey
from wombat_tool.store.store import Store

# Larger blobs are not read into memory but by way of a file, a few at a time.
_LARGE_BYTES = 16 << 20

_PUBLISH_AGAIN = "Remove that object by hand and publish the versions that need it again (`./pants publish`)."
_VERIFY_AGAIN = "Then verify the store again."
_NOT_WOMBATS = "Wombat did not write it, and nothing of Wombat's needs it: remove it by hand if nobody else does."

Job = TypeVar("Job")
Result = TypeVar("Result")


@dataclass(frozen=True, order=True)
class Finding:
    """Something that is wrong.

    :param kind: a word for programs: damaged, truncated, missing, unreadable, newer, foreign, dangling.
    :param name: of the object.
    :param problem: a sentence behind the name.
    :param needed_by: the versions that it spoils, as people call them.
    """

    name: str
    kind: str
    problem: str
    mend: str
    needed_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Verified:
    """What a verification found.

    :param unpublished_inputs: how many inputs name versions that are not in the store, which is no mistake: not all that
        a version was made of has to be published.
    :param unneeded: how many blobs no version needs; a clean-up removes them once they are old enough.
    """

    versions: int
    blobs: int
    labels: int
    size_bytes: int
    findings: tuple[Finding, ...]
    unpublished_inputs: int
    unneeded: int


class Verifier:
    """Verifies a store once."""

    def __init__(self, store: Store, *, verb: str = "") -> None:
        self._store = store
        self._verb = verb
        self._findings: list[Finding] = []
        self._needs: dict[str, dict[str, int]] = {}

    def verify(self) -> Verified:
        """Read everything. What is published or collected meanwhile may be told of, too: verify again."""
        self._store.check()
        entries = [entry for entry in self._store.backend.entries("") if self._is_own(entry)]
        manifest_entries, label_entries, blob_entries = (
            [entry for entry in entries if entry.name.startswith(prefix)] for prefix in (VERSIONS, LABELS, BLOBS)
        )
        manifests = self._manifests(manifest_entries)
        damaged = self._verify_blobs(blob_entries)
        self._verify_references(manifests, {entry.name: entry for entry in blob_entries}, damaged)
        standing = self._verify_labels(label_entries, {VersionKey(one.dataset, one.version) for one in manifests})
        known = KnownVersions.of(VersionKey(one.dataset, one.version) for one in manifests)
        inputs = {VersionKey(one.dataset, one.version) for manifest in manifests for one in manifest.inputs}
        return Verified(
            versions=len(manifests),
            blobs=len(blob_entries),
            labels=standing,
            size_bytes=sum(entry.size_bytes for entry in entries),
            findings=tuple(sorted(self._findings)),
            unpublished_inputs=sum(not known.matching(key) for key in inputs),
            unneeded=len({entry.name for entry in blob_entries} - self._needs.keys()),
        )

    def _is_own(self, entry: Entry) -> bool:
        if _has_own_name(entry.name):
            return True
        if entry.name != MARKER:
            self._find(entry.name, "foreign", "is no object of a store.", _NOT_WOMBATS)
        return False

    # --- Manifests ----------------------------------------------------------------------------------------------------

    def _manifests(self, entries: list[Entry]) -> list[Manifest]:
        found = self._each(entries, self._manifest, what="manifests", size_of=lambda entry: entry.size_bytes)
        return [one for one in found if one is not None]

    def _manifest(self, entry: Entry) -> Manifest | None:
        content = self._read(entry)
        if content is None:
            return None
        try:
            return self._store.read_manifest(entry.name, content).without_details()
        except StoreError as err:
            is_newer = "newer Wombat" in str(err)
            mend = "Verify it with that Wombat." if is_newer else _PUBLISH_AGAIN
            self._find(entry.name, "newer" if is_newer else "unreadable", f"cannot be used: {_without_mend(err)}", mend)
            return None

    # --- Blobs --------------------------------------------------------------------------------------------------------

    def _verify_blobs(self, entries: list[Entry]) -> set[str]:
        """The names of those whose bytes are not right."""
        small = [entry for entry in entries if entry.size_bytes <= _LARGE_BYTES]
        large = [entry for entry in entries if entry.size_bytes > _LARGE_BYTES]
        are_right = [
            *self._each(small, self._is_right, what="blobs", size_of=lambda entry: entry.size_bytes),
            *self._each(large, self._is_right, what="large blobs", size_of=lambda entry: entry.size_bytes, most_threads=4),
        ]
        return {entry.name for entry, is_right in zip([*small, *large], are_right, strict=True) if not is_right}

    def _is_right(self, entry: Entry) -> bool:
        sha256 = entry.name.rpartition("/")[2]
        if entry.size_bytes > _LARGE_BYTES:
            return self._is_right_as_file(entry, sha256)
        content = self._read(entry)
        if content is not None and hashlib.sha256(content).hexdigest() != sha256:
            problem = f"is damaged: its {count_text(len(content), 'byte')} do not have the SHA-256 in its name."
            self._find(entry.name, "damaged", problem, _PUBLISH_AGAIN)
            return False
        return content is not None

    def _is_right_as_file(self, entry: Entry, sha256: str) -> bool:
        try:
            with tempfile.TemporaryDirectory(prefix="wombat-verify-") as directory:
                target = Path(directory) / "blob"
                return self._store.backend.download(entry.name, target, sha256=sha256, size_bytes=entry.size_bytes)
        except StoreError as err:
            kind = "damaged" if "SHA-256" in str(err) else "unreadable"
            self._find(entry.name, kind, f"cannot be used: {err}", _VERIFY_AGAIN)
            return False

    def _read(self, entry: Entry) -> bytes | None:
        """The bytes; None if they cannot be read, or a clean-up took them meanwhile."""
        try:
            return self._store.backend.read(entry.name)
        except StoreError as err:
            self._find(entry.name, "unreadable", f"cannot be used: {err}", _VERIFY_AGAIN)
            return None

    # --- References ---------------------------------------------------------------------------------------------------

    def _verify_references(self, manifests: list[Manifest], blobs: dict[str, Entry], damaged: set[str]) -> None:
        for manifest in manifests:
            for blob in manifest.blobs:
                self._need(manifest, blob)
        readable = [one for one in manifests if one.tree and not self._is_spoilt(blob_name(one.tree.sha256), blobs, damaged)]
        for manifest, files in zip(readable, self._each(readable, self._files), strict=True):
            for blob in files:
                self._need(manifest, blob)
        # A document that no longer fits what refers to it would be refused by every reader.
        by_lineage = {blob_name(one.lineage.sha256): one for one in manifests if one.lineage}
        self._each(
            [one for name, one in by_lineage.items() if not self._is_spoilt(name, blobs, damaged)], self._read_lineage
        )
        by_profile = {blob_name(one.profile_blob.sha256): one for one in manifests if one.profile_blob}
        self._each(
            [one for name, one in by_profile.items() if not self._is_spoilt(name, blobs, damaged)], self._read_profile
        )
        for name, needs in sorted(self._needs.items()):
            entry = blobs.get(name)
            by = tuple(sorted(needs))
            sizes = set(needs.values())
            if entry is None and self._is_missing(name):
                self._find(name, "missing", "is not there.", "Publish these versions again (`./pants publish`).", by)
            elif entry is not None and sizes != {entry.size_bytes}:
                expected = " or ".join(f"{size:,}" for size in sorted(sizes))
                problem = f"has {count_text(entry.size_bytes, 'byte')} and must have {expected}."
                self._findings = [one for one in self._findings if one.name != name]
                kind = "truncated" if entry.size_bytes < max(sizes) else "damaged"
                # A blob of another size is written anew by whoever publishes it, and needs no removal.
                self._find(name, kind, problem, "Publish these versions again (`./pants publish`), which mends it.", by)
        self._findings = [
            Finding(one.name, one.kind, one.problem, one.mend, one.needed_by or tuple(sorted(self._needs.get(one.name, ()))))
            for one in self._findings
        ]

    def _is_spoilt(self, name: str, blobs: dict[str, Entry], damaged: set[str]) -> bool:
        return name in damaged or name not in blobs

    def _need(self, manifest: Manifest, blob: Blob) -> None:
        version = str(VersionKey(manifest.dataset, manifest.version))
        self._needs.setdefault(blob_name(blob.sha256), {})[version] = blob.size_bytes

    def _files(self, manifest: Manifest) -> tuple[Blob, ...]:
        try:
            return tuple(Blob(file.sha256, file.size_bytes) for file in self._store.files_of(manifest))
        except StoreError as err:
            self._find_unreadable(manifest_name(manifest.dataset, manifest.version), err)
            return ()

    def _read_lineage(self, manifest: Manifest) -> None:
        try:
            self._store.lineage_of(manifest)
        except StoreError as err:
            assert manifest.lineage is not None
            self._find_unreadable(blob_name(manifest.lineage.sha256), err)

    def _read_profile(self, manifest: Manifest) -> None:
        try:
            self._store.profile_of(manifest)
        except StoreError as err:
            assert manifest.profile_blob is not None
            self._find_unreadable(blob_name(manifest.profile_blob.sha256), err)

    def _is_missing(self, name: str) -> bool:
        """Whether it was not just published after the listing."""
        try:
            return self._store.backend.stat(name) is None
        except StoreError as err:
            self._find(name, "unreadable", f"cannot be used: {err}", _VERIFY_AGAIN)
            return False

    def _find_unreadable(self, name: str, err: StoreError) -> None:
        self._find(name, "unreadable", f"cannot be used: {_without_mend(err)}", _PUBLISH_AGAIN)

    # --- Labels -------------------------------------------------------------------------------------------------------

    def _verify_labels(self, entries: list[Entry], known: set[VersionKey]) -> int:
        """How many labels stand somewhere."""
        numbers: dict[tuple[DatasetName, str], list[int]] = {}
        for entry in entries:
            found = dataset_label_and_number(entry.name)
            if found:
                numbers.setdefault(found[:2], []).append(found[2])
        datasets = sorted({dataset for dataset, _ in numbers})
        standing = 0
        for dataset, moves in zip(datasets, self._each(datasets, self._moves), strict=True):
            for label, version in moves.items():
                if label == LATEST:
                    # It may be gone, and then the latest is another one.
                    continue
                standing += 1
                if VersionKey(dataset, version) not in known:
                    self._find(
                        label_name(dataset, label, max(numbers[dataset, label])),
                        "dangling",
                        f"lets the label {label!r} of {dataset} stand for the version {version}, which is not there.",
                        f"Move it: `./pants label-version -- {dataset}@VERSION {label}`, or publish that version again.",
                    )
        for (dataset, label), found_numbers in sorted(numbers.items()):
            gap = next((n for n in range(1, max(found_numbers)) if n not in set(found_numbers)), None)
            if gap is not None:
                name = label_name(dataset, label, gap)
                self._find(name, "missing", "is not there: a move of that label was removed.", "It cannot be mended.")
        return standing

    def _moves(self, dataset: DatasetName) -> dict[str, str]:
        """Where the labels of a dataset stand, once all their moves were read."""
        try:
            last = {label: moves[-1].version for label, moves in self._store.moves(dataset).items()}
            return {label: version for label, version in last.items() if version is not None}
        except StoreError as err:
            self._find(f"{LABELS}{dataset.directory}", "unreadable", f"cannot be used: {_without_mend(err)}", _MOVE_AGAIN)
            return {}

    def _each(
        self,
        jobs: Sequence[Job],
        work: Callable[[Job], Result],
        *,
        what: str = "",
        size_of: Callable[[Job], int] = lambda job: 0,
        most_threads: int = sys.maxsize,
    ) -> list[Result]:
        """Do the work for all, several at a time; `what` is what the progress calls them."""
        verb = f"{self._verb} {what}" if self._verb and what else ""
        return transfer(jobs, work, verb=verb, size_of=size_of, threads=min(self._store.threads, most_threads))

    def _find(self, name: str, kind: str, problem: str, mend: str, needed_by: tuple[str, ...] = ()) -> None:
        # Adding to a list is one step to all threads.
        self._findings.append(Finding(name, kind, problem, mend, needed_by))


_MOVE_AGAIN = "Remove the damaged move by hand, and move the label again (`./pants label-version`)."


def _has_own_name(name: str) -> bool:
    """Whether it is what the name of an object of that place would be."""
    if name.startswith(BLOBS):
        sha256 = name.rpartition("/")[2]
        return name == blob_name(sha256) and len(sha256) == 64 and not set(sha256) - set("0123456789abcdef")
    version = dataset_and_version(name)
    if version is not None:
        return manifest_name(*version) == name
    move = dataset_label_and_number(name)
    return move is not None and label_name(*move) == name


def _without_mend(err: StoreError) -> str:
    """What an error says up to the advice, which is another one here."""
    return str(err).partition(" Run `./pants verify-store`")[0]
