"""The command `store-fetch`."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from wombat_tool.preview.layout import count_text, size_text
from wombat_tool.preview.width import printable
from wombat_tool.store.fetch import fetch
from wombat_tool.store.store import open_store

DOCUMENT_VERSION = 1
"""Of the JSON document; a new number means that a reader of the old one would misread it."""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("store-fetch", help="write a version of the artifact store to a path")
    parser.add_argument("reference", metavar="REF", help="[project//]path:name[@VERSION]")
    parser.add_argument("--store", required=True, metavar="URL", help="a directory, file:///directory or gs://bucket/prefix")
    parser.add_argument("--project", default="", help="the project of a reference that names none")
    parser.add_argument("--to", required=True, metavar="PATH", help="the file or directory to make; it must not be there")
    parser.add_argument("--output", choices=["text", "json"], default="text", help="text for people, or a JSON object")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print what was fetched; returns the exit code."""
    store = open_store(arguments.store)
    dataset, version = store.resolve(arguments.reference, project=arguments.project)
    manifest = store.manifest(dataset, version)
    fetch(store, manifest, Path(arguments.to), verb="fetching")
    if arguments.output == "json":
        document = {
            "fetch_version": DOCUMENT_VERSION,
            "project": dataset.project,
            "address": dataset.address,
            "version": version,
            "format": manifest.format,
            "is_directory": manifest.is_directory,
            "files": manifest.files,
            "size_bytes": manifest.size_bytes,
            "path": arguments.to,
        }
        print(json.dumps(document))
    else:
        files = f" in {count_text(manifest.files, 'file')}" if manifest.is_directory else ""
        print(
            f"fetched {printable(str(dataset))}  version {version[:12]}  {size_text(manifest.size_bytes)}{files} "
            f"to {printable(arguments.to)}"
        )
    return 0
