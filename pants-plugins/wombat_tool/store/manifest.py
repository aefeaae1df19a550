"""The manifest of a published version: what it is, and what it was made by and of."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from typing import Any

from wombat_tool.store.fields import Fields, Mistake, canonical_json, read_document, shown
from wombat_tool.store.layout import DatasetName
from wombat_tool.store.paths import check_path

MANIFEST_VERSION = 1
ENVIRONMENTS = ("development", "production")

_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
# Only this one form, so that texts sort by time.
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z", re.ASCII)


@dataclass(frozen=True, order=True)
class FileInfo:
    """A file of a dataset.

    :param path: below the dataset, with `/`.
    """

    path: str
    sha256: str
    size_bytes: int

    def to_document(self) -> dict[str, Any]:
        """A JSON object."""
        return {"path": self.path, "sha256": self.sha256, "size_bytes": self.size_bytes}


@dataclass(frozen=True, order=True)
class Blob:
    """Bytes in the store."""

    sha256: str
    size_bytes: int

    def to_document(self) -> dict[str, Any]:
        """A JSON object."""
        return {"sha256": self.sha256, "size_bytes": self.size_bytes}


@dataclass(frozen=True)
class Git:
    """The commit that a version was made at.

    :param is_clean: whether the files in the working tree were those of the commit.
    """

    commit: str
    is_clean: bool


@dataclass(frozen=True)
class InputVersion:
    """A dataset that a version was made of."""

    parameter: str
    dataset: DatasetName
    version: str


@dataclass(frozen=True)
class Facts:
    """What a manifest says but for its bytes and the moment; a publish plan says the same.

    :param rows: None where it is not known.
    :param columns: name and type of each; None where they are not known.
    :param environment: None where it is not known.
    :param git: None if the files were in no Git repository.
    :param producer: the step, as in the run record, with its key and the digest of its code; None for a source.
    """

    dataset: DatasetName
    format: str
    version: str
    size_bytes: int
    rows: int | None = None
    columns: tuple[tuple[str, str], ...] | None = None
    environment: str | None = None
    git: Git | None = None
    producer: dict[str, Any] | None = None
    inputs: tuple[InputVersion, ...] = ()
    params: dict[str, Any] = field(default_factory=dict)
    overrides: tuple[str, ...] = ()
    metrics: dict[str, float] = field(default_factory=dict)
    contract: dict[str, Any] | None = None
    validation: dict[str, Any] | None = None
    profile: dict[str, Any] | None = None

    def to_document(self) -> dict[str, Any]:
        """A JSON object."""
        return {
            "project": self.dataset.project,
            "address": self.dataset.address,
            "format": self.format,
            "version": self.version,
            "size_bytes": self.size_bytes,
            "rows": self.rows,
            "columns": None if self.columns is None else [list(column) for column in self.columns],
            "environment": self.environment,
            "git": None if self.git is None else {"commit": self.git.commit, "is_clean": self.git.is_clean},
            "producer": self.producer,
            "inputs": [
                {
                    "parameter": one.parameter,
                    "project": one.dataset.project,
                    "address": one.dataset.address,
                    "version": one.version,
                }
                for one in self.inputs
            ],
            "params": self.params,
            "overrides": list(self.overrides),
            "metrics": self.metrics,
            "contract": self.contract,
            "validation": self.validation,
            "profile": self.profile,
        }


@dataclass(frozen=True)
class Manifest(Facts):
    """A published version.

    :param file: the only file, for a dataset that is a file.
    :param tree: the list of its files, for a dataset that is a directory; `Store.files_of` reads it.
    :param files: how many there are.
    :param published: the moment, in UTC; as text it sorts by time.
    :param profile_blob: the profile where it is too large for the manifest; `Store.profile_of` reads it.
    :param lineage: what stands upstream, if anything does; `Store.lineage_of` reads it.
    """

    file: FileInfo | None = None
    tree: Blob | None = None
    files: int = 1
    published: str = ""
    profile_blob: Blob | None = None
    lineage: Blob | None = None

    @property
    def is_directory(self) -> bool:
        """Whether it is a directory of files."""
        return self.tree is not None

    @property
    def published_s(self) -> float:
        """The moment in seconds since the epoch."""
        return moment_s(self.published)

    def without_details(self) -> Manifest:
        """The same without what is long and a listing does without: tens of thousands of these fit into memory."""
        return replace(self, columns=None, producer=None, contract=None, validation=None, profile=None)

    @property
    def blobs(self) -> tuple[Blob, ...]:
        """The blobs that it names itself; those of the files of a directory are named in its tree."""
        file = Blob(self.file.sha256, self.file.size_bytes) if self.file else None
        return tuple(one for one in (file, self.tree, self.profile_blob, self.lineage) if one)

    def to_document(self) -> dict[str, Any]:
        """A JSON object."""
        if self.file:
            content: dict[str, Any] = {"file": self.file.to_document()}
        else:
            content = {"tree": self.tree.to_document() if self.tree else None, "files": self.files}
        return {
            **super().to_document(),
            "manifest_version": MANIFEST_VERSION,
            "content": content,
            "published": self.published,
            "profile_blob": self.profile_blob.to_document() if self.profile_blob else None,
            "lineage": self.lineage.to_document() if self.lineage else None,
        }

    def to_json(self) -> bytes:
        """The document's bytes."""
        return canonical_json(self.to_document())


