"""The command `store-label`."""

from __future__ import annotations

import argparse
import json

from wombat_tool.errors import StoreError
from wombat_tool.preview.width import printable
from wombat_tool.store.labels import ANY, Expected
from wombat_tool.store.references import parse_reference
from wombat_tool.store.store import open_store

DOCUMENT_VERSION = 1
"""Of the JSON document; a new number means that a reader of the old one would misread it."""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("store-label", help="let a label such as `production` stand for a version")
    parser.add_argument("reference", metavar="REF", help="[project//]path:name[@VERSION]")
    parser.add_argument("label", metavar="LABEL", help="a letter, then letters, digits, '.', '_' and '-'")
    parser.add_argument("--store", required=True, metavar="URL", help="a directory, file:///directory or gs://bucket/prefix")
    parser.add_argument("--project", default="", help="the project of a reference that names none")
    parser.add_argument("--remove", action="store_true", help="take the label away from the dataset")
    parser.add_argument(
        "--expect",
        metavar="VERSION",
        help="what the label must stand for before: a version, its first digits, or `none`; else nothing is moved",
    )
    parser.add_argument("--output", choices=["text", "json"], default="text", help="text for people, or a JSON object")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print what became of the label; returns the exit code."""
    store = open_store(arguments.store)
    reference = parse_reference(arguments.reference, project=arguments.project)
    dataset, version = reference.dataset, None
    if not arguments.remove:
        dataset, version = store.resolve(reference)
    expected: Expected = ANY
    if arguments.expect == "none":
        expected = None
    elif arguments.expect is not None:
        _, expected = store.resolve(f"{dataset}@{arguments.expect}")
    if arguments.remove and arguments.label not in store.labels(dataset) and expected is ANY:
        raise StoreError(
            store.where(f"The label {arguments.label!r} of {dataset}"),
            problem="is not there.",
            mend=f"Its labels are: {', '.join(sorted(store.labels(dataset))) or 'none'}.",
        )
    moved = store.move_label(dataset, arguments.label, version, expected=expected)
    if arguments.output == "json":
        document = {
            "label_move_version": DOCUMENT_VERSION,
            "project": dataset.project,
            "address": dataset.address,
            "label": arguments.label,
            "previous": moved.previous,
            "version": moved.version,
            "is_changed": moved.is_changed,
        }
        print(json.dumps(document))
    else:
        print(_line(printable(str(dataset)), arguments.label, moved.previous, moved.version))
    return 0


def _line(dataset: str, label: str, previous: str | None, version: str | None) -> str:
    if version is None:
        return f"{dataset}  {label} stands for nothing any more" + (f", and stood for {previous[:12]}" if previous else "")
    if previous == version:
        return f"{dataset}  {label} stands for {version[:12]} already"
    return f"{dataset}  {label} now stands for {version[:12]}" + (f", and stood for {previous[:12]}" if previous else "")
