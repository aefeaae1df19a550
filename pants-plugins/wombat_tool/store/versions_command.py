"""The command `store-versions`."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from wombat_tool.errors import StoreError
from wombat_tool.preview.layout import TextColumn, count_text, size_text, table_lines
from wombat_tool.preview.width import printable
from wombat_tool.store.layout import DatasetName
from wombat_tool.store.manifest import Manifest, moment_s
from wombat_tool.store.parallel import read_all
from wombat_tool.store.references import parse_dataset
from wombat_tool.store.store import Store, open_store
from wombat_tool.store.words import add_width, age_text, commit_text, manifest_document, metrics_text

DOCUMENT_VERSION = 1
"""Of the JSON document; a new number means that a reader of the old one would misread it."""


@dataclass(frozen=True)
class Listed:
    """The versions that were asked for, those published last first.

    :param labels: of the datasets that have some.
    :param again: when versions became the latest again, of those that did.
    :param damaged: what is wrong with versions that cannot be listed.
    """

    manifests: tuple[Manifest, ...]
    labels: dict[DatasetName, dict[str, str]]
    again: dict[DatasetName, dict[str, str]]
    damaged: tuple[str, ...]

    def labels_of(self, manifest: Manifest) -> list[str]:
        """The labels that stand for a version."""
        labels = self.labels.get(manifest.dataset, {})
        return sorted(label for label, version in labels.items() if version == manifest.version)

    def again_of(self, manifest: Manifest) -> str | None:
        """When a version became the latest again."""
        return self.again.get(manifest.dataset, {}).get(manifest.version)


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("store-versions", help="list the versions of datasets, those published last first")
    parser.add_argument("datasets", metavar="ADDRESS", nargs="*", help="[project//]path:name; without one all datasets")
    parser.add_argument("--store", required=True, metavar="URL", help="a directory, file:///directory or gs://bucket/prefix")
    parser.add_argument("--project", default="", help="of addresses that name none; without addresses, all of its datasets")
    add_width(parser)
    parser.add_argument(
        "--output",
        choices=["text", "json"],
        default="text",
        help="a table for people, or all of the manifests but their profiles for programs",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the versions; returns the exit code."""
    store = open_store(arguments.store)
    datasets = [parse_dataset(text, project=arguments.project) for text in arguments.datasets]
    is_document = arguments.output == "json"
    listed = list_versions(store, datasets, project=arguments.project or None, has_details=is_document)
    if is_document:
        print(json.dumps(_document(store, listed)))
    else:
        print("\n".join(version_lines(store, listed, arguments.width, now_s=time.time())))
    for problem in listed.damaged:
        print(problem, file=sys.stderr)
    return 1 if listed.damaged else 0


def list_versions(
    store: Store, datasets: Sequence[DatasetName], *, project: str | None = None, has_details: bool = False
) -> Listed:
    """The versions of some datasets, or of all of a project or of the store.

    One that cannot be read hides no other.

    :param has_details: else the manifests lack what is long, see `Manifest.without_details`.
    """
    if datasets:
        names = [found for dataset in sorted(set(datasets)) for found in store.versions(dataset)]
        labels = {dataset: store.labels(dataset) for dataset in set(datasets)}
        again = {key: moments for dataset in set(datasets) for key, moments in store.published_again(dataset).items()}
    else:
        names = list(store.versions(project=project))
        labels = store.all_labels(project=project)
        again = store.published_again(project=project)
    damaged: list[str] = []

    def manifest(name: tuple[DatasetName, str]) -> Manifest | None:
        try:
            found = store.find_manifest(*name)
            # All of them are in memory at once.
            return found if has_details or found is None else found.without_details()
        except StoreError as err:
            damaged.append(str(err))
            return None

    manifests = [one for one in read_all(names, manifest, threads=store.threads) if one is not None]
    listed = Listed(tuple(manifests), labels, again, tuple(sorted(damaged)))
    newest = sorted(
        manifests, key=lambda one: (listed.again_of(one) or one.published, one.version, one.dataset), reverse=True
    )
    return replace(listed, manifests=tuple(newest))


def _document(store: Store, listed: Listed) -> dict[str, Any]:
    return {
        "versions_version": DOCUMENT_VERSION,
        "store": store.url,
        "versions": [
            {**manifest_document(one), "labels": listed.labels_of(one), "published_again": listed.again_of(one)}
            for one in listed.manifests
        ],
        "damaged": list(listed.damaged),
    }


def version_lines(store: Store, listed: Listed, width: int, *, now_s: float) -> list[str]:
    """The versions as a table for people; columns in which nothing is are left out."""
    manifests = listed.manifests
    if not manifests:
        return [f"No version was published to {store.url}." if not listed.damaged else "No version can be read."]
    has_several = len({one.dataset for one in manifests}) > 1
    columns = [
        TextColumn("version", [one.version[:12] for one in manifests], least=12),
        TextColumn("labels", [", ".join(listed.labels_of(one)) for one in manifests], least=10),
        TextColumn("commit", [commit_text(one.git) for one in manifests], least=13),
        TextColumn("rows", ["" if one.rows is None else f"{one.rows:,}" for one in manifests], is_right=True),
        TextColumn("size", [size_text(one.size_bytes) for one in manifests], is_right=True),
        TextColumn(
            "age", [age_text(now_s - moment_s(listed.again_of(one) or one.published)) for one in manifests], is_right=True
        ),
        TextColumn("environment", [one.environment or "" for one in manifests], least=11),
        TextColumn("metrics", [metrics_text(one.metrics) for one in manifests]),
    ]
    if has_several:
        columns.insert(0, TextColumn("dataset", [printable(str(one.dataset)) for one in manifests], least=20))
    lines, _ = table_lines([column for column in columns if any(column.cells)], width)
    title = "" if has_several else f"{printable(str(manifests[0].dataset))}, "
    if any(one.git and not one.git.is_clean for one in manifests):
        lines.append("* with changes that were not committed")
    return [f"{title}{count_text(len(manifests), 'version')}", "", *lines]
