"""Faults of the disk that a directory store is on, and writers and clean-ups that are killed there."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from store_plans import BLOB, CONTENT, SHA256
from wombat_tool.errors import StoreError
from wombat_tool.store import directory as module
from wombat_tool.store.directory import DirectoryBackend


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