def read_manifest(content: bytes) -> Manifest:
    """The manifest that a document holds.

    :raises Mistake: if it holds none, or one of another version.
    """
    fields = read_document(content, "manifest_version", MANIFEST_VERSION)
    facts = read_facts(fields)
    inner = fields.inner("content")
    if (inner.get("file") is None) == (inner.get("tree") is None):
        raise fields.wrong("content", "have either 'file' or 'tree'")
    file = read_file(inner.inner("file")) if inner.get("file") is not None else None
    if file and (file.sha256, file.size_bytes) != (facts.version, facts.size_bytes):
        raise inner.wrong("file", "be of the version and the size of the manifest")
    published = fields.text("published")
    try:
        moment_s(published)
    except ValueError as err:
        raise fields.wrong("published", "be a moment such as '2026-01-31T08:00:00.000Z'") from err
    return Manifest(
        **vars(facts),
        file=file,
        tree=None if file else read_blob(inner.inner("tree")),
        files=1 if file else inner.whole("files"),
        published=published,
        profile_blob=_optional_blob(fields, "profile_blob"),
        lineage=_optional_blob(fields, "lineage"),
    )


def read_facts(fields: Fields) -> Facts:
    """What manifests and publish plans have in common.

    :raises Mistake: if a field is not right.
    """
    git = fields.optional_inner("git")
    if git and not _COMMIT.fullmatch(git.text("commit")):
        raise git.wrong("commit", "be the 40 or 64 hexadecimal digits of a commit")
    return Facts(
        dataset=DatasetName(fields.text("project"), fields.text("address")),
        format=fields.text("format"),
        version=fields.sha256("version"),
        size_bytes=fields.whole("size_bytes"),
        rows=fields.optional_whole("rows"),
        columns=_columns(fields),
        environment=fields.choice("environment", ENVIRONMENTS),
        git=Git(git.text("commit"), git.truth("is_clean")) if git else None,
        producer=_producer(fields),
        inputs=tuple(
            InputVersion(one.text("parameter"), DatasetName(one.text("project"), one.text("address")), one.sha256("version"))
            for one in fields.inner_items("inputs")
        ),
        params=fields.optional_plain("params") or {},
        overrides=fields.texts("overrides"),
        metrics=fields.numbers("metrics"),
        contract=fields.optional_plain("contract"),
        validation=fields.optional_plain("validation"),
        profile=fields.optional_plain("profile"),
    )


def read_file(fields: Fields) -> FileInfo:
    """A file as manifests, trees and plans name it.

    :raises Mistake: if its path is not one within a dataset, or another field is not right.
    """
    path = check_path(fields.get("path"), fields.path("path"))
    return FileInfo(path, fields.sha256("sha256"), fields.whole("size_bytes"))


def read_blob(fields: Fields) -> Blob:
    """A blob as documents name it.

    :raises Mistake: if a field is not right.
    """
    return Blob(fields.sha256("sha256"), fields.whole("size_bytes"))


def version_of_tree(files: Iterable[FileInfo]) -> str:
    """The version of a directory of these files, whatever their order."""
    hasher = hashlib.sha256()
    for file in sorted(files, key=lambda one: one.path):
        hasher.update(f"{file.path}\0{file.sha256}\n".encode())
    return hasher.hexdigest()


def moment_text(seconds: float) -> str:
    """A moment as documents write it, from seconds since the epoch."""
    moment = datetime.fromtimestamp(seconds, timezone.utc)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"


def moment_s(text: str) -> float:
    """Seconds since the epoch of a moment as documents write it.

    :raises ValueError: if it is none.
    """
    if not _MOMENT.fullmatch(text):
        raise ValueError(text)
    return datetime.fromisoformat(f"{text[:-1]}+00:00").timestamp()


def _optional_blob(fields: Fields, name: str) -> Blob | None:
    inner = fields.optional_inner(name)
    return read_blob(inner) if inner else None


def _columns(fields: Fields) -> tuple[tuple[str, str], ...] | None:
    if fields.get("columns") is None:
        return None
    for item in fields.items("columns"):
        if not (isinstance(item, list) and len(item) == 2 and all(isinstance(part, str) for part in item)):
            raise Mistake(f"its field '{fields.path('columns')}' must be pairs of a name and a type, but has {shown(item)}.")
    return tuple((name, kind) for name, kind in fields.items("columns"))


def _producer(fields: Fields) -> dict[str, Any] | None:
    producer = fields.optional_inner("producer")
    if producer is None:
        return None
    producer.text("address")
    return producer.document
