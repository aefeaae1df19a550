"""Measures the goal `check` on a generated repository of many data contracts; see benchmarks/README.md."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from contractbench.checks import LEAST_CONTRACTS, measure_checks
from contractbench.report import check_goals, checks_text
from dag import machine_facts, scratch
from dagbench.processes import CommandError

DOCUMENT_VERSION = 1
ROOT = Path(__file__).resolve().parent.parent

_EXIT_WRONG = 1
_EXIT_NOT_MEASURED = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure; exit code 1 if anything was read or compared that need not be, or was not although it had to."""
    options = _parse(arguments)
    if not sys.platform.startswith("linux"):
        print("contracts.py reads /proc and so needs Linux.", file=sys.stderr)
        return _EXIT_NOT_MEASURED
    # So that the daemon is stopped then, too.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    facts = machine_facts()
    print(f"{facts['cores']} cores, {options.contracts} contracts, load average {facts['load_average']:.2f}")
    try:
        with scratch(options.keep) as directory:
            outcome = measure_checks(
                options.contracts, program=ROOT / "pants", plugins=ROOT / "pants-plugins", scratch=directory
            )
    except (CommandError, OSError) as error:
        print(f"Not measured: {error}", file=sys.stderr)
        return _EXIT_NOT_MEASURED
    print(f"\n{checks_text(outcome)}\n{check_goals(outcome)}")
    if options.json is not None:
        document = {"version": DOCUMENT_VERSION, "machine": facts, **asdict(outcome), "wrong": outcome.wrong}
        options.json.write_text(json.dumps(document, indent=2) + "\n")
    return _EXIT_WRONG if outcome.wrong else 0


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--contracts", type=int, default=1000, help="how many datasets, each with a contract file (1000)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there")
    parser.add_argument("--keep", action="store_true", help="keep the scratch directory, and say where it is")
    options = parser.parse_args(arguments)
    if options.contracts < LEAST_CONTRACTS:
        parser.error(f"--contracts must be at least {LEAST_CONTRACTS}, but was {options.contracts}.")
    return options


if __name__ == "__main__":
    sys.exit(main())
