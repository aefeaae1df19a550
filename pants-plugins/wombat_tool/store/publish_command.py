"""The command `store-publish`."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from wombat_tool.preview.layout import count_text, size_text
from wombat_tool.preview.width import printable
from wombat_tool.store.plan import read_plan_file
from wombat_tool.store.publish import Published, publish
from wombat_tool.store.store import open_store


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("store-publish", help="put versions of datasets into the artifact store")
    parser.add_argument("--store", required=True, metavar="URL", help="a directory, file:///directory or gs://bucket/prefix")
    parser.add_argument("--plan", required=True, help="the publish plan; the paths in it begin in its directory")
    parser.add_argument(
        "--output", choices=["text", "json"], default="text", help="a line for each dataset: text, or a JSON object"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print what became of each dataset; returns the exit code."""
    path = Path(arguments.plan)
    plan = read_plan_file(path)
    for one in publish(open_store(arguments.store), plan, path.parent, verb="uploading"):
        # At once: what is printed is in the store, whatever becomes of the others.
        print(json.dumps(_document(one)) if arguments.output == "json" else _line(one), flush=True)
    return 0


def _line(published: Published) -> str:
    manifest = published.manifest
    title, version = printable(str(manifest.dataset)), manifest.version[:12]
    if published.is_new:
        blobs = f"{published.new_blobs:,} new of {count_text(published.blobs, 'blob')}"
        return f"published {title}  version {version}  {size_text(manifest.size_bytes)} ({blobs})"
    if manifest.git:
        dirt = "" if manifest.git.is_clean else " with changes that were not committed"
        commit = f" from commit {manifest.git.commit[:12]}{dirt}"
    else:
        commit = ""
    again = "; it is the latest again" if published.is_latest_again else ""
    return f"{title}  version {version} is there already: published {manifest.published}{commit}{again}"


def _document(published: Published) -> dict[str, Any]:
    manifest = published.manifest
    return {
        "project": manifest.dataset.project,
        "address": manifest.dataset.address,
        "version": manifest.version,
        "size_bytes": manifest.size_bytes,
        "is_new": published.is_new,
        "is_latest_again": published.is_latest_again,
        "blobs": published.blobs,
        "new_blobs": published.new_blobs,
        "published": manifest.published,
        "commit": manifest.git.commit if manifest.git else None,
    }
