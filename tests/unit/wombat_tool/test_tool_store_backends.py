"""What every place for a store does: a directory, a bucket of a real server, a bucket of a strict double."""

from __future__ import annotations

import hashlib
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from store_plans import CONTENT
from strict_bucket import BUCKET, StrictBucket
from wombat_tool.errors import StoreError
from wombat_tool.store.backend import Backend, Entry
from wombat_tool.store.directory import DirectoryBackend
from wombat_tool.store.gcs import GcsBackend
from wombat_tool.store.opening import open_backend

# More than a bucket takes in one request, and than one buffer.
LARGE = os.urandom(1 << 20) * 20
SIZES = [pytest.param(b"", id="empty"), pytest.param(CONTENT, id="small"), pytest.param(LARGE, id="large")]


def sha256_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def upload(backend: Backend, path: Path, content: bytes, name: str = "") -> bool:
    """Upload bytes, as the blob of their digest unless another name is given."""
    path.write_bytes(content)
    sha256 = sha256_of(content)
    return backend.upload(name or f"blobs/{sha256}", path, sha256=sha256, size_bytes=len(content))


def entry_of(backend: Backend, name: str) -> Entry:
    entry = backend.stat(name)
    assert entry is not None
    return entry


# --- Small objects ---


def test_what_is_created_is_read_again(backend: Backend) -> None:
    assert backend.create("versions/a/b.json", CONTENT) is True

    assert backend.read("versions/a/b.json") == CONTENT


def test_an_object_is_created_once_and_never_overwritten(backend: Backend) -> None:
    backend.create("versions/a/b.json", b"first")

    assert backend.create("versions/a/b.json", b"second") is False
    assert backend.read("versions/a/b.json") == b"first"


@pytest.mark.parametrize("turn", range(5))
def test_of_sixteen_that_create_an_object_at_once_one_wins(store_url: str, turn: int) -> None:
    barrier = threading.Barrier(16)

    def create(number: int) -> bool:
        backend = open_backend(store_url)
        backend.read("anything")
        barrier.wait()
        return backend.create("labels/00000001.json", b"%d" % number)

    with ThreadPoolExecutor(16) as pool:
        won = list(pool.map(create, range(16)))

    assert won.count(True) == 1
    assert open_backend(store_url).read("labels/00000001.json") == b"%d" % won.index(True)


def test_many_objects_are_created_at_once_through_one_backend(backend: Backend) -> None:
    names = [f"versions/{number % 7}/{number:03}.json" for number in range(200)]

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(lambda name: backend.create(name, name.encode()), names))

    assert [entry.name for entry in backend.entries("versions/")] == sorted(names)


def test_there_is_nothing_in_an_empty_store(backend: Backend, tmp_path: Path) -> None:
    assert backend.read("a/b") is None
    assert backend.stat("a/b") is None
    assert backend.touch("a/b") is False
    assert backend.download("a/b", tmp_path / "target", sha256=sha256_of(b""), size_bytes=0) is False
    assert list(backend.entries("")) == []
    assert not (tmp_path / "target").exists()


# --- Files ---


@pytest.mark.parametrize("content", SIZES)
def test_what_is_uploaded_is_downloaded_again(backend: Backend, tmp_path: Path, content: bytes) -> None:
    target = tmp_path / "target"

    assert upload(backend, tmp_path / "source", content) is True
    sha256 = sha256_of(content)
    assert backend.download(f"blobs/{sha256}", target, sha256=sha256, size_bytes=len(content)) is True

    assert target.read_bytes() == content
    assert entry_of(backend, f"blobs/{sha256}").size_bytes == len(content)


@pytest.mark.parametrize("content", SIZES)
def test_content_that_is_there_is_not_uploaded_again(backend: Backend, tmp_path: Path, content: bytes) -> None:
    upload(backend, tmp_path / "source", content)
    before = entry_of(backend, f"blobs/{sha256_of(content)}")

    assert upload(backend, tmp_path / "source", content) is False
    assert entry_of(backend, before.name) == before


@pytest.mark.parametrize("content", SIZES[1:])
def test_a_file_that_is_not_what_was_promised_is_not_uploaded(backend: Backend, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "source").write_bytes(content[:-1] + b"!")

    with pytest.raises(StoreError, match=r"The file .*/source has .* it changed in the meantime. Publish again when"):
        backend.upload("blobs/ab", tmp_path / "source", sha256=sha256_of(content), size_bytes=len(content))

    assert list(backend.entries("")) == []


def test_a_file_that_is_not_there_is_told(backend: Backend, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"The file .*/nothing cannot be read: No such file or directory. See that it"):
        backend.upload("blobs/ab", tmp_path / "nothing", sha256=sha256_of(b""), size_bytes=0)


