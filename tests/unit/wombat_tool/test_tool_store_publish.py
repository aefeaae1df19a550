"""Publishing: what is in the store afterwards, whatever went wrong on the way."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from store_memory import FailingBackend, Killed, MemoryBackend
from store_plans import COMMIT, LINEAGE, ORDERS, missing_blobs, publish_content, publish_plan, version_of, write_plan
from wombat_tool.__main__ import main
from wombat_tool.errors import StoreError
from wombat_tool.store.fields import canonical_json
from wombat_tool.store.layout import MARKER, blob_name, manifest_name
from wombat_tool.store.manifest import Git, Manifest
from wombat_tool.store.plan import read_plan_file
from wombat_tool.store.store import Store

ROWS = b"1,2\n" * 100
TREE = {"year=1/a.csv": b"1,2\n", "year=2/a.csv": b"3,4\n", "year=2/b.csv": b"1,2\n"}
CONTENTS: dict[str, Any] = {"shop:orders": ROWS, "shop:parts": TREE, "shop:copy": ROWS}


@pytest.fixture
def store() -> Store:
    """An empty store in memory."""
    return Store(MemoryBackend())


def contents(store: Store) -> dict[str, bytes]:
    """The objects of a store in memory."""
    assert isinstance(store.backend, MemoryBackend)
    return store.backend.contents


def plan_with(plan: Path, *path: Any, to: Any) -> Path:
    """The plan with another value at a place."""
    document = json.loads(plan.read_text())
    place = document
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = to
    plan.write_text(json.dumps(document))
    return plan


def test_a_published_file_is_a_blob_and_a_manifest(store: Store, tmp_path: Path) -> None:
    manifest = publish_content(store, tmp_path, ROWS, git={"commit": COMMIT, "is_clean": True}, rows=100)

    version = version_of(ROWS)
    assert set(contents(store)) == {MARKER, blob_name(version), manifest_name(ORDERS, version)}
    assert contents(store)[blob_name(version)] == ROWS
    assert store.manifest(ORDERS, version) == manifest
    assert (manifest.rows, manifest.git, manifest.is_directory) == (100, Git(COMMIT, is_clean=True), False)
    assert manifest.published == "1970-01-12T13:46:40.000Z"


def test_a_published_directory_is_its_files_and_a_list_of_them(store: Store, tmp_path: Path) -> None:
    manifest = publish_content(store, tmp_path, TREE)

    assert manifest.is_directory and manifest.files == 3 and manifest.version == version_of(TREE)
    assert [file.path for file in store.files_of(manifest)] == sorted(TREE)
    assert len(set(store.blobs_of(manifest))) == 3  # Two files have the same bytes, and there is the list.


def test_an_empty_directory_and_an_empty_file_can_be_published(store: Store, tmp_path: Path) -> None:
    assert store.files_of(publish_content(store, tmp_path, {}, address="shop:nothing")) == ()
    assert publish_content(store, tmp_path, b"").size_bytes == 0
    assert missing_blobs(store) == set()


def test_what_several_datasets_share_is_stored_once(store: Store, tmp_path: Path) -> None:
    published = publish_plan(store, write_plan(tmp_path, CONTENTS, lineage=LINEAGE))

    blobs = [name for name in contents(store) if name.startswith("blobs/")]
    assert len(blobs) == 5  # The rows, two files of the tree, the list of its files, the lineage.
    assert [(one.blobs, one.new_blobs, one.is_new) for one in published] == [(2, 2, True), (4, 4, True), (2, 2, True)]
    assert {one.manifest.lineage for one in published} == {published[0].manifest.lineage}
    lineage = store.lineage_of(published[0].manifest)
    assert lineage is not None and lineage.datasets[0].address == "shop:raw"


def test_publishing_again_changes_no_byte_and_touches_all_of_it(store: Store, tmp_path: Path) -> None:
    publish_plan(store, write_plan(tmp_path, CONTENTS, lineage=LINEAGE))
    before = dict(contents(store))

    again = publish_plan(store, tmp_path / "publish.json", now_s=2_000_000.0)

    assert contents(store) == before
    assert isinstance(store.backend, MemoryBackend)
    assert set(store.backend.touched) == set(before) - {MARKER}
    assert [(one.is_new, one.new_blobs) for one in again] == [(False, 0)] * 3
    assert {one.manifest.published for one in again} == {"1970-01-12T13:46:40.000Z"}


def test_what_only_the_earlier_manifest_names_is_touched_too(store: Store, tmp_path: Path) -> None:
    publish_plan(store, write_plan(tmp_path, {"shop:orders": ROWS}, lineage=LINEAGE))
    manifest = store.manifest(ORDERS, version_of(ROWS))

    publish_content(store, tmp_path / "again", ROWS)

    assert manifest.lineage is not None and isinstance(store.backend, MemoryBackend)
    assert blob_name(manifest.lineage.sha256) in store.backend.touched


def test_an_earlier_manifest_whose_lineage_is_lost_is_told_of(store: Store, tmp_path: Path) -> None:
    publish_plan(store, write_plan(tmp_path, {"shop:orders": ROWS}, lineage=LINEAGE))
    lineage = store.manifest(ORDERS, version_of(ROWS)).lineage
    assert lineage is not None
    del contents(store)[blob_name(lineage.sha256)]

    with pytest.raises(
        StoreError, match=r"is missing, and the version .* there already, needs it\. Run `\./pants verify-store`"
    ):
        publish_content(store, tmp_path / "again", ROWS)


@pytest.mark.parametrize("damage", [b"", ROWS[:50], None], ids=["empty", "cut-off", "gone"])
def test_publishing_again_mends_a_blob_that_is_cut_off_or_gone(store: Store, tmp_path: Path, damage: bytes | None) -> None:
    publish_content(store, tmp_path, ROWS)
    assert isinstance(store.backend, MemoryBackend)
    name = blob_name(version_of(ROWS))
    if damage is None:
        entry = store.backend.stat(name)
        assert entry is not None and store.backend.delete(entry)
    else:
        store.backend.put(name, damage)

    publish_content(store, tmp_path, ROWS)

    assert contents(store)[name] == ROWS


def test_an_earlier_manifest_that_is_damaged_is_told_of(store: Store, tmp_path: Path) -> None:
    manifest = publish_content(store, tmp_path, ROWS)
    assert isinstance(store.backend, MemoryBackend)
    store.backend.put(manifest_name(ORDERS, manifest.version), manifest.to_json()[:50])

    with pytest.raises(
        StoreError, match=r"^versions/shop/.* is not as it must be: it is no JSON.*Run `\./pants verify-store`"
    ):
        publish_content(store, tmp_path, ROWS)


# --- What the plan says must be so ------------------------------------------------------------------------------------


def test_a_file_with_other_bytes_than_the_plan_says_is_refused(store: Store, tmp_path: Path) -> None:
    plan = write_plan(tmp_path, {"shop:orders": ROWS})
    (tmp_path / "data/0/data.bin").write_bytes(ROWS[::-1])

    with pytest.raises(StoreError, match=r"data\.bin"):
        publish_plan(store, plan)

    assert list(store.versions()) == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        pytest.param(lambda file: file.write_bytes(b"1"), "has 1 byte, where the publish plan says 400 bytes", id="size"),
        pytest.param(lambda file: file.unlink(), "is not there, where the publish plan says 400 bytes", id="gone"),
    ],
)
def test_a_file_that_is_not_as_planned_is_refused_before_anything_is_written(
    store: Store, tmp_path: Path, change: Any, problem: str
) -> None:
    plan = write_plan(tmp_path, {"shop:parts": TREE, "shop:orders": ROWS})
    change(tmp_path / "data/1/data.bin")

    with pytest.raises(StoreError, match=rf"^The file 'data\.bin' of shop//shop:orders .*{problem}.* Nothing was published"):
        publish_plan(store, plan)

    assert contents(store) == {}


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        pytest.param(["plan_version"], 2, "written by a newer Wombat", id="newer"),
        pytest.param(["lineage"], {"steps": [1]}, r"'lineage\.steps\[0\]' must be an object", id="lineage"),
        pytest.param(["datasets", 0, "path"], "../data", r"'datasets\[0\]\.path' must be a path within", id="path"),
        pytest.param(["datasets", 0, "files", 0, "path"], "/etc/passwd", "is absolute", id="file-path"),
        pytest.param(
            ["datasets", 0, "version"], "a" * 64, r"'datasets\[0\]\.version' must be that of the files", id="version"
        ),
        pytest.param(["datasets", 0, "size_bytes"], 1, "must be the size of all files", id="size"),
        pytest.param(["datasets", 0, "files"], [], "must have one file where 'is_directory' is false", id="no-file"),
        pytest.param(["datasets", 0, "is_directory"], None, "'datasets.0..is_directory' must be true or false", id="kind"),
        pytest.param(
            ["datasets", 0, "metrics"], {"auc": "high"}, "must be an object whose values are numbers", id="metrics"
        ),
    ],
)
def test_a_plan_that_is_not_right_is_refused_by_the_field(tmp_path: Path, path: list[Any], value: Any, problem: str) -> None:
    plan = plan_with(write_plan(tmp_path, {"shop:orders": ROWS}), *path, to=value)

    with pytest.raises(StoreError, match=rf"^The publish plan .*publish\.json is not as it must be: .*{problem}"):
        read_plan_file(plan)


def test_a_plan_with_the_same_version_twice_is_refused(tmp_path: Path) -> None:
    plan = write_plan(tmp_path, CONTENTS)
    plan_with(plan, "datasets", 2, "address", to="shop:orders")

    with pytest.raises(StoreError, match="has the version .* of shop//shop:orders twice"):
        read_plan_file(plan)


# --- Large documents --------------------------------------------------------------------------------------------------


def test_a_large_profile_is_a_blob_of_its_own(store: Store, tmp_path: Path) -> None:
    small, large = {"columns": ["x" * 1000]}, {"columns": ["x" * 300_000]}

    inline = publish_content(store, tmp_path, b"1", profile=small)
    moved = publish_content(store, tmp_path, b"2", profile=large)

    assert (inline.profile, inline.profile_blob) == (small, None)
    assert moved.profile is None and moved.profile_blob is not None
    assert (store.profile_of(inline), store.profile_of(moved)) == (small, large)
    assert missing_blobs(store) == set()
    assert len(moved.to_json()) < 2000


def test_a_document_of_more_than_8_mib_is_sent_as_a_file(store: Store, tmp_path: Path) -> None:
    profile = {"columns": ["x" * 9 * 1024 * 1024]}

    assert store.profile_of(publish_content(store, tmp_path, b"1", profile=profile)) == profile


def test_a_manifest_that_would_be_too_large_is_refused_by_the_field_that_makes_it_so(store: Store, tmp_path: Path) -> None:
    with pytest.raises(
        StoreError, match=r"would have 9\.44 MB.*8\.39 MB at most; .*'params' with 9\.44 MB\. Nothing was pub"
    ):
        publish_content(store, tmp_path, b"1", params={"train.words": "x" * 9 * 1024 * 1024})

    assert contents(store) == {}


# --- The command ------------------------------------------------------------------------------------------------------


def test_the_command_says_what_is_new_and_then_that_it_is_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    git = {"commit": COMMIT, "is_clean": False}
    plan = write_plan(tmp_path / "plan", {"shop:orders": ROWS, "shop:copy": ROWS}, git=git)
    command = ["store-publish", "--store", str(tmp_path / "store"), "--plan", str(plan)]

    assert main(command) == 0
    version = version_of(ROWS)[:12]
    assert capsys.readouterr().out == (
        f"published shop//shop:orders  version {version}  400 B (1 new of 1 blob)\n"
        f"published shop//shop:copy  version {version}  400 B (1 new of 1 blob)\n"
    )

    assert main(command) == 0
    line = capsys.readouterr().out.splitlines()[0]
    assert line.startswith(f"shop//shop:orders  version {version} is there already: published 2")
    assert line.endswith(" from commit 0123456789ab with changes that were not committed")


def test_the_command_prints_json_for_programs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan = write_plan(tmp_path / "plan", {"shop:orders": ROWS})

    assert main(["store-publish", "--store", str(tmp_path / "s"), "--plan", str(plan), "--output", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document.pop("published")[-1], document.pop("commit")) == ("Z", None)
    assert document == {
        "project": "shop",
        "address": "shop:orders",
        "version": version_of(ROWS),
        "size_bytes": 400,
        "is_new": True,
        "is_latest_again": False,
        "blobs": 1,
        "new_blobs": 1,
    }


def test_an_older_version_that_is_published_again_is_the_latest(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plans = [write_plan(tmp_path / str(number), {"shop:orders": b"%d" % number}) for number in range(2)]

    def published(number: int) -> str:
        assert main(["store-publish", "--store", str(tmp_path / "s"), "--plan", str(plans[number])]) == 0
        return capsys.readouterr().out

    published(0)
    published(1)
    assert published(0).endswith("; it is the latest again\n")
    assert "latest" not in published(0)
    moves = list((tmp_path / "s/labels/shop/shop%3Aorders/latest").iterdir())
    assert [path.name for path in moves] == ["00000001.json"]


def test_a_damaged_version_keeps_nobody_from_publishing_another_one_again(tmp_path: Path) -> None:
    backend = MemoryBackend()
    store = Store(backend)
    publish_content(store, tmp_path, b"0", now_s=1.0)
    publish_content(store, tmp_path, b"1", now_s=2.0)
    backend.put(manifest_name(ORDERS, version_of(b"1")), b"{")

    publish_content(store, tmp_path, b"0", now_s=3.0)

    assert list(store.published_again(ORDERS)[ORDERS]) == [version_of(b"0")]


@pytest.mark.parametrize("has_effect", [False, True])
def test_a_publisher_killed_before_it_is_the_latest_again_can_publish_again(tmp_path: Path, has_effect: bool) -> None:
    first, second = (write_plan(tmp_path / str(number), {"shop:orders": b"%d" % number}) for number in range(2))
    for fails_at in range(1, 50):
        memory = MemoryBackend()
        publish_plan(Store(memory), first, now_s=1.0)
        publish_plan(Store(memory), second, now_s=2.0)
        failing = FailingBackend(memory, fails_at, has_effect=has_effect)

        try:
            publish_plan(Store(failing), first, now_s=3.0)
            break
        except Killed:
            assert missing_blobs(Store(memory)) == set()
        publish_plan(Store(memory), first, now_s=4.0)
        assert Store(memory).latest(ORDERS) == version_of(b"0")
    assert fails_at > 8


def test_a_plan_that_is_not_there_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["store-publish", "--store", str(tmp_path), "--plan", str(tmp_path / "no.json")]) == 1
    assert "no.json cannot be read: No such file or directory. Correct the path." in capsys.readouterr().err


def test_the_manifest_is_the_same_text_whoever_wrote_it(store: Store, tmp_path: Path) -> None:
    manifest: Manifest = publish_content(store, tmp_path, ROWS)

    assert contents(store)[manifest_name(ORDERS, manifest.version)] == canonical_json(manifest.to_document())
