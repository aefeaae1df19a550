"""Words for people: ages, numbers, commits, the columns of a terminal."""

from __future__ import annotations

import argparse
import json
from typing import Any

from wombat_tool.preview.width import printable
from wombat_tool.store.manifest import Git, Manifest

_UNITS = ((365 * 86_400.0, "year"), (86_400.0, "day"), (3_600.0, "hour"), (60.0, "minute"))


def age_text(seconds: float) -> str:
    """How long ago that is, as "3 days": whole units, of which the smaller ones are left out."""
    for unit_s, name in _UNITS:
        count = int(seconds // unit_s)
        if count >= 1:
            return f"{count:,} {name}{'' if count == 1 else 's'}"
    return "now"


def commit_text(git: Git | None) -> str:
    """The beginning of a commit, with a star if the files were not those of the commit; empty if there is none."""
    return "" if git is None else git.commit[:12] + ("" if git.is_clean else "*")


def number_text(value: float) -> str:
    """A number in at most six digits."""
    return f"{value:,}" if isinstance(value, int) else f"{value:.6g}"


def metrics_text(metrics: dict[str, float]) -> str:
    """Metrics in one line."""
    return ", ".join(f"{printable(name)} {number_text(value)}" for name, value in sorted(metrics.items()))


def value_text(value: Any) -> str:
    """A JSON value in one line."""
    return printable(json.dumps(value, ensure_ascii=False))


def params_text(params: dict[str, Any]) -> str:
    """Parameters in one line."""
    return ", ".join(f"{printable(name)}={value_text(value)}" for name, value in sorted(params.items()))


def manifest_document(manifest: Manifest) -> dict[str, Any]:
    """A manifest for programs, without its profile, which may be as large as all the rest."""
    document = manifest.to_document()
    del document["profile"]
    return document


def width(text: str) -> int:
    """The type of an argument that is a width.

    :raises argparse.ArgumentTypeError: if it is none.
    """
    value = int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else 0
    if value < 20:
        raise argparse.ArgumentTypeError(f"must be a whole number from 20 on, but was {text!r}")
    return value
