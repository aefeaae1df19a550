"""Stores whose place fails: nothing is lost, nothing half written is served, and each error says what to do."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from store_plans import BLOB, CONTENT, SHA256
from strict_bucket import BUCKET, StrictBucket
from wombat_tool.errors import StoreError
from wombat_tool.store.gcs import GcsBackend

LARGE = bytes(range(256)) * (40 << 12)
LARGE_SHA256 = hashlib.sha256(LARGE).hexdigest()
LARGE_BLOB = f"blobs/{LARGE_SHA256}"

CUT: dict[str, Any] = {"status": None}
SECRET = "secret-"


@pytest.fixture
def gcs(strict_bucket: StrictBucket) -> GcsBackend:
    """A store on the double, whose patience is that of tests."""
    return GcsBackend(BUCKET, "store", patience_s=0.6, first_wait_s=0.01, timeout_s=2.0)


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """A file that is uploaded in three parts."""
    path = tmp_path / "large"
    path.write_bytes(LARGE)
    return path


def put(bucket: StrictBucket, content: bytes, name: str = BLOB) -> None:
    """Have an object in the store."""
    bucket.put(f"store/{name}", content, {}, {})


FAULTS = [
    pytest.param({"status": 503, "times": 3}, id="503"),
    pytest.param({"status": 429, "times": 3}, id="429"),
    pytest.param({**CUT, "times": 2}, id="connection lost"),
]


# --- Faults of a bucket that pass ---


@pytest.mark.parametrize("fault", FAULTS)
def test_small_objects_get_through(gcs: GcsBackend, strict_bucket: StrictBucket, fault: dict[str, Any]) -> None:
    for method in ("POST", "GET", "DELETE"):
        strict_bucket.fail(method, "", **fault)

    assert gcs.create("a/b", CONTENT) is True
    assert gcs.read("a/b") == CONTENT
    assert gcs.touch("a/b") is True
    [entry] = gcs.entries("")
    assert gcs.delete(entry) is True
    assert not strict_bucket.objects


@pytest.mark.parametrize("fault", FAULTS)
def test_small_files_get_through(
    gcs: GcsBackend, strict_bucket: StrictBucket, source: Path, tmp_path: Path, fault: dict[str, Any]
) -> None:
    strict_bucket.fail("POST", "/upload/", **fault)
    strict_bucket.fail("GET", "alt=media", **fault)

    assert gcs.upload(BLOB, source, sha256=SHA256, size_bytes=len(CONTENT)) is True
    assert gcs.download(BLOB, tmp_path / "target", sha256=SHA256, size_bytes=len(CONTENT)) is True
    assert (tmp_path / "target").read_bytes() == CONTENT


@pytest.mark.parametrize(
    "fault",
    [
        *FAULTS,
        pytest.param({**CUT, "times": 3, "kept_bytes": 1 << 20}, id="connection lost amid a part"),
        pytest.param({"status": 503, "times": 3, "kept_bytes": 256 << 10}, id="503 amid a part"),
        pytest.param({**CUT, "times": 5, "is_done": True}, id="answers lost"),
    ],
)
def test_large_files_get_through(gcs: GcsBackend, strict_bucket: StrictBucket, large: Path, fault: dict[str, Any]) -> None:
    strict_bucket.fail("PUT", "", **fault)

    assert gcs.upload(LARGE_BLOB, large, sha256=LARGE_SHA256, size_bytes=len(LARGE)) is True

    assert strict_bucket.objects[f"store/{LARGE_BLOB}"].content == LARGE


def test_an_upload_goes_on_where_it_stopped(gcs: GcsBackend, strict_bucket: StrictBucket, large: Path) -> None:
    strict_bucket.fail("PUT", "", status=None, kept_bytes=15 << 20)

    gcs.upload(LARGE_BLOB, large, sha256=LARGE_SHA256, size_bytes=len(LARGE))

    # The part that is cut, the question what is there, and the rest of 25 MiB in two parts.
    assert [method for method, _ in strict_bucket.requests].count("PUT") == 4


def test_an_upload_that_the_server_forgets_begins_anew(gcs: GcsBackend, strict_bucket: StrictBucket, large: Path) -> None:
    strict_bucket.fail("PUT", "", status=410)

    assert gcs.upload(LARGE_BLOB, large, sha256=LARGE_SHA256, size_bytes=len(LARGE)) is True


def test_a_download_goes_on_where_it_stopped(gcs: GcsBackend, strict_bucket: StrictBucket, tmp_path: Path) -> None:
    put(strict_bucket, LARGE, LARGE_BLOB)
    strict_bucket.fail("GET", "alt=media", kept_bytes=9 << 20, times=3)

    assert gcs.download(LARGE_BLOB, tmp_path / "target", sha256=LARGE_SHA256, size_bytes=len(LARGE)) is True

    assert (tmp_path / "target").read_bytes() == LARGE
    assert [path.name for path in tmp_path.iterdir()] == ["target"]


def test_patience_is_for_silence_and_not_for_the_whole_file(
    strict_bucket: StrictBucket, large: Path, tmp_path: Path
) -> None:
    impatient = GcsBackend(BUCKET, "store", patience_s=0.001, first_wait_s=0.001)
    strict_bucket.fail("PUT", "", kept_bytes=1 << 20)
    strict_bucket.fail("GET", "alt=media", kept_bytes=9 << 20, times=4)

    assert impatient.upload(LARGE_BLOB, large, sha256=LARGE_SHA256, size_bytes=len(LARGE)) is True
    assert impatient.download(LARGE_BLOB, tmp_path / "target", sha256=LARGE_SHA256, size_bytes=len(LARGE)) is True
    assert (tmp_path / "target").read_bytes() == LARGE


def test_a_download_goes_on_in_another_run(gcs: GcsBackend, strict_bucket: StrictBucket, tmp_path: Path) -> None:
    put(strict_bucket, LARGE, LARGE_BLOB)
    strict_bucket.fail("GET", "alt=media", kept_bytes=20 << 20)
    strict_bucket.fail("GET", "alt=media", status=503, times=1000)
    with pytest.raises(StoreError, match="the server is busy or out of order"):
        gcs.download(LARGE_BLOB, tmp_path / "target", sha256=LARGE_SHA256, size_bytes=len(LARGE))
    strict_bucket.faults.clear()
    strict_bucket.fail("GET", "alt=media", kept_bytes=20 << 20)

    assert not (tmp_path / "target").exists()
    assert gcs.download(LARGE_BLOB, tmp_path / "target", sha256=LARGE_SHA256, size_bytes=len(LARGE)) is True
    # No bytes were left to be cut off after those of the first run.
    assert (tmp_path / "target").read_bytes() == LARGE


def test_bad_bytes_of_an_earlier_run_are_forgotten(gcs: GcsBackend, strict_bucket: StrictBucket, tmp_path: Path) -> None:
    put(strict_bucket, CONTENT)
    (tmp_path / f".wombat-{SHA256}.partial").write_bytes(b"other bytes")

    assert gcs.download(BLOB, tmp_path / "target", sha256=SHA256, size_bytes=len(CONTENT)) is True
    assert (tmp_path / "target").read_bytes() == CONTENT


def test_an_object_that_is_touched_while_it_is_downloaded_arrives(
    gcs: GcsBackend, strict_bucket: StrictBucket, tmp_path: Path
) -> None:
    put(strict_bucket, LARGE, LARGE_BLOB)

    def touched_and_cut(method: str, path: str) -> bool:
        if "alt=media" not in path or method != "GET":
            return False
        put(strict_bucket, LARGE, LARGE_BLOB)
        return True

    strict_bucket.fail("GET", "", kept_bytes=9 << 20)
    strict_bucket.faults[0].matches = touched_and_cut

    assert gcs.download(LARGE_BLOB, tmp_path / "target", sha256=LARGE_SHA256, size_bytes=len(LARGE)) is True
    assert (tmp_path / "target").read_bytes() == LARGE


# --- Answers that are lost ---


def test_whoever_created_an_object_is_told_so_though_the_answer_was_lost(
    gcs: GcsBackend, strict_bucket: StrictBucket
) -> None:
    strict_bucket.fail("POST", "/upload/", status=None, is_done=True)

    assert gcs.create("a/b", CONTENT) is True
    assert gcs.create("a/b", CONTENT) is False


def test_touching_and_deleting_succeed_though_the_answer_was_lost(gcs: GcsBackend, strict_bucket: StrictBucket) -> None:
    gcs.create("a/b", CONTENT)
    strict_bucket.fail("POST", "rewriteTo", status=503, is_done=True)
    strict_bucket.fail("DELETE", "", status=503, is_done=True)

    assert gcs.touch("a/b") is True
    [entry] = gcs.entries("")
    assert gcs.delete(entry) is True
    assert gcs.read("a/b") is None


# --- Faults of a bucket that stay ---

USES: list[Any] = [
    pytest.param(lambda gcs, path: gcs.create("a/b", b""), id="create"),
    pytest.param(lambda gcs, path: gcs.upload(BLOB, path / "source", sha256=SHA256, size_bytes=25600), id="upload"),
    pytest.param(
        lambda gcs, path: gcs.upload(LARGE_BLOB, path / "large", sha256=LARGE_SHA256, size_bytes=len(LARGE)),
        id="upload large",
    ),
    pytest.param(lambda gcs, path: gcs.read("a/b"), id="read"),
    pytest.param(lambda gcs, path: gcs.download(BLOB, path / "t", sha256=SHA256, size_bytes=25600), id="download"),
    pytest.param(lambda gcs, path: gcs.stat("a/b"), id="stat"),
    pytest.param(lambda gcs, path: gcs.touch("a/b"), id="touch"),
    pytest.param(lambda gcs, path: list(gcs.entries("")), id="list"),
]


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize(
    ("fault", "message"),
    [
        pytest.param({"status": 503}, r"the server is busy or out of order \(HTTP 503: It is a test\)", id="503"),
        pytest.param({"status": 429}, r"the server is busy or out of order \(HTTP 429: It is a test\)", id="429"),
        pytest.param({"status": None}, r"the connection failed \(\w+\)\. See that the network", id="connection"),
        pytest.param({"status": 403}, r"access is denied: It is a test\. Ask for the role Storage Object", id="403"),
        pytest.param({"status": 401}, r"the credentials are not accepted\. Log in with `gcloud auth", id="401"),
        pytest.param({"status": 400}, r"the server refused it \(HTTP 400: It is a test\)", id="400"),
    ],
)
def test_a_fault_that_stays_is_told(
    gcs: GcsBackend,
    strict_bucket: StrictBucket,
    source: Path,
    large: Path,
    use: Callable[[GcsBackend, Path], object],
    fault: dict[str, Any],
    message: str,
) -> None:
    for method in ("GET", "POST", "PUT"):
        strict_bucket.fail(method, "", times=10_000, **fault)
    began = time.monotonic()

    with pytest.raises(StoreError, match=message) as caught:
        use(gcs, large.parent)

    assert f"gs://{BUCKET}/store" in str(caught.value)
    assert "http://" not in str(caught.value)
    assert time.monotonic() - began < 10
    assert not strict_bucket.objects
    assert not (large.parent / "t").exists()


def test_the_address_of_an_upload_is_never_shown(gcs: GcsBackend, strict_bucket: StrictBucket, large: Path) -> None:
    strict_bucket.fail("PUT", "", status=403, message="See https://host/upload?upload_id=secret-0&x=1.")

    with pytest.raises(StoreError, match=r"access is denied: See \(an address\)\. Ask for the role") as caught:
        gcs.upload(LARGE_BLOB, large, sha256=LARGE_SHA256, size_bytes=len(LARGE))

    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("use", USES)
def test_a_missing_bucket_is_told(
    strict_bucket: StrictBucket, source: Path, large: Path, use: Callable[[GcsBackend, Path], object]
) -> None:
    elsewhere = GcsBackend("no-such-bucket", "", patience_s=1.0, first_wait_s=0.01)

    with pytest.raises(StoreError, match="cannot be reached: there is no bucket of that name.* Correct the url of the"):
        use(elsewhere, large.parent)


def test_a_server_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", "http://127.0.0.1:9")
    gcs = GcsBackend(BUCKET, "store", patience_s=0.2, first_wait_s=0.01, timeout_s=1.0)

    with pytest.raises(StoreError, match=r"cannot be read after several attempts: the connection failed \(\w+\)"):
        gcs.read("a/b")


def test_missing_credentials_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STORAGE_EMULATOR_HOST", raising=False)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "nothing.json"))

    with pytest.raises(StoreError, match="cannot be read: there are no credentials. Log in with `gcloud auth appli"):
        GcsBackend(BUCKET, "store").read("a/b")


# --- Damage on the way to a bucket ---


def test_a_bit_that_flips_on_its_way_is_noticed_by_the_server(
    gcs: GcsBackend, strict_bucket: StrictBucket, source: Path, large: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_right = strict_bucket.put
    monkeypatch.setattr(strict_bucket, "put", lambda name, content, *rest: put_right(name, b"!" + content[1:], *rest))

    for name, path, sha256 in ((BLOB, source, SHA256), (LARGE_BLOB, large, LARGE_SHA256)):
        with pytest.raises(StoreError, match="HTTP 400: Provided CRC32C does not match the calculated"):
            gcs.upload(name, path, sha256=sha256, size_bytes=path.stat().st_size)
    assert not strict_bucket.objects


def test_an_object_that_the_server_stored_wrongly_is_removed(
    gcs: GcsBackend, strict_bucket: StrictBucket, source: Path, large: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_right = strict_bucket.put
    monkeypatch.setattr(
        strict_bucket, "put", lambda name, content, metadata, query: put_right(name, b"!" + content[1:], {}, query)
    )

    for name, path, sha256 in ((BLOB, source, SHA256), (LARGE_BLOB, large, LARGE_SHA256)):
        with pytest.raises(StoreError, match="arrived with other bytes than were sent, and was removed again"):
            gcs.upload(name, path, sha256=sha256, size_bytes=path.stat().st_size)
    assert not strict_bucket.objects
