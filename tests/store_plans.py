"""Publish plans, and the files that they name."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from wombat_tool.store.layout import DatasetName, blob_name
from wombat_tool.store.manifest import Manifest
from wombat_tool.store.plan import read_plan_file
from wombat_tool.store.publish import Published, publish
from wombat_tool.store.store import Store

Content = bytes | Mapping[str, bytes]
"""A file, or the files of a directory by their paths."""

CONTENT = bytes(range(256)) * 100
SHA256 = hashlib.sha256(CONTENT).hexdigest()
BLOB = f"blobs/{SHA256}"
"""A small blob, and its name in a store."""
COMMIT = "0123456789abcdef0123456789abcdef01234567"
LINEAGE: dict[str, Any] = {
    "lineage_version": 1,
    "datasets": [{"address": "shop:raw", "version": "1" * 64, "format": "csv", "producer": None}],
    "steps": [],
}


def version_of(content: Content) -> str:
    """The version that the content has."""
    if isinstance(content, bytes):
        return hashlib.sha256(content).hexdigest()
    lines = "".join(f"{path}\0{hashlib.sha256(content[path]).hexdigest()}\n" for path in sorted(content))
    return hashlib.sha256(lines.encode()).hexdigest()


def write_plan(directory: Path, contents: Mapping[str, Content], *, lineage: Any = None, **fields: Any) -> Path:
    """Write a plan that publishes a dataset of the project "shop" for each address, and the files.

    :param fields: of all its datasets.
    """
    datasets = []
    for number, (address, content) in enumerate(contents.items()):
        files = {"data.bin": content} if isinstance(content, bytes) else content
        for path, one in files.items():
            file = directory / "data" / str(number) / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(one)
        datasets.append(
            {
                "path": f"data/{number}",
                "project": "shop",
                "address": address,
                "format": "file" if isinstance(content, bytes) else "directory",
                "version": version_of(content),
                "size_bytes": sum(map(len, files.values())),
                "is_directory": not isinstance(content, bytes),
                "files": [
                    {"path": path, "sha256": hashlib.sha256(one).hexdigest(), "size_bytes": len(one)}
                    for path, one in files.items()
                ],
                **fields,
            }
        )
    plan = directory / "publish.json"
    directory.mkdir(parents=True, exist_ok=True)
    plan.write_text(json.dumps({"plan_version": 1, "lineage": lineage, "datasets": datasets}))
    return plan


def publish_plan(store: Store, plan: Path, *, now_s: float = 1_000_000.0) -> list[Published]:
    """Publish what a plan says."""
    return list(publish(store, read_plan_file(plan), plan.parent, clock=lambda: now_s))


def publish_content(
    store: Store, directory: Path, content: Content, *, address: str = "shop:orders", now_s: float = 1_000_000.0, **fields: Any
) -> Manifest:
    """Publish one dataset; returns the manifest that is in the store then."""
    directory = directory / f"{address.replace('/', '-')}-{version_of(content)[:12]}"
    return publish_plan(store, write_plan(directory, {address: content}, **fields), now_s=now_s)[0].manifest


def missing_blobs(store: Store) -> set[str]:
    """The names of blobs that a manifest refers to and that are not there, or not whole."""
    missing = set()
    for manifest in store.manifests():
        for blob in store.blobs_of(manifest):
            entry = store.backend.stat(blob_name(blob.sha256))
            if entry is None or entry.size_bytes != blob.size_bytes:
                missing.add(blob_name(blob.sha256))
    return missing


ORDERS = DatasetName("shop", "shop:orders")


EXIT_AT_SYSTEM_CALL = """
import os, sys, threading
from wombat_tool.store.store import Store

lock, left = threading.Lock(), int(sys.argv[1])

def counted(call):
    def wrapper(*arguments, **options):
        global left
        with lock:
            left -= 1
            if left == 0:
                os._exit(9)
        return call(*arguments, **options)
    return wrapper

def exit_at(*names):
    # One after another, so that a number means the same call each time.
    Store.threads = 1
    for name in names:
        setattr(os, name, counted(getattr(os, name)))
"""
"""The beginning of a program that ends, as if it were killed, at the system call with the number of its first argument."""
