"""The verification of a store: whatever is wrong is told, with what it spoils and how to mend it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from store_memory import MemoryBackend
from store_plans import LINEAGE, ORDERS, publish_content, publish_plan, version_of, write_plan
from wombat_tool.__main__ import main
from wombat_tool.store import verify
from wombat_tool.store.backend import Backend
from wombat_tool.store.fields import canonical_json
from wombat_tool.store.layout import blob_name, label_name, manifest_name
from wombat_tool.store.lineage import lineage_json
from wombat_tool.store.store import Store
from wombat_tool.store.verify import Finding, Verified, Verifier

ROWS = b"1,2\n" * 100
TREE = {"a.csv": b"1,2\n", "b.csv": b"3,4\n"}
VERSION = version_of(ROWS)
BLOB = blob_name(VERSION)
MANIFEST = manifest_name(ORDERS, VERSION)
NAME = f"shop//shop:orders@{VERSION[:12]}"


def verified(backend: Backend) -> Verified:
    return Verifier(Store(backend)).verify()


@pytest.fixture
def memory(tmp_path: Path) -> MemoryBackend:
    """A store with a file, a directory, a lineage and a label."""
    backend = MemoryBackend()
    fill(backend, tmp_path)
    return backend


def fill(backend: Backend, directory: Path) -> None:
    store = Store(backend)
    plan = write_plan(directory / "plan", {"shop:orders": ROWS, "shop:parts": TREE}, lineage=LINEAGE)
    publish_plan(store, plan)
    store.move_label(ORDERS, "production", VERSION)


def only_finding(backend: Backend) -> Finding:
    findings = verified(backend).findings
    assert len(findings) == 1, findings
    return findings[0]


def test_a_store_in_which_all_is_well(backend: Backend, tmp_path: Path) -> None:
    fill(backend, tmp_path)

    found = verified(backend)

    assert found.findings == ()
    assert (found.versions, found.blobs, found.labels, found.unneeded) == (2, 5, 1, 0)
    assert found.size_bytes == sum(entry.size_bytes for entry in backend.entries("")) - len(
        backend.read("wombat-store.json") or b""
    )


def test_an_empty_place_is_a_store_in_which_all_is_well(backend: Backend) -> None:
    assert verified(backend) == Verified(0, 0, 0, 0, (), 0, 0)


def test_a_flipped_bit_is_found(memory: MemoryBackend) -> None:
    memory.put(BLOB, b"2" + ROWS[1:])

    finding = only_finding(memory)

    assert (finding.kind, finding.name, finding.needed_by) == ("damaged", BLOB, (NAME,))
    assert finding.problem == "is damaged: its 400 bytes do not have the SHA-256 in its name."
    assert "Remove that object by hand and publish" in finding.mend


def test_a_flipped_bit_in_a_large_blob_is_found(memory: MemoryBackend, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify, "_LARGE_BYTES", 100)
    memory.put(BLOB, b"2" + ROWS[1:])

    finding = only_finding(memory)

    assert (finding.name, finding.needed_by) == (BLOB, (NAME,))


def test_a_truncated_blob_is_found_and_publishing_again_mends_it(memory: MemoryBackend, tmp_path: Path) -> None:
    memory.put(BLOB, ROWS[:100])

    finding = only_finding(memory)

    assert (finding.kind, finding.name) == ("truncated", BLOB)
    assert finding.problem == "has 100 bytes and must have 400."
    fill(memory, tmp_path / "again")
    assert verified(memory).findings == ()


def test_a_missing_blob_is_found_and_publishing_again_mends_it(memory: MemoryBackend, tmp_path: Path) -> None:
    blob = blob_name(version_of(b"3,4\n"))
    entry = memory.stat(blob)
    assert entry is not None and memory.delete(entry)

    finding = only_finding(memory)

    assert (finding.kind, finding.name) == ("missing", blob)
    assert finding.needed_by == (f"shop//shop:parts@{version_of(TREE)[:12]}",)
    fill(memory, tmp_path / "again")
    assert verified(memory).findings == ()


def test_a_damaged_list_of_files_is_found(memory: MemoryBackend) -> None:
    tree = json.loads(memory.contents[manifest_name(type(ORDERS)("shop", "shop:parts"), version_of(TREE))])
    blob = blob_name(tree["content"]["tree"]["sha256"])
    memory.put(blob, memory.contents[blob].replace(b"a.csv", b"c.csv"))

    finding = only_finding(memory)

    assert (finding.kind, finding.name) == ("damaged", blob)


def test_a_damaged_lineage_is_found(memory: MemoryBackend) -> None:
    blob = blob_name(version_of(lineage_json(LINEAGE)))
    memory.put(blob, memory.contents[blob].replace(b"raw", b"RAW"))

    finding = only_finding(memory)

    assert (finding.kind, finding.name, len(finding.needed_by)) == ("damaged", blob, 2)


@pytest.mark.parametrize(
    ("content", "kind", "told"),
    [
        pytest.param(b"{", "unreadable", "is not as it must be", id="no JSON"),
        pytest.param(b"", "unreadable", "is not as it must be", id="empty"),
        pytest.param(canonical_json({"manifest_version": 99}), "newer", "newer Wombat", id="newer"),
    ],
)
def test_a_manifest_that_cannot_be_read_is_found(memory: MemoryBackend, content: bytes, kind: str, told: str) -> None:
    memory.put(MANIFEST, content)

    finding = next(one for one in verified(memory).findings if one.name == MANIFEST)

    assert finding.kind == kind
    assert told in finding.problem
    assert "verify-store" not in finding.problem


def test_the_manifest_of_another_version_is_found(memory: MemoryBackend) -> None:
    other = manifest_name(ORDERS, "1" * 64)
    memory.put(other, memory.contents[MANIFEST])

    finding = only_finding(memory)

    assert (finding.kind, finding.name) == ("unreadable", other)
    assert f"is the manifest of another version: {VERSION} of shop//shop:orders." in finding.problem


@pytest.mark.parametrize(
    "name",
    ["notes.txt", "blobs/ab/notes", f"blobs/00/{VERSION}", "versions/shop/x.json", "labels/shop/a/b/1.json", "other/x"],
)
def test_what_wombat_did_not_write_is_found(memory: MemoryBackend, name: str) -> None:
    memory.put(name, b"x")

    finding = only_finding(memory)

    assert (finding.kind, finding.name) == ("foreign", name)
    assert "remove it by hand if nobody else does" in finding.mend


def test_a_label_of_a_version_that_is_not_there_is_found(memory: MemoryBackend) -> None:
    entry = memory.stat(MANIFEST)
    assert entry is not None and memory.delete(entry)

    finding = only_finding(memory)

    assert (finding.kind, finding.name) == ("dangling", label_name(ORDERS, "production", 1))
    assert f"'production' of shop//shop:orders stand for the version {VERSION}" in finding.problem
    assert "./pants label-version -- shop//shop:orders@VERSION production" in finding.mend


def test_a_damaged_move_of_a_label_is_found(memory: MemoryBackend) -> None:
    memory.put(label_name(ORDERS, "production", 1), b"[]")

    finding = only_finding(memory)

    assert finding.kind == "unreadable"
    assert "move the label again" in finding.mend


def test_a_move_that_was_removed_is_found(memory: MemoryBackend) -> None:
    Store(memory).move_label(ORDERS, "production", None)
    first = memory.stat(label_name(ORDERS, "production", 1))
    assert first is not None and memory.delete(first)

    finding = only_finding(memory)

    assert (finding.kind, finding.name) == ("missing", label_name(ORDERS, "production", 1))


def test_inputs_that_were_never_published_are_counted_and_are_no_mistake(tmp_path: Path) -> None:
    backend = MemoryBackend()
    inputs = [{"parameter": "x", "project": "shop", "address": "shop:raw", "version": "1" * 64}]
    publish_content(Store(backend), tmp_path, ROWS, inputs=inputs)

    found = verified(backend)

    assert (found.findings, found.unpublished_inputs) == ((), 1)


def test_blobs_that_nothing_needs_are_counted_and_are_no_mistake(memory: MemoryBackend) -> None:
    memory.create(blob_name(version_of(b"lost")), b"lost")

    found = verified(memory)

    assert (found.findings, found.unneeded) == ((), 1)


def test_several_mistakes_are_told_at_once(memory: MemoryBackend) -> None:
    memory.put(BLOB, b"")
    memory.put("notes.txt", b"")
    memory.put(label_name(ORDERS, "production", 1), b"[]")

    assert len(verified(memory).findings) == 3


# --- On a directory, and the command ----------------------------------------------------------------------------------


@pytest.fixture
def verify_store(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    """Run the command on a store in `the store`; gives the exit code and what it printed."""
    from wombat_tool.store.opening import open_backend

    fill(open_backend(str(tmp_path / "the store")), tmp_path)

    def run(*options: str) -> tuple[int, str]:
        exit_code = main(["store-verify", "--store", str(tmp_path / "the store"), *options])
        return exit_code, capsys.readouterr().out

    return run


def test_the_command_ends_with_0_if_all_is_well(verify_store: Callable[..., tuple[int, str]]) -> None:
    exit_code, out = verify_store()

    assert exit_code == 0
    assert "2 versions, 5 blobs, 1 label, " in out
    assert out.endswith("; all is well.\n")


def test_the_command_ends_with_1_and_says_how_to_mend_it(
    verify_store: Callable[..., tuple[int, str]], tmp_path: Path
) -> None:
    (tmp_path / "the store" / BLOB).write_bytes(b"short")

    exit_code, out = verify_store()

    assert exit_code == 1
    assert out.splitlines()[:3] == [
        f"truncated: {BLOB} has 5 bytes and must have 400.",
        f"    needed by {NAME}",
        "    Publish these versions again (`./pants publish`), which mends it.",
    ]
    assert "; 1 thing wrong." in out


def test_the_command_prints_a_document(verify_store: Callable[..., tuple[int, str]], tmp_path: Path) -> None:
    (tmp_path / "the store" / BLOB).unlink()

    exit_code, out = verify_store("--output", "json")

    document: dict[str, Any] = json.loads(out)
    assert exit_code == 1
    assert (document["verify_version"], document["versions"]) == (1, 2)
    assert document["findings"][0]["kind"] == "missing"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_blob_that_may_not_be_read_is_found(verify_store: Callable[..., tuple[int, str]], tmp_path: Path) -> None:
    (tmp_path / "the store" / BLOB).chmod(0)

    exit_code, out = verify_store()

    assert exit_code == 1
    assert f"unreadable: {BLOB} cannot be used: " in out


def test_a_link_in_the_place_of_a_blob_is_found(verify_store: Callable[..., tuple[int, str]], tmp_path: Path) -> None:
    blob = tmp_path / "the store" / BLOB
    blob.rename(tmp_path / "elsewhere")
    blob.symlink_to(tmp_path / "elsewhere")

    exit_code, out = verify_store()

    assert exit_code == 1
    assert f"unreadable: {BLOB} cannot be used: " in out


def test_a_lineage_that_is_whole_and_no_lineage_is_found(tmp_path: Path) -> None:
    backend = MemoryBackend()
    manifest = publish_content(Store(backend), tmp_path, ROWS)
    wrong = canonical_json({"lineage_version": 1, "datasets": 1, "steps": []})
    backend.create(blob_name(version_of(wrong)), wrong)
    document = {**manifest.to_document(), "lineage": {"sha256": version_of(wrong), "size_bytes": len(wrong)}}
    backend.put(MANIFEST, canonical_json(document))

    finding = only_finding(backend)

    assert (finding.kind, finding.name, finding.needed_by) == ("unreadable", blob_name(version_of(wrong)), (NAME,))
    assert "its field 'datasets' must be" in finding.problem
