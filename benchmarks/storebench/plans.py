"""Publish plans, as the plugin hands them to `store-publish`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from storebench.data import StoredFile

PROJECT = "benchmark"
DATA = "data"
"""The directory, beside the plan, in which the files are."""

_COLUMNS = 20


def write_plan(path: Path, address: str, files: Sequence[StoredFile]) -> None:
    """Write the plan to publish one dataset, which is a directory if it has several files."""
    _write(path, [_planned(address, files, is_directory=len(files) > 1)])


def write_versions_plan(path: Path, address: str, versions: Sequence[StoredFile]) -> None:
    """Write the plan to publish each of these files as a version of the same dataset, with all that models have."""
    planned = [_planned(address, [version], is_directory=False) for version in versions]
    _write(path, [{**one, **_facts(number)} for number, one in enumerate(planned)])


def version_of(files: Sequence[StoredFile]) -> str:
    """The version that a dataset of these files has."""
    if len(files) == 1:
        return files[0].sha256
    return hashlib.sha256("".join(f"{file.path}\0{file.sha256}\n" for file in files).encode()).hexdigest()


def _write(path: Path, datasets: Sequence[dict[str, Any]]) -> None:
    path.write_text(json.dumps({"plan_version": 1, "lineage": None, "datasets": list(datasets)}))


def _planned(address: str, files: Sequence[StoredFile], *, is_directory: bool) -> dict[str, Any]:
    return {
        "path": DATA,
        "project": PROJECT,
        "address": address,
        "format": "file",
        "version": version_of(files),
        "size_bytes": sum(file.size_bytes for file in files),
        "is_directory": is_directory,
        "files": [asdict(file) for file in files],
    }


def _facts(number: int) -> dict[str, Any]:
    return {
        "rows": 1000 + number,
        "columns": [[f"column_{i}", "double"] for i in range(_COLUMNS)],
        "environment": "development",
        "git": {"commit": hashlib.sha1(str(number).encode()).hexdigest(), "is_clean": True},
        "producer": {"address": "flights:train", "key": hashlib.sha256(str(number).encode()).hexdigest()},
        "params": {"train.depth": number % 12, "train.rate": 0.1, "train.seed": number},
        "metrics": {"auc": 0.5 + number % 1000 / 2000, "loss": 1.0 / (1 + number), "rows": float(number)},
    }