@pytest.mark.parametrize("content", SIZES[1:])
@pytest.mark.parametrize("damage", ["truncated", "flipped"])
def test_a_damaged_object_is_told_and_not_served(backend: Backend, tmp_path: Path, content: bytes, damage: str) -> None:
    bad = content[:-1] if damage == "truncated" else b"!" + content[1:]
    upload(backend, tmp_path / "source", bad, "blobs/ab")

    with pytest.raises(StoreError, match=r"The object blobs/ab in the store .* is damaged: .* Remove that object, and"):
        backend.download("blobs/ab", tmp_path / "target", sha256=sha256_of(content), size_bytes=len(content))

    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == ["source"]


def test_sixteen_uploads_of_the_same_content_are_one_object(store_url: str, tmp_path: Path) -> None:
    def publish(number: int) -> bool:
        return upload(open_backend(store_url), tmp_path / f"source-{number}", CONTENT)

    with ThreadPoolExecutor(16) as pool:
        won = list(pool.map(publish, range(16)))

    assert won.count(True) == 1
    assert len(list(open_backend(store_url).entries(""))) == 1


def test_sixteen_downloads_of_the_same_content_into_one_directory_are_all_right(backend: Backend, tmp_path: Path) -> None:
    upload(backend, tmp_path / "source", CONTENT)
    sha256 = sha256_of(CONTENT)

    def fetch(number: int) -> bytes:
        target = tmp_path / f"target-{number}"
        backend.download(f"blobs/{sha256}", target, sha256=sha256, size_bytes=len(CONTENT))
        return target.read_bytes()

    with ThreadPoolExecutor(16) as pool:
        assert set(pool.map(fetch, range(16))) == {CONTENT}
    assert not list(tmp_path.glob(".wombat*"))


def test_a_target_that_cannot_be_written_is_told(backend: Backend, tmp_path: Path) -> None:
    upload(backend, tmp_path / "source", CONTENT)
    sha256 = sha256_of(CONTENT)

    with pytest.raises(StoreError, match=r"The file .*/no/target cannot be written: No such file.* See that there is"):
        backend.download(f"blobs/{sha256}", tmp_path / "no/target", sha256=sha256, size_bytes=len(CONTENT))


# --- Listing, touching, deleting ---


def test_entries_come_in_the_order_of_names_whatever_the_depth(backend: Backend) -> None:
    names = ["a-b", "a.json", "a/b.json", "a/b/c", "a/b0", "a0", "b/%2Fx", "b/c"]
    for name in reversed(names):
        backend.create(name, b"")

    assert [entry.name for entry in backend.entries("")] == sorted(names)
    assert [entry.name for entry in backend.entries("a/")] == ["a/b.json", "a/b/c", "a/b0"]
    assert [entry.name for entry in backend.entries("a/b/")] == ["a/b/c"]
    assert [entry.name for entry in backend.entries("a/b")] == ["a/b.json", "a/b/c", "a/b0"]
    assert list(backend.entries("c")) == []


def test_an_entry_is_what_stat_tells(backend: Backend) -> None:
    backend.create("a/b", b"123")

    assert list(backend.entries("")) == [backend.stat("a/b")]
    assert entry_of(backend, "a/b").size_bytes == 3


def test_touching_makes_an_object_younger_and_leaves_its_bytes(backend: Backend) -> None:
    backend.create("a/b", CONTENT)
    before = entry_of(backend, "a/b")

    assert backend.touch("a/b") is True

    after = entry_of(backend, "a/b")
    assert after.updated_s >= before.updated_s
    assert after.generation != before.generation
    assert backend.read("a/b") == CONTENT


def test_all_that_touch_an_object_at_once_succeed(backend: Backend) -> None:
    backend.create("a/b", CONTENT)

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(backend.touch, ["a/b"] * 16))

    assert backend.read("a/b") == CONTENT


def test_a_deleted_object_is_gone_and_can_be_created_again(backend: Backend) -> None:
    backend.create("a/b", b"first")

    assert backend.delete(entry_of(backend, "a/b")) is True

    assert backend.read("a/b") is None
    assert list(backend.entries("")) == []
    assert backend.create("a/b", b"second") is True
    assert backend.read("a/b") == b"second"


def test_what_somebody_else_deleted_is_deleted(backend: Backend) -> None:
    backend.create("a/b", b"first")
    entry = entry_of(backend, "a/b")
    backend.delete(entry)

    assert backend.delete(entry) is True


def test_what_was_touched_since_the_listing_is_not_deleted(backend: Backend, store_url: str) -> None:
    if store_url.startswith("gs:") and not store_url.endswith("/a/store"):
        pytest.skip("fake-gcs-server deletes whatever the precondition; the strict double stands for it.")
    backend.create("a/b", CONTENT)
    [entry] = backend.entries("")
    backend.touch("a/b")

    assert backend.delete(entry) is False
    assert backend.read("a/b") == CONTENT


