"""The command `store-resolve`, which pins what an import names."""

from __future__ import annotations

import argparse
import json
from typing import Any

from wombat_tool.store.manifest import Manifest
from wombat_tool.store.store import open_store


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("store-resolve", help="print the exact version that a reference stands for now")
    parser.add_argument("references", metavar="REF", nargs="+", help="[project//]path:name[@VERSION]")
    parser.add_argument("--store", required=True, metavar="URL", help="a directory, file:///directory or gs://bucket/prefix")
    parser.add_argument("--project", default="", help="the project of a reference that names none")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print a JSON object for each reference, a line each, in their order; returns the exit code."""
    store = open_store(arguments.store)
    resolved = [store.resolve(reference, project=arguments.project) for reference in arguments.references]
    for reference, (dataset, version) in zip(arguments.references, resolved):
        print(json.dumps({"reference": reference, **_document(store.manifest(dataset, version))}))
    return 0


def _document(manifest: Manifest) -> dict[str, Any]:
    return {
        "project": manifest.dataset.project,
        "address": manifest.dataset.address,
        "version": manifest.version,
        "format": manifest.format,
        "is_directory": manifest.is_directory,
        "files": manifest.files,
        "size_bytes": manifest.size_bytes,
        "rows": manifest.rows,
        "columns": manifest.columns,
        "published": manifest.published,
        "environment": manifest.environment,
        "commit": manifest.git.commit if manifest.git else None,
        "is_clean": manifest.git.is_clean if manifest.git else None,
    }
