"""The publishing of versions: their blobs first, then a manifest each, so that no manifest names what is not there."""

from __future__ import annotations

import hashlib
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from wombat_tool.errors import StoreError
from wombat_tool.preview.layout import count_text, size_text
from wombat_tool.store.fields import canonical_json
from wombat_tool.store.labels import publish_again
from wombat_tool.store.layout import blob_name, manifest_name
from wombat_tool.store.manifest import Blob, FileInfo, Manifest, moment_text
from wombat_tool.store.parallel import transfer
from wombat_tool.store.plan import Plan, PlannedDataset
from wombat_tool.store.store import VERIFY, Store
from wombat_tool.store.trees import tree_json

LARGEST_OBJECT_BYTES = 8 * 1024 * 1024
"""A place writes objects up to this size in one request, which is what makes a manifest whole or not there."""
LARGEST_PROFILE_BYTES = 16 * 1024
"""A larger profile is a blob of its own, so that listings, which read all manifests, stay fast."""

# Something else removes what was just found to be there: a clean-up may do so once, and more often is no coincidence.
_MOST_TRIES = 5


@dataclass(frozen=True)
class Payload:
    """Bytes to be in the store: those of a file, or of a document.

    :param where: what messages call it.
    """

    blob: Blob
    where: str
    source: Path | None = None
    document: bytes | None = None


@dataclass(frozen=True)
class Published:
    """What became of a dataset of the plan.

    :param manifest: the one in the store, which an earlier publisher of the same version may have written.
    :param is_new: whether this publisher wrote it.
    :param new_blobs: how many of its blobs were not there.
    :param is_latest_again: whether others were published since it was, so that it is the latest only now.
    """

    manifest: Manifest
    is_new: bool
    blobs: int
    new_blobs: int
    is_latest_again: bool = False


def publish(
    store: Store, plan: Plan, directory: Path, *, clock: Callable[[], float] = time.time, verb: str = ""
) -> Iterator[Published]:
    """Publish the datasets of a plan; each is told of once it is in the store.

    Whoever publishes the same at the same time does no harm, and after a failure it can be done again.

    :param directory: the paths of the plan begin there.
    :param verb: what the progress on stderr says; nothing is said if it is empty.
    :raises StoreError: if a file is not what the plan says, or the store fails.
    """
    payloads = {number: _payloads(one, plan, directory) for number, one in enumerate(plan.datasets)}
    manifests = [_manifest(one, plan) for one in plan.datasets]
    for manifest in manifests:
        _check_size(manifest)
    store.prepare()
    needed = list({one.blob.sha256: one for some in payloads.values() for one in some}.values())
    put = transfer(
        needed,
        lambda one: (time.monotonic(), _put(store, one)),
        threads=store.threads,
        verb=verb,
        size_of=lambda one: one.blob.size_bytes,
    )
    put_at_s = {one.blob.sha256: moment_s for one, (moment_s, _) in zip(needed, put)}
    new = {one.blob.sha256 for one, (_, is_new) in zip(needed, put) if is_new}
    for number, manifest in enumerate(manifests):
        manifest = replace(manifest, published=moment_text(clock()))
        found = _commit(store, manifest)
        own = {one.blob.sha256: one for one in payloads[number]}
        # A clean-up that does not know of the manifest may have taken them; whoever looks from now on knows of it.
        unsure_s = time.monotonic() - store.backend.sure_s
        transfer(
            [one for sha256, one in own.items() if put_at_s[sha256] <= unsure_s],
            lambda one: _put(store, one),
            threads=store.threads,
        )
        is_again = found is not None and not _is_latest(store, manifest)
        if is_again:
            publish_again(store, manifest.dataset, manifest.version, manifest.published)
        yield Published(found or manifest, found is None, len(own), len(own.keys() & new), is_again)


def _payloads(dataset: PlannedDataset, plan: Plan, directory: Path) -> list[Payload]:
    title = str(dataset.facts.dataset)
    found = [_file_payload(title, directory / dataset.path / file.path, file) for file in dataset.files]
    documents = [tree_json(dataset.files)] if dataset.is_directory else []
    documents += [one for one in (plan.lineage, _large_profile(dataset)) if one is not None]
    return found + [Payload(_blob_of(one), f"A document of {title}", document=one) for one in documents]


def _file_payload(title: str, path: Path, file: FileInfo) -> Payload:
    where = f"The file {file.path!r} of {title} ({path})"
    try:
        size_bytes = path.stat().st_size if path.is_file() else None
    except OSError:
        size_bytes = None
    if size_bytes != file.size_bytes:
        found = "is not there" if size_bytes is None else f"has {count_text(size_bytes, 'byte')}"
        raise StoreError(
            where,
            problem=f"{found}, where the publish plan says {count_text(file.size_bytes, 'byte')}.",
            mend="Nothing was published. See that nothing changes the files, and publish again.",
        )
    return Payload(Blob(file.sha256, file.size_bytes), where, source=path)


