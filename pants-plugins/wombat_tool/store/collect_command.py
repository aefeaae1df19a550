"""The command `store-gc`."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from wombat_tool.errors import RetentionPolicyError
from wombat_tool.preview.layout import TextColumn, count_text, size_text, table_lines
from wombat_tool.preview.width import printable
from wombat_tool.store.collect import Collection, Collector
from wombat_tool.store.retention import Policy, VersionKey, read_policy
from wombat_tool.store.store import Store, open_store
from wombat_tool.store.words import add_width

DOCUMENT_VERSION = 1
"""Of the JSON document; a new number means that a reader of the old one would misread it."""

_MOST_VERSIONS = 100


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("store-gc", help="remove versions that no policy keeps, and blobs that nothing needs")
    parser.add_argument(
        "--store", required=True, metavar="URL", help="a directory, file:///directory or gs://bucket/prefix"
    )
    parser.add_argument(
        "--policy", metavar="FILE", help="what is kept; without it the last 5 and what is younger than 90 days"
    )
    parser.add_argument("--delete", action="store_true", help="remove it; else only what would go is told")
    add_width(parser)
    parser.add_argument("--output", choices=["text", "json"], default="text", help="for people, or for programs")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print what goes, or is gone; returns the exit code."""
    store = open_store(arguments.store)
    policy = _policy(arguments.policy) if arguments.policy else Policy()
    collector = Collector(store, policy, verb="removing")
    found = collector.plan()
    if arguments.delete:
        found = collector.sweep(found)
    if arguments.output == "json":
        print(json.dumps(_document(store, found, is_deleted=arguments.delete)))
    else:
        print("\n".join(_lines(store, found, max(arguments.width, 20), is_deleted=arguments.delete)))
        if not arguments.delete and (found.versions or found.blobs):
            print("Nothing was removed yet: `./pants collect-garbage --delete` does it.", file=sys.stderr)
    return 0


def _policy(path: str) -> Policy:
    try:
        return read_policy(Path(path).read_text(encoding="utf-8"), path)
    except (OSError, UnicodeDecodeError) as err:
        raise RetentionPolicyError(path, [f"It cannot be read: {getattr(err, 'strerror', None) or err}."]) from err


def _document(store: Store, found: Collection, *, is_deleted: bool) -> dict[str, Any]:
    return {
        "gc_version": DOCUMENT_VERSION,
        "store": store.url,
        "deleted": is_deleted,
        "versions": [
            {**_key(one.key), "published": one.manifest.published, "size_bytes": one.manifest.size_bytes}
            for one in found.versions
        ],
        "blobs": len(found.blobs),
        "freed_bytes": found.freed_bytes,
        "kept": [{**_key(key), "because": list(reasons)} for key, reasons in found.kept.items()],
    }


def _key(key: VersionKey) -> dict[str, str]:
    return {"project": key.dataset.project, "address": key.dataset.address, "version": key.version}


def _lines(store: Store, found: Collection, width: int, *, is_deleted: bool) -> list[str]:
    lines: list[str] = []
    shown = found.versions[:_MOST_VERSIONS]
    if shown:
        columns = [
            TextColumn("dataset", [printable(str(one.key.dataset)) for one in shown], least=20),
            TextColumn("version", [one.key.version[:12] for one in shown], least=12),
            TextColumn("published", [one.manifest.published[:10] for one in shown], least=10),
            TextColumn("size", [size_text(one.manifest.size_bytes) for one in shown], is_right=True),
        ]
        lines += table_lines(columns, width)[0]
        more = len(found.versions) - len(shown)
        lines += [f"… and {count_text(more, 'more version')}"] if more else []
        lines.append("")
    verb = "are gone" if is_deleted else "would go"
    freed = "freed" if is_deleted else "would be freed"
    versions, blobs = count_text(len(found.versions), "version"), count_text(len(found.blobs), "blob")
    if not found.versions and not found.blobs:
        lines.append(f"Nothing goes from {store.url}.")
    else:
        lines.append(f"{versions} and {blobs} {verb}; {size_text(found.freed_bytes)} {freed}.")
    lines.append(f"{count_text(len(found.kept), 'version')} kept" + _reasons_text(found) + ".")
    return lines


def _reasons_text(found: Collection) -> str:
    """How many versions are kept for what; one may be kept for several reasons."""
    kinds = Counter(kind for reasons in found.kept.values() for kind in {_kind(reason) for reason in reasons})
    counted = ", ".join(f"{count:,} {kind}" for kind, count in sorted(kinds.items(), key=lambda one: (-one[1], one[0])))
    return f": {counted}" if counted else ""


def _kind(reason: str) -> str:
    if reason.startswith("upstream of"):
        return "upstream of others"
    return "labelled" if reason.startswith("labelled") else reason
