"""Stores whose place fails: nothing is lost, nothing half written is served, and each error says what to do."""

from __future__ import annotations

import errno
import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from strict_bucket import BUCKET, StrictBucket
from wombat_tool.errors import StoreError
from wombat_tool.store import directory as module
from wombat_tool.store.directory import DirectoryBackend
from wombat_tool.store.gcs import GcsBackend

CONTENT = bytes(range(256)) * 100
SHA256 = hashlib.sha256(CONTENT).hexdigest()
BLOB = f"blobs/{SHA256}"
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
def source(tmp_path: Path) -> Path:
    """A small file."""
    path = tmp_path / "source"
    path.write_bytes(CONTENT)
    return path


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


# --- Faults of a disk ---


@pytest.fixture
def directory(tmp_path: Path) -> DirectoryBackend:
    """A store in a directory."""
    return DirectoryBackend(tmp_path / "store")


def files_in(directory: Path) -> list[str]:
    """The files at any depth."""
    return sorted(path.relative_to(directory).as_posix() for path in directory.rglob("*") if path.is_file())


@pytest.mark.parametrize(
    ("number", "message"),
    [
        pytest.param(errno.ENOSPC, "No space left on device. Free space on that disk", id="full"),
        pytest.param(errno.EDQUOT, "Disk quota exceeded. Free space within your quota", id="quota"),
        pytest.param(errno.EIO, "Input/output error. See that the disk is there", id="broken"),
    ],
)
@pytest.mark.parametrize("call", ["write", "link", "fsync"])
def test_a_disk_that_fails_is_told_and_nothing_half_written_stays(
    directory: DirectoryBackend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, message: str, call: str
) -> None:
    directory.create("before", b"1")

    def fail(*arguments: object) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as failing:
        failing.setattr(os, call, fail)
        with pytest.raises(StoreError, match=rf"The object a/b in the store file://.* cannot be written: {message}"):
            directory.create("a/b", CONTENT)

    assert files_in(tmp_path / "store") == ["before"]
    assert directory.create("a/b", CONTENT) is True


@pytest.mark.parametrize("call", ["write", "link"])
def test_an_upload_to_a_full_disk_is_told_and_succeeds_later(
    directory: DirectoryBackend, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    def fail(*arguments: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as failing:
        failing.setattr(os, call, fail)
        with pytest.raises(StoreError, match="cannot be written: No space left on device. Free space on that disk, or"):
            directory.upload(BLOB, source, sha256=SHA256, size_bytes=len(CONTENT))

    assert files_in(tmp_path / "store") == []
    assert directory.upload(BLOB, source, sha256=SHA256, size_bytes=len(CONTENT)) is True


def test_a_disk_that_really_is_full_is_told(tmp_path: Path, source: Path) -> None:
    # A limit of the process, which needs no disk of its own and works for root, too.
    program = (
        "import resource, sys; from pathlib import Path; from wombat_tool.store.directory import DirectoryBackend\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))\n"
        f"DirectoryBackend(Path(sys.argv[1])).upload('blobs/a', Path(sys.argv[2]), sha256='{SHA256}', size_bytes=25600)"
    )
    environment = {"PYTHONPATH": os.pathsep.join(sys.path)}

    ran = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "store"), str(source)],
        env=environment,
        capture_output=True,
        text=True,
    )

    assert "StoreError: The object blobs/a in the store" in ran.stderr
    assert "cannot be written: File too large." in ran.stderr
    assert files_in(tmp_path / "store") == []


@pytest.mark.parametrize(
    ("number", "message"),
    [
        pytest.param(errno.EACCES, "Permission denied. See that you may read and write everything below", id="denied"),
        pytest.param(errno.EROFS, "Read-only file system. Mount it so that it can be written", id="read-only"),
    ],
)
def test_a_directory_that_may_not_be_written_is_told(
    directory: DirectoryBackend, monkeypatch: pytest.MonkeyPatch, number: int, message: str
) -> None:
    directory.create("a/b", b"")

    def fail(*arguments: object, **options: object) -> None:
        raise OSError(number, os.strerror(number))

    for call in ("open", "utime", "rename"):
        monkeypatch.setattr(os, call, fail)

    for verb, use in (
        ("written", lambda: directory.create("a/c", b"")),
        ("read", lambda: directory.read("a/b")),
        ("touched", lambda: directory.touch("a/b")),
        ("deleted", lambda: directory.delete(next(directory.entries("")))),
    ):
        with pytest.raises(StoreError, match=rf"The object a/\w in the store .* cannot be {verb}: {message}"):
            use()


def test_a_file_system_without_hard_links_is_told(directory: DirectoryBackend, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: object) -> None:
        raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))

    monkeypatch.setattr(os, "link", fail)

    with pytest.raises(StoreError, match="the file system makes no hard links, which the store needs"):
        directory.create("a/b", b"")


def test_a_name_that_is_too_long_is_told(directory: DirectoryBackend) -> None:
    with pytest.raises(StoreError, match="File name too long. Shorten the name of the project or the address"):
        directory.create("a" * 300, b"")


def test_what_a_loss_of_power_cut_off_is_written_anew(directory: DirectoryBackend, source: Path, tmp_path: Path) -> None:
    directory.upload(BLOB, source, sha256=SHA256, size_bytes=len(CONTENT))
    (tmp_path / "store" / BLOB).write_bytes(CONTENT[:100])

    assert directory.upload(BLOB, source, sha256=SHA256, size_bytes=len(CONTENT)) is True
    assert (tmp_path / "store" / BLOB).read_bytes() == CONTENT


