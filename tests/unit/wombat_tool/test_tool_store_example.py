"""The store in a directory that is committed with the examples: whole, and only read by those who import from it."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from wombat_tool.__main__ import main

# In the repository, or in a sandbox of Pants.
ROOT = next(path for path in Path(__file__).absolute().parents if (path / "examples/published").is_dir())
LOCK = ROOT / "imports.lock.json"
PUBLISHED = ROOT / "examples/published"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Path]:
    """A copy of it that nobody may write to."""
    copy = tmp_path / "published"
    shutil.copytree(PUBLISHED, copy)
    everything = [copy, *copy.rglob("*")]
    for path in everything:
        path.chmod(0o555 if path.is_dir() else 0o444)
    yield copy
    for path in everything:
        path.chmod(0o755)


def state(directory: Path) -> dict[str, tuple[int, int]]:
    """Everything below a directory, with what tells whether it was written to."""
    found = {}
    for path in (directory, *directory.rglob("*")):
        status = os.stat(path)
        found[str(path.relative_to(directory))] = (status.st_mtime_ns, status.st_ino)
    return found


def test_the_pinned_version_is_imported_from_a_store_that_cannot_be_written(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    imports = json.loads(LOCK.read_text())["imports"]
    (version,) = {one["version"] for key, one in imports.items() if key.startswith("examples/published ")}
    before = state(store)

    place = ["--store", str(store), "--project", "wombat", "--address", "examples/airports:distances"]
    exit_code = main(
        ["store-import", *place, "--version", version, "--format", "parquet", "--to", str(tmp_path / "fetched")]
    )

    assert exit_code == 0
    assert json.loads(capsys.readouterr().out)["rows"] == 4371
    assert (tmp_path / "fetched/000000").stat().st_size == 38069
    assert state(store) == before


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(["store-verify"], id="verify"),
        pytest.param(["store-versions"], id="versions"),
        pytest.param(["store-show", "wombat//examples/airports:distances@stable"], id="show"),
        pytest.param(["store-resolve", "wombat//examples/airports:distances@stable"], id="resolve"),
        pytest.param(["store-gc"], id="gc"),
    ],
)
def test_asking_writes_nothing(command: list[str], store: Path) -> None:
    before = state(store)

    assert main([*command, "--store", str(store)]) == 0
    assert state(store) == before


def test_nothing_in_it_tells_of_a_machine() -> None:
    texts = [path.read_bytes() for path in PUBLISHED.rglob("*") if path.is_file()]

    assert len(texts) > 4
    assert [place for place in (b"/home/", b"/root/", b"/Users/", b"/tmp/") for text in texts if place in text] == []


def test_it_holds_nothing_but_the_store() -> None:
    assert {path.name for path in PUBLISHED.iterdir()} == {"blobs", "labels", "versions", "wombat-store.json"}
