"""Large data: a file through three steps that take and write paths, and a table through three that stream."""

from __future__ import annotations

import hashlib
import json
import random
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dagbench.launcher import Launcher
from dagbench.processes import CommandError, Usage, measure
from dagbench.repository import write_settings
from dagbench.scenarios import RUN_PIPELINES, find_interpreter, measure_bare, settle

CP = "cp, three times"
BARE = "bare script"
FIRST = "first run"
UNCHANGED = "nothing changed"

# Source, three outputs, each in the store, in a sandbox (twice while a step works), by `cp` and by the bare script.
_NEEDED_DISK = 16
_LOOK_EVERY_S = 0.05
_MIB = 1 << 20
ROTATIONS = (3, 5, 7)
_BYTES_A_ROW = 24
_HERE = Path(__file__).resolve().parent

_FILE_BUILD = """\
python_sources()
dataset(name="f0", source="f0.bin")
"""
_FILE_STEP = """\
dataset(name="f{after}", format="file")
pipeline_step(
    name="s{after}",
    entry_point="file_work.py:rotate",
    inputs={{"source": ":f{before}"}},
    outputs={{"result": ":f{after}"}},
    params={{"by": {by}}},
)
"""
_FILE_PIPELINE = """\
pipeline(name="pipeline", outputs=[":f3"])
"""
_STREAM_BUILD = """\
python_sources()
dataset(name="numbers", format="parquet")
dataset(name="doubled", format="parquet")
dataset(name="sum", format="json")
pipeline_step(name="produce", entry_point="stream_work.py:produce", outputs=[":numbers"], params={{"rows": {rows}}})
pipeline_step(name="double", entry_point="stream_work.py:double", inputs=[":numbers"], outputs=[":doubled"])
pipeline_step(name="total", entry_point="stream_work.py:total", inputs=[":doubled"], outputs=[":sum"])
pipeline(name="pipeline", outputs=[":sum"])
"""


@dataclass(frozen=True)
class LargeOutcome:
    """What three steps used, in Wombat and without it.

    :param size_bytes: of the largest dataset.
    :param step_s: what Pants says that each step's process took in the first run.
    :param usages: what each way of doing it used.
    """

    size_bytes: int
    step_s: tuple[float, ...]
    usages: tuple[tuple[str, Usage], ...]


def needed_disk_bytes(size_bytes: int) -> int:
    """How much room the scratch directory must have."""
    return _NEEDED_DISK * size_bytes


def measure_file(size_mb: int, *, program: Path, plugins: Path, scratch: Path) -> LargeOutcome:
    """Send a file of `size_mb` million bytes through three steps that each change every byte.

    :param scratch: an empty directory.
    :raises CommandError: if the last file is not what it should be.
    """
    root, bare = scratch / "repository", scratch / "bare"
    write_settings(root, plugins=plugins, scratch=scratch, workers=2)
    bare.mkdir()
    with Launcher(program, root, scratch / "logs") as launcher:
        launcher.start_daemon()
        interpreter = find_interpreter(launcher)
        directory = root / "large"
        directory.mkdir()
        version = write_noise(directory / "f0.bin", size_mb * 1_000_000)
        usages = [(CP, _copy(directory / "f0.bin", bare, launcher.environment))]
        files = [str(directory / "f0.bin"), *(str(bare / f"f{i}.bin") for i in (1, 2, 3))]
        commands = [
            [interpreter, "-sB", str(_HERE / "file_step.py"), files[i], files[i + 1], str(by)]
            for i, by in enumerate(ROTATIONS)
        ]
        usages.append((BARE, _bare_chain(commands, bare, launcher, plugins)))
        _check("the bare script's file", _sha256(Path(files[3])), version)
        shutil.rmtree(bare)

        shutil.copyfile(_HERE / "file_work.py", directory / "file_work.py")
        steps = [_FILE_STEP.format(before=i, after=i + 1, by=by) for i, by in enumerate(ROTATIONS)]
        (directory / "BUILD").write_text("".join([_FILE_BUILD, *steps, _FILE_PIPELINE]))
        record, runs = _run_twice(launcher)
        _check("large:f3", _dataset(record, "large:f3")["version"], version)
    return LargeOutcome(_dataset(record, "large:f3")["size_bytes"], _step_seconds(record), (*usages, *runs))