def test_everything_before_a_document_is_durable_before_it(
    directory: DirectoryBackend, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    link, sync = os.link, module._sync_file_system

    def told_link(path: str, name: str) -> None:
        calls.append(f"link {Path(name).name[:4]}")
        link(path, name)

    def told_sync(descriptor: int) -> None:
        calls.append("sync")
        sync(descriptor)

    monkeypatch.setattr(os, "link", told_link)
    monkeypatch.setattr(module, "_sync_file_system", told_sync)

    directory.upload(BLOB, source, sha256=SHA256, size_bytes=len(CONTENT))
    directory.create("versions/a.json", b"")
    directory.touch(BLOB)
    directory.create("versions/b.json", b"")

    assert calls == [f"link {SHA256[:4]}", "sync", "link a.js", "sync", "link b.js"]


def test_files_of_killed_writers_go_after_a_day(directory: DirectoryBackend, tmp_path: Path) -> None:
    old, young = tmp_path / "store/tmp/old", tmp_path / "store/tmp/young"
    old.parent.mkdir(parents=True)
    old.write_bytes(b"1")
    young.write_bytes(b"1")
    os.utime(old, (1, 1))

    directory.create("a", b"")

    assert files_in(tmp_path / "store") == ["a", "tmp/young"]


def trashed(directory: DirectoryBackend, root: Path, *, is_touched: bool) -> None:
    """Have the object `a/b` as a clean-up leaves it that was killed after it had moved it away."""
    directory.create("a/b", CONTENT)
    [entry] = directory.entries("a/")
    if is_touched:
        directory.touch("a/b")
    trash = root / "trash/1-abc/a" / f"b@{entry.generation}"
    trash.parent.mkdir(parents=True)
    os.rename(root / "a/b", trash)


@pytest.mark.parametrize("by", ["a writer", "a clean-up"])
@pytest.mark.parametrize("is_touched", [pytest.param(True, id="touched on the way"), pytest.param(False, id="not touched")])
def test_whoever_comes_next_ends_a_killed_deletion_at_once(tmp_path: Path, is_touched: bool, by: str) -> None:
    trashed(DirectoryBackend(tmp_path / "store"), tmp_path / "store", is_touched=is_touched)
    later = DirectoryBackend(tmp_path / "store")
    assert later.read("a/b") is None

    if by == "a writer":
        later.create("c", b"")
    else:
        later.settle()

    assert later.read("a/b") == (CONTENT if is_touched else None)
    assert files_in(tmp_path / "store/trash") == []
    assert not (tmp_path / "store/trash/1-abc").exists()


@pytest.mark.parametrize("turn", range(3))
def test_clean_ups_that_end_the_deletions_of_each_other_take_nothing_that_was_touched(tmp_path: Path, turn: int) -> None:
    places = [DirectoryBackend(tmp_path / "store") for _ in range(4)]
    for number in range(200):
        places[0].create(f"blobs/{number:03}", b"")
    entries = list(places[0].entries("blobs/"))

    with ThreadPoolExecutor(8) as pool:
        uses = []
        for number, entry in enumerate(entries):
            uses += [(entry.name, pool.submit(place.delete, entry)) for place in places[:2]]
            uses.append((entry.name, pool.submit(places[2].touch, entry.name)))
            if number % 4 == turn % 4:
                pool.submit(places[3].settle).add_done_callback(lambda done: done.result())
        touched = {name for i, (name, use) in enumerate(uses) if i % 3 == 2 and use.result()}
        deleted = {name for i, (name, use) in enumerate(uses) if i % 3 != 2 and use.result()}

    places[3].settle()
    left = {entry.name for entry in places[0].entries("blobs/")}
    assert touched <= left
    assert left == {entry.name for entry in entries} - deleted
    assert files_in(tmp_path / "store/trash") == []


def test_what_was_written_again_meanwhile_stays(directory: DirectoryBackend, tmp_path: Path) -> None:
    trashed(directory, tmp_path / "store", is_touched=True)
    directory.create("a/b", b"written again")

    directory.settle()

    assert directory.read("a/b") == b"written again"
    assert files_in(tmp_path / "store/trash") == []


def test_what_no_deletion_left_in_the_trash_is_left_alone(directory: DirectoryBackend, tmp_path: Path) -> None:
    strange = tmp_path / "store/trash/strange"
    strange.parent.mkdir(parents=True)
    strange.write_bytes(b"1")

    directory.settle()

    assert files_in(tmp_path / "store") == ["trash/strange"]


def test_a_writer_that_is_killed_leaves_no_object(tmp_path: Path) -> None:
    program = (
        "import os, sys; from pathlib import Path; from wombat_tool.store.directory import DirectoryBackend\n"
        "backend, write, number = DirectoryBackend(Path(sys.argv[1])), os.write, 0\n"
        "def killed(descriptor, content):\n"
        f"    write(descriptor, content[:10]); os.kill(os.getpid(), {int(signal.SIGKILL)})\n"
        "os.write = killed\n"
        "backend.create('a/b', b'0123456789abcdef')"
    )

    ran = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "store")], env={"PYTHONPATH": os.pathsep.join(sys.path)}
    )

    assert ran.returncode == -signal.SIGKILL
    backend = DirectoryBackend(tmp_path / "store")
    assert backend.read("a/b") is None
    assert list(backend.entries("")) == []
    assert backend.create("a/b", b"whole") is True
