"""The list of versions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from store_memory import MemoryBackend
from store_plans import COMMIT, ORDERS, publish_content, version_of
from wombat_tool.__main__ import main
from wombat_tool.store.backend import Backend
from wombat_tool.store.layout import manifest_name
from wombat_tool.store.manifest import moment_text
from wombat_tool.store.opening import open_backend
from wombat_tool.store.references import parse_dataset
from wombat_tool.store.store import Store
from wombat_tool.store.versions_command import Listed, list_versions, version_lines
from wombat_tool.store.words import age_text

NOW_S = 1_000_000.0
ONE, TWO = version_of(b"one"), version_of(b"two")


def publish_two(backend: Backend, directory: Path) -> Store:
    """Two versions of a dataset, and one of another."""
    store = Store(backend)
    git = {"commit": COMMIT, "is_clean": True}
    publish_content(
        store,
        directory,
        b"one",
        now_s=NOW_S - 86_400 * 3,
        git=git,
        rows=1000,
        metrics={"auc": 0.75},
        environment="production",
    )
    publish_content(store, directory, b"two", now_s=NOW_S - 3_700, git={**git, "is_clean": False}, rows=12)
    publish_content(store, directory, b"zoo", address="zoo:animals", now_s=NOW_S)
    store.move_label(ORDERS, "production", ONE)
    store.move_label(ORDERS, "best", ONE)
    return store


def listed(store: Store, *datasets: str, **options: Any) -> Listed:
    return list_versions(store, [parse_dataset(one) for one in datasets], **options)


def test_the_versions_of_a_dataset_are_a_table_with_the_newest_first(backend: Backend, tmp_path: Path) -> None:
    store = publish_two(backend, tmp_path)

    assert version_lines(store, listed(store, "shop//shop:orders"), 120, now_s=NOW_S) == [
        "shop//shop:orders, 2 versions",
        "",
        "version       labels            commit          rows  size     age  environment  metrics",
        "────────────  ────────────────  ─────────────  ─────  ────  ──────  ───────────  ────────",
        f"{TWO[:12]}                    0123456789ab*     12   3 B  1 hour",
        f"{ONE[:12]}  best, production  0123456789ab   1,000   3 B  3 days  production   auc 0.75",
        "* with changes that were not committed",
    ]


def test_what_became_the_latest_again_comes_first_with_the_age_of_that(backend: Backend, tmp_path: Path) -> None:
    store = publish_two(backend, tmp_path)
    publish_content(store, tmp_path / "again", b"one", now_s=NOW_S - 60)

    for found in (listed(store, "shop//shop:orders"), listed(store), listed(store, project="shop")):
        orders = [one for one in found.manifests if one.dataset.address == "shop:orders"]
        assert [one.version for one in orders] == [ONE, TWO]
        assert [found.again_of(one) for one in orders] == [moment_text(NOW_S - 60), None]
    lines = version_lines(store, listed(store, "shop//shop:orders"), 120, now_s=NOW_S)
    assert (lines[4][:12], "1 minute" in lines[4]) == (ONE[:12], True)


def test_without_a_dataset_all_are_listed_with_their_names(backend: Backend, tmp_path: Path) -> None:
    store = publish_two(backend, tmp_path)

    lines = version_lines(store, listed(store), 120, now_s=NOW_S)

    assert lines[0] == "3 versions"
    assert [line.partition("  ")[0] for line in lines[4:7]] == [
        "shop//zoo:animals",
        "shop//shop:orders",
        "shop//shop:orders",
    ]


@pytest.mark.parametrize("width", [20, 40, 60, 80, 200])
def test_no_line_is_wider_than_the_terminal(tmp_path: Path, width: int) -> None:
    store = publish_two(MemoryBackend(), tmp_path)

    lines = version_lines(store, listed(store), width, now_s=NOW_S)

    assert max(map(len, lines[2:6])) <= width


def test_only_the_versions_of_a_project_are_listed(tmp_path: Path) -> None:
    store = publish_two(MemoryBackend(), tmp_path)

    assert len(listed(store, project="shop").manifests) == 3
    assert listed(store, project="sho").manifests == ()


def test_a_store_without_versions_says_so() -> None:
    store = Store(MemoryBackend())

    assert version_lines(store, listed(store), 80, now_s=NOW_S) == ["No version was published to memory://store."]


def test_a_damaged_version_hides_no_other(tmp_path: Path) -> None:
    backend = MemoryBackend()
    store = publish_two(backend, tmp_path)
    backend.put(manifest_name(ORDERS, ONE), b"{")

    found = listed(store)

    assert [one.version for one in found.manifests] == [version_of(b"zoo"), TWO]
    assert len(found.damaged) == 1
    assert "Run `./pants verify-store`" in found.damaged[0]


def test_the_command_prints_a_table_or_a_document(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    publish_two(open_backend(str(tmp_path / "store")), tmp_path)
    command = ["store-versions", "--store", str(tmp_path / "store"), "--project", "shop", "shop:orders"]

    assert main(command) == 0
    assert capsys.readouterr().out.startswith("shop//shop:orders, 2 versions\n")
    assert main([*command, "--output", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [(one["version"], one["labels"]) for one in document["versions"]] == [
        (TWO, []),
        (ONE, ["best", "production"]),
    ]
    assert document["versions"][1]["git"] == {"commit": COMMIT, "is_clean": True}
    assert document["versions"][1]["metrics"] == {"auc": 0.75}


def test_the_command_ends_with_1_if_a_version_is_damaged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    publish_two(open_backend(str(tmp_path / "store")), tmp_path)
    (tmp_path / "store" / manifest_name(ORDERS, ONE)).write_bytes(b"{")

    assert main(["store-versions", "--store", str(tmp_path / "store")]) == 1
    printed = capsys.readouterr()
    assert printed.out.startswith("2 versions\n")
    assert "is not as it must be" in printed.err


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-5, "now"), (59, "now"), (60, "1 minute"), (7200, "2 hours"), (86_400, "1 day"), (400 * 86_400, "1 year")],
)
def test_ages_are_in_whole_units(seconds: float, text: str) -> None:
    assert age_text(seconds) == text
