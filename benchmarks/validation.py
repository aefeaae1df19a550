"""Measures the validation of a Parquet file beside pandera, DuckDB and pointblank; see benchmarks/README.md."""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from contractbench.engines import ENGINES, MEMORY_MIB, WOMBAT, Engines, Use, median_use
from contractbench.environments import find_python, make_environment
from contractbench.report import engine_goals, engines_text
from contractbench.rules import RULES
from dag import machine_facts, scratch
from dagbench.processes import CommandError

DOCUMENT_VERSION = 1
ROOT = Path(__file__).resolve().parent.parent
IDS = ("spread", "dense")

_SPOILT_ROWS = 500_000
_EXIT_WRONG = 1
_EXIT_NOT_MEASURED = 2
_TOOL_LOCK = ROOT / "pants-plugins/wombat/tool.lock"
_OTHER_LOCK = ROOT / "3rdparty/tools/validation-bench.lock"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure all engines; exit code 1 if one of them finds what is not there, or misses what is."""
    options = _parse(arguments)
    if not sys.platform.startswith("linux"):
        print("validation.py reads /proc and so needs Linux.", file=sys.stderr)
        return _EXIT_NOT_MEASURED
    # So that what it started is ended then, too.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    try:
        with scratch(options.keep) as directory:
            document = _measure(options, directory)
    except (CommandError, OSError) as error:
        print(f"Not measured: {error}", file=sys.stderr)
        return _EXIT_NOT_MEASURED
    if options.json is not None:
        options.json.write_text(json.dumps(document, indent=2) + "\n")
    return _EXIT_WRONG if document["wrong"] else 0


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=5_000_000, help="of the file that all engines get (5000000)")
    parser.add_argument(
        "--large-rows", type=int, default=50_000_000, help="of a file for wombat_tool alone; 0 for none (50000000)"
    )
    parser.add_argument("--ids", choices=IDS, default=IDS[0], help="how the unique numbers are spread (spread)")
    parser.add_argument("--reps", type=int, default=3, help="repetitions, of which the medians are shown (3)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there")
    parser.add_argument("--keep", action="store_true", help="keep the scratch directory, and say where it is")
    options = parser.parse_args(arguments)
    for name, least in (("rows", 1), ("large_rows", 0), ("reps", 1)):
        if getattr(options, name) < least:
            flag = name.replace("_", "-")
            parser.error(f"--{flag} must be at least {least}, but was {getattr(options, name)}.")
    return options


def _measure(options: argparse.Namespace, directory: Path) -> dict[str, Any]:
    facts = machine_facts()
    print(
        f"{facts['cores']} cores, {options.rows:,} rows, ids {options.ids}, {options.reps} repetitions, "
        f"load average {facts['load_average']:.2f}"
    )
    engines = _engines(directory)
    wrong = _wrong_verdicts(engines, engines.generate(_SPOILT_ROWS, options.ids, spoilt=True), RULES)
    _progress(f"{options.rows:,} rows")
    data = engines.generate(options.rows, options.ids)
    uses: dict[str, list[Use]] = {engine: [] for engine in ENGINES}
    for number in range(options.reps):
        # In turn, so that what else the machine does hits all of them.
        _progress(f"repetition {number + 1} of {options.reps}")
        for engine in ENGINES:
            use, found = engines.validate(engine, data)
            uses[engine].append(use)
            wrong += _wrong_verdict(engine, data, found, ())
    medians = {engine: median_use(found) for engine, found in uses.items()}
    large = None
    if options.large_rows:
        _progress(f"{options.large_rows:,} rows")
        file = engines.generate(options.large_rows, options.ids)
        large, found = engines.validate(WOMBAT, file)
        wrong += _wrong_verdict(WOMBAT, file, found, ())
    size_mb = data.stat().st_size / 1e6
    print(f"\nParquet file of {size_mb:.0f} MB. Ratios (x) are to pandera on polars. wombat_tool has {MEMORY_MIB} MiB.")
    print(engines_text(medians))
    if large is not None:
        print(
            f"wombat_tool on {options.large_rows:,} rows: {large.wall_s:.2f} s wall, {large.cpu_s:.2f} s CPU, "
            f"peak {large.peak_mb:.0f} MB."
        )
    print(engine_goals(medians, large))
    for problem in wrong:
        print(f"WRONG: {problem}")
    return _document(options, facts, size_mb, uses, medians, large, wrong)


def _engines(directory: Path) -> Engines:
    python = find_python()
    _progress(f"virtual environments with {python}")
    tool, other = (
        make_environment(python, lock, directory / name, directory / "install.log")
        for name, lock in (("tool-venv", _TOOL_LOCK), ("other-venv", _OTHER_LOCK))
    )
    # A copy, so that an edit meanwhile changes no figures.
    plugins = directory / "plugins"
    shutil.copytree(
        ROOT / "pants-plugins/wombat_tool", plugins / "wombat_tool", ignore=shutil.ignore_patterns("__pycache__")
    )
    return Engines(directory, tool_python=tool, other_python=other, plugins=plugins)


def _wrong_verdicts(engines: Engines, data: Path, right: Sequence[str]) -> list[str]:
    """What is wrong with the verdicts of all engines on a file; it also makes them compile their modules."""
    _progress(f"verdicts on {data.name}")
    return [
        problem for engine in ENGINES for problem in _wrong_verdict(engine, data, engines.validate(engine, data)[1], right)
    ]


def _wrong_verdict(engine: str, data: Path, found: Sequence[str], right: Sequence[str]) -> list[str]:
    if list(found) == list(right):
        return []
    said, must = (", ".join(rules) or "nothing" for rules in (found, right))
    return [f"{engine} finds in {data.name} that {said} is violated, but must find {must}."]


def _document(
    options: argparse.Namespace,
    facts: Mapping[str, Any],
    size_mb: float,
    uses: Mapping[str, Sequence[Use]],
    medians: Mapping[str, Use],
    large: Use | None,
    wrong: Sequence[str],
) -> dict[str, Any]:
    """All figures as JSON-able values."""
    return {
        "version": DOCUMENT_VERSION,
        "machine": dict(facts),
        "rows": options.rows,
        "ids": options.ids,
        "size_mb": size_mb,
        "medians": {engine: asdict(use) for engine, use in medians.items()},
        "repetitions": {engine: [asdict(use) for use in found] for engine, found in uses.items()},
        "large": None if large is None else {"rows": options.large_rows, **asdict(large)},
        "wrong": list(wrong),
    }


def _progress(text: str) -> None:
    print(f"... {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
