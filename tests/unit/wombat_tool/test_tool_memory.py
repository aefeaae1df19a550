"""Memory stays bounded by a block, whatever the size of the data."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest

PROGRAM = """
import sys
from wombat_tool.__main__ import main
code = main(sys.argv[1:])
# Not what `resource` says, which counts what the parent needed before this program began.
with open("/proc/self/status") as status:
    peak_kib = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
print(peak_kib)
sys.exit(code)
"""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from /proc")


def preview_with_peak(path: Path, format: str, environment: dict[str, str]) -> tuple[dict[str, object], int]:
    """The document, and the most memory that it took, in MiB."""
    command = [sys.executable, "-c", PROGRAM, "preview", "--format", format, "--path", str(path), "--output", "json"]
    ran = subprocess.run(command, env=environment, capture_output=True, check=True, text=True)
    document, peak_kib = ran.stdout.splitlines()
    return json.loads(document), int(peak_kib) >> 10


def test_a_csv_of_200_mb_takes_little_memory(tmp_path: Path, environment: dict[str, str]) -> None:
    path = tmp_path / "data.csv"
    block = b"".join(
        b"%d,%d.25,name-%d,2013-01-%02d\n" % (i, i * 7, i * 7919 % 9973, i % 28 + 1) for i in range(50_000)
    )
    with path.open("wb") as file:
        file.write(b"id,value,name,day\n")
        blocks = 0
        while file.tell() < 200_000_000:
            file.write(block)
            blocks += 1

    document, peak_mib = preview_with_peak(path, "csv", environment)

    assert document["rows"] == blocks * 50_000
    assert peak_mib < 350


def test_text_of_one_line_takes_little_memory(tmp_path: Path, environment: dict[str, str]) -> None:
    path = tmp_path / "data.txt"
    with path.open("wb") as file:
        for _ in range(100):
            file.write(b"x" * 1_000_000)

    document, peak_mib = preview_with_peak(path, "text", environment)

    assert document["lines"] == 1
    assert peak_mib < 60


def test_an_arrow_file_of_one_compressed_batch_is_not_decompressed_at_once(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    path = tmp_path / "data.arrow"
    column = pa.repeat(7, 2_000_000)
    batch = pa.record_batch([column] * 16, names=[f"c{i}" for i in range(16)])
    with pa.ipc.new_file(str(path), batch.schema, options=pa.ipc.IpcWriteOptions(compression="lz4")) as writer:
        writer.write_batch(batch)

    document, peak_mib = preview_with_peak(path, "arrow", environment)

    # All columns take 244 MiB.
    assert document["rows"] == 2_000_000
    assert peak_mib < 180
