"""What reads data takes little memory, whatever the size and the format."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

PROGRAM = """
import sys
import tempfile
from wombat_tool.formats import Format
from wombat_tool.profile.profiler import profile
from wombat_tool.relations.opening import open_relation
from wombat_tool.relations.session import connect
format, path = sys.argv[1:]
with tempfile.TemporaryDirectory() as spill, connect(128, spill, readable=[path]) as connection:
    relation = open_relation(connection, path, Format(format), title="")
    with relation.reading():
        distinct = connection.execute(f"SELECT count(DISTINCT id) FROM {relation.sql()}").fetchall()[0][0]
    assert distinct == relation.rows, distinct
    assert profile(connection, relation)["columns"][0]["nulls"] == 0
with open("/proc/self/status") as status:
    print(next(int(line.split()[1]) >> 10 for line in status if line.startswith("VmHWM")))
"""
VALIDATION = """
import sys
from wombat_tool.__main__ import main
code = main()
with open("/proc/self/status") as status:
    print(next(int(line.split()[1]) >> 10 for line in status if line.startswith("VmHWM")))
sys.exit(code)
"""
UNIQUE = """
apiVersion: v3.1.0
kind: DataContract
id: keys
version: 1.0.0
status: active
schema:
  - name: keys
    properties:
      - {name: id, logicalType: string, required: true, unique: true}
"""
ROWS = 1_500_000
BATCH_ROWS = 100_000

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from /proc")


def peak_mib(format: str, path: Path, environment: dict[str, Any]) -> int:
    """The most memory that a process takes to count and profile the data, without a word on its standard error."""
    command = [sys.executable, "-c", PROGRAM, format, str(path)]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert (ran.returncode, ran.stderr) == (0, "")
    return int(ran.stdout)


def batch(first: int) -> pa.RecordBatch:
    """Some rows, which take 50 bytes each in memory."""
    numbers = range(first, first + BATCH_ROWS)
    return pa.record_batch(
        {
            "id": pa.array(numbers, pa.int64()),
            "share": pa.array([i * 7919 % 99_991 / 7 for i in numbers]),
            "name": [f"customer-{i * 7919 % 999_983}@example.org" for i in numbers],
        }
    )


def write(path: Path) -> None:
    """Write the rows in the format that the path ends with."""
    schema = batch(0).schema
    firsts = range(0, ROWS, BATCH_ROWS)
    if path.suffix == ".parquet":
        with pq.ParquetWriter(path, schema) as parquet:
            for first in firsts:
                parquet.write_batch(batch(first))
    elif path.suffix == ".arrow":
        options = pa.ipc.IpcWriteOptions(compression="lz4")
        with pa.ipc.new_file(str(path), schema, options=options) as arrow:
            for first in firsts:
                arrow.write_batch(batch(first))
    elif path.suffix == ".csv":
        with pa.csv.CSVWriter(str(path), schema) as text:
            for first in firsts:
                text.write_batch(batch(first))
    else:
        with path.open("w") as lines:
            lines.write("[" if path.suffix == ".json" else "")
            between = "," if path.suffix == ".json" else ""
            for first in firsts[:5]:
                for i, row in enumerate(batch(first).to_pylist()):
                    lines.write(f"{between if first or i else ''}{json.dumps(row)}\n")
            lines.write("]" if path.suffix == ".json" else "")


def peak_of_keys_mib(rows: int, directory: Path, environment: dict[str, Any]) -> int:
    """The most memory that a process takes to validate a file in which a text is unique."""
    path, contract = directory / f"{rows}.parquet", directory / "keys.odcs.yaml"
    contract.write_text(UNIQUE)
    with duckdb.connect(config={"threads": 2}) as connection:
        connection.execute(
            f"COPY (SELECT 'customer-' || i * 7919 || '@example.org' AS id FROM range({rows}) t(i)) "
            f"TO '{path}' (ROW_GROUP_SIZE 250_000)"
        )
    arguments = ["--path", str(path), "--format", "parquet", "--contract", str(contract), "--environment", "production"]
    command = [sys.executable, "-c", VALIDATION, "validate", *arguments, "--memory-mib", "256"]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True)
    report, peak = ran.stdout.rsplit("\n", 2)[:2]
    assert (ran.returncode, ran.stderr) == (0, "")
    assert (json.loads(report)["problem"], json.loads(report)["violations"]) == (None, [])
    return int(peak)


def test_keys_of_three_times_the_rows_take_the_same_memory(tmp_path: Path, environment: dict[str, Any]) -> None:
    few = peak_of_keys_mib(4_000_000, tmp_path, environment)

    assert peak_of_keys_mib(12_000_000, tmp_path, environment) < 1.1 * few


def test_a_batch_that_is_compressed_is_not_decompressed_at_once(tmp_path: Path, environment: dict[str, Any]) -> None:
    path = tmp_path / "data.arrow"
    columns = [pa.arange(0, 6_000_000), *[pa.repeat(7, 6_000_000)] * 15]
    batch = pa.record_batch(columns, names=["id", *(f"c{i}" for i in range(15))])
    with pa.ipc.new_file(str(path), batch.schema, options=pa.ipc.IpcWriteOptions(compression="lz4")) as writer:
        writer.write_batch(batch)
    assert path.stat().st_size < 60_000_000

    # All columns take 732 MiB.
    assert peak_mib("arrow", path, environment) < 380


@pytest.mark.parametrize("format", ["parquet", "arrow", "csv", "jsonl", "json"])
def test_reading_and_profiling_take_little_memory(format: str, tmp_path: Path, environment: dict[str, Any]) -> None:
    path = tmp_path / f"data.{format}"
    write(path)

    assert peak_mib(format, path, environment) < 330
