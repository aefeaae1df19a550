"""A version with what it was made of and what was made of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from store_memory import MemoryBackend
from store_plans import COMMIT, ORDERS, publish_content, publish_plan, version_of, write_plan
from wombat_tool.__main__ import main
from wombat_tool.store.backend import Backend
from wombat_tool.store.layout import DatasetName, blob_name
from wombat_tool.store.lineage import lineage_json
from wombat_tool.store.manifest import Manifest
from wombat_tool.store.opening import open_backend
from wombat_tool.store.show_command import Shown, show, shown_lines
from wombat_tool.store.store import Store

NOW_S = 1_000_000.0
CLEAN, MODEL = "shop:clean", "shop:model"
RAW = "1" * 64


def dataset(address: str, version: str, producer: str | None, **fields: Any) -> dict[str, Any]:
    return {"address": address, "version": version, "format": "file", "producer": producer, **fields}


def step(address: str, inputs: list[tuple[str, str]], output: tuple[str, str], **params: Any) -> dict[str, Any]:
    return {
        "address": address,
        "inputs": [{"parameter": f"p{i}", "address": one, "version": version} for i, (one, version) in enumerate(inputs)],
        "outputs": [{"address": output[0], "version": output[1]}],
        "params": params,
    }


CLEAN_VERSION, MODEL_VERSION = version_of(b"clean"), version_of(b"model")
LINEAGE = {
    "lineage_version": 1,
    "datasets": [
        dataset("shop:raw", RAW, None, rows=10),
        dataset(CLEAN, CLEAN_VERSION, "shop:clean_step", rows=9),
        dataset("shop:features", "2" * 64, "shop:features_step"),
        dataset(MODEL, MODEL_VERSION, "shop:train"),
    ],
    "steps": [
        step("shop:clean_step", [("shop:raw", RAW)], (CLEAN, CLEAN_VERSION), limit=600),
        step("shop:features_step", [(CLEAN, CLEAN_VERSION)], ("shop:features", "2" * 64)),
        step("shop:train", [(CLEAN, CLEAN_VERSION), ("shop:features", "2" * 64)], (MODEL, MODEL_VERSION)),
    ],
}


def publish_chain(backend: Backend, directory: Path) -> Store:
    """A model of a cleaned dataset, directly and by way of features that are not published."""
    store = Store(backend)
    publish_plan(store, write_plan(directory / "clean", {CLEAN: b"clean"}, lineage=LINEAGE), now_s=NOW_S)
    model = write_plan(
        directory / "model",
        {MODEL: b"model"},
        lineage=LINEAGE,
        inputs=[{"parameter": "p0", "project": "shop", "address": CLEAN, "version": CLEAN_VERSION}],
        git={"commit": COMMIT, "is_clean": False},
        producer={"address": "shop:train", "key": {}},
        params={"train.seed": 1},
        metrics={"auc": 0.75},
        columns=[["id", "int64"], ["name", "string"]],
        rows=7,
    )
    publish_plan(store, model, now_s=NOW_S)
    return store


def shown(store: Store, address: str, version: str, **options: Any) -> Shown:
    return show(store, store.manifest(DatasetName("shop", address), version), **options)


def lines_of(store: Store, address: str, version: str, *, width: int = 100, **options: Any) -> list[str]:
    return shown_lines(shown(store, address, version, **options), width, now_s=NOW_S + 3600)


def part(lines: list[str], title: str) -> list[str]:
    """The lines below a title, up to an empty one."""
    below = lines[lines.index(title) + 1 :]
    return below[: below.index("")] if "" in below else below


def test_the_facts_of_a_version_are_shown(backend: Backend, tmp_path: Path) -> None:
    store = publish_chain(backend, tmp_path)
    store.move_label(DatasetName("shop", MODEL), "production", MODEL_VERSION)

    assert lines_of(store, MODEL, MODEL_VERSION)[:12] == [
        "shop//shop:model",
        MODEL_VERSION,
        "",
        "published   1970-01-12T13:46:40.000Z, age 1 hour",
        "labels      production",
        f"commit      {COMMIT} with changes that were not committed",
        "data        file, 5 B, 7 rows",
        "columns     id int64, name string",
        "step        shop:train",
        "parameters  train.seed=1",
        "metrics     auc 0.75",
        "",
    ]


def test_what_a_version_was_made_of_is_a_tree_to_the_sources(backend: Backend, tmp_path: Path) -> None:
    store = publish_chain(backend, tmp_path)

    assert part(lines_of(store, MODEL, MODEL_VERSION), "upstream") == [
        f"  shop:clean  {CLEAN_VERSION[:12]}  9 rows  by shop:clean_step (limit=600)",
        f"    shop:raw  {RAW[:12]}  10 rows",
        "  shop:features  222222222222  by shop:features_step",
        f"    shop:clean  {CLEAN_VERSION[:12]}  9 rows  (see above)",
    ]


def test_what_was_made_of_a_version_is_listed(backend: Backend, tmp_path: Path) -> None:
    store = publish_chain(backend, tmp_path)

    assert [one.version for one in shown(store, CLEAN, CLEAN_VERSION).downstream] == [MODEL_VERSION]
    assert f"  shop//shop:model  {MODEL_VERSION[:12]}  1970-01-12" in lines_of(store, CLEAN, CLEAN_VERSION)
    assert part(lines_of(store, MODEL, MODEL_VERSION), "downstream") == ["  nothing in this store"]


def test_a_source_was_made_of_nothing(tmp_path: Path) -> None:
    store = Store(MemoryBackend())
    publish_content(store, tmp_path, b"rows")

    lines = lines_of(store, ORDERS.address, version_of(b"rows"))

    assert "step       none, it is a source" in lines
    assert part(lines, "upstream") == ["  nothing"]


def test_without_a_lineage_the_inputs_are_shown(tmp_path: Path) -> None:
    store = Store(MemoryBackend())
    inputs = [{"parameter": "x", "project": "other", "address": "a:b", "version": RAW}]
    publish_content(store, tmp_path, b"rows", inputs=inputs, producer={"address": "shop:step"})

    assert part(lines_of(store, ORDERS.address, version_of(b"rows")), "upstream") == [f"  other//a:b  {RAW[:12]}"]


@pytest.mark.parametrize(
    ("address", "project"),
    [pytest.param(CLEAN, "shop", id="by its own name"), pytest.param("a:imported", None, id="by another name")],
)
def test_the_tree_goes_on_in_the_lineage_of_an_imported_version(tmp_path: Path, address: str, project: str | None) -> None:
    store = publish_chain(MemoryBackend(), tmp_path)
    report = version_of(b"report")
    lineage = {
        "lineage_version": 1,
        "datasets": [dataset(address, CLEAN_VERSION, None, project=project), dataset("a:report", report, "a:step")],
        "steps": [step("a:step", [(address, CLEAN_VERSION)], ("a:report", report))],
    }
    plan = write_plan(tmp_path / "report", {"a:report": b"report"}, lineage=lineage, project="other")
    manifest = publish_plan(store, plan, now_s=NOW_S + 1)[0].manifest

    lines = shown_lines(show(store, manifest), 100, now_s=NOW_S)

    assert part(lines, "upstream") == [
        f"  shop//shop:clean  {CLEAN_VERSION[:12]}  by shop:clean_step (limit=600)",
        f"    shop//shop:raw  {RAW[:12]}  10 rows",
    ]
    assert [one.dataset.address for one in shown(store, CLEAN, CLEAN_VERSION).downstream] == [MODEL, "a:report"]


def wide_and_deep(store: Store, directory: Path) -> Manifest:
    """The last of 300 steps in a row, each of which also reads 3 sources."""
    names = [(f"shop:d{i}", f"{i:064x}") for i in range(300)] + [(MODEL, MODEL_VERSION)]
    steps = [
        step(f"shop:s{i}", [names[i - 1], *((f"shop:x{i}-{j}", f"{i}{j}".rjust(64, "a")) for j in range(3))], names[i])
        for i in range(1, len(names))
    ]
    lineage = {"lineage_version": 1, "datasets": [dataset(*one, None) for one in names], "steps": steps}
    return publish_plan(store, write_plan(directory / "deep", {MODEL: b"model"}, lineage=lineage))[0].manifest


def test_a_large_tree_is_cut_with_a_count(tmp_path: Path) -> None:
    store = Store(MemoryBackend())

    found = show(store, wide_and_deep(store, tmp_path), most=20)

    lines = part(shown_lines(found, 100, now_s=NOW_S), "upstream")
    assert len(lines) < 30
    assert "… and 4 more versions, with what they were made of" in lines[-1] or "… and" in "".join(lines)


def test_a_document_has_all_of_a_large_tree(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wide_and_deep(Store(open_backend(str(tmp_path / "store"))), tmp_path)
    command = ["store-show", "--store", str(tmp_path / "store"), "--output", "json", f"shop//{MODEL}"]

    assert main(command) == 0
    document = json.loads(capsys.readouterr().out)
    assert len(document["upstream"]) == 1 + 300 + 300 * 3
    assert document["upstream"][0]["step"] == "shop:s300"


def test_the_moves_of_its_labels_are_told(tmp_path: Path) -> None:
    store = Store(MemoryBackend())
    one, two = (publish_content(store, tmp_path, content).version for content in (b"one", b"two"))
    store.move_label(ORDERS, "production", one)
    store.move_label(ORDERS, "production", two)
    store.move_label(ORDERS, "production", None)
    store.move_label(ORDERS, "other", two)

    moves = part(lines_of(store, ORDERS.address, one), "labels, the last moves first")

    assert [line.split("  ")[-1] for line in moves[2:]] == ["taken away", two[:12], "this version"]


def test_when_it_became_the_latest_again_is_told(tmp_path: Path) -> None:
    store = Store(MemoryBackend())
    for number, content in enumerate((b"one", b"two", b"one")):
        publish_content(store, tmp_path / str(number), content, now_s=60.0 * number)

    lines = shown_lines(show(store, store.manifest(ORDERS, version_of(b"one"))), 100, now_s=240.0)

    assert "published  1970-01-01T00:00:00.000Z, age 4 minutes" in lines
    assert "again      1970-01-01T00:02:00.000Z, age 2 minutes" in lines
    assert part(lines, "labels, the last moves first")[-1].split() == ["1970-01-01", "00:02:00", "latest", "this", "version"]


def test_a_missing_lineage_hides_nothing_else(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    publish_chain(open_backend(str(tmp_path / "store")), tmp_path)
    (tmp_path / "store" / blob_name(version_of(lineage_json(LINEAGE)))).unlink()

    assert main(["store-show", "--store", str(tmp_path / "store"), f"shop//{MODEL}"]) == 1
    printed = capsys.readouterr()
    assert printed.out.startswith("shop//shop:model\n")
    assert "is missing; it is the lineage of" in printed.err
    assert "Run `./pants verify-store`" in printed.err


@pytest.mark.parametrize("width", [40, 60, 80])
def test_no_line_is_wider_than_the_terminal(tmp_path: Path, width: int) -> None:
    store = publish_chain(MemoryBackend(), tmp_path)

    lines = lines_of(store, MODEL, MODEL_VERSION, width=width)

    assert max(map(len, lines[2:])) <= width


def test_characters_that_move_the_cursor_are_escaped(tmp_path: Path) -> None:
    store = Store(MemoryBackend())
    publish_content(store, tmp_path, b"rows", params={"x": "\x1b[2J"}, columns=[["\u202e", "\x07"]])

    text = "".join(lines_of(store, ORDERS.address, version_of(b"rows")))

    assert text.isprintable()
