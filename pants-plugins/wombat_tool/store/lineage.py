"""What stands upstream of versions that were published together: a blob that their manifests share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from wombat_tool.store.fields import Fields, canonical_json, read_document

LINEAGE_VERSION = 1


@dataclass(frozen=True)
class LineageDataset:
    """A dataset upstream, or one that was published.

    :param producer: the address of the step that makes it; None for a source.
    :param project: of another project, where it was imported; None for the project of the manifest.
    """

    address: str
    version: str
    format: str
    producer: str | None = None
    rows: int | None = None
    size_bytes: int | None = None
    project: str | None = None


@dataclass(frozen=True)
class LineageInput:
    """What a step read."""

    parameter: str
    address: str
    version: str


@dataclass(frozen=True)
class LineageStep:
    """A step upstream, or one that made what was published.

    :param key: of all that its outputs depend on; None where it is not known.
    :param outputs: the address and the version of each.
    """

    address: str
    key: str | None = None
    inputs: tuple[LineageInput, ...] = ()
    outputs: tuple[tuple[str, str], ...] = ()
    params: dict[str, Any] = field(default_factory=dict)
    metrics: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Lineage:
    """Steps and datasets, each in the order of their addresses."""

    datasets: tuple[LineageDataset, ...]
    steps: tuple[LineageStep, ...]


def read_lineage(content: bytes) -> Lineage:
    """The lineage that a document holds.

    :raises Mistake: if it holds none, or one of another version.
    """
    return lineage_of(read_document(content, "lineage_version", LINEAGE_VERSION))


def lineage_of(fields: Fields) -> Lineage:
    """The lineage in an object of a document; what has no version was not made, and is left out.

    :raises Mistake: if a field is not right.
    """
    return Lineage(
        datasets=tuple(_dataset(one) for one in _made(fields, "datasets")),
        steps=tuple(_step(one) for one in fields.inner_items("steps")),
    )


def lineage_json(document: dict[str, Any]) -> bytes:
    """The bytes of a lineage document, the same for the same lineage."""
    return canonical_json(document)


def _made(fields: Fields, name: str) -> list[Fields]:
    return [one for one in fields.inner_items(name) if one.get("version") is not None]


def _dataset(fields: Fields) -> LineageDataset:
    return LineageDataset(
        address=fields.text("address"),
        version=fields.sha256("version"),
        format=fields.text("format"),
        producer=fields.optional_text("producer"),
        rows=fields.optional_whole("rows"),
        size_bytes=fields.optional_whole("size_bytes"),
        project=fields.optional_text("project"),
    )


def _step(fields: Fields) -> LineageStep:
    return LineageStep(
        address=fields.text("address"),
        key=fields.optional_text("key"),
        inputs=tuple(
            LineageInput(one.text("parameter"), one.text("address"), one.sha256("version"))
            for one in _made(fields, "inputs")
        ),
        outputs=tuple((one.text("address"), one.sha256("version")) for one in _made(fields, "outputs")),
        params=fields.optional_plain("params") or {},
        metrics=fields.numbers("metrics"),
    )
