"""Words for people: ages, numbers, commits, the columns of a terminal."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from typing import Any

from wombat_tool.preview.width import printable
from wombat_tool.store.manifest import Git, Manifest

_LEAST_WIDTH = 20
_WIDTH_IN_LOGS = 160
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


def add_width(parser: argparse.ArgumentParser) -> None:
    """Add the argument `--width` to a command that prints for people."""
    parser.add_argument(
        "--width", type=_width, default=_width_here(), help="columns of a line (default: those of the terminal)"
    )


def _width_here() -> int:
    """The columns of the terminal; elsewhere, as in a log, lines may be longer, and names had better be whole."""
    return max(_LEAST_WIDTH, shutil.get_terminal_size().columns) if sys.stdout.isatty() else _WIDTH_IN_LOGS


def _width(text: str) -> int:
    value = int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else 0
    if value < _LEAST_WIDTH:
        raise argparse.ArgumentTypeError(f"must be a whole number from {_LEAST_WIDTH} on, but was {text!r}")
    return value
