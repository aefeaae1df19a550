"""Memory that a step needs is bounded by the batch and not by the data."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest

from step_sandbox import Sandbox

MIB = 1 << 20
COLUMNS = 8
SMALL_MIB, LARGE_MIB = 3, 300
ROWS_PER_MIB = MIB // (8 * COLUMNS)

STREAMS = {
    "reader": "def f(data: pa.RecordBatchReader): return data",
    "generator": "def f(data: pa.RecordBatchReader):\n    for batch in data: yield batch",
    "dataset": "def f(data: ds.Dataset): return data",
}


@pytest.fixture(scope="module")
def numbers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[tuple[str, int], Path]]:
    """Files of random numbers, which no encoding makes small, by format and size."""
    directory = tmp_path_factory.mktemp("numbers")
    made = {}
    random = np.random.default_rng(0)
    schema = pa.schema([(f"c{i}", pa.float64()) for i in range(COLUMNS)])
    for size in (SMALL_MIB, LARGE_MIB):
        parquet, arrow = directory / f"{size}.parquet", directory / f"{size}.arrow"
        one = pa.parquet.ParquetWriter(parquet, schema, use_dictionary=False, compression="none")
        two = pa.ipc.new_file(str(arrow), schema)
        with one, two:
            for _ in range(size):
                table = pa.table([random.random(ROWS_PER_MIB) for _ in range(COLUMNS)], schema=schema)
                one.write_table(table)
                two.write_table(table)
        made[("parquet", size)], made[("arrow", size)] = parquet, arrow
    yield made
    shutil.rmtree(directory)


@pytest.fixture(autouse=True)
def tidy(tmp_path: Path) -> Iterator[None]:
    """Leaves no large files behind: pytest keeps the directories of the last runs."""
    yield
    shutil.rmtree(tmp_path)


def run_stream(sandbox: Sandbox, code: str, given: Path, formats: tuple[str, str]) -> tuple[float, float]:
    """Run a step on a file; returns its peak memory, all of it and what pyarrow held, in MiB."""
    sandbox.inputs.clear()
    sandbox.outputs.clear()
    path = sandbox.input("data", formats[0])
    path.unlink(missing_ok=True)
    os.link(given, path)
    sandbox.output("out", formats[1])

    result = sandbox.run_alone(f"import pyarrow as pa, pyarrow.dataset as ds\npa.set_cpu_count(2)\n{code}")

    assert "error" not in result, result
    assert result["outputs"][0]["rows"] > 0
    return result["peak_kib"] / 1024, result["arrow_peak_kib"] / 1024


def check_bounded(
    sandbox: Sandbox,
    code: str,
    given: dict[int, Path],
    formats: tuple[str, str],
    *,
    arrow_mib: int = 64,
    allowed_mib: float = LARGE_MIB / 2,
) -> None:
    (small, _), (large, arrow) = (run_stream(sandbox, code, given[size], formats) for size in (SMALL_MIB, LARGE_MIB))
    # In all it is more than what pyarrow holds, as the allocator keeps for a while what was freed.
    print(
        f"{' to '.join(formats)}: {small:.0f} MiB for {SMALL_MIB} MiB, {large:.0f} MiB for {LARGE_MIB} MiB, "
        f"of which pyarrow held {arrow:.0f} MiB"
    )
    assert large - small < allowed_mib
    assert arrow < arrow_mib


@pytest.mark.parametrize(
    ("kind", "formats"),
    [
        ("reader", ("parquet", "arrow")),
        ("reader", ("arrow", "arrow")),
        ("generator", ("arrow", "parquet")),
        ("dataset", ("parquet", "arrow")),
    ],
)
def test_a_stream_needs_the_memory_of_a_few_batches(
    sandbox: Sandbox, numbers: dict[tuple[str, int], Path], kind: str, formats: tuple[str, str]
) -> None:
    given = {size: numbers[(formats[0], size)] for size in (SMALL_MIB, LARGE_MIB)}

    check_bounded(sandbox, STREAMS[kind], given, formats)


@pytest.mark.parametrize("format", ["csv", "jsonl"])
def test_streams_of_text_need_the_memory_of_some_blocks(sandbox: Sandbox, tmp_path: Path, format: str) -> None:
    line = "12345.678,text that is long enough to matter,1\n"
    if format == "jsonl":
        line = '{"a": 12345.678, "b": "text that is long enough to matter", "c": 1}\n'
    given = {}
    for size in (SMALL_MIB, LARGE_MIB):
        given[size] = tmp_path / f"{size}"
        with given[size].open("w") as file:
            file.write("a,b,c\n" if format == "csv" else "")
            for _ in range(size * MIB // len(line) // 10_000):
                file.write(line * 10_000)

    check_bounded(sandbox, STREAMS["generator"], given, (format, "arrow"), arrow_mib=128, allowed_mib=LARGE_MIB * 1.5)


def test_rows_of_an_iterator_are_not_collected(sandbox: Sandbox) -> None:
    out = sandbox.output("out", "jsonl")

    result = sandbox.run_alone("def f():\n    for i in range(300_000): yield {'i': i, 'text': 'x' * 300}")

    assert result["outputs"][0]["rows"] == 300_000
    assert out.stat().st_size > 90 * MIB
    assert result["peak_kib"] / 1024 < 40


def test_a_lazy_frame_is_written_as_it_is_computed(sandbox: Sandbox, numbers: dict[tuple[str, int], Path]) -> None:
    os.link(numbers[("parquet", LARGE_MIB)], sandbox.input("data", "parquet"))
    sandbox.output("out", "parquet")

    result = sandbox.run_alone(
        "import os\nos.environ['POLARS_MAX_THREADS'] = '2'\nimport polars as pl\n"
        "def f(data: pl.LazyFrame): return data.with_columns(x=pl.col('c1') * 2)"
    )

    print(f"lazy frame: {result['peak_kib'] / 1024:.0f} MiB for {LARGE_MIB} MiB")
    assert "error" not in result, result
    assert result["outputs"][0]["rows"] == LARGE_MIB * ROWS_PER_MIB
    # Collected, it would be more than the data.
    assert result["peak_kib"] / 1024 < LARGE_MIB
