"""Fetching: the whole version at its path, verified, or nothing at all."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store_memory import FailingBackend, Killed, MemoryBackend
from store_plans import EXIT_AT_SYSTEM_CALL, ORDERS, Content, publish_content, publish_plan, version_of, write_plan
from wombat_tool.__main__ import main
from wombat_tool.errors import StoreError
from wombat_tool.files import files_below
from wombat_tool.store.backend import Backend
from wombat_tool.store.fetch import fetch
from wombat_tool.store.layout import blob_name, manifest_name
from wombat_tool.store.manifest import Blob, FileInfo, Manifest, version_of_tree
from wombat_tool.store.store import Store, open_store

ROWS = b"1,2\n" * 100
TREE = {"year=1/a.csv": b"1,2\n", "year=2/a.csv": b"3,4\n", "year=2/b.csv": b"1,2\n", "_SUCCESS": b""}


@pytest.fixture
def store() -> Store:
    """An empty store in memory."""
    return Store(MemoryBackend())


def files_in(directory: Path) -> dict[str, bytes]:
    """The files below a directory."""
    return {path: (directory / path).read_bytes() for path in files_below(str(directory))}


def put(store: Store, content: bytes) -> Blob:
    """Store a document as a blob, whatever it says."""
    assert isinstance(store.backend, MemoryBackend)
    blob = Blob(hashlib.sha256(content).hexdigest(), len(content))
    store.backend.put(blob_name(blob.sha256), content)
    return blob


def publish_tree(store: Store, files: list[dict[str, Any]]) -> Manifest:
    """Put a directory into the store whose list of files no plan would let through."""
    assert isinstance(store.backend, MemoryBackend)
    infos = [FileInfo(file["path"], file["sha256"], file["size_bytes"]) for file in files]
    manifest = Manifest(
        dataset=ORDERS,
        format="directory",
        version=version_of_tree(infos),
        size_bytes=sum(file.size_bytes for file in infos),
        tree=put(store, json.dumps({"tree_version": 1, "files": files}).encode()),
        files=len(files),
        published="2026-01-01T00:00:00.000Z",
    )
    store.backend.put(manifest_name(ORDERS, manifest.version), manifest.to_json())
    return manifest


def test_what_was_published_comes_back_from_any_store(backend: Backend, tmp_path: Path) -> None:
    contents: dict[str, Content] = {"shop:orders": ROWS, "shop:parts": TREE, "shop:nothing": {}, "shop:empty": b""}
    publish_plan(Store(backend), write_plan(tmp_path / "plan", contents))

    for manifest in Store(backend).manifests():
        fetch(Store(backend), manifest, tmp_path / "out" / manifest.dataset.address)

    for address, content in contents.items():
        path = tmp_path / "out" / address
        assert (files_in(path) if isinstance(content, Mapping) else path.read_bytes()) == content
    assert sorted(os.listdir(tmp_path / "out")) == sorted(contents)


def test_files_with_the_same_bytes_are_fetched_once_and_share_nothing(store: Store, tmp_path: Path) -> None:
    manifest = publish_content(store, tmp_path, TREE)
    counting = FailingBackend(store.backend, 0)

    fetch(Store(counting), manifest, tmp_path / "out")

    assert counting.calls == 1 + 3  # The list of files, and three different contents.
    (tmp_path / "out/year=1/a.csv").write_bytes(b"changed")
    assert (tmp_path / "out/year=2/b.csv").read_bytes() == b"1,2\n"


@pytest.mark.parametrize("kind", ["file", "directory", "empty directory", "broken link"])
def test_nothing_is_ever_overwritten(store: Store, tmp_path: Path, kind: str) -> None:
    manifest = publish_content(store, tmp_path, TREE)
    target = tmp_path / "out"
    if kind == "broken link":
        target.symlink_to(tmp_path / "nowhere")
    elif kind == "file":
        target.write_text("mine")
    else:
        target.mkdir()
        if kind == "directory":
            (target / "mine").touch()

    with pytest.raises(StoreError, match="out is there already, and nothing is ever overwritten. Remove it"):
        fetch(store, manifest, target)

    assert not (tmp_path / "nowhere").exists()


# --- Damage -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("damage", ["cut-off", "flipped-bit"])
def test_a_damaged_blob_in_any_store_is_refused_by_name(backend: Backend, tmp_path: Path, damage: str) -> None:
    store = Store(backend)
    damaged = ROWS[:-1] if damage == "cut-off" else bytes([ROWS[0] ^ 1]) + ROWS[1:]
    backend.create(blob_name(version_of(ROWS)), damaged)
    manifest = Manifest(
        dataset=ORDERS,
        format="file",
        version=version_of(ROWS),
        size_bytes=len(ROWS),
        file=FileInfo("data.bin", version_of(ROWS), len(ROWS)),
        published="2026-01-01T00:00:00.000Z",
    )

    with pytest.raises(
        StoreError, match=f"{blob_name(version_of(ROWS))} .*is damaged.*`./pants verify-store` tells what else"
    ):
        fetch(store, manifest, tmp_path / "out")

    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "damaged",
    [ROWS[:-1], b"", bytes([ROWS[0] ^ 1]) + ROWS[1:], ROWS + b"\n"],
    ids=["cut-off", "empty", "flipped-bit", "longer"],
)
def test_a_damaged_blob_is_refused_by_name(store: Store, tmp_path: Path, damaged: bytes) -> None:
    manifest = publish_content(store, tmp_path, ROWS)
    assert isinstance(store.backend, MemoryBackend)
    store.backend.put(blob_name(version_of(ROWS)), damaged)

    with pytest.raises(StoreError) as caught:
        fetch(store, manifest, tmp_path / "out")

    assert f"The version {version_of(ROWS)[:12]} of shop//shop:orders cannot be fetched. blobs/" in str(caught.value)
    assert version_of(ROWS) in str(caught.value) and "Run `./pants verify-store`" in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_a_missing_blob_is_told_with_the_version_that_needs_it(store: Store, tmp_path: Path) -> None:
    manifest = publish_content(store, tmp_path, ROWS)
    assert isinstance(store.backend, MemoryBackend)
    del store.backend.contents[blob_name(version_of(ROWS))]

    with pytest.raises(
        StoreError, match=r"The blob blobs/.* is missing, and the version .* of shop//shop:orders needs it\. Run"
    ):
        fetch(store, manifest, tmp_path / "out")


@pytest.mark.parametrize("damage", ["missing", "flipped", "other"])
def test_a_damaged_list_of_files_is_refused(store: Store, tmp_path: Path, damage: str) -> None:
    manifest = publish_content(store, tmp_path, TREE)
    assert isinstance(store.backend, MemoryBackend) and manifest.tree
    name = blob_name(manifest.tree.sha256)
    if damage == "missing":
        del store.backend.contents[name]
    elif damage == "flipped":
        store.backend.put(name, store.backend.contents[name].replace(b"year=1", b"year=3"))
    else:
        document = manifest.to_document()
        document["content"]["tree"] = put(store, b'{"tree_version":1,"files":[]}').to_document()
        store.backend.put(manifest_name(ORDERS, manifest.version), json.dumps(document).encode())
    problem = {
        "missing": "is missing; it is the list of files",
        "flipped": "is damaged",
        "other": "is that of another version",
    }

    with pytest.raises(StoreError, match=f"{problem[damage]}.*Run `./pants verify-store`"):
        fetch(store, store.manifest(ORDERS, manifest.version), tmp_path / "out")

    assert not (tmp_path / "out").exists()


# --- Nothing outside of the target ------------------------------------------------------------------------------------

EVIL = ["../out2", "/tmp/wombat-evil", "a/../../out2", "..", "a\0b", "a\\..\\b", "C:/x", "./a", "a//b", ""]


@pytest.mark.parametrize("path", EVIL, ids=lambda path: repr(path))
def test_a_list_of_files_that_leads_out_of_the_target_writes_nothing(store: Store, tmp_path: Path, path: str) -> None:
    blob = put(store, b"evil")
    manifest = publish_tree(store, [{"path": path, "sha256": blob.sha256, "size_bytes": 4}])
    (tmp_path / "in").mkdir()

    with pytest.raises(StoreError, match="must be a path within the dataset"):
        fetch(store, manifest, tmp_path / "in" / "out")

    assert list(tmp_path.rglob("*")) == [tmp_path / "in"]


NAMES = st.text(min_size=1, max_size=8) | st.sampled_from(
    ["..", "a", "b", "...", "con", "é", "e\u0301", "-", "~", "$HOME", "%00"]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(st.lists(st.lists(NAMES, min_size=1, max_size=3).map("/".join), min_size=1, max_size=4, unique=True))
def test_any_list_of_files_is_fetched_within_the_target_or_refused(
    tmp_path_factory: pytest.TempPathFactory, paths: list[str]
) -> None:
    store, root = Store(MemoryBackend()), tmp_path_factory.mktemp("any")
    blob = put(store, b"content")
    try:
        manifest = publish_tree(store, [{"path": path, "sha256": blob.sha256, "size_bytes": 7} for path in paths])
    except UnicodeEncodeError:
        return
    try:
        fetch(store, manifest, root / "below" / "out")
    except StoreError as err:
        assert "is not as it must be" in str(err)
        assert list(root.rglob("*")) == []
        return

    assert {str(path.relative_to(root / "below/out")) for path in root.rglob("*") if path.is_file()} == set(paths)


def test_a_link_above_the_target_is_followed_and_one_in_its_place_is_not(store: Store, tmp_path: Path) -> None:
    manifest = publish_content(store, tmp_path, TREE)
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")

    fetch(store, manifest, tmp_path / "link" / "out")

    assert files_in(tmp_path / "real" / "out") == TREE


# --- Stopped on the way -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("has_effect", [False, True], ids=["before", "after"])
def test_a_fetch_stopped_at_any_call_leaves_no_target_and_the_next_goes_on(
    store: Store, tmp_path: Path, has_effect: bool
) -> None:
    manifest = publish_content(store, tmp_path, TREE)
    for number in range(1, 5):
        target = tmp_path / f"out{number}"

        with pytest.raises(Killed):
            fetch(Store(FailingBackend(store.backend, number, has_effect=has_effect)), manifest, target)

        assert not target.exists()
        fetch(store, manifest, target)
        assert files_in(target) == TREE


def test_what_was_fetched_before_is_not_fetched_again_but_verified(store: Store, tmp_path: Path) -> None:
    manifest = publish_content(store, tmp_path, {str(number): bytes([number]) for number in range(40)})
    with pytest.raises(Killed):
        fetch(Store(FailingBackend(store.backend, 30)), manifest, tmp_path / "out")
    kept = sorted(tmp_path.glob(".wombat-fetch-*/blobs/*"))
    assert len(kept) >= 20
    kept[0].write_bytes(b"\xff")
    counting = FailingBackend(store.backend, 0)

    fetch(Store(counting), manifest, tmp_path / "out")

    assert counting.calls == 1 + 40 - len(kept) + 1
    assert files_in(tmp_path / "out") == {str(number): bytes([number]) for number in range(40)}
    assert list(tmp_path.glob(".wombat-fetch-*")) == []


KILLED_PROCESS = f"""
{EXIT_AT_SYSTEM_CALL}
from pathlib import Path
from wombat_tool.store.fetch import fetch
from wombat_tool.store.store import open_store

