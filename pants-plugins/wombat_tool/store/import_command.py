"""The command `store-import`, which brings a version into a build."""

from __future__ import annotations

import argparse
import json
import os
import shutil
from pathlib import Path

from wombat_tool.errors import StoreError
from wombat_tool.formats import Format
from wombat_tool.store.fetch import fetch
from wombat_tool.store.layout import DatasetName, is_version
from wombat_tool.store.store import open_store


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("store-import", help="write the files of one version to a directory, for a build")
    parser.add_argument("--store", required=True, metavar="URL", help="a directory, file:///directory or gs://bucket/prefix")
    parser.add_argument("--project", required=True, help="the project that published it")
    parser.add_argument("--address", required=True, help="the address of the dataset there")
    parser.add_argument("--version", required=True, help="the 64 hexadecimal digits of the version")
    parser.add_argument(
        "--format", required=True, choices=[one.value for one in Format], help="how the build will read the data"
    )
    parser.add_argument("--to", required=True, metavar="PATH", help="the directory to make")
    parser.set_defaults(run=run, parser=parser)


def run(arguments: argparse.Namespace) -> int:
    """Write the files as `000000` and so on, and print what they are called as JSON; returns the exit code."""
    if not is_version(arguments.version):
        arguments.parser.error(f"argument --version: must be 64 hexadecimal digits, but was {arguments.version!r}")
    store = open_store(arguments.store)
    dataset = DatasetName(arguments.project, arguments.address)
    manifest = store.manifest(dataset, arguments.version)
    if manifest.format != arguments.format:
        raise StoreError(
            f"The version {manifest.version[:12]} of {dataset}",
            problem=f"is of format {manifest.format}, and is imported as {arguments.format}.",
            mend=f'Set format="{manifest.format}" on the imported dataset.',
        )
    to, whole = Path(arguments.to), Path(f"{arguments.to}.whole")
    fetch(store, manifest, whole)
    files = [file.path for file in store.files_of(manifest)]
    to.mkdir()
    # Flat: some cache servers lose nested trees.
    for number, path in enumerate(files):
        os.rename(whole / path if manifest.is_directory else whole, to / f"{number:06}")
    if manifest.is_directory:
        shutil.rmtree(whole)
    document = {
        "is_directory": manifest.is_directory,
        "files": files,
        "rows": manifest.rows,
        "columns": manifest.columns,
    }
    print(json.dumps(document))
    return 0