def _manifest(dataset: PlannedDataset, plan: Plan) -> Manifest:
    profile = _large_profile(dataset)
    return Manifest(
        **{**vars(dataset.facts), "profile": None if profile else dataset.facts.profile},
        file=None if dataset.is_directory else dataset.files[0],
        tree=_blob_of(tree_json(dataset.files)) if dataset.is_directory else None,
        files=len(dataset.files),
        profile_blob=_blob_of(profile) if profile else None,
        lineage=_blob_of(plan.lineage) if plan.lineage is not None else None,
    )


def _large_profile(dataset: PlannedDataset) -> bytes | None:
    if dataset.facts.profile is None:
        return None
    document = canonical_json({"profile_version": 1, "profile": dataset.facts.profile})
    return document if len(document) > LARGEST_PROFILE_BYTES else None


def _check_size(manifest: Manifest) -> None:
    # The moment is still to come.
    if len(manifest.to_json()) + 100 <= LARGEST_OBJECT_BYTES:
        return
    sizes = {name: len(canonical_json(value)) for name, value in manifest.to_document().items()}
    largest = max(sizes, key=lambda name: sizes[name])
    raise StoreError(
        f"The manifest of {manifest.dataset}",
        problem=f"would have {size_text(sum(sizes.values()))}, and a manifest has {size_text(LARGEST_OBJECT_BYTES)} at "
        f"most; the largest of its fields is '{largest}' with {size_text(sizes[largest])}.",
        mend=f"Nothing was published. Make '{largest}' smaller: what is long belongs into a dataset.",
    )


def _put(store: Store, payload: Payload) -> bool:
    """See that a blob is in the store, and young; whether it is new."""
    name, size_bytes = blob_name(payload.blob.sha256), payload.blob.size_bytes
    for _ in range(_MOST_TRIES):
        entry = store.backend.stat(name)
        if entry is not None and entry.size_bytes == size_bytes:
            # From here on no clean-up takes it; if one just did, it is written again.
            if store.backend.touch(name):
                return False
        elif _write(store, name, payload, is_damaged=entry is not None):
            return True
    found = "gone" if entry is None else f"of {entry.size_bytes:,} bytes, and must have {size_bytes:,},"
    raise StoreError(
        store.where(f"The blob {name}"),
        problem=f"is {found} however often it is written. {payload.where} belongs there.",
        mend=VERIFY,
    )


def _write(store: Store, name: str, payload: Payload, *, is_damaged: bool) -> bool:
    blob = payload.blob
    if payload.source is not None:
        return store.backend.upload(name, payload.source, sha256=blob.sha256, size_bytes=blob.size_bytes)
    assert payload.document is not None
    if blob.size_bytes <= LARGEST_OBJECT_BYTES and not is_damaged:
        return store.backend.create(name, payload.document)
    # Only an upload puts right bytes into the place of a blob that was cut off.
    with tempfile.NamedTemporaryFile(prefix="wombat-publish-") as file:
        file.write(payload.document)
        file.flush()
        return store.backend.upload(name, Path(file.name), sha256=blob.sha256, size_bytes=blob.size_bytes)


def _commit(store: Store, manifest: Manifest) -> Manifest | None:
    """Write the manifest; the one of an earlier publisher, made young again, if there is one."""
    name = manifest_name(manifest.dataset, manifest.version)
    for _ in range(_MOST_TRIES):
        if store.backend.create(name, manifest.to_json()):
            return None
        found = store.find_manifest(manifest.dataset, manifest.version)
        if found is not None and store.backend.touch(name):
            lost = _lost_documents(store, found, manifest)
            if not lost:
                return found
            # A clean-up may have taken the manifest first, and then they are nobody's.
            if store.backend.stat(name) is not None:
                raise StoreError(
                    store.where(f"The blob {lost[0]}"),
                    problem=f"is missing, and the version {found.version} of {found.dataset}, which is there already, "
                    "needs it.",
                    mend=VERIFY,
                )
    raise StoreError(
        store.where(f"The manifest {name}"),
        problem=f"was there and gone {_MOST_TRIES} times.",
        mend="See that nothing but Wombat removes things from the store, and publish again.",
    )


def _is_latest(store: Store, manifest: Manifest) -> bool:
    try:
        return store.latest(manifest.dataset) in (None, manifest.version)
    except StoreError:
        # Another version that is damaged must keep nobody from publishing; whoever reads that one is told.
        return False


def _lost_documents(store: Store, found: Manifest, own: Manifest) -> list[str]:
    """The blobs that only the earlier manifest names and that are not there; those that are, are made young."""
    names = sorted(blob_name(blob.sha256) for blob in set(found.blobs) - set(own.blobs))
    return [name for name in names if not store.backend.touch(name)]


def _blob_of(document: bytes) -> Blob:
    return Blob(hashlib.sha256(document).hexdigest(), len(document))