exit_at("write", "link", "rename", "replace", "mkdir", "unlink", "rmdir")
store = open_store(sys.argv[2])
(manifest,) = store.manifests()
fetch(store, manifest, Path(sys.argv[3]))
"""


def test_a_process_killed_at_any_system_call_leaves_no_half_target_and_the_next_one_ends_it(
    tmp_path: Path, environment: dict[str, Any]
) -> None:
    store = open_store(str(tmp_path / "store"))
    manifest = publish_content(store, tmp_path, TREE)
    killed = 0
    for number in range(1, 100, 2):
        target = tmp_path / f"out{number}"
        command = [sys.executable, "-c", KILLED_PROCESS, str(number), store.url, str(target)]

        exit_code = subprocess.run(command, env=environment, timeout=60).returncode

        # It may have been killed after the target was there, while the leftovers were removed.
        if not target.exists():
            fetch(store, manifest, target)
        assert files_in(target) == TREE
        killed += exit_code == 9
        if exit_code == 0:
            break
    assert (exit_code, killed > 5) == (0, True)


def test_two_fetches_to_one_path_do_not_mix(store: Store, tmp_path: Path) -> None:
    manifest = publish_content(store, tmp_path, TREE)
    with pytest.raises(Killed):
        fetch(Store(FailingBackend(store.backend, 2)), manifest, tmp_path / "out")
    (lock,) = tmp_path.glob(".wombat-fetch-*/lock")
    with lock.open() as other:
        fcntl.flock(other, fcntl.LOCK_EX)

        with pytest.raises(StoreError, match="out is being fetched by another command right now. Wait for it"):
            fetch(store, manifest, tmp_path / "out")


def test_a_full_disk_is_told_as_one_and_not_as_damage(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    manifest = publish_content(store, tmp_path, TREE)

    def full(*_: Any, **options: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(MemoryBackend, "download", full)

    with pytest.raises(StoreError, match=r"out cannot be written: No space left on device\. See that there is space"):
        fetch(store, manifest, tmp_path / "out")


def test_a_place_where_nothing_can_be_written_is_told(store: Store, tmp_path: Path) -> None:
    manifest = publish_content(store, tmp_path, ROWS)
    (tmp_path / "file").touch()

    with pytest.raises(StoreError, match=r"file/out cannot be written: .*\. See that there is space"):
        fetch(store, manifest, tmp_path / "file" / "out")


# --- The commands -----------------------------------------------------------------------------------------------------


def test_the_command_fetches_what_a_reference_stands_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = open_store(str(tmp_path / "store"))
    manifest = publish_content(store, tmp_path, TREE)
    options = ["--store", store.url, "--project", "shop"]

    assert main(["store-fetch", "shop:orders", *options, "--to", str(tmp_path / "out")]) == 0
    version = manifest.version[:12]
    assert capsys.readouterr().out == (f"fetched shop//shop:orders  version {version}  12 B in 4 files to {tmp_path}/out\n")
    assert files_in(tmp_path / "out") == TREE

    assert main(["store-fetch", f"shop:orders@{version}", *options, "--to", str(tmp_path / "b"), "--output", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "fetch_version": 1,
        "project": "shop",
        "address": "shop:orders",
        "version": manifest.version,
        "format": "directory",
        "is_directory": True,
        "files": 4,
        "size_bytes": 12,
        "path": str(tmp_path / "b"),
    }

    assert main(["store-fetch", "shop:orders", *options, "--to", str(tmp_path / "out")]) == 1
    assert "nothing is ever overwritten" in capsys.readouterr().err


@pytest.mark.parametrize("content", [ROWS, TREE], ids=["file", "directory"])
def test_an_import_writes_the_files_numbered(tmp_path: Path, capsys: pytest.CaptureFixture[str], content: Any) -> None:
    store = open_store(str(tmp_path / "store"))
    manifest = publish_content(store, tmp_path, content, rows=7)
    command = ["store-import", "--store", store.url, "--project", "shop", "--address", "shop:orders"]
    command += ["--version", manifest.version, "--to", str(tmp_path / "out")]

    assert main([*command, "--format", "csv"]) == 1
    message = capsys.readouterr().err
    assert f'is of format {manifest.format}, and is imported as csv. Set format="{manifest.format}"' in message

    assert main([*command, "--format", manifest.format]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["is_directory"], document["rows"]) == (manifest.is_directory, 7)
    numbered = {path: (tmp_path / "out" / f"{n:06}").read_bytes() for n, path in enumerate(document["files"])}
    assert numbered == (content if isinstance(content, dict) else {"data.bin": content})
    assert not (tmp_path / "out.whole").exists()


def test_an_import_of_no_whole_version_is_wrong_use(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = [
        "--store",
        str(tmp_path),
        "--project",
        "a",
        "--address",
        "b",
        "--format",
        "csv",
        "--to",
        str(tmp_path / "out"),
    ]

    with pytest.raises(SystemExit, match="2"):
        main(["store-import", *options, "--version", "latest"])

    assert "--version: must be 64 hexadecimal digits, but was 'latest'" in capsys.readouterr().err
