"""Tells where two JSON documents differ."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

from wombat_tool.files import reading
from wombat_tool.preview.mask import MARK
from wombat_tool.preview.width import ELLIPSIS
from wombat_tool.store.difference import Request

# Larger documents are compared by their bytes alone: they take about ten times as much memory once they are read.
_MOST_BYTES = 32_000_000
_MOST_CHARACTERS = 100
_ABSENT = object()

_Path = tuple[str | int, ...]


def compare_documents(request: Request) -> dict[str, Any]:
    """The keys `same_data` and `values` (the first places that differ, and what is there) of the document.

    Both say nothing (None, and no places) if a document is too large, or is not JSON.
    """
    try:
        with reading(request.left), reading(request.right):
            if max(os.path.getsize(request.left), os.path.getsize(request.right)) > _MOST_BYTES:
                return {"same_data": None, "values": []}
            left, right = _read(request.left), _read(request.right)
        places = list(_first(_differences(left, right, ()), request.most))
    except (ValueError, RecursionError):
        return {"same_data": None, "values": []}
    masked_left, masked_right = request.mask.of_document(left), request.mask.of_document(right)
    values = []
    for path in places:
        (one, one_text), (other, other_text) = _shown(masked_left, path), _shown(masked_right, path)
        # Where one of them hides what the path leads through, the shorter path is the one that says less.
        values.append({"path": min(one_text, other_text, key=len), "left": one, "right": other})
    return {"same_data": not places, "values": values}


def _read(path: str) -> Any:
    with open(path, encoding="utf-8-sig") as opened:
        return json.load(opened)


def _first(paths: Iterator[_Path], most: int) -> Iterator[_Path]:
    for path, _ in zip(paths, range(max(most, 1))):
        yield path


def _differences(left: Any, right: Any, path: _Path) -> Iterator[_Path]:
    if isinstance(left, dict) and isinstance(right, dict):
        for key in [*left, *(key for key in right if key not in left)]:
            yield from _differences(left.get(key, _ABSENT), right.get(key, _ABSENT), (*path, key))
    elif isinstance(left, list) and isinstance(right, list):
        for i in range(max(len(left), len(right))):
            one = left[i] if i < len(left) else _ABSENT
            other = right[i] if i < len(right) else _ABSENT
            yield from _differences(one, other, (*path, i))
    # `1`, `1.0` and `true` are equal to Python, and are not the same; NaN is the same and not equal.
    elif type(left) is not type(right) or (left != right and not (left != left and right != right)):
        yield path


def _shown(document: Any, path: _Path) -> tuple[str | None, str]:
    """What is at the path, as JSON or None if nothing is, and the path as text; `document` is masked already."""
    text = "$"
    for part in path:
        if document == MARK:
            return MARK, text
        if isinstance(part, str) and isinstance(document, dict) and any(key.startswith(MARK) for key in document):
            # Keys are hidden, and so is which of them differs.
            return MARK, f"{text}.{MARK}"
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
        try:
            document = document[part]
        except (IndexError, KeyError, TypeError):
            return None, text
    if document == MARK:
        return MARK, text
    value = json.dumps(document, ensure_ascii=False)
    return value if len(value) <= _MOST_CHARACTERS else value[: _MOST_CHARACTERS - 1] + ELLIPSIS, text
