"""The list of the files of a directory, which is a blob of its own."""

from __future__ import annotations

from collections.abc import Sequence

from wombat_tool.store.fields import canonical_json, read_document
from wombat_tool.store.manifest import FileInfo, read_file
from wombat_tool.store.paths import check_tree

TREE_VERSION = 1


def tree_json(files: Sequence[FileInfo]) -> bytes:
    """The document's bytes, the same for the same files in any order."""
    ordered = sorted(files, key=lambda file: file.path)
    return canonical_json({"tree_version": TREE_VERSION, "files": [file.to_document() for file in ordered]})


def read_tree(content: bytes) -> tuple[FileInfo, ...]:
    """The files that a document lists.

    :raises Mistake: if it is no such list, or they could not lie side by side in a directory.
    """
    files = tuple(read_file(item) for item in read_document(content, "tree_version", TREE_VERSION).inner_items("files"))
    check_tree(file.path for file in files)
    return files