def measure_stream(size_mb: int, *, program: Path, plugins: Path, lock: Path, scratch: Path) -> LargeOutcome:
    """Stream a table of `size_mb` million bytes (in memory) through three steps, of which two read what one wrote.

    :param lock: a lock file with pyarrow.
    :param scratch: an empty directory.
    :raises CommandError: if the sums are not what they should be.
    """
    rows = size_mb * 1_000_000 // _BYTES_A_ROW
    root, bare = scratch / "repository", scratch / "bare"
    write_settings(root, plugins=plugins, scratch=scratch, workers=2, lock=lock, requirement="pyarrow")
    bare.mkdir()
    with Launcher(program, root, scratch / "logs") as launcher:
        launcher.start_daemon()
        interpreter = find_interpreter(launcher)
        files = [str(rows), *(str(bare / name) for name in ("numbers.parquet", "doubled.parquet", "sum.json"))]
        commands = [
            [interpreter, "-sB", str(_HERE / "stream_step.py"), function, files[i], files[i + 1]]
            for i, function in enumerate(("produce", "double", "total"))
        ]
        usages = [(BARE, _bare_chain(commands, bare, launcher, plugins))]
        right = {"rows": rows, "sum": rows * (rows - 1)}
        _check("the bare script's sum", json.loads(Path(files[3]).read_text()), right)
        shutil.rmtree(bare)

        directory = root / "large"
        directory.mkdir()
        shutil.copyfile(_HERE / "stream_work.py", directory / "stream_work.py")
        (directory / "BUILD").write_text(_STREAM_BUILD.format(rows=rows))
        record, runs = _run_twice(launcher)
        launcher.run("package", "large:sum")
        _check("large:sum", json.loads((root / "dist/large/sum.json").read_text()), right)
        _check("large:doubled", _dataset(record, "large:doubled")["rows"], rows)
    return LargeOutcome(_dataset(record, "large:numbers")["size_bytes"], _step_seconds(record), (*usages, *runs))


def _run_twice(launcher: Launcher) -> tuple[Mapping[str, Any], list[tuple[str, Usage]]]:
    """The record of the first run, and what both used."""
    settle()
    first = launcher.run(*RUN_PIPELINES, look_every_s=_LOOK_EVERY_S)
    record = launcher.last_record()
    settle()
    again = launcher.run(*RUN_PIPELINES)
    ran = [step["address"] for step in launcher.last_record()["steps"] if step["source"] == "ran"]
    _check("steps that ran although nothing changed", ran, [])
    return record, [(FIRST, first), (UNCHANGED, again)]


def _bare_chain(commands: Sequence[Sequence[str]], directory: Path, launcher: Launcher, plugins: Path) -> Usage:
    plan = [(command, [number - 1] if number else []) for number, command in enumerate(commands)]
    return measure_bare(
        plan,
        environment=launcher.environment,
        scratch=directory,
        workers=1,
        look_every_s=_LOOK_EVERY_S,
        python_path=[str(plugins)],
    )


def _copy(source: Path, directory: Path, environment: Mapping[str, str]) -> Usage:
    files = [source, *(directory / f"cp{i}.bin" for i in (1, 2, 3))]
    command = ["sh", "-c", 'cp "$1" "$2" && cp "$2" "$3" && cp "$3" "$4"', "sh", *map(str, files)]
    usage = measure(command, directory=directory, environment=environment, log=directory / "logs" / "cp")
    for path in files[1:]:
        path.unlink()
    return usage


def write_noise(path: Path, size_bytes: int) -> str:
    """Write noise; returns the SHA-256 of what the last of the steps has to make of it."""
    shift = sum(ROTATIONS)
    table = bytes((value + shift) % 256 for value in range(256))
    noise = random.Random(0).randbytes(_MIB)
    hasher = hashlib.sha256()
    with open(path, "wb") as file:
        for number, begin in enumerate(range(0, size_bytes, _MIB)):
            block = (number.to_bytes(8, "big") + noise[8:])[: size_bytes - begin]
            file.write(block)
            hasher.update(block.translate(table))
    return hasher.hexdigest()


def _sha256(path: Path) -> str:
    hasher = hashlib.sha256()
    with open(path, "rb") as file:
        while chunk := file.read(_MIB):
            hasher.update(chunk)
    return hasher.hexdigest()


def _dataset(record: Mapping[str, Any], address: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = next(dataset for dataset in record["datasets"] if dataset["address"] == address)
    return found


def _step_seconds(record: Mapping[str, Any]) -> tuple[float, ...]:
    return tuple(step["seconds"] for step in record["steps"])


def _check(what: str, found: object, right: object) -> None:
    if found != right:
        raise CommandError(f"The data is wrong: {what} must be {right!r}, but was {found!r}.")
