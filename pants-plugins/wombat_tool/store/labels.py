"""Labels: words such as `production` that stand for a version. Each is a series of moves, to which moves are added.

The label `latest` is moved by nobody but publishers: where a version is published again that is not the latest one.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final, Union

from wombat_tool.errors import StoreError
from wombat_tool.store.fields import canonical_json, read_document
from wombat_tool.store.layout import (
    LABELS,
    LATEST,
    DatasetName,
    dataset_label_and_number,
    is_label,
    label_name,
    manifest_name,
)
from wombat_tool.store.manifest import moment_s, moment_text
from wombat_tool.store.parallel import read_all

if TYPE_CHECKING:
    from wombat_tool.store.store import Store

MOVE_VERSION = 1
_MOST_TRIES = 100


class _Any(Enum):
    ANY = "any"


ANY: Final = _Any.ANY
"""Whatever a label stands for."""

Expected = Union[str, None, _Any]


@dataclass(frozen=True)
class Move:
    """One move of a label.

    :param number: from 1; the highest counts.
    :param version: where the label stands since; None if it was taken away.
    :param moved: the moment, in UTC.
    """

    label: str
    number: int
    version: str | None
    moved: str


@dataclass(frozen=True)
class LabelMove:
    """What became of moving a label.

    :param previous: the version that it stood for; None for none.
    :param is_changed: False if it stood there already.
    """

    previous: str | None
    version: str | None
    is_changed: bool


def moves(store: Store, dataset: DatasetName) -> dict[str, list[Move]]:
    """All moves of all labels of a dataset, the latest last."""
    found = _numbers(store, f"{LABELS}{dataset.directory}/").get(dataset, {})
    read = _read_moves(store, ((dataset, label, number) for label, numbers in found.items() for number in numbers))
    by_label: dict[str, list[Move]] = {}
    for move in read.values():
        by_label.setdefault(move.label, []).append(move)
    return by_label


def standing(store: Store, prefix: str) -> dict[DatasetName, dict[str, str]]:
    """The labels that stand somewhere, and the version of each, for the datasets below a prefix of object names."""
    found = _numbers(store, prefix)
    last = _read_moves(store, ((dataset, label, max(n)) for dataset, labels in found.items() for label, n in labels.items()))
    by_dataset: dict[DatasetName, dict[str, str]] = {}
    for (dataset, label, _), move in last.items():
        if move.version is not None and label != LATEST:
            by_dataset.setdefault(dataset, {})[label] = move.version
    return by_dataset


def published_again(store: Store, prefix: str) -> dict[DatasetName, dict[str, str]]:
    """When versions were published for the last time, of those that became the latest again, for datasets below a prefix."""
    found = _numbers(store, prefix)
    read = _read_moves(
        store, ((dataset, LATEST, number) for dataset, labels in found.items() for number in labels.get(LATEST, ()))
    )
    by_dataset: dict[DatasetName, dict[str, str]] = {}
    for (dataset, _, _), move in read.items():
        if move.version is not None:
            moments = by_dataset.setdefault(dataset, {})
            moments[move.version] = max(move.moved, moments.get(move.version, ""))
    return by_dataset


def move_label(
    store: Store, dataset: DatasetName, label: str, version: str | None, *, expected: Expected = ANY
) -> LabelMove:
    """Add a move to a label, after all others, also of those who move it at the same time.

    :raises StoreError: if no label can be called so, the version is not there, or the label stands elsewhere.
    """
    where = store.where(f"The label {label!r} of {dataset}")
    if not is_label(label):
        raise StoreError(
            where,
            problem="cannot be called so.",
            mend="A label is a letter, then at most 62 letters, digits, '.', '_' and '-'; it is not `latest`, and does "
            "not look like a version.",
        )
    return _move(store, dataset, label, version, expected, moment_text(time.time()))


def publish_again(store: Store, dataset: DatasetName, version: str, moved: str) -> None:
    """Record that a version is the latest again, since the moment at which it was published once more."""
    _move(store, dataset, LATEST, version, ANY, moved, is_repeated=True)


def _move(
    store: Store,
    dataset: DatasetName,
    label: str,
    version: str | None,
    expected: Expected,
    moved: str,
    *,
    is_repeated: bool = False,
) -> LabelMove:
    where = store.where(f"The label {label!r} of {dataset}")
    for _ in range(_MOST_TRIES):
        numbers = _numbers(store, f"{LABELS}{dataset.directory}/{label}/").get(dataset, {}).get(label, [])
        number = max(numbers, default=0)
        previous = _read_move(store, dataset, label, number).version if number else None
        if expected is not ANY and previous != expected:
            raise StoreError(
                where,
                problem=f"stands for {previous or 'nothing'}, where {expected or 'nothing'} was expected: it was moved.",
                mend="Look at what it stands for now, and move it again if that is still right.",
            )
        # A clean-up that runs at the same time leaves a version that was touched.
        if version is not None and not store.backend.touch(manifest_name(dataset, version)):
            store.manifest(dataset, version)
        if previous == version and not is_repeated:
            return LabelMove(previous, version, is_changed=False)
        document = {"label_version": MOVE_VERSION, "version": version, "moved": moved}
        if store.backend.create(label_name(dataset, label, number + 1), canonical_json(document)):
            # Nor does one that does not know of the label yet; whoever looks from now on knows of it.
            if version is not None and not store.backend.touch(manifest_name(dataset, version)):
                raise StoreError(
                    where,
                    problem=f"stands for the version {version} now, which a clean-up removed at the same time.",
                    mend="Publish that version again, or move the label to another one.",
                )
            return LabelMove(previous, version, is_changed=True)
    raise StoreError(
        where, problem=f"was moved by others {_MOST_TRIES} times meanwhile.", mend="Move it again when they are done."
    )


def _numbers(store: Store, prefix: str) -> dict[DatasetName, dict[str, list[int]]]:
    found: dict[DatasetName, dict[str, list[int]]] = {}
    for entry in store.backend.entries(prefix):
        name = dataset_label_and_number(entry.name)
        if name:
            dataset, label, number = name
            found.setdefault(dataset, {}).setdefault(label, []).append(number)
    return found


_Name = tuple[DatasetName, str, int]


def _read_moves(store: Store, names: Iterable[_Name]) -> dict[_Name, Move]:
    ordered = sorted(names)
    return dict(zip(ordered, read_all(ordered, lambda name: _read_move(store, *name), threads=store.threads)))


def _read_move(store: Store, dataset: DatasetName, label: str, number: int) -> Move:
    name = label_name(dataset, label, number)
    content = store.backend.read(name)
    if content is None:
        raise StoreError(
            store.where(name), problem="is gone: something other than Wombat removed it.", mend="Move the label again."
        )
    return store.parsed(name, content, lambda text: _parsed_move(text, label, number))


def _parsed_move(content: bytes, label: str, number: int) -> Move:
    fields = read_document(content, "label_version", MOVE_VERSION)
    version = None if fields.get("version") is None else fields.sha256("version")
    moved = fields.text("moved")
    try:
        moment_s(moved)
    except ValueError as err:
        raise fields.wrong("moved", "be a moment such as '2026-01-31T08:00:00.000Z'") from err
    return Move(label, number, version, moved)
