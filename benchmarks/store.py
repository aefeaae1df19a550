"""Measures the artifact store in a directory beside plain copies and DVC; see benchmarks/README.md."""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from contractbench.environments import find_python, make_environment
from dag import machine_facts, scratch
from dagbench.processes import CommandError
from storebench.contenders import Contenders
from storebench.report import goals_text, layout_text, second_text, versions_text
from storebench.scenarios import KEPT_VERSIONS, SHARED_ONE_IN, Layout, LayoutOutcome, SecondVersion, measure_versions

DOCUMENT_VERSION = 1
ROOT = Path(__file__).resolve().parent.parent

_EXIT_WRONG = 1
_EXIT_NOT_MEASURED = 2
_TOOL_LOCK = ROOT / "pants-plugins/wombat/tool.lock"
_DVC_LOCK = ROOT / "3rdparty/tools/store-bench.lock"
# The data, what is stored of it by the store and by DVC in three places, and what is copied and fetched.
_TIMES_THE_SIZE = 8


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure everything; exit code 1 if what is stored, fetched or collected is not what it must be."""
    options = _parse(arguments)
    if not sys.platform.startswith("linux"):
        print("store.py reads /proc and so needs Linux.", file=sys.stderr)
        return _EXIT_NOT_MEASURED
    # So that what it started is ended then, too.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    try:
        with scratch(options.keep, _TIMES_THE_SIZE * (options.size_mib << 20), size_option="--size-mib") as directory:
            document = _measure(options, directory)
    except (CommandError, OSError) as error:
        print(f"Not measured: {error}", file=sys.stderr)
        return _EXIT_NOT_MEASURED
    if options.json is not None:
        options.json.write_text(json.dumps(document, indent=2) + "\n")
    return _EXIT_WRONG if document["wrong"] else 0


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size-mib", type=int, default=1000, help="of the data, in each layout (1000)")
    parser.add_argument(
        "--files", type=int, default=10_000, help="files of the second layout; the first is one file (10000)"
    )
    parser.add_argument("--versions", type=int, default=10_000, help="versions of a dataset; 0 for none (10000)")
    parser.add_argument("--reps", type=int, default=3, help="repetitions, of which the medians are shown (3)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there")
    parser.add_argument("--keep", action="store_true", help="keep the scratch directory, and say where it is")
    options = parser.parse_args(arguments)
    for name, least in (("size_mib", 1), ("files", SHARED_ONE_IN), ("versions", 0), ("reps", 1)):
        if getattr(options, name) < least:
            flag = name.replace("_", "-")
            parser.error(f"--{flag} must be at least {least}, but was {getattr(options, name)}.")
    return options


def _measure(options: argparse.Namespace, directory: Path) -> dict[str, Any]:
    facts = machine_facts()
    print(
        f"{facts['cores']} cores, {options.size_mib:,} MiB in 1 and in {options.files:,} files, {options.reps} "
        f"repetitions, load average {facts['load_average']:.2f}"
    )
    contenders = _contenders(directory)
    layouts: list[LayoutOutcome] = []
    second: SecondVersion | None = None
    for files in (1, options.files):
        _progress(f"{options.size_mib:,} MiB in {files:,} files")
        layout = Layout(contenders, directory / f"files_{files}", files=files, size_bytes=options.size_mib << 20)
        for number in range(options.reps):
            _progress(f"repetition {number + 1} of {options.reps}")
            layout.measure()
        layouts.append(layout.outcome)
        print(f"\n{layout_text(layout.outcome)}")
        if files > 1:
            second = layout.measure_second_version()
            print(f"\n{second_text(second)}")
        layout.remove()
    versions = None
    if options.versions:
        versions = measure_versions(contenders, directory / "versions", options.versions, _progress)
        print(f"\n{versions_text(versions)}\nstore-gc keeps the last {KEPT_VERSIONS}.")
    print(f"\n{goals_text(layouts, second, versions)}")
    wrong = [problem for outcome in layouts for problem in outcome.wrong] + (versions.wrong if versions else [])
    for problem in wrong:
        print(f"WRONG: {problem}")
    return {
        "version": DOCUMENT_VERSION,
        "machine": facts,
        "layouts": [
            {**asdict(outcome), "medians": {name: asdict(use) for name, use in outcome.medians.items()}}
            for outcome in layouts
        ],
        "second_version": asdict(second) if second else None,
        "versions": asdict(versions) if versions else None,
        "wrong": wrong,
    }


def _contenders(directory: Path) -> Contenders:
    python = find_python()
    _progress(f"virtual environments with {python}")
    tool, dvc = (
        make_environment(python, lock, directory / name, directory / "install.log")
        for name, lock in (("tool-venv", _TOOL_LOCK), ("dvc-venv", _DVC_LOCK))
    )
    # A copy, so that an edit meanwhile changes no figures.
    plugins = directory / "plugins"
    shutil.copytree(
        ROOT / "pants-plugins/wombat_tool", plugins / "wombat_tool", ignore=shutil.ignore_patterns("__pycache__")
    )
    return Contenders(directory, tool_python=tool, dvc_python=dvc, plugins=plugins)


def _progress(text: str) -> None:
    print(f"... {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
