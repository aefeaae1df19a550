"""What is in an artifact store: its versions, their documents and its labels, each read with its hash verified."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Callable, Collection, Iterator
from typing import Any, TypeVar

from wombat_tool.errors import StoreError
from wombat_tool.store import labels
from wombat_tool.store.backend import Backend
from wombat_tool.store.fields import Mistake, canonical_json, read_document
from wombat_tool.store.labels import ANY, Expected, LabelMove, Move
from wombat_tool.store.layout import (
    LABELS,
    LATEST,
    LAYOUT_VERSION,
    MARKER,
    VERSIONS,
    DatasetName,
    blob_name,
    dataset_and_version,
    is_version,
    manifest_name,
)
from wombat_tool.store.lineage import Lineage, read_lineage
from wombat_tool.store.manifest import Blob, FileInfo, Manifest, read_manifest, version_of_tree
from wombat_tool.store.opening import open_backend
from wombat_tool.store.parallel import read_all, threads_for
from wombat_tool.store.references import Reference, parse_reference
from wombat_tool.store.trees import read_tree

VERIFY = "Run `./pants verify-store` to see what is damaged and how to mend it."

Document = TypeVar("Document")


def open_store(url: str) -> Store:
    """The store at that url; nothing is read yet.

    :raises StoreError: if the url names no place that can hold one.
    """
    return Store(open_backend(url))


class Store:
    """The store in a place; making one reads nothing."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self._is_checked = False

    @property
    def url(self) -> str:
        """Where the store is."""
        return self.backend.url

    @property
    def threads(self) -> int:
        """How many objects to read or write at once."""
        return threads_for(self.url)

    def where(self, name: str) -> str:
        """What messages call an object of the store."""
        return f"{name} in the store {self.url}"

    # --- The store as a whole -----------------------------------------------------------------------------------------

    def check(self) -> None:
        """See that this Wombat knows how the store is laid out; a place that holds nothing is as good as a store.

        :raises StoreError: if it does not.
        """
        if self._is_checked:
            return
        content = self.backend.read(MARKER)
        if content is not None:
            self.parsed(MARKER, content, lambda text: read_document(text, "layout_version", LAYOUT_VERSION))
            self._is_checked = True

    def prepare(self) -> None:
        """See that the place is a store, and make it one if nothing is there."""
        self.check()
        if not self._is_checked:
            self.backend.create(MARKER, canonical_json({"layout_version": LAYOUT_VERSION, "store": "wombat"}))
            self.check()

    # --- Versions -----------------------------------------------------------------------------------------------------

    def versions(
        self, dataset: DatasetName | None = None, *, project: str | None = None
    ) -> Iterator[tuple[DatasetName, str]]:
        """The versions of a dataset, of all datasets of a project, or all, in the order of their names."""
        self.check()
        if dataset is not None:
            prefix = f"{VERSIONS}{dataset.directory}/"
        else:
            prefix = VERSIONS if project is None else f"{VERSIONS}{DatasetName(project, '').directory}"
        for entry in self.backend.entries(prefix):
            found = dataset_and_version(entry.name)
            if found:
                yield found

    def datasets(self, *, project: str | None = None) -> list[DatasetName]:
        """All datasets of which there is a version, in order."""
        return sorted({dataset for dataset, _ in self.versions(project=project)})

    def manifest(self, dataset: DatasetName, version: str) -> Manifest:
        """The manifest of a version.

        :raises StoreError: if there is none, or it is damaged.
        """
        found = self.find_manifest(dataset, version)
        if found is None:
            raise StoreError(
                self.where(f"The version {version} of {dataset}"),
                problem="is not there: it was never published, or a clean-up took it.",
                mend=f"See what is there: `./pants list-versions -- {dataset}`, or publish it again.",
            )
        return found

    def find_manifest(self, dataset: DatasetName, version: str) -> Manifest | None:
        """The manifest of a version, or None if there is none.

        :raises StoreError: if it is damaged.
        """
        self.check()
        name = manifest_name(dataset, version)
        content = self.backend.read(name)
        return None if content is None else self.read_manifest(name, content)

    def read_manifest(self, name: str, content: bytes) -> Manifest:
        """The manifest in the bytes of an object.

        :raises StoreError: if it is damaged, or is not that of the dataset and the version in the name.
        """
        manifest = self.parsed(name, content, read_manifest)
        if manifest_name(manifest.dataset, manifest.version) != name:
            raise StoreError(
                self.where(name),
                problem=f"is the manifest of another version: {manifest.version} of {manifest.dataset}.",
                mend=VERIFY,
            )
        return manifest

    def manifests(self, datasets: Collection[DatasetName] | None = None, *, project: str | None = None) -> list[Manifest]:
        """All manifests, or those of some datasets or of a project, in the order of their names.

        What a clean-up takes meanwhile is left out.
        """
        if datasets is None:
            names = list(self.versions(project=project))
        else:
            names = [found for dataset in sorted(set(datasets)) for found in self.versions(dataset)]
        read = read_all(names, lambda name: self.find_manifest(*name), threads=self.threads)
        return [found for found in read if found is not None]

    # --- What manifests refer to --------------------------------------------------------------------------------------

    def document(self, blob: Blob, what: str) -> bytes:
        """The bytes of a blob that is a document.

        :param what: what messages call it, as "the lineage of flights//a:b".
        :raises StoreError: if it is not there, or has other bytes.
        """
        name = blob_name(blob.sha256)
        content = self.backend.read(name)
        if content is None:
            raise StoreError(self.where(f"The blob {name}"), problem=f"is missing; it is {what}.", mend=VERIFY)
        if len(content) != blob.size_bytes or hashlib.sha256(content).hexdigest() != blob.sha256:
            raise StoreError(
                self.where(f"The blob {name}"),
                problem=f"is damaged: its {len(content):,} bytes do not have its SHA-256. It is {what}.",
                mend=VERIFY,
            )
        return content

    def files_of(self, manifest: Manifest) -> tuple[FileInfo, ...]:
        """The files of a version, in the order of their paths."""
        if manifest.file:
            return (manifest.file,)
        assert manifest.tree is not None
        what = f"the list of files of {manifest.version[:12]} of {manifest.dataset}"
        name = blob_name(manifest.tree.sha256)
        files = self.parsed(name, self.document(manifest.tree, what), read_tree)
        if version_of_tree(files) != manifest.version or len(files) != manifest.files:
            raise StoreError(
                self.where(manifest_name(manifest.dataset, manifest.version)),
                problem=f"names the list of files {name}, which is that of another version.",
                mend=VERIFY,
            )
        return files

    def blobs_of(self, manifest: Manifest) -> tuple[Blob, ...]:
        """All blobs that a version needs: its content and its documents."""
        if manifest.file:
            return manifest.blobs
        return (*manifest.blobs, *(Blob(file.sha256, file.size_bytes) for file in self.files_of(manifest)))

    def lineage_of(self, manifest: Manifest) -> Lineage | None:
        """What stands upstream of a version; None if that was not recorded."""
        if manifest.lineage is None:
            return None
        what = f"the lineage of {manifest.version[:12]} of {manifest.dataset}"
        return self.parsed(blob_name(manifest.lineage.sha256), self.document(manifest.lineage, what), read_lineage)

    def profile_of(self, manifest: Manifest) -> dict[str, Any] | None:
        """The profile of a version, wherever it is; None if there is none."""
        if manifest.profile_blob is None:
            return manifest.profile
        what = f"the profile of {manifest.version[:12]} of {manifest.dataset}"
        content = self.document(manifest.profile_blob, what)
        return self.parsed(
            blob_name(manifest.profile_blob.sha256),
            content,
            lambda text: read_document(text, "profile_version", 1).inner("profile").document,
        )

    # --- Labels -------------------------------------------------------------------------------------------------------

    def labels(self, dataset: DatasetName) -> dict[str, str]:
        """The labels of a dataset that stand somewhere, and the version of each."""
        self.check()
        return labels.standing(self, f"{LABELS}{dataset.directory}/").get(dataset, {})

    def all_labels(self, *, project: str | None = None) -> dict[DatasetName, dict[str, str]]:
        """The labels that stand somewhere, of all datasets that have some."""
        self.check()
        return labels.standing(self, LABELS if project is None else f"{LABELS}{DatasetName(project, '').directory}")

    def published_again(
        self, dataset: DatasetName | None = None, *, project: str | None = None
    ) -> dict[DatasetName, dict[str, str]]:
        """When versions were published for the last time, of those that became the latest again."""
        self.check()
        if dataset is not None:
            return labels.published_again(self, f"{LABELS}{dataset.directory}/{LATEST}/")
        return labels.published_again(self, LABELS if project is None else f"{LABELS}{DatasetName(project, '').directory}")

    def moves(self, dataset: DatasetName) -> dict[str, list[Move]]:
        """All moves of all labels of a dataset, the latest last; among them those of `latest`."""
        self.check()
        return labels.moves(self, dataset)

    def move_label(self, dataset: DatasetName, label: str, version: str | None, *, expected: Expected = ANY) -> LabelMove:
        """Let a label stand for a version; None takes it away.

        :param expected: the version that it stands for before, None for none; `ANY` whatever it stands for.
        :raises StoreError: if the version is not there, or the label stands for another one than expected.
        """
        self.prepare()
        return labels.move_label(self, dataset, label, version, expected=expected)

    # --- References ---------------------------------------------------------------------------------------------------

    def resolve(self, reference: Reference | str, *, project: str = "") -> tuple[DatasetName, str]:
        """The dataset and the version that a reference stands for.

        :param project: the project of a reference as text that names none.
        :raises StoreError: if there is no such version, or several.
        """
        if isinstance(reference, str):
            reference = parse_reference(reference, project=project)
        dataset, selector = reference.dataset, reference.selector
        if is_version(selector):
            return dataset, self.manifest(dataset, selector).version
        if selector == LATEST:
            latest = self.latest(dataset)
            if latest is None:
                raise self._unknown_dataset(dataset)
            return dataset, latest
        if reference.is_prefix:
            return dataset, self._version_with_prefix(dataset, selector)
        found = self.labels(dataset)
        if selector not in found:
            self._refuse_unknown_dataset(dataset)
            raise StoreError(
                self.where(f"The label {selector!r} of {dataset}"),
                problem=f"is not there; its labels are: {', '.join(sorted(found)) or 'none'}.",
                mend=_did_you_mean(selector, found) or f"Set it: `./pants label-version -- {dataset}@VERSION {selector}`.",
            )
        return dataset, found[selector]

    def latest(self, dataset: DatasetName) -> str | None:
        """The version that was published last, be it for the first time or again; None if there is none."""
        again = self.published_again(dataset).get(dataset, {})
        found = [(again.get(one.version, one.published), one.version) for one in self.manifests([dataset])]
        return max(found)[1] if found else None

    def _version_with_prefix(self, dataset: DatasetName, prefix: str) -> str:
        versions = [version for _, version in self.versions(dataset)]
        found = [version for version in versions if version.startswith(prefix)]
        if len(found) == 1:
            return found[0]
        if not versions:
            self._refuse_unknown_dataset(dataset)
        raise StoreError(
            self.where(f"The reference {dataset}@{prefix}"),
            problem=f"fits {len(found)} versions: {', '.join(found)}." if found else "fits no version.",
            mend="Write more digits of the version."
            if found
            else f"See what is there: `./pants list-versions -- {dataset}`.",
        )

    def _refuse_unknown_dataset(self, dataset: DatasetName) -> None:
        """:raises StoreError: if no version of the dataset is there."""
        if next(self.versions(dataset), None) is None:
            raise self._unknown_dataset(dataset)

    def _unknown_dataset(self, dataset: DatasetName) -> StoreError:
        known = [str(one) for one in self.datasets()]
        mend = (
            _did_you_mean(str(dataset), known)
            or "Publish one (`./pants publish`), or correct the name or the url of the store."
        )
        return StoreError(self.where(f"The dataset {dataset}"), problem="has no version.", mend=mend)

    def parsed(self, name: str, content: bytes, read: Callable[[bytes], Document]) -> Document:
        """What a document holds; its mistakes become messages that name the object."""
        try:
            return read(content)
        except Mistake as err:
            mend = "Use the Wombat that wrote it, or a newer one." if "newer Wombat" in str(err) else VERIFY
            raise StoreError(self.where(name), problem=f"is not as it must be: {err}", mend=mend) from err


def _did_you_mean(name: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return f"Did you mean {near[0]!r}?" if near else ""
