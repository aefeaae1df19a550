"""Measures Wombat on generated graphs, beside a bare script that starts the same commands; see benchmarks/README.md."""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, Callable

from dagbench import report
from dagbench.graphs import SHAPES, graph_of
from dagbench.large import measure_file, measure_stream, needed_disk_bytes
from dagbench.overhead import measure_overhead
from dagbench.processes import CommandError, end_all_in
from dagbench.scale import measure_scale
from dagbench.scenarios import GraphOutcome, as_document, merged, run_graph

DOCUMENT_VERSION = 1
ROOT = Path(__file__).resolve().parent.parent

# Above this, other work on the machine makes wall times useless and CPU times uncertain.
_BUSY_LOAD = 0.3
_EXIT_WRONG = 1
_EXIT_NOT_MEASURED = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what was asked for; exit code 1 if wrong steps ran or wrong data came out."""
    options = _parse(arguments)
    if not sys.platform.startswith("linux"):
        print("dag.py reads /proc and so needs Linux.", file=sys.stderr)
        return _EXIT_NOT_MEASURED
    # So that the daemons are stopped then, too.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    try:
        document, is_right = _Benchmark(options).run()
    except (CommandError, OSError, ValueError) as error:
        print(f"Not measured: {error}", file=sys.stderr)
        return _EXIT_NOT_MEASURED
    if options.json is not None:
        options.json.write_text(json.dumps(document, indent=2) + "\n")
    return 0 if is_right else _EXIT_WRONG


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shape", choices=[*SHAPES, "all", "none"], default="layers", help="of the graph (layers)")
    parser.add_argument("--steps", type=int, default=report.GOAL_STEPS, help="in the graph (1000)")
    parser.add_argument("--reps", type=int, default=1, help="repetitions, of which the medians are shown (1)")
    parser.add_argument("--workers", type=int, default=2, help="how many steps run at once, here and there (2)")
    parser.add_argument("--overhead", action="store_true", help="also what one step costs beyond its code")
    parser.add_argument("--big-file", action="store_true", help="also a large file and a large table, three steps each")
    parser.add_argument("--size-mb", type=int, default=1000, help="of the large file, in million bytes (1000)")
    parser.add_argument("--scale", action="store_true", help="also loading and listing of wide graphs")
    parser.add_argument(
        "--scale-steps", type=int, nargs=2, default=[1000, 10000], metavar="N", help="their sizes (1000 10000)"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there")
    parser.add_argument("--keep", action="store_true", help="keep the scratch directory, and say where it is")
    options = parser.parse_args(arguments)
    if options.shape == "none" and not (options.overhead or options.big_file or options.scale):
        parser.error("there is nothing to measure: add --overhead, --big-file or --scale, or name another --shape.")
    for shape in _shapes(options):
        try:
            graph_of(shape, options.steps)
        except ValueError as error:
            parser.error(f"--steps: {error}")
    for name in ("reps", "workers", "size_mb"):
        if getattr(options, name) < 1:
            parser.error(f"--{name.replace('_', '-')} must be at least 1, but was {getattr(options, name)}.")
    return options


def _shapes(options: argparse.Namespace) -> tuple[str, ...]:
    if options.shape == "none":
        return ()
    return SHAPES if options.shape == "all" else (options.shape,)


class _Benchmark:
    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.common = {"program": ROOT / "pants", "plugins": ROOT / "pants-plugins"}
        self.is_right = True

    def run(self) -> tuple[dict[str, Any], bool]:
        """Measure and print; returns all figures, and whether what had to be right was."""
        options = self.options
        machine = machine_facts()
        print(
            f"{machine['cores']} cores, Python {machine['python']}, {options.workers} workers, "
            f"{options.reps} repetition{'s' if options.reps > 1 else ''}, load average {machine['load_average']:.2f}"
        )
        if machine["load_average"] > _BUSY_LOAD:
            print(
                "WARNING: the machine is busy with other work, so wall times are too long and ratios uncertain. "
                "Compare CPU, and see the column `others`: how many cores were busy with something else."
            )
        document: dict[str, Any] = {"version": DOCUMENT_VERSION, "machine": machine, "graphs": []}
        for shape in _shapes(options):
            document["graphs"].append(self._graph(shape))
        parts: list[tuple[bool, str, Callable[[], Any]]] = [
            (options.overhead, "overhead", self._overhead),
            (options.big_file, "file", self._file),
            (options.big_file, "stream", self._stream),
            (options.scale, "scale", self._scale),
        ]
        for is_wanted, name, part in parts:
            if is_wanted:
                document[name] = part()
        document["is_right"] = self.is_right
        return document, self.is_right

    def _graph(self, shape: str) -> dict[str, Any]:
        options = self.options
        graph = graph_of(shape, options.steps)
        repetitions: list[GraphOutcome] = []
        for number in range(options.reps):
            _progress(f"{shape}, {options.steps} steps, repetition {number + 1} of {options.reps}")
            with scratch(options.keep) as directory:
                repetitions.append(run_graph(graph, scratch=directory, workers=options.workers, **self.common))
        outcome = merged(repetitions)
        self.is_right = self.is_right and all(one.is_right for one in outcome.outcomes)
        print(f"\n{shape}, {options.steps} steps: {report.summary_line(outcome)} ran")
        print(report.graph_text(outcome))
        if shape == "layers" and options.steps == report.GOAL_STEPS:
            print(report.graph_goals(outcome))
        return {
            "shape": shape,
            "steps": options.steps,
            "medians": as_document(outcome),
            "repetitions": [as_document(one) for one in repetitions],
        }

    def _overhead(self) -> dict[str, Any]:
        _progress("overhead of a step")
        with scratch(self.options.keep) as directory:
            outcome = measure_overhead(scratch=directory, **self.common)
        print("\n" + report.overhead_text(outcome))
        return asdict(outcome)

    def _file(self) -> dict[str, Any]:
        size_mb = self.options.size_mb
        _progress(f"a file of {size_mb} MB")
        with scratch(self.options.keep, needed_disk_bytes(size_mb * 1_000_000)) as directory:
            outcome = measure_file(size_mb, scratch=directory, **self.common)
        print(f"\none file through three steps, paths in and out\n{report.large_text(outcome)}")
        return asdict(outcome)

    def _stream(self) -> dict[str, Any]:
        size_mb = self.options.size_mb
        _progress(f"a table of {size_mb} MB")
        lock = ROOT / "3rdparty/python/examples.lock"
        with scratch(self.options.keep, needed_disk_bytes(size_mb * 1_000_000)) as directory:
            outcome = measure_stream(size_mb, lock=lock, scratch=directory, **self.common)
        print(f"\none table through three steps, RecordBatchReader in, batches out\n{report.large_text(outcome)}")
        return asdict(outcome)

    def _scale(self) -> list[dict[str, Any]]:
        outcomes = []
        for steps in self.options.scale_steps:
            _progress(f"wide, {steps} steps, loading and listing")
            with scratch(self.options.keep) as directory:
                outcomes.append(measure_scale(steps, scratch=directory, **self.common))
        print("\n" + report.scale_text(outcomes))
        return [asdict(outcome) for outcome in outcomes]


def machine_facts() -> dict[str, Any]:
    """The machine, and how busy it is."""
    return {
        "cores": os.cpu_count(),
        "memory_mib": os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // (1 << 20),
        "python": platform.python_version(),
        "load_average": os.getloadavg()[0],
    }


@contextmanager
def scratch(keep: bool, needed_bytes: int = 0, *, size_option: str = "--size-mb") -> Iterator[Path]:
    """An empty directory; what still works in it at the end is ended, and it is removed.

    :param size_option: the option that makes what is written smaller.
    """
    # Pants knows files by their real paths.
    path = Path(tempfile.mkdtemp(prefix="wombat-benchmark-")).resolve()
    try:
        free_bytes = shutil.disk_usage(path).free
        if free_bytes < needed_bytes:
            raise CommandError(
                f"{path.parent} has {free_bytes / 1e9:.1f} GB free, but {needed_bytes / 1e9:.1f} GB are needed. Name "
                f"another directory (TMPDIR=/another/disk), or a smaller size ({size_option})."
            )
        yield path
    finally:
        end_all_in(path)
        if keep:
            _progress(f"kept {path}")
        else:
            shutil.rmtree(path, onerror=_make_writable)


def _make_writable(function: Callable[..., Any], path: str, _: Any) -> None:
    # Pants makes directories read-only that several sandboxes share.
    os.chmod(os.path.dirname(path), 0o700)
    os.chmod(path, 0o700)
    function(path)


def _progress(text: str) -> None:
    print(f"... {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
