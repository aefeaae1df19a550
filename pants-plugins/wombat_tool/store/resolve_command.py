"""The command `store-resolve`, which pins what an import names."""

from __future__ import annotations

import argparse
import json

from wombat_tool.store.store import open_store


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("store-resolve", help="print the exact version that a reference stands for now")
    parser.add_argument("references", metavar="REF", nargs="+", help="[project//]path:name[@VERSION]")
    parser.add_argument("--store", required=True, metavar="URL", help="a directory, file:///directory or gs://bucket/prefix")
    parser.add_argument("--project", default="", help="the project of a reference that names none")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the manifest that each reference stands for, a line each, in their order; returns the exit code."""
    store = open_store(arguments.store)
    resolved = [store.resolve(reference, project=arguments.project) for reference in arguments.references]
    for reference, (dataset, version) in zip(arguments.references, resolved):
        print(json.dumps({"reference": reference, **store.manifest(dataset, version).to_document()}))
    return 0
