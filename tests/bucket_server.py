"""A real server of buckets for tests: fake-gcs-server, wherever its program lies."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import time
import urllib.request
from pathlib import Path
from typing import Iterator
from urllib.parse import quote


@contextlib.contextmanager
def bucket_server(program: Path, bucket: str) -> Iterator[str]:
    """Run fake-gcs-server with one bucket in memory; gives its address.

    It is true to the original but for preconditions, which it holds only for uploads in one request.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    host = ["-scheme", "http", "-host", "127.0.0.1", "-port", str(port), "-public-host", f"127.0.0.1:{port}"]
    process = subprocess.Popen(
        [str(program), "-backend", "memory", *host, "-external-url", address],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _make_bucket(address, bucket, process)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=10)


def put_object(address: str, bucket: str, name: str, content: bytes) -> None:
    """Store an object, as somebody else does who keeps data there."""
    where = f"{address}/upload/storage/v1/b/{bucket}/o?uploadType=media&name={quote(name, safe='')}"
    urllib.request.urlopen(urllib.request.Request(where, data=content, method="POST"), timeout=20).close()


def _make_bucket(address: str, bucket: str, process: subprocess.Popen[bytes]) -> None:
    request = urllib.request.Request(
        f"{address}/storage/v1/b?project=tests",
        data=json.dumps({"name": bucket}).encode(),
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