def test_what_was_touched_is_never_deleted_at_the_same_time(backend: Backend, store_url: str) -> None:
    if store_url.startswith("gs:") and not store_url.endswith("/a/store"):
        pytest.skip("fake-gcs-server deletes whatever the precondition; the strict double stands for it.")
    for number in range(100):
        backend.create(f"blobs/{number}", b"")
    entries = list(backend.entries("blobs/"))

    with ThreadPoolExecutor(16) as pool:
        uses = [(pool.submit(backend.delete, one), pool.submit(backend.touch, one.name), one.name) for one in entries]
        touched = {name for _, touch, name in uses if touch.result()}
        deleted = {name for delete, _, name in uses if delete.result()}

    assert not touched & deleted
    assert {entry.name for entry in backend.entries("blobs/")} == {entry.name for entry in entries} - deleted


# --- Names ---


@pytest.mark.parametrize("name", ["../a", "a/../b", "/a", "a//b", "a/", "", ".", "a/./b", "a\0b", "a\\b"])
def test_names_that_could_lead_out_of_the_store_are_refused(backend: Backend, tmp_path: Path, name: str) -> None:
    (tmp_path / "source").write_bytes(b"")
    for use in (
        lambda: backend.create(name, b""),
        lambda: backend.upload(name, tmp_path / "source", sha256=sha256_of(b""), size_bytes=0),
        lambda: backend.read(name),
        lambda: backend.stat(name),
        lambda: backend.touch(name),
        lambda: backend.delete(Entry(name, 0, 0, "1")),
        lambda: backend.download(name, tmp_path / "target", sha256=sha256_of(b""), size_bytes=0),
    ):
        with pytest.raises(StoreError, match="is none for an object of a store: .* please report it"):
            use()


def test_odd_names_are_just_names(backend: Backend) -> None:
    names = ["a b", "a%2Fb", "a+b", "a:b", "a?b=c#d", "ü/ß", "日本"]
    for name in names:
        assert backend.create(name, name.encode()) is True

    assert [backend.read(name) for name in names] == [name.encode() for name in names]
    assert sorted(entry.name for entry in backend.entries("")) == sorted(names)


def test_links_do_not_lead_out_of_a_directory(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/secret").write_bytes(b"secret")
    backend = DirectoryBackend(tmp_path / "store")
    backend.create("real", b"")
    (tmp_path / "store/file").symlink_to(tmp_path / "outside/secret")
    (tmp_path / "store/directory").symlink_to(tmp_path / "outside")

    for use in (
        lambda: backend.read("file"),
        lambda: backend.stat("file"),
        lambda: backend.touch("file"),
        lambda: backend.read("directory/secret"),
        lambda: backend.create("directory/new", b""),
    ):
        with pytest.raises(StoreError, match="symbolic link|Too many levels of symbolic links"):
            use()
    assert [entry.name for entry in backend.entries("")] == ["real"]
    assert os.listdir(tmp_path / "outside") == ["secret"]


# --- Urls ---


def test_a_store_is_opened_by_its_url(tmp_path: Path) -> None:
    assert open_backend("/a/b").url == "file:///a/b"
    assert open_backend("file:///a/b%20c").url == "file:///a/b%20c"
    assert isinstance(open_backend(str(tmp_path)), DirectoryBackend)
    assert isinstance(open_backend("gs://bucket"), GcsBackend)
    assert open_backend("gs://bucket/a/b/").url == "gs://bucket/a/b"


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        pytest.param("s3://user:password@bucket", "The url s3:... names no place", id="another service"),
        pytest.param("a/b", "The url a/b names no place that can hold a store: it is a relative path", id="relative"),
        pytest.param("file://host/a", "names a file of another machine, 'host'", id="another machine"),
        pytest.param("file:a", "has no absolute path", id="relative file"),
        pytest.param("gs://A", "names no bucket: 'A' is no name for one", id="bucket"),
        pytest.param("gs://bucket/a/../b", "has an empty part", id="parent"),
        pytest.param("gs://bucket/a?b", "has a character in it", id="query"),
        pytest.param("", "names no place", id="empty"),
    ],
)
def test_other_urls_are_refused_with_what_is_allowed(url: str, problem: str) -> None:
    with pytest.raises(StoreError) as caught:
        open_backend(url)

    assert problem in str(caught.value)
    assert "Give an absolute path, file:///path/of/a/directory, or gs://bucket/prefix" in str(caught.value)
    assert "password" not in str(caught.value)


def test_stores_in_one_bucket_do_not_see_each_other(strict_bucket: StrictBucket) -> None:
    first, second = open_backend(f"gs://{BUCKET}/a"), open_backend(f"gs://{BUCKET}/ab")
    first.create("x", b"1")
    second.create("y", b"2")

    assert [entry.name for entry in first.entries("")] == ["x"]
    assert [entry.name for entry in second.entries("")] == ["y"]
    assert sorted(strict_bucket.objects) == ["a/x", "ab/y"]
